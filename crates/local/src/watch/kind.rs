//! The kinds these controllers read and write.

use std::fmt;

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    ConfigMap, Endpoints, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, Secret, Service,
    ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::storage::v1::StorageClass;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A kind with a shared cache.
pub(crate) trait Watched:
    kube::Resource<DynamicType = ()> + Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Which one it is.
    const KIND: Kind;

    /// Drops what no controller reads, so that caches stay small.
    fn trim(&mut self) {
        self.meta_mut().managed_fields = None;
    }
}

macro_rules! kinds {
    ($($kind:ident),* $(,)?) => {
        /// Which kind an action or a cache is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Kind { $(#[doc = concat!("`", stringify!($kind), "`.")] $kind),* }

        impl Kind {
            /// The path of its collection, in `namespace` where it lives in one.
            pub(crate) fn path(self, namespace: &str) -> String {
                let namespace = (!namespace.is_empty()).then_some(namespace);
                match self { $(Self::$kind => <$kind as kube::Resource>::url_path(&(), namespace)),* }
            }

            /// `apps/v1`, `v1`.
            pub(crate) fn api_version(self) -> String {
                match self { $(Self::$kind => <$kind as kube::Resource>::api_version(&()).into_owned()),* }
            }
        }
    };
}

macro_rules! watched {
    ($($kind:ident),* $(,)?) => {
        $(impl Watched for $kind { const KIND: Kind = Kind::$kind; })*
    };
}

kinds!(
    ConfigMap,
    ControllerRevision,
    CronJob,
    DaemonSet,
    Deployment,
    EndpointSlice,
    Endpoints,
    HorizontalPodAutoscaler,
    Ingress,
    Job,
    Namespace,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    PodDisruptionBudget,
    ReplicaSet,
    Secret,
    Service,
    ServiceAccount,
    StatefulSet,
    StorageClass,
);

watched!(
    ControllerRevision,
    CronJob,
    DaemonSet,
    Deployment,
    EndpointSlice,
    Endpoints,
    HorizontalPodAutoscaler,
    Ingress,
    Job,
    Namespace,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    PodDisruptionBudget,
    ReplicaSet,
    Service,
    ServiceAccount,
    StatefulSet,
    StorageClass,
);

impl Watched for ConfigMap {
    const KIND: Kind = Kind::ConfigMap;

    /// Pods ask which keys exist; nothing here reads a value.
    fn trim(&mut self) {
        self.metadata.managed_fields = None;
        self.data.iter_mut().flat_map(|data| data.values_mut()).for_each(|value| *value = String::new());
        self.binary_data.iter_mut().flat_map(|data| data.values_mut()).for_each(|value| value.0 = Vec::new());
    }
}

impl Watched for Secret {
    const KIND: Kind = Kind::Secret;

    /// Pods ask which keys exist; no secret value is kept.
    fn trim(&mut self) {
        self.metadata.managed_fields = None;
        self.metadata.annotations = None;
        self.string_data = None;
        self.data.iter_mut().flat_map(|data| data.values_mut()).for_each(|value| value.0 = Vec::new());
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
