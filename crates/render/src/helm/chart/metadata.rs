//! `Chart.yaml` and `Chart.lock`, as Helm's types name their fields and write them: without what is empty.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// `Chart.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The chart's name; required.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where the project lives.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub home: String,
    /// URLs of source code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// A semantic version; required.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// One sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Who looks after it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<Maintainer>,
    /// The URL of an icon.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// `v1` or `v2`; required.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// When the parent renders it: the first of these paths that holds a boolean in the values decides.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Tags that the parent's values can switch.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tags: String,
    /// The version of what it installs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Whether nobody should use it any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// What it is annotated with.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// A range of Kubernetes versions.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// The charts it needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// `application` (or nothing) or `library`.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// Who looks after a chart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Maintainer {
    /// The name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// A page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// A chart that a chart needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// A version or a range of versions.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Where it is fetched from.
    pub repository: String,
    /// Paths into the parent's values, separated by commas: the first that holds a boolean decides whether it is enabled.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Names below `tags` of the root's values; one that is true enables all that carry it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whether it is rendered.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub enabled: bool,
    /// Which of its values become the parent's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub import_values: Vec<ImportValues>,
    /// Another name, so that a chart can be used several times.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alias: String,
}

impl Dependency {
    /// The name under which the parent has values for it: the alias, if there is one.
    pub fn values_name(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
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
    #[serde(deserialize_with = "nothing_or")]
    pub dependencies: Vec<Dependency>,
}

/// `null`, as Go writes a list that was never made, is an empty one.
fn nothing_or<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<Dependency>, D::Error> {
    Option::deserialize(json).map(Option::unwrap_or_default)
}
