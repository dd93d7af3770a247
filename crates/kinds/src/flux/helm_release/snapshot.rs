//! What is remembered of the Helm releases that were made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DEFAULT_MAX_HISTORY, ReleaseAction, TestFailures};

/// One revision of a Helm release as it was written to Helm's storage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// How `digest` is computed: `v2` since helm-controller 1.5. Any other digest is not looked at.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// Digest of the release in storage, `sha256:…`.
    pub digest: String,
    /// Name of the release.
    pub name: String,
    /// Namespace of the release.
    pub namespace: String,
    /// Its revision.
    pub version: u32,
    /// Its status, in Helm's words.
    pub status: String,
    /// What made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<ReleaseAction>,
    /// The chart's name.
    pub chart_name: String,
    /// The chart's version.
    pub chart_version: String,
    /// The version of what the chart installs.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Digest of the values, `sha256:…`.
    pub config_digest: String,
    /// When the release was installed, RFC 3339.
    pub first_deployed: Option<String>,
    /// When this revision was made, RFC 3339.
    pub last_deployed: Option<String>,
    /// When it was uninstalled, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<String>,
    /// Its tests, by name of the hook; none if it was not tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_hooks: Option<BTreeMap<String, Option<TestHook>>>,
    /// Digest of the OCI artifact that the chart came in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub oci_digest: String,
}

/// How a test went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TestHook {
    /// When it was started, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_started: Option<String>,
    /// When it was done, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_completed: Option<String>,
    /// `Unknown`, `Running`, `Succeeded` or `Failed`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub phase: String,
}

impl Snapshot {
    /// `<namespace>/<name>.v<revision>`, as messages have it.
    pub fn full_release_name(&self) -> String {
        format!("{}/{}.v{}", self.namespace, self.name, self.version)
    }

    /// `<chart>@<version>`, as messages have it.
    pub fn versioned_chart_name(&self) -> String {
        format!("{}@{}", self.chart_name, self.chart_version)
    }

    /// Whether it is of this revision of this release.
    pub fn targets(&self, name: &str, namespace: &str, version: u32) -> bool {
        self.name == name && self.namespace == namespace && self.version == version
    }

    /// Whether its tests are done: one has failed, or all have succeeded, or there are none.
    pub fn is_tested(&self) -> bool {
        let Some(hooks) = &self.test_hooks else { return false };
        self.has_failed_test() || hooks.values().all(|hook| phase(hook) == "Succeeded")
    }

    /// Whether one of its tests has failed.
    pub fn has_failed_test(&self) -> bool {
        self.test_hooks.iter().flatten().any(|(_, hook)| phase(hook) == "Failed")
    }

    /// Whether it was running once.
    fn was_deployed(&self, tests: TestFailures) -> bool {
        let deployed = matches!(self.status.as_str(), "deployed" | "superseded");
        let failed_test = match tests {
            TestFailures::Count => self.has_failed_test(),
            TestFailures::Ignore => false,
        };
        deployed && !failed_test
    }
}

fn phase(hook: &Option<TestHook>) -> &str {
    hook.as_ref().map_or("", |hook| hook.phase.as_str())
}

/// The revisions that are remembered, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Snapshots(Vec<Snapshot>);

impl<'de> Deserialize<'de> for Snapshots {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Snapshots, D::Error> {
        Option::<Vec<Snapshot>>::deserialize(deserializer).map(|all| all.unwrap_or_default().into_iter().collect())
    }
}

impl FromIterator<Snapshot> for Snapshots {
    fn from_iter<I: IntoIterator<Item = Snapshot>>(all: I) -> Snapshots {
        let mut snapshots = Snapshots(all.into_iter().collect());
        snapshots.sort();
        snapshots
    }
}

impl Snapshots {
    /// All of them, newest first.
    pub fn all(&self) -> &[Snapshot] {
        &self.0
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The newest.
    pub fn latest(&self) -> Option<&Snapshot> {
        self.0.first()
    }

    /// The newest before the latest that was running, and whose tests did not fail if that counts.
    pub fn previous(&self, tests: TestFailures) -> Option<&Snapshot> {
        self.0.iter().skip(1).find(|snapshot| snapshot.was_deployed(tests))
    }

    /// The one of a revision.
    pub fn targeting(&self, name: &str, namespace: &str, version: u32) -> Option<&Snapshot> {
        self.0.iter().find(|snapshot| snapshot.targets(name, namespace, version))
    }

    /// Puts one in the place of that of the same revision, and says whether there was one.
    pub fn replace(&mut self, snapshot: Snapshot) -> bool {
        let (name, namespace) = (snapshot.name.clone(), snapshot.namespace.clone());
        match self.0.iter_mut().find(|old| old.targets(&name, &namespace, snapshot.version)) {
            Some(old) => *old = snapshot,
            None => return false,
        }
        true
    }

    /// Adds one.
    pub fn add(&mut self, snapshot: Snapshot) {
        self.0.insert(0, snapshot);
        self.sort();
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Forgets what came before [`Snapshots::previous`]; if there is none, all but the newest 5.
    pub fn truncate(&mut self, tests: TestFailures) {
        let previous = self.0.iter().skip(1).position(|snapshot| snapshot.was_deployed(tests));
        match previous {
            Some(position) => self.0.truncate(position + 2),
            None => self.truncate_to_newest(),
        }
    }

    /// Forgets all but the newest 5.
    pub fn truncate_to_newest(&mut self) {
        self.0.truncate(DEFAULT_MAX_HISTORY as usize);
    }

    fn sort(&mut self) {
        self.0.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.version));
    }
}
