use expect_test::{Expect, expect};
use plan::order::{Barrier, GroupKind, StageKind, compare, compare_for_delete, stages};

use crate::fixtures::{id, manifest, object};

#[track_caller]
fn check(objects: &[&str], custom: &[(&str, &str)], expected: Expect) {
    let custom: Vec<GroupKind> =
        custom.iter().map(|(group, kind)| GroupKind { group: group.to_string(), kind: kind.to_string() }).collect();
    let manifests = objects.iter().map(|text| manifest(object(text))).collect();
    let mut text = String::new();
    for stage in stages(manifests, &custom) {
        let ids: Vec<String> = stage.manifests.iter().map(|manifest| manifest.id().to_string()).collect();
        text.push_str(&format!("{:?}: {}\n", stage.kind, ids.join(" ")));
    }
    expected.assert_eq(&text);
}

#[test]
fn definitions_come_before_classes_before_the_rest() {
    check(
        &[
            "apps/v1 Deployment prod/web",
            "storage.k8s.io/v1 StorageClass fast",
            "v1 Namespace prod",
            "rbac.authorization.k8s.io/v1 ClusterRole reader",
            "apiextensions.k8s.io/v1 CustomResourceDefinition things.example.com",
        ],
        &[],
        expect![[r#"
            Definitions: CustomResourceDefinition/things.example.com Namespace/prod ClusterRole/reader
            Classes: StorageClass/fast
            Rest: Deployment/prod/web
        "#]],
    );
}

#[test]
fn nothing_makes_no_stage() {
    check(&[], &[], expect![[""]]);
}

#[test]
fn names_of_stages_are_about_groups_too() {
    // A Namespace or ClusterRole of another group is nothing special; every kind that ends in Class is.
    check(
        &[
            "example.com/v1 Namespace a",
            "example.com/v1 ClusterRole b",
            "example.com/v1 WorldClass c",
            "example.com/v1 Classy d",
        ],
        &[],
        expect![[r#"
            Classes: WorldClass/c
            Rest: Namespace/a ClusterRole/b Classy/d
        "#]],
    );
    // Flux compares these kinds without regard to case.
    check(
        &["v1 NAMESPACE a"],
        &[],
        expect![[r#"
        Definitions: NAMESPACE/a
    "#]],
    );
}

#[test]
fn kinds_the_operator_chose_have_a_stage_of_their_own() {
    check(
        &[
            "v1 ConfigMap prod/a",
            "cert-manager.io/v1 Issuer prod/b",
            "example.com/v1 Issuer prod/c",
            "v1 Secret prod/d",
        ],
        &[("cert-manager.io", "Issuer"), ("", "Secret")],
        expect![[r#"
            Custom: Secret/prod/d Issuer/prod/b
            Rest: ConfigMap/prod/a Issuer/prod/c
        "#]],
    );
}

#[test]
fn inside_a_stage_kinds_have_an_order() {
    check(
        &[
            "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration v",
            "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration m",
            "policy/v1 PodDisruptionBudget prod/pdb",
            "batch/v1 CronJob prod/cj",
            "apps/v1 StatefulSet prod/sts",
            "apps/v1 Deployment prod/d",
            "v1 LimitRange prod/lr",
            "v1 Service prod/svc",
            "v1 Secret prod/s",
            "v1 ConfigMap prod/cm",
            "rbac.authorization.k8s.io/v1 RoleBinding prod/rb",
            "rbac.authorization.k8s.io/v1 Role prod/r",
            "v1 ServiceAccount prod/sa",
            "v1 ResourceQuota prod/rq",
            "rbac.authorization.k8s.io/v1 ClusterRoleBinding crb",
            "networking.istio.io/v1 VirtualService prod/vs",
            "autoscaling/v2 HorizontalPodAutoscaler prod/hpa",
            "apps/v1 DaemonSet prod/ds",
            "v1 Pod prod/p",
        ],
        &[],
        expect![[r#"
            Rest: ClusterRoleBinding/crb ResourceQuota/prod/rq ServiceAccount/prod/sa Role/prod/r RoleBinding/prod/rb ConfigMap/prod/cm Secret/prod/s Service/prod/svc LimitRange/prod/lr Deployment/prod/d StatefulSet/prod/sts CronJob/prod/cj PodDisruptionBudget/prod/pdb Pod/prod/p DaemonSet/prod/ds HorizontalPodAutoscaler/prod/hpa VirtualService/prod/vs MutatingWebhookConfiguration/m ValidatingWebhookConfiguration/v
        "#]],
    );
}

#[test]
fn classes_have_an_order_too() {
    check(
        &[
            "gateway.networking.k8s.io/v1 GatewayClass g",
            "networking.k8s.io/v1 IngressClass i",
            "storage.k8s.io/v1 StorageClass s",
            "scheduling.k8s.io/v1 PriorityClass p",
            "node.k8s.io/v1 RuntimeClass r",
            "example.com/v1 OtherClass o",
        ],
        &[],
        expect![[r#"
            Classes: RuntimeClass/r PriorityClass/p StorageClass/s IngressClass/i GatewayClass/g OtherClass/o
        "#]],
    );
}

#[test]
fn equal_kinds_go_by_group_namespace_and_name() {
    check(
        &[
            "v1 ConfigMap b/a",
            "v1 ConfigMap a/b",
            "v1 ConfigMap a/a",
            "v1 ConfigMap z",
            "b.io/v1 Thing a/a",
            "a.io/v1 Thing a/a",
        ],
        &[],
        expect![[r#"
            Rest: ConfigMap/z ConfigMap/a/a ConfigMap/a/b ConfigMap/b/a Thing/a/a Thing/a/a
        "#]],
    );
}

#[test]
fn deletions_go_the_other_way() {
    let mut ids = [
        id("v1 Namespace prod"),
        id("v1 Service prod/web"),
        id("apps/v1 Deployment prod/web"),
        id("v1 ConfigMap prod/a"),
    ];
    ids.sort_by(compare_for_delete);
    let text: Vec<String> = ids.iter().map(ToString::to_string).collect();
    expect!["Deployment/prod/web Service/prod/web ConfigMap/prod/a Namespace/prod"].assert_eq(&text.join(" "));
    ids.sort_by(compare);
    assert_eq!(ids[0], id("v1 Namespace prod"));
}

#[test]
fn only_early_stages_hold_the_next_one_up() {
    let barriers =
        [StageKind::Definitions, StageKind::Classes, StageKind::Custom, StageKind::Rest].map(StageKind::barrier);
    assert_eq!(barriers, [Barrier::UntilReady, Barrier::UntilReady, Barrier::None, Barrier::None]);
}
