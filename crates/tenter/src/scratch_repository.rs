//! Git repositories that last as long as a command: the demo's and the benchmark's.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::error::Failure;

/// The branch everything happens on.
pub(crate) const BRANCH: &str = "main";

/// A git repository in a temporary folder. It goes with this value.
pub(crate) struct ScratchRepository {
    folder: tempfile::TempDir,
}

impl ScratchRepository {
    /// Creates it, in a folder whose name begins with `tenter-` and `purpose`, with these files in its first commit.
    pub(crate) async fn create(
        purpose: &str,
        files: &[(&str, &str)],
        message: &str,
    ) -> Result<ScratchRepository, Failure> {
        let folder = tempfile::Builder::new()
            .prefix(&format!("tenter-{purpose}-"))
            .tempdir()
            .map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
        let repository = ScratchRepository { folder };
        repository.git(&["init", "--quiet", "--initial-branch", BRANCH]).await?;
        for (path, text) in files {
            repository.write(path, text)?;
        }
        repository.commit(message).await?;
        Ok(repository)
    }

    /// Its folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Replaces `old` by `new` in a file, both of which must be as they were written.
    pub(crate) fn replace(&self, path: &str, old: &str, new: &str) -> Result<(), Failure> {
        let full = self.folder.path().join(path);
        let text = std::fs::read_to_string(&full).map_err(|source| Failure::Read { path: full, source })?;
        if !text.contains(old) {
            return Err(Failure::Usage(format!("{path} does not contain {old:?} any more")));
        }
        self.write(path, &text.replace(old, new))
    }

    /// Removes a file.
    pub(crate) fn remove(&self, path: &str) -> Result<(), Failure> {
        let full = self.folder.path().join(path);
        std::fs::remove_file(&full).map_err(|source| Failure::Write { path: full, source })
    }

    /// Commits everything and returns the commit's id.
    pub(crate) async fn commit(&self, message: &str) -> Result<String, Failure> {
        self.git(&["add", "--all"]).await?;
        self.git(&["commit", "--quiet", "--message", message]).await?;
        self.git(&["rev-parse", "HEAD"]).await
    }

    /// Names the last commit.
    pub(crate) async fn tag(&self, name: &str) -> Result<String, Failure> {
        self.git(&["tag", name]).await
    }

    /// Undoes the last commit by another one.
    pub(crate) async fn revert(&self) -> Result<String, Failure> {
        self.git(&["revert", "--no-edit", "HEAD"]).await?;
        self.git(&["rev-parse", "HEAD"]).await
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        let full: PathBuf = self.folder.path().join(path);
        let failed = |source| Failure::Write { path: full.clone(), source };
        if let Some(parent) = full.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        std::fs::write(&full, text).map_err(failed)
    }

    /// Runs git with settings of its own, whatever this user's are.
    async fn git(&self, arguments: &[&str]) -> Result<String, Failure> {
        let failed = |why: String| Failure::Git { arguments: arguments.join(" "), why };
        let output = Command::new("git")
            .args(arguments)
            .current_dir(self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Tenter")
            .env("GIT_AUTHOR_EMAIL", "tenter@example.com")
            .env("GIT_COMMITTER_NAME", "Tenter")
            .env("GIT_COMMITTER_EMAIL", "tenter@example.com")
            .output()
            .await
            .map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}
