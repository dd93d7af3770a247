//! The real tools that tests compare with, and the real servers that they talk to, built from their published modules by `just tools`.

use std::path::PathBuf;

/// A tool of another project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Helm 4.
    Helm,
    /// Helm 3.
    Helm3,
    /// `kustomize`.
    Kustomize,
    /// Renders the chart in each folder that it is told, as Helm 4 does.
    HelmEach,
    /// Builds each folder that it is told, as `kustomize` does.
    KustomizeEach,
    /// The distribution project's registry.
    Registry,
    /// An S3 server that checks signatures.
    S3,
    /// `sops`.
    Sops,
    /// `istioctl`.
    Istioctl,
    /// A Kubernetes control plane: [`crate::kubernetes`].
    Kubernetes,
}

impl Tool {
    /// The name of its file in `target/tools`.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Helm => "helm",
            Tool::Helm3 => "helm3",
            Tool::Kustomize => "kustomize",
            Tool::HelmEach => "helm-each",
            Tool::KustomizeEach => "kustomize-each",
            Tool::Registry => "registry",
            Tool::S3 => "versitygw",
            Tool::Sops => "sops",
            Tool::Istioctl => "istioctl",
            Tool::Kubernetes => "kubernetes",
        }
    }

    /// What names another file for it: `TENTER_HELM`, `TENTER_KUSTOMIZE_EACH`.
    pub fn variable(self) -> String {
        format!("TENTER_{}", self.name().to_uppercase().replace('-', "_"))
    }
}

/// A tool that is not there.
#[derive(Debug, thiserror::Error)]
#[error("there is no {} at {}; `tests/build-tools {}` builds it (it needs Go), or {} names another", tool.name(), path.display(), tool.name(), tool.variable())]
pub struct Missing {
    tool: Tool,
    path: PathBuf,
}

/// The program: what `$TENTER_…` names, or else the one in `target/tools` of the workspace.
///
/// # Errors
///
/// [`Missing`], with what builds it.
pub fn find(tool: Tool) -> Result<PathBuf, Missing> {
    let path = std::env::var_os(tool.variable())
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools")).join(tool.name()));
    if path.is_file() { Ok(path) } else { Err(Missing { tool, path }) }
}

/// The program, or none, said aloud, where it is missing.
///
/// # Panics
///
/// Where it is missing in CI (`CI` is set): a test that needs it must not be skipped there.
pub fn find_or_skip(tool: Tool) -> Option<PathBuf> {
    match find(tool) {
        Ok(path) => Some(path),
        Err(missing) => {
            assert!(std::env::var_os("CI").is_none(), "{missing}");
            #[expect(clippy::print_stderr, reason = "a skipped test says so")]
            {
                eprintln!("skipped: {missing}");
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Missing, Tool};

    #[test]
    fn what_is_missing_says_how_it_comes_to_be() {
        let missing = Missing { tool: Tool::KustomizeEach, path: "/x/kustomize-each".into() };
        assert_eq!(
            missing.to_string(),
            "there is no kustomize-each at /x/kustomize-each; `tests/build-tools kustomize-each` builds it (it needs Go), \
             or TENTER_KUSTOMIZE_EACH names another"
        );
    }
}
