//! Other clusters that objects are applied to, by the kubeconfigs in Secrets that they name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::{Cluster, ClusterError, KubeconfigError, ObjectRef};
use manifest::{GroupVersionKind, Value};
use sha2::{Digest, Sha256};

use crate::helm_release::storage::Releases;
use crate::tracker::Tracker;

/// The clusters that are in use now. Who uses one keeps it; nobody else does.
#[derive(Clone, Default)]
pub(crate) struct OtherClusters(Arc<Mutex<BTreeMap<[u8; 32], Weak<OtherCluster>>>>);

/// Another cluster, and what is known of it. All who use the same kubeconfig share it.
pub(crate) struct OtherCluster {
    pub(crate) cluster: Cluster,
    pub(crate) tracker: Tracker,
    pub(crate) releases: Releases,
}

/// Why another cluster cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OtherClusterError {
    /// `configMapRef` needs a cloud provider.
    #[error(
        "spec.kubeConfig.configMapRef is not supported: it logs in at a cloud provider; use spec.kubeConfig.secretRef"
    )]
    Provider,
    /// Neither field is given.
    #[error("spec.kubeConfig names nothing; set spec.kubeConfig.secretRef.name")]
    Unnamed,
    /// The Secret does not exist.
    #[error("spec.kubeConfig: secret '{0}' not found; create it or correct spec.kubeConfig.secretRef")]
    NoSecret(String),
    /// The Secret does not hold what it should.
    #[error("spec.kubeConfig: secret '{secret}' holds no kubeconfig at {keys}; correct spec.kubeConfig.secretRef.key")]
    NoKey {
        /// Namespace and name.
        secret: String,
        /// Where it was looked for.
        keys: String,
    },
    /// What it holds cannot be used.
    #[error("spec.kubeConfig: the kubeconfig in secret '{secret}': {error}")]
    Kubeconfig {
        /// Namespace and name.
        secret: String,
        /// Why.
        error: KubeconfigError,
    },
    /// The Secret cannot be read.
    #[error("{0}")]
    Cluster(#[from] ClusterError),
}

impl OtherClusterError {
    /// Whether only a change by a person can help.
    pub fn is_final(&self) -> bool {
        match self {
            OtherClusterError::Provider | OtherClusterError::Unnamed => true,
            OtherClusterError::NoSecret(_)
            | OtherClusterError::NoKey { .. }
            | OtherClusterError::Kubeconfig { .. }
            | OtherClusterError::Cluster(_) => false,
        }
    }
}

/// The keys of a Secret that are looked at where none is named, as in Flux.
const KEYS: [&str; 2] = ["value", "value.yaml"];

impl OtherClusters {
    /// The cluster that `reference`, the value of a `spec.kubeConfig`, leads to. The Secret is read each time, from
    /// `home`; a connection lasts as long as its kubeconfig stays the same.
    pub(crate) async fn find(
        &self,
        home: &Cluster,
        namespace: &str,
        reference: &Value,
    ) -> Result<Arc<OtherCluster>, OtherClusterError> {
        let (name, keys) = named(reference)?;
        let secrets = GroupVersionKind::from_api_version("v1", "Secret");
        let secret = format!("{namespace}/{name}");
        let found = home.get(&ObjectRef::new(secrets, namespace, &*name)).await?;
        let found = found.ok_or_else(|| OtherClusterError::NoSecret(secret.clone()))?;
        let text = content(&found, &keys)
            .ok_or_else(|| OtherClusterError::NoKey { secret: secret.clone(), keys: keys.join(" or ") })?;
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let known = self.lock().get(&digest).and_then(Weak::upgrade);
        if let Some(known) = known {
            return Ok(known);
        }
        let connected = home.elsewhere(&text).await;
        let cluster = connected.map_err(|error| OtherClusterError::Kubeconfig { secret, error })?;
        let other = Arc::new(OtherCluster {
            tracker: Tracker::new(cluster.clone()),
            releases: Releases::new(cluster.clone()),
            cluster,
        });
        let mut known = self.lock();
        known.retain(|_, other| other.strong_count() > 0);
        // Somebody else may have connected meanwhile: all must hear from one tracker.
        if let Some(first) = known.get(&digest).and_then(Weak::upgrade) {
            return Ok(first);
        }
        known.insert(digest, Arc::downgrade(&other));
        Ok(other)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], Weak<OtherCluster>>> {
        // Every change is one map operation.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The Secret's name, and the keys to look at.
fn named(reference: &Value) -> Result<(String, Vec<String>), OtherClusterError> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if reference["configMapRef"].is_object() {
        return Err(OtherClusterError::Provider);
    }
    let secret = &reference["secretRef"];
    let name = text(&secret["name"]).ok_or(OtherClusterError::Unnamed)?;
    let keys = match text(&secret["key"]) {
        Some(key) => vec![key],
        None => KEYS.map(str::to_owned).to_vec(),
    };
    Ok((name, keys))
}

fn content(secret: &Value, keys: &[String]) -> Option<String> {
    keys.iter().find_map(|key| {
        let bytes = STANDARD.decode(secret["data"][key.as_str()].as_str()?).ok()?;
        String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(reference: Value, expected: Expect) {
        let shown = match named(&reference) {
            Ok((name, keys)) => format!("{name} at {}", keys.join(" or ")),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn references() {
        check(json!({"secretRef": {"name": "far"}}), expect!["far at value or value.yaml"]);
        check(json!({"secretRef": {"name": "far", "key": "kubeconfig"}}), expect!["far at kubeconfig"]);
        check(json!({"secretRef": {"name": "far", "key": ""}}), expect!["far at value or value.yaml"]);
        check(
            json!({"configMapRef": {"name": "far"}}),
            expect![
                "spec.kubeConfig.configMapRef is not supported: it logs in at a cloud provider; use \
                 spec.kubeConfig.secretRef"
            ],
        );
        check(json!({}), expect!["spec.kubeConfig names nothing; set spec.kubeConfig.secretRef.name"]);
    }

    #[test]
    fn the_first_key_that_is_there_counts() {
        let keys = KEYS.map(str::to_owned);
        let data = |data: Value| content(&json!({"data": data}), &keys);
        assert_eq!(data(json!({"value.yaml": "Yg==", "value": "YQ=="})).as_deref(), Some("a"));
        assert_eq!(data(json!({"value.yaml": "Yg=="})).as_deref(), Some("b"));
        assert_eq!(data(json!({"value": "***"})), None);
        assert_eq!(data(json!({"other": "YQ=="})), None);
    }
}
