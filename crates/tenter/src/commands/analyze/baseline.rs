//! What was there before: only what a change brings in is reported by `--diff`.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use analysis::{Code, Finding};
use manifest::tree::Entry;
use manifest::{ObjectId, Tree};
use source::{GitRequest, Reference};
use tokio::process::Command;

use super::look::Looked;
use crate::charts;
use crate::cli::Analyze;
use crate::error::Failure;

/// What the paths held at a revision of their repository.
pub(super) async fn at(arguments: &Analyze, revision: &str) -> Result<Looked, Failure> {
    let mut looked = Looked::default();
    for path in &arguments.paths {
        if !path.is_dir() {
            return Err(Failure::Usage(format!(
                "--diff compares folders of a repository, and {} is none",
                path.display()
            )));
        }
        let tree = tree_at(path, revision, arguments).await?;
        looked.add_tree(&tree, path, arguments).await?;
    }
    Ok(looked)
}

/// The files below `path` at a revision.
async fn tree_at(path: &Path, revision: &str, arguments: &Analyze) -> Result<Tree, Failure> {
    let commit = git(path, &["rev-parse", "--verify", "--end-of-options", &format!("{revision}^{{commit}}")]).await?;
    let root = git(path, &["rev-parse", "--show-toplevel"]).await?;
    let prefix = git(path, &["rev-parse", "--show-prefix"]).await?;
    let (sources, _cache) = charts::sources(&arguments.mirroring)?;
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

/// Keeps the findings that were not there before. Lines move when files are edited, so a finding is known by its code, object
/// and message; of several that are alike, as many are new as there are more now.
pub(super) fn keep_new(found: &mut Vec<Finding>, before: &[Finding]) {
    let mut known: HashMap<(Code, Option<ObjectId>, String), usize> = HashMap::new();
    let key = |finding: &Finding| (finding.code, finding.diagnostic.object.clone(), finding.diagnostic.message.clone());
    for finding in before {
        *known.entry(key(finding)).or_default() += 1;
    }
    found.retain(|finding| match known.get_mut(&key(finding)) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        Some(_) | None => true,
    });
}
