//! Compares what Tenter renders with what the real `helm` and `kustomize` render: `just parity`.
//!
//! The tools are built from their published modules (`tests/build-tools`), the charts and kustomizations are fetched
//! (`parity/assemble`); neither is part of this repository. `docs/parity.md` holds the tables that this prints.

mod cases;
mod compare;
mod differences;
mod helm;
mod inputs;
mod kustomize;
mod masks;
mod process;
mod random;
mod report;
mod speed;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use report::Report;

/// Any error; each names its cause.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Compares Tenter with the tools whose work it does.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Charts, then kustomizations
    All(Chosen),
    /// Charts: `helm template` and `tenter render helm`
    Helm(Chosen),
    /// Kustomizations: `kustomize build` and `tenter render kustomize`
    Kustomize(Chosen),
    /// Charts and kustomizations that follow from a seed
    Random(random::Chosen),
    /// How much faster whole processes are
    Speed(speed::Chosen),
}

/// What is compared, and what becomes of it.
#[derive(Debug, Clone, Args)]
struct Chosen {
    /// The folder with the charts and kustomizations that `parity/assemble` makes
    #[arg(long, env = "TENTER_PARITY_SOURCES", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/parity"))]
    sources: PathBuf,
    /// The `tenter` to compare; the one beside this program unless given
    #[arg(long)]
    tenter: Option<PathBuf>,
    /// Only what has this in its name
    #[arg(long)]
    only: Option<String>,
    /// Fail where a tool, a chart or a kustomization is missing, too
    #[arg(long)]
    strict: bool,
    /// Write the tables into docs/parity.md
    #[arg(long)]
    write: bool,
    /// How many lines of each difference are shown
    #[arg(long, default_value_t = 12)]
    lines: usize,
    /// Print a line for every case
    #[arg(long)]
    each: bool,
}

/// The `tenter` that is compared: the one that is named, or else the one beside this program.
fn tenter(named: Option<&Path>) -> Outcome<PathBuf> {
    let beside = || std::env::current_exe().map(|this| this.with_file_name("tenter"));
    let tenter = named.map_or_else(beside, |named| Ok(named.to_owned()))?;
    if tenter.is_file() { Ok(tenter) } else { Err(format!("there is no {}; build it", tenter.display()).into()) }
}

fn main() -> ExitCode {
    match run(Arguments::parse().what) {
        Ok(code) => code,
        Err(error) => {
            // Nothing is left to be done where even standard error is closed.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(what: What) -> Outcome<ExitCode> {
    let (chosen, reports): (Chosen, Vec<Report>) = match what {
        What::All(chosen) => {
            let reports = vec![helm::run(&chosen)?, kustomize::run(&chosen)?];
            (chosen, reports)
        }
        What::Helm(chosen) => {
            let reports = vec![helm::run(&chosen)?];
            (chosen, reports)
        }
        What::Random(chosen) => return random::run(&chosen),
        What::Speed(chosen) => {
            speed::run(&chosen, &mut std::io::stdout().lock())?;
            return Ok(ExitCode::SUCCESS);
        }
        What::Kustomize(chosen) => {
            let reports = vec![kustomize::run(&chosen)?];
            (chosen, reports)
        }
    };
    let mut out = std::io::stdout().lock();
    for report in &reports {
        report.print(&mut out, &chosen)?;
        if chosen.write && chosen.only.is_none() {
            report.write_into_docs()?;
        }
    }
    let failed = reports.iter().any(|report| report.fails(&chosen));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
