//! A git repository made by the `git` executable.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

/// The author and committer of every commit.
const AUTHOR: (&str, &str) = ("Ada Example", "ada@example.com");

/// When the first commit of a repository is made: 2026-01-01T00:00:00Z, in Unix seconds. Each later one follows a
/// minute after the one before.
pub(super) const FIRST_COMMIT: u64 = 1_767_225_600;

/// Why a git command failed.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The executable did not start or a file was not written.
    #[error("{what}: {source}; the tests need the `git` executable on the PATH")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// git refused.
    #[error("git {arguments} failed: {output}")]
    Failed {
        /// The arguments, joined by spaces.
        arguments: String,
        /// What it printed on standard error.
        output: String,
    },
}

/// A git repository in a temporary folder, removed when dropped. Its branch is `main`.
///
/// Every method runs the `git` executable and waits for it.
#[derive(Debug)]
pub struct Repository {
    folder: TempDir,
    commits: AtomicU64,
}

impl Repository {
    /// An empty repository with a working tree.
    pub fn create() -> Result<Repository, GitError> {
        Repository::initialise(&["init", "--quiet", "--initial-branch=main", "."])
    }

    /// An empty bare repository, as a server keeps it. It serves any commit by its id, as the large forges do.
    pub fn create_bare() -> Result<Repository, GitError> {
        let repository = Repository::initialise(&["init", "--quiet", "--bare", "--initial-branch=main", "."])?;
        repository.git(["config", "uploadpack.allowAnySHA1InWant", "true"])?;
        repository.git(["config", "http.receivepack", "true"])?;
        Ok(repository)
    }

    fn initialise(arguments: &[&str]) -> Result<Repository, GitError> {
        let folder = tempfile::Builder::new()
            .prefix("tenter-git-")
            .tempdir()
            .map_err(|source| GitError::Io { what: "creating a temporary folder".into(), source })?;
        let repository = Repository { folder, commits: AtomicU64::new(0) };
        repository.git(arguments)?;
        Ok(repository)
    }

    /// The folder: the working tree, or the bare repository itself.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The repository as a `file://` address.
    pub fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    /// Writes a file of the working tree, with the folders it needs, without committing it.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> Result<PathBuf, GitError> {
        let target = self.path().join(path);
        let io = |source| GitError::Io { what: format!("writing {path}"), source };
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).map_err(io)?;
        }
        std::fs::write(&target, content).map_err(io)?;
        Ok(target)
    }

    /// Writes the files, commits them with everything else that changed in the working tree, and returns the id of
    /// the commit. Without any change the commit is empty.
    pub fn commit<P: AsRef<str>, T: AsRef<[u8]>>(
        &self,
        files: impl IntoIterator<Item = (P, T)>,
        message: &str,
    ) -> Result<String, GitError> {
        for (path, content) in files {
            self.write(path.as_ref(), content)?;
        }
        self.git(["add", "--all", "--force", "."])?;
        self.git(["commit", "--quiet", "--allow-empty", "--message", message])?;
        self.head()
    }

    /// Removes the files, commits that, and returns the id of the commit.
    pub fn remove(&self, paths: &[&str], message: &str) -> Result<String, GitError> {
        self.git(["rm", "--quiet", "-r", "--"].iter().chain(paths))?;
        self.git(["commit", "--quiet", "--message", message])?;
        self.head()
    }

    /// The id of the commit that is checked out.
    pub fn head(&self) -> Result<String, GitError> {
        self.git(["rev-parse", "HEAD"])
    }

    /// Starts a branch at the current commit and checks it out.
    pub fn branch(&self, name: &str) -> Result<(), GitError> {
        self.git(["checkout", "--quiet", "-b", name]).map(drop)
    }

    /// Checks out an existing branch, tag or commit.
    pub fn checkout(&self, revision: &str) -> Result<(), GitError> {
        self.git(["checkout", "--quiet", revision]).map(drop)
    }

    /// Sets a lightweight tag on the current commit.
    pub fn tag(&self, name: &str) -> Result<(), GitError> {
        self.git(["tag", name]).map(drop)
    }

    /// Sets an annotated tag on the current commit.
    pub fn annotated_tag(&self, name: &str, message: &str) -> Result<(), GitError> {
        self.git(["tag", "--annotate", "--message", message, name]).map(drop)
    }

    /// Pushes every branch and tag into another repository, forced.
    pub fn push_to(&self, target: &Repository) -> Result<(), GitError> {
        let target = target.path().to_string_lossy().into_owned();
        self.git(["push", "--quiet", "--force", &target, "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*"])
            .map(drop)
    }

    /// Runs git in the repository and returns what it prints, trimmed.
    pub fn git<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<String, GitError> {
        let time = FIRST_COMMIT + 60 * self.commits.load(Ordering::Relaxed);
        let mut command = command();
        command
            .current_dir(self.path())
            .env("GIT_AUTHOR_DATE", format!("{time} +0000"))
            .env("GIT_COMMITTER_DATE", format!("{time} +0000"))
            .args(arguments);
        let is_commit = command.get_args().next() == Some(OsStr::new("commit"));
        let output = run(command)?;
        if is_commit {
            self.commits.fetch_add(1, Ordering::Relaxed);
        }
        Ok(output)
    }
}

/// The `git` executable with nothing of the machine's configuration, and with the fixed author.
pub(crate) fn command() -> Command {
    let mut command = Command::new("git");
    command.stdin(Stdio::null()).env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
        .env("HOME", "/nonexistent")
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        // Submodules of the tests live in neighbouring folders, and the tests' folders may belong to another user.
        .env("GIT_CONFIG_COUNT", "3")
        .env("GIT_CONFIG_KEY_0", "protocol.file.allow")
        .env("GIT_CONFIG_VALUE_0", "always")
        .env("GIT_CONFIG_KEY_1", "gc.auto")
        .env("GIT_CONFIG_VALUE_1", "0")
        .env("GIT_CONFIG_KEY_2", "safe.directory")
        .env("GIT_CONFIG_VALUE_2", "*")
        .env("GIT_AUTHOR_NAME", AUTHOR.0)
        .env("GIT_AUTHOR_EMAIL", AUTHOR.1)
        .env("GIT_COMMITTER_NAME", AUTHOR.0)
        .env("GIT_COMMITTER_EMAIL", AUTHOR.1);
    command
}

pub(super) fn run(mut command: Command) -> Result<String, GitError> {
    let arguments: Vec<String> = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let shown = arguments.join(" ");
    let output = command.output().map_err(|source| GitError::Io { what: format!("starting git {shown}"), source })?;
    if !output.status.success() {
        let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(GitError::Failed { arguments: shown, output });
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_commits_have_the_same_ids_everywhere() {
        let ids = || {
            let repository = Repository::create().unwrap();
            let first = repository.commit([("a/b.yaml", "b: 1\n")], "first").unwrap();
            let second = repository.commit([("a/b.yaml", "b: 2\n")], "second").unwrap();
            assert_eq!(repository.git(["log", "-1", "--format=%an <%ae> %aI"]).unwrap(), {
                "Ada Example <ada@example.com> 2026-01-01T00:01:00+00:00"
            });
            (first, second)
        };
        assert_eq!(ids(), ids());
    }

    #[test]
    fn pushes_branches_and_tags_into_a_bare_repository() {
        let (work, bare) = (Repository::create().unwrap(), Repository::create_bare().unwrap());
        let first = work.commit([("a", "1")], "first").unwrap();
        work.tag("v1.0.0").unwrap();
        work.branch("next").unwrap();
        let second = work.commit([("a", "2")], "second").unwrap();
        work.push_to(&bare).unwrap();
        let revisions = ["main", "next", "v1.0.0"].map(|name| bare.git(["rev-parse", name]).unwrap());
        assert_eq!(revisions, [first.clone(), second, first]);
    }
}
