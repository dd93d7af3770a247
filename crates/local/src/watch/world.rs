//! All caches together: what controllers decide by.

use std::sync::Arc;

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
use tokio::task::JoinSet;

use super::reflector::feed;
use super::store::Cache;
use super::{Kind, Store};

macro_rules! world {
    ($($field:ident: $kind:ident),* $(,)?) => {
        /// The cluster as last seen.
        pub(crate) struct World { $(pub(crate) $field: Arc<Store<$kind>>),* }

        impl World {
            /// Empty caches.
            pub(crate) fn new() -> Self {
                Self { $($field: Arc::new(Store::new())),* }
            }

            /// Starts to feed every cache.
            pub(crate) fn feed(&self, client: &kube::Client, tasks: &mut JoinSet<()>) {
                $(tasks.spawn(feed(client.clone(), self.$field.clone()));)*
            }

            /// Returns once every cache has its first list.
            pub(crate) async fn synced(&self) {
                $(self.$field.synced().await;)*
            }

            /// The cache that takes answers about `kind`.
            pub(crate) fn cache(&self, kind: Kind) -> &dyn Cache {
                match kind { $(Kind::$kind => &*self.$field),* }
            }
        }
    };
}

world!(
    config_maps: ConfigMap,
    controller_revisions: ControllerRevision,
    cron_jobs: CronJob,
    daemon_sets: DaemonSet,
    deployments: Deployment,
    endpoint_slices: EndpointSlice,
    endpoints: Endpoints,
    autoscalers: HorizontalPodAutoscaler,
    ingresses: Ingress,
    jobs: Job,
    namespaces: Namespace,
    nodes: Node,
    volumes: PersistentVolume,
    claims: PersistentVolumeClaim,
    pods: Pod,
    disruption_budgets: PodDisruptionBudget,
    replica_sets: ReplicaSet,
    secrets: Secret,
    services: Service,
    service_accounts: ServiceAccount,
    stateful_sets: StatefulSet,
    storage_classes: StorageClass,
);
