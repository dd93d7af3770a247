//! `tenter suspend` and `tenter resume`.

use std::process::ExitCode;

use serde_json::json;

use super::Context;
use crate::cli;
use crate::error::Failure;
use crate::output;
use crate::target::Target;
use crate::view::Listing;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Rest.
    Suspend,
    /// Work again.
    Resume,
}

/// Sets or clears `spec.suspend`.
pub(crate) async fn run(context: &Context, arguments: cli::Target, wish: Wish) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    let listing = Listing::from(arguments.kind);
    let (target, _) = Target::find(&cluster, listing, context.namespace(), &arguments.name).await?;
    let (suspend, done) = match wish {
        Wish::Suspend => (true, "suspended: changes wait until it is resumed"),
        Wish::Resume => (false, "resumed"),
    };
    target.patch(&json!({"spec": {"suspend": suspend}})).await?;
    output::print(&format!("✔ {} {}/{} {done}\n", listing.kind(), context.namespace(), arguments.name))?;
    Ok(ExitCode::SUCCESS)
}
