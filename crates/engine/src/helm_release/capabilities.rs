//! What charts may know of the cluster: its version, what it serves, and objects they look up.

use std::sync::Arc;

use cluster::{Cluster, ClusterError, KindScope, ObjectRef, Scope, Selector};
use manifest::GroupVersionKind;
use render::helm::release::{Answer, Capabilities, KubeVersion, Query, Rules};
use serde_json::json;

use super::halt::Halt;

/// What the cluster can do. What it serves is kept by the client until a definition changes.
pub(super) async fn of(cluster: &Cluster) -> Result<Capabilities, Halt> {
    let told = cluster.version().await?;
    let text = told["gitVersion"].as_str().unwrap_or_default();
    let kube_version = KubeVersion::parse(text, Rules::V4).map_err(|error| Halt::Render(error.to_string()))?;
    let mut api_versions: Vec<String> = Vec::new();
    for kind in cluster.kinds().await? {
        let api_version = kind.gvk.api_version();
        api_versions.push(format!("{api_version}/{}", kind.gvk.kind));
        api_versions.push(api_version);
    }
    api_versions.sort();
    api_versions.dedup();
    Ok(Capabilities { kube_version, api_versions })
}

/// What a template looks up: an object, or a list of them.
pub(super) async fn answer(cluster: &Cluster, query: &Query) -> Answer {
    let gvk = GroupVersionKind::from_api_version(&query.api_version, &query.kind);
    let found = if query.name.is_empty() { list(cluster, &gvk, query).await } else { get(cluster, &gvk, query).await };
    match found {
        Ok(Some(object)) => Answer::Found(Arc::new(object)),
        Ok(None) | Err(ClusterError::NotFound { .. } | ClusterError::NoSuchKind { .. }) => Answer::Absent,
        Err(error) => Answer::Failed(error.to_string()),
    }
}

async fn get(
    cluster: &Cluster,
    gvk: &GroupVersionKind,
    query: &Query,
) -> Result<Option<serde_json::Value>, ClusterError> {
    let namespace = match cluster.kind(gvk).await?.scope {
        KindScope::Namespaced => query.namespace.as_str(),
        KindScope::Cluster => "",
    };
    cluster.get(&ObjectRef::new(gvk.clone(), namespace, &query.name)).await
}

async fn list(
    cluster: &Cluster,
    gvk: &GroupVersionKind,
    query: &Query,
) -> Result<Option<serde_json::Value>, ClusterError> {
    let scope = match (cluster.kind(gvk).await?.scope, query.namespace.as_str()) {
        (KindScope::Cluster, _) | (KindScope::Namespaced, "") => Scope::Cluster,
        (KindScope::Namespaced, namespace) => Scope::Namespace(namespace.to_owned()),
    };
    let items = cluster.list(gvk, &scope, &Selector::all()).await?;
    Ok(Some(json!({"apiVersion": query.api_version, "kind": format!("{}List", query.kind), "items": items})))
}
