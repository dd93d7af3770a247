//! The command line of Tenter: parses, runs a command, and turns every error into an exit code and a hint.
//!
//! Data goes to stdout; logs, progress and errors go to stderr.

pub mod bench;
mod charts;
pub mod cli;
mod commands;
mod connect;
mod entry;
mod error;
mod installation;
mod local_build;
mod local_cluster;
mod output;
mod place;
mod provenance;
mod reached;
mod scratch_repository;
mod state;
mod survey;
mod target;
mod telemetry;
mod view;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Command};
use crate::commands::Context;
use crate::error::Failure;

/// Thousands of small JSON values come and go here: a third of the profile of a sync was the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    // What runs unattended is known by its log alone.
    let least = u8::from(matches!(cli.command, Command::Run(_)));
    log_to_stderr(cli.global.verbose.max(least));
    install_crypto();
    dispatch(cli).unwrap_or_else(|failure| failure.report())
}

/// One TLS provider for everything that speaks TLS.
fn install_crypto() {
    // It fails only if it is already set, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Runs a command. Those that only compute start no runtime: its threads would cost more than a small build.
fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    let prints_reports = matches!(cli.command, Command::Analyze(_) | Command::Test(_));
    if let Some(output) = cli.global.output.filter(|output| output.format().is_none() && !prints_reports) {
        let name = output.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        return Err(Failure::Usage(format!("-o {name} is for reports, such as those of `tenter analyze`")));
    }
    let context = Context::new(cli.global);
    match cli.command {
        Command::Analyze(arguments) => waiting(commands::analyze::run(&context, arguments)),
        Command::Demo(arguments) => waiting(commands::demo::run(&context, arguments)),
        Command::Up(arguments) => waiting(commands::up::run(&context, arguments)),
        Command::Install(arguments) => waiting(commands::install::run(&context, arguments)),
        Command::Bootstrap(arguments) => waiting(commands::bootstrap::run(&context, arguments)),
        Command::Uninstall(arguments) => waiting(commands::uninstall::run(&context, arguments)),
        Command::Check(arguments) => waiting(commands::check::run(&context, arguments)),
        Command::Run(arguments) => waiting(commands::run::run(&context, *arguments)),
        Command::Build(arguments) => waiting(commands::build::run(&context, arguments)),
        Command::Diff(arguments) => waiting(commands::diff::run(&context, arguments)),
        Command::Explain(arguments) => waiting(commands::explain::run(&context, arguments)),
        Command::Test(arguments) => waiting(commands::test::run(&context, arguments)),
        Command::Split(arguments) => commands::split::run(&context, &arguments),
        Command::Changelog(arguments) => waiting(commands::changelog::run(&context, arguments)),
        Command::Render(arguments) => commands::render::run(&context, arguments),
        Command::Get(arguments) => waiting(commands::get::run(&context, arguments)),
        Command::Tree(arguments) => waiting(commands::tree::run(&context, arguments)),
        Command::Trace(arguments) => waiting(commands::trace::run(&context, arguments)),
        Command::Events(arguments) => waiting(commands::events::run(&context, arguments)),
        Command::History(arguments) => waiting(commands::history::run(&context, arguments)),
        Command::Reconcile(arguments) => waiting(commands::reconcile::run(&context, arguments)),
        Command::Suspend(arguments) => {
            waiting(commands::suspend::run(&context, arguments, commands::suspend::Wish::Suspend))
        }
        Command::Resume(arguments) => {
            waiting(commands::suspend::run(&context, arguments, commands::suspend::Wish::Resume))
        }
        Command::Rollback(arguments) => waiting(commands::rollback::run(&context, arguments)),
        Command::Bench(arguments) => waiting(commands::bench::run(&context, arguments)),
        Command::Completion(arguments) => commands::completion::run(arguments),
    }
}

/// What a command that waits for clusters, sources or signals ends with.
fn waiting(command: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::Runtime)?;
    let outcome = runtime.block_on(command);
    // Watches and blocking reads of a stopped engine must not hold up the exit.
    runtime.shutdown_background();
    outcome
}

fn log_to_stderr(verbose: u8) {
    let default = match verbose {
        0 => "error",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("TENTER_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // It fails only if a subscriber is already set, as in a test.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour).try_init();
}
