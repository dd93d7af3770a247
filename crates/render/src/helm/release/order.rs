//! In which order kinds are installed and uninstalled.

use super::Rules;

/// What the order is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// What others need comes first.
    Install,
    /// What others need goes last.
    Uninstall,
}

/// Helm's order of installation; kinds that are not named come last, by their names.
const INSTALL: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Helm 3 does not name the webhooks.
const WEBHOOKS: usize = 2;

/// Uninstalling goes the other way round, but for services: they go before the first kind that has pods behind them.
const FIRST_WITH_PODS: &str = "CronJob";

/// Where a kind comes; kinds that are not named come last, by their names.
pub(super) fn rank(kind: &str, order: Order, rules: Rules) -> (usize, &str) {
    let named = match rules {
        Rules::V3 => &INSTALL[..INSTALL.len() - WEBHOOKS],
        Rules::V4 => &INSTALL[..],
    };
    let place = |kind: &str| named.iter().position(|named| *named == kind);
    let from_end = |place: usize| 2 * (named.len() - place);
    let rank = match order {
        Order::Install => place(kind),
        Order::Uninstall if kind == "Service" => place(FIRST_WITH_PODS).map(|place| from_end(place) - 1),
        Order::Uninstall => place(kind).map(from_end),
    };
    rank.map_or((usize::MAX, kind), |rank| (rank, ""))
}
