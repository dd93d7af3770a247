//! The demo's git repository: a small fleet with infrastructure, policies and two apps.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::error::Failure;

/// The branch everything happens on.
pub(super) const BRANCH: &str = "main";

/// The files of the first commit.
pub(super) const FILES: &[(&str, &str)] = &[
    ("clusters/demo/infrastructure.yaml", include_str!("files/clusters-infrastructure.yaml")),
    ("clusters/demo/policies.yaml", include_str!("files/clusters-policies.yaml")),
    ("clusters/demo/apps.yaml", include_str!("files/clusters-apps.yaml")),
    ("infrastructure/namespaces.yaml", include_str!("files/infrastructure-namespaces.yaml")),
    ("infrastructure/settings.yaml", include_str!("files/infrastructure-settings.yaml")),
    ("policies/mesh.yaml", include_str!("files/policies-mesh.yaml")),
    ("policies/network.yaml", include_str!("files/policies-network.yaml")),
    ("apps/base/kustomization.yaml", include_str!("files/apps-base-kustomization.yaml")),
    ("apps/base/deployment.yaml", include_str!("files/apps-base-deployment.yaml")),
    ("apps/base/service.yaml", include_str!("files/apps-base-service.yaml")),
    ("apps/backend/kustomization.yaml", include_str!("files/apps-backend-kustomization.yaml")),
    ("apps/frontend/kustomization.yaml", include_str!("files/apps-frontend-kustomization.yaml")),
    ("apps/frontend/autoscaler.yaml", include_str!("files/apps-frontend-autoscaler.yaml")),
    ("apps/kustomization.yaml", include_str!("files/apps-kustomization.yaml")),
];

/// A git repository in a temporary folder. It goes with this value.
pub(super) struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    /// Creates it with its first commit.
    pub(super) async fn create() -> Result<Repository, Failure> {
        let folder = tempfile::Builder::new()
            .prefix("tenter-demo-")
            .tempdir()
            .map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
        let repository = Repository { folder };
        repository.git(&["init", "--quiet", "--initial-branch", BRANCH]).await?;
        for (path, text) in FILES {
            repository.write(path, text)?;
        }
        repository.commit("Declare infrastructure, policies and apps").await?;
        Ok(repository)
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Replaces `old` by `new` in a file, both of which must be as the demo wrote them.
    pub(super) fn replace(&self, path: &str, old: &str, new: &str) -> Result<(), Failure> {
        let full = self.folder.path().join(path);
        let text = std::fs::read_to_string(&full).map_err(|source| Failure::Read { path: full, source })?;
        if !text.contains(old) {
            return Err(Failure::Usage(format!("{path} does not contain {old:?} any more")));
        }
        self.write(path, &text.replace(old, new))
    }

    /// Removes a file.
    pub(super) fn remove(&self, path: &str) -> Result<(), Failure> {
        let full = self.folder.path().join(path);
        std::fs::remove_file(&full).map_err(|source| Failure::Write { path: full, source })
    }

    /// Commits everything and returns the commit's id.
    pub(super) async fn commit(&self, message: &str) -> Result<String, Failure> {
        self.git(&["add", "--all"]).await?;
        self.git(&["commit", "--quiet", "--message", message]).await?;
        self.git(&["rev-parse", "HEAD"]).await
    }

    /// Undoes the last commit by another one.
    pub(super) async fn revert(&self) -> Result<String, Failure> {
        self.git(&["revert", "--no-edit", "HEAD"]).await?;
        self.git(&["rev-parse", "HEAD"]).await
    }

    fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
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
            .env("GIT_AUTHOR_NAME", "Tenter demo")
            .env("GIT_AUTHOR_EMAIL", "demo@example.com")
            .env("GIT_COMMITTER_NAME", "Tenter demo")
            .env("GIT_COMMITTER_EMAIL", "demo@example.com")
            .output()
            .await
            .map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}
