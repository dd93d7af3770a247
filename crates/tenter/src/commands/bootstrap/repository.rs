//! A clone of the repository, by the user's own `git`: their keys, helpers and signatures are what pushing needs.

use std::path::PathBuf;

use tempfile::TempDir;
use tokio::process::Command;

use crate::error::Failure;

/// A clone. It goes when this is dropped.
pub(super) struct Clone {
    folder: TempDir,
    branch: String,
}

/// Who commits; what is not said is the user's own.
#[derive(Debug, Default)]
pub(super) struct Author {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
}

impl Clone {
    /// Of the newest commit of a branch; of none if the branch, or any commit, does not exist yet.
    pub(super) async fn of(url: &str, branch: &str) -> Result<Clone, Failure> {
        if url.starts_with('-') || branch.starts_with('-') {
            return Err(Failure::Usage("neither an address nor a branch can begin with a dash".to_owned()));
        }
        let folder = tempfile::tempdir().map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
        let clone = Clone { folder, branch: branch.to_owned() };
        clone.git(&["init", "--quiet"]).await?;
        clone.git(&["remote", "add", "origin", url]).await?;
        let reference = format!("refs/heads/{branch}");
        let found = clone.git(&["ls-remote", "--heads", "origin", &reference]).await?;
        if found.is_empty() {
            clone.git(&["symbolic-ref", "HEAD", &reference]).await?;
        } else {
            clone.git(&["fetch", "--quiet", "--depth=1", "origin", &reference]).await?;
            clone.git(&["checkout", "--quiet", "-B", branch, "FETCH_HEAD"]).await?;
        }
        Ok(clone)
    }

    /// Whether a file is there.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.folder.path().join(path).exists()
    }

    /// Writes a file, unless a symbolic link stands in its way: that may lead anywhere.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        let mut full: PathBuf = self.folder.path().to_owned();
        for part in path.split('/') {
            full.push(part);
            if full.is_symlink() {
                return Err(Failure::Usage(format!("{path} goes through a symbolic link; choose another --path")));
            }
        }
        let failed = |source| Failure::Write { path: full.clone(), source };
        if let Some(parent) = full.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        std::fs::write(&full, text).map_err(failed)
    }

    /// Commits what differs. None if nothing does.
    pub(super) async fn commit(&self, message: &str, author: &Author) -> Result<Option<String>, Failure> {
        self.git(&["add", "--all"]).await?;
        if self.git(&["status", "--porcelain"]).await?.is_empty() {
            return Ok(None);
        }
        let mut arguments: Vec<String> = Vec::new();
        for (key, value) in [("user.name", &author.name), ("user.email", &author.email)] {
            if let Some(value) = value {
                arguments.extend(["-c".to_owned(), format!("{key}={value}")]);
            }
        }
        arguments.extend(["commit", "--quiet", "-m", message].map(str::to_owned));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.git(&arguments).await?;
        Ok(Some(self.head().await?))
    }

    /// The id of the newest commit.
    pub(super) async fn head(&self) -> Result<String, Failure> {
        self.git(&["rev-parse", "HEAD"]).await
    }

    /// Pushes; what somebody else pushed meanwhile is never overwritten.
    pub(super) async fn push(&self) -> Result<(), Failure> {
        self.git(&["push", "--quiet", "origin", &format!("HEAD:refs/heads/{}", self.branch)]).await.map(|_| ())
    }

    async fn git(&self, arguments: &[&str]) -> Result<String, Failure> {
        let failed = |why: String| Failure::Git { arguments: arguments.join(" "), why };
        let output = Command::new("git")
            .args(arguments)
            .current_dir(self.folder.path())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use testkit::git::Repository;

    use super::*;

    fn author() -> Author {
        Author { name: Some("Ada Example".to_owned()), email: Some("ada@example.com".to_owned()) }
    }

    #[tokio::test]
    async fn an_empty_repository_gets_its_branch() {
        let bare = Repository::create_bare().unwrap();
        let clone = Clone::of(&bare.url(), "main").await.unwrap();
        clone.write("clusters/prod/a.yaml", "a: 1\n").unwrap();
        let commit = clone.commit("Add a", &author()).await.unwrap().unwrap();
        clone.push().await.unwrap();
        assert_eq!(bare.git(["rev-parse", "refs/heads/main"]).unwrap().trim(), commit);
        assert_eq!(
            bare.git(["log", "-1", "--format=%an <%ae>", "main"]).unwrap().trim(),
            "Ada Example <ada@example.com>"
        );
    }

    #[tokio::test]
    async fn what_is_there_already_is_no_commit() {
        let bare = Repository::create_bare().unwrap();
        let first = Clone::of(&bare.url(), "main").await.unwrap();
        first.write("a.yaml", "a: 1\n").unwrap();
        let commit = first.commit("Add a", &author()).await.unwrap().unwrap();
        first.push().await.unwrap();
        let second = Clone::of(&bare.url(), "main").await.unwrap();
        assert!(second.holds("a.yaml"));
        second.write("a.yaml", "a: 1\n").unwrap();
        assert_eq!(second.commit("Add a", &author()).await.unwrap(), None);
        assert_eq!(second.head().await.unwrap(), commit);
    }

    #[tokio::test]
    async fn nobody_is_overwritten() {
        let bare = Repository::create_bare().unwrap();
        let (mine, theirs) =
            (Clone::of(&bare.url(), "main").await.unwrap(), Clone::of(&bare.url(), "main").await.unwrap());
        for (clone, text) in [(&theirs, "theirs"), (&mine, "mine")] {
            clone.write("a.txt", text).unwrap();
            clone.commit("Add a", &author()).await.unwrap();
        }
        theirs.push().await.unwrap();
        assert!(mine.push().await.is_err());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn links_lead_nowhere() {
        let clone = Clone::of(&Repository::create_bare().unwrap().url(), "main").await.unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), clone.folder.path().join("clusters")).unwrap();
        let refused = clone.write("clusters/a.yaml", "a").unwrap_err();
        assert!(refused.to_string().contains("symbolic link"), "{refused}");
        assert!(std::fs::read_dir(outside.path()).unwrap().next().is_none());
    }

    #[tokio::test]
    async fn options_are_no_addresses() {
        assert!(Clone::of("--upload-pack=sh", "main").await.is_err());
        assert!(Clone::of("file:///nowhere", "--force").await.is_err());
    }
}
