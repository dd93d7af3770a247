//! Certificates: a key, who it belongs to, and its subkeys, each with the key's own signature over it.

use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{PublicKey, PublicSubkey, RevocationCode, Signature, SignatureType};
use pgp::types::{Fingerprint, KeyDetails, KeyId, KeyVersion, SignedUser, Tag};

/// A certificate whose own signatures were checked: it says what its owner said.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) key: PublicKey,
    pub(super) identity: Option<Identity>,
    /// What holds for the key: its expiry and what it is for. That of the primary identity, or of the key itself where
    /// keys have no identity.
    pub(super) own: Signature,
    pub(super) revocations: Vec<Signature>,
    pub(super) subkeys: Vec<Subkey>,
}

/// Somebody whom a certificate names.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) name: String,
    own: Signature,
    pub(super) revocations: Vec<Signature>,
}

/// A subkey that belongs to the certificate.
#[derive(Debug)]
pub(super) struct Subkey {
    pub(super) key: PublicSubkey,
    /// What binds it to the certificate, the newest if there are several.
    pub(super) binding: Signature,
    pub(super) revocations: Vec<Signature>,
}

impl Certificate {
    /// Checks what a certificate says of itself. Signatures of others over it are passed over.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn check(found: SignedPublicKey) -> Result<Certificate, String> {
        let SignedPublicKey { primary_key: key, details, public_subkeys } = found;
        let mut revocations = Vec::new();
        for signature in details.revocation_signatures {
            trustworthy(&signature)?;
            signature.verify_key(&key).map_err(|_| "revocation signature signed by alternate key")?;
            revocations.push(signature);
        }
        let mut identities = Vec::new();
        for user in details.users {
            identities.extend(Identity::check(&key, user)?);
        }
        let identity = identities.into_iter().reduce(preferred);
        let own = match (&identity, key.version()) {
            (Some(identity), version) if version != KeyVersion::V6 => identity.own.clone(),
            (None, version) if version != KeyVersion::V6 => return Err("entity without any identities".to_owned()),
            _ => own_direct(&key, details.direct_signatures)?,
        };
        let subkeys = public_subkeys.into_iter().map(|subkey| Subkey::check(&key, subkey)).collect::<Result<_, _>>()?;
        Ok(Certificate { key, identity, own, revocations, subkeys })
    }
}

impl Identity {
    /// None if the owner of the key never said that it is theirs.
    fn check(key: &PublicKey, user: SignedUser) -> Result<Option<Identity>, String> {
        let (mut own, mut revocations): (Option<Signature>, Vec<Signature>) = (None, Vec::new());
        for signature in user.signatures {
            if !names(&signature, key) {
                continue;
            }
            trustworthy(&signature)?;
            signature
                .verify_certification(key, Tag::UserId, &user.id)
                .map_err(|error| format!("user ID self-signature invalid: {error}"))?;
            if signature.typ() == Some(SignatureType::CertRevocation) {
                revocations.push(signature);
            } else {
                own = newest(own, signature);
            }
        }
        let name = String::from_utf8_lossy(user.id.id()).into_owned();
        Ok(own.map(|own| Identity { name, own, revocations }))
    }
}

impl Subkey {
    fn check(key: &PublicKey, subkey: SignedPublicSubKey) -> Result<Subkey, String> {
        let SignedPublicSubKey { key: subkey, signatures } = subkey;
        let (mut binding, mut revocations) = (None, Vec::new());
        for signature in signatures {
            trustworthy(&signature)?;
            signature
                .verify_subkey_binding(key, &subkey)
                .map_err(|error| format!("subkey signature invalid: {error}"))?;
            if signature.typ() == Some(SignatureType::SubkeyRevocation) {
                revocations.push(signature);
                continue;
            }
            if signature.key_flags().sign() {
                // Whoever owns a key that signs has to agree to being part of this certificate.
                let agreed = signature.embedded_signature().ok_or("signing subkey is missing cross-signature")?;
                trustworthy(agreed)?;
                agreed
                    .verify_primary_key_binding(&subkey, key)
                    .map_err(|error| format!("error while verifying subkey's cross-signature: {error}"))?;
            }
            binding = newest(binding, signature);
        }
        let binding = binding.ok_or("subkey packet not followed by signature")?;
        Ok(Subkey { key: subkey, binding, revocations })
    }
}

/// The signature that a key of version 6 makes over itself.
fn own_direct(key: &PublicKey, signatures: Vec<Signature>) -> Result<Signature, String> {
    let ours = signatures.into_iter().filter(|signature| names(signature, key));
    let own = ours.fold(None, newest).ok_or("v6 entity without a valid direct-key signature")?;
    trustworthy(&own)?;
    own.verify_key(key).map_err(|_| "invalid direct-key self-signature for v6 primary key")?;
    Ok(own)
}

/// The identity that counts: one that is not revoked, that is marked as the primary one, or else the newest.
fn preferred(known: Identity, other: Identity) -> Identity {
    let rank = |identity: &Identity| {
        (std::cmp::Reverse(identity.revocations.len()), identity.own.is_primary(), identity.own.created())
    };
    if rank(&other) > rank(&known) { other } else { known }
}

fn newest(known: Option<Signature>, other: Signature) -> Option<Signature> {
    match known {
        Some(known) if known.created() >= other.created() => Some(known),
        _ => Some(other),
    }
}

/// Whether the signature says that this key made it.
pub(super) fn names(signature: &Signature, key: &impl KeyDetails) -> bool {
    issuers(signature).any(|issuer| issuer.is(key))
}

/// Who made a signature, as it says.
pub(super) enum Issuer<'a> {
    KeyId(&'a KeyId),
    Fingerprint(&'a Fingerprint),
}

impl Issuer<'_> {
    pub(super) fn is(&self, key: &impl KeyDetails) -> bool {
        match self {
            Issuer::KeyId(id) => **id == key.legacy_key_id(),
            Issuer::Fingerprint(fingerprint) => **fingerprint == key.fingerprint(),
        }
    }
}

/// Fingerprints if there are any: they say more than key ids.
pub(super) fn issuers(signature: &Signature) -> impl Iterator<Item = Issuer<'_>> {
    let fingerprints = signature.issuer_fingerprint();
    let ids = if fingerprints.is_empty() { signature.issuer_key_id() } else { Vec::new() };
    fingerprints.into_iter().map(Issuer::Fingerprint).chain(ids.into_iter().map(Issuer::KeyId))
}

/// Refuses hashes for which anybody can make a second text, as Go does.
pub(super) fn trustworthy(signature: &Signature) -> Result<(), String> {
    match signature.hash_alg() {
        Some(hash @ (HashAlgorithm::Md5 | HashAlgorithm::Ripemd160)) => Err(format!("hash function {hash} is broken")),
        Some(_) => Ok(()),
        None => Err("a signature of an unknown version".to_owned()),
    }
}

/// Whether a key whose key is out was revoked, which holds for its past too.
pub(super) fn is_compromised(revocation: &Signature) -> bool {
    revocation.revocation_reason_code() == Some(&RevocationCode::KeyCompromised)
}
