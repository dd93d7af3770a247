//! `tenter uninstall`: takes the controller out of a cluster. What it applied stays.

use std::process::ExitCode;
use std::time::Duration;

use cluster::{Cluster, ClusterError, Deletion, Event, ObjectRef, Propagation, Scope, Selector};
use manifest::{GroupVersionKind, Value};
use serde_json::json;

use super::Context;
use crate::cli::Uninstall;
use crate::entry::MANAGER;
use crate::error::Failure;
use crate::installation::{CONTROLLER, Installation, KINDS, MANAGED_BY, ServedKind, Tenancy};
use crate::output;

/// The finalizer that sources, Kustomizations and HelmReleases carry.
const FINALIZER: &str = "finalizers.fluxcd.io";

/// How long the controller's pods may take to end.
const GONE_WITHIN: Duration = Duration::from_secs(60);

/// Deletes what `install` made, or lists it.
pub(crate) async fn run(context: &Context, arguments: Uninstall) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    let found = installed(&cluster, &arguments, context.namespace()).await?;
    if !arguments.yes {
        let list = || json!(found.iter().map(|object| object.id().to_string()).collect::<Vec<_>>());
        output::print_as(context.output(), list, || {
            if found.is_empty() {
                return "nothing is installed\n".to_owned();
            }
            let lines: String = found.iter().map(|object| format!("  {}\n", object.id())).collect();
            format!("this would be deleted; --yes does it:\n{lines}")
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    for object in &found {
        let propagation = match object.gvk.kind.as_str() {
            // With its pods: a controller that still runs would take the deletion of what it keeps for a wish to prune.
            "Deployment" => Propagation::Foreground,
            // Without a controller, nobody else lets the objects go.
            "CustomResourceDefinition" => {
                release_all(&cluster, &object.name).await?;
                Propagation::Background
            }
            _ => Propagation::Background,
        };
        let deletion = cluster.delete(object, propagation, None).await?;
        let word = match deletion {
            Deletion::Terminating if object.gvk.kind == "Deployment" => {
                until_gone(&cluster, object).await?;
                "deleted"
            }
            Deletion::Gone => "deleted",
            Deletion::Terminating => "is being deleted",
            Deletion::Absent => "was gone already",
        };
        output::error(&format!("✔ {} {word}", object.id()));
    }
    let list = || json!(found.iter().map(|object| object.id().to_string()).collect::<Vec<_>>());
    output::print_as(context.output(), list, String::new)?;
    Ok(ExitCode::SUCCESS)
}

/// Waits until an object is gone with all that belongs to it.
async fn until_gone(cluster: &Cluster, object: &ObjectRef) -> Result<(), Failure> {
    let selector = Selector::fields(format!("metadata.name={}", object.name));
    let mut events = cluster.watch(&object.gvk, Scope::Namespace(object.namespace.clone()), selector);
    let gone = async {
        loop {
            match events.next().await {
                Event::Deleted(_) => return,
                Event::Restarted(objects) if objects.is_empty() => return,
                Event::Restarted(_) | Event::Applied(_) => {}
            }
        }
    };
    tokio::time::timeout(GONE_WITHIN, gone).await.map_err(|_| Failure::Timeout {
        what: format!("{} or one of its pods was still there, so that nothing else was deleted,", object.id()),
        seconds: GONE_WITHIN.as_secs(),
    })
}

/// What is there of what `install` makes, the controller first and what it needs last. An object that does not carry our
/// label is somebody else's.
async fn installed(cluster: &Cluster, arguments: &Uninstall, entry: &str) -> Result<Vec<ObjectRef>, Failure> {
    let installation = |tenancy| Installation {
        system: arguments.place.system_namespace.clone(),
        entry: entry.to_owned(),
        image: String::new(),
        replicas: 2,
        tenancy,
    };
    let mut wanted: Vec<ObjectRef> = Vec::new();
    for object in [Tenancy::Locked, Tenancy::Open].into_iter().flat_map(|tenancy| installation(tenancy).objects()) {
        if let Some(reference) = ObjectRef::of(&object)
            && !wanted.contains(&reference)
            && (arguments.crds || !reference.gvk.is_definition())
        {
            wanted.push(reference);
        }
    }
    let live = cluster.get_all(&wanted).await;
    let mut found = Vec::new();
    for (reference, live) in wanted.into_iter().zip(live) {
        match live {
            Ok(Some(live)) if live["metadata"]["labels"][MANAGED_BY] == CONTROLLER => found.push(reference),
            Ok(_) | Err(ClusterError::NoSuchKind { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    found.sort_by_key(|reference| rank(&reference.gvk.kind));
    Ok(found)
}

/// The order to delete in: who works, then what was worked on, then rights and namespaces.
fn rank(kind: &str) -> u8 {
    match kind {
        "Deployment" => 0,
        "CustomResourceDefinition" => 1,
        "Namespace" => 3,
        _ => 2,
    }
}

/// Takes our finalizer off every object of a definition, so that they go with it and leave what they applied.
async fn release_all(cluster: &Cluster, definition: &str) -> Result<(), Failure> {
    let Some(kind) = KINDS.into_iter().find(|kind| kind.definition() == definition) else { return Ok(()) };
    let Some(gvk) = served(cluster, kind).await? else { return Ok(()) };
    for object in cluster.list(&gvk, &Scope::Cluster, &Selector::all()).await? {
        let kept: Vec<&Value> = finalizers(&object).filter(|finalizer| *finalizer != FINALIZER).collect();
        if kept.len() == finalizers(&object).count() {
            continue;
        }
        let Some(reference) = ObjectRef::of(&object) else { continue };
        let metadata = &object["metadata"];
        let patch = json!({"metadata": {"finalizers": kept, "resourceVersion": metadata["resourceVersion"]}});
        match cluster.merge_patch(&reference, MANAGER, &patch).await {
            Ok(_) | Err(ClusterError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn finalizers(object: &Value) -> impl Iterator<Item = &Value> {
    object["metadata"]["finalizers"].as_array().into_iter().flatten()
}

async fn served(cluster: &Cluster, kind: ServedKind) -> Result<Option<GroupVersionKind>, Failure> {
    let kinds = cluster.kinds().await?;
    let found = kinds.into_iter().find(|served| served.gvk.group == kind.group && served.plural == kind.plural);
    Ok(found.map(|served| served.gvk))
}
