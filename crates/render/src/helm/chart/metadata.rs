//! `Chart.yaml` and `Chart.lock`, as Helm's types name their fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `Chart.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The chart's name; required.
    pub name: String,
    /// Where the project lives.
    pub home: String,
    /// URLs of source code.
    pub sources: Vec<String>,
    /// A semantic version; required.
    pub version: String,
    /// One sentence.
    pub description: String,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// Who looks after it.
    pub maintainers: Vec<Maintainer>,
    /// The URL of an icon.
    pub icon: String,
    /// `v1` or `v2`; required.
    pub api_version: String,
    /// When the parent renders it: the first of these paths that holds a boolean in the values decides.
    pub condition: String,
    /// Tags that the parent's values can switch.
    pub tags: String,
    /// The version of what it installs.
    pub app_version: String,
    /// Whether nobody should use it any more.
    pub deprecated: bool,
    /// What it is annotated with.
    pub annotations: BTreeMap<String, String>,
    /// A range of Kubernetes versions.
    pub kube_version: String,
    /// The charts it needs.
    pub dependencies: Vec<Dependency>,
    /// `application` (or nothing) or `library`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Who looks after a chart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Maintainer {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// A page.
    pub url: String,
}

/// A chart that a chart needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// A version or a range of versions.
    pub version: String,
    /// Where it is fetched from.
    pub repository: String,
    /// Paths into the parent's values, separated by commas: the first that holds a boolean decides whether it is enabled.
    pub condition: String,
    /// Names below `tags` of the root's values; one that is true enables all that carry it.
    pub tags: Vec<String>,
    /// Whether it is rendered.
    pub enabled: bool,
    /// Which of its values become the parent's.
    pub import_values: Vec<ImportValues>,
    /// Another name, so that a chart can be used several times.
    pub alias: String,
}

/// Values that a parent takes from a dependency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ImportValues {
    /// The table of this name below the dependency's `exports` becomes part of the parent's root.
    Export(String),
    /// The table at a path becomes the parent's at another one.
    Table {
        /// The path in the dependency.
        child: String,
        /// The path in the parent.
        parent: String,
    },
}

/// `Chart.lock`: the versions that were resolved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lock {
    /// When.
    pub generated: String,
    /// The digest of what was resolved.
    pub digest: String,
    /// With exact versions.
    pub dependencies: Vec<Dependency>,
}
