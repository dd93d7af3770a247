//! What has a number of replicas.

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};

use crate::action::Target;
use crate::watch::{Key, Kind, World};

/// Something whose specification says how many pods there should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workload {
    pub(crate) target: Target,
    /// What its specification asks for.
    pub(crate) wanted: i32,
    /// How many replicas it has.
    pub(crate) replicas: i32,
}

impl Workload {
    /// Whether objects of this kind can be asked for their number of replicas.
    pub(crate) fn is_of(kind: Kind) -> bool {
        matches!(kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet)
    }

    /// The workload of this kind and name.
    pub(crate) fn find(world: &World, kind: Kind, key: &Key) -> Option<Self> {
        match kind {
            Kind::Deployment => world.deployments.get(key).map(|found| Self::from(&*found)),
            Kind::ReplicaSet => world.replica_sets.get(key).map(|found| Self::from(&*found)),
            Kind::StatefulSet => world.stateful_sets.get(key).map(|found| Self::from(&*found)),
            _ => None,
        }
    }

    /// What decides how many pods the controller `kind` `key` wants: itself, or the Deployment of a ReplicaSet.
    pub(crate) fn behind(world: &World, kind: Kind, key: &Key) -> Option<Self> {
        let above = (kind == Kind::ReplicaSet).then(|| world.replica_sets.controller_of(key)).flatten();
        match above {
            Some(owner) if owner.kind == Some(Kind::Deployment) => {
                Self::find(world, Kind::Deployment, &Key::new(key.namespace.clone(), owner.name))
            }
            Some(_) | None => Self::find(world, kind, key),
        }
    }
}

impl From<&Deployment> for Workload {
    fn from(found: &Deployment) -> Self {
        let replicas = found.status.as_ref().and_then(|status| status.replicas);
        Self {
            target: Target::of(found),
            wanted: found.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1),
            replicas: replicas.unwrap_or(0),
        }
    }
}

impl From<&ReplicaSet> for Workload {
    fn from(found: &ReplicaSet) -> Self {
        Self {
            target: Target::of(found),
            wanted: found.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1),
            replicas: found.status.as_ref().map_or(0, |status| status.replicas),
        }
    }
}

impl From<&StatefulSet> for Workload {
    fn from(found: &StatefulSet) -> Self {
        Self {
            target: Target::of(found),
            wanted: found.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1),
            replicas: found.status.as_ref().map_or(0, |status| status.replicas),
        }
    }
}
