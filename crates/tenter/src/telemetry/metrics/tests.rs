//! What is told of which observation, and that `docs/metrics.md` says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use engine::{Decision, Key, Named, Observation, Observer, Ran, Stage, StageRun, Subject, TurnPart, Verdict};
use expect_test::{Expect, expect};
use http::Method;
use manifest::Diagnostic;
use serde_json::{Value, json};

use super::*;

/// How many series a condition has.
const STATUSES: usize = 4;

/// What is told, but for what differs from run to run.
fn text(metrics: &Metrics) -> String {
    let told = metrics.text(Leadership::Leads("tenter"));
    let is_stable = |line: &&str| !line.contains("process_") && !line.contains("tenter_build_info");
    told.lines().filter(is_stable).map(|line| format!("{line}\n")).collect()
}

/// The samples of a metric.
fn samples(metrics: &Metrics, name: &str) -> String {
    let of_it = |line: &&str| line.starts_with(name) && !line.contains("_bucket{");
    let told = text(metrics);
    let mut lines: Vec<&str> = told.lines().filter(of_it).collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn seen(metrics: &Metrics, kind: &'static str, name: &str, state: Value) {
    let key = Key::new("flux-system", name);
    Observer::observe(metrics, &Observation::Seen { object: Named { kind, key: &key }, state: &state });
}

fn gone(metrics: &Metrics, kind: &'static str, name: &str) {
    let key = Key::new("flux-system", name);
    Observer::observe(metrics, &Observation::Gone { object: Named { kind, key: &key } });
}

fn turn(metrics: &Metrics, name: &str, part: TurnPart) {
    let key = Key::new("flux-system", name);
    Observer::observe(metrics, &Observation::Turn { object: Named { kind: "Kustomization", key: &key }, part });
}

fn ready(status: &str) -> Value {
    json!([{"type": "Ready", "status": status}])
}

fn kustomization(status: &str) -> Value {
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "spec": {"sourceRef": {"kind": "GitRepository", "name": "fleet"}},
        "status": {"conditions": ready(status), "lastAppliedRevision": "main@sha1:abc"},
    })
}

#[test]
fn findings_are_counted_and_what_is_refused_for_them() {
    let metrics = Metrics::new();
    found(&metrics, Verdict::Reported);
    found(&metrics, Verdict::Refused);
    check(
        &metrics,
        "tenter_findings",
        expect![[r#"tenter_findings_total{kind="Kustomization",code="IST0101",severity="error"} 1"#]],
    );
    check(&metrics, "tenter_refused", expect![[r#"tenter_refused_total{kind="Kustomization"} 1"#]]);
}

#[test]
fn of_what_is_not_analysed_there_is_no_condition_of_that() {
    let metrics = Metrics::new();
    let analysed = |conditions: Value| json!({"apiVersion": "a/v1", "spec": {}, "status": {"conditions": conditions}});
    let of_it = |metrics: &Metrics| samples(metrics, "gotk_reconcile_condition").matches("Analyzed").count();
    seen(&metrics, "Kustomization", "apps", analysed(json!([{"type": "Analyzed", "status": "False"}])));
    assert_eq!(of_it(&metrics), STATUSES);
    seen(&metrics, "Kustomization", "apps", analysed(json!([])));
    assert_eq!(of_it(&metrics), 0);
}

/// A run of half a second that ends now.
fn ran(metrics: &Metrics, name: &str, outcome: Outcome<'_>, committed: Option<Timestamp>) {
    let key = Key::new("flux-system", name);
    let stage =
        |stage, millis| StageRun { stage, after: Duration::ZERO, took: Duration::from_millis(millis), objects: 4 };
    Observer::observe(
        metrics,
        &Observation::Ran(&Ran {
            object: Named { kind: "Kustomization", key: &key },
            began: metrics.began,
            took: Duration::from_millis(500),
            outcome,
            subject: Some(Subject {
                kind: "GitRepository".to_owned(),
                key: Key::new("flux-system", "fleet"),
                address: "https://example.com/fleet.git".to_owned(),
                revision: "main@sha1:def".to_owned(),
                committed,
            }),
            before: Some("main@sha1:abc"),
            stages: &[stage(Stage::Render, 100), stage(Stage::Apply, 250)],
            decisions: &BTreeMap::from([
                (Decision { action: "create", reason: "new" }, 3),
                (Decision { action: "skip", reason: "unchanged" }, 1),
            ]),
        }),
    );
}

fn sent(metrics: &Metrics, verb: cluster::Verb, method: &Method, status: Option<u16>) {
    let observation =
        cluster::Observation::Sent { host: "10.0.0.1:443", verb, method, status, took: Duration::from_millis(3) };
    cluster::Observer::observe(metrics, &observation);
}

/// One error, and what became of what it was found in.
fn found(metrics: &Metrics, verdict: Verdict) {
    let key = Key::new("flux-system", "apps");
    let rule = analysis::rules::all().find(|rule| rule.code.0 == "IST0101").expect("a rule");
    let diagnostic = Diagnostic::error("no such host");
    let findings = [Finding { code: rule.code, name: rule.name, diagnostic, related: Vec::new() }];
    let object = Named { kind: "Kustomization", key: &key };
    Observer::observe(metrics, &Observation::Found { object, findings: &findings, verdict });
}

fn check(metrics: &Metrics, name: &str, expected: Expect) {
    expected.assert_eq(&samples(metrics, name));
}

#[test]
fn objects_are_told_as_kube_state_metrics_tells_flux_of_them() {
    let metrics = Metrics::new();
    let source = |kind: &str| format!("source.toolkit.fluxcd.io/{kind}");
    seen(&metrics, "Kustomization", "apps", kustomization("True"));
    seen(
        &metrics,
        "GitRepository",
        "fleet",
        json!({
            "apiVersion": source("v1"), "spec": {"url": "https://ada:secret@example.com/fleet.git", "suspend": true},
            "status": {"artifact": {"revision": "main@sha1:abc"}},
        }),
    );
    seen(
        &metrics,
        "HelmRelease",
        "web",
        json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2", "spec": {"chart": {"spec": {"sourceRef": {"name": "charts"}}}},
            "status": {"conditions": ready("False"), "history": [
                {"chartName": "web", "chartVersion": "1.2.3", "appVersion": "4"}, {"chartVersion": "1.2.2"},
            ]},
        }),
    );
    seen(
        &metrics,
        "HelmChart",
        "web",
        json!({
            "apiVersion": source("v1"), "spec": {"chart": "web", "version": ">1"}, "status": {},
        }),
    );
    seen(
        &metrics,
        "Bucket",
        "files",
        json!({
            "apiVersion": source("v1"), "spec": {"endpoint": "s3.example.com", "bucketName": "a"}, "status": {},
        }),
    );
    check(
        &metrics,
        "gotk_resource_info",
        expect![[r#"
        gotk_resource_info{customresource_group="helm.toolkit.fluxcd.io",customresource_version="v2",customresource_kind="HelmRelease",name="web",exported_namespace="flux-system",ready="False",revision="1.2.3",chart_name="web",chart_app_version="4",chart_source_name="charts"} 1
        gotk_resource_info{customresource_group="kustomize.toolkit.fluxcd.io",customresource_version="v1",customresource_kind="Kustomization",name="apps",exported_namespace="flux-system",ready="True",revision="main@sha1:abc",source_name="fleet"} 1
        gotk_resource_info{customresource_group="source.toolkit.fluxcd.io",customresource_version="v1",customresource_kind="Bucket",name="files",exported_namespace="flux-system",endpoint="s3.example.com",bucket_name="a"} 1
        gotk_resource_info{customresource_group="source.toolkit.fluxcd.io",customresource_version="v1",customresource_kind="GitRepository",name="fleet",exported_namespace="flux-system",suspended="true",revision="main@sha1:abc",url="https://example.com/fleet.git"} 1
        gotk_resource_info{customresource_group="source.toolkit.fluxcd.io",customresource_version="v1",customresource_kind="HelmChart",name="web",exported_namespace="flux-system",chart_name="web",chart_version=">1"} 1"#]],
    );
    check(
        &metrics,
        "gotk_suspend_status",
        expect![[r#"
        gotk_suspend_status{kind="Bucket",name="files",namespace="flux-system"} 0
        gotk_suspend_status{kind="GitRepository",name="fleet",namespace="flux-system"} 1
        gotk_suspend_status{kind="HelmChart",name="web",namespace="flux-system"} 0
        gotk_suspend_status{kind="HelmRelease",name="web",namespace="flux-system"} 0
        gotk_suspend_status{kind="Kustomization",name="apps",namespace="flux-system"} 0"#]],
    );
}

#[test]
fn series_go_with_their_objects() {
    let metrics = Metrics::new();
    seen(&metrics, "Kustomization", "apps", kustomization("True"));
    ran(&metrics, "apps", Outcome::Succeeded, None);
    check(
        &metrics,
        "gotk_",
        expect![[r#"
        gotk_reconcile_condition{kind="Kustomization",name="apps",namespace="flux-system",type="Ready",status="Deleted"} 0
        gotk_reconcile_condition{kind="Kustomization",name="apps",namespace="flux-system",type="Ready",status="False"} 0
        gotk_reconcile_condition{kind="Kustomization",name="apps",namespace="flux-system",type="Ready",status="True"} 1
        gotk_reconcile_condition{kind="Kustomization",name="apps",namespace="flux-system",type="Ready",status="Unknown"} 0
        gotk_reconcile_duration_seconds_count{kind="Kustomization",name="apps",namespace="flux-system"} 1
        gotk_reconcile_duration_seconds_sum{kind="Kustomization",name="apps",namespace="flux-system"} 0.5
        gotk_resource_info{customresource_group="kustomize.toolkit.fluxcd.io",customresource_version="v1",customresource_kind="Kustomization",name="apps",exported_namespace="flux-system",ready="True",revision="main@sha1:abc",source_name="fleet"} 1
        gotk_suspend_status{kind="Kustomization",name="apps",namespace="flux-system"} 0"#]],
    );
    seen(&metrics, "Kustomization", "apps", kustomization("False"));
    check(
        &metrics,
        "gotk_resource_info",
        expect![[
            r#"gotk_resource_info{customresource_group="kustomize.toolkit.fluxcd.io",customresource_version="v1",customresource_kind="Kustomization",name="apps",exported_namespace="flux-system",ready="False",revision="main@sha1:abc",source_name="fleet"} 1"#
        ]],
    );
    gone(&metrics, "Kustomization", "apps");
    check(&metrics, "gotk_", expect![[""]]);
    // What ends after its object is gone counts, but has no series of its own any more.
    ran(&metrics, "apps", Outcome::Succeeded, None);
    check(&metrics, "gotk_", expect![[""]]);
    seen(&metrics, "Kustomization", "apps", kustomization("True"));
    Observer::observe(&metrics, &Observation::Ended);
    check(&metrics, "gotk_", expect![[""]]);
}

#[test]
fn runs_count_as_controller_runtime_counts_them() {
    let metrics = Metrics::new();
    let failed = Outcome::Failed { reason: "BuildFailed", message: "no such file" };
    for outcome in [Outcome::Succeeded, Outcome::Succeeded, failed, Outcome::Waits { reason: "DependencyNotReady" }] {
        ran(&metrics, "apps", outcome, None);
    }
    check(
        &metrics,
        "controller_runtime_reconcile",
        expect![[r#"
        controller_runtime_reconcile_errors_total{controller="kustomization"} 1
        controller_runtime_reconcile_time_seconds_count{controller="kustomization"} 4
        controller_runtime_reconcile_time_seconds_sum{controller="kustomization"} 2.0
        controller_runtime_reconcile_total{controller="kustomization",result="error"} 1
        controller_runtime_reconcile_total{controller="kustomization",result="requeue_after"} 1
        controller_runtime_reconcile_total{controller="kustomization",result="success"} 2"#]],
    );
    check(
        &metrics,
        "tenter_stage_seconds",
        expect![[r#"
        tenter_stage_seconds_count{kind="Kustomization",stage="apply"} 4
        tenter_stage_seconds_count{kind="Kustomization",stage="render"} 4
        tenter_stage_seconds_sum{kind="Kustomization",stage="apply"} 1.0
        tenter_stage_seconds_sum{kind="Kustomization",stage="render"} 0.4"#]],
    );
    check(
        &metrics,
        "tenter_objects",
        expect![[r#"
        tenter_objects_total{kind="Kustomization",action="create",reason="new"} 12
        tenter_objects_total{kind="Kustomization",action="skip",reason="unchanged"} 4"#]],
    );
}

#[test]
fn only_commits_since_the_start_have_a_time_to_ready() {
    let metrics = Metrics::new();
    let since = |seconds: i64| metrics.began.checked_add(jiff::SignedDuration::from_secs(seconds)).ok();
    ran(&metrics, "apps", Outcome::Succeeded, since(-60));
    ran(&metrics, "apps", Outcome::Succeeded, None);
    ran(&metrics, "apps", Outcome::Waits { reason: "DependencyNotReady" }, since(0));
    check(&metrics, "tenter_commit_to_ready_seconds", expect![[""]]);
    ran(&metrics, "apps", Outcome::Succeeded, since(0));
    check(
        &metrics,
        "tenter_commit_to_ready_seconds",
        expect![[r#"
        tenter_commit_to_ready_seconds_count{kind="Kustomization"} 1
        tenter_commit_to_ready_seconds_sum{kind="Kustomization"} 0.5"#]],
    );
}

#[test]
fn turns_are_a_queue_of_work() {
    let metrics = Metrics::new();
    let depths = |metrics: &Metrics| {
        format!("{}\n{}", samples(metrics, "workqueue_depth"), samples(metrics, "controller_runtime_active"))
    };
    turn(&metrics, "a", TurnPart::Waits);
    turn(&metrics, "b", TurnPart::Waits);
    turn(&metrics, "a", TurnPart::Works);
    expect![[r#"
        workqueue_depth{name="kustomization"} 1
        controller_runtime_active_workers{controller="kustomization"} 1"#]]
    .assert_eq(&depths(&metrics));
    assert!(samples(&metrics, "workqueue_longest_running").starts_with("workqueue_longest_running_processor_seconds{"));
    // One ends, and the other is stopped before its turn came.
    turn(&metrics, "a", TurnPart::Done);
    turn(&metrics, "b", TurnPart::Done);
    expect![[r#"
        workqueue_depth{name="kustomization"} 0
        controller_runtime_active_workers{controller="kustomization"} 0"#]]
    .assert_eq(&depths(&metrics));
    assert_eq!(samples(&metrics, "workqueue_longest_running"), "");
    check(&metrics, "workqueue_adds", expect![[r#"workqueue_adds_total{name="kustomization"} 2"#]]);
}

#[test]
fn requests_count_as_client_go_counts_them() {
    let metrics = Metrics::new();
    sent(&metrics, cluster::Verb::Apply, &Method::PATCH, Some(201));
    sent(&metrics, cluster::Verb::DryRun, &Method::PATCH, Some(200));
    sent(&metrics, cluster::Verb::DryRun, &Method::PATCH, Some(200));
    sent(&metrics, cluster::Verb::Watch, &Method::GET, None);
    check(
        &metrics,
        "rest_client_requests",
        expect![[r#"
        rest_client_requests_total{code="200",method="PATCH",host="10.0.0.1:443"} 2
        rest_client_requests_total{code="201",method="PATCH",host="10.0.0.1:443"} 1
        rest_client_requests_total{code="<error>",method="GET",host="10.0.0.1:443"} 1"#]],
    );
    check(
        &metrics,
        "tenter_requests",
        expect![[r#"
        tenter_requests_total{verb="apply"} 1
        tenter_requests_total{verb="dry-run"} 2
        tenter_requests_total{verb="watch"} 1"#]],
    );
}

/// A name, a type and labels, as the text format shows them.
fn rows(text: &str) -> BTreeSet<String> {
    let mut kinds = BTreeMap::new();
    let mut helps = BTreeMap::new();
    let mut labels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            kinds.insert(name, kind);
            labels.insert(name, BTreeSet::new());
        } else if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            helps.insert(name, help);
        } else if let Some((sample, rest)) = line.split_once('{') {
            let name = ["_total", "_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| sample.strip_suffix(end).filter(|name| kinds.contains_key(name)))
                .unwrap_or(sample);
            let keys = rest.split("\",").filter_map(|pair| pair.split_once("=\"")).map(|(key, _)| key);
            labels.entry(name).or_default().extend(keys.filter(|key| *key != "le"));
        }
    }
    kinds
        .iter()
        .map(|(name, kind)| {
            let end = if *kind == "counter" { "_total" } else { "" };
            let labels: Vec<String> = labels[name].iter().map(|label| format!("`{label}`")).collect();
            format!("| `{name}{end}` | {kind} | {} | {} |", labels.join(", "), helps[name].trim_end_matches('.'))
        })
        .collect()
}

#[test]
fn the_documentation_lists_every_metric() {
    let metrics = Metrics::new();
    for kind in ["Kustomization", "HelmRelease", "HelmChart", "Bucket", "GitRepository"] {
        let one = json!({"chartName": "a", "chartVersion": "1", "appVersion": "1"});
        seen(
            &metrics,
            kind,
            "apps",
            json!({
                "apiVersion": "group/v1",
                "spec": {
                    "suspend": true, "url": "a", "endpoint": "a", "bucketName": "a", "version": "1",
                    "sourceRef": {"name": "a"}, "chartRef": {"name": "a"},
                    "chart": if kind == "HelmChart" { json!("a") } else { json!({"spec": {"sourceRef": {"name": "a"}}}) },
                },
                "status": {
                    "conditions": ready("True"), "lastAppliedRevision": "a", "history": [one], "artifact": {"revision": "a"},
                },
            }),
        );
    }
    ran(&metrics, "apps", Outcome::Failed { reason: "BuildFailed", message: "no" }, None);
    ran(&metrics, "apps", Outcome::Succeeded, Some(metrics.began));
    turn(&metrics, "a", TurnPart::Waits);
    turn(&metrics, "a", TurnPart::Works);
    let key = Key::new("flux-system", "apps");
    let owner = Named { kind: "Kustomization", key: &key };
    Observer::observe(&metrics, &Observation::Corrected { owner });
    found(&metrics, Verdict::Reported);
    found(&metrics, Verdict::Refused);
    sent(&metrics, cluster::Verb::Get, &Method::GET, Some(200));
    let reconnect = cluster::Observation::Reconnects { host: "10.0.0.1:443", from: cluster::Point::Last };
    cluster::Observer::observe(&metrics, &reconnect);
    let told = metrics.text(Leadership::Follows("tenter"));
    // What has no sample yet has no turn that has ended.
    turn(&metrics, "a", TurnPart::Done);
    let told = rows(&format!("{told}{}", metrics.text(Leadership::Follows("tenter"))));

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let page = std::fs::read_to_string(path).expect("docs/metrics.md");
    let written: BTreeSet<String> = page.lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
    let listed = |rows: &BTreeSet<String>| rows.iter().cloned().collect::<Vec<_>>().join("\n");
    assert_eq!(listed(&written), listed(&told), "the table of docs/metrics.md is to be");
}
