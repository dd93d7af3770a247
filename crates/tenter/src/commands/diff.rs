//! `tenter diff`: what applying local files would change.

use std::collections::BTreeSet;
use std::process::ExitCode;

use cluster::{ApplyError, ApplyMode, Cluster, ObjectRef};
use kinds::flux::Kustomization;
use kinds::flux::helm_release::CrdPolicy;
use kinds::flux::kustomization::Deletion;
use manifest::{Definition, Manifest, ObjectId, Value};
use plan::decide::Pruning;
use plan::diff::{changed_fields, unified};
use plan::inventory::Inventory;
use plan::labels::{Applier, Owner};
use serde_json::json;

use super::Context;
use crate::charts;
use crate::cli::Diff;
use crate::error::Failure;
use crate::local_build::{Entry, Folders, Gaps, Recursion, Unit};
use crate::output;
use crate::view::Listing;

/// Something differs.
const DIFFERENT: u8 = 1;
/// It cannot be told.
const FAILED: u8 = 2;

/// What would happen to one object.
struct Difference {
    object: ObjectId,
    change: &'static str,
    fields: Vec<String>,
    text: String,
}

/// Compares by a server-side dry run, and prints a unified diff with the values of Secrets masked.
pub(crate) async fn run(context: &Context, arguments: Diff) -> Result<ExitCode, Failure> {
    match compare(context, &arguments).await {
        Ok(differences) if differences.is_empty() => Ok(ExitCode::SUCCESS),
        Ok(differences) => {
            output::print_as(context.output(), || as_value(&differences), || as_text(&differences))?;
            Ok(ExitCode::from(DIFFERENT))
        }
        // Whatever the reason, 1 is taken: it says that something differs.
        Err(failure) => {
            failure.report();
            Ok(ExitCode::from(FAILED))
        }
    }
}

async fn compare(context: &Context, arguments: &Diff) -> Result<Vec<Difference>, Failure> {
    let cluster = context.cluster().await?;
    let file = arguments.kustomization_file.as_deref();
    let entry = Entry::find(Some(&cluster), file, context.namespace(), &arguments.name).await?;
    let folders = Folders::new(&entry, &arguments.path, &arguments.below.local_sources)?;
    let (sources, _cache) = charts::sources(&arguments.below.mirroring)?;
    let mut recursion = Recursion::new(Some(&cluster), folders, sources, Gaps::Refuse)
        .with_age_keys(arguments.below.sops_age_key_file.clone());
    let units = recursion.run(entry, arguments.below.reach()).await?;
    recursion.left_out.iter().for_each(|why| output::error(&format!("► left out: {why}")));
    let mut differences = Vec::new();
    for built in units {
        differences.extend(changed(&cluster, &built).await?);
    }
    Ok(differences)
}

/// What applying one Kustomization or HelmRelease would change.
async fn changed(cluster: &Cluster, unit: &Unit) -> Result<Vec<Difference>, Failure> {
    let definitions = match unit.definition_policy {
        CrdPolicy::Skip => Vec::new(),
        CrdPolicy::Create => missing(cluster, &unit.definitions).await?,
        CrdPolicy::CreateReplace => unit.definitions.clone(),
    };
    let mut differences = applied(cluster, unit.owner.applier, &definitions).await?;
    differences.extend(applied(cluster, unit.owner.applier, &unit.manifests).await?);
    if unit.pruning == Pruning::Enabled
        && let Some(live) = live(cluster, &unit.owner).await?
    {
        differences.extend(pruned(cluster, &live, &unit.manifests).await?);
    }
    Ok(differences)
}

/// Those that are not in the cluster.
async fn missing(cluster: &Cluster, manifests: &[Manifest]) -> Result<Vec<Manifest>, Failure> {
    let references: Vec<ObjectRef> = manifests.iter().filter_map(|manifest| ObjectRef::of(&manifest.value)).collect();
    let mut missing = Vec::new();
    for (manifest, live) in manifests.iter().zip(cluster.get_all(&references).await) {
        if live?.is_none() {
            missing.push(manifest.clone());
        }
    }
    Ok(missing)
}

/// The Kustomization or HelmRelease as it is in the cluster.
async fn live(cluster: &Cluster, owner: &Owner) -> Result<Option<Value>, Failure> {
    let gvk = cluster.preferred(owner.applier.group(), owner.applier.kind()).await?.gvk;
    Ok(cluster.get(&ObjectRef::new(gvk, &owner.namespace, &owner.name)).await?)
}

async fn applied(cluster: &Cluster, applier: Applier, manifests: &[Manifest]) -> Result<Vec<Difference>, Failure> {
    let values: Vec<&Value> = manifests.iter().map(|manifest| &manifest.value).collect();
    let references: Vec<ObjectRef> = values.iter().filter_map(|value| ObjectRef::of(value)).collect();
    let live = cluster.get_all(&references).await;
    let previews = cluster.dry_run_all(&values, &ApplyMode::forced(applier.manager())).await;
    let mut differences = Vec::new();
    let mut refusals = Vec::new();
    for ((manifest, live), preview) in manifests.iter().zip(live).zip(previews) {
        let live = live.unwrap_or_default();
        match preview {
            Ok(after) => differences.extend(difference(&manifest.id(), live.as_ref(), &after)),
            // What its CRD or namespace would make possible is shown as declared.
            Err(ApplyError::NamespaceMissing { .. } | ApplyError::NoSuchKind { .. }) if live.is_none() => {
                differences.extend(difference(&manifest.id(), None, &manifest.value));
            }
            Err(error) => {
                let place = manifest.origin.location.as_ref().map(ToString::to_string).unwrap_or_default();
                refusals.push(format!("{place}: {}: {error}", manifest.id()));
            }
        }
    }
    if refusals.is_empty() { Ok(differences) } else { Err(Failure::Reconciliation(refusals.join("\n"))) }
}

fn difference(object: &ObjectId, live: Option<&Value>, after: &Value) -> Option<Difference> {
    let text = unified(live, Some(after));
    let change = if live.is_some() { "configured" } else { "created" };
    let fields = live.map(|live| changed_fields(live, after)).unwrap_or_default();
    (!text.is_empty()).then(|| Difference { object: object.clone(), change, fields, text })
}

/// What `owner` applied before and does not declare any more; with a Kustomization or HelmRelease goes what it applied.
async fn pruned(cluster: &Cluster, owner: &Value, manifests: &[Manifest]) -> Result<Vec<Difference>, Failure> {
    let declared: BTreeSet<ObjectId> = manifests.iter().map(Manifest::id).collect();
    let inventory = Inventory::from_status(&owner["status"]["inventory"]);
    let inventory = inventory.map_err(|error| Failure::Halted(error.to_string()))?;
    let mut differences = Vec::new();
    for entry in inventory.entries.iter().filter(|entry| !declared.contains(&entry.id)) {
        let object = ObjectRef::new(entry.gvk(), entry.id.namespace.clone(), entry.id.name.clone());
        let Some(live) = cluster.get(&object).await? else { continue };
        if is_kept(&live) {
            continue;
        }
        let text = unified(Some(&live), None);
        differences.push(Difference { object: entry.id.clone(), change: "deleted", fields: Vec::new(), text });
        if takes_its_objects_along(&live) {
            differences.extend(Box::pin(pruned(cluster, &live, &[])).await?);
        }
    }
    Ok(differences)
}

/// Whether Helm leaves an object where it is when it leaves the chart: because the object says so, or because it was in
/// `crds/`, whose objects alone have no mark of the release.
fn is_kept(object: &Value) -> bool {
    let annotations = &object["metadata"]["annotations"];
    let applier = Owner::of(object).map(|owner| owner.applier);
    let is_bare = Definition::of(object).is_some() && annotations["meta.helm.sh/release-name"].is_null();
    applier == Some(Applier::HelmRelease) && (is_bare || annotations["helm.sh/resource-policy"] == "keep")
}

/// Whether deleting an object deletes what it applied.
fn takes_its_objects_along(object: &Value) -> bool {
    match Listing::of(object["kind"].as_str().unwrap_or_default()) {
        Some(Listing::Kustomization) => Kustomization::read(object)
            .is_ok_and(|kustomization| !kustomization.spec.suspend && kustomization.deletion() != Deletion::Orphan),
        Some(Listing::HelmRelease) => object["spec"]["suspend"] != true,
        Some(_) | None => false,
    }
}

fn as_value(differences: &[Difference]) -> Value {
    let entry = |difference: &Difference| {
        json!({
            "object": difference.object,
            "change": difference.change,
            "fields": difference.fields,
            "diff": difference.text,
        })
    };
    Value::Array(differences.iter().map(entry).collect())
}

fn as_text(differences: &[Difference]) -> String {
    differences
        .iter()
        .map(|difference| format!("► {} {}\n{}\n", difference.object, difference.change, difference.text))
        .collect()
}
