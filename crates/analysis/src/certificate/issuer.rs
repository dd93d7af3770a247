//! Who signed a certificate.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};

use super::{Certificate, Key, Signature};

/// Whether a certificate leads back to one that is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Issued {
    /// It does.
    Yes,
    /// Nothing that is trusted has the name of who signed it.
    ByAnotherName,
    /// Something that is trusted has that name, and another key.
    ByAnotherKey,
    /// Nobody here can verify such a signature.
    Unknown,
}

/// Whether the first certificate of a chain leads back to a trusted one, over others of the chain. Times are not looked at.
pub(crate) fn issued_by_one_of(chain: &[Certificate], trusted: &[Certificate]) -> Issued {
    let mut reached: Vec<usize> = if chain.is_empty() { Vec::new() } else { vec![0] };
    let mut failure = Issued::ByAnotherName;
    let mut next = 0;
    while let Some(certificate) = reached.get(next).and_then(|place| chain.get(*place)) {
        next += 1;
        for anchor in trusted {
            match if certificate == anchor { Issued::Yes } else { issued_by(certificate, anchor) } {
                Issued::Yes => return Issued::Yes,
                Issued::ByAnotherName => {}
                Issued::ByAnotherKey if failure == Issued::Unknown => {}
                reason @ (Issued::ByAnotherKey | Issued::Unknown) => failure = reason,
            }
        }
        let signers = chain.iter().enumerate().filter(|(_, other)| issued_by(certificate, other) == Issued::Yes);
        let new: Vec<usize> = signers.map(|(place, _)| place).filter(|place| !reached.contains(place)).collect();
        reached.extend(new);
    }
    failure
}

fn issued_by(certificate: &Certificate, signer: &Certificate) -> Issued {
    if certificate.issuer != signer.subject {
        return Issued::ByAnotherName;
    }
    match is_signed_by(certificate, signer) {
        Some(true) => Issued::Yes,
        Some(false) => Issued::ByAnotherKey,
        None => Issued::Unknown,
    }
}

/// Whether the signature is of this key; `None` for an algorithm that nobody here knows.
fn is_signed_by(certificate: &Certificate, signer: &Certificate) -> Option<bool> {
    let algorithm: &'static dyn VerificationAlgorithm = match (certificate.signature()?, signer.key()?) {
        (Signature::EcdsaSha256, Key::P256) => &ECDSA_P256_SHA256_ASN1,
        (Signature::EcdsaSha384, Key::P256) => &ECDSA_P256_SHA384_ASN1,
        (Signature::EcdsaSha256, Key::P384) => &ECDSA_P384_SHA256_ASN1,
        (Signature::EcdsaSha384, Key::P384) => &ECDSA_P384_SHA384_ASN1,
        (Signature::RsaSha256, Key::Rsa { bits: 2048..=8192 }) => &RSA_PKCS1_2048_8192_SHA256,
        (Signature::RsaSha384, Key::Rsa { bits: 2048..=8192 }) => &RSA_PKCS1_2048_8192_SHA384,
        (Signature::RsaSha512, Key::Rsa { bits: 2048..=8192 }) => &RSA_PKCS1_2048_8192_SHA512,
        // A key of another kind than the signature cannot have made it.
        (Signature::EcdsaSha256 | Signature::EcdsaSha384, Key::Rsa { .. })
        | (Signature::RsaSha256 | Signature::RsaSha384 | Signature::RsaSha512, Key::P256 | Key::P384) => {
            return Some(false);
        }
        (Signature::Other, _) | (_, Key::Other | Key::Rsa { .. }) => return None,
    };
    let key = UnparsedPublicKey::new(algorithm, signer.key_bits()?);
    Some(key.verify(&certificate.signed, certificate.signature_bits()?).is_ok())
}
