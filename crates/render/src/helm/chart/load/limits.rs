//! What one chart may cost.

use super::LoadError;

/// Bounds for everything a chart holds, the charts below it and their archives included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file, unpacked.
    pub max_file: u64,
    /// Bytes of all files together, unpacked. A packed chart within a chart counts twice: packed and unpacked.
    pub max_total: u64,
    /// Files and folders of archives and links together.
    pub max_files: usize,
    /// Charts inside each other.
    pub max_depth: usize,
}

impl Default for Limits {
    /// Helm's 5 MiB and 100 MiB, and what Helm does not bound: 50,000 files and 32 charts inside each other.
    fn default() -> Limits {
        Limits { max_file: 5 << 20, max_total: 100 << 20, max_files: 50_000, max_depth: 32 }
    }
}

/// What is left of the limits.
pub(super) struct Budget<'a> {
    pub(super) limits: &'a Limits,
    files: usize,
    bytes: u64,
}

impl<'a> Budget<'a> {
    pub(super) fn new(limits: &'a Limits) -> Budget<'a> {
        Budget { limits, files: limits.max_files, bytes: limits.max_total }
    }

    /// Takes one file or folder.
    pub(super) fn take_file(&mut self) -> Result<(), LoadError> {
        self.files = self.files.checked_sub(1).ok_or(LoadError::TooManyFiles { limit: self.limits.max_files })?;
        Ok(())
    }

    /// Takes the bytes of a file.
    pub(super) fn take_bytes(&mut self, name: &str, count: u64) -> Result<(), LoadError> {
        if count > self.limits.max_file {
            return Err(LoadError::FileTooLarge { name: name.to_owned(), limit: self.limits.max_file });
        }
        self.bytes = self.bytes.checked_sub(count).ok_or(LoadError::ChartTooLarge { limit: self.limits.max_total })?;
        Ok(())
    }

    /// How much an archive may hold, its own headers included: long names and padding are content to who unpacks.
    pub(super) fn left_for_archive(&self) -> u64 {
        const HEADERS_OF_A_FILE: u64 = 2048;
        let files = u64::try_from(self.files).unwrap_or(u64::MAX);
        self.bytes.saturating_add(files.saturating_mul(HEADERS_OF_A_FILE)).saturating_add(HEADERS_OF_A_FILE)
    }
}
