//! What was there before: only what a change brings in is reported by `--diff`.

use std::collections::HashMap;

use analysis::{Code, Finding};
use manifest::ObjectId;

use super::look::Looked;
use crate::cli::Analyze;
use crate::error::Failure;
use crate::survey::tree_at;

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
        let tree = tree_at(path, revision).await?;
        looked.add_tree(&tree, path, arguments).await?;
    }
    Ok(looked)
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
