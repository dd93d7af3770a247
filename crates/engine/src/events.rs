//! Events about Flux objects.

use std::collections::BTreeMap;

use cluster::{Cluster, EventType, KubernetesEvent};
use jiff::Timestamp;
use manifest::Value;

/// What an event says.
pub(crate) struct Event<'a> {
    /// Whether it tells of trouble.
    pub(crate) kind: EventType,
    /// One CamelCase word.
    pub(crate) reason: &'a str,
    /// What happened.
    pub(crate) message: &'a str,
    /// The annotation that names the revision it is about, and the revision, if there is one.
    pub(crate) revision: Option<(&'a str, &'a str)>,
}

/// Records an event about `object`, said by `source`. Events tell people and nothing depends on them, so a failure is
/// only logged.
pub(crate) async fn record(cluster: &Cluster, object: &Value, source: &str, event: Event<'_>) {
    let annotations: BTreeMap<String, String> =
        event.revision.into_iter().map(|(key, revision)| (key.to_owned(), revision.to_owned())).collect();
    record_annotated(cluster, object, source, event, annotations).await;
}

/// The same with these annotations, which say all that there is to say of a revision.
pub(crate) async fn record_annotated(
    cluster: &Cluster,
    object: &Value,
    source: &str,
    event: Event<'_>,
    annotations: BTreeMap<String, String>,
) {
    let recorded = cluster
        .create_event(&KubernetesEvent {
            about: object.clone(),
            kind: event.kind,
            reason: event.reason.to_owned(),
            message: event.message.to_owned(),
            annotations,
            source: source.to_owned(),
            time: Timestamp::now(),
        })
        .await;
    if let Err(error) = recorded {
        tracing::warn!(%error, reason = event.reason, message = event.message, "cannot record an event");
    }
}
