//! Signatures that cosign makes with a key: bundles that refer to the artifact, or, up to version 2, a payload that names
//! the digest and its signature as an annotation, both behind the tag `sha256-<hex>.sig`.
//!
//! As in Flux, a transparency log is not asked: whoever gives keys trusts them without one.

mod bundle;
mod key;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::manifest::Manifest;
use super::registries::Session;
use crate::error::SourceError;
use key::PublicKey;

/// The media type of a payload.
const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// The annotation with the signature.
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

/// The largest payload or bundle.
const MAX_PAYLOAD: u64 = 1 << 20;

/// How many signatures of one artifact are looked at.
const MOST_SIGNATURES: usize = 100;

/// What is signed, as far as it counts.
#[derive(Deserialize)]
struct Payload {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    image: Image,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

/// Checks that the owner of one of the keys signed the artifact with a digest.
pub(super) async fn verify(session: &Session<'_>, digest: &str, keys: &[Vec<u8>]) -> Result<(), SourceError> {
    let url = format!("{}@{digest}", session.name);
    let unverified = |cause: String| SourceError::Unverified { url: url.clone(), cause };
    if keys.is_empty() {
        let cause = "the secret of spec.verify has no public key; give one under a name that ends with .pub";
        return Err(unverified(cause.to_owned()));
    }
    let keys = keys.iter().map(|pem| PublicKey::parse(pem)).collect::<Result<Vec<_>, _>>().map_err(unverified)?;
    if has_bundle(session, digest, &keys).await? || has_signature(session, digest, &keys).await? {
        return Ok(());
    }
    Err(unverified(
        "no signature of one of these keys was found for this digest; sign it with `cosign sign --key`".to_owned(),
    ))
}

/// Whether a bundle that refers to the artifact is signed with one of the keys.
async fn has_bundle(session: &Session<'_>, digest: &str, keys: &[PublicKey]) -> Result<bool, SourceError> {
    let referrers = session.referrers(digest).await?;
    let bundles = referrers.iter().filter(|referrer| referrer.artifact_type.starts_with(bundle::BUNDLE));
    for referrer in bundles.take(MOST_SIGNATURES) {
        let manifest = session.manifest(&referrer.digest).await?;
        for layer in manifest.layers.iter().filter(|layer| layer.media_type.starts_with(bundle::BUNDLE)).take(1) {
            let bytes = session.blob(&layer.digest, MAX_PAYLOAD).await?;
            if bundle::vouches(&bytes, digest, keys) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a signature behind the artifact's own tag is made with one of the keys.
async fn has_signature(session: &Session<'_>, digest: &str, keys: &[PublicKey]) -> Result<bool, SourceError> {
    let tag = format!("{}.sig", digest.replace(':', "-"));
    let signed = match session.resolve(&tag, "sign it").await {
        Ok(tagged) => session.manifest(&tagged.digest).await?,
        Err(SourceError::NotFound { .. }) => return Ok(false),
        Err(error) => return Err(error),
    };
    for (payload, signature) in signatures(&signed) {
        let bytes = session.blob(payload, MAX_PAYLOAD).await?;
        if keys.iter().any(|key| key.verifies(&bytes, &signature)) && names(&bytes, digest) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The digests of the payloads, and their signatures.
fn signatures(manifest: &Manifest) -> impl Iterator<Item = (&str, Vec<u8>)> {
    let payloads = manifest.layers.iter().filter(|layer| layer.media_type == PAYLOAD).take(MOST_SIGNATURES);
    payloads.filter_map(|layer| {
        let signature = BASE64_STANDARD.decode(layer.annotations.get(SIGNATURE)?.trim()).ok()?;
        Some((layer.digest.as_str(), signature))
    })
}

/// Whether a payload is about the artifact with this digest.
fn names(payload: &[u8], digest: &str) -> bool {
    serde_json::from_slice::<Payload>(payload).is_ok_and(|payload| payload.critical.image.digest == digest)
}
