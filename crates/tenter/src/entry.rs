//! The entry point of a repository: the source and Kustomization that `flux bootstrap` would create.

use std::path::Path;

use cluster::{ApplyMode, Cluster};
use kinds::flux::GoDuration;
use manifest::Value;
use serde_json::json;

use crate::error::Failure;

/// Name of the source and of the entry Kustomization, as `flux bootstrap` gives it.
pub(crate) const NAME: &str = "flux-system";

/// The field manager of what the command line itself applies.
pub(crate) const MANAGER: &str = "tenter";

/// What is served, and from where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Namespace of both objects.
    pub(crate) namespace: String,
    /// What the GitRepository fetches.
    pub(crate) url: String,
    /// The branch; none for a folder that is no repository.
    pub(crate) branch: Option<String>,
    /// Folder of the entry Kustomization.
    pub(crate) path: String,
    /// Interval of both.
    pub(crate) interval: GoDuration,
}

impl Entry {
    /// What `source` (a path or URL) and the options of `tenter up` mean.
    pub(crate) fn new(
        namespace: &str,
        source: &str,
        path: &str,
        branch: Option<String>,
        interval: GoDuration,
    ) -> Result<Entry, Failure> {
        let entry = |url: String, branch: Option<String>| Entry {
            namespace: namespace.to_owned(),
            url,
            branch,
            path: path.to_owned(),
            interval,
        };
        let Some(local) = source::local_path(source) else {
            return Ok(entry(source.to_owned(), Some(branch.unwrap_or_else(|| "main".to_owned()))));
        };
        let local = local.canonicalize().map_err(|source| Failure::Read { path: local.clone(), source })?;
        if !local.is_dir() {
            return Err(Failure::Usage(format!("{} is not a folder", local.display())));
        }
        let branch = match branch {
            Some(branch) => Some(branch),
            None => source::head_branch(&local)?,
        };
        Ok(entry(file_url(&local)?, branch))
    }

    /// The objects, in the order to apply them.
    pub(crate) fn objects(&self) -> Vec<Value> {
        let metadata = json!({"name": NAME, "namespace": self.namespace});
        let reference = self.branch.as_ref().map(|branch| json!({"branch": branch}));
        let mut repository = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": metadata,
            "spec": {"interval": self.interval, "url": self.url},
        });
        if let Some(reference) = reference {
            repository["spec"]["ref"] = reference;
        }
        vec![
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}),
            repository,
            json!({
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
                "kind": "Kustomization",
                "metadata": metadata,
                "spec": {
                    "interval": "10m",
                    "path": self.path,
                    "prune": true,
                    "sourceRef": {"kind": "GitRepository", "name": NAME},
                },
            }),
        ]
    }

    /// Applies them.
    pub(crate) async fn apply(&self, cluster: &Cluster) -> Result<(), Failure> {
        for object in self.objects() {
            let applied = cluster.apply(&object, None, &ApplyMode::forced(MANAGER)).await;
            applied.map_err(|error| Failure::unapplied(&object, &error))?;
        }
        Ok(())
    }
}

fn file_url(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().ok_or_else(|| Failure::Usage(format!("{} is not UTF-8", path.display())))?;
    Ok(format!("file://{text}"))
}
