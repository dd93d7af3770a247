//! From what an engine tells to spans: one trace for each revision of a source, whoever works on it.

use std::time::Duration;

use engine::{Named, Outcome, Ran, StageRun, Subject};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The longest text that a span carries, in characters.
const MOST_TEXT: usize = 1024;

/// The spans of a run; none where nothing came of it that belongs to a revision: it waited, or found all as it was.
pub(super) fn spans(ran: &Ran<'_>) -> Vec<Value> {
    let Some(subject) = ran.subject.as_ref().filter(|subject| is_news(ran, subject)) else { return Vec::new() };
    let trace = trace_id(subject);
    let root = source_span(&trace, subject);
    if is_source(ran.object, subject) {
        return vec![whole(ran, subject, &trace, &root, None)];
    }
    let id = run_span(&trace, ran);
    let stages = ran.stages.iter().enumerate().map(|(index, stage)| of_stage(ran, &trace, &id, index, stage));
    std::iter::once(whole(ran, subject, &trace, &id, Some(&root))).chain(stages).collect()
}

/// Whether a run is worth telling of.
fn is_news(ran: &Ran<'_>, subject: &Subject) -> bool {
    match ran.outcome {
        Outcome::Succeeded => {
            ran.before != Some(&*subject.revision) || ran.decisions.keys().any(|decision| decision.action != "skip")
        }
        Outcome::Waits { .. } => false,
        Outcome::Failed { .. } => true,
    }
}

fn is_source(object: Named<'_>, subject: &Subject) -> bool {
    object.kind == subject.kind && *object.key == subject.key
}

/// The whole run.
fn whole(ran: &Ran<'_>, subject: &Subject, trace: &str, id: &str, parent: Option<&str>) -> Value {
    let verb = if parent.is_some() { "reconcile" } else { "fetch" };
    let mut attributes = vec![
        text("flux.kind", ran.object.kind),
        text("flux.namespace", &ran.object.key.namespace),
        text("flux.name", &ran.object.key.name),
        text("flux.revision", &subject.revision),
        text("flux.source", &format!("{}/{}", subject.kind, subject.key)),
        text("flux.source.address", &subject.address),
    ];
    for (decision, count) in ran.decisions {
        attributes.push(number(&format!("tenter.objects.{}.{}", decision.action, decision.reason), *count));
    }
    let status = match ran.outcome {
        Outcome::Succeeded | Outcome::Waits { .. } => json!({"code": 1}),
        Outcome::Failed { reason, message } => {
            attributes.push(text("error.type", reason));
            json!({"code": 2, "message": cut(message)})
        }
    };
    let mut span = span(trace, id, &format!("{verb} {}", ran.object.kind), ran.began, ran.took, attributes);
    span["status"] = status;
    if let Some(parent) = parent {
        span["parentSpanId"] = parent.into();
    }
    span
}

fn of_stage(ran: &Ran<'_>, trace: &str, parent: &str, index: usize, stage: &StageRun) -> Value {
    let began = ran.began.checked_add(stage.after).unwrap_or(ran.began);
    let attributes = vec![number("tenter.objects", stage.objects as u64)];
    let id = hex(&[trace, parent, &index.to_string()], 8);
    let mut span = span(trace, &id, stage.stage.name(), began, stage.took, attributes);
    span["parentSpanId"] = parent.into();
    // Of a run that failed, the last stage is the one that did.
    let failed = matches!(ran.outcome, Outcome::Failed { .. }) && index + 1 == ran.stages.len();
    span["status"] = json!({"code": if failed { 2 } else { 1 }});
    span
}

fn span(trace: &str, id: &str, name: &str, began: Timestamp, took: Duration, attributes: Vec<Value>) -> Value {
    let start = began.as_nanosecond();
    let end = start + i128::try_from(took.as_nanos()).unwrap_or_default();
    json!({
        "traceId": trace,
        "spanId": id,
        "name": name,
        // SPAN_KIND_INTERNAL
        "kind": 1,
        // Numbers of 64 bits are texts in the JSON of protobuf.
        "startTimeUnixNano": start.to_string(),
        "endTimeUnixNano": end.to_string(),
        "attributes": attributes,
    })
}

/// The same for everybody who works on a revision of what is at an address.
fn trace_id(subject: &Subject) -> String {
    let address = match subject.address.as_str() {
        "" => format!("{}/{}", subject.kind, subject.key),
        address => address.to_owned(),
    };
    hex(&[&address, &subject.revision], 16)
}

/// The span of a source's fetch, below which those who build from it put theirs.
fn source_span(trace: &str, subject: &Subject) -> String {
    hex(&[trace, &subject.kind, &subject.key.to_string()], 8)
}

fn run_span(trace: &str, ran: &Ran<'_>) -> String {
    hex(&[trace, ran.object.kind, &ran.object.key.to_string(), &ran.began.as_nanosecond().to_string()], 8)
}

/// So many bytes of a digest, as ids are written.
fn hex(parts: &[&str], bytes: usize) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": cut(value)}})
}

fn number(key: &str, value: u64) -> Value {
    json!({"key": key, "value": {"intValue": value.to_string()}})
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use engine::{Decision, Key, Stage};
    use expect_test::{Expect, expect};

    use super::*;

    struct Case<'a> {
        object: (&'static str, &'a str),
        source: (&'a str, &'a str),
        outcome: Outcome<'a>,
        before: Option<&'a str>,
        decisions: &'a [(&'static str, &'static str, u64)],
    }

    const URL: &str = "https://example.com/fleet.git";

    fn told(case: &Case<'_>) -> Vec<Value> {
        let key = Key::new("flux-system", case.object.1);
        let stage = |stage, after, took, objects| StageRun {
            stage,
            after: Duration::from_millis(after),
            took: Duration::from_millis(took),
            objects,
        };
        let decisions: BTreeMap<Decision, u64> =
            case.decisions.iter().map(|(action, reason, count)| (Decision { action, reason }, *count)).collect();
        spans(&Ran {
            object: Named { kind: case.object.0, key: &key },
            began: Timestamp::from_second(1000).expect("a time"),
            took: Duration::from_millis(500),
            outcome: case.outcome,
            subject: Some(Subject {
                kind: "GitRepository".to_owned(),
                key: Key::new("flux-system", case.source.0),
                address: case.source.1.to_owned(),
                revision: "main@sha1:abc".to_owned(),
                committed: None,
            }),
            before: case.before,
            stages: &[stage(Stage::Render, 10, 100, 4), stage(Stage::DryRun, 120, 300, 4)],
            decisions: &decisions,
        })
    }

    fn check(case: &Case<'_>, expected: Expect) {
        let line = |span: &Value| {
            let at = |field: &str| span[field].as_str().unwrap_or_default().to_owned();
            let ms = |field: &str| at(field).parse::<i128>().unwrap_or_default() / 1_000_000 - 1_000_000;
            let attributes: Vec<String> = span["attributes"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|attribute| attribute["key"].as_str().is_some_and(|key| !key.starts_with("flux.")))
                .map(|one| format!(" {}={}", one["key"], one["value"]))
                .collect();
            format!(
                "{} {} < {:16} {}..{} ms {} {}{}",
                &at("traceId")[..4],
                &at("spanId")[..4],
                at("parentSpanId"),
                ms("startTimeUnixNano"),
                ms("endTimeUnixNano"),
                at("name"),
                span["status"],
                attributes.concat().replace('"', ""),
            )
        };
        expected.assert_eq(&told(case).iter().map(line).collect::<Vec<_>>().join("\n"));
    }

    const FETCHED: Case<'_> = Case {
        object: ("GitRepository", "fleet"),
        source: ("fleet", URL),
        outcome: Outcome::Succeeded,
        before: None,
        decisions: &[],
    };

    const APPLIED: Case<'_> = Case {
        object: ("Kustomization", "apps"),
        source: ("fleet", URL),
        outcome: Outcome::Succeeded,
        before: Some("main@sha1:old"),
        decisions: &[("apply", "changed", 1), ("skip", "unchanged", 3)],
    };

    #[test]
    fn a_commit_has_one_trace() {
        check(&FETCHED, expect![[r#"c23a 7d0e <                  0..500 ms fetch GitRepository {"code":1}"#]]);
        check(
            &APPLIED,
            expect![[r#"
            c23a 34a5 < 7d0e9c4dc6e3e14f 0..500 ms reconcile Kustomization {"code":1} tenter.objects.apply.changed={intValue:1} tenter.objects.skip.unchanged={intValue:3}
            c23a 119c < 34a52147df4d2105 10..110 ms render {"code":1} tenter.objects={intValue:4}
            c23a b1e7 < 34a52147df4d2105 120..420 ms dry-run {"code":1} tenter.objects={intValue:4}"#]],
        );
        check(
            &Case { object: ("Kustomization", "infra"), ..APPLIED },
            expect![[r#"
            c23a 37d9 < 7d0e9c4dc6e3e14f 0..500 ms reconcile Kustomization {"code":1} tenter.objects.apply.changed={intValue:1} tenter.objects.skip.unchanged={intValue:3}
            c23a e621 < 37d9fba454b85a00 10..110 ms render {"code":1} tenter.objects={intValue:4}
            c23a 834d < 37d9fba454b85a00 120..420 ms dry-run {"code":1} tenter.objects={intValue:4}"#]],
        );
    }

    #[test]
    fn another_address_is_another_trace() {
        check(
            &Case { source: ("fleet", "https://example.com/other.git"), ..FETCHED },
            expect![[r#"afc5 68e7 <                  0..500 ms fetch GitRepository {"code":1}"#]],
        );
        check(
            &Case { source: ("fleet", ""), ..FETCHED },
            expect![[r#"05a3 d6bb <                  0..500 ms fetch GitRepository {"code":1}"#]],
        );
    }

    #[test]
    fn what_fails_is_told_each_time() {
        let outcome = Outcome::Failed { reason: "HealthCheckFailed", message: "timeout" };
        check(
            &Case { outcome, before: Some("main@sha1:abc"), ..APPLIED },
            expect![[r#"
            c23a 34a5 < 7d0e9c4dc6e3e14f 0..500 ms reconcile Kustomization {"code":2,"message":"timeout"} tenter.objects.apply.changed={intValue:1} tenter.objects.skip.unchanged={intValue:3} error.type={stringValue:HealthCheckFailed}
            c23a 119c < 34a52147df4d2105 10..110 ms render {"code":1} tenter.objects={intValue:4}
            c23a b1e7 < 34a52147df4d2105 120..420 ms dry-run {"code":2} tenter.objects={intValue:4}"#]],
        );
    }

    #[test]
    fn what_found_nothing_to_do_is_not_told() {
        let nothing = &[("skip", "unchanged", 4)];
        check(&Case { before: Some("main@sha1:abc"), ..FETCHED }, expect![[""]]);
        check(&Case { before: Some("main@sha1:abc"), decisions: nothing, ..APPLIED }, expect![[""]]);
        check(&Case { outcome: Outcome::Waits { reason: "DependencyNotReady" }, ..APPLIED }, expect![[""]]);
        // Another revision that renders the same is still one that came to be.
        check(
            &Case { decisions: nothing, ..APPLIED },
            expect![[r#"
            c23a 34a5 < 7d0e9c4dc6e3e14f 0..500 ms reconcile Kustomization {"code":1} tenter.objects.skip.unchanged={intValue:4}
            c23a 119c < 34a52147df4d2105 10..110 ms render {"code":1} tenter.objects={intValue:4}
            c23a b1e7 < 34a52147df4d2105 120..420 ms dry-run {"code":1} tenter.objects={intValue:4}"#]],
        );
    }
}
