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
    check(
        "kustomize.toolkit.fluxcd.io/v1 Kustomization",
        json!({}),
        expect!["InProgress (NotObserved): Kustomization has no Ready condition yet"],
    );
    check(
        "helm.toolkit.fluxcd.io/v2beta1 HelmRelease",
        json!({ "metadata": { "generation": 1 } }),
        expect!["InProgress (NotObserved): HelmRelease has no Ready condition yet"],
    );
    check(
        "helm.toolkit.fluxcd.io/v2 HelmRelease",
        json!({ "metadata": { "generation": 1 }, "status": { "observedGeneration": -1 } }),
        expect![
            "InProgress (LatestGenerationNotObserved): HelmRelease generation is 1, but latest observed generation is -1"
        ],
    );
    check(
        "helm.toolkit.fluxcd.io/v2 HelmRelease",
        json!({ "status": { "conditions": [condition("Ready", "False", "InstallFailed", "timed out", 1)] } }),
        expect!["InProgress (InstallFailed): timed out"],
    );
    check(
        "helm.toolkit.fluxcd.io/v2 HelmRelease",
        json!({ "status": { "conditions": [condition("Ready", "False", "InstallFailed", "timed out", 1), condition("Stalled", "True", "RetriesExceeded", "failed to install", 1)] } }),
        expect!["Failed (RetriesExceeded): failed to install"],
    );
    check(
        "source.toolkit.fluxcd.io/v1 GitRepository",
        json!({}),
        expect!["InProgress (NotObserved): GitRepository has no Ready condition yet"],
    );
    check(
        "source.toolkit.fluxcd.io/v1 HelmRepository",
        json!({}),
        expect!["InProgress (NotObserved): HelmRepository has no Ready condition yet"],
    );
    check(
        "source.toolkit.fluxcd.io/v1 HelmRepository",
        json!({ "spec": { "type": "oci" } }),
        expect!["Current: Resource is current"],
    );
    check(
        "image.toolkit.fluxcd.io/v1 ImagePolicy",
        json!({}),
        expect!["InProgress (NotObserved): ImagePolicy has no Ready condition yet"],
    );
    check("notification.toolkit.fluxcd.io/v1beta3 Alert", json!({}), expect!["Current: Resource is current"]);
    check(
        "source.toolkit.fluxcd.io/v1 GitRepository",
        json!({ "status": { "conditions": [condition("Ready", "True", "", "", 1)] } }),
        expect!["Current: Resource is Ready"],
    );
}

#[test]
fn canaries() {
    let kind = "flagger.app/v1beta1 Canary";
    let phase = |phase: &str| json!({ "status": { "phase": phase } });
    check(kind, json!({}), expect!["InProgress (CanaryNotObserved): Canary has no phase yet"]);
    check(kind, phase("Initializing"), expect!["InProgress (CanaryInitializing): Canary is in the Initializing phase"]);
    check(kind, phase("Initialized"), expect!["Current: Canary is initialized"]);
    check(kind, phase("Waiting"), expect!["InProgress (CanaryWaiting): Canary is in the Waiting phase"]);
    check(kind, phase("Progressing"), expect!["InProgress (CanaryProgressing): Canary is in the Progressing phase"]);
    check(
        kind,
        phase("WaitingPromotion"),
        expect!["InProgress (CanaryWaitingPromotion): Canary is in the WaitingPromotion phase"],
    );
    check(kind, phase("Promoting"), expect!["InProgress (CanaryPromoting): Canary is in the Promoting phase"]);
    check(kind, phase("Finalising"), expect!["InProgress (CanaryFinalising): Canary is in the Finalising phase"]);
    check(kind, phase("Succeeded"), expect!["Current: Canary analysis completed successfully"]);
    check(kind, phase("Failed"), expect!["Failed (CanaryFailed): Canary analysis failed, the target was rolled back"]);
    check(kind, phase("Terminating"), expect!["Terminating (CanaryTerminating): Canary is terminating"]);
    let told = json!({ "status": { "conditions": [condition("Promoted", "Unknown", "Progressing", "New revision detected, starting canary analysis.", 1)] } });
    check(
        kind,
        with(phase("Progressing"), told),
        expect!["InProgress (CanaryProgressing): New revision detected, starting canary analysis."],
    );
    check("flagger.app/v1beta1 MetricTemplate", json!({}), expect!["Current: Resource is current"]);
}

#[test]
fn istio_configuration() {
    let kind = "networking.istio.io/v1 VirtualService";
    let message =
        |level: &str| json!({ "level": level, "type": { "name": "ReferencedResourceNotFound", "code": "IST0101" } });
    check(kind, json!({}), expect!["Current: Resource is current"]);
    check(
        kind,
        json!({ "status": { "validationMessages": [message("WARNING")] } }),
        expect!["Current: Resource is current"],
    );
    check(
        kind,
        json!({ "status": { "validationMessages": [message("WARNING"), message("ERROR")] } }),
        expect!["Failed (ValidationFailed): Istio reports ReferencedResourceNotFound [IST0101]"],
    );
    check(
        kind,
        json!({ "status": { "conditions": [condition("Reconciled", "False", "", "3/4 proxies up to date", 1)] } }),
        expect!["InProgress (NotReconciled): 3/4 proxies up to date"],
    );
    check(
        kind,
        json!({ "status": { "conditions": [condition("Reconciled", "True", "", "", 1)] } }),
        expect!["Current: Configuration has reached all proxies"],
    );
    check(
        "security.istio.io/v1 AuthorizationPolicy",
        json!({ "metadata": { "generation": 2 }, "status": { "observedGeneration": "1" } }),
        expect![
            "InProgress (LatestGenerationNotObserved): AuthorizationPolicy generation is 2, but latest observed generation is 1"
        ],
    );
}

fn gateway(conditions: Value) -> Value {
    json!({ "metadata": { "generation": 2 }, "status": { "conditions": conditions } })
}

#[test]
fn gateways() {
    let kind = "gateway.networking.k8s.io/v1 Gateway";
    check(kind, gateway(json!([])), expect!["InProgress (NotProgrammed): Gateway is not programmed yet"]);
    check(
        kind,
        gateway(json!([condition("Accepted", "Unknown", "Pending", "Waiting for controller", 1)])),
        expect!["InProgress (NotProgrammed): Gateway is not programmed yet"],
    );
    check(
        kind,
        gateway(json!([condition("Accepted", "True", "Accepted", "", 2)])),
        expect!["InProgress (NotProgrammed): Gateway is not programmed yet"],
    );
    check(
        kind,
        gateway(json!([condition("Accepted", "False", "Invalid", "no listeners", 2)])),
        expect!["Failed (Invalid): no listeners"],
    );
    check(
        kind,
        gateway(json!([condition("Accepted", "False", "Invalid", "no listeners", 1)])),
        expect!["InProgress (NotProgrammed): Gateway is not programmed yet"],
    );
    check(
        kind,
        gateway(json!([condition("Programmed", "False", "AddressNotAssigned", "no address", 2)])),
        expect!["InProgress (AddressNotAssigned): no address"],
    );
    check(
        kind,
        gateway(json!([condition("Accepted", "True", "", "", 2), condition("Programmed", "True", "", "", 2)])),
        expect!["Current: Gateway is programmed"],
    );
    check(
        kind,
        gateway(json!([condition("Programmed", "True", "", "", 1)])),
        expect!["InProgress (NotProgrammed): Gateway is not programmed yet"],
    );
    check("gateway.networking.k8s.io/v1 GatewayClass", json!({}), expect!["Current: Resource is current"]);
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
    check(kind, route(json!([]), json!([])), expect!["Current: Route is accepted"]);
    check(
        kind,
        route(json!([web()]), json!([])),
        expect!["InProgress (NotAccepted): no controller has accepted the route at web yet"],
    );
    check(kind, route(json!([web()]), json!([status(web(), good(2))])), expect!["Current: Route is accepted"]);
    check(
        kind,
        route(json!([web()]), json!([status(web(), good(1))])),
        expect!["InProgress (NotObserved): web has not reported Accepted for the latest generation yet"],
    );
    check(
        kind,
        route(json!([web()]), json!([status(json!({ "name": "web", "namespace": "prod" }), good(2))])),
        expect!["Current: Route is accepted"],
    );
    check(
        kind,
        route(json!([web()]), json!([status(json!({ "name": "web", "namespace": "other" }), good(2))])),
        expect!["InProgress (NotAccepted): no controller has accepted the route at web yet"],
    );
    check(
        kind,
        route(json!([web(), { "name": "admin" }]), json!([status(web(), good(2))])),
        expect!["InProgress (NotAccepted): no controller has accepted the route at admin yet"],
    );
    check(
        kind,
        route(json!([{ "name": "web", "sectionName": "https" }]), json!([status(web(), good(2))])),
        expect!["InProgress (NotAccepted): no controller has accepted the route at web yet"],
    );
    let bad = |kind: &str, reason: &str| {
        json!([
            condition("Accepted", if kind == "Accepted" { "False" } else { "True" }, reason, "why", 2),
            condition("ResolvedRefs", "False", reason, "why", 2)
        ])
    };
    check(
        kind,
        route(json!([web()]), json!([status(web(), bad("Accepted", "NotAllowedByListeners"))])),
        expect!["InProgress (NotAllowedByListeners): web: why"],
    );
    check(
        kind,
        route(json!([web()]), json!([status(web(), bad("Accepted", "UnsupportedValue"))])),
        expect!["Failed (UnsupportedValue): web: why"],
    );
    check(
        kind,
        route(json!([web()]), json!([status(web(), bad("ResolvedRefs", "BackendNotFound"))])),
        expect!["InProgress (BackendNotFound): web: why"],
    );
    check(
        "gateway.networking.k8s.io/v1 GRPCRoute",
        route(json!([web()]), json!([])),
        expect!["InProgress (NotAccepted): no controller has accepted the route at web yet"],
    );
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
    check(
        "example.com/v1 Thing",
        phase("Working"),
        expect!["InProgress (Expression): status.phase == 'Working' holds"],
    );
    check(
        "example.com/v1 Thing",
        phase("Broken"),
        expect!["Failed (Expression): status.phase == 'Broken' || status.both holds"],
    );
    check(
        "example.com/v1 Thing",
        phase("Done"),
        expect!["Current (Expression): status.phase == 'Done' || status.both holds"],
    );
    check(
        "example.com/v1 Thing",
        phase("Other"),
        expect!["InProgress (Expression): status.phase == 'Done' || status.both does not hold yet"],
    );
    check(
        "example.com/v1 Thing",
        json!({ "status": { "phase": "Other", "both": true } }),
        expect!["Failed (Expression): status.phase == 'Broken' || status.both holds"],
    );
    check(
        "example.com/v2 Thing",
        phase("Done"),
        expect!["Current (Expression): status.phase == 'Done' || status.both holds"],
    );
    check(
        "example.com/v1 Other",
        json!({ "status": { "ok": 1 } }),
        expect!["Current (Expression): has(status.ok) holds"],
    );
    check(
        "example.com/v1 Other",
        json!({ "status": {} }),
        expect!["InProgress (Expression): has(status.ok) does not hold yet"],
    );
    check(
        "example.com/v1 Thing",
        json!({}),
        expect![
            "Unknown (ExpressionFailed): failed to evaluate the CEL expression 'status.phase == 'Working'': no such attribute: status"
        ],
    );
    check("apps/v1 Deployment", json!({}), expect!["Current (Expression): true holds"]);
    check("apps/v1 ReplicaSet", json!({}), expect!["InProgress (LessLabelled): Labelled: 0/1"]);
    check(
        "example.com/v1 Thing",
        with(phase("Done"), json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" } })),
        expect!["Terminating: Resource scheduled for deletion"],
    );
    check(
        "example.com/v1 Thing",
        with(phase("Done"), json!({ "metadata": { "generation": 2 }, "status": { "observedGeneration": 1 } })),
        expect!["InProgress (LatestGenerationNotObserved): Thing generation is 2, but latest observed generation is 1"],
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
    expect![[r#"
        healthCheckExprs[0].current: failed to parse the CEL expression 'status.x ==' at 1:12: mismatched input '<EOF>'
        healthCheckExprs[0].failed: failed to parse the CEL expression '(' at 1:2: mismatched input '<EOF>'
        healthCheckExprs[1] needs the expression `current`
        healthCheckExprs[3] is the second one for C of "example.com"; merge it with the first
        healthCheckExprs[5] is the second one for every kind of "example.com"; merge it with the first"#]]
    .assert_eq(&lines.join("\n"));
    assert!(HealthRule::read(&Value::Null).expect("no rules").is_empty());
}
