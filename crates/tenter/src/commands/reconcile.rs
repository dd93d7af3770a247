//! `tenter reconcile`: asks for a reconciliation and waits for its result.

use std::process::ExitCode;

use kinds::flux::helm_release::{FORCE_AT, RESET_AT};
use manifest::Value;
use serde_json::json;

use super::Context;
use crate::cli::Reconcile;
use crate::error::Failure;
use crate::output;
use crate::target::Target;
use crate::view::{Listing, Readiness, Row};

/// Reconciles the target, and before it its source if that is asked for.
pub(crate) async fn run(context: &Context, arguments: Reconcile) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    let timeout = arguments.timeout.0;
    let listing = Listing::from(arguments.target.kind);
    let (target, object) = Target::find(&cluster, listing, context.namespace(), &arguments.target.name).await?;
    if object["spec"]["suspend"] == true {
        return Err(Failure::Usage(format!(
            "{} '{}' is suspended; resume it first",
            listing.kind(),
            arguments.target.name
        )));
    }
    if (arguments.force || arguments.reset) && listing != Listing::HelmRelease {
        return Err(Failure::Usage(
            "--force and --reset are for HelmReleases; others have no failures to forget".into(),
        ));
    }
    if arguments.with_source {
        for (listing, namespace, name) in sources(listing, &object) {
            let (source, _) = Target::find(&cluster, listing, &namespace, &name).await?;
            finished(&source.reconcile(json!({}), &[], timeout).await?)?;
        }
    }
    let wishes = [(arguments.force, FORCE_AT), (arguments.reset, RESET_AT)];
    let wishes: Vec<&str> = wishes.into_iter().filter(|(asked, _)| *asked).map(|(_, annotation)| annotation).collect();
    finished(&target.reconcile(json!({}), &wishes, timeout).await?)?;
    Ok(ExitCode::SUCCESS)
}

/// Where an object's files come from, in the order to fetch them.
fn sources(listing: Listing, object: &Value) -> Vec<(Listing, String, String)> {
    let own = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let read = |reference: &Value| {
        let listing = Listing::of(reference["kind"].as_str()?)?;
        let namespace = reference["namespace"].as_str().filter(|text| !text.is_empty()).unwrap_or(own);
        Some((listing, namespace.to_owned(), reference["name"].as_str()?.to_owned()))
    };
    let spec = &object["spec"];
    let found = match listing {
        Listing::Kustomization | Listing::HelmChart => vec![read(&spec["sourceRef"])],
        Listing::HelmRelease if spec["chartRef"].is_object() => vec![read(&spec["chartRef"])],
        Listing::HelmRelease => {
            let repository = read(&spec["chart"]["spec"]["sourceRef"]);
            let name = format!("{own}-{}", object["metadata"]["name"].as_str().unwrap_or_default());
            let chart = repository.clone().map(|(_, namespace, _)| (Listing::HelmChart, namespace, name));
            vec![repository, chart]
        }
        Listing::GitRepository | Listing::OciRepository | Listing::Bucket | Listing::HelmRepository => Vec::new(),
    };
    found.into_iter().flatten().collect()
}

/// Prints a good result; a bad one is an error.
pub(crate) fn finished(row: &Row) -> Result<(), Failure> {
    match row.readiness {
        Readiness::Ready => output::print(&format!("✔ {} {}/{}: {}\n", row.kind, row.namespace, row.name, row.message)),
        Readiness::InProgress | Readiness::Failed => {
            Err(Failure::Reconciliation(format!("{} {}/{}: {}", row.kind, row.namespace, row.name, row.message)))
        }
    }
}
