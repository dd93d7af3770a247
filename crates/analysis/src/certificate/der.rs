//! The parts of a certificate (X.509) in DER.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// The identifiers of algorithms, as they stand in a certificate.
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const CURVE_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const CURVE_P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const RSA_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c];
const RSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d];

/// What a certificate says. What its key and its signature are is read only when somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// The first time at which it is valid.
    pub(crate) start: Timestamp,
    /// The last.
    pub(crate) end: Timestamp,
    /// The name of who signed it, and its own, in DER.
    pub(super) issuer: Vec<u8>,
    pub(super) subject: Vec<u8>,
    /// What was signed.
    pub(super) signed: Vec<u8>,
    /// The algorithm of the signature, and the bits with those that are not in use.
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    /// The algorithm of the key, and the key itself.
    key: Vec<u8>,
}

/// What kind of key a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// ECDSA with the curve P-256.
    P256,
    /// ECDSA with the curve P-384.
    P384,
    /// RSA.
    Rsa {
        /// The length of the modulus.
        bits: usize,
    },
    /// Another one.
    Other,
}

/// How a certificate was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// By ECDSA over SHA-256.
    EcdsaSha256,
    /// By ECDSA over SHA-384.
    EcdsaSha384,
    /// By RSA (PKCS 1) over SHA-256.
    RsaSha256,
    /// By RSA (PKCS 1) over SHA-384.
    RsaSha384,
    /// By RSA (PKCS 1) over SHA-512.
    RsaSha512,
    /// In another way.
    Other,
}

impl Certificate {
    /// What kind of key it is for; `None` if that cannot be read.
    pub(crate) fn key(&self) -> Option<Key> {
        let (algorithm, _) = element(&self.key, SEQUENCE)?;
        let (name, parameters) = element(algorithm, OBJECT)?;
        Some(match name {
            EC_KEY => match element(parameters, OBJECT)?.0 {
                CURVE_P256 => Key::P256,
                CURVE_P384 => Key::P384,
                _ => Key::Other,
            },
            RSA_KEY => {
                let (key, _) = element(self.key_bits()?, SEQUENCE)?;
                let (modulus, _) = element(key, INTEGER)?;
                // Zeros in front keep the number positive.
                let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
                let first = modulus.get(zeros)?;
                Key::Rsa { bits: (modulus.len() - zeros) * 8 - first.leading_zeros() as usize }
            }
            _ => Key::Other,
        })
    }

    /// The bits of the key.
    pub(super) fn key_bits(&self) -> Option<&[u8]> {
        let (_, after_algorithm) = element(&self.key, SEQUENCE)?;
        whole_bytes(element(after_algorithm, BIT_STRING)?.0)
    }

    /// How it was signed; `None` if that cannot be read.
    pub(crate) fn signature(&self) -> Option<Signature> {
        let (name, _) = element(&self.algorithm, OBJECT)?;
        Some(match name {
            ECDSA_SHA256 => Signature::EcdsaSha256,
            ECDSA_SHA384 => Signature::EcdsaSha384,
            RSA_SHA256 => Signature::RsaSha256,
            RSA_SHA384 => Signature::RsaSha384,
            RSA_SHA512 => Signature::RsaSha512,
            _ => Signature::Other,
        })
    }

    /// The bits of the signature.
    pub(super) fn signature_bits(&self) -> Option<&[u8]> {
        whole_bytes(&self.signature)
    }
}

/// Concatenated certificates; `None` if some of it is none.
pub(super) fn read(mut der: &[u8]) -> Option<Vec<Certificate>> {
    let mut found = Vec::new();
    while !der.is_empty() {
        let (certificate, rest) = element(der, SEQUENCE)?;
        der = rest;
        let (content, after) = element(certificate, SEQUENCE)?;
        let signed = &certificate[..certificate.len() - after.len()];
        let (algorithm, signature) = element(after, SEQUENCE)?;
        let (signature, nothing) = any_element(signature)?;
        if !nothing.is_empty() {
            return None;
        }
        let after_version = element(content, VERSION).map_or(content, |(_, rest)| rest);
        let (_, after_serial) = element(after_version, INTEGER)?;
        let (_, after_algorithm) = element(after_serial, SEQUENCE)?;
        let (issuer, after_issuer) = element(after_algorithm, SEQUENCE)?;
        let (validity, after_validity) = element(after_issuer, SEQUENCE)?;
        let (subject, after_subject) = element(after_validity, SEQUENCE)?;
        let (key, _) = element(after_subject, SEQUENCE)?;
        let (_, after_start) = any_element(validity)?;
        found.push(Certificate {
            start: time(validity)?,
            end: time(after_start)?,
            issuer: issuer.to_vec(),
            subject: subject.to_vec(),
            signed: signed.to_vec(),
            algorithm: algorithm.to_vec(),
            signature: signature.to_vec(),
            key: key.to_vec(),
        });
    }
    (!found.is_empty()).then_some(found)
}

/// The bytes of a bit string of which every bit is in use.
fn whole_bytes(bits: &[u8]) -> Option<&[u8]> {
    let (unused, bytes) = bits.split_first()?;
    (*unused == 0).then_some(bytes)
}

/// The content of the DER element at the start that has this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    if der.first() == Some(&tag) { any_element(der) } else { None }
}

fn any_element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, after) = der.get(1..)?.split_first()?;
    let (length, content) = if first < 0x80 {
        (usize::from(first), after)
    } else {
        let bytes = usize::from(first & 0x7f);
        if bytes == 0 || bytes > 4 {
            return None;
        }
        let (length, content) = after.split_at_checked(bytes)?;
        (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), content)
    };
    content.split_at_checked(length)
}

/// The point in time at the start: two digits of the year before 2050 (`UTCTime`), four after (`GeneralizedTime`).
fn time(der: &[u8]) -> Option<Timestamp> {
    let (content, _) = any_element(der)?;
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let (year, rest) = match der.first()? {
        0x17 => {
            let year = text.get(..2)?.parse::<i16>().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        0x18 => (text.get(..4)?.parse::<i16>().ok()?, text.get(4..)?),
        _ => return None,
    };
    let part = |place: usize| rest.get(place * 2..place * 2 + 2)?.parse::<i8>().ok();
    if rest.len() != 10 {
        return None;
    }
    let civil = DateTime::new(year, part(0)?, part(1)?, part(2)?, part(3)?, part(4)?, 0).ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}
