//! `tenter trace`: object → HelmRelease → Kustomization → source → commit and author.

use std::process::ExitCode;

use cluster::{ApiKind, Cluster, ObjectRef};
use kinds::flux::Kustomization;
use manifest::{GroupVersionKind, Value};
use plan::labels::{Applier, Owner};
use serde_json::json;

use super::Context;
use super::events::About;
use crate::cli::Trace;
use crate::error::Failure;
use crate::output;
use crate::target::Target;
use crate::view::{Listing, Row};

/// Owners are followed this far: Pod → ReplicaSet → Deployment → …
const MOST_OWNERS: usize = 10;

/// Prints the way of an object back to its commit.
pub(crate) async fn run(context: &Context, arguments: Trace) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    let about = About::parse(&arguments.object)?;
    let kind = resolve(&cluster, &about.kind).await?;
    let namespace = match kind.scope {
        cluster::KindScope::Namespaced => context.namespace(),
        cluster::KindScope::Cluster => "",
    };
    let (chain, object) = owners(&cluster, ObjectRef::new(kind.gvk, namespace, &about.name)).await?;
    let owner = Owner::of(&object).ok_or_else(|| {
        Failure::Usage(format!(
            "{} was not applied by a Kustomization: it has no owner labels",
            chain.join(", owned by ")
        ))
    })?;
    let (_, applied) = Target::find(&cluster, Listing::Kustomization, &owner.namespace, &owner.name).await?;
    let kustomization = Kustomization::read(&applied).map_err(|error| Failure::Halted(error.to_string()))?;
    let reference = &kustomization.spec.source_ref;
    let source = match Listing::of(&reference.kind) {
        Some(listing) => {
            let found = Target::find(&cluster, listing, kustomization.source_namespace(), &reference.name).await;
            found.ok().map(|(_, source)| source).unwrap_or_default()
        }
        None => Value::Null,
    };
    output::print_as(
        context.output(),
        || as_value(&chain, &applied, &kustomization, &source),
        || as_text(&chain, &applied, &kustomization, &source),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// A kind by any name kubectl would take: kind, plural, singular or short name, in any case.
async fn resolve(cluster: &Cluster, name: &str) -> Result<ApiKind, Failure> {
    let kinds = cluster.kinds().await?;
    let matches = |kind: &&ApiKind| kind.gvk.kind.to_lowercase() == name || kind.plural == name;
    let short = |kind: &&ApiKind| kind.short_names.iter().any(|short| short == name);
    kinds
        .iter()
        .find(matches)
        .or_else(|| kinds.iter().find(short))
        .cloned()
        .ok_or_else(|| Failure::Usage(format!("the cluster serves no kind {name:?}")))
}

/// The names from the object up to its last owner, and that owner.
async fn owners(cluster: &Cluster, mut next: ObjectRef) -> Result<(Vec<String>, Value), Failure> {
    let mut chain = Vec::new();
    loop {
        let object = cluster.get(&next).await?.ok_or_else(|| Failure::NotFound {
            kind: next.gvk.kind.clone(),
            namespace: next.namespace.clone(),
            name: next.name.clone(),
        })?;
        chain.push(next.id().to_string());
        if chain.len() >= MOST_OWNERS {
            return Ok((chain, object));
        }
        next = match above(cluster, &object, &next.namespace).await? {
            Some(owner) => owner,
            None => return Ok((chain, object)),
        };
    }
}

/// Who made an object: the HelmRelease that its labels name, or its controller. What a Kustomization applied, and what
/// nobody made, has none.
async fn above(cluster: &Cluster, object: &Value, namespace: &str) -> Result<Option<ObjectRef>, Failure> {
    match Owner::of(object) {
        Some(Owner { applier: Applier::Kustomization, .. }) => Ok(None),
        Some(Owner { applier: Applier::HelmRelease, namespace, name }) => {
            let kind = cluster.preferred(Applier::HelmRelease.group(), Applier::HelmRelease.kind()).await?;
            Ok(Some(ObjectRef::new(kind.gvk, namespace, name)))
        }
        None => {
            let owners = object["metadata"]["ownerReferences"].as_array().into_iter().flatten();
            let controller = owners.into_iter().find(|owner| owner["controller"] == true);
            Ok(controller.map(|owner| {
                let text = |field: &str| owner[field].as_str().unwrap_or_default();
                let gvk = GroupVersionKind::from_api_version(text("apiVersion"), text("kind"));
                ObjectRef::new(gvk, namespace, text("name"))
            }))
        }
    }
}

fn as_value(chain: &[String], applied: &Value, kustomization: &Kustomization, source: &Value) -> Value {
    json!({
        "object": chain.first(),
        "owners": chain.iter().skip(1).collect::<Vec<_>>(),
        "kustomization": {
            "namespace": kustomization.metadata.namespace,
            "name": kustomization.metadata.name,
            "path": kustomization.spec.path,
            "revision": applied["status"]["lastAppliedRevision"],
            "ready": Row::of(applied).readiness.word(),
            "message": Row::of(applied).message,
        },
        "source": {
            "kind": kustomization.spec.source_ref.kind,
            "name": kustomization.spec.source_ref.name,
            "url": source["spec"]["url"],
            "revision": source["status"]["artifact"]["revision"],
            "commit": source["status"]["artifact"]["metadata"],
        },
    })
}

fn as_text(chain: &[String], applied: &Value, kustomization: &Kustomization, source: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (row, commit) = (Row::of(applied), &source["status"]["artifact"]["metadata"]);
    let mut lines = vec![("Object", chain.first().cloned().unwrap_or_default())];
    lines.extend(chain.iter().skip(1).map(|owner| ("Owned by", owner.clone())));
    lines.extend([
        ("Kustomization", format!("{}/{}", kustomization.metadata.namespace, kustomization.metadata.name)),
        ("Path", kustomization.spec.path.clone()),
        ("Revision", text(&applied["status"]["lastAppliedRevision"])),
        ("Status", format!("ready {}: {}", row.readiness.word(), row.message)),
        ("Source", format!("{}/{}", kustomization.spec.source_ref.kind, kustomization.spec.source_ref.name)),
        ("URL", text(&source["spec"]["url"])),
        ("Newest", text(&source["status"]["artifact"]["revision"])),
        ("Commit", text(&commit["message"])),
        ("Author", text(&commit["author"])),
        ("Date", text(&commit["date"])),
    ]);
    let told = lines.iter().filter(|(_, value)| !value.is_empty());
    told.map(|(name, value)| format!("{:<15}{value}\n", format!("{name}:"))).collect()
}
