//! Why there is no new artifact.

use kinds::flux::ConditionStatus;
use source::{GitSignatureError, SourceError, SourceKind};

/// The condition that tells whether a signature that is demanded was found.
pub(crate) const SOURCE_VERIFIED: &str = "SourceVerified";

/// Why there is no new artifact, in the words of status and events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Which step failed.
    pub(crate) step: Step,
    /// Flux's reason.
    pub(crate) reason: &'static str,
    /// What to tell people.
    pub(crate) message: String,
    /// What may help.
    pub(crate) remedy: Remedy,
}

/// The step that failed, each with a condition of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Getting at the content.
    Fetch,
    /// Making a chart of it.
    Build,
    /// Looking for the signature that is demanded.
    Verify,
}

/// What may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Trying again, with growing pauses.
    Time,
    /// A change of the object, or of what it refers to: it is stalled.
    Person,
    /// Other content of the source that this one is made from, whose news wake it.
    OtherContent,
    /// The first artifact of another source, which wakes this one. It is worth telling of only if it takes long.
    FirstArtifact,
}

impl Step {
    /// All of them.
    pub(crate) const ALL: [Step; 3] = [Step::Fetch, Step::Build, Step::Verify];

    /// The condition that tells of its failure, and the status that it has then.
    pub(crate) const fn condition(self) -> (&'static str, ConditionStatus) {
        match self {
            Step::Fetch => ("FetchFailed", ConditionStatus::True),
            Step::Build => ("BuildFailed", ConditionStatus::True),
            Step::Verify => (SOURCE_VERIFIED, ConditionStatus::False),
        }
    }
}

impl Failure {
    /// Fetching failed, and time may help.
    pub(crate) fn fetch(reason: &'static str, message: impl Into<String>) -> Failure {
        Failure { step: Step::Fetch, reason, message: message.into(), remedy: Remedy::Time }
    }

    /// Something about the object has to be changed before anything can be fetched.
    pub(crate) fn stalled(reason: &'static str, message: impl Into<String>) -> Failure {
        Failure { remedy: Remedy::Person, ..Failure::fetch(reason, message) }
    }

    /// Another source has to have an artifact first.
    pub(crate) fn waiting(reason: &'static str, message: impl Into<String>) -> Failure {
        Failure { remedy: Remedy::FirstArtifact, ..Failure::fetch(reason, message) }
    }

    /// A Secret is missing or lacks something. Its change wakes who reads it.
    pub(crate) fn secret(message: impl Into<String>) -> Failure {
        Failure::fetch("AuthenticationFailed", message)
    }

    /// A signature that is demanded was not found.
    pub(crate) fn verification(message: impl Into<String>) -> Failure {
        Failure { step: Step::Verify, ..Failure::fetch("VerificationError", message) }
    }

    /// A field asks for what this version does not do.
    pub(crate) fn unsupported(field: &str) -> Failure {
        let why = "is not supported yet, and fetching without it would be less safe than you asked for";
        Failure::stalled("Unsupported", format!("{field} {why}"))
    }

    /// What fetching for a kind of object ended with.
    pub(crate) fn of(error: &SourceError, kind: SourceKind) -> Failure {
        let is_for_a_person = matches!(
            error,
            SourceError::InvalidUrl { .. }
                | SourceError::Unsupported { .. }
                | SourceError::Signature(GitSignatureError::NoTag)
        );
        let remedy = if is_for_a_person { Remedy::Person } else { Remedy::Time };
        let is_signature = matches!(error, SourceError::Unverified { .. } | SourceError::Signature(_));
        let step = if is_signature { Step::Verify } else { Step::Fetch };
        Failure { step, remedy, ..Failure::fetch(error.reason(kind), error.to_string()) }
    }
}
