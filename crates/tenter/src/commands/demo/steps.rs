//! What the demo shows. Each step does something, waits for what must follow, and says what it saw.

use std::time::Duration;

use futures::future::BoxFuture;
use manifest::Value;
use serde_json::json;
use tokio::time::Instant;

use super::stage::{Stage, in_shop};
use crate::error::Failure;
use crate::view::{Readiness, Row, short_revision};
use engine::kustomization::PINNED_REVISION;

/// One step.
pub(super) struct Step {
    pub(super) title: &'static str,
    pub(super) show: for<'a> fn(&'a Stage) -> BoxFuture<'a, Result<String, Failure>>,
}

/// All steps, in order; each builds on the ones before.
pub(super) const STEPS: &[Step] = &[
    Step {
        title: "First sync: everything that Git declares, in the order it depends on",
        show: |stage| Box::pin(first_sync(stage)),
    },
    Step { title: "A commit is rolled out", show: |stage| Box::pin(roll_out(stage)) },
    Step { title: "A bad commit is refused, and what ran goes on", show: |stage| Box::pin(refuse(stage)) },
    Step {
        title: "A change that would break the mesh is refused before it reaches the cluster",
        show: |stage| Box::pin(refuse_route(stage)),
    },
    Step { title: "A manual change is put back", show: |stage| Box::pin(put_back(stage)) },
    Step { title: "A removed file is pruned", show: |stage| Box::pin(prune(stage)) },
    Step { title: "A rollback pins a past revision, until it is released", show: |stage| Box::pin(roll_back(stage)) },
];

const BACKEND: &str = "apps/backend/kustomization.yaml";

async fn first_sync(stage: &Stage) -> Result<String, Failure> {
    let started = Instant::now();
    let mut lines = Vec::new();
    for name in ["flux-system", "infrastructure", "policies", "apps"] {
        let row = stage.kustomization(name, |row, _| row.readiness == Readiness::Ready).await?;
        lines.push(format!("✔ {name} after {}: {}", ms(started), row.message));
    }
    for name in ["backend", "frontend"] {
        let deployment = deployment(stage, name, "is not available", |object| available(object) == 2).await?;
        lines.push(format!("✔ Deployment shop/{name}: {}/2 pods available", available(&deployment)));
    }
    Ok(lines.join("\n"))
}

async fn roll_out(stage: &Stage) -> Result<String, Failure> {
    stage.repository.replace(BACKEND, "newTag: 1.0.0", "newTag: 1.1.0")?;
    let started = Instant::now();
    let commit = stage.repository.commit("Release backend 1.1.0").await?;
    deployment(stage, "backend", "does not have the new image", |object| image(object).ends_with(":1.1.0")).await?;
    let applied = ms(started);
    let row = ready_at(stage, "apps", &commit).await?;
    Ok(format!("✔ commit {} applied after {applied}, healthy after {}\n✔ {}", short(&commit), ms(started), row.message))
}

async fn refuse(stage: &Stage) -> Result<String, Failure> {
    let before = deployment(stage, "backend", "is not there", |_| true).await?;
    stage.repository.replace("apps/base/deployment.yaml", "replicas: ${replicas}", "replicas: three")?;
    let commit = stage.repository.commit("Scale to three").await?;
    let refused = |row: &Row| row.readiness == Readiness::Failed && row.reason != "DependencyNotReady";
    let failed = |row: &Row, object: &Value| refused(row) && attempted(object, &commit);
    let row = stage.kustomization("apps", failed).await?;
    check(row.message.contains("apps/base/deployment.yaml:"), "the message does not name the file", &row.message)?;
    let after = deployment(stage, "backend", "is gone", |_| true).await?;
    check(before["spec"] == after["spec"], "the Deployment changed", &after["spec"].to_string())?;
    let mended = stage.repository.revert().await?;
    ready_at(stage, "apps", &mended).await?;
    let refusal: Vec<String> = row.message.lines().map(|line| format!("  {line}")).collect();
    Ok(format!(
        "✔ commit {} refused:\n{}\n✔ the running Deployment was not touched\n✔ reverted by {}, ready again",
        short(&commit),
        refusal.join("\n"),
        short(&mended)
    ))
}

/// A route that is valid YAML, passes every schema, and would answer a tenth of all requests with an error.
const BROKEN_ROUTE: &str = "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: backend
spec:
  hosts:
    - backend
  http:
    - route:
        - destination:
            host: backend
          weight: 90
        - destination:
            host: backend-canary
          weight: 10
";

async fn refuse_route(stage: &Stage) -> Result<String, Failure> {
    stage.repository.write("apps/backend/route.yaml", BROKEN_ROUTE)?;
    stage.repository.replace(BACKEND, "resources:\n", "resources:\n  - route.yaml\n")?;
    let commit = stage.repository.commit("Send a tenth of the requests to the canary").await?;
    let refused = |row: &Row, object: &Value| row.reason == "AnalysisFailed" && attempted(object, &commit);
    let row = stage.kustomization("apps", refused).await?;
    check(row.message.contains("apps/backend/route.yaml:14:"), "the message does not name the line", &row.message)?;
    let route = in_shop("networking.istio.io/v1", "VirtualService", "backend");
    stage.wait(&route, "the route is in the cluster", |found| found.is_none()).await?;
    let mended = stage.repository.revert().await?;
    ready_at(stage, "apps", &mended).await?;
    let refusal: Vec<String> = row.message.lines().map(|line| format!("  {line}")).collect();
    Ok(format!(
        "✔ commit {} refused:\n{}\n✔ no route was written\n✔ reverted by {}, ready again",
        short(&commit),
        refusal.join("\n"),
        short(&mended)
    ))
}

async fn put_back(stage: &Stage) -> Result<String, Failure> {
    let patch = json!({"spec": {"replicas": 5}});
    let started = Instant::now();
    stage.cluster.merge_patch(&in_shop("apps/v1", "Deployment", "backend"), "kubectl-edit", &patch).await?;
    deployment(stage, "backend", "was not put back", |object| object["spec"]["replicas"] == 2).await?;
    let scaled = ms(started);
    let started = Instant::now();
    let service = in_shop("v1", "Service", "frontend");
    stage.cluster.delete(&service, cluster::Propagation::Background, None).await?;
    stage.wait(&service, "the Service was not created again", |found| found.is_some()).await?;
    Ok(format!(
        "✔ kubectl-edit set spec.replicas of Deployment shop/backend to 5: back at 2 after {scaled}\n\
         ✔ Service shop/frontend deleted: there again after {}",
        ms(started)
    ))
}

async fn prune(stage: &Stage) -> Result<String, Failure> {
    stage.repository.replace("apps/frontend/kustomization.yaml", "  - autoscaler.yaml\n", "")?;
    stage.repository.remove("apps/frontend/autoscaler.yaml")?;
    let started = Instant::now();
    let commit = stage.repository.commit("Remove the autoscaler").await?;
    let autoscaler = in_shop("autoscaling/v2", "HorizontalPodAutoscaler", "frontend");
    stage.wait(&autoscaler, "the autoscaler is still there", |found| found.is_none()).await?;
    let gone = ms(started);
    ready_at(stage, "apps", &commit).await?;
    Ok(format!("✔ HorizontalPodAutoscaler shop/frontend deleted {gone} after commit {}", short(&commit)))
}

async fn roll_back(stage: &Stage) -> Result<String, Failure> {
    let apps = stage.kustomization("apps", |row, _| row.readiness == Readiness::Ready).await?;
    let object = current(stage).await?;
    let history = object["status"]["history"].as_array().cloned().unwrap_or_default();
    let newest = object["status"]["lastAppliedRevision"].clone();
    let good = |entry: &&Value| {
        entry["lastReconciledStatus"] == "ReconciliationSucceeded" && entry["metadata"]["revision"] != newest
    };
    let past = history.iter().find(good).and_then(|entry| entry["metadata"]["revision"].as_str()).unwrap_or_default();
    check(!past.is_empty(), "the history holds no other good revision", &object["status"]["history"].to_string())?;

    pin(stage, Some(past)).await?;
    let pinned = |row: &Row, object: &Value| {
        row.readiness == Readiness::Ready
            && object["status"]["lastAppliedRevision"] == past
            && row.message.contains("pinned")
    };
    let row = stage.kustomization("apps", pinned).await?;
    let autoscaler = in_shop("autoscaling/v2", "HorizontalPodAutoscaler", "frontend");
    stage.wait(&autoscaler, "the autoscaler did not come back", |found| found.is_some()).await?;
    pin(stage, None).await?;
    let released = stage
        .kustomization("apps", |row, object| {
            row.readiness == Readiness::Ready && object["status"]["lastAppliedRevision"] == newest
        })
        .await?;
    Ok(format!("✔ from {}\n✔ {}\n✔ released: {}", apps.revision, row.message, released.message))
}

async fn pin(stage: &Stage, revision: Option<&str>) -> Result<(), Failure> {
    let object = current(stage).await?;
    let patch = json!({"metadata": {"annotations": {PINNED_REVISION: revision}}});
    if let Some(reference) = cluster::ObjectRef::of(&object) {
        stage.cluster.merge_patch(&reference, crate::entry::MANAGER, &patch).await?;
    }
    Ok(())
}

async fn current(stage: &Stage) -> Result<Value, Failure> {
    let gvk = crate::view::Listing::Kustomization.gvk(&stage.cluster).await?;
    let object = cluster::ObjectRef::new(gvk, super::stage::FLUX, "apps");
    Ok(stage.cluster.get(&object).await?.unwrap_or_default())
}

async fn ready_at(stage: &Stage, name: &str, commit: &str) -> Result<Row, Failure> {
    let applied = |object: &Value| {
        object["status"]["lastAppliedRevision"].as_str().is_some_and(|revision| revision.ends_with(commit))
    };
    stage.kustomization(name, |row, object| row.readiness == Readiness::Ready && applied(object)).await
}

async fn deployment(stage: &Stage, name: &str, not: &str, expected: impl Fn(&Value) -> bool) -> Result<Value, Failure> {
    let what = format!("Deployment shop/{name} {not}");
    let object = in_shop("apps/v1", "Deployment", name);
    Ok(stage.wait(&object, &what, |found| found.is_some_and(&expected)).await?.unwrap_or_default())
}

fn attempted(object: &Value, commit: &str) -> bool {
    object["status"]["lastAttemptedRevision"].as_str().is_some_and(|revision| revision.ends_with(commit))
}

fn available(deployment: &Value) -> u64 {
    deployment["status"]["availableReplicas"].as_u64().unwrap_or_default()
}

fn image(deployment: &Value) -> &str {
    deployment["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or_default()
}

fn check(holds: bool, otherwise: &str, seen: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure::Reconciliation(format!("{otherwise}: {seen}"))) }
}

fn short(commit: &str) -> String {
    short_revision(&format!("sha1:{commit}"))
}

fn ms(since: Instant) -> String {
    let took: Duration = since.elapsed();
    format!("{} ms", took.as_millis())
}
