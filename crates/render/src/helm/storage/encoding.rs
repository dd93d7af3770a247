//! A release as text: base64 of gzip of JSON.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::Release;

/// The longest JSON of a release that is read. A Secret holds 1 MiB, which could hold a thousand times as much.
pub const MAX_DECODED: u64 = 128 << 20;

/// How compressed data starts. Very old releases are not compressed.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Why a stored release cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The object has no release.
    #[error("{name} has no data `release`: it was not made by Helm, or what made it was stopped; delete it")]
    NoData {
        /// The object's name.
        name: String,
    },
    /// It is no base64.
    #[error(
        "the stored release is no base64 ({0}): it was damaged or edited; delete its Secret to forget this revision"
    )]
    Base64(#[from] base64::DecodeError),
    /// It cannot be decompressed or compressed.
    #[error("the stored release cannot be decompressed ({0}); delete its Secret to forget this revision")]
    Gzip(#[from] std::io::Error),
    /// It is too long.
    #[error(
        "the stored release is longer than {MAX_DECODED} bytes when decompressed; Helm does not make such releases"
    )]
    TooLong,
    /// It is no release.
    #[error("the stored release is no release of Helm 3 or 4: {0}")]
    Json(#[from] serde_json::Error),
}

/// A release as Helm stores it: base64 of gzip of JSON.
///
/// # Errors
///
/// If it has no JSON, which no release that was read or made here has.
pub fn encode(release: &Release) -> Result<String, StorageError> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&serde_json::to_vec(release)?)?;
    Ok(STANDARD.encode(gzip.finish()?))
}

/// Reads what [`encode`] or Helm wrote; JSON that is not compressed is read too.
///
/// # Errors
///
/// If it is none of these, or longer than [`MAX_DECODED`].
pub fn decode(text: &[u8]) -> Result<Release, StorageError> {
    decode_up_to(text, MAX_DECODED)
}

pub(super) fn decode_up_to(text: &[u8], most: u64) -> Result<Release, StorageError> {
    let data = STANDARD.decode(text)?;
    if !data.starts_with(&GZIP) {
        return Ok(serde_json::from_slice(&data)?);
    }
    let mut json = Vec::new();
    MultiGzDecoder::new(data.as_slice()).take(most + 1).read_to_end(&mut json)?;
    if json.len() as u64 > most {
        return Err(StorageError::TooLong);
    }
    Ok(serde_json::from_slice(&json)?)
}
