//! `tenter reconcile`: asks for a reconciliation and waits for its result.

use std::process::ExitCode;

use serde_json::json;

use super::Context;
use crate::cli::{Reconcile, TargetKind};
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
    if arguments.with_source && arguments.target.kind == TargetKind::Kustomization {
        let reference = &object["spec"]["sourceRef"];
        let namespace = reference["namespace"].as_str().unwrap_or(context.namespace());
        let name = reference["name"].as_str().unwrap_or_default();
        let (source, _) = Target::find(&cluster, Listing::Sources, namespace, name).await?;
        finished(&source.reconcile(json!({}), timeout).await?)?;
    }
    finished(&target.reconcile(json!({}), timeout).await?)?;
    Ok(ExitCode::SUCCESS)
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
