//! One revision of a release.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Chart;
use super::kept::{is_zero, or_default, time};

/// One revision of a release, as its JSON has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Release {
    /// The release's name.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// When, how and in what state.
    #[serde(deserialize_with = "or_default")]
    pub info: Info,
    /// The chart, without those it depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<Chart>,
    /// The values that a user gave.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Map::is_empty")]
    pub config: Map<String, Value>,
    /// Everything but hooks, as it was applied.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub manifest: String,
    /// The hooks.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Hook>,
    /// The revision, from 1.
    pub version: u32,
    /// The namespace it was installed in.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// `ssa` if it was applied on the server (Helm 4); everything else is a three-way merge.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub apply_method: String,
    /// Labels of a user. They are labels of the Secret, not in the JSON.
    #[serde(skip)]
    pub labels: BTreeMap<String, String>,
    /// What is not known here.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// When, how and in what state. Times are RFC 3339 with nanoseconds, in the zone of who wrote them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Info {
    /// When the first revision was made.
    #[serde(deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub first_deployed: Option<String>,
    /// When this revision was made.
    #[serde(deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub last_deployed: Option<String>,
    /// When it was uninstalled.
    #[serde(deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub deleted: Option<String>,
    /// A sentence for people.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// `deployed`, `failed`, `pending-install` and so on.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// The revision that was rolled back to; 0 if this is no rollback.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_zero")]
    pub rollback_revision: i64,
    /// What `NOTES.txt` says.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// What is not known here.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A manifest that is applied at certain moments.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hook {
    /// The object's name.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its kind.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The template it comes from.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The object.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub manifest: String,
    /// When it is applied: `pre-install`, `post-upgrade`, `test` and so on.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// How it went.
    #[serde(deserialize_with = "or_default")]
    pub last_run: HookRun,
    /// Its place among those of the same moment, lowest first.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_zero")]
    pub weight: i64,
    /// When it is deleted.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub delete_policies: Vec<String>,
    /// When its logs are shown.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub output_log_policies: Vec<String>,
    /// What is not known here.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a hook went the last time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HookRun {
    /// When it was started.
    #[serde(deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// When it was done.
    #[serde(deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<String>,
    /// `Unknown`, `Running`, `Succeeded` or `Failed`; empty before the first time.
    #[serde(deserialize_with = "or_default")]
    pub phase: String,
}

impl Hook {
    /// Whether it is applied at a moment.
    pub fn fires_on(&self, event: &str) -> bool {
        self.events.iter().any(|own| own == event)
    }
}
