//! `tenter install`: puts the controller into a cluster, or brings it up to date.

use std::process::ExitCode;
use std::time::Duration;

use cluster::{ApplyError, ApplyMode, Change, Cluster, ClusterError, Event, ObjectRef, Scope, Selector};
use manifest::{GroupVersionKind, ObjectId, Value};
use serde_json::json;

use super::Context;
use super::check::conflicts;
use super::check::version;
use crate::cli::Install;
use crate::entry::MANAGER;
use crate::error::Failure;
use crate::installation::{CONTROLLER, Installation, MANAGED_BY, Tenancy};
use crate::output;

/// Applies everything and waits until the controller is there.
pub(crate) async fn run(context: &Context, arguments: Install) -> Result<ExitCode, Failure> {
    let installation = Installation {
        system: arguments.place.system_namespace.clone(),
        entry: context.namespace().to_owned(),
        image: arguments.image.clone(),
        replicas: arguments.replicas,
        tenancy: if arguments.open { Tenancy::Open } else { Tenancy::Locked },
    };
    let objects = installation.objects();
    if arguments.export {
        output::print(&manifest::yaml::write_documents(&objects))?;
        return Ok(ExitCode::SUCCESS);
    }
    let cluster = context.cluster().await?;
    version::supported(&cluster).await?;
    conflicts::none(&cluster).await?;
    let mut outcomes = Vec::new();
    for object in &objects {
        let outcome = put(&cluster, object, &ApplyMode::forced(MANAGER)).await?;
        output::error(&format!("{} {} {}", outcome.mark(), id(object), outcome.word()));
        outcomes.push(json!({"object": id(object), "outcome": outcome.word()}));
    }
    if !arguments.no_wait {
        wait(&cluster, &installation, arguments.timeout.0).await?;
        output::error(&format!("✔ {} replicas of the controller are available", installation.replicas));
    }
    let summary = || json!({"namespace": installation.system, "image": installation.image, "objects": outcomes});
    output::print_as(context.output(), summary, String::new)?;
    Ok(ExitCode::SUCCESS)
}

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Applied(Change),
    /// Somebody else's definition: it is used as it is.
    Adopted,
}

impl Outcome {
    pub(super) fn mark(self) -> &'static str {
        match self {
            Outcome::Applied(Change::Unchanged) | Outcome::Adopted => "►",
            Outcome::Applied(Change::Created | Change::Configured) => "✔",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Outcome::Applied(Change::Created) => "created",
            Outcome::Applied(Change::Configured) => "configured",
            Outcome::Applied(Change::Unchanged) => "unchanged",
            Outcome::Adopted => "left as it is: somebody else installed it",
        }
    }
}

/// Applies an object. A definition that Flux (or another tool) installed is used as it is: it may be newer than ours, and
/// rewriting it could change what is stored.
pub(super) async fn put(cluster: &Cluster, object: &Value, mode: &ApplyMode) -> Result<Outcome, Failure> {
    let live = live(cluster, object).await?;
    if live.as_ref().is_some_and(is_foreign) {
        return Ok(Outcome::Adopted);
    }
    let before = live.as_ref().and_then(|live| live["metadata"]["resourceVersion"].as_str());
    let applied = cluster.apply(object, before, mode).await;
    match applied {
        Ok(applied) => Ok(Outcome::Applied(applied.change)),
        Err(error) => Err(refused(object, &error)),
    }
}

/// Whether an object is a definition that somebody else installed.
pub(super) async fn is_adopted(cluster: &Cluster, object: &Value) -> Result<bool, Failure> {
    Ok(live(cluster, object).await?.as_ref().is_some_and(is_foreign))
}

async fn live(cluster: &Cluster, object: &Value) -> Result<Option<Value>, Failure> {
    let Some(reference) = ObjectRef::of(object) else {
        return Err(Failure::Reconciliation(format!("{object} has no name")));
    };
    match cluster.get(&reference).await {
        Ok(live) => Ok(live),
        // Its definition is one of those that come before it.
        Err(ClusterError::NoSuchKind { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_foreign(live: &Value) -> bool {
    live["kind"] == "CustomResourceDefinition" && live["metadata"]["labels"][MANAGED_BY] != CONTROLLER
}

fn refused(object: &Value, error: &ApplyError) -> Failure {
    Failure::Reconciliation(format!("{} cannot be applied: {error}", id(object)))
}

/// An object, for people.
pub(super) fn id(object: &Value) -> String {
    ObjectId::of(object).map(|id| id.to_string()).unwrap_or_default()
}

/// Waits until every replica is available at the newest generation.
pub(super) async fn wait(cluster: &Cluster, installation: &Installation, limit: Duration) -> Result<(), Failure> {
    let deployments = GroupVersionKind::from_api_version("apps/v1", "Deployment");
    let selector = Selector::fields(format!("metadata.name={CONTROLLER}"));
    let mut events = cluster.watch(&deployments, Scope::Namespace(installation.system.clone()), selector);
    let mut last = Value::Null;
    let available = async {
        loop {
            let found = match events.next().await {
                Event::Applied(found) => Some(found),
                Event::Restarted(found) => found.into_iter().next(),
                Event::Deleted(_) => None,
            };
            last = found.unwrap_or_default();
            if is_available(&last) {
                return;
            }
        }
    };
    if tokio::time::timeout(limit, available).await.is_ok() {
        return Ok(());
    }
    let why = last["status"]["conditions"].as_array().into_iter().flatten();
    let why: Vec<&str> = why.filter_map(|condition| condition["message"].as_str()).collect();
    Err(Failure::Timeout {
        what: format!(
            "Deployment/{}/{CONTROLLER} was not available ({}); look whether the image {} can be pulled",
            installation.system,
            why.join("; "),
            installation.image
        ),
        seconds: limit.as_secs(),
    })
}

/// Whether a Deployment is rolled out.
pub(super) fn is_available(deployment: &Value) -> bool {
    let (spec, status) = (&deployment["spec"], &deployment["status"]);
    let wanted = spec["replicas"].as_u64().unwrap_or(1);
    deployment["metadata"]["generation"].is_number()
        && status["observedGeneration"] == deployment["metadata"]["generation"]
        && status["updatedReplicas"].as_u64().unwrap_or(0) == wanted
        && status["availableReplicas"].as_u64().unwrap_or(0) == wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_available_when_its_newest_pods_are() {
        let deployment = |observed: u64, updated: u64, available: u64| {
            is_available(&json!({
                "metadata": {"generation": 2}, "spec": {"replicas": 2},
                "status": {"observedGeneration": observed, "updatedReplicas": updated, "availableReplicas": available},
            }))
        };
        assert!(deployment(2, 2, 2));
        assert!(!deployment(1, 2, 2), "the new spec was not seen yet");
        assert!(!deployment(2, 1, 2), "an old pod is still needed");
        assert!(!deployment(2, 2, 1));
        assert!(!is_available(&Value::Null));
    }

    #[test]
    fn only_definitions_of_others_are_left_alone() {
        let object = |kind: &str, by: Value| is_foreign(&json!({"kind": kind, "metadata": {"labels": by}}));
        assert!(object("CustomResourceDefinition", json!({"app.kubernetes.io/part-of": "flux"})));
        assert!(object("CustomResourceDefinition", Value::Null));
        assert!(!object("CustomResourceDefinition", json!({MANAGED_BY: CONTROLLER})));
        assert!(!object("ClusterRole", Value::Null));
    }
}
