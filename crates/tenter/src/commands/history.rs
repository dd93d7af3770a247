//! `tenter history`: the revisions a Kustomization had, and what came of each.

use std::process::ExitCode;

use engine::kustomization::PINNED_REVISION;
use kinds::flux::Kustomization;
use serde_json::json;

use super::Context;
use crate::cli::History;
use crate::error::Failure;
use crate::output::{self, Table};
use crate::target::Target;
use crate::view::{Listing, short_revision};

/// Prints the history, newest first.
pub(crate) async fn run(context: &Context, arguments: History) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    let (_, object) = Target::find(&cluster, Listing::Kustomizations, context.namespace(), &arguments.name).await?;
    let kustomization = Kustomization::read(&object).map_err(|error| Failure::Halted(error.to_string()))?;
    let pinned = kustomization.metadata.annotations.get(PINNED_REVISION);
    output::print_as(
        context.output(),
        || json!({"pinnedRevision": pinned, "history": object["status"]["history"]}),
        || {
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
            if table.is_empty() { "nothing was reconciled yet\n".to_owned() } else { table.to_string() }
        },
    )?;
    Ok(ExitCode::SUCCESS)
}
