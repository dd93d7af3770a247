//! What the demo plays on: a repository, a local cluster, an engine; and ways to wait for what is expected.

use std::time::Duration;

use cluster::{Cluster, Event, ObjectRef, Scope, Selector};
use engine::{Engine, Options};
use kinds::flux::GoDuration;
use manifest::{GroupVersionKind, Value};

use super::repository::FILES;
use crate::cli::Bareness;
use crate::commands::Context;
use crate::entry::{Entry, NAME};
use crate::error::Failure;
use crate::output;
use crate::place::Place;
use crate::scratch_repository::{BRANCH, ScratchRepository};
use crate::view::{Listing, Row};

/// The namespace of the Flux objects.
pub(super) const FLUX: &str = "flux-system";

/// No step takes this long on any machine that can run it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many Kustomizations build and apply at once.
const CONCURRENCY: usize = 8;

/// Everything the steps act on.
pub(super) struct Stage {
    pub(super) repository: ScratchRepository,
    pub(super) cluster: Cluster,
    place: Place,
    engine: engine::Running,
    _cache: tempfile::TempDir,
}

impl Stage {
    /// Creates the repository and starts everything.
    pub(super) async fn set_up(context: &Context, bareness: &Bareness) -> Result<Stage, Failure> {
        let repository = ScratchRepository::create("demo", FILES, "Declare infrastructure, policies and apps").await?;
        output::print(&format!("git repository with its first commit: {}\n", repository.path().display()))?;
        let place = if bareness.bare_cluster {
            Place::named(context, bareness, local::Missing::Holds).await?
        } else {
            Place::here(None, 0, local::Missing::Holds).await?
        };
        let cluster = place.cluster().clone();
        let cache = tempfile::tempdir().map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
        let source = repository.path().display().to_string();
        let interval = GoDuration(Duration::from_secs(60));
        Entry::new(FLUX, &source, "./clusters/demo", Some(BRANCH.to_owned()), interval)?.apply(&cluster).await?;
        let options = Options { concurrency: CONCURRENCY, ..Options::new(cache.path().to_owned()) };
        let engine = Engine::start(cluster.clone(), options);
        Ok(Stage { repository, cluster, place, engine, _cache: cache })
    }

    /// Stops everything.
    pub(super) async fn tear_down(self) {
        self.engine.stop().await;
    }

    /// What can be tried while it runs.
    pub(super) fn invitation(&self, context: &Context) -> String {
        let kubeconfig = self.place.kubeconfig(context).map(|path| path.display().to_string()).unwrap_or_default();
        format!(
            "\nIt keeps running until Ctrl-C. Try, in another terminal:\n  \
             export KUBECONFIG={kubeconfig}\n  \
             tenter get all                               # where everything stands\n  \
             tenter tree {NAME}                      # everything that Git declared, and what came of it\n  \
             tenter trace deployment/frontend -n shop     # from an object to its commit\n  \
             kubectl -n shop scale deployment backend --replicas 7   # and see it put back\n  \
             kubectl -n shop get deployments,pods -w\n  \
             git -C {repository} commit …                 # change something\n  \
             tenter events --watch\n",
            repository = self.repository.path().display(),
        )
    }

    /// Waits until a Kustomization is as `expected`, and returns its row.
    pub(super) async fn kustomization(
        &self,
        name: &str,
        expected: impl Fn(&Row, &Value) -> bool,
    ) -> Result<Row, Failure> {
        let gvk = Listing::Kustomization.gvk(&self.cluster).await?;
        let object = ObjectRef::new(gvk, FLUX, name);
        let what = format!("Kustomization '{name}' is not as expected");
        let found =
            self.wait(&object, &what, |found| found.is_some_and(|value| expected(&Row::of(value), value))).await?;
        Ok(Row::of(&found.unwrap_or_default()))
    }

    /// Waits until an object is as `expected` (none: it does not exist), and returns it.
    pub(super) async fn wait(
        &self,
        object: &ObjectRef,
        what: &str,
        expected: impl Fn(Option<&Value>) -> bool,
    ) -> Result<Option<Value>, Failure> {
        let selector = Selector::fields(format!("metadata.name={}", object.name));
        let mut events = self.cluster.watch(&object.gvk, Scope::Namespace(object.namespace.clone()), selector);
        let mut last = None;
        let seen = async {
            loop {
                last = match events.next().await {
                    Event::Applied(value) => Some(value),
                    Event::Deleted(_) => None,
                    Event::Restarted(values) => values.into_iter().next(),
                };
                if expected(last.as_ref()) {
                    return;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, seen).await.is_err() {
            let status = last.as_ref().map(|value| value["status"].to_string()).unwrap_or_else(|| "absent".to_owned());
            return Err(Failure::Timeout { what: format!("{what}, but {status},"), seconds: PATIENCE.as_secs() });
        }
        Ok(last)
    }
}

/// An object of the demo's namespace `shop`.
pub(super) fn in_shop(api_version: &str, kind: &str, name: &str) -> ObjectRef {
    ObjectRef::new(GroupVersionKind::from_api_version(api_version, kind), "shop", name)
}
