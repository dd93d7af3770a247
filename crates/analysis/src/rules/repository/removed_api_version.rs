//! An object is written in an API version that the Kubernetes it is for does not serve any more.
//!
//! ## Why it matters
//!
//! The API server refuses it, and with it the whole Kustomization. Objects that are already in the cluster go on working
//! until something applies them again, so the failure comes with the next unrelated commit after an upgrade.
//!
//! ## What to do
//!
//! Write the version that took its place. Where fields changed, `kubectl convert` shows the new form.

use manifest::Severity;
use mesh::{KindName, World};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0005"),
    name: "RemovedApiVersion",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("removed_api_version.rs"),
    check: Check::World(check),
};

/// Kind and group, API version, the `x` of the Kubernetes 1.x that does not serve it any more, and what took its place.
const REMOVED: &[(KindName, &str, u32, &str)] = &[
    (
        KindName::new("APIService.apiregistration.k8s.io"),
        "apiregistration.k8s.io/v1beta1",
        22,
        "apiregistration.k8s.io/v1",
    ),
    (KindName::new("AuditSink.auditregistration.k8s.io"), "auditregistration.k8s.io/v1alpha1", 19, ""),
    (KindName::new("CSIDriver.storage.k8s.io"), "storage.k8s.io/v1beta1", 22, "storage.k8s.io/v1"),
    (KindName::new("CSINode.storage.k8s.io"), "storage.k8s.io/v1beta1", 22, "storage.k8s.io/v1"),
    (KindName::new("CSIStorageCapacity.storage.k8s.io"), "storage.k8s.io/v1beta1", 27, "storage.k8s.io/v1"),
    (
        KindName::new("CertificateSigningRequest.certificates.k8s.io"),
        "certificates.k8s.io/v1beta1",
        22,
        "certificates.k8s.io/v1",
    ),
    (
        KindName::new("ClusterRole.rbac.authorization.k8s.io"),
        "rbac.authorization.k8s.io/v1alpha1",
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    (
        KindName::new("ClusterRole.rbac.authorization.k8s.io"),
        "rbac.authorization.k8s.io/v1beta1",
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    (
        KindName::new("ClusterRoleBinding.rbac.authorization.k8s.io"),
        "rbac.authorization.k8s.io/v1alpha1",
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    (
        KindName::new("ClusterRoleBinding.rbac.authorization.k8s.io"),
        "rbac.authorization.k8s.io/v1beta1",
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    (KindName::new("ControllerRevision.apps"), "apps/v1beta1", 16, "apps/v1"),
    (KindName::new("ControllerRevision.apps"), "apps/v1beta2", 16, "apps/v1"),
    (KindName::new("CronJob.batch"), "batch/v1beta1", 25, "batch/v1"),
    (KindName::new("CronJob.batch"), "batch/v2alpha1", 21, "batch/v1"),
    (
        KindName::new("CustomResourceDefinition.apiextensions.k8s.io"),
        "apiextensions.k8s.io/v1beta1",
        22,
        "apiextensions.k8s.io/v1",
    ),
    (KindName::new("DaemonSet.apps"), "apps/v1beta2", 16, "apps/v1"),
    (KindName::new("DaemonSet.extensions"), "extensions/v1beta1", 16, "apps/v1"),
    (KindName::new("Deployment.apps"), "apps/v1beta1", 16, "apps/v1"),
    (KindName::new("Deployment.apps"), "apps/v1beta2", 16, "apps/v1"),
    (KindName::new("Deployment.extensions"), "extensions/v1beta1", 16, "apps/v1"),
    (KindName::new("EndpointSlice.discovery.k8s.io"), "discovery.k8s.io/v1beta1", 25, "discovery.k8s.io/v1"),
    (KindName::new("Event.events.k8s.io"), "events.k8s.io/v1beta1", 25, "events.k8s.io/v1"),
    (
        KindName::new("FlowSchema.flowcontrol.apiserver.k8s.io"),
        "flowcontrol.apiserver.k8s.io/v1beta1",
        26,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    (
        KindName::new("FlowSchema.flowcontrol.apiserver.k8s.io"),
        "flowcontrol.apiserver.k8s.io/v1beta2",
        29,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    (
        KindName::new("FlowSchema.flowcontrol.apiserver.k8s.io"),
        "flowcontrol.apiserver.k8s.io/v1beta3",
        32,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    (KindName::new("HorizontalPodAutoscaler.autoscaling"), "autoscaling/v2beta1", 25, "autoscaling/v2"),
    (KindName::new("HorizontalPodAutoscaler.autoscaling"), "autoscaling/v2beta2", 26, "autoscaling/v2"),
    (KindName::new("Ingress.extensions"), "extensions/v1beta1", 22, "networking.k8s.io/v1"),
    (KindName::new("Ingress.networking.k8s.io"), "networking.k8s.io/v1beta1", 22, "networking.k8s.io/v1"),
    (KindName::new("IngressClass.networking.k8s.io"), "networking.k8s.io/v1beta1", 22, "networking.k8s.io/v1"),
    (KindName::new("Lease.coordination.k8s.io"), "coordination.k8s.io/v1beta1", 22, "coordination.k8s.io/v1"),
    (
        KindName::new("LocalSubjectAccessReview.authorization.k8s.io"),
        "authorization.k8s.io/v1beta1",
        22,
        "authorization.k8s.io/v1",
    ),
    (
        KindName::new("MutatingWebhookConfiguration.admissionregistration.k8s.io"),
        "admissionregistration.k8s.io/v1beta1",
        22,
        "admissionregistration.k8s.io/v1",
    ),
    (KindName::new("NetworkPolicy.extensions"), "extensions/v1beta1", 16, "networking.k8s.io/v1"),
    (KindName::new("PodDisruptionBudget.policy"), "policy/v1beta1", 25, "policy/v1"),
    (KindName::new("PodPreset.settings.k8s.io"), "settings.k8s.io/v1alpha1", 20, ""),
    (KindName::new("PodSchedulingContext.resource.k8s.io"), "resource.k8s.io/v1alpha2", 31, "resource.k8s.io/v1"),
    (KindName::new("PodSecurityPolicy.extensions"), "extensions/v1beta1", 16, ""),
    (KindName::new("PodSecurityPolicy.policy"), "policy/v1beta1", 25, ""),
    (KindName::new("PriorityClass.scheduling.k8s.io"), "scheduling.k8s.io/v1alpha1", 22, "scheduling.k8s.io/v1"),
    (KindName::new("PriorityClass.scheduling.k8s.io"), "scheduling.k8s.io/v1beta1", 22, "scheduling.k8s.io/v1"),
    (
        KindName::new("PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io"),
        "flowcontrol.apiserver.k8s.io/v1beta1",
        26,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    (
        KindName::new("PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io"),
        "flowcontrol.apiserver.k8s.io/v1beta2",
        29,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    (
        KindName::new("PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io"),
        "flowcontrol.apiserver.k8s.io/v1beta3",
        32,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    (KindName::new("ReplicaSet.apps"), "apps/v1beta2", 16, "apps/v1"),
    (KindName::new("ReplicaSet.extensions"), "extensions/v1beta1", 16, "apps/v1"),
    (KindName::new("ResourceClaim.resource.k8s.io"), "resource.k8s.io/v1alpha2", 31, "resource.k8s.io/v1"),
    (KindName::new("ResourceClaimTemplate.resource.k8s.io"), "resource.k8s.io/v1alpha2", 31, "resource.k8s.io/v1"),
    (KindName::new("ResourceClass.resource.k8s.io"), "resource.k8s.io/v1alpha2", 31, "resource.k8s.io/v1"),
    (
        KindName::new("Role.rbac.authorization.k8s.io"),
        "rbac.authorization.k8s.io/v1alpha1",
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    (
        KindName::new("Role.rbac.authorization.k8s.io"),
        "rbac.authorization.k8s.io/v1beta1",
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    (
        KindName::new("RoleBinding.rbac.authorization.k8s.io"),
        "rbac.authorization.k8s.io/v1alpha1",
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    (
        KindName::new("RoleBinding.rbac.authorization.k8s.io"),
        "rbac.authorization.k8s.io/v1beta1",
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    (KindName::new("RuntimeClass.node.k8s.io"), "node.k8s.io/v1beta1", 25, "node.k8s.io/v1"),
    (
        KindName::new("SelfSubjectAccessReview.authorization.k8s.io"),
        "authorization.k8s.io/v1beta1",
        22,
        "authorization.k8s.io/v1",
    ),
    (
        KindName::new("SelfSubjectRulesReview.authorization.k8s.io"),
        "authorization.k8s.io/v1beta1",
        22,
        "authorization.k8s.io/v1",
    ),
    (KindName::new("StatefulSet.apps"), "apps/v1beta1", 16, "apps/v1"),
    (KindName::new("StatefulSet.apps"), "apps/v1beta2", 16, "apps/v1"),
    (KindName::new("StorageClass.storage.k8s.io"), "storage.k8s.io/v1beta1", 22, "storage.k8s.io/v1"),
    (
        KindName::new("SubjectAccessReview.authorization.k8s.io"),
        "authorization.k8s.io/v1beta1",
        22,
        "authorization.k8s.io/v1",
    ),
    (
        KindName::new("TokenReview.authentication.k8s.io"),
        "authentication.k8s.io/v1beta1",
        22,
        "authentication.k8s.io/v1",
    ),
    (
        KindName::new("ValidatingWebhookConfiguration.admissionregistration.k8s.io"),
        "admissionregistration.k8s.io/v1beta1",
        22,
        "admissionregistration.k8s.io/v1",
    ),
    (KindName::new("VolumeAttachment.storage.k8s.io"), "storage.k8s.io/v1beta1", 22, "storage.k8s.io/v1"),
];

fn check(world: &World, findings: &mut Findings) {
    let target = world.options().kubernetes_minor;
    for (kind, version, since, instead) in REMOVED.iter().filter(|(.., since, _)| *since <= target) {
        for resource in world.of(*kind).filter(|resource| resource.api_version() == *version) {
            let name = kind.kind();
            let message =
                format!("Kubernetes 1.{target} does not serve `{version}` {name}, nor did any since 1.{since}");
            let field = resource.at(&["apiVersion"]).unwrap_or(resource.root());
            findings.at(&RULE, resource, field, message).hint(match *instead {
                "" => "Remove the object: nothing took the place of its kind.".to_owned(),
                instead => format!("Write `{instead}`."),
            });
        }
    }
}
