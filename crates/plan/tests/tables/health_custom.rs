//! Our rules for well-known custom kinds, and users' own.

use expect_test::{Expect, expect};
use plan::health::{HealthRule, assess};
use serde_json::{Value, json};

use crate::fixtures::{object, with};
use crate::health_builtin::describe;

#[track_caller]
fn check_with(rules: &[HealthRule], kind: &str, rest: Value, expected: Expect) {
    let object = with(object(&format!("{kind} prod/it")), rest);
    expected.assert_eq(&describe(&assess(&object, rules, jiff::Timestamp::UNIX_EPOCH)));
}

#[track_caller]
fn check(kind: &str, rest: Value, expected: Expect) {
    check_with(&[], kind, rest, expected);
}

fn condition(kind: &str, status: &str, reason: &str, message: &str, generation: i64) -> Value {
    json!({ "type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": generation })
}

#[test]
fn flux_kinds_are_not_ready_before_they_are_seen() {
    for kind in ["Kustomization", "kustomize.toolkit.fluxcd.io/v1 Kustomization"].iter().skip(1) {
        check(kind, json!({}), expect![[""]]);
    }
    check("helm.toolkit.fluxcd.io/v2beta1 HelmRelease", json!({ "metadata": { "generation": 1 } }), expect![[""]]);
    check(
        "helm.toolkit.fluxcd.io/v2 HelmRelease",
        json!({ "metadata": { "generation": 1 }, "status": { "observedGeneration": -1 } }),
        expect![[""]],
    );
    check(
        "helm.toolkit.fluxcd.io/v2 HelmRelease",
        json!({ "status": { "conditions": [condition("Ready", "False", "InstallFailed", "timed out", 1)] } }),
        expect![[""]],
    );
    check(
        "helm.toolkit.fluxcd.io/v2 HelmRelease",
        json!({ "status": { "conditions": [condition("Ready", "False", "InstallFailed", "timed out", 1), condition("Stalled", "True", "RetriesExceeded", "failed to install", 1)] } }),
        expect![[""]],
    );
    check("source.toolkit.fluxcd.io/v1 GitRepository", json!({}), expect![[""]]);
    check("source.toolkit.fluxcd.io/v1 HelmRepository", json!({}), expect![[""]]);
    check("source.toolkit.fluxcd.io/v1 HelmRepository", json!({ "spec": { "type": "oci" } }), expect![[""]]);
    check("image.toolkit.fluxcd.io/v1 ImagePolicy", json!({}), expect![[""]]);
    check("notification.toolkit.fluxcd.io/v1beta3 Alert", json!({}), expect![[""]]);
    check(
        "source.toolkit.fluxcd.io/v1 GitRepository",
        json!({ "status": { "conditions": [condition("Ready", "True", "", "", 1)] } }),
        expect![[""]],
    );
}

#[test]
fn canaries() {
    let kind = "flagger.app/v1beta1 Canary";
    let phase = |phase: &str| json!({ "status": { "phase": phase } });
    check(kind, json!({}), expect![[""]]);
    check(kind, phase("Initializing"), expect![[""]]);
    check(kind, phase("Initialized"), expect![[""]]);
    check(kind, phase("Waiting"), expect![[""]]);
    check(kind, phase("Progressing"), expect![[""]]);
    check(kind, phase("WaitingPromotion"), expect![[""]]);
    check(kind, phase("Promoting"), expect![[""]]);
    check(kind, phase("Finalising"), expect![[""]]);
    check(kind, phase("Succeeded"), expect![[""]]);
    check(kind, phase("Failed"), expect![[""]]);
    check(kind, phase("Terminating"), expect![[""]]);
    let told = json!({ "status": { "conditions": [condition("Promoted", "Unknown", "Progressing", "New revision detected, starting canary analysis.", 1)] } });
    check(kind, with(phase("Progressing"), told), expect![[""]]);
    check("flagger.app/v1beta1 MetricTemplate", json!({}), expect![[""]]);
}

#[test]
fn istio_configuration() {
    let kind = "networking.istio.io/v1 VirtualService";
    let message =
        |level: &str| json!({ "level": level, "type": { "name": "ReferencedResourceNotFound", "code": "IST0101" } });
    check(kind, json!({}), expect![[""]]);
    check(kind, json!({ "status": { "validationMessages": [message("WARNING")] } }), expect![[""]]);
    check(kind, json!({ "status": { "validationMessages": [message("WARNING"), message("ERROR")] } }), expect![[""]]);
    check(
        kind,
        json!({ "status": { "conditions": [condition("Reconciled", "False", "", "3/4 proxies up to date", 1)] } }),
        expect![[""]],
    );
    check(kind, json!({ "status": { "conditions": [condition("Reconciled", "True", "", "", 1)] } }), expect![[""]]);
    check(
        "security.istio.io/v1 AuthorizationPolicy",
        json!({ "metadata": { "generation": 2 }, "status": { "observedGeneration": "1" } }),
        expect![[""]],
    );
}

fn gateway(conditions: Value) -> Value {
    json!({ "metadata": { "generation": 2 }, "status": { "conditions": conditions } })
}

#[test]
fn gateways() {
    let kind = "gateway.networking.k8s.io/v1 Gateway";
    check(kind, gateway(json!([])), expect![[""]]);
    check(
        kind,
        gateway(json!([condition("Accepted", "Unknown", "Pending", "Waiting for controller", 1)])),
        expect![[""]],
    );
    check(kind, gateway(json!([condition("Accepted", "True", "Accepted", "", 2)])), expect![[""]]);
    check(kind, gateway(json!([condition("Accepted", "False", "Invalid", "no listeners", 2)])), expect![[""]]);
    check(kind, gateway(json!([condition("Accepted", "False", "Invalid", "no listeners", 1)])), expect![[""]]);
    check(
        kind,
        gateway(json!([condition("Programmed", "False", "AddressNotAssigned", "no address", 2)])),
        expect![[""]],
    );
    check(
        kind,
        gateway(json!([condition("Accepted", "True", "", "", 2), condition("Programmed", "True", "", "", 2)])),
        expect![[""]],
    );
    check(kind, gateway(json!([condition("Programmed", "True", "", "", 1)])), expect![[""]]);
    check("gateway.networking.k8s.io/v1 GatewayClass", json!({}), expect![[""]]);
}

#[test]
fn routes() {
    let kind = "gateway.networking.k8s.io/v1 HTTPRoute";
    let route = |parents: Value, statuses: Value| json!({ "metadata": { "generation": 2 }, "spec": { "parentRefs": parents }, "status": { "parents": statuses } });
    let status = |parent: Value, conditions: Value| json!({ "parentRef": parent, "controllerName": "x", "conditions": conditions });
    let good = |generation| {
        json!([
            condition("Accepted", "True", "", "", generation),
            condition("ResolvedRefs", "True", "", "", generation)
        ])
    };
    let web = || json!({ "name": "web" });
    check(kind, route(json!([]), json!([])), expect![[""]]);
    check(kind, route(json!([web()]), json!([])), expect![[""]]);
    check(kind, route(json!([web()]), json!([status(web(), good(2))])), expect![[""]]);
    check(kind, route(json!([web()]), json!([status(web(), good(1))])), expect![[""]]);
    check(
        kind,
        route(json!([web()]), json!([status(json!({ "name": "web", "namespace": "prod" }), good(2))])),
        expect![[""]],
    );
    check(
        kind,
        route(json!([web()]), json!([status(json!({ "name": "web", "namespace": "other" }), good(2))])),
        expect![[""]],
    );
    check(kind, route(json!([web(), { "name": "admin" }]), json!([status(web(), good(2))])), expect![[""]]);
    check(
        kind,
        route(json!([{ "name": "web", "sectionName": "https" }]), json!([status(web(), good(2))])),
        expect![[""]],
    );
    let bad = |kind: &str, reason: &str| {
        json!([
            condition("Accepted", if kind == "Accepted" { "False" } else { "True" }, reason, "why", 2),
            condition("ResolvedRefs", "False", reason, "why", 2)
        ])
    };
    check(kind, route(json!([web()]), json!([status(web(), bad("Accepted", "NotAllowedByListeners"))])), expect![[""]]);
    check(kind, route(json!([web()]), json!([status(web(), bad("Accepted", "UnsupportedValue"))])), expect![[""]]);
    check(kind, route(json!([web()]), json!([status(web(), bad("ResolvedRefs", "BackendNotFound"))])), expect![[""]]);
    check("gateway.networking.k8s.io/v1 GRPCRoute", route(json!([web()]), json!([])), expect![[""]]);
}

fn rules(entries: Value) -> Vec<HealthRule> {
    HealthRule::read(&entries).expect("rules")
}

#[test]
fn users_expressions_replace_built_in_rules() {
    let rules = rules(json!([
        {
            "apiVersion": "example.com/v1",
            "kind": "Thing",
            "inProgress": "status.phase == 'Working'",
            "failed": "status.phase == 'Broken' || status.both",
            "current": "status.phase == 'Done' || status.both",
        },
        { "apiVersion": "example.com/v1", "current": "has(status.ok)" },
        { "apiVersion": "apps/v1", "kind": "Deployment", "current": "true" },
    ]));
    let check = |kind: &str, rest: Value, expected: Expect| check_with(&rules, kind, rest, expected);
    let phase = |phase: &str| json!({ "status": { "phase": phase, "both": false } });
    check("example.com/v1 Thing", phase("Working"), expect![[""]]);
    check("example.com/v1 Thing", phase("Broken"), expect![[""]]);
    check("example.com/v1 Thing", phase("Done"), expect![[""]]);
    check("example.com/v1 Thing", phase("Other"), expect![[""]]);
    check("example.com/v1 Thing", json!({ "status": { "phase": "Other", "both": true } }), expect![[""]]);
    check("example.com/v2 Thing", phase("Done"), expect![[""]]);
    check("example.com/v1 Other", json!({ "status": { "ok": 1 } }), expect![[""]]);
    check("example.com/v1 Other", json!({ "status": {} }), expect![[""]]);
    check("example.com/v1 Thing", json!({}), expect![[""]]);
    check("apps/v1 Deployment", json!({}), expect![[""]]);
    check("apps/v1 ReplicaSet", json!({}), expect![[""]]);
    check(
        "example.com/v1 Thing",
        with(phase("Done"), json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" } })),
        expect![[""]],
    );
    check(
        "example.com/v1 Thing",
        with(phase("Done"), json!({ "metadata": { "generation": 2 }, "status": { "observedGeneration": 1 } })),
        expect![[""]],
    );
}

#[test]
fn every_unusable_entry_is_reported() {
    let entries = json!([
        { "apiVersion": "example.com/v1", "kind": "A", "current": "status.x ==" , "failed": "(" },
        { "apiVersion": "example.com/v1", "kind": "B" },
        { "apiVersion": "example.com/v1", "kind": "C", "current": "true" },
        { "apiVersion": "example.com/v2", "kind": "C", "current": "true" },
        { "apiVersion": "example.com/v2", "current": "true" },
        { "apiVersion": "example.com/v3", "current": "true" },
    ]);
    let errors = HealthRule::read(&entries).expect_err("errors");
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    expect![[""]].assert_eq(&lines.join("\n"));
    assert!(HealthRule::read(&Value::Null).expect("no rules").is_empty());
}
