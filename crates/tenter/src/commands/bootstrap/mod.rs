//! `tenter bootstrap`: a repository that installs the controller, and a cluster that follows it.

mod credentials;
mod manifests;
mod repository;

use std::process::ExitCode;
use std::time::Duration;

use cluster::{ApplyMode, Cluster, Event, Scope, Selector};
use manifest::{GroupVersionKind, Value};
use plan::labels::Applier;
use serde_json::json;

use self::manifests::Manifests;
use self::repository::Clone;
use super::Context;
use super::check::{conflicts, version};
use super::install::{self, Outcome};
use crate::cli::{Bootstrap, BootstrapGit, Provider};
use crate::entry::{Entry, NAME};
use crate::error::Failure;
use crate::installation::{Installation, Tenancy};
use crate::output;
use crate::view::{Readiness, Row};

/// Writes, pushes, installs and waits.
pub(crate) async fn run(context: &Context, arguments: Bootstrap) -> Result<ExitCode, Failure> {
    match arguments.provider {
        Provider::Git(arguments) => git(context, &arguments).await,
    }
}

async fn git(context: &Context, arguments: &BootstrapGit) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    version::supported(&cluster).await?;
    conflicts::none(&cluster).await?;
    let installation = installation(context, arguments);
    let credentials = credentials::find(&cluster, context.namespace(), arguments).await?;

    let components = ours(&cluster, &installation).await?;
    let entry = Entry {
        namespace: context.namespace().to_owned(),
        url: arguments.url.clone(),
        branch: Some(arguments.branch.clone()),
        path: manifests::folder(&arguments.path)?,
        interval: arguments.interval,
    };
    let manifests = Manifests::new(&entry, components, credentials.as_ref().map(|secret| secret.name()));
    let clone = Clone::of(&arguments.url, &arguments.branch).await?;
    manifests.write(&clone)?;
    let author = repository::Author { name: arguments.author_name.clone(), email: arguments.author_email.clone() };
    let commit = match clone.commit(&format!("Add Tenter at {}", entry.path), &author).await? {
        Some(commit) => {
            clone.push().await?;
            output::error(&format!("✔ pushed {commit} to {} of {}", arguments.branch, arguments.url));
            commit
        }
        None => {
            output::error("► the repository already holds it");
            clone.head().await?
        }
    };

    // With the manager that the controller itself applies with: it will find nothing to do.
    let mode = ApplyMode::forced(Applier::Kustomization.manager());
    for object in manifests.components() {
        told(object, install::put(&cluster, object, &mode).await?);
    }
    if let Some(secret) = &credentials {
        secret.apply(&cluster).await?;
    }
    install::wait(&cluster, &installation, arguments.timeout.0).await?;
    for object in manifests.entry() {
        told(object, install::put(&cluster, object, &mode).await?);
    }
    let row = follow(&cluster, &entry.namespace, &commit, arguments.timeout.0).await?;
    output::error(&format!("✔ Kustomization {}/{}: {}", row.namespace, row.name, row.message));
    let summary = || json!({"url": arguments.url, "branch": arguments.branch, "path": entry.path, "commit": commit});
    output::print_as(context.output(), summary, String::new)?;
    Ok(ExitCode::SUCCESS)
}

fn installation(context: &Context, arguments: &BootstrapGit) -> Installation {
    let controller = &arguments.controller;
    Installation {
        system: controller.place.system_namespace.clone(),
        entry: context.namespace().to_owned(),
        image: controller.image.clone(),
        replicas: controller.replicas,
        tenancy: if controller.open { Tenancy::Open } else { Tenancy::Locked },
    }
}

/// What Git is to declare: not the definitions that somebody else installed, which would be rewritten by it.
async fn ours(cluster: &Cluster, installation: &Installation) -> Result<Vec<Value>, Failure> {
    let mut ours = Vec::new();
    for object in installation.objects() {
        if !install::is_adopted(cluster, &object).await? {
            ours.push(object);
        }
    }
    Ok(ours)
}

fn told(object: &Value, outcome: Outcome) {
    output::error(&format!("{} {} {}", outcome.mark(), install::id(object), outcome.word()));
}

/// Waits until the entry is applied at the commit, or one after it.
async fn follow(cluster: &Cluster, namespace: &str, commit: &str, limit: Duration) -> Result<Row, Failure> {
    let kustomizations = GroupVersionKind::from_api_version("kustomize.toolkit.fluxcd.io/v1", "Kustomization");
    let selector = Selector::fields(format!("metadata.name={NAME}"));
    let mut events = cluster.watch(&kustomizations, Scope::Namespace(namespace.to_owned()), selector);
    let mut message = "nobody has looked at it yet".to_owned();
    let ready = async {
        loop {
            let object = match events.next().await {
                Event::Applied(object) => object,
                Event::Restarted(objects) => match objects.into_iter().next() {
                    Some(object) => object,
                    None => continue,
                },
                Event::Deleted(_) => continue,
            };
            let row = Row::of(&object);
            if row.readiness == Readiness::Ready && row.revision.contains(&commit[..commit.len().min(8)]) {
                return row;
            }
            if !row.message.is_empty() && row.message != message {
                output::error(&format!("► Kustomization {}/{}: {}", row.namespace, row.name, row.message));
                message = row.message;
            }
        }
    };
    match tokio::time::timeout(limit, ready).await {
        Ok(row) => Ok(row),
        Err(_) => Err(Failure::Timeout {
            what: format!("Kustomization {namespace}/{NAME} was not applied at {commit} ({message})"),
            seconds: limit.as_secs(),
        }),
    }
}
