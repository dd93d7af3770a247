//! Taking over objects that another tool applied before.

use manifest::Value;

use crate::{Cluster, ClusterError};

impl Cluster {
    /// Makes `manager` the owner of what `kubectl` (client- or server-side), `before-first-apply` and older, updating
    /// versions of `manager` own on `live`, and removes annotations they leave behind; otherwise fields that are later
    /// removed from Git would stay. Returns the object if anything was changed. The request fails with
    /// [`ClusterError::Conflict`] if the object changed since `live` was read.
    pub async fn take_over(&self, live: &Value, manager: &str) -> Result<Option<Value>, ClusterError> {
        let _ = (live, manager);
        unimplemented!()
    }
}
