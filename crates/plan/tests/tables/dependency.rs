use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use plan::dependency::{Dependency, cycle_through, ready, waves};
use plan::labels::{Applier, Owner};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixtures::with;

fn graph(edges: &[(&str, &[&str])]) -> BTreeMap<Owner, Vec<Owner>> {
    let name = |name: &str| Owner::new(Applier::Kustomization, "ns", name);
    edges.iter().map(|(from, to)| (name(from), to.iter().map(|to| name(to)).collect())).collect()
}

#[track_caller]
fn check_cycles(edges: &[(&str, &[&str])], expected: Expect) {
    let graph = graph(edges);
    let line = |own: &Owner| Some(format!("{}: {}", own.name, cycle_through(&graph, own)?));
    expected.assert_eq(&graph.keys().filter_map(line).collect::<Vec<_>>().join("\n"));
}

#[test]
fn cycles_are_told_with_the_whole_way() {
    check_cycles(&[("a", &["b"]), ("b", &["c"]), ("c", &[])], expect![[""]]);
    check_cycles(&[("a", &["a"])], expect!["a: dependency cycle: ns/a -> ns/a; remove one of these dependsOn entries"]);
    check_cycles(
        &[("a", &["b"]), ("b", &["a"])],
        expect![[r#"
            a: dependency cycle: ns/a -> ns/b -> ns/a; remove one of these dependsOn entries
            b: dependency cycle: ns/a -> ns/b -> ns/a; remove one of these dependsOn entries"#]],
    );
    check_cycles(
        &[("d", &["a"]), ("a", &["b"]), ("b", &["c"]), ("c", &["a"])],
        expect![[r#"
            a: dependency cycle: ns/a -> ns/b -> ns/c -> ns/a; remove one of these dependsOn entries
            b: dependency cycle: ns/a -> ns/b -> ns/c -> ns/a; remove one of these dependsOn entries
            c: dependency cycle: ns/a -> ns/b -> ns/c -> ns/a; remove one of these dependsOn entries"#]],
    );
    check_cycles(
        &[("a", &["b"]), ("b", &["a"]), ("x", &["y"]), ("y", &["x"])],
        expect![[r#"
            a: dependency cycle: ns/a -> ns/b -> ns/a; remove one of these dependsOn entries
            b: dependency cycle: ns/a -> ns/b -> ns/a; remove one of these dependsOn entries
            x: dependency cycle: ns/x -> ns/y -> ns/x; remove one of these dependsOn entries
            y: dependency cycle: ns/x -> ns/y -> ns/x; remove one of these dependsOn entries"#]],
    );
    // Two ways round: the shorter one is told.
    check_cycles(
        &[("a", &["b", "c"]), ("b", &["c"]), ("c", &["a"])],
        expect![[r#"
            a: dependency cycle: ns/a -> ns/c -> ns/a; remove one of these dependsOn entries
            b: dependency cycle: ns/a -> ns/b -> ns/c -> ns/a; remove one of these dependsOn entries
            c: dependency cycle: ns/a -> ns/c -> ns/a; remove one of these dependsOn entries"#]],
    );
    // A diamond is no cycle, and what is missing has no dependencies.
    check_cycles(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"]), ("d", &["missing"])], expect![[""]]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_cycle_is_one_and_an_order_has_none(edges in proptest::collection::vec((0_u8..6, 0_u8..6), 0..12)) {
        let name = |index: u8| Owner::new(Applier::Kustomization, "ns", index.to_string());
        let mut any: BTreeMap<Owner, Vec<Owner>> = BTreeMap::new();
        let mut ordered = any.clone();
        for (from, to) in edges {
            any.entry(name(from)).or_default().push(name(to));
            if from < to {
                ordered.entry(name(from)).or_default().push(name(to));
            }
        }
        prop_assert!(ordered.keys().all(|own| cycle_through(&ordered, own).is_none()));
        for (own, cycle) in any.keys().filter_map(|own| Some((own, cycle_through(&any, own)?))) {
            prop_assert!(cycle.path.contains(own));
            prop_assert!(cycle.path.len() > 1);
            prop_assert_eq!(cycle.path.first(), cycle.path.last());
            for pair in cycle.path.windows(2) {
                prop_assert!(any[&pair[0]].contains(&pair[1]), "{:?}", cycle);
            }
        }
    }
}

const REVISION: &str = "main@sha1:b0";

fn kustomization(name: &str) -> Value {
    json!({
        "metadata": { "namespace": "ns", "name": name, "generation": 3 },
        "spec": { "sourceRef": { "kind": "GitRepository", "name": "repo" } },
        "status": {
            "observedGeneration": 3,
            "lastAppliedRevision": REVISION,
            "conditions": [{ "type": "Ready", "status": "True", "message": "Applied revision" }],
        },
    })
}

/// Whether `apps` may go on, given the dependency's object over a ready one.
#[track_caller]
fn check(depends_on: Value, other: Option<Value>, expected: Expect) {
    let dependencies = Dependency::read(Applier::Kustomization, &json!([depends_on]), "ns").expect("dependencies");
    let other = other.map(|over| with(kustomization("infra"), over));
    let outcome = ready(&kustomization("apps"), &dependencies[0], other.as_ref(), Some(REVISION));
    expected.assert_eq(&outcome.map_or_else(|waiting| waiting.to_string(), |()| "ready".to_owned()));
}

#[test]
fn the_built_in_rule_needs_ready_the_generation_and_the_revision() {
    let infra = || json!({ "name": "infra" });
    check(infra(), Some(json!({})), expect!["ready"]);
    check(infra(), None, expect!["dependency 'ns/infra' not found"]);
    check(json!({ "name": "infra", "namespace": "other" }), None, expect!["dependency 'other/infra' not found"]);
    check(infra(), Some(json!({ "status": null })), expect!["dependency 'ns/infra' is not ready"]);
    check(infra(), Some(json!({ "status": { "conditions": [] } })), expect!["dependency 'ns/infra' is not ready"]);
    check(
        infra(),
        Some(
            json!({ "status": { "conditions": [{ "type": "Ready", "status": "False", "message": "build failed" }] } }),
        ),
        expect!["dependency 'ns/infra' is not ready: build failed"],
    );
    check(
        infra(),
        Some(
            json!({ "status": { "conditions": [{ "type": "Ready", "status": "Unknown", "message": "Reconciliation in progress" }] } }),
        ),
        expect!["dependency 'ns/infra' is not ready: Reconciliation in progress"],
    );
    check(
        infra(),
        Some(json!({ "metadata": { "generation": 4 } })),
        expect!["dependency 'ns/infra' is not ready: generation 4 is not reconciled yet (observed 3)"],
    );
    check(
        infra(),
        Some(json!({ "status": { "lastAppliedRevision": "main@sha1:a0" } })),
        expect!["dependency 'ns/infra' revision is not up to date: it applied main@sha1:a0, and main@sha1:b0 is next"],
    );
    check(
        infra(),
        Some(json!({ "status": { "lastAppliedRevision": null } })),
        expect!["dependency 'ns/infra' revision is not up to date: it applied nothing yet, and main@sha1:b0 is next"],
    );
}

#[test]
fn the_revision_matters_only_with_the_same_source() {
    let behind = json!({ "status": { "lastAppliedRevision": "main@sha1:a0" } });
    let infra = || json!({ "name": "infra" });
    let from = |reference: Value| Some(with(behind.clone(), json!({ "spec": { "sourceRef": reference } })));
    check(infra(), from(json!({ "name": "other" })), expect!["ready"]);
    check(infra(), from(json!({ "kind": "OCIRepository" })), expect!["ready"]);
    check(infra(), from(json!({ "namespace": "other" })), expect!["ready"]);
    check(
        infra(),
        from(json!({ "namespace": "ns" })),
        expect!["dependency 'ns/infra' revision is not up to date: it applied main@sha1:a0, and main@sha1:b0 is next"],
    );
    check(
        infra(),
        from(json!({ "namespace": "" })),
        expect!["dependency 'ns/infra' revision is not up to date: it applied main@sha1:a0, and main@sha1:b0 is next"],
    );
}

#[test]
fn revisions_of_older_flux_are_understood() {
    let dependency =
        &Dependency::read(Applier::Kustomization, &json!([{ "name": "infra" }]), "ns").expect("dependencies")[0];
    let hash = "0123456789012345678901234567890123456789";
    let with_revision =
        |revision: &str| with(kustomization("infra"), json!({ "status": { "lastAppliedRevision": revision } }));
    for (applied, wanted) in [
        (format!("main/{hash}"), format!("main@sha1:{hash}")),
        (format!("feature/x/{hash}"), format!("feature/x@sha1:{hash}")),
        (hash.to_owned(), format!("sha1:{hash}")),
    ] {
        let outcome = ready(&kustomization("apps"), dependency, Some(&with_revision(&applied)), Some(&wanted));
        assert_eq!(outcome, Ok(()), "{applied}");
    }
    assert!(
        ready(&kustomization("apps"), dependency, Some(&with_revision("main/other")), Some("main@sha1:other")).is_err()
    );
}

#[test]
fn an_expression_replaces_the_built_in_rule() {
    let expression = |text: &str| json!({ "name": "infra", "readyExpr": text });
    let unready = || Some(json!({ "status": { "conditions": [], "lastAppliedRevision": "main@sha1:a0" } }));
    check(expression("dep.metadata.name == 'infra' && self.metadata.name == 'apps'"), unready(), expect!["ready"]);
    check(
        expression("dep.status.conditions.exists(c, c.type == 'Ready')"),
        unready(),
        expect!["dependency 'ns/infra' is not ready according to readyExpr eval"],
    );
    check(
        expression("dep.status.missing == 1"),
        unready(),
        expect![
            "failed to evaluate dependency ns/infra: failed to evaluate the CEL expression 'dep.status.missing == 1': no such key: missing"
        ],
    );
    check(expression("true"), None, expect!["dependency 'ns/infra' not found"]);
}

#[test]
fn every_expression_that_does_not_compile_is_reported() {
    let entries = json!([
        { "name": "a", "readyExpr": "dep.x ==" },
        { "name": "b", "readyExpr": "self.x == dep.x" },
        { "name": "c", "readyExpr": "other.x == 1" },
        { "name": "d", "readyExpr": "dep.metadata.name" },
    ]);
    let errors = Dependency::read(Applier::Kustomization, &entries, "ns").expect_err("errors");
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    expect![[r#"
        failed to parse the CEL expression 'dep.x ==' at 1:9: mismatched input '<EOF>'
        the CEL expression 'other.x == 1' makes no sense: undeclared reference to 'other'; it can use `self` and `dep`
        the CEL expression 'dep.metadata.name' must be true or false, but its value is of type dyn"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn what_others_depend_on_is_applied_before_them() {
    let release = |name: &str, depends_on: &[&str]| {
        let depends_on: Vec<Value> = depends_on.iter().map(|name| json!({"name": name})).collect();
        json!({"metadata": {"namespace": "istio-system", "name": name}, "spec": {"dependsOn": depends_on}})
    };
    let check = |objects: &[Value], expected: Expect| {
        let waves = waves(Applier::HelmRelease, &objects.iter().collect::<Vec<_>>());
        let name = |index: usize| objects[index]["metadata"]["name"].as_str().unwrap_or_default();
        let wave = |wave: &Vec<usize>| wave.iter().map(|index| name(*index)).collect::<Vec<_>>().join(" ");
        expected.assert_eq(&waves.iter().map(wave).collect::<Vec<_>>().join(" < "));
    };
    check(&[], expect![""]);
    check(&[release("b", &["elsewhere"]), release("a", &[])], expect!["b a"]);
    check(
        &[
            release("gateway", &["base", "istiod"]),
            release("istiod", &["base"]),
            release("base", &[]),
            release("flagger", &[]),
        ],
        expect!["base flagger < istiod < gateway"],
    );
    check(&[release("a", &["b"]), release("b", &["a"]), release("c", &[]), release("d", &["d"])], expect!["c < a b d"]);
    let elsewhere =
        json!({"metadata": {"namespace": "a", "name": "x"}, "spec": {"dependsOn": [{"namespace": "b", "name": "x"}]}});
    let other = json!({"metadata": {"namespace": "b", "name": "x"}});
    check(&[elsewhere, other], expect!["x < x"]);
}
