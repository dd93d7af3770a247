//! `tenter rollback`: pins a Kustomization to a past revision until it is released.

use std::process::ExitCode;

use engine::kustomization::PINNED_REVISION;
use kinds::flux::Kustomization;
use serde_json::json;

use super::Context;
use super::reconcile::finished;
use crate::cli::Rollback;
use crate::error::Failure;
use crate::target::Target;
use crate::view::Listing;

/// Pins or releases, and waits for the result.
pub(crate) async fn run(context: &Context, arguments: Rollback) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    let (target, object) = Target::find(&cluster, Listing::Kustomization, context.namespace(), &arguments.name).await?;
    let kustomization = Kustomization::read(&object).map_err(|error| Failure::Halted(error.to_string()))?;
    let pin = if arguments.release {
        None
    } else {
        Some(match &arguments.to {
            Some(revision) => full_revision(&kustomization, revision),
            None => previous(&kustomization)?,
        })
    };
    let patch = json!({"metadata": {"annotations": {PINNED_REVISION: pin}}});
    finished(&target.reconcile(patch, &[], arguments.timeout.0).await?)?;
    Ok(ExitCode::SUCCESS)
}

/// The revision in the history that `given` names or begins; else `given` itself, which may be older than the history.
fn full_revision(kustomization: &Kustomization, given: &str) -> String {
    let known = || kustomization.status.history.iter().filter_map(|entry| entry.metadata.get("revision"));
    known()
        .find(|revision| *revision == given || revision.starts_with(given))
        .or_else(|| known().find(|revision| revision.rsplit_once(':').is_some_and(|(_, hash)| hash.starts_with(given))))
        .cloned()
        .unwrap_or_else(|| given.to_owned())
}

/// The newest revision that was reconciled well and is not the present one.
fn previous(kustomization: &Kustomization) -> Result<String, Failure> {
    let present = kustomization
        .metadata
        .annotations
        .get(PINNED_REVISION)
        .or(kustomization.status.last_attempted_revision.as_ref());
    kustomization
        .status
        .history
        .iter()
        .filter(|entry| entry.last_reconciled_status == "ReconciliationSucceeded")
        .filter_map(|entry| entry.metadata.get("revision"))
        .find(|revision| Some(*revision) != present)
        .cloned()
        .ok_or_else(|| {
            Failure::Usage(format!(
                "Kustomization '{}' has no other revision in its history that was reconciled well; name one with --to",
                kustomization.metadata.name
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn kustomization(history: &[(&str, &str)], attempted: &str) -> Kustomization {
        let history: Vec<Value> = history
            .iter()
            .map(|(revision, result)| {
                json!({
                    "digest": revision, "firstReconciled": "", "lastReconciled": "", "lastReconciledDuration": "",
                    "lastReconciledStatus": result, "totalReconciliations": 1, "metadata": {"revision": revision},
                })
            })
            .collect();
        Kustomization::read(&json!({
            "metadata": {"name": "apps", "namespace": "flux-system"},
            "spec": {"interval": "1m", "sourceRef": {"kind": "GitRepository", "name": "x"}},
            "status": {"history": history, "lastAttemptedRevision": attempted},
        }))
        .unwrap()
    }

    #[test]
    fn the_previous_revision_is_the_last_good_other_one() {
        let good = "ReconciliationSucceeded";
        let apps = kustomization(
            &[("main@sha1:cc", good), ("main@sha1:bb", "HealthCheckFailed"), ("main@sha1:aa", good)],
            "main@sha1:cc",
        );
        assert_eq!(previous(&apps).unwrap(), "main@sha1:aa");
        // The newest attempt failed: the one before it is what works.
        let apps = kustomization(&[("main@sha1:aa", good)], "main@sha1:bb");
        assert_eq!(previous(&apps).unwrap(), "main@sha1:aa");
        assert!(previous(&kustomization(&[("main@sha1:aa", good)], "main@sha1:aa")).is_err());
    }

    #[test]
    fn a_short_hash_names_a_revision_of_the_history() {
        let apps = kustomization(&[("main@sha1:abcdef", ""), ("main@sha1:123456", "")], "");
        for (given, full) in [
            ("main@sha1:123456", "main@sha1:123456"),
            ("main@sha1:12", "main@sha1:123456"),
            ("abc", "main@sha1:abcdef"),
            ("v1@sha1:99", "v1@sha1:99"),
        ] {
            assert_eq!(full_revision(&apps, given), full);
        }
    }
}
