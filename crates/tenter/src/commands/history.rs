//! `tenter history`: the revisions a Kustomization or HelmRelease had, and what came of each.

use std::process::ExitCode;

use engine::kustomization::PINNED_REVISION;
use kinds::flux::{HelmRelease, Kustomization};
use manifest::Value;
use plan::labels::Applier;
use serde_json::json;

use super::Context;
use crate::cli::History;
use crate::error::Failure;
use crate::output::{self, Table};
use crate::target::{Applied, Target};
use crate::view::short_revision;

/// Prints the history, newest first.
pub(crate) async fn run(context: &Context, arguments: History) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    let about = Applied::parse(&arguments.name)?;
    let (_, object) = Target::find(&cluster, about.listing(), context.namespace(), &about.name).await?;
    let pinned = &object["metadata"]["annotations"][PINNED_REVISION];
    let table = match about.applier {
        Applier::Kustomization => revisions(&object)?,
        Applier::HelmRelease => releases(&object)?,
    };
    output::print_as(
        context.output(),
        || json!({"pinnedRevision": pinned, "history": object["status"]["history"]}),
        || if table.is_empty() { "nothing was reconciled yet\n".to_owned() } else { table.to_string() },
    )?;
    Ok(ExitCode::SUCCESS)
}

fn revisions(object: &Value) -> Result<Table, Failure> {
    let kustomization = Kustomization::read(object).map_err(|error| Failure::Halted(error.to_string()))?;
    let pinned = kustomization.metadata.annotations.get(PINNED_REVISION);
    let mut table = Table::new(["REVISION", "RESULT", "FIRST", "LAST", "TIMES", "TOOK", "AUTHOR"]);
    for entry in &kustomization.status.history {
        let fact = |key: &str| entry.metadata.get(key).cloned().unwrap_or_default();
        let revision = fact("revision");
        let mark = if pinned == Some(&revision) { " (pinned)" } else { "" };
        table.row([
            format!("{}{mark}", short_revision(&revision)),
            entry.last_reconciled_status.clone(),
            entry.first_reconciled.clone(),
            entry.last_reconciled.clone(),
            entry.total_reconciliations.to_string(),
            entry.last_reconciled_duration.clone(),
            fact("author"),
        ]);
    }
    Ok(table)
}

/// The columns of `helm history`.
fn releases(object: &Value) -> Result<Table, Failure> {
    let release = HelmRelease::read(object).map_err(|error| Failure::Halted(error.to_string()))?;
    let mut table = Table::new(["REVISION", "STATUS", "CHART", "APP VERSION", "FIRST", "LAST"]);
    for snapshot in release.status.history.all() {
        table.row([
            snapshot.version.to_string(),
            snapshot.status.clone(),
            format!("{}-{}", snapshot.chart_name, snapshot.chart_version),
            snapshot.app_version.clone(),
            snapshot.first_deployed.clone().unwrap_or_default(),
            snapshot.last_deployed.clone().unwrap_or_default(),
        ]);
    }
    Ok(table)
}
