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
use mesh::World;

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0005"),
    name: "RemovedApiVersion",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("removed_api_version.rs"),
    check: Check::World(check),
};

/// API version, kinds, the `x` of the Kubernetes 1.x that does not serve them any more, and what took their place.
const REMOVED: &[(&str, &[&str], u32, &str)] = &[
    (
        "admissionregistration.k8s.io/v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        22,
        "admissionregistration.k8s.io/v1",
    ),
    ("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"], 22, "apiextensions.k8s.io/v1"),
    ("apiregistration.k8s.io/v1beta1", &["APIService"], 22, "apiregistration.k8s.io/v1"),
    ("apps/v1beta1", &["ControllerRevision", "Deployment", "StatefulSet"], 16, "apps/v1"),
    ("apps/v1beta2", &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"], 16, "apps/v1"),
    ("auditregistration.k8s.io/v1alpha1", &["AuditSink"], 19, ""),
    ("authentication.k8s.io/v1beta1", &["TokenReview"], 22, "authentication.k8s.io/v1"),
    (
        "authorization.k8s.io/v1beta1",
        &["LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"],
        22,
        "authorization.k8s.io/v1",
    ),
    ("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], 25, "autoscaling/v2"),
    ("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], 26, "autoscaling/v2"),
    ("batch/v1beta1", &["CronJob"], 25, "batch/v1"),
    ("batch/v2alpha1", &["CronJob"], 21, "batch/v1"),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], 22, "certificates.k8s.io/v1"),
    ("coordination.k8s.io/v1beta1", &["Lease"], 22, "coordination.k8s.io/v1"),
    ("discovery.k8s.io/v1beta1", &["EndpointSlice"], 25, "discovery.k8s.io/v1"),
    ("events.k8s.io/v1beta1", &["Event"], 25, "events.k8s.io/v1"),
    ("extensions/v1beta1", &["DaemonSet", "Deployment", "ReplicaSet"], 16, "apps/v1"),
    ("extensions/v1beta1", &["Ingress"], 22, "networking.k8s.io/v1"),
    ("extensions/v1beta1", &["NetworkPolicy"], 16, "networking.k8s.io/v1"),
    ("extensions/v1beta1", &["PodSecurityPolicy"], 16, ""),
    (
        "flowcontrol.apiserver.k8s.io/v1beta1",
        &["FlowSchema", "PriorityLevelConfiguration"],
        26,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    (
        "flowcontrol.apiserver.k8s.io/v1beta2",
        &["FlowSchema", "PriorityLevelConfiguration"],
        29,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    (
        "flowcontrol.apiserver.k8s.io/v1beta3",
        &["FlowSchema", "PriorityLevelConfiguration"],
        32,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], 22, "networking.k8s.io/v1"),
    ("node.k8s.io/v1beta1", &["RuntimeClass"], 25, "node.k8s.io/v1"),
    ("policy/v1beta1", &["PodDisruptionBudget"], 25, "policy/v1"),
    ("policy/v1beta1", &["PodSecurityPolicy"], 25, ""),
    (
        "rbac.authorization.k8s.io/v1alpha1",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    (
        "rbac.authorization.k8s.io/v1beta1",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    (
        "resource.k8s.io/v1alpha2",
        &["PodSchedulingContext", "ResourceClaim", "ResourceClaimTemplate", "ResourceClass"],
        31,
        "resource.k8s.io/v1",
    ),
    ("scheduling.k8s.io/v1alpha1", &["PriorityClass"], 22, "scheduling.k8s.io/v1"),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], 22, "scheduling.k8s.io/v1"),
    ("settings.k8s.io/v1alpha1", &["PodPreset"], 20, ""),
    ("storage.k8s.io/v1beta1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], 22, "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], 27, "storage.k8s.io/v1"),
];

fn check(world: &World, findings: &mut Findings) {
    let target = world.options().kubernetes_minor;
    for resource in world.resources() {
        let version = resource.api_version();
        let first = REMOVED.partition_point(|(known, ..)| *known < version);
        let mut candidates = REMOVED[first..].iter().take_while(|(known, ..)| *known == version);
        let Some((.., since, instead)) =
            candidates.find(|(_, kinds, since, _)| kinds.contains(&resource.kind()) && *since <= target)
        else {
            continue;
        };
        let message = format!(
            "Kubernetes 1.{target} does not serve `{version}` {}, nor did any since 1.{since}",
            resource.kind()
        );
        let field = resource.at(&["apiVersion"]).unwrap_or(resource.root());
        findings.at(&RULE, resource, field, message).hint(match *instead {
            "" => "Remove the object: nothing took the place of its kind.".to_owned(),
            instead => format!("Write `{instead}`."),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(REMOVED.is_sorted_by_key(|(version, ..)| *version));
    }
}
