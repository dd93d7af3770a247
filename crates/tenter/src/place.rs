//! Where `tenter up` and `tenter demo` take place: a cluster inside this process, or another one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cluster::{ApplyMode, Cluster, Event, Scope, Selector};
use futures::{StreamExt, TryStreamExt};
use local::{Absent, Clock, Local, Missing, NODE_NAME};
use manifest::{GroupVersionKind, Value};
use tokio::time::{Instant, timeout};

use crate::cli::Bareness;
use crate::commands::Context;
use crate::error::Failure;
use crate::local_cluster::LocalCluster;
use crate::output;

/// Who owns the definitions that a bare cluster is given.
const MANAGER: &str = "tenter";

/// How many definitions are written at once.
const AT_ONCE: usize = 16;

/// How long an API server may take to serve what was defined.
const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster, with what belongs to it for as long as this lives.
pub(crate) enum Place {
    /// In this process.
    Here(Box<LocalCluster>),
    /// The control plane of a kubeconfig, and what stands in for the rest.
    Bare {
        /// The control plane.
        cluster: Cluster,
        /// Where its API server is.
        host: String,
        /// Stop when they are dropped.
        _nodes: local::Running,
    },
    /// The cluster of a kubeconfig.
    There {
        /// The cluster.
        cluster: Cluster,
        /// Where its API server is.
        host: String,
    },
}

impl Place {
    /// The cluster that the command line names.
    pub(crate) async fn named(context: &Context, bareness: &Bareness, missing: Missing) -> Result<Place, Failure> {
        let (client, host) = context.client_and_host().await?;
        let cluster = Cluster::new(client.clone());
        if !bareness.bare_cluster {
            return Ok(Place::There { cluster, host });
        }
        refuse_nodes(&cluster).await?;
        define(&cluster, &kinds::crd::all()).await?;
        let options = local::Options { missing, absent: Absent::Nodes, ..local::Options::default() };
        let mut nodes = Local::start(client, Clock::system(), options);
        nodes.ready().await;
        output::error("standing in for the nodes of the cluster");
        Ok(Place::Bare { cluster, host, _nodes: nodes })
    }

    /// A new cluster in this process, in memory or in `data`.
    pub(crate) async fn here(data: Option<&Path>, port: u16, missing: Missing) -> Result<Place, Failure> {
        let started = Instant::now();
        let local = LocalCluster::start(data, port, missing).await?;
        let after = started.elapsed().as_millis();
        output::error(&format!("local cluster at https://{} after {after} ms", local.address()));
        if let Some(kubeconfig) = local.kubeconfig() {
            output::error(&format!("  export KUBECONFIG={}", kubeconfig.display()));
        }
        Ok(Place::Here(Box::new(local)))
    }

    /// The file that leads other programs to it.
    pub(crate) fn kubeconfig(&self, context: &Context) -> Option<PathBuf> {
        match self {
            Place::Here(local) => local.kubeconfig(),
            Place::Bare { .. } | Place::There { .. } => context.kubeconfig(),
        }
    }

    /// A client.
    pub(crate) fn cluster(&self) -> &Cluster {
        match self {
            Place::Here(local) => local.cluster(),
            Place::Bare { cluster, .. } | Place::There { cluster, .. } => cluster,
        }
    }

    /// The host and port of its API server.
    pub(crate) fn host(&self) -> String {
        match self {
            Place::Here(local) => local.address().to_string(),
            Place::Bare { host, .. } | Place::There { host, .. } => host.clone(),
        }
    }
}

/// Stand-ins must not take pods away from real nodes.
async fn refuse_nodes(cluster: &Cluster) -> Result<(), Failure> {
    let nodes = cluster.list(&gvk("v1", "Node"), &Scope::Cluster, &Selector::all()).await?;
    let names = nodes.iter().filter_map(|node| node["metadata"]["name"].as_str());
    match names.into_iter().find(|name| *name != NODE_NAME) {
        None => Ok(()),
        Some(name) => Err(Failure::Usage(format!("the cluster is not bare: it has the node '{name}'"))),
    }
}

/// Defines kinds, and waits until all are served.
pub(crate) async fn define(cluster: &Cluster, definitions: &[Value]) -> Result<(), Failure> {
    let mode = ApplyMode::forced(MANAGER);
    let applied = futures::stream::iter(definitions).map(|definition| cluster.apply(definition, None, &mode));
    let _changes: Vec<_> = applied
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
        .map_err(|error| Failure::Reconciliation(format!("a kind cannot be defined: {error}")))?;
    let mut waited: Vec<&str> = definitions.iter().filter_map(|one| one["metadata"]["name"].as_str()).collect();
    let kind = gvk("apiextensions.k8s.io/v1", "CustomResourceDefinition");
    let mut events = cluster.watch(&kind, Scope::Cluster, Selector::all());
    let all_served = async {
        while !waited.is_empty() {
            let served = match events.next().await {
                Event::Applied(one) => vec![one],
                Event::Restarted(all) => all,
                Event::Deleted(_) => Vec::new(),
            };
            let is_served =
                |name: &str| served.iter().any(|one| one["metadata"]["name"] == name && is_established(one));
            waited.retain(|name| !is_served(name));
        }
    };
    timeout(PATIENCE, all_served)
        .await
        .map_err(|_| Failure::Timeout { what: "not every kind was served".to_owned(), seconds: PATIENCE.as_secs() })?;
    Ok(())
}

fn is_established(definition: &Value) -> bool {
    let conditions = definition["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|one| one["type"] == "Established" && one["status"] == "True")
}

fn gvk(api_version: &str, kind: &str) -> GroupVersionKind {
    GroupVersionKind::from_api_version(api_version, kind)
}
