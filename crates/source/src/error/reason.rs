//! The reasons that Flux's conditions and events give.

use super::SourceError;
use crate::git::GitSignatureError;

/// Whose condition a reason is for: Flux has other words for the same failure of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// `GitRepository`.
    GitRepository,
    /// `HelmRepository`.
    HelmRepository,
    /// `HelmChart`.
    HelmChart,
    /// `OCIRepository`.
    OciRepository,
    /// `Bucket`.
    Bucket,
}

impl SourceKind {
    /// The reason for what could not be read from the server.
    fn operation_failed(self) -> &'static str {
        match self {
            SourceKind::GitRepository => "GitOperationFailed",
            SourceKind::HelmRepository => "Failed",
            SourceKind::HelmChart => "ChartPullError",
            SourceKind::OciRepository => "OCIArtifactPullFailed",
            SourceKind::Bucket => "BucketOperationFailed",
        }
    }

    /// The reason for content that cannot be used.
    fn unusable_content(self) -> &'static str {
        match self {
            SourceKind::GitRepository | SourceKind::Bucket => "ArchiveOperationFailed",
            SourceKind::HelmRepository => "IndexationFailed",
            SourceKind::HelmChart => "ChartPackageError",
            SourceKind::OciRepository => "OCIArtifactLayerOperationFailed",
        }
    }

    /// The reason for a name or version that leads to nothing.
    fn unknown_reference(self) -> &'static str {
        match self {
            SourceKind::HelmChart => "InvalidChartReference",
            SourceKind::GitRepository | SourceKind::HelmRepository | SourceKind::OciRepository | SourceKind::Bucket => {
                self.operation_failed()
            }
        }
    }
}

impl SourceError {
    /// The reason that the conditions of Flux's objects give for this kind of failure.
    pub fn reason(&self, kind: SourceKind) -> &'static str {
        match self {
            SourceError::InvalidUrl { .. } => "URLInvalid",
            SourceError::AuthenticationFailed { .. } | SourceError::InvalidCredentials { .. } => "AuthenticationFailed",
            SourceError::EmptyRepository { .. } => "EmptyGitRepository",
            SourceError::Include { .. } => "CopyFailure",
            SourceError::InvalidIndex { .. } => "IndexationFailed",
            SourceError::Unverified { .. } => "VerificationError",
            SourceError::Signature(error) => match error {
                GitSignatureError::NoTag => "InvalidVerificationMode",
                GitSignatureError::UnsignedTag(_) | GitSignatureError::NoRepository(_) => "InvalidGitObject",
                GitSignatureError::Tag { .. } | GitSignatureError::MovedTag { .. } => "InvalidTagSignature",
                GitSignatureError::Commit { .. } => "InvalidCommitSignature",
            },
            SourceError::Unsupported { .. } => "Unsupported",
            SourceError::Io { .. } => "ReadOperationFailed",
            SourceError::FileTooLarge { .. }
            | SourceError::TotalTooLarge { .. }
            | SourceError::TooManyFiles { .. }
            | SourceError::TooDeep { .. }
            | SourceError::NotUtf8 { .. }
            | SourceError::ForgedPath { .. }
            | SourceError::InvalidArtifact { .. } => kind.unusable_content(),
            SourceError::UnknownChart { .. } | SourceError::NoVersion { .. } | SourceError::InvalidReference { .. } => {
                kind.unknown_reference()
            }
            SourceError::Submodule { source, .. } => source.reason(kind),
            SourceError::UnknownReference { .. }
            | SourceError::UnknownCommit { .. }
            | SourceError::NoMatchingVersion { .. }
            | SourceError::HostKey { .. }
            | SourceError::Certificate { .. }
            | SourceError::Unreachable { .. }
            | SourceError::NotARepository { .. }
            | SourceError::NotFound { .. }
            | SourceError::TooLarge { .. }
            | SourceError::DigestMismatch { .. }
            | SourceError::Timeout { .. }
            | SourceError::Protocol { .. }
            | SourceError::SparsePath { .. }
            | SourceError::InvalidSubmodule { .. }
            | SourceError::Damaged { .. }
            | SourceError::Watch { .. } => kind.operation_failed(),
        }
    }
}
