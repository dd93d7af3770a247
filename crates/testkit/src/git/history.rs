//! A git repository whose commits are made in one go, and whose branch then moves from one to the other.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use super::repository::{FIRST_COMMIT, GitError, command, run};

/// All files of one commit, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Path and content.
    pub files: Vec<(String, String)>,
    /// What it comes after.
    pub parent: Parent,
}

/// What a commit comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parent {
    /// The snapshot before, if there is one.
    #[default]
    Before,
    /// Nothing: who moves the branch there rewrites its history.
    Nothing,
}

/// A bare repository with all commits of a history. Its branch `main` stands where [`History::show`] puts it.
#[derive(Debug)]
pub struct History {
    folder: TempDir,
    commits: Vec<String>,
}

impl History {
    /// Makes the commits; `main` does not exist yet.
    pub fn create(snapshots: &[Snapshot]) -> Result<History, GitError> {
        let io = |what: &'static str| move |source| GitError::Io { what: what.to_owned(), source };
        let folder = tempfile::Builder::new().prefix("tenter-history-").tempdir().map_err(io("creating a folder"))?;
        let repository = folder.path().join("repository");
        let mut init = command();
        init.args(["init", "--quiet", "--bare", "--template=", "--initial-branch=main"]).arg(&repository);
        run(init)?;
        let marks = repository.join("marks");
        let mut import = command();
        import.current_dir(&repository).args(["fast-import", "--quiet", "--done"]);
        import.arg(format!("--export-marks={}", marks.display()));
        import.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut importing = import.spawn().map_err(io("starting git fast-import"))?;
        if let Some(mut stdin) = importing.stdin.take() {
            stdin.write_all(stream(snapshots).as_bytes()).map_err(io("writing to git fast-import"))?;
        }
        let output = importing.wait_with_output().map_err(io("waiting for git fast-import"))?;
        if !output.status.success() {
            let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(GitError::Failed { arguments: "fast-import".to_owned(), output });
        }
        let marks = std::fs::read_to_string(marks).map_err(io("reading the marks"))?;
        let mut numbered: Vec<(usize, String)> = marks
            .lines()
            .filter_map(|line| {
                let (mark, commit) = line.strip_prefix(':')?.split_once(' ')?;
                Some((mark.parse().ok()?, commit.to_owned()))
            })
            .collect();
        numbered.sort();
        Ok(History { folder, commits: numbered.into_iter().map(|(_, commit)| commit).collect() })
    }

    /// The repository's folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    /// Puts the branch `main` on a commit, whether that follows or not, and returns the commit's id.
    pub fn show(&self, number: usize) -> Result<&str, GitError> {
        let missing = || GitError::Failed { arguments: "update-ref".to_owned(), output: format!("no commit {number}") };
        let commit = self.commits.get(number).ok_or_else(missing)?;
        let branch = self.path().join("refs/heads/main");
        let fresh = self.path().join("main.lock");
        let written = std::fs::write(&fresh, format!("{commit}\n")).and_then(|()| std::fs::rename(&fresh, &branch));
        written.map_err(|source| GitError::Io { what: "moving the branch".to_owned(), source })?;
        Ok(commit)
    }

    /// Takes the repository away, as a server that is down does.
    pub fn take_away(&self) -> std::io::Result<()> {
        rename_if_there(&self.path(), &self.folder.path().join("away"))
    }

    /// Brings it back.
    pub fn bring_back(&self) -> std::io::Result<()> {
        rename_if_there(&self.folder.path().join("away"), &self.path())
    }
}

fn rename_if_there(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.exists() { std::fs::rename(from, to) } else { Ok(()) }
}

/// What `git fast-import` reads. Every commit is a branch's tip, so that none is ever collected.
fn stream(snapshots: &[Snapshot]) -> String {
    let mut stream = String::new();
    for (number, snapshot) in snapshots.iter().enumerate() {
        let (time, message) = (FIRST_COMMIT + 60 * number as u64, format!("Commit {number}"));
        // Writing into a string does not fail.
        let _ = write!(
            stream,
            "commit refs/heads/commit-{number}\nmark :{}\ncommitter Ada Example <ada@example.com> {time} +0000\ndata {}\n{message}\n",
            number + 1,
            message.len()
        );
        if number > 0 && snapshot.parent == Parent::Before {
            let _ = writeln!(stream, "from :{number}");
        }
        stream.push_str("deleteall\n");
        for (path, content) in &snapshot.files {
            let _ = write!(stream, "M 100644 inline {path}\ndata {}\n{content}\n", content.len());
        }
    }
    stream.push_str("done\n");
    stream
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(content: &str, parent: Parent) -> Snapshot {
        Snapshot { files: vec![("a/b.yaml".to_owned(), content.to_owned())], parent }
    }

    #[test]
    fn commits_follow_each_other_or_do_not() {
        let history = History::create(&[
            snapshot("b: 1\n", Parent::Before),
            snapshot("b: 2\n", Parent::Before),
            snapshot("b: 3\n", Parent::Nothing),
        ])
        .unwrap();
        let git = |arguments: &[&str]| {
            let mut command = command();
            command.current_dir(history.path()).args(arguments);
            run(command).unwrap()
        };
        let first = history.show(0).unwrap().to_owned();
        assert_eq!(git(&["rev-parse", "main"]), first);
        history.show(1).unwrap();
        assert_eq!(git(&["rev-parse", "main^"]), first);
        assert_eq!(git(&["show", "main:a/b.yaml"]), "b: 2");
        history.show(2).unwrap();
        assert_eq!(git(&["rev-list", "--count", "main"]), "1");
        history.take_away().unwrap();
        assert!(!history.path().exists());
        history.bring_back().unwrap();
        assert_eq!(git(&["show", "main:a/b.yaml"]), "b: 3");
        assert!(history.show(3).is_err());
    }
}
