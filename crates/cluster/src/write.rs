//! Writing other than by apply.

use http::Method;
use manifest::{Definition, GroupVersionKind, Value, takeover};
use serde_json::json;

use crate::discovery::Scope as KindScope;
use crate::request::{Call, JSON, JSON_PATCH, MERGE_PATCH};
use crate::{Cluster, ClusterError, ObjectRef, Scope, path};

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

impl Propagation {
    fn name(self) -> &'static str {
        match self {
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
            Propagation::Orphan => "Orphan",
        }
    }
}

impl Cluster {
    /// Deletes an object; with `uid`, only if it is still that very object.
    pub async fn delete(
        &self,
        object: &ObjectRef,
        propagation: Propagation,
        uid: Option<&str>,
    ) -> Result<Deletion, ClusterError> {
        let preconditions = uid.map(|uid| json!({ "uid": uid }));
        match self.delete_if(object, propagation, preconditions).await {
            Err(ClusterError::Conflict { .. }) if uid.is_some() => Ok(Deletion::Absent),
            outcome => outcome,
        }
    }

    /// Deletes an object if it is still as it was seen. Fails with [`ClusterError::Conflict`] if anybody changed it since:
    /// what was decided of it may not hold any more.
    pub async fn delete_as_seen(
        &self,
        object: &ObjectRef,
        propagation: Propagation,
        seen: &Value,
    ) -> Result<Deletion, ClusterError> {
        let metadata = &seen["metadata"];
        let preconditions = json!({ "uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"] });
        self.delete_if(object, propagation, Some(preconditions)).await
    }

    async fn delete_if(
        &self,
        object: &ObjectRef,
        propagation: Propagation,
        preconditions: Option<Value>,
    ) -> Result<Deletion, ClusterError> {
        let path = match self.path(object).await {
            Ok(path) => path,
            // Without its type, no object of it exists.
            Err(ClusterError::NoSuchKind { .. }) => return Ok(Deletion::Absent),
            Err(error) => return Err(error),
        };
        let mut options = json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": propagation.name(),
        });
        if let Some(preconditions) = preconditions {
            options["preconditions"] = preconditions;
        }
        let answer = self.send(&Call::new(Method::DELETE, path).body(JSON, &options)).await;
        if object.gvk.is_definition() {
            self.withdraw(&object.name);
        }
        match answer {
            // A whole object comes back while something holds it, a Status when it is gone.
            Ok(answer) if answer.value["metadata"]["deletionTimestamp"].is_string() => Ok(Deletion::Terminating),
            Ok(_) => Ok(Deletion::Gone),
            Err(ClusterError::NotFound { .. }) => Ok(Deletion::Absent),
            Err(error) => Err(error),
        }
    }

    /// Creates an object (POST).
    pub async fn create(&self, object: &Value, manager: &str) -> Result<Value, ClusterError> {
        let Some(gvk) = GroupVersionKind::of(object) else {
            let message = "the object has no apiVersion and kind".to_owned();
            return Err(ClusterError::BadRequest { message });
        };
        let kind = self.kind(&gvk).await?;
        let scope = match object["metadata"]["namespace"].as_str() {
            Some(namespace) if !namespace.is_empty() => Scope::Namespace(namespace.to_owned()),
            Some(_) | None if kind.scope == KindScope::Namespaced => {
                return Err(ClusterError::NamespaceNotSpecified { gvk });
            }
            Some(_) | None => Scope::Cluster,
        };
        let call =
            Call::new(Method::POST, path::collection(&kind, &scope)).query("fieldManager", manager).body(JSON, object);
        let created = self.send(&call).await?.value;
        Definition::of(&created).into_iter().for_each(|definition| self.announce(definition));
        Ok(created)
    }

    /// Changes an object by a JSON merge patch.
    pub async fn merge_patch(&self, object: &ObjectRef, manager: &str, patch: &Value) -> Result<Value, ClusterError> {
        self.patch(object, "", manager, MERGE_PATCH, patch).await
    }

    /// Changes an object by a JSON patch (RFC 6902).
    pub async fn json_patch(&self, object: &ObjectRef, manager: &str, patch: &Value) -> Result<Value, ClusterError> {
        self.patch(object, "", manager, JSON_PATCH, patch).await
    }

    /// Makes `manager` the owner of what `kubectl` (client- or server-side), `before-first-apply` and older, updating
    /// versions of `manager` own on `live`, and removes the annotations they leave behind; otherwise fields that are later
    /// removed from Git would stay. Returns the object if anything was changed; sends nothing if there is nothing to do.
    /// Fails with [`ClusterError::Conflict`] if the object changed since `live` was read.
    pub async fn take_over(&self, live: &Value, manager: &str) -> Result<Option<Value>, ClusterError> {
        let (Some(object), Some(patch)) = (ObjectRef::of(live), takeover::patch(live, manager)) else {
            return Ok(None);
        };
        self.json_patch(&object, manager, &patch).await.map(Some)
    }

    /// Sets fields of the object's status subresource by a JSON merge patch: what `status` has is set, `null` removes,
    /// everything else stays. Lists are replaced whole.
    pub async fn patch_status(&self, object: &ObjectRef, manager: &str, status: &Value) -> Result<Value, ClusterError> {
        self.patch(object, "/status", manager, MERGE_PATCH, &json!({ "status": status })).await
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        subresource: &str,
        manager: &str,
        media_type: &'static str,
        patch: &Value,
    ) -> Result<Value, ClusterError> {
        let path = format!("{}{subresource}", self.path(object).await?);
        let call = Call::new(Method::PATCH, path).query("fieldManager", manager).body(media_type, patch);
        Ok(self.send(&call).await?.value)
    }
}
