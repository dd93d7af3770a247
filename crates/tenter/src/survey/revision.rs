//! The files of a repository on this machine as they were at a revision.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use manifest::Tree;
use manifest::tree::Entry;
use source::{GitRequest, Reference, Sources};
use tokio::process::Command;

use crate::error::Failure;

/// The files below `path` at a revision.
pub(crate) async fn tree_at(path: &Path, revision: &str) -> Result<Tree, Failure> {
    let commit = git(path, &["rev-parse", "--verify", "--end-of-options", &format!("{revision}^{{commit}}")]).await?;
    let root = git(path, &["rev-parse", "--show-toplevel"]).await?;
    let prefix = git(path, &["rev-parse", "--show-prefix"]).await?;
    let cache = tempfile::tempdir().map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
    let sources = Sources::new(cache.path());
    let request = GitRequest::new(format!("file://{root}"), Reference::Commit { sha: commit.clone(), branch: None });
    let artifact = sources.artifact_at(&request, &format!("sha1:{commit}")).await?;
    Ok(below(&artifact.tree, &prefix))
}

/// The part of a tree below a folder that is empty or ends with a slash.
fn below(tree: &Tree, prefix: &str) -> Tree {
    if prefix.is_empty() {
        return tree.clone();
    }
    let inside =
        tree.entries().filter_map(|(path, entry)| Some((Arc::from(path.strip_prefix(prefix)?), entry.clone())));
    Tree::new(inside.collect::<BTreeMap<Arc<str>, Entry>>())
}

async fn git(folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let failure = |why: String| Failure::Git { arguments: arguments.join(" "), why };
    let output = Command::new("git").current_dir(folder).args(arguments).output().await;
    let output = output.map_err(|error| failure(error.to_string()))?;
    if !output.status.success() {
        return Err(failure(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
}
