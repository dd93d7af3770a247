//! Why something that SOPS encrypted is not decrypted. No message holds a value.

use super::Format;

/// Why something that SOPS encrypted is not decrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SopsError {
    /// There is no `sops` member.
    #[error("sops metadata not found")]
    NoMetadata,
    /// What SOPS needs to know is not as it should be.
    #[error("the sops metadata cannot be used: {0}")]
    Metadata(String),
    /// The file cannot be read.
    #[error("failed to load encrypted {format} data: {why}")]
    Unreadable {
        /// The format it should have.
        format: Format,
        /// What is wrong.
        why: String,
    },
    /// A format that is not written or read here.
    #[error("files in the format {0} are not decrypted into it; encrypt the file in the format that its name says")]
    Format(Format),
    /// What was decrypted cannot be written.
    #[error("failed to emit decrypted {format} data: {why}")]
    Output {
        /// The format to write.
        format: Format,
        /// What is missing.
        why: &'static str,
    },
    /// None of the keys is for it.
    #[error(
        "cannot get sops data key: no given key fits ({given}); it is encrypted for {}; put the private key of one of them into the Secret of spec.decryption, or encrypt it for another key with `sops updatekeys`{}",
        listed(.recipients), failed(.failures)
    )]
    NoKey {
        /// Whom it is encrypted for.
        recipients: Vec<String>,
        /// Which keys there are.
        given: String,
        /// What went wrong with keys that should fit.
        failures: Vec<String>,
    },
    /// A value is not what was encrypted, or not at this place.
    #[error("the value at {path} cannot be decrypted: {why}")]
    Value {
        /// Its path, joined by dots.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// Values were changed after they were encrypted.
    #[error(
        "failed to verify sops data integrity: MAC mismatch: something was changed without sops; edit it with `sops edit`, or encrypt it again"
    )]
    Integrity,
}

fn listed(recipients: &[String]) -> String {
    if recipients.is_empty() { "nobody".to_owned() } else { recipients.join(", ") }
}

fn failed(failures: &[String]) -> String {
    if failures.is_empty() { String::new() } else { format!(" ({})", failures.join("; ")) }
}
