//! Private keys: new ones, and those of PEM texts.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::rsa::RsaKey;
use super::{der, dsa};
use crate::template::function::{Call, Failure, Function, text};
use crate::template::value::Type;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// What a new RSA key counts as, in bytes produced: finding primes is slow.
const FINDING_PRIMES: usize = 8 << 20;

pub(super) const FUNCTIONS: &[Function] = &[Function::new("genPrivateKey", &[Type::String], |call, given| {
    let kind = given.string(0);
    let key = match &*kind {
        "" | "rsa" => PrivateKey::rsa(call, 4096)?,
        "ecdsa" => PrivateKey::ecdsa(call)?,
        "ed25519" => PrivateKey::Ed25519(call.random()),
        "dsa" => {
            call.produce(FINDING_PRIMES)?;
            let key = dsa::generate(call, dsa::MODULUS, dsa::ORDER);
            return text(call, der::pem("DSA PRIVATE KEY", &key));
        }
        kind => return text(call, format!("Unknown type {kind}")),
    };
    text(call, key.to_pem())
})];

/// A private key.
pub(super) enum PrivateKey {
    Rsa(Box<RsaKey>),
    Ecdsa(Box<SigningKey>),
    /// The seed.
    Ed25519([u8; 32]),
}

impl PrivateKey {
    pub(super) fn rsa(call: &mut Call<'_>, bits: u64) -> Result<PrivateKey, Failure> {
        call.produce(FINDING_PRIMES)?;
        Ok(PrivateKey::Rsa(Box::new(RsaKey::generate(call, bits))))
    }

    fn ecdsa(call: &mut Call<'_>) -> Result<PrivateKey, Failure> {
        // Nearly every number is a key; only entropy that is none yields no key again and again.
        for _ in 0..8 {
            let bytes: [u8; 32] = call.random();
            if let Ok(key) = SigningKey::from_slice(&bytes) {
                return Ok(PrivateKey::Ecdsa(Box::new(key)));
            }
        }
        Err(Failure::message("failed to generate private key: the entropy yields no key"))
    }

    /// The key of a PEM text.
    pub(super) fn from_pem(pem: &str) -> Result<PrivateKey, Failure> {
        let (label, bytes) = der::from_pem(pem).ok_or_else(|| Failure::message("no PEM data in input"))?;
        let found = match label.as_str() {
            "RSA PRIVATE KEY" => RsaKey::from_pkcs1(&bytes).map(|key| PrivateKey::Rsa(Box::new(key))),
            "EC PRIVATE KEY" => from_sec1(&bytes),
            "PRIVATE KEY" => from_pkcs8(&bytes),
            label => match label.strip_suffix(" PRIVATE KEY") {
                Some(kind) => return Err(Failure::message(format!("invalid private key type {kind}"))),
                None => {
                    return Err(Failure::message(format!("no private key data in PEM block of type {label}")));
                }
            },
        };
        found.ok_or_else(|| Failure::message(format!("the {label} cannot be read, or is not of a supported kind")))
    }

    pub(super) fn to_pem(&self) -> String {
        match self {
            PrivateKey::Rsa(key) => der::pem("RSA PRIVATE KEY", &key.to_pkcs1()),
            PrivateKey::Ecdsa(key) => {
                let curve = der::tagged(0xa0, &der::tagged(der::OBJECT_IDENTIFIER, P256));
                let public = der::tagged(0xa1, &der::bits(&self.public_bits(), 0));
                let secret = der::tagged(der::OCTET_STRING, &key.to_bytes());
                der::pem("EC PRIVATE KEY", &der::sequence(&[&der::integer(&[1]), &secret, &curve, &public]))
            }
            PrivateKey::Ed25519(seed) => {
                let secret = der::tagged(der::OCTET_STRING, &der::tagged(der::OCTET_STRING, seed));
                let algorithm = der::sequence(&[&der::tagged(der::OBJECT_IDENTIFIER, ED25519)]);
                der::pem("PRIVATE KEY", &der::sequence(&[&der::integer(&[0]), &algorithm, &secret]))
            }
        }
    }

    /// The public key's own bytes.
    pub(super) fn public_bits(&self) -> Vec<u8> {
        match self {
            PrivateKey::Rsa(key) => key.public(),
            PrivateKey::Ecdsa(key) => key.verifying_key().to_encoded_point(false).as_bytes().to_vec(),
            PrivateKey::Ed25519(seed) => {
                // A seed of 32 bytes is always accepted.
                Ed25519KeyPair::from_seed_unchecked(seed)
                    .map(|pair| pair.public_key().as_ref().to_vec())
                    .unwrap_or_default()
            }
        }
    }

    /// The public key with its algorithm, as certificates hold it.
    pub(super) fn public(&self) -> Vec<u8> {
        let identifier = |bytes: &[u8]| der::tagged(der::OBJECT_IDENTIFIER, bytes);
        let algorithm = match self {
            PrivateKey::Rsa(_) => der::sequence(&[&identifier(RSA), &der::tagged(der::NULL, &[])]),
            PrivateKey::Ecdsa(_) => der::sequence(&[&identifier(ELLIPTIC), &identifier(P256)]),
            PrivateKey::Ed25519(_) => der::sequence(&[&identifier(ED25519)]),
        };
        der::sequence(&[&algorithm, &der::bits(&self.public_bits(), 0)])
    }

    /// The algorithm of this key's signatures.
    pub(super) fn signature_algorithm(&self) -> Vec<u8> {
        let identifier = |bytes: &[u8]| der::tagged(der::OBJECT_IDENTIFIER, bytes);
        match self {
            PrivateKey::Rsa(_) => der::sequence(&[&identifier(RSA_SHA256), &der::tagged(der::NULL, &[])]),
            PrivateKey::Ecdsa(_) => der::sequence(&[&identifier(ECDSA_SHA256)]),
            PrivateKey::Ed25519(_) => der::sequence(&[&identifier(ED25519)]),
        }
    }

    /// A signature.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            PrivateKey::Rsa(key) => key.sign(message),
            PrivateKey::Ecdsa(key) => {
                let signature: DerSignature = key.sign(message);
                signature.as_bytes().to_vec()
            }
            PrivateKey::Ed25519(seed) => Ed25519KeyPair::from_seed_unchecked(seed)
                .map(|pair| pair.sign(message).as_ref().to_vec())
                .unwrap_or_default(),
        }
    }
}

fn from_sec1(bytes: &[u8]) -> Option<PrivateKey> {
    let mut outer = der::Reader::new(bytes);
    let mut fields = der::Reader::new(outer.expect(der::SEQUENCE)?);
    fields.expect(der::INTEGER)?;
    let secret = fields.expect(der::OCTET_STRING)?;
    SigningKey::from_slice(secret).ok().map(|key| PrivateKey::Ecdsa(Box::new(key)))
}

fn from_pkcs8(bytes: &[u8]) -> Option<PrivateKey> {
    let mut outer = der::Reader::new(bytes);
    let mut fields = der::Reader::new(outer.expect(der::SEQUENCE)?);
    fields.expect(der::INTEGER)?;
    let mut algorithm = der::Reader::new(fields.expect(der::SEQUENCE)?);
    let secret = fields.expect(der::OCTET_STRING)?;
    match algorithm.expect(der::OBJECT_IDENTIFIER)? {
        RSA => RsaKey::from_pkcs1(secret).map(|key| PrivateKey::Rsa(Box::new(key))),
        ELLIPTIC => from_sec1(secret),
        ED25519 => {
            let seed = der::Reader::new(secret).expect(der::OCTET_STRING)?;
            seed.try_into().ok().map(PrivateKey::Ed25519)
        }
        _ => None,
    }
}
