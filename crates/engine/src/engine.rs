//! Starting and stopping, and what all reconcilers share.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use cluster::{Cluster, ObjectRef, Scope, Selector};
use manifest::{GroupVersionKind, Value};
use plan::health::{attended_through, is_unattended};
use source::{Mirrors, Sources};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::Key;
use crate::access::CrossNamespace;
use crate::artifacts::Artifacts;
use crate::directory::{Directory, Kind};
use crate::events::Events;
use crate::helm_release::storage::Releases;
use crate::kustomization::successors::Foreseen;
use crate::observation::Observers;
use crate::other_clusters::{OtherCluster, OtherClusters};
use crate::packing::Packing;
use crate::references::References;
use crate::rivals::{FluxControllers, Rivals};
use crate::router::Router;
use crate::shard::Shard;
use crate::stages::analyse::Analysis;
use crate::tracker::Tracker;

/// How many build and apply at once by default.
const DEFAULT_CONCURRENCY: usize = 4;

/// How the engine works.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where fetched git objects and archives are kept between runs.
    pub cache: PathBuf,
    /// Where the addresses of sources lead instead; objects and statuses keep what is declared.
    pub mirrors: Mirrors,
    /// How many Kustomizations build and apply at once. Waiting for health does not count.
    pub concurrency: usize,
    /// Kinds that count as healthy because what would make them so is absent here.
    pub assume_ready: AssumedKinds,
    /// Whether objects may use sources of other namespaces.
    pub cross_namespace: CrossNamespace,
    /// Whether Kustomizations may take bases and charts from other hosts.
    pub remote_bases: RemoteBases,
    /// What becomes of what rules find, where a Kustomization does not say.
    pub analysis: Analysis,
    /// Which Flux objects are reconciled.
    pub watched: Watched,
    /// The service account, of each object's own namespace, whose rights are used where the object names none; none: the
    /// engine's own rights.
    pub default_service_account: Option<String>,
    /// Who is told what the engine does.
    pub observers: Observers,
    /// Whether the engine stands back where Flux's own controllers run.
    pub flux_controllers: FluxControllers,
    /// Which of the watched objects are reconciled. The others are known, and their sources read where they are needed, but
    /// nothing is written to or for them.
    pub shard: Shard,
}

impl Options {
    /// What is usual: everything is reconciled with the engine's own rights, and what leads out of what is declared stays
    /// as Flux has it by default.
    pub fn new(cache: PathBuf) -> Options {
        Options {
            cache,
            mirrors: Mirrors::default(),
            concurrency: DEFAULT_CONCURRENCY,
            assume_ready: AssumedKinds::default(),
            cross_namespace: CrossNamespace::default(),
            remote_bases: RemoteBases::default(),
            analysis: Analysis::default(),
            watched: Watched::default(),
            default_service_account: None,
            observers: Observers::default(),
            flux_controllers: FluxControllers::default(),
            shard: Shard::WHOLE,
        }
    }
}

/// Whether Kustomizations may take what they build from other hosts: remote bases, which a build fetches anew every time,
/// and charts (`helmCharts`), which kustomize-controller never renders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RemoteBases {
    /// They may not: everything comes from the source.
    #[default]
    Refused,
    /// They may.
    Fetched,
}

/// Which Flux objects an engine looks at. Those it does not look at do not exist for it, so that several engines can share
/// a cluster: an object, its sources and what it depends on must be looked at by the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// In which namespaces.
    pub scope: Scope,
    /// With which labels, as a label selector; empty for all.
    pub labels: String,
}

impl Default for Watched {
    fn default() -> Watched {
        Watched { scope: Scope::Cluster, labels: String::new() }
    }
}

impl Watched {
    /// What is asked of the API server.
    pub(crate) fn selector(&self) -> Selector {
        Selector::labels(&*self.labels)
    }
}

/// Kinds that count as healthy as soon as they exist, such as `HelmRelease`, and with them the kinds that only live
/// through those, as long as no controller looks at them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssumedKinds(Arc<BTreeSet<String>>);

impl AssumedKinds {
    /// Whether this object counts as healthy because of its kind.
    pub(crate) fn cover(&self, object: &Value) -> bool {
        let kind = object["kind"].as_str().unwrap_or_default();
        self.0.contains(kind)
            || attended_through(kind).is_some_and(|through| self.0.contains(through)) && is_unattended(object)
    }

    /// Whether objects of a kind are left alone: what they would need, such as a way to the charts, is absent here.
    /// Kustomizations and git repositories never are, as nothing would happen without them.
    pub(crate) fn rest(&self, kind: Kind) -> bool {
        let assumed = |kind: &str| self.0.contains(kind);
        match kind {
            Kind::GitRepository | Kind::Kustomization => false,
            Kind::HelmRepository | Kind::HelmChart | Kind::OciRepository | Kind::Bucket | Kind::HelmRelease => {
                assumed(kind.name()) || attended_through(kind.name()).is_some_and(assumed)
            }
        }
    }
}

impl FromIterator<String> for AssumedKinds {
    fn from_iter<I: IntoIterator<Item = String>>(kinds: I) -> AssumedKinds {
        AssumedKinds(Arc::new(kinds.into_iter().collect()))
    }
}

/// What all reconcilers share. Clones share it too.
#[derive(Clone)]
pub struct Engine {
    pub(crate) cluster: Cluster,
    pub(crate) sources: Arc<Sources>,
    pub(crate) artifacts: Artifacts,
    /// What Kustomizations will declare.
    pub(crate) foreseen: Foreseen,
    pub(crate) directory: Directory,
    pub(crate) references: References,
    pub(crate) other_clusters: OtherClusters,
    pub(crate) tracker: Tracker,
    pub(crate) releases: Releases,
    pub(crate) assumed: AssumedKinds,
    pub(crate) cross_namespace: CrossNamespace,
    pub(crate) remote_bases: RemoteBases,
    pub(crate) analysis: Analysis,
    pub(crate) watched: Arc<Watched>,
    pub(crate) observers: Observers,
    pub(crate) events: Events,
    pub(crate) flux_controllers: FluxControllers,
    pub(crate) shard: Shard,
    pub(crate) rivals: Rivals,
    default_service_account: Option<Arc<str>>,
    /// For what was rendered.
    pub(crate) packing: Packing,
    permits: Arc<Semaphore>,
    builds: Arc<Semaphore>,
}

/// A started engine. Dropping it stops all of its tasks, whatever they have left to tell.
pub struct Running {
    task: JoinHandle<()>,
    stop: Option<oneshot::Sender<()>>,
}

impl Engine {
    /// Watches the Flux objects of `cluster` and reconciles them until the result is dropped.
    pub fn start(cluster: Cluster, options: Options) -> Running {
        let (events, recorder) = Events::new();
        let engine = Engine {
            sources: Arc::new(Sources::with_options(
                options.cache,
                source::Options { mirrors: options.mirrors, ..source::Options::default() },
            )),
            artifacts: Artifacts::default(),
            foreseen: Foreseen::default(),
            directory: Directory::default(),
            references: References::new(cluster.clone()),
            other_clusters: OtherClusters::default(),
            tracker: Tracker::new(cluster.clone()),
            releases: Releases::new(cluster.clone()),
            assumed: options.assume_ready,
            cross_namespace: options.cross_namespace,
            remote_bases: options.remote_bases,
            analysis: options.analysis,
            watched: Arc::new(options.watched),
            observers: options.observers,
            events,
            flux_controllers: options.flux_controllers,
            shard: options.shard,
            rivals: Rivals::default(),
            default_service_account: options.default_service_account.map(Into::into),
            packing: Packing::default(),
            permits: Arc::new(Semaphore::new(options.concurrency.max(1))),
            builds: Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from))),
            cluster,
        };
        let (stop, stopped) = oneshot::channel();
        Running { task: tokio::spawn(Router::new(engine, recorder).run(stopped)), stop: Some(stop) }
    }

    /// The service account whose rights an object uses: the one of its namespace that it names, else the default one.
    pub(crate) fn account(&self, named: &Option<String>, key: &Key) -> Option<ObjectRef> {
        let named = named.as_deref().filter(|name| !name.is_empty());
        let name = named.or(self.default_service_account.as_deref())?;
        let accounts = GroupVersionKind::from_api_version("v1", "ServiceAccount");
        Some(ObjectRef::new(accounts, &*key.namespace, name))
    }

    /// The cluster as the user whose rights an object uses.
    pub(crate) fn acting_as(&self, service_account: &Option<String>, key: &Key) -> Cluster {
        self.acting_in(&self.cluster, service_account, key)
    }

    /// A cluster as that user; in another one, the account of the same name there.
    pub(crate) fn acting_in(&self, cluster: &Cluster, service_account: &Option<String>, key: &Key) -> Cluster {
        match self.account(service_account, key) {
            Some(ObjectRef { namespace, name, .. }) => {
                cluster.impersonating(&format!("system:serviceaccount:{namespace}:{name}"))
            }
            None => cluster.clone(),
        }
    }

    /// The same engine with what is known of another cluster, for what is applied there.
    pub(crate) fn knowing(&self, other: &OtherCluster) -> Engine {
        Engine { tracker: other.tracker.clone(), releases: other.releases.clone(), ..self.clone() }
    }

    /// Waits for a place among the Kustomizations that build and apply at once.
    pub(crate) async fn permit(&self) -> OwnedSemaphorePermit {
        acquire(&self.permits).await
    }

    /// Waits for a core to build or to read a chart on. Each blocks a thread, and more threads than cores only cost memory.
    pub(crate) async fn build_permit(&self) -> OwnedSemaphorePermit {
        acquire(&self.builds).await
    }
}

async fn acquire(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    let acquired = places.clone().acquire_owned().await;
    acquired.unwrap_or_else(|_| unreachable!("the semaphore is never closed"))
}

impl Running {
    /// Stops, and waits until the task of every object has ended and the events of what was done are recorded, for which
    /// an API server has two seconds. What only watches ends behind it.
    pub async fn stop(mut self) {
        // Both fail only if it panicked, and then it has stopped.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}
