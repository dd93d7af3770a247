//! `spec.verify`: who must have signed an artifact.

use std::sync::Arc;

use crypto::git_signature::TrustedKeys;
use kinds::flux::LocalReference;
use kinds::flux::git_repository::{GitVerify, GitVerifyMode};
use source::{Artifact, GitVerification, SignedObjects, Verification};

use super::failure::Failure;
use super::secrets::Secrets;

/// How the entries of a Secret end that are public keys.
const PUBLIC_KEY: &str = ".pub";

/// How the entries of a Secret end that are public keys of ssh. All others are taken for those of OpenPGP, as in Flux.
const SSH_KEY: &str = ".sshpub";

/// What of a git repository must be signed, by the keys in a Secret.
pub(super) fn of_git(secrets: &Secrets, verify: &GitVerify) -> Result<GitVerification, Failure> {
    let secret = secrets.get("verify.secretRef", &verify.secret_ref);
    let secret =
        secret.map_err(|failure| Failure::verification(format!("public keys secret error: {}", failure.message)))?;
    let (ssh, openpgp): (Vec<_>, Vec<_>) = secret.entries().partition(|(key, _)| key.ends_with(SSH_KEY));
    let texts = |entries: Vec<(&str, &Vec<u8>)>| entries.into_iter().map(|(_, bytes)| bytes.clone()).collect();
    let keys = TrustedKeys { keyrings: texts(openpgp), authorized_keys: texts(ssh) };
    let objects = match verify.mode {
        GitVerifyMode::Head => SignedObjects::Commit,
        GitVerifyMode::Tag => SignedObjects::Tag,
        GitVerifyMode::TagAndHead => SignedObjects::TagAndCommit,
    };
    Ok(GitVerification { objects, keys: Arc::new(keys) })
}

/// What the condition says of the signatures that were found, if any were asked for.
pub(super) fn told(artifact: &Artifact) -> Option<String> {
    let objects = artifact.verified.iter();
    let told: String =
        objects.map(|verified| format!("\n\t- {} with key '{}'", verified.object, verified.key)).collect();
    (!told.is_empty()).then(|| format!("verified signature of{told}"))
}

/// The signatures that are demanded: those of the keys in a Secret, with cosign.
pub(super) fn demanded(
    secrets: &Secrets,
    provider: &str,
    secret: Option<&LocalReference>,
) -> Result<Verification, Failure> {
    if provider != "cosign" {
        return Err(Failure::unsupported(&format!("spec.verify.provider {provider}")));
    }
    let Some(reference) = secret else {
        return Err(Failure::unsupported("spec.verify without a secretRef (keyless verification)"));
    };
    let secret = secrets.get("verify.secretRef", reference)?;
    let keys: Vec<Vec<u8>> = secret.ending_with(PUBLIC_KEY).cloned().collect();
    if keys.is_empty() {
        return Err(Failure::verification(format!(
            "no public keys found in secret '{}': their names end with {PUBLIC_KEY}",
            secret.name
        )));
    }
    Ok(Verification::CosignKeys(keys))
}
