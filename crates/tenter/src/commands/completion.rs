//! `tenter completion`.

use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::{Cli, Completion};
use crate::error::Failure;
use crate::output;

/// Prints the script on stdout.
pub(crate) fn run(arguments: Completion) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "tenter", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
