//! What every test plays on: an embedded API server, a git repository, an engine; and ways to wait for what is expected.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use apiserver::{ApiServer, Config};
use cluster::{ApplyMode, Cluster, Event, ObjectRef, Propagation, Scope, Selector};
use engine::{AssumedKinds, Engine, Options, Running};
use http::request::Parts;
use manifest::{GroupVersionKind, Value};
use serde_json::json;
use tempfile::TempDir;
use testkit::git::Repository;

use crate::way::{self, Passing, Through, Way, Writes};

/// The namespace of the Flux objects.
pub(crate) const FLUX: &str = "flux-system";

/// No expectation takes this long to come true on any machine that can run the tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster with its engine, and the repository it follows.
pub(crate) struct World {
    pub(crate) cluster: Cluster,
    pub(crate) repository: Repository,
    pub(crate) writes: Writes,
    server: ApiServer,
    engine: Option<Running>,
    cache: TempDir,
}

impl World {
    /// A running engine over a cluster with the namespace of the Flux objects, and an empty repository.
    pub(crate) async fn start() -> World {
        World::assuming(&[]).await
    }

    /// The same, with kinds that count as healthy.
    pub(crate) async fn assuming(kinds: &[&str]) -> World {
        let config = Config { custom_resources: kinds::crd::all(), ..Config::default() };
        let server = ApiServer::open(config).await.unwrap();
        let cluster = Cluster::new(kube::Client::new(server.service(), "default"));
        let mut world = World {
            cluster,
            repository: Repository::create().unwrap(),
            writes: Writes::default(),
            server,
            engine: None,
            cache: tempfile::tempdir().unwrap(),
        };
        world.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": FLUX}})).await;
        world.start_engine(kinds);
        world
    }

    /// Starts an engine that remembers nothing.
    pub(crate) fn start_engine(&mut self, assumed: &[&str]) {
        self.start_engine_with(assumed, |_| {});
    }

    /// Another engine in place of the one that runs, with other options.
    pub(crate) async fn restart_engine(&mut self, change: impl FnOnce(&mut Options)) {
        self.stop_engine().await;
        self.restart(change);
    }

    /// Starts an engine with other options where none runs.
    pub(crate) fn restart(&mut self, change: impl FnOnce(&mut Options)) {
        self.start_engine_with(&[], change);
    }

    fn start_engine_with(&mut self, assumed: &[&str], change: impl FnOnce(&mut Options)) {
        let way = way::noting(&self.writes);
        self.engine = Some(self.engine_over(way, |options| {
            options.assume_ready = assumed.iter().map(|kind| (*kind).to_owned()).collect::<AssumedKinds>();
            change(options);
        }));
    }

    /// Starts an engine that gets answers late to what it asks at paths that end like this.
    pub(crate) fn start_engine_told_late_of(&mut self, end: &'static str) {
        let noting = way::noting(&self.writes);
        let way = move |request: &mut Parts| match noting(request) {
            Passing::AtOnce if request.uri.path().ends_with(end) => Passing::Late,
            passing => passing,
        };
        self.engine = Some(self.engine_over(way, |_| {}));
    }

    /// Starts an engine whose reads of paths that end like this fail until the result is set.
    pub(crate) fn start_engine_refused(&mut self, end: &'static str) -> Arc<AtomicBool> {
        let answers = Arc::new(AtomicBool::new(false));
        self.engine = Some(self.engine_over(way::refusing(end, Arc::clone(&answers)), |_| {}));
        answers
    }

    /// Starts one more engine, beside the one there is or in its place, and tells what it writes.
    pub(crate) fn start_beside(&self, change: impl FnOnce(&mut Options)) -> (Running, Writes) {
        let writes = Writes::default();
        (self.engine_over(way::noting(&writes), change), writes)
    }

    /// Starts one more engine, which hears of no Kustomizations but those that there are now, as they are now.
    pub(crate) fn start_deaf(&self, change: impl FnOnce(&mut Options)) -> Running {
        self.engine_over(way::deaf, change)
    }

    /// An engine whose requests go this way.
    fn engine_over(&self, way: impl Way, change: impl FnOnce(&mut Options)) -> Running {
        let mut options = Options::new(self.cache.path().to_owned());
        change(&mut options);
        let service = Through::new(self.server.service(), way);
        Engine::start(Cluster::new(kube::Client::new(service, "default")), options)
    }

    /// Stops the engine.
    pub(crate) async fn stop_engine(&mut self) {
        self.engine.take().unwrap().stop().await;
    }

    /// Commits the files and returns the revision, as status names it.
    pub(crate) fn commit(&self, files: &[(&str, &str)], message: &str) -> String {
        revision(&self.repository.commit(files.iter().copied(), message).unwrap())
    }

    /// Commits `files` in place of everything else in `folder`.
    pub(crate) fn replace(&self, folder: &str, files: &[(&str, impl AsRef<[u8]>)]) -> String {
        let root = self.repository.path().join(folder);
        if root.exists() {
            std::fs::remove_dir_all(&root).unwrap();
        }
        let files = files.iter().map(|(path, content)| (format!("{folder}/{path}"), content));
        revision(&self.repository.commit(files, "replace").unwrap())
    }

    /// Applies an object as a person with `kubectl apply --server-side` would.
    pub(crate) async fn apply(&self, object: Value) -> Value {
        self.cluster.apply(&object, None, &ApplyMode::forced("test")).await.unwrap().object
    }

    /// The GitRepository `repo` over the test's repository, with `spec` over the usual one.
    pub(crate) async fn source(&self, spec: Value) -> Value {
        self.apply(git_repository("repo", &self.repository.url(), spec)).await
    }

    /// A Kustomization over `repo`, with `spec` over the usual one.
    pub(crate) async fn kustomization(&self, name: &str, spec: Value) -> Value {
        self.apply(kustomization(name, spec)).await
    }

    /// Merges a patch into an object, as `manager`.
    pub(crate) async fn patch(&self, object: &ObjectRef, manager: &str, patch: Value) -> Value {
        self.cluster.merge_patch(object, manager, &patch).await.unwrap()
    }

    /// Deletes an object.
    pub(crate) async fn delete(&self, object: &ObjectRef) {
        self.cluster.delete(object, Propagation::Background, None).await.unwrap();
    }

    /// An object as it is now.
    pub(crate) async fn get(&self, object: &ObjectRef) -> Option<Value> {
        self.cluster.get(object).await.unwrap()
    }

    /// Waits until `object` (none: it does not exist) is as `expected`.
    pub(crate) async fn until(
        &self,
        object: &ObjectRef,
        what: &str,
        expected: impl Fn(Option<&Value>) -> bool,
    ) -> Option<Value> {
        let selector = Selector::fields(format!("metadata.name={}", object.name));
        let scope = match object.namespace.as_str() {
            "" => Scope::Cluster,
            namespace => Scope::Namespace(namespace.to_owned()),
        };
        let mut events = self.cluster.watch(&object.gvk, scope, selector);
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
            panic!("{} never came to this: {what}; it is {last:#?}", object.id());
        }
        last
    }

    /// Waits until an object exists and is as `expected`.
    pub(crate) async fn until_is(&self, object: &ObjectRef, what: &str, expected: impl Fn(&Value) -> bool) -> Value {
        self.until(object, what, |found| found.is_some_and(&expected)).await.unwrap()
    }

    /// Waits until an object does not exist.
    pub(crate) async fn until_gone(&self, object: &ObjectRef) {
        self.until(object, "gone", |found| found.is_none()).await;
    }

    /// Waits until a Kustomization has applied `revision`.
    pub(crate) async fn until_applied(&self, name: &str, revision: &str) -> Value {
        let what = format!("applied {revision}");
        let applied = |object: &Value| {
            ready(object) == "True"
                && object["status"]["lastAppliedRevision"] == revision
                && object["status"]["observedGeneration"] == object["metadata"]["generation"]
        };
        self.until_is(&kustomization_ref(name), &what, applied).await
    }

    /// Waits until a Kustomization has failed with `revision`, and returns it.
    pub(crate) async fn until_failed(&self, name: &str, revision: &str) -> Value {
        let what = format!("failed with {revision}");
        let failed = |object: &Value| ready(object) == "False" && object["status"]["lastAttemptedRevision"] == revision;
        self.until_is(&kustomization_ref(name), &what, failed).await
    }

    /// The reasons of the events about an object of the Flux namespace.
    pub(crate) async fn events(&self, name: &str) -> Vec<String> {
        let gvk = GroupVersionKind::from_api_version("v1", "Event");
        let events = self.cluster.list(&gvk, &Scope::Namespace(FLUX.to_owned()), &Selector::all()).await.unwrap();
        let about = events.iter().filter(|event| event["involvedObject"]["name"] == name);
        about.map(|event| text(&event["reason"]).to_owned()).collect()
    }

    /// Waits for an event about an object of the Flux namespace whose message is as `expected`, and returns the message.
    pub(crate) async fn until_event(&self, name: &str, reason: &str, expected: impl Fn(&str) -> bool) -> String {
        let gvk = GroupVersionKind::from_api_version("v1", "Event");
        let mut events = self.cluster.watch(&gvk, Scope::Namespace(FLUX.to_owned()), Selector::all());
        let mut heard = Vec::new();
        let found = async {
            loop {
                let new = match events.next().await {
                    Event::Applied(value) => vec![value],
                    Event::Deleted(_) => Vec::new(),
                    Event::Restarted(values) => values,
                };
                for event in new.into_iter().filter(|event| event["involvedObject"]["name"] == name) {
                    let message = text(&event["message"]).to_owned();
                    if event["reason"] == reason && expected(&message) {
                        return message;
                    }
                    heard.push(format!("{}: {message}", text(&event["reason"])));
                }
            }
        };
        match tokio::time::timeout(PATIENCE, found).await {
            Ok(message) => message,
            Err(_) => panic!("no such event {reason} about {name}; there were {heard:#?}"),
        }
    }
}

/// The revision of a commit on the branch of the tests.
pub(crate) fn revision(commit: &str) -> String {
    format!("main@sha1:{commit}")
}

/// A GitRepository with `spec` over the usual one.
pub(crate) fn git_repository(name: &str, url: &str, spec: Value) -> Value {
    let usual = json!({"interval": "1h", "url": url, "ref": {"branch": "main"}});
    flux_object("source.toolkit.fluxcd.io/v1", "GitRepository", name, over(usual, spec))
}

/// A Kustomization with `spec` over the usual one.
pub(crate) fn kustomization(name: &str, spec: Value) -> Value {
    let usual = json!({
        "interval": "1h",
        "prune": true,
        "path": format!("./{name}"),
        "sourceRef": {"kind": "GitRepository", "name": "repo"},
    });
    flux_object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, over(usual, spec))
}

/// An object of the Flux namespace.
pub(crate) fn flux_object(api_version: &str, kind: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": FLUX}, "spec": spec})
}

/// The fields of `spec` over those of `usual`; null removes one.
pub(crate) fn over(mut usual: Value, spec: Value) -> Value {
    for (field, value) in spec.as_object().unwrap() {
        match value {
            Value::Null => drop(usual.as_object_mut().unwrap().remove(field)),
            value => usual[field] = value.clone(),
        }
    }
    usual
}

/// Names an object of the Flux namespace.
pub(crate) fn kustomization_ref(name: &str) -> ObjectRef {
    object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", FLUX, name)
}

/// Names a GitRepository.
pub(crate) fn repository_ref(name: &str) -> ObjectRef {
    object("source.toolkit.fluxcd.io/v1", "GitRepository", FLUX, name)
}

/// Names a ConfigMap of the namespace `default`.
pub(crate) fn config_map_ref(name: &str) -> ObjectRef {
    object("v1", "ConfigMap", "default", name)
}

/// Names an object.
pub(crate) fn object(api_version: &str, kind: &str, namespace: &str, name: &str) -> ObjectRef {
    ObjectRef::new(GroupVersionKind::from_api_version(api_version, kind), namespace, name)
}

/// A ConfigMap of the namespace `default` with one entry, as a file.
pub(crate) fn config_map(name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: default\ndata:\n  value: \"{value}\"\n"
    )
}

/// The status of an object's Ready condition.
pub(crate) fn ready(object: &Value) -> &str {
    text(&condition(object, "Ready")["status"])
}

/// `reason: message` of a condition.
pub(crate) fn told(object: &Value, kind: &str) -> String {
    let condition = condition(object, kind);
    format!("{}: {}", text(&condition["reason"]), text(&condition["message"]))
}

/// A condition of an object; null if it has none such.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> &'a Value {
    let conditions = object["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    conditions.iter().find(|condition| condition["type"] == kind).unwrap_or(&Value::Null)
}

/// The status of an object without one of its fields.
pub(crate) fn status_without(object: &Value, without: &str) -> Value {
    let mut status = object["status"].clone();
    status.as_object_mut().unwrap().remove(without);
    status
}

/// A text, or nothing.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A message without what differs from run to run: commits, folders, ports, durations.
pub(crate) fn settled(message: &str, folder: &Path) -> String {
    let message = message.replace(&folder.display().to_string(), "<repository>");
    let mut words = Vec::new();
    for word in message.split(' ') {
        let bare = word.trim_end_matches([':', ',', ')']);
        let is_time = bare.ends_with('s')
            && bare.starts_with(|first: char| first.is_ascii_digit())
            && bare
                .trim_end_matches(['s', 'm', 'h', 'µ'])
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'm' | 'h'));
        match (word.split_once("@sha1:"), is_time) {
            (Some((before, commit)), _) => {
                let rest = commit.trim_start_matches(|c: char| c.is_ascii_hexdigit());
                words.push(format!("{before}@sha1:<commit>{rest}"));
            }
            (None, true) => words.push(word.replace(bare, "<time>")),
            (None, false) => words.push(word.to_owned()),
        }
    }
    words.join(" ")
}

/// Waits until a condition of a Kustomization has a status, and returns the Kustomization.
pub(crate) async fn until_condition(world: &World, name: &str, kind: &str, status: &str) -> Value {
    let what = format!("{kind}={status}");
    world.until_is(&kustomization_ref(name), &what, |found| condition(found, kind)["status"] == status).await
}

/// Waits until a Kustomization is not ready for a reason, and returns it.
pub(crate) async fn until_reason(world: &World, name: &str, reason: &str) -> Value {
    world.until_is(&kustomization_ref(name), reason, |found| condition(found, "Ready")["reason"] == reason).await
}
