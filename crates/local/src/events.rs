//! Writes Kubernetes Events: beside the controllers, never in their way, and repeated ones as one with a count.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{self as core, EventSource};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::json;
use tokio::sync::mpsc;

use crate::action::{Event, Severity};
use crate::clock::Clock;

/// Events waiting to be written; more are dropped, as upstream's broadcaster does.
const BACKLOG: usize = 10_000;
/// Events remembered in order to count repetitions.
const REMEMBERED: usize = 4096;

/// Takes events from controllers.
#[derive(Clone)]
pub(crate) struct Recorder {
    sender: mpsc::Sender<Told>,
}

/// Who tells, and what.
struct Told {
    component: &'static str,
    event: Event,
}

impl Recorder {
    /// A recorder, and the task that writes for it.
    pub(crate) fn new(client: kube::Client, clock: Clock) -> (Self, impl Future<Output = ()> + Send) {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        (Self { sender }, write(client, clock, receiver))
    }

    /// Tells of `event` in the name of `component`, such as `deployment-controller`.
    pub(crate) fn tell(&self, component: &'static str, event: Event) {
        if self.sender.try_send(Told { component, event }).is_err() {
            tracing::warn!("too many events are waiting to be written; one was dropped");
        }
    }
}

/// What makes two events the same one, repeated.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Sameness {
    uid: String,
    name: String,
    field: Option<String>,
    component: &'static str,
    severity: Severity,
    reason: &'static str,
    message: Arc<str>,
}

struct Written {
    name: String,
    count: i32,
}

async fn write(client: kube::Client, clock: Clock, mut receiver: mpsc::Receiver<Told>) {
    let mut written: HashMap<Sameness, Written> = HashMap::new();
    let mut serial: u64 = 0;
    while let Some(Told { component, event }) = receiver.recv().await {
        let now = clock.now();
        // Upstream keeps events about cluster-wide objects in `default`.
        let namespace = match &*event.about.key.namespace {
            "" => "default",
            namespace => namespace,
        };
        let api: Api<core::Event> = Api::namespaced(client.clone(), namespace);
        let sameness = Sameness {
            uid: event.about.uid.clone(),
            name: event.about.key.to_string(),
            field: event.field.clone(),
            component,
            severity: event.severity,
            reason: event.reason,
            message: event.message.as_str().into(),
        };
        if let Some(known) = written.get_mut(&sameness) {
            let patch = json!({ "count": known.count + 1, "lastTimestamp": Time(now) });
            let params = PatchParams { field_manager: Some(manager(component).to_owned()), ..PatchParams::default() };
            match api.patch(&known.name, &params, &Patch::Merge(patch)).await {
                Ok(_) => {
                    known.count += 1;
                    continue;
                }
                // It has expired: told anew below.
                Err(error) => tracing::debug!(%error, "cannot count an event up"),
            }
        }
        serial += 1;
        let name = format!("{}.{:x}", event.about.key.name, now.as_nanosecond().cast_unsigned() + u128::from(serial));
        let object = event_object(&event, component, namespace, &name, now);
        let params = PostParams { field_manager: Some(manager(component).to_owned()), ..PostParams::default() };
        match api.create(&params, &object).await {
            Ok(_) => {
                if written.len() >= REMEMBERED {
                    written.clear();
                }
                written.insert(sameness, Written { name, count: 1 });
            }
            // The namespace may be terminating; an event is never worth more than a note.
            Err(error) => tracing::debug!(%error, reason = event.reason, "cannot write an event"),
        }
    }
}

/// The program a component belongs to upstream, which is its field manager.
pub(crate) fn manager(component: &str) -> &'static str {
    match component {
        "kubelet" => "kubelet",
        "default-scheduler" => "kube-scheduler",
        _ => "kube-controller-manager",
    }
}

fn event_object(event: &Event, component: &str, namespace: &str, name: &str, now: Timestamp) -> core::Event {
    let host = (component == "kubelet").then(|| crate::NODE_NAME.to_owned());
    let mut involved_object = event.about.reference();
    involved_object.field_path.clone_from(&event.field);
    core::Event {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(namespace.to_owned()),
            ..ObjectMeta::default()
        },
        involved_object,
        reason: Some(event.reason.to_owned()),
        message: Some(event.message.clone()),
        type_: Some(event.severity.to_string()),
        count: Some(1),
        first_timestamp: Some(Time(now)),
        last_timestamp: Some(Time(now)),
        source: Some(EventSource { component: Some(component.to_owned()), host: host.clone() }),
        reporting_component: Some(component.to_owned()),
        reporting_instance: host,
        ..core::Event::default()
    }
}
