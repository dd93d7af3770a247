//! Which types an API server serves, and where.

use manifest::GroupVersionKind;

use crate::{Cluster, ClusterError};

/// Whether objects of a type live in namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// They do.
    Namespaced,
    /// They belong to the whole cluster.
    Cluster,
}

/// One type an API server serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKind {
    /// Group, version and kind.
    pub gvk: GroupVersionKind,
    /// Its name in paths, such as `deployments`.
    pub plural: String,
    /// Where its objects live.
    pub scope: Scope,
    /// What can be done with it, such as `get`, `watch`, `patch`.
    pub verbs: Vec<String>,
}

impl Cluster {
    /// How a type is served. Answers from memory; a type that is not known is looked up once more, since a CRD may have
    /// just been established.
    pub async fn kind(&self, gvk: &GroupVersionKind) -> Result<ApiKind, ClusterError> {
        let _ = gvk;
        unimplemented!()
    }

    /// The version that the API server prefers for a type.
    pub async fn preferred(&self, group: &str, kind: &str) -> Result<ApiKind, ClusterError> {
        let _ = (group, kind);
        unimplemented!()
    }

    /// Every type served now, preferred versions first.
    pub async fn kinds(&self) -> Result<Vec<ApiKind>, ClusterError> {
        unimplemented!()
    }

    /// Forgets what is served, because a CRD or APIService changed.
    pub fn forget_kinds(&self) {
        unimplemented!()
    }
}
