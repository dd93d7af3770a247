//! A home for a `tenter` under test: a folder with nothing of this machine's settings, and a cluster.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use testkit::kubernetes::{ControlPlane, Selected};
use testkit::tools::{Tool, find};

use crate::up::tenter;

/// The folder, and the control plane where `$TENTER_CLUSTER` asks for a real one: each home has its own.
pub(crate) struct Home {
    folder: TempDir,
    control_plane: Option<ControlPlane>,
}

impl Home {
    /// Starts what is needed.
    pub(crate) fn new() -> Home {
        let folder = tempfile::tempdir().unwrap();
        let control_plane = match Selected::from_environment() {
            Selected::Embedded => None,
            Selected::Kubernetes => {
                let program = find(Tool::Kubernetes).unwrap_or_else(|missing| panic!("{missing}"));
                Some(ControlPlane::start(&program, &kubeconfig(folder.path())).unwrap())
            }
        };
        Home { folder, control_plane }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where commands look for the cluster.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        kubeconfig(self.path())
    }

    /// A `tenter` at home here.
    pub(crate) fn tenter(&self) -> Command {
        tenter(&self.folder)
    }

    /// What leads commands that would start a cluster to the one that there is.
    pub(crate) fn to_cluster(&self) -> Vec<OsString> {
        match &self.control_plane {
            None => Vec::new(),
            Some(_) => vec!["--kubeconfig".into(), self.kubeconfig().into(), "--bare-cluster".into()],
        }
    }

    /// What such a command says once the cluster can be used.
    pub(crate) fn greeting(&self) -> &'static str {
        match &self.control_plane {
            None => "export KUBECONFIG=",
            Some(_) => "standing in for the nodes",
        }
    }
}

/// The kubeconfig of the local cluster, which commands find by themselves.
fn kubeconfig(home: &Path) -> PathBuf {
    home.join("state/tenter/kubeconfig")
}
