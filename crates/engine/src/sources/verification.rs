//! `spec.verify`: who must have signed an artifact.

use kinds::flux::LocalReference;
use source::Verification;

use super::failure::Failure;
use super::secrets::Secrets;

/// How the entries of a Secret end that are public keys.
const PUBLIC_KEY: &str = ".pub";

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
