//! A directory that is not a git repository, read as one revision.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifest::tree::Entry;

use crate::artifact::Artifact;
use crate::assemble::{Listing, Store, assemble};
use crate::error::SourceError;
use crate::limits::Limits;
use crate::request::Include;

/// How many entries may be looked at, as a multiple of those that may be kept: ignore rules can only leave out what
/// was found.
const LISTED_PER_KEPT: usize = 10;

/// Reads a directory as one revision, `latest@sha256:<hex>`, with the default limits. `ignore` are rules that follow
/// those of the `.sourceignore` files in it.
///
/// Symbolic links are kept as they are and never followed; `.git` folders, sockets and devices are left out.
///
/// # Errors
/// What cannot be read, and what is over the limits or not UTF-8.
pub fn read_directory(path: &Path, ignore: Option<&str>) -> Result<Artifact, SourceError> {
    read(path, &[], ignore, &Limits::default())
}

pub(crate) fn read(
    path: &Path,
    includes: &[Include],
    ignore: Option<&str>,
    limits: &Limits,
) -> Result<Artifact, SourceError> {
    let root = path.canonicalize().map_err(|source| SourceError::Io { path: path.to_owned(), source })?;
    let mut listing = Listing::new();
    list(&root, "", 1, limits, &mut listing)?;
    let tree = assemble(&mut Disk { limits }, listing, includes, ignore, limits)?;
    Ok(Artifact::new(format!("latest@{}", tree.digest()), tree, None))
}

/// A file or link on disk, as it was listed.
struct Listed {
    path: PathBuf,
    size: u64,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    File { executable: bool },
    Link,
}

fn list(
    folder: &Path,
    prefix: &str,
    depth: usize,
    limits: &Limits,
    listing: &mut Listing<Listed>,
) -> Result<(), SourceError> {
    if depth > limits.depth {
        return Err(SourceError::TooDeep { path: prefix.to_owned(), limit: limits.depth });
    }
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| SourceError::Io { path, source }
    };
    for entry in fs::read_dir(folder).map_err(io(folder))? {
        let entry = entry.map_err(io(folder))?;
        let name = entry.file_name();
        if name == ".git" {
            continue;
        }
        let name = name
            .to_str()
            .ok_or_else(|| SourceError::NotUtf8 { path: format!("{prefix}{}", entry.file_name().to_string_lossy()) })?;
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            // Removed since the folder was opened.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(SourceError::Io { path: entry.path(), source }),
        };
        let path = format!("{prefix}{name}");
        let kind = metadata.file_type();
        if kind.is_dir() {
            list(&entry.path(), &format!("{path}/"), depth + 1, limits, listing)?;
            continue;
        }
        let kind = if kind.is_symlink() {
            Kind::Link
        } else if kind.is_file() {
            Kind::File { executable: is_executable(&metadata) }
        } else {
            continue;
        };
        listing.insert(path, Listed { path: entry.path(), size: metadata.len(), kind });
        if listing.len() > limits.count.saturating_mul(LISTED_PER_KEPT) {
            return Err(SourceError::TooManyFiles { limit: limits.count });
        }
    }
    Ok(())
}

struct Disk<'a> {
    limits: &'a Limits,
}

impl Store for Disk<'_> {
    type Handle = Listed;

    fn size(&mut self, _path: &str, listed: &Listed) -> Result<u64, SourceError> {
        Ok(listed.size)
    }

    fn load(&mut self, path: &str, listed: &Listed) -> Result<Entry, SourceError> {
        let io = |source| SourceError::Io { path: listed.path.clone(), source };
        match listed.kind {
            Kind::Link => {
                let target = fs::read_link(&listed.path).map_err(io)?;
                let target = target
                    .to_str()
                    .ok_or_else(|| SourceError::NotUtf8 { path: format!("{path} -> {}", target.display()) })?;
                Ok(Entry::Link(Arc::from(target)))
            }
            Kind::File { executable } => {
                let content = read_at_most(&listed.path, self.limits.file).map_err(io)?;
                let size = content.len() as u64;
                if size > self.limits.file {
                    return Err(SourceError::FileTooLarge { path: path.to_owned(), size, limit: self.limits.file });
                }
                Ok(Entry::File { content: content.into(), executable })
            }
        }
    }
}

/// The content of a file, cut off one byte after `limit`. A link that took the file's place since it was listed is
/// not followed.
fn read_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    if !is_same_file(&fs::symlink_metadata(path)?, &file.metadata()?) {
        return Err(io::Error::other("was replaced while it was read; try again"));
    }
    let mut content = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(unix)]
fn is_same_file(listed: &fs::Metadata, opened: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (listed.dev(), listed.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_same_file(listed: &fs::Metadata, opened: &fs::Metadata) -> bool {
    listed.file_type() == opened.file_type()
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use expect_test::{Expect, expect};

    use super::*;

    fn write(root: &Path, files: &[(&str, &str)]) {
        for (path, content) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), files);
        folder
    }

    fn check(folder: &Path, ignore: Option<&str>, expected: Expect) {
        expected.assert_eq(&show(read_directory(folder, ignore)));
    }

    fn show(artifact: Result<Artifact, SourceError>) -> String {
        match artifact {
            Ok(artifact) => artifact
                .tree
                .entries()
                .map(|(path, entry)| match entry {
                    Entry::File { executable: false, .. } => path.to_string(),
                    Entry::File { executable: true, .. } => format!("{path}*"),
                    Entry::Link(target) => format!("{path} -> {target}"),
                })
                .collect::<Vec<_>>()
                .join("\n"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn reads_files_modes_and_links() {
        let folder =
            folder(&[("a.yaml", "a"), ("d/run.sh", "x"), ("d/e.png", "x"), (".git/config", "x"), ("d/.git", "")]);
        fs::set_permissions(folder.path().join("d/run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("../a.yaml", folder.path().join("d/in")).unwrap();
        symlink("/etc/passwd", folder.path().join("out")).unwrap();
        symlink("d", folder.path().join("folder")).unwrap();
        check(
            folder.path(),
            None,
            expect![[r#"
            a.yaml
            d/in -> ../a.yaml
            d/run.sh*
            folder -> d
            out -> /etc/passwd"#]],
        );
        let artifact = read_directory(folder.path(), None).unwrap();
        assert!(artifact.tree.read("out").is_err());
        assert_eq!(artifact.revision, format!("latest@{}", artifact.digest));
        assert_eq!(artifact.digest, artifact.tree.digest());
    }

    #[test]
    fn follows_ignore_rules() {
        let folder = folder(&[
            (".sourceignore", "*.md\n"),
            ("a.md", ""),
            ("a.yaml", ""),
            ("d/.sourceignore", "x\n"),
            ("d/x", ""),
            ("d/y", ""),
        ]);
        check(
            folder.path(),
            Some("/d/y"),
            expect![[r#"
            .sourceignore
            a.yaml
            d/.sourceignore"#]],
        );
    }

    #[test]
    fn the_revision_changes_with_the_content_only() {
        let folder = folder(&[("a.yaml", "1")]);
        let revision = || read_directory(folder.path(), None).unwrap().revision;
        let first = revision();
        write(folder.path(), &[("a.yaml", "2")]);
        assert_ne!(revision(), first);
        write(folder.path(), &[("a.yaml", "1")]);
        assert_eq!(revision(), first);
    }

    #[test]
    fn limits_count_only_what_is_kept() {
        let folder = folder(&[("large.bin", "0123456789"), ("a.yaml", "a")]);
        let limits = Limits { file: 5, ..Limits::default() };
        let outcome = |ignore| show(read(folder.path(), &[], ignore, &limits));
        expect![[
            r#"large.bin: 10 bytes, and a file may have 5; leave it out with a line "large.bin" in .sourceignore"#
        ]]
        .assert_eq(&outcome(None));
        expect!["a.yaml"].assert_eq(&outcome(Some("*.bin")));
    }

    #[test]
    fn refuses_deep_folders_and_names_that_are_not_utf8() {
        let deep = folder(&[("a/b/c/d", "")]);
        let limits = Limits { depth: 3, ..Limits::default() };
        expect!["a/b/c/: more than 3 folders deep; flatten it"].assert_eq(&show(read(deep.path(), &[], None, &limits)));
        let odd = folder(&[]);
        fs::write(odd.path().join(std::ffi::OsStr::from_bytes(b"a\xff.yaml")), "").unwrap();
        check(odd.path(), None, expect!["a\u{fffd}.yaml: the name is not UTF-8; rename it"]);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = read_directory(Path::new("/nonexistent/folder"), None).unwrap_err();
        assert_eq!(error.to_string(), "/nonexistent/folder: No such file or directory (os error 2)");
    }
}
