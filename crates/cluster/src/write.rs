//! Writing other than by apply.

use manifest::Value;

use crate::{Cluster, ClusterError, ObjectRef};

/// What happens to the objects that belong to a deleted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// They are deleted after it.
    Background,
    /// They are deleted before it.
    Foreground,
    /// They stay.
    Orphan,
}

/// What a delete request found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// The object is gone.
    Gone,
    /// It is marked; finalizers or dependents hold it for now.
    Terminating,
    /// There was none (or, with a precondition, another one).
    Absent,
}

impl Cluster {
    /// Deletes an object; with `uid`, only if it is still that very object.
    pub async fn delete(
        &self,
        object: &ObjectRef,
        propagation: Propagation,
        uid: Option<&str>,
    ) -> Result<Deletion, ClusterError> {
        let _ = (object, propagation, uid);
        unimplemented!()
    }

    /// Creates an object (POST).
    pub async fn create(&self, object: &Value, manager: &str) -> Result<Value, ClusterError> {
        let _ = (object, manager);
        unimplemented!()
    }

    /// Changes an object by a JSON merge patch.
    pub async fn merge_patch(&self, object: &ObjectRef, manager: &str, patch: &Value) -> Result<Value, ClusterError> {
        let _ = (object, manager, patch);
        unimplemented!()
    }

    /// Changes an object by a JSON patch (RFC 6902).
    pub async fn json_patch(&self, object: &ObjectRef, manager: &str, patch: &Value) -> Result<Value, ClusterError> {
        let _ = (object, manager, patch);
        unimplemented!()
    }
}
