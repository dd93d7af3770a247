//! How much of a source is accepted.

use crate::error::SourceError;

/// How much of a source is accepted. Ignored files do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest file, in bytes.
    pub file: u64,
    /// All files together, in bytes.
    pub total: u64,
    /// The number of files and links.
    pub count: usize,
    /// The number of components in a path.
    pub depth: usize,
}

impl Default for Limits {
    /// 10 MiB a file, 256 MiB together, 100,000 files, 64 components.
    fn default() -> Limits {
        Limits { file: 10 << 20, total: 256 << 20, count: 100_000, depth: 64 }
    }
}

/// Counts what a source holds against the limits.
#[derive(Debug)]
pub(crate) struct Meter<'a> {
    limits: &'a Limits,
    total: u64,
    count: usize,
    largest: (String, u64),
}

impl<'a> Meter<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Meter<'a> {
        Meter { limits, total: 0, count: 0, largest: (String::new(), 0) }
    }

    /// Counts a file or link that will be kept.
    pub(crate) fn count(&mut self, path: &str, size: u64) -> Result<(), SourceError> {
        let Limits { file, total, count, .. } = *self.limits;
        if size > file {
            return Err(SourceError::FileTooLarge { path: path.to_owned(), size, limit: file });
        }
        self.count += 1;
        if self.count > count {
            return Err(SourceError::TooManyFiles { limit: count });
        }
        if size > self.largest.1 {
            self.largest = (path.to_owned(), size);
        }
        self.total = self.total.saturating_add(size);
        if self.total > total {
            let (largest, size) = self.largest.clone();
            return Err(SourceError::TotalTooLarge { limit: total, largest, size });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(files: &[(&str, u64)], expected: Expect) {
        let limits = Limits { file: 10, total: 15, count: 3, depth: 4 };
        let mut meter = Meter::new(&limits);
        let outcome = files.iter().try_for_each(|(path, size)| meter.count(path, *size));
        expected.assert_eq(&outcome.map_or_else(|error| error.to_string(), |()| "fine".to_owned()));
    }

    #[test]
    fn names_what_is_too_large_and_how_to_leave_it_out() {
        check(&[("a", 10), ("b", 5), ("c", 0)], expect!["fine"]);
        check(
            &[("img/a.iso", 11)],
            expect![[
                r#"img/a.iso: 11 bytes, and a file may have 10; leave it out with a line "img/a.iso" in .sourceignore"#
            ]],
        );
        check(
            &[("a", 9), ("b", 7)],
            expect![
                "the files have more than 15 bytes together; leave out what is not needed with .sourceignore. The largest: a (9 bytes)"
            ],
        );
        check(
            &[("a", 0), ("b", 0), ("c", 0), ("d", 0)],
            expect!["more than 3 files; leave out what is not needed with .sourceignore or spec.sparseCheckout"],
        );
    }
}
