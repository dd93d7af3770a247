//! The kinds these controllers read and write.

use std::fmt;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    ConfigMap, Endpoints, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, Secret, Service,
    ServiceAccount, ServiceSpec,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::form::{Form, Text};
use crate::service::Routed;

/// A copy of the object for `kubectl apply` alone.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A kind with a shared cache.
pub(crate) trait Watched:
    kube::Resource<DynamicType = ()> + Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Which one it is.
    const KIND: Kind;

    /// How its cache holds it.
    type Form: Form<Self>;

    /// Drops what no controller reads, so that caches stay small.
    fn trim(&mut self) {
        trim_metadata(self.meta_mut());
    }
}

/// Drops what is only for those who write the object.
fn trim_metadata(metadata: &mut ObjectMeta) {
    metadata.managed_fields = None;
    if let Some(annotations) = &mut metadata.annotations {
        annotations.remove(LAST_APPLIED);
    }
    metadata.annotations = metadata.annotations.take().filter(|annotations| !annotations.is_empty());
}

/// Drops all that does not tell which object it is, and in which state.
fn reduce_metadata(metadata: &mut ObjectMeta) {
    *metadata = ObjectMeta {
        name: metadata.name.take(),
        namespace: metadata.namespace.take(),
        uid: metadata.uid.take(),
        resource_version: metadata.resource_version.take(),
        deletion_timestamp: metadata.deletion_timestamp.take(),
        ..ObjectMeta::default()
    };
}

macro_rules! kinds {
    ($($kind:ident),* $(,)?) => {
        /// Which kind an action or a cache is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Kind { $(#[doc = concat!("`", stringify!($kind), "`.")] $kind),* }

        impl Kind {
            /// The kind of this name.
            pub(crate) fn named(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($kind) => Some(Self::$kind),)*
                    _ => None,
                }
            }

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
    ($form:ident of $($kind:ident),* $(,)?) => {
        $(impl Watched for $kind {
            const KIND: Kind = Kind::$kind;
            type Form = $form<Self>;
        })*
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

watched!(Text of
    ControllerRevision,
    CronJob,
    DaemonSet,
    Deployment,
    EndpointSlice,
    Endpoints,
    Job,
    Namespace,
    ReplicaSet,
    StatefulSet,
);

watched!(Arc of
    HorizontalPodAutoscaler,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    PodDisruptionBudget,
    StorageClass,
);

impl Watched for Service {
    const KIND: Kind = Kind::Service;
    type Form = Routed;

    /// Endpoints and addresses depend on little of its specification.
    fn trim(&mut self) {
        trim_metadata(&mut self.metadata);
        self.metadata.annotations = None;
        self.spec = self.spec.take().map(|spec| ServiceSpec {
            cluster_ip: spec.cluster_ip,
            load_balancer_class: spec.load_balancer_class,
            ports: spec.ports,
            publish_not_ready_addresses: spec.publish_not_ready_addresses,
            selector: spec.selector,
            type_: spec.type_,
            ..ServiceSpec::default()
        });
    }
}

impl Watched for Ingress {
    const KIND: Kind = Kind::Ingress;
    type Form = Text<Self>;

    /// Only its status is looked at: nothing is routed here.
    fn trim(&mut self) {
        reduce_metadata(&mut self.metadata);
        self.spec = None;
    }
}

impl Watched for ServiceAccount {
    const KIND: Kind = Kind::ServiceAccount;
    type Form = Text<Self>;

    /// Nothing here asks more than whether it exists.
    fn trim(&mut self) {
        let mut metadata = std::mem::take(&mut self.metadata);
        reduce_metadata(&mut metadata);
        *self = Self { metadata, ..Self::default() };
    }
}

impl Watched for ConfigMap {
    const KIND: Kind = Kind::ConfigMap;
    type Form = Text<Self>;

    /// Pods ask which keys exist; nothing here reads a value.
    fn trim(&mut self) {
        reduce_metadata(&mut self.metadata);
        self.data.iter_mut().flat_map(|data| data.values_mut()).for_each(|value| *value = String::new());
        self.binary_data.iter_mut().flat_map(|data| data.values_mut()).for_each(|value| value.0 = Vec::new());
    }
}

impl Watched for Secret {
    const KIND: Kind = Kind::Secret;
    type Form = Text<Self>;

    /// Pods ask which keys exist; no secret value is kept.
    fn trim(&mut self) {
        reduce_metadata(&mut self.metadata);
        self.string_data = None;
        self.data.iter_mut().flat_map(|data| data.values_mut()).for_each(|value| value.0 = Vec::new());
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
