//! Public keys.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject;

const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;
const BIT_STRING: u8 = 0x03;

const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EDWARDS: &[u8] = &[0x2b, 0x65, 0x70];

/// A key that checks signatures.
pub(super) struct PublicKey(UnparsedPublicKey<Vec<u8>>);

impl PublicKey {
    /// Reads `-----BEGIN PUBLIC KEY-----`.
    pub(super) fn parse(pem: &[u8]) -> Result<PublicKey, String> {
        let unreadable = || {
            "a public key cannot be read; give the `cosign.pub` that `cosign generate-key-pair` writes (ECDSA P-256, \
             ECDSA P-384, Ed25519 or RSA, as PEM)"
                .to_owned()
        };
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| unreadable())?;
        PublicKey::from_der(der.as_ref()).ok_or_else(unreadable)
    }

    fn from_der(der: &[u8]) -> Option<PublicKey> {
        let mut outer = Der(der);
        let mut info = Der(outer.take(SEQUENCE)?);
        let mut algorithm = Der(info.take(SEQUENCE)?);
        let kind = algorithm.take(OBJECT_ID)?;
        // The first byte of a bit string says how many bits of the last one do not count.
        let (0, key) = info.take(BIT_STRING)?.split_first()? else { return None };
        let verification: &'static dyn VerificationAlgorithm = match kind {
            EC_PUBLIC_KEY => match algorithm.take(OBJECT_ID)? {
                P256 => &ECDSA_P256_SHA256_ASN1,
                P384 => &ECDSA_P384_SHA384_ASN1,
                _ => return None,
            },
            RSA => &RSA_PKCS1_2048_8192_SHA256,
            EDWARDS => &ED25519,
            _ => return None,
        };
        Some(PublicKey(UnparsedPublicKey::new(verification, key.to_vec())))
    }

    /// Whether the owner of the key signed this.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify(message, signature).is_ok()
    }
}

/// What is left of a DER encoding.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The content of the next value, if it has this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_first()?;
        if *found != tag {
            return None;
        }
        let (first, mut rest) = rest.split_first()?;
        let mut length = usize::from(*first);
        if *first & 0x80 != 0 {
            let count = usize::from(first & 0x7f);
            let digits = rest.get(..count).filter(|digits| digits.len() <= 2 && !digits.is_empty())?;
            length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
            rest = rest.get(count..)?;
        }
        let content = rest.get(..length)?;
        self.0 = rest.get(length..)?;
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_is_no_key() {
        let check = |pem: &str| assert!(PublicKey::parse(pem.as_bytes()).is_err(), "{pem}");
        check("");
        check("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
        check("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(der in prop::collection::vec(prop::sample::select(vec![0u8, 1, 3, 6, 0x2a, 0x30, 0x81, 0x82, 0xff]), 0..40)) {
            let _ = PublicKey::from_der(&der);
        }
    }
}
