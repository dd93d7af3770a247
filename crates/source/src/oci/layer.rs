//! Layers: archives of files.

use std::io::{Cursor, Read};

use flate2::read::MultiGzDecoder;
use manifest::Tree;
use manifest::tree::Entry;
use tar::{Archive, EntryType};

use crate::assemble::{Listing, Store, assemble, blocked};
use crate::error::SourceError;
use crate::limits::Limits;

/// How much an archive may hold besides the files that are kept, as a multiple of what they may have: ignore rules can
/// only leave out what was found.
const UNPACKED_PER_KEPT: u64 = 2;

/// How many entries may be looked at, as a multiple of those that may be kept.
const LISTED_PER_KEPT: usize = 10;

/// The files of a layer, a tar archive packed with gzip, without what the rules leave out. As in Flux, links are left
/// out too.
pub(super) fn unpack(url: &str, layer: &[u8], ignore: Option<&str>, limits: &Limits) -> Result<Tree, SourceError> {
    let invalid = |cause: String| SourceError::InvalidArtifact { url: url.to_owned(), cause };
    if !layer.starts_with(&[0x1f, 0x8b]) {
        let cause = "the layer is not packed with gzip; select another one, or use the operation `copy`";
        return Err(invalid(cause.to_owned()));
    }
    let most = limits.total.saturating_mul(UNPACKED_PER_KEPT);
    let mut bytes = Vec::new();
    MultiGzDecoder::new(layer)
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| invalid(format!("the layer cannot be unpacked: {error}")))?;
    if bytes.len() as u64 > most {
        return Err(SourceError::TooLarge { what: format!("{url}, unpacked"), limit: most });
    }
    let listing = list(url, &bytes, limits)?;
    assemble(&mut Unpacked { bytes: &bytes }, listing, &[], ignore, limits)
}

/// A file in an archive.
struct Packed {
    start: usize,
    size: usize,
    executable: bool,
}

fn list(url: &str, bytes: &[u8], limits: &Limits) -> Result<Listing<Packed>, SourceError> {
    let invalid = |cause: String| SourceError::InvalidArtifact { url: url.to_owned(), cause };
    let broken = |error: std::io::Error| invalid(format!("the layer is no tar archive: {error}"));
    let mut listing = Listing::new();
    let mut archive = Archive::new(Cursor::new(bytes));
    for (count, entry) in archive.entries().map_err(broken)?.enumerate() {
        if count >= limits.count.saturating_mul(LISTED_PER_KEPT) {
            return Err(SourceError::TooManyFiles { limit: limits.count });
        }
        let entry = entry.map_err(broken)?;
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {}
            EntryType::Directory | EntryType::Symlink | EntryType::XGlobalHeader => continue,
            other => {
                let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                return Err(invalid(format!(
                    "{path}: neither a file, a folder nor a link ({other:?}), which is refused"
                )));
            }
        }
        let path = path_of(&entry.path_bytes(), limits).map_err(|problem| match problem {
            Problem::NotUtf8(path) => SourceError::NotUtf8 { path },
            Problem::TooDeep(path) => SourceError::TooDeep { path, limit: limits.depth },
            Problem::Escapes(path) => invalid(format!("{path}: the path leads out of the archive, which is refused")),
        })?;
        let start = usize::try_from(entry.raw_file_position()).unwrap_or(usize::MAX);
        let size = usize::try_from(entry.size()).unwrap_or(usize::MAX);
        if start.checked_add(size).is_none_or(|end| end > bytes.len()) {
            return Err(invalid(format!("{path}: cut off")));
        }
        let executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
        listing.insert(path, Packed { start, size, executable });
    }
    match blocked(&listing) {
        Some(path) => Err(invalid(format!("{path}: another file of the archive stands where its folder should be"))),
        None => Ok(listing),
    }
}

enum Problem {
    NotUtf8(String),
    TooDeep(String),
    Escapes(String),
}

/// The path as a tree has it.
fn path_of(bytes: &[u8], limits: &Limits) -> Result<String, Problem> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Problem::NotUtf8(String::from_utf8_lossy(bytes).into_owned()));
    };
    let escapes = text.starts_with('/') || text.contains('\\') || text.split('/').any(|part| part == "..");
    let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if escapes || parts.is_empty() || text.contains('\0') {
        return Err(Problem::Escapes(text.to_owned()));
    }
    if parts.len() > limits.depth {
        return Err(Problem::TooDeep(text.to_owned()));
    }
    Ok(parts.join("/"))
}

struct Unpacked<'a> {
    bytes: &'a [u8],
}

impl Store for Unpacked<'_> {
    type Handle = Packed;

    fn size(&mut self, _path: &str, packed: &Packed) -> Result<u64, SourceError> {
        Ok(packed.size as u64)
    }

    fn load(&mut self, _path: &str, packed: &Packed) -> Result<Entry, SourceError> {
        // That it lies within was checked when it was listed.
        let content = self.bytes.get(packed.start..packed.start + packed.size).unwrap_or_default();
        Ok(Entry::File { content: content.into(), executable: packed.executable })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use expect_test::{Expect, expect};
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use tar::{Builder, Header};

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// An archive with paths that its writer would refuse.
    fn archive(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for (path, kind, content) in entries {
            let mut header = Header::new_gnu();
            let name = &mut header.as_old_mut().name;
            name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_mode(if path.ends_with(".sh") { 0o755 } else { 0o644 });
            header.set_cksum();
            builder.append(&header, content.as_bytes()).unwrap();
        }
        packed(&builder.into_inner().unwrap())
    }

    fn check(layer: &[u8], expected: Expect) {
        let limits = Limits { file: 100, total: 10_000, count: 4, depth: 3 };
        let shown = match unpack("oci://example.com/app", layer, None, &limits) {
            Ok(tree) => tree
                .entries()
                .map(|(path, entry)| match entry {
                    Entry::File { content, executable } => {
                        format!("{path}{} {}\n", if *executable { "*" } else { "" }, String::from_utf8_lossy(content))
                    }
                    Entry::Link(target) => format!("{path} -> {target}\n"),
                })
                .collect(),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    const FILE: EntryType = EntryType::Regular;

    #[test]
    fn keeps_files_and_follows_ignore_rules() {
        check(
            &archive(&[
                ("./", EntryType::Directory, ""),
                ("./a.yaml", FILE, "a"),
                ("d/run.sh", FILE, "x"),
                ("d/e.png", FILE, "x"),
                ("link", EntryType::Symlink, ""),
                ("a.yaml", FILE, "again"),
            ]),
            expect![[r#"
                a.yaml again
                d/run.sh* x
            "#]],
        );
        check(
            &archive(&[(".sourceignore", FILE, "*.md\n"), ("a.md", FILE, ""), ("b.png", FILE, "")]),
            expect![[r#"
            .sourceignore *.md

            b.png 
        "#]],
        );
        check(&archive(&[]), expect![[""]]);
    }

    #[test]
    fn refuses_what_is_hostile_or_broken() {
        check(
            &archive(&[("../a", FILE, "")]),
            expect!["oci://example.com/app: ../a: the path leads out of the archive, which is refused"],
        );
        check(
            &archive(&[("/etc/passwd", FILE, "")]),
            expect!["oci://example.com/app: /etc/passwd: the path leads out of the archive, which is refused"],
        );
        check(
            &archive(&[("a\\b", FILE, "")]),
            expect![[r#"oci://example.com/app: a\b: the path leads out of the archive, which is refused"#]],
        );
        check(
            &archive(&[("a", EntryType::Link, "")]),
            expect!["oci://example.com/app: a: neither a file, a folder nor a link (Link), which is refused"],
        );
        check(
            &archive(&[("a", EntryType::Fifo, "")]),
            expect!["oci://example.com/app: a: neither a file, a folder nor a link (Fifo), which is refused"],
        );
        check(
            &archive(&[("a/b", FILE, ""), ("a", FILE, "")]),
            expect!["oci://example.com/app: a/b: another file of the archive stands where its folder should be"],
        );
        check(&archive(&[("a/b/c/d", FILE, "")]), expect!["a/b/c/d: more than 3 folders deep; flatten it"]);
        check(
            &archive(&[("a", FILE, &"x".repeat(101))]),
            expect![[r#"a: 101 bytes, and a file may have 100; leave it out with a line "a" in .sourceignore"#]],
        );
        check(
            &archive(&[("a", FILE, ""), ("b", FILE, ""), ("c", FILE, ""), ("d", FILE, ""), ("e", FILE, "")]),
            expect!["more than 4 files; leave out what is not needed with .sourceignore or spec.sparseCheckout"],
        );
        check(
            b"plain",
            expect![
                "oci://example.com/app: the layer is not packed with gzip; select another one, or use the operation `copy`"
            ],
        );
        check(
            &packed(&[b'x'; 600]),
            expect![
                "oci://example.com/app: the layer is no tar archive: numeric field was not a number: xxxxxxxx when getting cksum for xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            ],
        );
        check(
            &packed(&[0; 20_001]),
            expect!["oci://example.com/app, unpacked: more than 20000 bytes, which is the limit"],
        );
        let whole = archive(&[("a", FILE, "content")]);
        check(
            &whole[..whole.len() / 2],
            expect!["oci://example.com/app: the layer cannot be unpacked: incomplete deflate stream"],
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_archive_panics(at in 0usize..1024, byte in any::<u8>(), cut in 0usize..2048) {
            let mut tar = Builder::new(Vec::new());
            let mut header = Header::new_gnu();
            header.set_size(3);
            tar.append_data(&mut header, "d/a.yaml", &b"a: 1"[..3]).unwrap();
            let mut bytes = tar.into_inner().unwrap();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(cut.max(1));
            let _ = unpack("u", &packed(&bytes), None, &Limits::default());
        }
    }
}
