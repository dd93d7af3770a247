//! The finalizer: what keeps a deleted object until what it applied is looked after.

use cluster::{Cluster, ClusterError, ObjectRef};
use kinds::flux::FINALIZER;
use manifest::Value;
use plan::labels::Applier;
use serde_json::json;

/// Puts our finalizer on the object, if it is not there.
pub(crate) async fn hold(cluster: &Cluster, applier: Applier, object: &Value) -> Result<(), ClusterError> {
    let held = object["metadata"]["finalizers"].as_array().into_iter().flatten();
    if held.into_iter().any(|finalizer| finalizer == FINALIZER) {
        return Ok(());
    }
    edit(cluster, applier.status_manager(), object, |finalizers| finalizers.push(FINALIZER.to_owned())).await
}

/// Takes our finalizer off the object, so that it can go.
pub(crate) async fn release(cluster: &Cluster, applier: Applier, object: &Value) -> Result<(), ClusterError> {
    release_as(cluster, applier.status_manager(), object).await
}

/// Takes Flux's finalizer off an object of any kind, with a field manager.
pub(crate) async fn release_as(cluster: &Cluster, manager: &str, object: &Value) -> Result<(), ClusterError> {
    edit(cluster, manager, object, |finalizers| finalizers.retain(|finalizer| finalizer != FINALIZER)).await
}

/// Changes the object's finalizers; an object that is gone has none to change.
async fn edit(
    cluster: &Cluster,
    manager: &str,
    object: &Value,
    edit: impl Fn(&mut Vec<String>),
) -> Result<(), ClusterError> {
    /// Somebody else's write in between is rare; again and again, it is a fight that we do not win by force.
    const ATTEMPTS: usize = 5;
    let Some(reference) = ObjectRef::of(object) else { return Ok(()) };
    let mut current = object.clone();
    let mut attempt = 1;
    loop {
        let held = current["metadata"]["finalizers"].as_array().into_iter().flatten();
        let mut finalizers: Vec<String> = held.filter_map(Value::as_str).map(str::to_owned).collect();
        edit(&mut finalizers);
        // The resource version keeps this from undoing what somebody else does to the list meanwhile.
        let resource_version = &current["metadata"]["resourceVersion"];
        let patch = json!({"metadata": {"finalizers": finalizers, "resourceVersion": resource_version}});
        match cluster.merge_patch(&reference, manager, &patch).await {
            Ok(_) | Err(ClusterError::NotFound { .. }) => return Ok(()),
            Err(ClusterError::Conflict { .. }) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
        match cluster.get(&reference).await? {
            Some(newer) => current = newer,
            None => return Ok(()),
        }
    }
}
