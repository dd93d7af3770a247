//! A chart inside of a stored release.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::kept::{bytes, is_false, optional_bytes, or_default};
use crate::helm::chart;

/// A chart, without those it depends on: Helm does not store them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chart {
    /// `Chart.yaml`.
    #[serde(deserialize_with = "or_default")]
    pub metadata: Metadata,
    /// `Chart.lock`.
    pub lock: Option<Lock>,
    /// What is below `templates/`.
    #[serde(deserialize_with = "or_default")]
    pub templates: Vec<File>,
    /// `values.yaml`.
    #[serde(deserialize_with = "or_default")]
    pub values: Map<String, Value>,
    /// `values.schema.json`.
    #[serde(with = "optional_bytes")]
    pub schema: Option<Vec<u8>>,
    /// All other files.
    #[serde(deserialize_with = "or_default")]
    pub files: Vec<File>,
    /// What is not known here.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A file of a chart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct File {
    /// The path in the chart.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The content.
    #[serde(with = "bytes")]
    pub data: Vec<u8>,
    /// What is not known here.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `Chart.lock`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lock {
    /// When.
    #[serde(deserialize_with = "or_default")]
    pub generated: String,
    /// The digest of what was resolved.
    #[serde(deserialize_with = "or_default")]
    pub digest: String,
    /// With exact versions.
    #[serde(deserialize_with = "or_default")]
    pub dependencies: Vec<Dependency>,
}

/// `Chart.yaml`, its fields in the order in which Helm writes them: digests depend on it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The chart's name.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where the project lives.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub home: String,
    /// URLs of source code.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// A semantic version.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// One sentence.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words to find it by.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Who looks after it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<Maintainer>,
    /// The URL of an icon.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// `v1` or `v2`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// When a parent renders it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Tags that a parent can switch.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub tags: String,
    /// The version of what it installs.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub app_version: String,
    /// Whether nobody should use it any more.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// What it is annotated with.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// A range of Kubernetes versions.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// The charts it needs.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Dependency>,
    /// `application` or `library`.
    #[serde(rename = "type", deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// Who looks after a chart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Maintainer {
    /// The name.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The address.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// A page.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// A chart that a chart needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Dependency {
    /// Its name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// A version or a range.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Where it is fetched from.
    #[serde(deserialize_with = "or_default")]
    pub repository: String,
    /// Paths into values that enable it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Tags that enable it.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whether it is rendered.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "is_false")]
    pub enabled: bool,
    /// Values that the parent takes from it: texts, or tables of `child` and `parent`.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub import_values: Vec<Value>,
    /// Another name.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub alias: String,
}

impl Chart {
    /// What Helm stores of a chart.
    ///
    /// # Errors
    ///
    /// Never for a chart that was loaded: both shapes name the fields of `Chart.yaml` as Helm does.
    pub fn of(chart: &chart::Chart) -> serde_json::Result<Chart> {
        let files = |files: &[chart::ChartFile]| -> Vec<File> {
            let file =
                |file: &chart::ChartFile| File { name: file.name.clone(), data: file.data.to_vec(), other: Map::new() };
            files.iter().map(file).collect()
        };
        let lock = chart.lock.as_ref().map(|lock| serde_json::from_value(serde_json::to_value(lock)?)).transpose()?;
        Ok(Chart {
            metadata: serde_json::from_value(serde_json::to_value(&chart.metadata)?)?,
            lock,
            templates: files(&chart.templates),
            values: chart.values.clone(),
            schema: chart.schema.as_ref().map(|schema| schema.to_vec()),
            files: files(&chart.files),
            other: Map::new(),
        })
    }
}
