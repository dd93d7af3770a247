//! Events about a release.

use std::collections::BTreeMap;

use kinds::flux::helm_release::Snapshot;

use crate::labels::Applier;

/// Something to tell people, in helm-controller's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Whether it is good news.
    pub kind: EventKind,
    /// A word for machines.
    pub reason: &'static str,
    /// A sentence for people.
    pub message: String,
    /// Annotations of the event.
    pub metadata: BTreeMap<String, String>,
}

/// Whether an event is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// It is.
    Normal,
    /// It is not.
    Warning,
}

/// What an event is about.
pub(super) struct About<'a> {
    pub(super) chart_version: &'a str,
    pub(super) config_digest: &'a str,
    pub(super) app_version: &'a str,
    pub(super) oci_digest: &'a str,
}

impl<'a> From<&'a Snapshot> for About<'a> {
    fn from(snapshot: &'a Snapshot) -> About<'a> {
        About {
            chart_version: &snapshot.chart_version,
            config_digest: &snapshot.config_digest,
            app_version: &snapshot.app_version,
            oci_digest: &snapshot.oci_digest,
        }
    }
}

impl Event {
    pub(super) fn plain(kind: EventKind, reason: &'static str, message: impl Into<String>) -> Event {
        Event { kind, reason, message: message.into(), metadata: BTreeMap::new() }
    }

    pub(super) fn about(kind: EventKind, reason: &'static str, message: String, about: &About<'_>) -> Event {
        let group = Applier::HelmRelease.group();
        let facts = [
            ("revision", about.chart_version),
            ("token", about.config_digest),
            ("app-version", about.app_version),
            ("oci-digest", about.oci_digest),
        ];
        let metadata = facts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (format!("{group}/{key}"), value.to_owned()))
            .collect();
        Event { kind, reason, message, metadata }
    }
}

/// A message with what Helm logged last.
pub(super) fn with_log(message: &str, log: &str) -> String {
    if log.is_empty() { message.to_owned() } else { format!("{message}\n\nLast Helm logs:\n\n{log}") }
}
