//! The status of a source after an attempt, as source-controller would write it.

use kinds::flux::git_repository::ArtifactStatus;
use kinds::flux::{ConditionStatus, Conditions, Metadata};
use manifest::Value;
use serde::{Deserialize, Serialize};

use super::failure::{Failure, Remedy, SOURCE_VERIFIED, Step};
use super::found::{Facts, Found, Observed};
use crate::stages::status::replacing;

/// What the statuses of all kinds of sources have in common, and what only some have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Status {
    /// -1 before the first time.
    pub(super) observed_generation: i64,
    pub(super) conditions: Conditions,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) artifact: Option<ArtifactStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_handled_reconcile_at: Option<String>,
    #[serde(flatten)]
    pub(super) observed: Observed,
}

impl Default for Status {
    fn default() -> Status {
        Status {
            observed_generation: -1,
            conditions: Conditions::default(),
            artifact: None,
            last_handled_reconcile_at: None,
            observed: Observed::default(),
        }
    }
}

impl Status {
    /// The status of an object; an empty one if it cannot be read, so that it is written anew.
    pub(super) fn of(object: &Value) -> Status {
        Status::deserialize(&object["status"]).unwrap_or_default()
    }

    /// The status after an attempt.
    pub(super) fn after(mut self, metadata: &Metadata, result: &Result<Found, Failure>, now: &str) -> Status {
        if let Some(requested) = metadata.requested_at() {
            self.last_handled_reconcile_at = Some(requested.to_owned());
        }
        match result {
            Ok(found) => self.succeed(found, metadata.generation, now),
            Err(failure) => self.fail(failure, metadata.generation, now),
        }
        self
    }

    fn succeed(&mut self, found: &Found, generation: i64, now: &str) {
        self.observed_generation = generation;
        self.observed = found.observed.clone();
        let is_same = |known: &ArtifactStatus, facts: &Facts| {
            known.revision == facts.revision && known.digest == facts.digest && known.metadata == facts.metadata
        };
        match (&self.artifact, &found.artifact) {
            (Some(known), Some(facts)) if is_same(known, facts) => {}
            (_, facts) => self.artifact = facts.as_ref().map(|facts| artifact(facts, now)),
        }
        let is_verified = found.verified.is_some();
        let failures = Step::ALL.into_iter().filter(|step| !is_verified || *step != Step::Verify);
        for gone in failures.map(|step| step.condition().0).chain(["Reconciling", "Stalled"]) {
            self.conditions.remove(gone);
        }
        if let Some(message) = &found.verified {
            self.conditions.set(SOURCE_VERIFIED, ConditionStatus::True, "Succeeded", message, generation, now);
        }
        let (reason, message) = (found.summary.reason, &found.summary.message);
        if found.artifact.is_some() {
            self.conditions.set("ArtifactInStorage", ConditionStatus::True, reason, message, generation, now);
        } else {
            self.conditions.remove("ArtifactInStorage");
        }
        self.conditions.set("Ready", ConditionStatus::True, reason, message, generation, now);
    }

    /// The generation counts as observed only once nothing but a change can help: until then who waits for this one
    /// must not take what is there for what is wanted.
    fn fail(&mut self, failure: &Failure, generation: i64, now: &str) {
        let Failure { step, reason, message, remedy } = failure;
        for other in Step::ALL {
            if other != *step && self.tells_of(other) {
                self.conditions.remove(other.condition().0);
            }
        }
        let (condition, status) = step.condition();
        self.conditions.set(condition, status, reason, message, generation, now);
        match remedy {
            Remedy::Person => {
                self.observed_generation = generation;
                self.conditions.remove("Reconciling");
                self.conditions.set("Stalled", ConditionStatus::True, reason, message, generation, now);
            }
            Remedy::Time | Remedy::OtherContent | Remedy::FirstArtifact => {
                self.conditions.remove("Stalled");
                let (kind, progressing) = ("Reconciling", "ProgressingWithRetry");
                self.conditions.set(kind, ConditionStatus::True, progressing, message, generation, now);
            }
        }
        self.conditions.set("Ready", ConditionStatus::False, reason, message, generation, now);
    }

    /// The message of the failure it tells of, if it tells of one.
    pub(super) fn failure(&self) -> Option<&str> {
        let failed = Step::ALL.into_iter().find(|step| self.tells_of(*step))?;
        self.conditions.get(failed.condition().0).map(|condition| condition.message.as_str())
    }

    /// Whether it tells that a step failed.
    fn tells_of(&self, step: Step) -> bool {
        let (condition, failed) = step.condition();
        self.conditions.get(condition).is_some_and(|found| found.status == failed)
    }
}

/// What has to be merged into one status to make it the other one.
pub(super) fn difference(before: &Status, after: &Status) -> Value {
    let value = |status: &Status| serde_json::to_value(status).unwrap_or_default();
    replacing(&value(before), value(after))
}

/// Artifacts stay in memory, so that nothing has their address.
fn artifact(facts: &Facts, now: &str) -> ArtifactStatus {
    ArtifactStatus {
        revision: facts.revision.clone(),
        digest: facts.digest.clone(),
        last_update_time: now.to_owned(),
        url: String::new(),
        path: String::new(),
        metadata: facts.metadata.clone(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::super::found::{News, Summary};
    use super::*;

    fn metadata(generation: i64) -> Metadata {
        Metadata { generation, ..Metadata::default() }
    }

    fn found(revision: &str, commit: &[(&str, &str)]) -> Result<Found, Failure> {
        let metadata = commit.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Ok(Found {
            artifact: Some(Facts { revision: revision.to_owned(), digest: format!("sha256:{revision}"), metadata }),
            news: News::New,
            summary: Summary::succeeded(format!("stored {revision}")),
            told: String::new(),
            verified: None,
            observed: Observed::default(),
        })
    }

    fn check(status: &Status, expected: Expect) {
        let conditions = status.conditions.0.iter().map(|condition| {
            format!(
                "{} {} {}: {} ({})\n",
                condition.kind, condition.status, condition.reason, condition.message, condition.observed_generation
            )
        });
        let artifact =
            status.artifact.as_ref().map(|artifact| format!("{} at {}", artifact.revision, artifact.last_update_time));
        let shown: String = conditions.collect();
        expected.assert_eq(&format!(
            "{shown}generation {}, {}\n",
            status.observed_generation,
            artifact.unwrap_or_default()
        ));
    }

    #[test]
    fn success_failure_and_recovery() {
        let status = Status::default().after(&metadata(1), &found("a", &[]), "t1");
        check(
            &status,
            expect![[r#"
            ArtifactInStorage True Succeeded: stored a (1)
            Ready True Succeeded: stored a (1)
            generation 1, a at t1
        "#]],
        );
        let status = status.after(&metadata(2), &Err(Failure::fetch("GitOperationFailed", "unreachable")), "t2");
        check(
            &status,
            expect![[r#"
            ArtifactInStorage True Succeeded: stored a (1)
            Ready False GitOperationFailed: unreachable (2)
            FetchFailed True GitOperationFailed: unreachable (2)
            Reconciling True ProgressingWithRetry: unreachable (2)
            generation 1, a at t1
        "#]],
        );
        let stalled = Failure { step: Step::Build, ..Failure::stalled("ValuesFilesError", "no such file") };
        let status = status.after(&metadata(2), &Err(stalled), "t3");
        check(
            &status,
            expect![[r#"
            ArtifactInStorage True Succeeded: stored a (1)
            Ready False ValuesFilesError: no such file (2)
            BuildFailed True ValuesFilesError: no such file (2)
            Stalled True ValuesFilesError: no such file (2)
            generation 2, a at t1
        "#]],
        );
        assert_eq!(status.failure(), Some("no such file"));
        let status = status.after(&metadata(3), &found("a", &[]), "t4");
        check(
            &status,
            expect![[r#"
            ArtifactInStorage True Succeeded: stored a (3)
            Ready True Succeeded: stored a (3)
            generation 3, a at t1
        "#]],
        );
        let status = status.after(&metadata(3), &found("b", &[]), "t5");
        check(
            &status,
            expect![[r#"
            ArtifactInStorage True Succeeded: stored b (3)
            Ready True Succeeded: stored b (3)
            generation 3, b at t5
        "#]],
        );
    }

    #[test]
    fn a_request_is_answered_whatever_comes_of_it() {
        let mut asked = metadata(1);
        asked.annotations.insert(kinds::flux::REQUESTED_AT.to_owned(), "now".to_owned());
        let status = Status::default().after(&asked, &Err(Failure::fetch("X", "y")), "t1");
        assert_eq!(status.last_handled_reconcile_at.as_deref(), Some("now"));
    }

    #[test]
    fn what_is_gone_is_removed() {
        let before = Status::default().after(&metadata(1), &found("a", &[("author", "Ada"), ("tag", "v1")]), "t1");
        let before = Status { observed: Observed { ignore: Some("x".to_owned()), ..Observed::default() }, ..before };
        let after = before.clone().after(&metadata(1), &found("b", &[("author", "Ada")]), "t2");
        let patch = difference(&before, &after);
        assert_eq!(patch["observedIgnore"], Value::Null);
        assert!(patch.as_object().is_some_and(|patch| patch.contains_key("observedIgnore")));
        assert_eq!(patch["artifact"]["metadata"], json!({"author": "Ada", "tag": null}));
        assert_eq!(patch["artifact"]["revision"], "b");
        let none = Found { artifact: None, ..found("c", &[]).unwrap() };
        let registry = after.clone().after(&metadata(1), &Ok(none), "t3");
        assert_eq!(difference(&after, &registry)["artifact"], Value::Null);
        check(
            &registry,
            expect![[r#"
            Ready True Succeeded: stored c (1)
            generation 1, 
        "#]],
        );
    }

    #[test]
    fn a_status_is_read_as_it_was_written() {
        let mut status = Status::default().after(&metadata(1), &found("a", &[]), "t1");
        status.observed = Observed {
            source_revision: "sha256:x".to_owned(),
            chart_name: "podinfo".to_owned(),
            values_files: vec!["prod.yaml".to_owned()],
            ..Observed::default()
        };
        let written = serde_json::to_value(&status).unwrap();
        assert_eq!(written["observedChartName"], "podinfo");
        assert_eq!(Status::of(&json!({"status": written})), status);
        assert_eq!(Status::of(&json!({"status": {"conditions": 7}})), Status::default());
    }
}
