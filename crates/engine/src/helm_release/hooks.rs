//! Hooks: manifests that are applied at certain moments, one after another, each waited for.

use std::time::Duration;

use cluster::{Cluster, ObjectRef, Propagation, Scope, Selector};
use manifest::{Manifest, Value};
use render::helm::release::Event;
use render::helm::storage::{Hook, Release};
use tokio::time::timeout;

use super::halt::Halt;
use super::objects;
use super::run::Run;
use super::storage::Storage;
use super::time::now;
use crate::stages::prune;
use crate::stages::stop::{Cause, Stop};

/// When a hook's object is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DeletePolicy {
    /// Before it is made again; the default.
    BeforeCreation,
    /// Once all hooks of the moment have succeeded.
    Succeeded,
    /// Once it has failed.
    Failed,
}

impl DeletePolicy {
    fn is_of(self, hook: &Hook) -> bool {
        let word = match self {
            DeletePolicy::BeforeCreation if hook.delete_policies.is_empty() => return true,
            DeletePolicy::BeforeCreation => "before-hook-creation",
            DeletePolicy::Succeeded => "hook-succeeded",
            DeletePolicy::Failed => "hook-failed",
        };
        hook.delete_policies.iter().any(|policy| policy == word)
    }
}

/// Runs the hooks of a moment that `selects` names, lowest weight first. Before each, the release is stored with the hook
/// marked as running. `release` is left as it is to be stored next.
pub(super) async fn run(
    run: &Run<'_>,
    storage: &mut Storage,
    release: &mut Release,
    moment: Event,
    limit: Duration,
    selects: impl Fn(&str) -> bool,
) -> Result<(), Halt> {
    let order = order(&release.hooks, moment, selects);
    for (position, &index) in order.iter().enumerate() {
        let hook = &release.hooks[index];
        let mut manifests = objects::read(&hook.manifest).map_err(Halt::Manifest)?;
        objects::place(run, &mut manifests, &release.namespace).await?;
        if DeletePolicy::BeforeCreation.is_of(hook) {
            delete(run, &manifests, limit).await?;
        }
        let last_run = &mut release.hooks[index].last_run;
        (last_run.started_at, last_run.completed_at) = (Some(now()), None);
        "Running".clone_into(&mut last_run.phase);
        storage.update(release).await?;

        let done = make(run, &manifests, limit).await;
        let hook = &mut release.hooks[index];
        hook.last_run.completed_at = Some(now());
        if let Err(Unmade::Interrupted(stop)) = done {
            return Err(Halt::Stopped(stop));
        }
        if let Err(Unmade::Failed(why)) = done {
            "Failed".clone_into(&mut hook.last_run.phase);
            let halt = Halt::Hook { moment: moment.name(), hook: hook.name.clone(), path: hook.path.clone(), why };
            if DeletePolicy::Failed.is_of(hook) {
                delete(run, &manifests, limit).await?;
            }
            succeeded(run, release, &order[..position], limit).await?;
            return Err(halt);
        }
        "Succeeded".clone_into(&mut hook.last_run.phase);
    }
    succeeded(run, release, &order, limit).await
}

/// The hooks of a moment as they follow each other.
fn order(hooks: &[Hook], moment: Event, selects: impl Fn(&str) -> bool) -> Vec<usize> {
    let fires = |hook: &Hook| hook.fires_on(moment.name()) || moment == Event::Test && hook.fires_on("test-success");
    let mut order: Vec<usize> =
        (0..hooks.len()).filter(|&index| fires(&hooks[index]) && selects(&hooks[index].name)).collect();
    order.sort_by_key(|&index| (hooks[index].weight, &hooks[index].name));
    order
}

/// Deletes what is to go once its hook has succeeded, the last one first.
async fn succeeded(run: &Run<'_>, release: &Release, order: &[usize], limit: Duration) -> Result<(), Halt> {
    for &index in order.iter().rev() {
        let hook = &release.hooks[index];
        if DeletePolicy::Succeeded.is_of(hook) {
            let mut manifests = objects::read(&hook.manifest).map_err(Halt::Manifest)?;
            objects::place(run, &mut manifests, &release.namespace).await?;
            delete(run, &manifests, limit).await?;
        }
    }
    Ok(())
}

/// Why a hook did not come to its end.
enum Unmade {
    /// It failed.
    Failed(String),
    /// The API server did not answer, which says nothing of the hook.
    Interrupted(Stop),
}

async fn make(run: &Run<'_>, manifests: &[Manifest], limit: Duration) -> Result<(), Unmade> {
    for manifest in manifests {
        let applied = run.work.cluster.apply(&manifest.value, None, &run.work.mode()).await;
        let applied = applied.map_err(|error| {
            let why = format!("{}: {error}", manifest.id());
            let cause = Cause::Apply(error);
            if cause.is_interruption() { Unmade::Interrupted(Stop::Interrupted(why)) } else { Unmade::Failed(why) }
        })?;
        let Some(reference) = ObjectRef::of(&applied.object) else { continue };
        match timeout(limit, until_done(&run.work.cluster, &reference, &applied.object)).await {
            Ok(done) => done.map_err(|why| Unmade::Failed(format!("{}: {why}", manifest.id())))?,
            Err(_) => {
                let limit = kinds::flux::GoDuration(limit);
                return Err(Unmade::Failed(format!("{} was not done after {limit}", manifest.id())));
            }
        }
    }
    Ok(())
}

/// Waits until a Job has completed or a Pod has succeeded; everything else is done once it is there.
async fn until_done(cluster: &Cluster, reference: &ObjectRef, object: &Value) -> Result<(), String> {
    if let Some(done) = done(object) {
        return done;
    }
    let scope = Scope::Namespace(reference.namespace.clone());
    let selector = Selector::fields(format!("metadata.name={}", reference.name));
    let mut events = cluster.watch(&reference.gvk, scope, selector);
    let uid = &object["metadata"]["uid"];
    loop {
        let seen = match events.next().await {
            cluster::Event::Applied(object) => Some(object),
            cluster::Event::Restarted(objects) => objects.into_iter().next(),
            cluster::Event::Deleted(_) => None,
        };
        match seen.filter(|seen| seen["metadata"]["uid"] == *uid) {
            Some(seen) => {
                if let Some(done) = done(&seen) {
                    return done;
                }
            }
            // A Job that goes away by itself is done.
            None => return Ok(()),
        }
    }
}

/// How a hook's object ended, if it has.
fn done(object: &Value) -> Option<Result<(), String>> {
    let status = &object["status"];
    match (object["apiVersion"].as_str()?, object["kind"].as_str()?) {
        ("v1", "Pod") => match status["phase"].as_str().unwrap_or_default() {
            "Succeeded" => Some(Ok(())),
            "Failed" => {
                let why = status["message"].as_str().filter(|message| !message.is_empty());
                Some(Err(why.unwrap_or("the pod failed; look at its logs").to_owned()))
            }
            _ => None,
        },
        (api_version, "Job") if api_version.starts_with("batch/") => {
            let conditions = status["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
            let holds = |kind: &str| {
                conditions.iter().find(|condition| condition["type"] == kind && condition["status"] == "True")
            };
            let failed = || {
                let condition = holds("Failed")?;
                let text = |field: &str| condition[field].as_str().unwrap_or_default();
                Some(Err(format!("the job failed: {}: {}", text("reason"), text("message"))))
            };
            holds("Complete").map(|_| Ok(())).or_else(failed)
        }
        _ => Some(Ok(())),
    }
}

/// Deletes a hook's objects and waits until they are gone. Definitions of resources are never deleted.
async fn delete(run: &Run<'_>, manifests: &[Manifest], limit: Duration) -> Result<(), Halt> {
    let mut deleted = Vec::new();
    for manifest in manifests.iter().filter(|manifest| !manifest.gvk().is_definition()) {
        let Some(reference) = ObjectRef::of(&manifest.value) else { continue };
        if run.work.cluster.delete(&reference, Propagation::Background, None).await? == cluster::Deletion::Terminating {
            deleted.push(reference);
        }
    }
    Ok(prune::until_gone(&run.work.cluster, &deleted, limit).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hooks_follow_their_weights_then_their_names() {
        let hook = |name: &str, weight: i64, events: &[&str]| Hook {
            name: name.to_owned(),
            weight,
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            ..Hook::default()
        };
        let hooks = [
            hook("c", 5, &["pre-install"]),
            hook("b", -1, &["pre-install", "pre-upgrade"]),
            hook("a", 5, &["pre-install"]),
            hook("z", 0, &["post-install"]),
            hook("t", 0, &["test-success"]),
        ];
        let names = |moment, selects: fn(&str) -> bool| {
            order(&hooks, moment, selects).into_iter().map(|index| hooks[index].name.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(names(Event::PreInstall, |_| true), ["b", "a", "c"]);
        assert_eq!(names(Event::PreUpgrade, |_| true), ["b"]);
        assert_eq!(names(Event::Test, |_| true), ["t"]);
        assert_eq!(names(Event::PreInstall, |name| name != "a"), ["b", "c"]);
        assert_eq!(names(Event::PostDelete, |_| true), [""; 0]);
    }

    #[test]
    fn jobs_and_pods_are_done_when_they_end() {
        let check = |api_version: &str, kind: &str, status: Value, expected: &str| {
            let told = match done(&json!({"apiVersion": api_version, "kind": kind, "status": status})) {
                None => "waiting".to_owned(),
                Some(Ok(())) => "done".to_owned(),
                Some(Err(why)) => why,
            };
            assert_eq!(told, expected);
        };
        check("v1", "ConfigMap", Value::Null, "done");
        check("v1", "Pod", Value::Null, "waiting");
        check("v1", "Pod", json!({"phase": "Running"}), "waiting");
        check("v1", "Pod", json!({"phase": "Succeeded"}), "done");
        check("v1", "Pod", json!({"phase": "Failed"}), "the pod failed; look at its logs");
        check("batch/v1", "Job", json!({"active": 1}), "waiting");
        check("batch/v1", "Job", json!({"conditions": [{"type": "Complete", "status": "True"}]}), "done");
        let failed = json!({"conditions": [{"type": "Failed", "status": "True", "reason": "A", "message": "b"}]});
        check("batch/v1", "Job", failed, "the job failed: A: b");
        check("batch/v1", "Job", json!({"conditions": [{"type": "Failed", "status": "False"}]}), "waiting");
    }
}
