//! Whether somebody in a key ring made a signature.

use jiff::Timestamp;
use pgp::composed::{Deserializable, DetachedSignature};
use pgp::packet::{Notation, PublicKey, Signature, SubpacketData};
use pgp::types::KeyDetails;

use super::certificate::{Certificate, Issuer, Subkey, is_compromised, issuers, trustworthy};
use super::keyring::Keyring;

/// Who made a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The id of their primary key, sixteen digits in upper case.
    pub key_id: String,
    /// Who they are, as their key says.
    pub name: Option<String>,
}

/// Why a signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// There is none, or it is something else.
    #[error("openpgp: invalid data: {0}")]
    Malformed(String),
    /// Nobody in the key ring made it.
    #[error("openpgp: signature made by unknown entity: the key ring has no key for signing with the id {0}")]
    UnknownSigner(String),
    /// It is not of this text, or not of this key.
    #[error("openpgp: invalid signature: {0}")]
    Invalid(String),
    /// Its time is over, or has not come.
    #[error("openpgp: signature expired")]
    SignatureExpired,
    /// The time of the key is over, or has not come.
    #[error("openpgp: key expired")]
    KeyExpired,
    /// The key was revoked.
    #[error("openpgp: signature made by revoked key")]
    KeyRevoked,
}

/// One key of a certificate.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    certificate: &'a Certificate,
    subkey: Option<&'a Subkey>,
}

impl Keyring {
    /// Checks an armored signature over data, as of now.
    ///
    /// # Errors
    /// Why it is not accepted.
    pub fn verify_armored(&self, signature: &str, data: &[u8], now: Timestamp) -> Result<Signer, Rejected> {
        let malformed = |error: pgp::errors::Error| Rejected::Malformed(error.to_string());
        let (found, _headers) = DetachedSignature::from_string_many(signature).map_err(malformed)?;
        let signatures =
            found.map(|one| one.map(|one| one.signature)).collect::<Result<Vec<_>, _>>().map_err(malformed)?;
        self.verify(&signatures, data, now)
    }

    /// Checks the first of these signatures whose maker is known.
    pub(super) fn verify(&self, signatures: &[Signature], data: &[u8], now: Timestamp) -> Result<Signer, Rejected> {
        let mut unknown = Vec::new();
        for signature in signatures {
            let candidates: Vec<Candidate<'_>> = self.candidates(signature).collect();
            if !candidates.is_empty() {
                return verify_with(&candidates, signature, data, now);
            }
            unknown.extend(issuers(signature).map(|issuer| shown(&issuer)));
        }
        match unknown.is_empty() {
            true => Err(Rejected::Malformed("no signature that says who made it".to_owned())),
            false => Err(Rejected::UnknownSigner(unknown.join(", "))),
        }
    }

    /// The keys for signing that a signature says it was made with.
    fn candidates<'a>(&'a self, signature: &'a Signature) -> impl Iterator<Item = Candidate<'a>> {
        let keys = self.certificates.iter().flat_map(|certificate| {
            let subkeys = certificate.subkeys.iter().map(Some);
            std::iter::once(None).chain(subkeys).map(move |subkey| Candidate { certificate, subkey })
        });
        keys.filter(|candidate| candidate.flags().key_flags().sign() && candidate.is_named_by(signature))
    }
}

impl Candidate<'_> {
    /// The signature that says what the key is for.
    fn flags(&self) -> &Signature {
        self.subkey.map_or(&self.certificate.own, |subkey| &subkey.binding)
    }

    fn is_named_by(&self, signature: &Signature) -> bool {
        issuers(signature).any(|issuer| match self.subkey {
            Some(subkey) => issuer.is(&subkey.key),
            None => issuer.is(&self.certificate.key),
        })
    }

    fn verify(&self, signature: &Signature, data: &[u8]) -> Result<(), pgp::errors::Error> {
        match self.subkey {
            Some(subkey) => signature.verify(&subkey.key, data),
            None => signature.verify(&self.certificate.key, data),
        }
    }

    /// Refuses what was signed with a key, or by a signature, that does not count now.
    fn judge(&self, signature: &Signature, now: i64) -> Result<(), Rejected> {
        let Certificate { key, identity, own, revocations, .. } = self.certificate;
        let mut signatures = vec![signature, own];
        if let Some(subkey) = self.subkey {
            signatures.push(&subkey.binding);
            signatures.extend(subkey.binding.embedded_signature());
        }
        if let Some(notation) = signatures.iter().find_map(|signature| critical_notation(signature)) {
            let name = String::from_utf8_lossy(&notation.name);
            return Err(Rejected::Invalid(format!("unknown critical notation: {name}")));
        }
        let revocations = revocations
            .iter()
            .chain(self.subkey.iter().flat_map(|subkey| &subkey.revocations))
            .chain(identity.iter().flat_map(|identity| &identity.revocations));
        for revocation in revocations {
            if is_compromised(revocation) || !is_expired(revocation, now) {
                return Err(Rejected::KeyRevoked);
            }
        }
        let subkey = self.subkey.is_some_and(|subkey| is_key_expired(&subkey.key, &subkey.binding, now));
        if is_key_expired::<PublicKey>(key, own, now) || subkey {
            return Err(Rejected::KeyExpired);
        }
        if signatures.iter().any(|signature| is_expired(signature, now)) {
            return Err(Rejected::SignatureExpired);
        }
        Ok(())
    }

    fn signer(&self) -> Signer {
        let key_id = hex::encode_upper(self.certificate.key.legacy_key_id());
        Signer { key_id, name: self.certificate.identity.as_ref().map(|identity| identity.name.clone()) }
    }
}

fn verify_with(
    candidates: &[Candidate<'_>],
    signature: &Signature,
    data: &[u8],
    now: Timestamp,
) -> Result<Signer, Rejected> {
    trustworthy(signature).map_err(Rejected::Invalid)?;
    match candidates.iter().find(|candidate| candidate.verify(signature, data).is_ok()) {
        Some(maker) => maker.judge(signature, now.as_second()).map(|()| maker.signer()),
        None => Err(Rejected::Invalid("it was not made over this content with that key".to_owned())),
    }
}

/// Whether the time of a signature has not come, or is over.
fn is_expired(signature: &Signature, now: i64) -> bool {
    let Some(created) = signature.created().map(|created| i64::from(created.as_secs())) else {
        return true;
    };
    let lifetime = signature.signature_expiration_time().map_or(0, |lifetime| i64::from(lifetime.as_secs()));
    created > now || (lifetime != 0 && now > created + lifetime)
}

/// Likewise for a key, whose lifetime its own signature tells.
fn is_key_expired<K: KeyDetails>(key: &K, own: &Signature, now: i64) -> bool {
    let created = i64::from(key.created_at().as_secs());
    let lifetime = own.key_expiration_time().map_or(0, |lifetime| i64::from(lifetime.as_secs()));
    created > now || (lifetime != 0 && now > created + lifetime)
}

/// A remark that has to be understood, and is not: we know none.
fn critical_notation(signature: &Signature) -> Option<&Notation> {
    signature.config()?.hashed_subpackets().find_map(|subpacket| match &subpacket.data {
        SubpacketData::Notation(notation) if subpacket.is_critical => Some(notation),
        _ => None,
    })
}

fn shown(issuer: &Issuer<'_>) -> String {
    match issuer {
        Issuer::KeyId(id) => hex::encode_upper(id),
        Issuer::Fingerprint(fingerprint) => hex::encode_upper(fingerprint.as_bytes()),
    }
}
