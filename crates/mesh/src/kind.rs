//! The kinds that the model reads.

/// A kind in its API group, whatever the version: `VirtualService.networking.istio.io`, or `Service` in the core group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindName(&'static str);

/// Whether objects of a kind live in namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// They do.
    Namespaced,
    /// They do not; a namespace that is written in one means nothing.
    Cluster,
}

impl KindName {
    /// `Kind.group`, or `Kind` for the core group.
    pub const fn new(name: &'static str) -> KindName {
        KindName(name)
    }

    /// `Kind.group`.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The kind without its group.
    pub fn kind(self) -> &'static str {
        self.0.split_once('.').map_or(self.0, |(kind, _)| kind)
    }

    /// The group; empty for the core group.
    pub fn group(self) -> &'static str {
        self.0.split_once('.').map_or("", |(_, group)| group)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
        $($(#[$doc])* pub const $constant: KindName = KindName($name);)*

        /// Every kind that the model reads.
        pub const ALL: &[KindName] = &[$($constant),*];
    };
}

kinds! {
    /// Kubernetes' Namespace.
    NAMESPACE = "Namespace";
    /// Kubernetes' Node.
    NODE = "Node";
    /// Kubernetes' Pod.
    POD = "Pod";
    /// Kubernetes' Secret.
    SECRET = "Secret";
    /// Kubernetes' ConfigMap.
    CONFIG_MAP = "ConfigMap";
    /// Kubernetes' Service.
    SERVICE = "Service";
    /// Kubernetes' ServiceAccount.
    SERVICE_ACCOUNT = "ServiceAccount";
    /// Kubernetes' Deployment.
    DEPLOYMENT = "Deployment.apps";
    /// Kubernetes' StatefulSet.
    STATEFUL_SET = "StatefulSet.apps";
    /// Kubernetes' DaemonSet.
    DAEMON_SET = "DaemonSet.apps";
    /// Kubernetes' ReplicaSet.
    REPLICA_SET = "ReplicaSet.apps";
    /// Kubernetes' Job.
    JOB = "Job.batch";
    /// Kubernetes' CronJob.
    CRON_JOB = "CronJob.batch";
    /// Kubernetes' HorizontalPodAutoscaler.
    HORIZONTAL_POD_AUTOSCALER = "HorizontalPodAutoscaler.autoscaling";
    /// Kubernetes' Ingress.
    INGRESS = "Ingress.networking.k8s.io";
    /// Kubernetes' NetworkPolicy.
    NETWORK_POLICY = "NetworkPolicy.networking.k8s.io";
    /// Kubernetes' MutatingWebhookConfiguration.
    MUTATING_WEBHOOK = "MutatingWebhookConfiguration.admissionregistration.k8s.io";
    /// Kubernetes' ValidatingWebhookConfiguration.
    VALIDATING_WEBHOOK = "ValidatingWebhookConfiguration.admissionregistration.k8s.io";
    /// Kubernetes' CustomResourceDefinition.
    CUSTOM_RESOURCE_DEFINITION = "CustomResourceDefinition.apiextensions.k8s.io";

    /// Istio's VirtualService.
    VIRTUAL_SERVICE = "VirtualService.networking.istio.io";
    /// Istio's DestinationRule.
    DESTINATION_RULE = "DestinationRule.networking.istio.io";
    /// Istio's Gateway, not to be taken for that of the Gateway API.
    ISTIO_GATEWAY = "Gateway.networking.istio.io";
    /// Istio's ServiceEntry.
    SERVICE_ENTRY = "ServiceEntry.networking.istio.io";
    /// Istio's Sidecar.
    SIDECAR = "Sidecar.networking.istio.io";
    /// Istio's WorkloadEntry.
    WORKLOAD_ENTRY = "WorkloadEntry.networking.istio.io";
    /// Istio's WorkloadGroup.
    WORKLOAD_GROUP = "WorkloadGroup.networking.istio.io";
    /// Istio's EnvoyFilter.
    ENVOY_FILTER = "EnvoyFilter.networking.istio.io";
    /// Istio's ProxyConfig.
    PROXY_CONFIG = "ProxyConfig.networking.istio.io";
    /// Istio's PeerAuthentication.
    PEER_AUTHENTICATION = "PeerAuthentication.security.istio.io";
    /// Istio's RequestAuthentication.
    REQUEST_AUTHENTICATION = "RequestAuthentication.security.istio.io";
    /// Istio's AuthorizationPolicy, not to be taken for Linkerd's.
    ISTIO_AUTHORIZATION_POLICY = "AuthorizationPolicy.security.istio.io";
    /// Istio's Telemetry.
    TELEMETRY = "Telemetry.telemetry.istio.io";
    /// Istio's WasmPlugin.
    WASM_PLUGIN = "WasmPlugin.extensions.istio.io";
    /// Istio's TrafficExtension.
    TRAFFIC_EXTENSION = "TrafficExtension.extensions.istio.io";
    /// The mesh configuration on its own, as `istioctl analyze --meshConfigFile` takes it.
    MESH_CONFIG = "MeshConfig";
    /// The mesh networks on their own.
    MESH_NETWORKS = "MeshNetworks";

    /// Gateway API's GatewayClass.
    GATEWAY_CLASS = "GatewayClass.gateway.networking.k8s.io";
    /// Gateway API's Gateway.
    GATEWAY = "Gateway.gateway.networking.k8s.io";
    /// Gateway API's HTTPRoute, not to be taken for Linkerd's.
    HTTP_ROUTE = "HTTPRoute.gateway.networking.k8s.io";
    /// Gateway API's GRPCRoute.
    GRPC_ROUTE = "GRPCRoute.gateway.networking.k8s.io";
    /// Gateway API's TLSRoute.
    TLS_ROUTE = "TLSRoute.gateway.networking.k8s.io";
    /// Gateway API's TCPRoute.
    TCP_ROUTE = "TCPRoute.gateway.networking.k8s.io";
    /// Gateway API's UDPRoute.
    UDP_ROUTE = "UDPRoute.gateway.networking.k8s.io";
    /// Gateway API's ListenerSet.
    LISTENER_SET = "ListenerSet.gateway.networking.k8s.io";
    /// Gateway API's ReferenceGrant.
    REFERENCE_GRANT = "ReferenceGrant.gateway.networking.k8s.io";
    /// Gateway API's BackendTLSPolicy.
    BACKEND_TLS_POLICY = "BackendTLSPolicy.gateway.networking.k8s.io";

    /// Linkerd's Server.
    LINKERD_SERVER = "Server.policy.linkerd.io";
    /// Linkerd's ServerAuthorization.
    LINKERD_SERVER_AUTHORIZATION = "ServerAuthorization.policy.linkerd.io";
    /// Linkerd's AuthorizationPolicy, not to be taken for Istio's.
    LINKERD_AUTHORIZATION_POLICY = "AuthorizationPolicy.policy.linkerd.io";
    /// Linkerd's MeshTLSAuthentication.
    LINKERD_MESH_TLS_AUTHENTICATION = "MeshTLSAuthentication.policy.linkerd.io";
    /// Linkerd's NetworkAuthentication.
    LINKERD_NETWORK_AUTHENTICATION = "NetworkAuthentication.policy.linkerd.io";
    /// Linkerd's HTTPRoute, not to be taken for that of the Gateway API.
    LINKERD_HTTP_ROUTE = "HTTPRoute.policy.linkerd.io";
    /// Linkerd's HTTPLocalRateLimitPolicy.
    LINKERD_RATE_LIMIT = "HTTPLocalRateLimitPolicy.policy.linkerd.io";
    /// Linkerd's EgressNetwork.
    LINKERD_EGRESS_NETWORK = "EgressNetwork.policy.linkerd.io";
    /// Linkerd's ExternalWorkload.
    LINKERD_EXTERNAL_WORKLOAD = "ExternalWorkload.workload.linkerd.io";
    /// Linkerd's ServiceProfile.
    LINKERD_SERVICE_PROFILE = "ServiceProfile.linkerd.io";

    /// Cilium's CiliumNetworkPolicy.
    CILIUM_NETWORK_POLICY = "CiliumNetworkPolicy.cilium.io";
    /// Cilium's CiliumClusterwideNetworkPolicy.
    CILIUM_CLUSTERWIDE_NETWORK_POLICY = "CiliumClusterwideNetworkPolicy.cilium.io";

    /// Flagger's Canary.
    CANARY = "Canary.flagger.app";
    /// Flagger's MetricTemplate.
    METRIC_TEMPLATE = "MetricTemplate.flagger.app";
    /// Flagger's AlertProvider.
    ALERT_PROVIDER = "AlertProvider.flagger.app";

    /// Flux's Kustomization.
    KUSTOMIZATION = "Kustomization.kustomize.toolkit.fluxcd.io";
    /// Flux's HelmRelease.
    HELM_RELEASE = "HelmRelease.helm.toolkit.fluxcd.io";
}

/// The cluster-scoped kinds that matter to the model, as `Kind.group`. Every other kind counts as namespaced.
const CLUSTER_SCOPED: &[&str] = &[
    "APIService.apiregistration.k8s.io",
    "CiliumClusterwideNetworkPolicy.cilium.io",
    "ClusterRole.rbac.authorization.k8s.io",
    "ClusterRoleBinding.rbac.authorization.k8s.io",
    "CustomResourceDefinition.apiextensions.k8s.io",
    "GatewayClass.gateway.networking.k8s.io",
    "IngressClass.networking.k8s.io",
    "MutatingWebhookConfiguration.admissionregistration.k8s.io",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass.scheduling.k8s.io",
    "StorageClass.storage.k8s.io",
    "ValidatingAdmissionPolicy.admissionregistration.k8s.io",
    "ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io",
    "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
];

/// The scope of a kind by its `Kind.group`.
pub fn scope(kind: &str) -> Scope {
    if CLUSTER_SCOPED.binary_search(&kind).is_ok() { Scope::Cluster } else { Scope::Namespaced }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_cluster_scoped_kinds_is_sorted() {
        assert!(CLUSTER_SCOPED.is_sorted());
    }

    #[test]
    fn a_kind_is_its_name_in_its_group() {
        assert_eq!((VIRTUAL_SERVICE.kind(), VIRTUAL_SERVICE.group()), ("VirtualService", "networking.istio.io"));
        assert_eq!((POD.kind(), POD.group()), ("Pod", ""));
        assert_eq!((scope("Namespace"), scope("Pod")), (Scope::Cluster, Scope::Namespaced));
    }
}
