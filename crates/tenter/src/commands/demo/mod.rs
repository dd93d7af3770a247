//! `tenter demo`: the whole path on this machine, every step checked.

mod repository;
mod stage;
mod steps;

use std::process::ExitCode;

use super::Context;
use crate::cli::Demo;
use crate::error::Failure;
use crate::output;
use stage::Stage;

/// Shows the steps one after another; stops at the first that does not hold.
pub(crate) async fn run(context: &Context, arguments: Demo) -> Result<ExitCode, Failure> {
    let stage = Stage::set_up(context, &arguments.bareness).await?;
    for (index, step) in steps::STEPS.iter().enumerate() {
        output::print(&format!("\n{}. {}\n", index + 1, step.title))?;
        let report = (step.show)(&stage)
            .await
            .map_err(|failure| Failure::Demo { step: step.title.to_owned(), why: failure.to_string() })?;
        for line in report.lines() {
            output::print(&format!("   {line}\n"))?;
        }
    }
    output::print(&format!("\nall {} steps held\n", steps::STEPS.len()))?;
    if !arguments.exit {
        output::print(&stage.invitation(context))?;
        tokio::signal::ctrl_c().await.map_err(Failure::Runtime)?;
    }
    stage.tear_down().await;
    Ok(ExitCode::SUCCESS)
}
