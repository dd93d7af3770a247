//! The command line of Tenter: parses, runs a command, and turns every error into an exit code and a hint.
//!
//! Data goes to stdout; logs, progress and errors go to stderr.

mod charts;
pub mod cli;
mod commands;
mod connect;
mod entry;
mod error;
mod local_build;
mod local_cluster;
mod output;
mod reached;
mod state;
mod target;
mod view;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
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
    log_to_stderr(cli.global.verbose);
    // One TLS provider for everything that speaks TLS. It fails only if it is already set, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::Runtime(error).report(),
    };
    let outcome = runtime.block_on(dispatch(cli));
    // Watches and blocking reads of a stopped engine must not hold up the exit.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

async fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    let context = Context::new(cli.global);
    match cli.command {
        Command::Demo(arguments) => commands::demo::run(&context, arguments).await,
        Command::Up(arguments) => commands::up::run(&context, arguments).await,
        Command::Build(arguments) => commands::build::run(&context, arguments).await,
        Command::Diff(arguments) => commands::diff::run(&context, arguments).await,
        Command::Render(arguments) => commands::render::run(&context, arguments),
        Command::Get(arguments) => commands::get::run(&context, arguments).await,
        Command::Tree(arguments) => commands::tree::run(&context, arguments).await,
        Command::Trace(arguments) => commands::trace::run(&context, arguments).await,
        Command::Events(arguments) => commands::events::run(&context, arguments).await,
        Command::History(arguments) => commands::history::run(&context, arguments).await,
        Command::Reconcile(arguments) => commands::reconcile::run(&context, arguments).await,
        Command::Suspend(arguments) => {
            commands::suspend::run(&context, arguments, commands::suspend::Wish::Suspend).await
        }
        Command::Resume(arguments) => {
            commands::suspend::run(&context, arguments, commands::suspend::Wish::Resume).await
        }
        Command::Rollback(arguments) => commands::rollback::run(&context, arguments).await,
        Command::Completion(arguments) => commands::completion::run(arguments),
    }
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
