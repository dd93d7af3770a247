//! The finalizer: what happens to the applied objects when their Kustomization is deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cluster::{Cluster, ClusterError, Event, ObjectRef, Propagation, Scope, Selector};
use kinds::flux::kustomization::Deletion;
use kinds::flux::{FINALIZER, Kustomization};
use manifest::{GroupVersionKind, ObjectId, Value};
use plan::decide::{self, Force, Live, Options, PruneAction, Pruning};
use plan::inventory::{Entry, Inventory};
use plan::labels::Owner;
use serde_json::json;

use super::halt::{Cause, Halt, Refusal};
use crate::Key;
use crate::engine::Engine;

/// How long deletion waits for objects whose own finalizers take time, if it is told to wait.
const TERMINATION_TIMEOUT: Duration = Duration::from_secs(120);

/// Puts our finalizer on the object, if it is not there.
pub(crate) async fn hold(cluster: &Cluster, object: &Value, kustomization: &Kustomization) -> Result<(), ClusterError> {
    if kustomization.metadata.finalizers.iter().any(|finalizer| finalizer == FINALIZER) {
        return Ok(());
    }
    edit_finalizers(cluster, object, |finalizers| finalizers.push(FINALIZER.to_owned())).await
}

/// Deletes the applied objects if that is wished, then lets the Kustomization go.
pub(crate) async fn finalize(
    engine: &Engine,
    cluster: &Cluster,
    object: &Value,
    kustomization: &Kustomization,
) -> Result<(), Halt> {
    // A suspended Kustomization leaves its objects, as in Flux.
    let deletion = if kustomization.spec.suspend { Deletion::Orphan } else { kustomization.deletion() };
    if deletion != Deletion::Orphan {
        let inventory = kustomization.status.inventory.clone().unwrap_or_default();
        let inventory = Inventory::from_status(&inventory).map_err(|error| Halt::Unreadable(error.to_string()))?;
        let deleted = delete_all(engine, cluster, kustomization, &inventory).await?;
        if deletion == Deletion::DeleteAndWait {
            until_gone(cluster, &deleted).await?;
        }
    }
    let release = |finalizers: &mut Vec<String>| finalizers.retain(|finalizer| finalizer != FINALIZER);
    Ok(edit_finalizers(&engine.cluster, object, release).await?)
}

async fn delete_all(
    engine: &Engine,
    cluster: &Cluster,
    kustomization: &Kustomization,
    inventory: &Inventory,
) -> Result<Vec<ObjectRef>, Halt> {
    let entries = inventory.diff(&Inventory::default());
    let types: BTreeSet<GroupVersionKind> = entries.iter().map(Entry::gvk).collect();
    engine.tracker.ensure(&types).await?;
    let live: BTreeMap<ObjectId, Live> = entries
        .iter()
        .map(|entry| {
            let live = engine.tracker.live(&reference(entry));
            (entry.id.clone(), live.map_or(Live::Absent, |object| Live::Present { object }))
        })
        .collect();
    let options = Options {
        manager: plan::FIELD_MANAGER.to_owned(),
        owner: Owner::from(&Key::of(&kustomization.metadata)),
        force: Force::WhereAsked,
        pruning: Pruning::Enabled,
        stage_kinds: Vec::new(),
    };
    let mut deleted = Vec::new();
    let mut refusals = Vec::new();
    for step in decide::prune(entries, &live, &options) {
        if step.action != PruneAction::Delete {
            continue;
        }
        let object = reference(&Entry { id: step.id.clone(), version: step.version });
        match cluster.delete(&object, Propagation::Background, None).await {
            Ok(_) => deleted.push(object),
            Err(ClusterError::NoSuchKind { .. }) => {}
            Err(error) => {
                refusals.push(Refusal { object: step.id, place: String::new(), cause: Cause::Delete(error) });
            }
        }
    }
    if refusals.is_empty() { Ok(deleted) } else { Err(Halt::Prune(refusals)) }
}

fn reference(entry: &Entry) -> ObjectRef {
    ObjectRef::new(entry.gvk(), entry.id.namespace.clone(), entry.id.name.clone())
}

async fn until_gone(cluster: &Cluster, objects: &[ObjectRef]) -> Result<(), Halt> {
    let all = futures::future::join_all(objects.iter().map(|object| gone(cluster, object)));
    tokio::time::timeout(TERMINATION_TIMEOUT, all).await.map(|_| ()).map_err(|_| {
        Halt::Cluster(format!(
            "some objects were not gone after {} s; their finalizers hold them",
            TERMINATION_TIMEOUT.as_secs()
        ))
    })
}

async fn gone(cluster: &Cluster, object: &ObjectRef) {
    let scope = match object.namespace.as_str() {
        "" => Scope::Cluster,
        namespace => Scope::Namespace(namespace.to_owned()),
    };
    let mut events = cluster.watch(&object.gvk, scope, Selector::fields(format!("metadata.name={}", object.name)));
    loop {
        match events.next().await {
            Event::Deleted(_) => return,
            Event::Restarted(objects) if objects.is_empty() => return,
            Event::Restarted(_) | Event::Applied(_) => {}
        }
    }
}

/// Changes the object's finalizers; an object that is gone has none to change.
async fn edit_finalizers(
    cluster: &Cluster,
    object: &Value,
    edit: impl Fn(&mut Vec<String>),
) -> Result<(), ClusterError> {
    /// Somebody else's write in between is rare; again and again, it is a fight that we do not win by force.
    const ATTEMPTS: usize = 5;
    let Some(reference) = ObjectRef::of(object) else { return Ok(()) };
    let mut current = object.clone();
    let mut attempt = 1;
    loop {
        let held = current["metadata"]["finalizers"].as_array().into_iter().flatten();
        let mut finalizers: Vec<String> = held.filter_map(Value::as_str).map(str::to_owned).collect();
        edit(&mut finalizers);
        // The resource version keeps this from undoing what somebody else does to the list meanwhile.
        let resource_version = &current["metadata"]["resourceVersion"];
        let patch = json!({"metadata": {"finalizers": finalizers, "resourceVersion": resource_version}});
        match cluster.merge_patch(&reference, plan::STATUS_MANAGER, &patch).await {
            Ok(_) | Err(ClusterError::NotFound { .. }) => return Ok(()),
            Err(ClusterError::Conflict { .. }) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
        match cluster.get(&reference).await? {
            Some(newer) => current = newer,
            None => return Ok(()),
        }
    }
}
