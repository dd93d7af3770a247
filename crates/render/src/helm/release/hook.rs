//! Documents that are applied at certain moments of a release.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::head::Head;

/// The annotation that makes a document a hook.
const HOOK: &str = "helm.sh/hook";

/// A document that is applied at certain moments. It serialises as Helm stores it, but for how its last run went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hook {
    /// The object's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The template it comes from, with the charts around it: `chart/templates/job.yaml`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The document.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub manifest: String,
    /// When it is applied, in the order in which they are written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Its place among those of the same moment, lowest first.
    #[serde(skip_serializing_if = "is_zero")]
    pub weight: i64,
    /// When it is deleted; nothing means [`DeletePolicy::BeforeHookCreation`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delete_policies: Vec<DeletePolicy>,
    /// When its logs are shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub output_log_policies: Vec<LogPolicy>,
    /// The document as data.
    #[serde(skip)]
    pub value: Json,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(weight: &i64) -> bool {
    *weight == 0
}

/// When a hook is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// Before anything is created.
    PreInstall,
    /// After everything was created.
    PostInstall,
    /// Before anything is deleted.
    PreDelete,
    /// After everything was deleted.
    PostDelete,
    /// Before anything is changed.
    PreUpgrade,
    /// After everything was changed.
    PostUpgrade,
    /// Before a rollback.
    PreRollback,
    /// After a rollback.
    PostRollback,
    /// When the release is tested.
    Test,
}

impl Event {
    /// All of them.
    pub const ALL: [Event; 9] = [
        Event::PreInstall,
        Event::PostInstall,
        Event::PreDelete,
        Event::PostDelete,
        Event::PreUpgrade,
        Event::PostUpgrade,
        Event::PreRollback,
        Event::PostRollback,
        Event::Test,
    ];

    /// As the annotation names it: `pre-install`.
    pub fn name(self) -> &'static str {
        match self {
            Event::PreInstall => "pre-install",
            Event::PostInstall => "post-install",
            Event::PreDelete => "pre-delete",
            Event::PostDelete => "post-delete",
            Event::PreUpgrade => "pre-upgrade",
            Event::PostUpgrade => "post-upgrade",
            Event::PreRollback => "pre-rollback",
            Event::PostRollback => "post-rollback",
            Event::Test => "test",
        }
    }

    /// The event that an annotation names; `test-success` is Helm 2's name of [`Event::Test`].
    fn named(name: &str) -> Option<Event> {
        if name == "test-success" {
            return Some(Event::Test);
        }
        Event::ALL.into_iter().find(|event| event.name() == name)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// When a hook is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeletePolicy {
    /// Before it is created anew.
    BeforeHookCreation,
    /// When it succeeded.
    HookSucceeded,
    /// When it failed.
    HookFailed,
    /// Something that Helm keeps and ignores.
    #[serde(untagged)]
    Unknown(String),
}

/// When a hook's logs are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogPolicy {
    /// When it succeeded.
    HookSucceeded,
    /// When it failed.
    HookFailed,
    /// Something that Helm keeps and ignores.
    #[serde(untagged)]
    Unknown(String),
}

/// What a document's annotations make of it.
pub(super) enum Kind {
    /// One that is applied with the others.
    Plain,
    /// A hook.
    Hook(Box<Hook>),
    /// A hook for a moment that nobody knows. Helm drops it.
    Unknown(String),
}

/// Whether a document is a hook, and which.
pub(super) fn classify(path: &str, text: &str, head: &Head, value: &Json) -> Kind {
    let Some(names) = head.annotations.get(HOOK) else { return Kind::Plain };
    let events: Option<Vec<Event>> = items(names).map(|name| Event::named(&name)).collect();
    let Some(events) = events else { return Kind::Unknown(names.clone()) };
    let listed =
        |name: &str| head.annotations.get(name).map(|text| items(text).collect::<Vec<_>>()).unwrap_or_default();
    let weight = head.annotations.get("helm.sh/hook-weight").and_then(|weight| weight.parse().ok()).unwrap_or_default();
    let delete_policy = |name: String| match name.as_str() {
        "before-hook-creation" => DeletePolicy::BeforeHookCreation,
        "hook-succeeded" => DeletePolicy::HookSucceeded,
        "hook-failed" => DeletePolicy::HookFailed,
        _ => DeletePolicy::Unknown(name),
    };
    let log_policy = |name: String| match name.as_str() {
        "hook-succeeded" => LogPolicy::HookSucceeded,
        "hook-failed" => LogPolicy::HookFailed,
        _ => LogPolicy::Unknown(name),
    };
    Kind::Hook(Box::new(Hook {
        name: head.name.clone(),
        kind: head.kind.clone(),
        path: path.to_owned(),
        manifest: text.to_owned(),
        events,
        weight,
        delete_policies: listed("helm.sh/hook-delete-policy").into_iter().map(delete_policy).collect(),
        output_log_policies: listed("helm.sh/hook-output-log-policy").into_iter().map(log_policy).collect(),
        value: value.clone(),
    }))
}

fn items(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|item| item.trim().to_lowercase())
}
