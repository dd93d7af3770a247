//! Writing the status of an object that applies others.

use cluster::{Cluster, ClusterError, ObjectRef};
use manifest::Value;
use plan::labels::Applier;
use serde_json::Map;

use super::work::Work;
use crate::directory::Kind;

/// `after` as a merge patch over `before`: fields that went, at any depth, are removed.
pub(crate) fn replacing(before: &Value, after: Value) -> Value {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let mut patch: Map<String, Value> = old.keys().map(|field| (field.clone(), Value::Null)).collect();
            for (field, value) in new {
                let value = replacing(old.get(&field).unwrap_or(&Value::Null), value);
                patch.insert(field, value);
            }
            Value::Object(patch)
        }
        (_, after) => after,
    }
}

/// Writes fields of the status of the object that is at work; what was written counts ahead of its watch event.
pub(crate) async fn write(work: &Work<'_>, status: Value) -> Result<(), ClusterError> {
    let applier = work.subject.applier;
    if let Some(object) = patch(&work.engine.cluster, applier, &work.about, &status).await? {
        work.engine.directory.record(Kind::from(applier), &work.subject.key, object);
    }
    Ok(())
}

/// Writes fields of the status of `object`, and returns it with them; none if it is gone.
pub(crate) async fn patch(
    cluster: &Cluster,
    applier: Applier,
    object: &Value,
    status: &Value,
) -> Result<Option<Value>, ClusterError> {
    let Some(reference) = ObjectRef::of(object) else { return Ok(None) };
    match cluster.patch_status(&reference, applier.status_manager(), status).await {
        Ok(written) => Ok(Some(written)),
        Err(ClusterError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
