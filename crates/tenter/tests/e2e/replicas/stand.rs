//! A cluster that several `tenter run` share, each over a way of its own that remembers what it wrote.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use cluster::{ApplyMode, Cluster, Event, ObjectRef, Scope, Selector, Watch};
use http::Request;
use manifest::{GroupVersionKind, Value};
use serde_json::json;
use tempfile::TempDir;

use super::api::Api;
use super::way::Way;
use crate::process::{Outcome, PATIENCE, run};
use crate::up::tenter;

/// The cluster.
pub(crate) struct Stand {
    api: Api,
    pub(crate) cluster: Cluster,
    _controllers: Option<local::Running>,
}

/// Who somebody is to the cluster.
pub(crate) enum Identity<'a> {
    Administrator,
    /// A service account, by namespace and name.
    Account(&'a str, &'a str),
}

/// One `tenter run`; killed when dropped.
pub(crate) struct Replica {
    name: &'static str,
    child: Child,
    way: Way,
    _home: TempDir,
}

/// The namespace of the Flux objects and of the lease.
pub(crate) const FLUX: &str = "flux-system";

impl Stand {
    /// A cluster with the kinds of Flux.
    pub(crate) async fn start() -> Stand {
        let stand = Stand::of(Api::start().await, None);
        let ours = |definition: &Value| {
            let group = definition["spec"]["group"].as_str().unwrap_or_default();
            ["source.", "kustomize.", "helm."].iter().any(|project| group.starts_with(&format!("{project}toolkit.")))
        };
        for definition in kinds::crd::all().into_iter().filter(ours) {
            stand.define(definition).await;
        }
        stand.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": FLUX}})).await;
        stand
    }

    /// Applies a definition and waits until it is served; gives it as it is then.
    pub(crate) async fn define(&self, definition: Value) -> Value {
        let place = ObjectRef::of(&definition).unwrap();
        self.apply(definition).await;
        self.until(&place, "established", |found| {
            let mut conditions = found["status"]["conditions"].as_array().into_iter().flatten();
            conditions.any(|condition| condition["type"] == "Established" && condition["status"] == "True")
        })
        .await
    }

    /// A cluster where nothing is installed, with controllers of workloads.
    pub(crate) async fn bare() -> Stand {
        let api = Api::start().await;
        let options =
            local::Options { speed: local::Speed::instant(), absent: api.absent, ..local::Options::default() };
        let mut controllers = local::Local::start(api.administrator.clone(), local::Clock::system(), options);
        controllers.ready().await;
        Stand::of(api, Some(controllers))
    }

    fn of(api: Api, controllers: Option<local::Running>) -> Stand {
        Stand { cluster: Cluster::new(api.administrator.clone()), api, _controllers: controllers }
    }

    /// Runs a command to its end.
    pub(crate) async fn tenter(&self, arguments: &[&str]) -> Outcome {
        let way = Way::to(self.api.administrator.clone()).await;
        let home = tempfile::tempdir().unwrap();
        let mut command = tenter(&home);
        command.arg("--kubeconfig").arg(kubeconfig(&home, &way.server, None)).args(arguments);
        tokio::task::block_in_place(|| run(command, ""))
    }

    /// Applies an object as a person would.
    pub(crate) async fn apply(&self, object: Value) {
        self.cluster.apply(&object, None, &ApplyMode::forced("test")).await.unwrap();
    }

    /// The repository's entry: a source, and a Kustomization of its folder `app`.
    pub(crate) async fn follow(&self, url: &str) {
        let metadata = json!({"name": "app", "namespace": FLUX});
        self.apply(json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": metadata,
            "spec": {"interval": "10m", "url": url, "ref": {"branch": "main"}},
        }))
        .await;
        self.apply(json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata,
            "spec": {
                "interval": "10m", "path": "app", "prune": true,
                "sourceRef": {"kind": "GitRepository", "name": "app"},
            },
        }))
        .await;
    }

    /// Starts a replica as the administrator.
    pub(crate) async fn replica(&self, name: &'static str, arguments: &[&str]) -> Replica {
        self.replica_as(Identity::Administrator, name, arguments).await
    }

    /// Starts a replica.
    pub(crate) async fn replica_as(&self, identity: Identity<'_>, name: &'static str, arguments: &[&str]) -> Replica {
        let home = tempfile::tempdir().unwrap();
        let (way, token) = match identity {
            Identity::Administrator => (Way::to(self.api.administrator.clone()).await, None),
            Identity::Account(namespace, name) => {
                (Way::to(self.api.anybody.clone()).await, Some(self.token(namespace, name).await))
            }
        };
        let command = run_command(&home, name, kubeconfig(&home, &way.server, token), arguments);
        Replica::start(name, command, way, home)
    }

    /// Starts a replica as the administrator that does not die of writing more than it may: see [`Replica::may_store`].
    pub(crate) async fn replica_on_a_small_disk(&self, name: &'static str, arguments: &[&str]) -> Replica {
        let home = tempfile::tempdir().unwrap();
        let way = Way::to(self.api.administrator.clone()).await;
        let command = run_command(&home, name, kubeconfig(&home, &way.server, None), arguments);
        let mut wrapped = Command::new("bash");
        wrapped.args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#]).arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(key, value),
                None => wrapped.env_remove(key),
            };
        }
        // What it says may go to a file, too.
        wrapped.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Replica::start(name, wrapped, way, home)
    }

    async fn token(&self, namespace: &str, name: &str) -> String {
        let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
        let request = Request::post(format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"))
            .header("content-type", "application/json")
            .body(request.to_string().into_bytes())
            .unwrap();
        let answer: Value = self.api.administrator.request(request).await.unwrap();
        answer["status"]["token"].as_str().unwrap().to_owned()
    }

    /// Waits until an object is as `expected`.
    pub(crate) async fn until(&self, object: &ObjectRef, what: &str, expected: impl Fn(&Value) -> bool) -> Value {
        self.look_at(object).await.until(what, expected).await
    }

    /// Begins to look at an object: nothing that happens to it from here on is missed.
    pub(crate) async fn look_at(&self, object: &ObjectRef) -> Look {
        let selector = Selector::fields(format!("metadata.name={}", object.name));
        let mut events = self.cluster.watch(&object.gvk, Scope::Namespace(object.namespace.clone()), selector);
        let last = state(events.next().await);
        Look { object: object.clone(), events, last }
    }

    /// Waits until this replica holds the lease, and says how often it was passed on so far.
    pub(crate) async fn until_leads(&self, replica: &Replica) -> u64 {
        let held = |lease: &Value| {
            let holder = lease["spec"]["holderIdentity"].as_str().unwrap_or_default();
            holder.starts_with(&format!("{}_", replica.name))
        };
        let lease = self.until(&lease(), &format!("{} leads", replica.name), held).await;
        lease["spec"]["leaseTransitions"].as_u64().unwrap()
    }

    /// Waits until the Kustomization is applied at a commit.
    pub(crate) async fn until_applied(&self, commit: &str) {
        let what = format!("{commit} is applied");
        self.until(&object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", FLUX, "app"), &what, |found| {
            let revision = found["status"]["lastAppliedRevision"].as_str().unwrap_or_default();
            let ready = found["status"]["conditions"].as_array().into_iter().flatten();
            revision.ends_with(commit)
                && ready.into_iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
        })
        .await;
    }
}

/// `tenter run`, ready to be started.
fn run_command(home: &TempDir, name: &str, kubeconfig: PathBuf, arguments: &[&str]) -> Command {
    let mut command = tenter(home);
    command.env("HOSTNAME", name).env_remove("RUNTIME_NAMESPACE");
    command.arg("run").arg("--kubeconfig").arg(kubeconfig).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

impl Replica {
    fn start(name: &'static str, mut command: Command, way: Way, home: TempDir) -> Replica {
        Replica { name, child: command.spawn().unwrap(), way, _home: home }
    }

    /// How large files may be that it writes from here on, as `prlimit` has it: with `0`, every file is too large, as on a
    /// disk that is full.
    pub(crate) fn may_store(&self, size: &str) {
        let (process, limit) = (self.child.id().to_string(), format!("--fsize={size}:"));
        let set = Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap();
        assert!(set.success());
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end and says how it ended.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// What it wrote so far but for the lease and dry runs, one `METHOD path` a write, and forgets it.
    pub(crate) fn take_writes(&self) -> Vec<String> {
        std::mem::take(&mut *self.way.writes.lock().unwrap())
    }

    /// Waits until it has written something that contains `text`, lease and all.
    pub(crate) async fn until_written(&self, text: &str) {
        let written = async {
            while !self.way.writes.lock().unwrap().iter().any(|write| write.contains(text)) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, written).await.expect("it writes");
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn object(api_version: &str, kind: &str, namespace: &str, name: &str) -> ObjectRef {
    ObjectRef::new(GroupVersionKind::from_api_version(api_version, kind), namespace, name)
}

/// The lease of replicas that were told of no other place.
pub(crate) fn lease() -> ObjectRef {
    object("coordination.k8s.io/v1", "Lease", FLUX, "tenter")
}

fn kubeconfig(home: &TempDir, server: &str, token: Option<String>) -> PathBuf {
    let path = home.path().join("kubeconfig");
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "way",
        "clusters": [{"name": "way", "cluster": {"server": server}}],
        "users": [{"name": "way", "user": token.map_or(json!({}), |token| json!({"token": token}))}],
        "contexts": [{"name": "way", "context": {"cluster": "way", "user": "way"}}],
    });
    std::fs::write(&path, config.to_string()).unwrap();
    path
}

/// An object under watch.
pub(crate) struct Look {
    object: ObjectRef,
    events: Watch,
    last: Value,
}

impl Look {
    /// Waits until the object is as `expected`.
    pub(crate) async fn until(mut self, what: &str, expected: impl Fn(&Value) -> bool) -> Value {
        let seen = async {
            while !expected(&self.last) {
                self.last = state(self.events.next().await);
            }
        };
        if tokio::time::timeout(PATIENCE, seen).await.is_err() {
            panic!("{} never came to this: {what}; it is {:#}", self.object.id(), self.last);
        }
        self.last
    }
}

/// The object as an event tells of it; null if there is none.
fn state(event: Event) -> Value {
    let found = match event {
        Event::Applied(found) => Some(found),
        Event::Restarted(found) => found.into_iter().next(),
        Event::Deleted(_) => None,
    };
    found.unwrap_or_default()
}
