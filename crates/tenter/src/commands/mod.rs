//! One file per verb.

pub(crate) mod analyze;
pub(crate) mod bench;
pub(crate) mod bootstrap;
pub(crate) mod build;
pub(crate) mod changelog;
pub(crate) mod check;
pub(crate) mod completion;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod get;
pub(crate) mod history;
pub(crate) mod install;
pub(crate) mod reconcile;
pub(crate) mod render;
pub(crate) mod rollback;
pub(crate) mod run;
pub(crate) mod split;
pub(crate) mod suspend;
pub(crate) mod test;
pub(crate) mod trace;
pub(crate) mod tree;
pub(crate) mod uninstall;
pub(crate) mod up;

use std::path::PathBuf;

use cluster::Cluster;

use crate::cli::Global;
use crate::connect;
use crate::error::Failure;
use crate::output::{Format, Output};

/// What every command is given.
pub(crate) struct Context {
    global: Global,
}

impl Context {
    pub(crate) fn new(global: Global) -> Context {
        Context { global }
    }

    /// The cluster to talk to.
    pub(crate) async fn cluster(&self) -> Result<Cluster, Failure> {
        self.cluster_and_host().await.map(|(cluster, _)| cluster)
    }

    /// The cluster to talk to, and the host of its API server.
    pub(crate) async fn cluster_and_host(&self) -> Result<(Cluster, String), Failure> {
        connect::cluster(self.global.kubeconfig.as_ref(), self.global.context.as_ref()).await
    }

    /// The client behind it, and the host of its API server.
    pub(crate) async fn client_and_host(&self) -> Result<(kube::Client, String), Failure> {
        connect::client(self.global.kubeconfig.as_ref(), self.global.context.as_ref()).await
    }

    /// The kubeconfig that leads to it.
    pub(crate) fn kubeconfig(&self) -> Option<PathBuf> {
        connect::kubeconfig_path(self.global.kubeconfig.as_ref())
    }

    /// Whether a cluster was named on the command line.
    pub(crate) fn names_cluster(&self) -> bool {
        self.global.kubeconfig.is_some()
    }

    /// `-n`.
    pub(crate) fn namespace(&self) -> &str {
        &self.global.namespace
    }

    /// `-o`, of commands that print data.
    pub(crate) fn output(&self) -> Option<Format> {
        self.global.output.and_then(Output::format)
    }

    /// `-o`, of commands that print reports.
    pub(crate) fn report(&self) -> Option<Output> {
        self.global.output
    }
}
