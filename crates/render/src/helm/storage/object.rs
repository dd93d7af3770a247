//! The Secret of a revision.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Release, StorageError, decode, encode};

/// The type of Helm's Secrets.
pub const SECRET_TYPE: &str = "helm.sh/release.v1";

/// Labels that are Helm's, not a user's.
const HELM_LABELS: [&str; 6] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// Whether a Secret is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is created at this time, in seconds since 1970.
    Created(i64),
    /// It is replaced at this time, in seconds since 1970.
    Modified(i64),
}

/// The name of the Secret of a revision: `sh.helm.release.v1.<name>.v<revision>`.
pub fn object_name(release: &str, revision: u32) -> String {
    format!("sh.helm.release.v1.{release}.v{revision}")
}

/// The label selector for all revisions of a release.
pub fn selector(release: &str) -> String {
    format!("name={release},owner=helm")
}

/// The Secret of a revision, for the storage namespace `namespace`.
///
/// # Errors
///
/// If the release has no JSON, which no release that was read or made here has.
pub fn secret(release: &Release, namespace: &str, written: Written) -> Result<Value, StorageError> {
    let mut labels = release.labels.clone();
    let (label, seconds) = match written {
        Written::Created(seconds) => ("createdAt", seconds),
        Written::Modified(seconds) => ("modifiedAt", seconds),
    };
    labels.insert(label.to_owned(), seconds.to_string());
    labels.insert("name".to_owned(), release.name.clone());
    labels.insert("owner".to_owned(), "helm".to_owned());
    labels.insert("status".to_owned(), release.info.status.clone());
    labels.insert("version".to_owned(), release.version.to_string());
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": object_name(&release.name, release.version),
            "namespace": namespace,
            "labels": labels,
        },
        "type": SECRET_TYPE,
        "data": {"release": STANDARD.encode(encode(release)?)},
    }))
}

/// Reads a Secret, or a ConfigMap of Helm's other driver.
///
/// # Errors
///
/// If it holds no release.
pub fn read_object(object: &Value) -> Result<Release, StorageError> {
    let name = || object["metadata"]["name"].as_str().unwrap_or("the object").to_owned();
    let data = object["data"]["release"].as_str().ok_or_else(|| StorageError::NoData { name: name() })?;
    let mut release = match object["kind"].as_str() {
        Some("ConfigMap") => decode(data.as_bytes())?,
        Some(_) | None => decode(&STANDARD.decode(data)?)?,
    };
    let labels = object["metadata"]["labels"].as_object().into_iter().flatten();
    release.labels = labels
        .filter(|(key, _)| !HELM_LABELS.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect::<BTreeMap<_, _>>();
    Ok(release)
}
