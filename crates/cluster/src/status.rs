//! Writing status.

use manifest::Value;

use crate::{Cluster, ClusterError, ObjectRef};

impl Cluster {
    /// Sets fields of the object's status subresource by a JSON merge patch: what `status` has is set, `null` removes,
    /// everything else stays.
    pub async fn patch_status(&self, object: &ObjectRef, manager: &str, status: &Value) -> Result<Value, ClusterError> {
        let _ = (object, manager, status);
        unimplemented!()
    }
}
