//! Provenance of charts: the text beside an archive in which somebody signed its digest, as `helm package --sign` writes it
//! and `helm verify` reads it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use manifest::yaml::{self, Limits, Profile};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::openpgp::{Clearsigned, Keyring, Rejected, Signer};

/// What stands between the chart's metadata and the digests.
const SEPARATOR: &str = "\n...\n";

/// A chart that is not proven to be what somebody signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProvenanceError {
    /// The file beside the archive is something else.
    #[error("signature block not found")]
    NoSignature,
    /// Nobody who is trusted signed it.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// What was signed is something else.
    #[error("message block must have at least two parts")]
    NoDigests,
    /// What was signed cannot be read.
    #[error("the digests of the provenance file cannot be read: {0}")]
    Unreadable(String),
    /// Somebody signed another archive.
    #[error("provenance does not contain a SHA for a file named {file:?}")]
    OtherFile {
        /// The archive's name.
        file: String,
    },
    /// Somebody signed another content.
    #[error("sha256 sum does not match for {file}: {signed:?} != {found:?}")]
    OtherContent {
        /// The archive's name.
        file: String,
        /// What was signed.
        signed: String,
        /// What there is.
        found: String,
    },
}

/// The digests in a provenance file.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Sums {
    files: BTreeMap<String, String>,
}

/// Checks that somebody in the key ring signed this archive under this name, as of now, and tells who.
///
/// # Errors
/// [`ProvenanceError`], with Helm's words.
pub fn verify(
    archive: &[u8],
    file: &str,
    provenance: &[u8],
    keyring: &Keyring,
    now: Timestamp,
) -> Result<Signer, ProvenanceError> {
    let signed = Clearsigned::find(provenance).ok_or(ProvenanceError::NoSignature)?;
    let signer = signed.verify(keyring, now)?;
    let sums = sums(&signed.text())?;
    let found = format!("sha256:{}", hex::encode(Sha256::digest(archive)));
    match sums.files.get(file) {
        Some(sum) if *sum == found => Ok(signer),
        Some(sum) => Err(ProvenanceError::OtherContent { file: file.to_owned(), signed: sum.clone(), found }),
        None => Err(ProvenanceError::OtherFile { file: file.to_owned() }),
    }
}

/// The digests in a signed text.
fn sums(text: &str) -> Result<Sums, ProvenanceError> {
    let part = text.split(SEPARATOR).nth(1).ok_or(ProvenanceError::NoDigests)?;
    let unreadable = |cause: String| ProvenanceError::Unreadable(cause);
    let documents = yaml::read_documents(part.as_bytes(), "provenance", Profile::Kubectl, &Limits::default());
    let documents = documents.map_err(|problem| unreadable(problem.to_string()))?;
    match documents.into_iter().next().map(|document| document.value) {
        None => Ok(Sums::default()),
        Some(value) if value.is_null() => Ok(Sums::default()),
        Some(value) => Sums::deserialize(&value).map_err(|error| unreadable(error.to_string())),
    }
}

#[cfg(test)]
mod tests;
