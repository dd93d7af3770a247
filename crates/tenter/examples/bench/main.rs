//! Measures what the README promises, each number against its target: `just bench`.
//!
//! Every part runs in a process of its own, so that no part sees the memory or the tasks of another. The floor, a bare
//! loop that only applies the same objects, runs on the same kind of server in the same run: its ratio says more than
//! seconds do.

mod fleet;
mod floor;
mod idle;
mod latency;
mod machine;
mod measure;
mod rendering;
mod stand;
mod start;
mod sync;

use std::io::Write;
use std::process::{Command, ExitCode, Stdio};

use clap::{Parser, ValueEnum};
use measure::{Measure, ratio};

/// Any error; each names its cause.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Set on a child that is to be the real `tenter` process.
const AS_TENTER: &str = "TENTER_BENCH_AS_TENTER";

/// Measures Tenter on this machine.
#[derive(Debug, Clone, Copy, Parser)]
struct Arguments {
    /// Fewer Kustomizations and repetitions, and a shorter idle time
    #[arg(long)]
    quick: bool,
    /// How to print the numbers
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
    /// Only this part, in this process, as JSON
    #[arg(long, value_enum)]
    part: Option<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// What is measured together in one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Start of the embedded cluster
    Start,
    /// Applying all objects and nothing else
    Floor,
    /// Many Kustomizations: sync, memory, idleness, drift, pushes
    Fleet,
    /// Reading and building YAML
    Rendering,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Scale {
    kustomizations: usize,
    repetitions: usize,
    drifts: usize,
    pushes: usize,
    resources: usize,
    idle: std::time::Duration,
}

impl Scale {
    fn of(arguments: Arguments) -> Scale {
        match arguments.quick {
            true => Scale {
                kustomizations: 100,
                repetitions: 3,
                drifts: 20,
                pushes: 5,
                resources: 500,
                idle: std::time::Duration::from_secs(5),
            },
            false => Scale {
                kustomizations: 1000,
                repetitions: 10,
                drifts: 200,
                pushes: 20,
                resources: 4000,
                idle: std::time::Duration::from_secs(60),
            },
        }
    }
}

fn main() -> ExitCode {
    if std::env::var_os(AS_TENTER).is_some() {
        return tenter::run();
    }
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to be done where even standard error is closed.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Outcome<()> {
    let scale = Scale::of(arguments);
    if let Some(part) = arguments.part {
        let measures = in_this_process(part, scale)?;
        return Ok(writeln!(std::io::stdout(), "{}", serde_json::to_string(&measures)?)?);
    }
    let mut measures = Vec::new();
    for part in [Part::Start, Part::Floor, Part::Fleet, Part::Rendering] {
        measures.extend(in_a_child(part, arguments)?);
    }
    measures.extend(ratio("first sync ÷ floor", &measures, sync::FIRST, floor::NAME));
    match arguments.output {
        Format::Table => measure::print_table(&tenter::bench::machine::describe(), &measures),
        Format::Json => Ok(writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&measures)?)?),
    }
}

fn in_a_child(part: Part, arguments: Arguments) -> Outcome<Vec<Measure>> {
    let name = part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    writeln!(std::io::stderr(), "measuring: {name}")?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--part", &name]).stderr(Stdio::inherit());
    if arguments.quick {
        command.arg("--quick");
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("part {name} ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn in_this_process(part: Part, scale: Scale) -> Outcome<Vec<Measure>> {
    // It fails only if it is already set, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let measures = match part {
        Part::Start => runtime.block_on(start::run(scale)),
        Part::Floor => runtime.block_on(floor::run(scale)),
        Part::Fleet => runtime.block_on(sync::run(scale)),
        Part::Rendering => rendering::run(scale),
    };
    // Watches and blocking reads of a stopped engine must not hold up the exit.
    runtime.shutdown_background();
    measures
}
