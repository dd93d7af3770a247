use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use manifest::ObjectId;
use plan::decide::{Claims, Force, Live, Options, Plan, Preview, Pruning, Unlabelled, plan, prune, settle};
use plan::inventory::{Entry, Inventory};
use plan::labels::{Applier, Owner};
use serde_json::{Value, json};

use crate::fixtures::{deployment, id, live_deployment, managed, manifest, object, with};

fn options() -> Options {
    Options {
        owner: Owner::new(Applier::Kustomization, "flux-system", "apps"),
        unlabelled: Unlabelled::Foreign,
        force: Force::WhereAsked,
        pruning: Pruning::Enabled,
        stage_kinds: Vec::new(),
        claims: Claims::default(),
    }
}

fn known(objects: &[(&str, Live)]) -> BTreeMap<ObjectId, Live> {
    objects.iter().map(|(text, live)| (id(text), live.clone())).collect()
}

fn present(object: Value) -> Live {
    Live::Present { object }
}

fn describe(plan: &Plan) -> String {
    let mut lines: Vec<String> =
        plan.steps().map(|step| format!("{:?} {} {}", step.action, step.manifest.id(), step.reason)).collect();
    lines.extend(plan.prune.iter().map(|prune| format!("prune: {:?} {} {}", prune.action, prune.id, prune.reason)));
    lines.join("\n")
}

const WEB: &str = "apps/v1 Deployment prod/web";

/// What happens to the Deployment, given what is known of it.
#[track_caller]
fn check(desired: Value, live: Live, expected: Expect) {
    let plan = plan(vec![manifest(desired)], &known(&[(WEB, live)]), &Inventory::default(), &options());
    expected.assert_eq(&describe(&plan));
}

fn annotated(object: Value, key: &str, value: &str) -> Value {
    let mut annotations = json!({});
    annotations[format!("kustomize.toolkit.fluxcd.io/{key}")] = json!(value);
    with(object, json!({ "metadata": { "annotations": annotations } }))
}

#[test]
fn an_object_is_created_changed_or_left() {
    check(deployment(), Live::Absent, expect!["Create Deployment/prod/web does not exist yet"]);
    check(deployment(), present(live_deployment()), expect!["Skip Deployment/prod/web is as declared"]);
    check(
        with(deployment(), json!({ "spec": { "replicas": 3 } })),
        present(live_deployment()),
        expect!["Apply Deployment/prod/web differs in spec.replicas"],
    );
    check(
        deployment(),
        Live::Unknown { why: "the API server is busy".to_owned() },
        expect!["Apply Deployment/prod/web could not be read: the API server is busy"],
    );
}

#[test]
fn what_nobody_looked_up_is_applied() {
    let plan = plan(vec![manifest(deployment())], &BTreeMap::new(), &Inventory::default(), &options());
    expect!["Apply Deployment/prod/web could not be read: it was not looked up"].assert_eq(&describe(&plan));
    assert!(!plan.is_empty());
}

#[test]
fn objects_that_ask_for_it_are_left_alone() {
    check(
        annotated(deployment(), "reconcile", "disabled"),
        Live::Absent,
        expect!["Skip Deployment/prod/web is left alone: it carries kustomize.toolkit.fluxcd.io/reconcile: disabled"],
    );
    check(
        deployment(),
        present(annotated(live_deployment(), "reconcile", "Disabled")),
        expect!["Skip Deployment/prod/web is left alone: it carries kustomize.toolkit.fluxcd.io/reconcile: disabled"],
    );
    check(
        annotated(deployment(), "ssa", "ignore"),
        Live::Absent,
        expect!["Skip Deployment/prod/web is left alone: it carries kustomize.toolkit.fluxcd.io/ssa: Ignore"],
    );
    check(
        deployment(),
        present(annotated(live_deployment(), "ssa", "Ignore")),
        expect!["Skip Deployment/prod/web is left alone: it carries kustomize.toolkit.fluxcd.io/ssa: Ignore"],
    );
    check(
        annotated(deployment(), "ssa", "IfNotPresent"),
        Live::Absent,
        expect!["Create Deployment/prod/web does not exist yet"],
    );
    check(
        annotated(deployment(), "ssa", "ifnotpresent"),
        present(live_deployment()),
        expect![
            "Skip Deployment/prod/web is left alone: it exists and carries kustomize.toolkit.fluxcd.io/ssa: IfNotPresent"
        ],
    );
    // Only the manifest decides about that: the live object carries it too once it was created.
    check(
        with(deployment(), json!({ "spec": { "replicas": 3 } })),
        present(annotated(live_deployment(), "ssa", "IfNotPresent")),
        expect!["Apply Deployment/prod/web differs in spec.replicas"],
    );
}

fn with_kubectl() -> Value {
    let mut live = live_deployment();
    let entry =
        managed("kubectl-client-side-apply", "Update", "2026-01-01T09:00:00Z", json!({ "f:spec": { "f:paused": {} } }));
    live["metadata"]["managedFields"].as_array_mut().expect("entries").push(entry);
    live
}

#[test]
fn what_other_appliers_left_is_taken_over() {
    check(
        deployment(),
        present(with_kubectl()),
        expect!["Apply Deployment/prod/web is as declared; its fields are taken over from kubectl-client-side-apply"],
    );
    check(
        annotated(deployment(), "ssa", "Merge"),
        present(annotated(with_kubectl(), "ssa", "Merge")),
        expect!["Apply Deployment/prod/web differs in metadata.annotations"],
    );
    let noted = json!({ "metadata": { "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "{}" } } });
    check(
        deployment(),
        present(with(live_deployment(), noted)),
        expect!["Apply Deployment/prod/web is as declared; what another tool noted on it is removed"],
    );
}

/// What is left of applying a Deployment of 3 replicas once the dry run is known.
#[track_caller]
fn check_settled(desired: Value, live: Value, preview: Preview, force: Force, expected: Expect) {
    let options = Options { force, ..options() };
    let live = known(&[(WEB, present(live))]);
    let desired = with(desired, json!({ "spec": { "replicas": 3 } }));
    let decided = plan(vec![manifest(desired)], &live, &Inventory::default(), &options);
    assert_eq!(decided.pending().count(), 1);
    let settled = settle(decided, &live, &BTreeMap::from([(id(WEB), preview)]), &options);
    expected.assert_eq(&describe(&settled));
}

#[test]
fn the_dry_run_has_the_last_word() {
    let applied = |over: Value| Preview::Applied(with(live_deployment(), over));
    let check =
        |preview, expected| check_settled(deployment(), live_deployment(), preview, Force::WhereAsked, expected);
    check(applied(json!({})), expect!["Skip Deployment/prod/web is as declared"]);
    check(applied(json!({ "spec": { "replicas": 3 } })), expect!["Apply Deployment/prod/web differs in spec.replicas"]);
    check(
        applied(json!({ "metadata": { "labels": { "a.b/c": "d" }, "annotations": { "e": "f" } } })),
        expect!["Apply Deployment/prod/web differs in metadata.labels[a.b/c], metadata.annotations"],
    );
    check(
        applied(json!({ "spec": { "template": { "spec": { "containers": [] } } } })),
        expect!["Apply Deployment/prod/web differs in spec.template.spec.containers"],
    );
    // Of the metadata nothing else counts, and status does not.
    check(
        applied(json!({ "metadata": { "generation": 9, "resourceVersion": "99" }, "status": { "replicas": 9 } })),
        expect!["Skip Deployment/prod/web is as declared"],
    );
    // Empty and missing are the same.
    check(
        applied(json!({ "spec": { "template": { "spec": { "volumes": [], "securityContext": {} } } } })),
        expect!["Skip Deployment/prod/web is as declared"],
    );
}

#[test]
fn fields_that_are_not_ours_yet_are_adopted() {
    let mut live = live_deployment();
    live["metadata"]["managedFields"].as_array_mut().expect("entries").remove(0);
    check_settled(
        deployment(),
        live,
        Preview::Applied(live_deployment()),
        Force::WhereAsked,
        expect!["Apply Deployment/prod/web is as declared; its fields are adopted"],
    );
    check_settled(
        deployment(),
        with_kubectl(),
        Preview::Applied(with_kubectl()),
        Force::WhereAsked,
        expect!["Apply Deployment/prod/web is as declared; its fields are taken over from kubectl-client-side-apply"],
    );
}

#[test]
fn what_holds_more_than_itself_is_recreated_only_where_that_is_wished() {
    let recreated = |object: &Value| {
        [Force::WhereAsked, Force::WhereNothingIsLost, Force::Everywhere].map(|force| force.covers(object))
    };
    for (object, expected) in [
        ("apps/v1 Deployment prod/a", [false, true, true]),
        ("batch/v1 Job prod/a", [false, true, true]),
        ("v1 Service prod/a", [false, true, true]),
        ("v1 PersistentVolumeClaim prod/a", [false, false, true]),
        ("v1 PersistentVolume a", [false, false, true]),
        ("v1 Namespace a", [false, false, true]),
        ("apiextensions.k8s.io/v1 CustomResourceDefinition a", [false, false, true]),
        ("example.com/v1 Namespace a", [false, true, true]),
    ] {
        assert_eq!(recreated(&self::object(object)), expected, "{object}");
        assert_eq!(recreated(&annotated(self::object(object), "force", "enabled")), [true; 3], "{object}");
    }
}

#[test]
fn immutable_fields_recreate_where_that_is_allowed() {
    let immutable = || Preview::Immutable { fields: vec!["spec.selector".to_owned()] };
    check_settled(
        deployment(),
        live_deployment(),
        immutable(),
        Force::WhereAsked,
        expect!["Apply Deployment/prod/web differs in spec.replicas"],
    );
    check_settled(
        deployment(),
        live_deployment(),
        immutable(),
        Force::Everywhere,
        expect!["Recreate Deployment/prod/web is recreated: spec.selector cannot change"],
    );
    check_settled(
        annotated(deployment(), "force", "enabled"),
        live_deployment(),
        immutable(),
        Force::WhereAsked,
        expect!["Recreate Deployment/prod/web is recreated: spec.selector cannot change"],
    );
    check_settled(
        deployment(),
        annotated(live_deployment(), "force", "Enabled"),
        immutable(),
        Force::WhereAsked,
        expect!["Recreate Deployment/prod/web is recreated: spec.selector cannot change"],
    );
    let nameless = Preview::Immutable { fields: Vec::new() };
    check_settled(
        deployment(),
        live_deployment(),
        nameless,
        Force::Everywhere,
        expect!["Recreate Deployment/prod/web is recreated: an immutable field changes"],
    );
}

#[test]
fn settling_leaves_new_and_skipped_objects() {
    let desired =
        vec![manifest(deployment()), manifest(annotated(object("v1 ConfigMap prod/a"), "reconcile", "disabled"))];
    let live = known(&[(WEB, Live::Absent), ("v1 ConfigMap prod/a", Live::Absent)]);
    let decided = plan(desired, &live, &Inventory::default(), &options());
    let previews = BTreeMap::from([(id(WEB), Preview::Applied(live_deployment()))]);
    assert_eq!(settle(decided.clone(), &live, &previews, &options()), decided);
}

/// What happens to an object that left Git.
#[track_caller]
fn check_prune(live: Option<Live>, pruning: Pruning, expected: Expect) {
    let options = Options { pruning, ..options() };
    let live = live.map(|live| known(&[(WEB, live)])).unwrap_or_default();
    let stale = vec![Entry { id: id(WEB), version: "v1".to_owned() }];
    let plan = Plan { stages: Vec::new(), prune: prune(stale, &live, &options) };
    expected.assert_eq(&describe(&plan));
}

#[test]
fn what_helm_applied_is_pruned_though_it_is_not_labelled() {
    let owner = Owner::new(Applier::HelmRelease, "prod", "web");
    let options = Options { owner, unlabelled: Unlabelled::Ours, ..options() };
    let check = |metadata: Value, expected: Expect| {
        let mut object = object("v1 ConfigMap prod/web");
        object["metadata"]["labels"] = metadata["labels"].clone();
        object["metadata"]["annotations"] = metadata["annotations"].clone();
        let stale = vec![Entry { id: ObjectId::of(&object).expect("an id"), version: "v1".to_owned() }];
        let live = known(&[("v1 ConfigMap prod/web", present(object))]);
        expected.assert_eq(&describe(&Plan { stages: Vec::new(), prune: prune(stale, &live, &options) }));
    };
    check(json!({}), expect!["prune: Delete ConfigMap/prod/web is no longer declared"]);
    check(
        json!({"annotations": {"helm.sh/resource-policy": "keep"}}),
        expect!["prune: Forget ConfigMap/prod/web is kept: it carries helm.sh/resource-policy: keep"],
    );
    check(
        json!({"labels": {"helm.toolkit.fluxcd.io/name": "other", "helm.toolkit.fluxcd.io/namespace": "prod"}}),
        expect![
            "prune: Forget ConfigMap/prod/web is kept: its labels say that it belongs to the HelmRelease prod/other"
        ],
    );
}

#[test]
fn what_left_git_is_pruned_unless_something_speaks_against_it() {
    let check = |live, expected| check_prune(Some(live), Pruning::Enabled, expected);
    check(present(live_deployment()), expect!["prune: Delete Deployment/prod/web is no longer declared"]);
    check(Live::Absent, expect!["prune: Forget Deployment/prod/web is no longer declared and already gone"]);
    check(
        Live::Unknown { why: "forbidden".to_owned() },
        expect!["prune: Retry Deployment/prod/web could not be read: forbidden"],
    );
    check(
        present(annotated(live_deployment(), "prune", "disabled")),
        expect!["prune: Forget Deployment/prod/web is kept: it carries kustomize.toolkit.fluxcd.io/prune: disabled"],
    );
    check(
        present(annotated(live_deployment(), "prune", "enabled")),
        expect!["prune: Delete Deployment/prod/web is no longer declared"],
    );
    check(
        present(annotated(live_deployment(), "reconcile", "disabled")),
        expect![
            "prune: Forget Deployment/prod/web is left alone: it carries kustomize.toolkit.fluxcd.io/reconcile: disabled"
        ],
    );
    check(
        present(annotated(live_deployment(), "ssa", "Ignore")),
        expect!["prune: Forget Deployment/prod/web is left alone: it carries kustomize.toolkit.fluxcd.io/ssa: Ignore"],
    );
    check(
        present(annotated(live_deployment(), "ssa", "IfNotPresent")),
        expect!["prune: Delete Deployment/prod/web is no longer declared"],
    );
    let owner = json!({ "metadata": { "labels": { "kustomize.toolkit.fluxcd.io/name": "other" } } });
    check(
        present(with(live_deployment(), owner)),
        expect![
            "prune: Forget Deployment/prod/web is kept: its labels say that it belongs to the Kustomization flux-system/other"
        ],
    );
    check(
        present(with(live_deployment(), json!({ "metadata": { "labels": null } }))),
        expect!["prune: Forget Deployment/prod/web is kept: it does not carry the labels of a Kustomization any more"],
    );
    check_prune(
        None,
        Pruning::Enabled,
        expect!["prune: Retry Deployment/prod/web could not be read: it was not looked up"],
    );
    check_prune(
        Some(present(live_deployment())),
        Pruning::Disabled,
        expect!["prune: Forget Deployment/prod/web is kept: the Kustomization has prune: false"],
    );
}

#[test]
fn a_whole_run_has_stages_and_prunes_in_reverse() {
    let desired = ["apps/v1 Deployment prod/web", "v1 Namespace prod", "v1 ConfigMap prod/kept"];
    let gone = ["v1 Namespace old", "v1 ConfigMap old/a", "apps/v1 Deployment old/b"];
    let mut inventory = Inventory::default();
    for text in ["v1 ConfigMap prod/kept"].iter().chain(&gone) {
        inventory.add(Entry::of(&object(text)).expect("an entry"));
    }
    let labels = json!({ "metadata": { "labels": {
        "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" } } });
    let mut live: BTreeMap<ObjectId, Live> =
        gone.iter().map(|text| (id(text), present(with(object(text), labels.clone())))).collect();
    live.extend(desired.iter().map(|text| (id(text), Live::Absent)));
    let plan = plan(desired.iter().map(|text| manifest(object(text))).collect(), &live, &inventory, &options());
    expect![[r#"
        Create Namespace/prod does not exist yet
        Create ConfigMap/prod/kept does not exist yet
        Create Deployment/prod/web does not exist yet
        prune: Delete Deployment/old/b is no longer declared
        prune: Delete ConfigMap/old/a is no longer declared
        prune: Delete Namespace/old is no longer declared"#]]
    .assert_eq(&describe(&plan));
    assert_eq!(plan.stages.len(), 2);
}

/// What happens to a Deployment that this Kustomization declares, or not, and others too.
#[track_caller]
fn check_claimed(desired: Option<Value>, live: Value, claims: Claims, pruning: Pruning, expected: Expect) {
    let options = Options { claims, pruning, ..options() };
    let inventory = Inventory { entries: vec![Entry { id: id(WEB), version: "v1".to_owned() }] };
    let desired = desired.map(manifest).into_iter().collect();
    let plan = plan(desired, &known(&[(WEB, present(live))]), &inventory, &options);
    expected.assert_eq(&describe(&plan));
}

#[test]
fn what_another_kustomization_holds_is_left_to_it() {
    let other = || Owner::new(Applier::Kustomization, "flux-system", "other");
    let held = || Claims { held: BTreeMap::from([(id(WEB), other())]), ..Claims::default() };
    let changed = || with(deployment(), json!({ "spec": { "replicas": 3 } }));
    let labelled = || {
        let labels = json!({ "kustomize.toolkit.fluxcd.io/name": "other" });
        with(live_deployment(), json!({ "metadata": { "labels": labels } }))
    };
    check_claimed(
        Some(changed()),
        labelled(),
        held(),
        Pruning::Enabled,
        expect![
            "Skip Deployment/prod/web is left to the Kustomization flux-system/other, which declares it too and applied it last"
        ],
    );
    // What the object itself asks for comes first.
    check_claimed(
        Some(annotated(changed(), "reconcile", "disabled")),
        labelled(),
        held(),
        Pruning::Enabled,
        expect!["Skip Deployment/prod/web is left alone: it carries kustomize.toolkit.fluxcd.io/reconcile: disabled"],
    );
    // Whoever has it no more in Git lets it go.
    check_claimed(
        None,
        labelled(),
        held(),
        Pruning::Enabled,
        expect![
            "prune: Forget Deployment/prod/web is kept: its labels say that it belongs to the Kustomization flux-system/other"
        ],
    );
    let gone = Options { claims: held(), ..options() };
    let plan = plan(vec![manifest(changed())], &known(&[(WEB, Live::Absent)]), &Inventory::default(), &gone);
    expect!["Create Deployment/prod/web does not exist yet"].assert_eq(&describe(&plan));
}

#[test]
fn what_another_kustomization_is_about_to_apply_is_kept_until_then() {
    let other = Owner::new(Applier::Kustomization, "team", "apps");
    let successors = BTreeMap::from([(id(WEB), other)]);
    let check = |live, expected: Expect| {
        let inventory = Inventory { entries: vec![Entry::of(&deployment()).unwrap()] };
        let mut plan = plan(Vec::new(), &known(&[(WEB, live)]), &inventory, &options());
        plan.spare(&successors);
        expected.assert_eq(&describe(&plan));
        assert!(plan.is_empty());
    };
    check(
        present(live_deployment()),
        expect![[
            r#"prune: Retry Deployment/prod/web is kept until the Kustomization team/apps applies it, which declares it now"#
        ]],
    );
    // Only what would be deleted.
    check(Live::Absent, expect!["prune: Forget Deployment/prod/web is no longer declared and already gone"]);
}

#[test]
fn what_another_kustomization_declares_too_is_handed_over_and_never_deleted() {
    let other = Owner::new(Applier::Kustomization, "team", "apps");
    let claims = Claims { heirs: BTreeMap::from([(id(WEB), other)]), ..Claims::default() };
    let check = |live, pruning, expected| check_claimed(None, live, claims.clone(), pruning, expected);
    check(
        live_deployment(),
        Pruning::Enabled,
        expect![
            "prune: HandOver Deployment/prod/web is handed over to the Kustomization team/apps, which declares it too"
        ],
    );
    check(
        live_deployment(),
        Pruning::Disabled,
        expect!["prune: Forget Deployment/prod/web is kept: the Kustomization has prune: false"],
    );
    check(
        annotated(live_deployment(), "prune", "disabled"),
        Pruning::Enabled,
        expect!["prune: Forget Deployment/prod/web is kept: it carries kustomize.toolkit.fluxcd.io/prune: disabled"],
    );
    // As long as it is declared here, it stays here.
    check_claimed(
        Some(deployment()),
        live_deployment(),
        claims.clone(),
        Pruning::Enabled,
        expect!["Skip Deployment/prod/web is as declared"],
    );
}
