//! The files of a packed chart.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use manifest::tree;
use tar::EntryType;

use super::limits::Budget;
use super::{LoadError, without_mark};
use crate::helm::chart::ChartFile;

/// How a gzip starts.
const GZIP: &[u8] = b"\x1f\x8b\x08";

/// Unpacks an archive that holds one folder; the paths of the files are below it.
pub(super) fn unpack(name: &str, packed: &[u8], budget: &mut Budget<'_>) -> Result<Vec<ChartFile>, LoadError> {
    if !packed.starts_with(GZIP) {
        return Err(LoadError::NotAnArchive { name: name.to_owned(), found: looks_like(packed) });
    }
    let limit = budget.limits.max_total;
    let damaged = |error: io::Error| {
        if is_exhausted(&error) {
            LoadError::ChartTooLarge { limit }
        } else {
            LoadError::DamagedArchive { name: name.to_owned(), reason: error.to_string() }
        }
    };
    let bounded = Bounded { inner: MultiGzDecoder::new(packed), left: budget.left_for_archive() };
    let mut archive = tar::Archive::new(bounded);
    let mut files = Vec::new();
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        budget.take_file()?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        if path.ends_with('/') || matches!(kind, EntryType::Directory | EntryType::XGlobalHeader | EntryType::XHeader) {
            continue;
        }
        let below = path_below_base(&path)?;
        if let Some(kind) = other_than_file(kind) {
            return Err(LoadError::NotAFile { name: path, kind });
        }
        let size = entry.size();
        budget.take_bytes(&path, size)?;
        let mut data = Vec::new();
        entry.by_ref().take(size).read_to_end(&mut data).map_err(damaged)?;
        if u64::try_from(data.len()) != Ok(size) {
            let reason = format!("{path} ends too early");
            return Err(LoadError::DamagedArchive { name: name.to_owned(), reason });
        }
        files.push(ChartFile { name: below, data: without_mark(&data).into() });
    }
    if files.is_empty() {
        return Err(LoadError::EmptyArchive(name.to_owned()));
    }
    Ok(files)
}

/// The path below the first folder, with `/` between names. Archives made on Windows may have `\`.
fn path_below_base(path: &str) -> Result<String, LoadError> {
    let delimiter = if path.contains('\\') { '\\' } else { '/' };
    let (base, rest) = path.split_once(delimiter).unwrap_or((path, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err(LoadError::AbsolutePath(path.to_owned()));
    }
    let Some(below) = tree::normalise(&rest).filter(|below| !below.starts_with("..")) else {
        return Err(LoadError::ParentPath(path.to_owned()));
    };
    if below.is_empty() {
        return Err(LoadError::OutsideBase(path.to_owned()));
    }
    if matches!(below.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic()) {
        return Err(LoadError::IllegalName(path.to_owned()));
    }
    if base == "Chart.yaml" {
        return Err(LoadError::MetadataNotInBase(path.to_owned()));
    }
    Ok(below)
}

/// What an entry is that has no content of its own.
fn other_than_file(kind: EntryType) -> Option<&'static str> {
    match kind {
        EntryType::Symlink => Some("a symbolic link"),
        EntryType::Link => Some("a hard link"),
        EntryType::Char | EntryType::Block => Some("a device"),
        EntryType::Fifo => Some("a named pipe"),
        // Unknown kinds are files, as the format asks for.
        _ => None,
    }
}

/// What bytes are that should have been an archive: a page that says why there is none is the most common.
fn looks_like(bytes: &[u8]) -> &'static str {
    let start = bytes.trim_ascii_start().get(..14).unwrap_or(bytes.trim_ascii_start()).to_ascii_lowercase();
    if bytes.is_empty() {
        "nothing"
    } else if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") {
        "text/html; charset=utf-8"
    } else if start.starts_with(b"<?xml") {
        "text/xml; charset=utf-8"
    } else if bytes.starts_with(b"PK\x03\x04") {
        "application/zip"
    } else if std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')) {
        "text/plain; charset=utf-8"
    } else {
        "application/octet-stream"
    }
}

/// Ends with an error where an archive holds more than it may, whatever its headers say.
struct Bounded<R> {
    inner: R,
    left: u64,
}

/// The error of [`Bounded`].
#[derive(Debug, thiserror::Error)]
#[error("the archive holds too much")]
struct Exhausted;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| io::Error::other(Exhausted))?;
        Ok(count)
    }
}

/// Whether the error, or one it was made from, is [`Exhausted`].
fn is_exhausted(error: &io::Error) -> bool {
    let mut source = error.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static));
    while let Some(error) = source {
        let is_inner = error.downcast_ref::<io::Error>().is_some_and(is_exhausted);
        if is_inner || error.is::<Exhausted>() {
            return true;
        }
        source = error.source();
    }
    false
}
