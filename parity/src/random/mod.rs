//! Charts and kustomizations that follow from a seed: what nobody thought of. The real tools run as one process each that
//! renders all of them; ours is a process for each, so that a crash is found and ends nothing.

mod chart;
mod expression;
mod overlay;
mod rng;
mod values;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use clap::{Args, ValueEnum};
use serde::Deserialize;
use testkit::tools::{self, Tool};

use crate::compare::compare;
use crate::process::{self, Rendered};
use crate::{Outcome, tenter};
use rng::Rng;

/// What is made up, and how much of it.
#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// What everything follows from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many of each
    #[arg(long, default_value_t = 2000)]
    cases: u64,
    /// Only these
    #[arg(long, value_enum)]
    only: Option<Kind>,
    /// Where everything that differs is kept
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/parity-random"))]
    keep: PathBuf,
    /// Keep what both refuse in other words, too
    #[arg(long)]
    words: bool,
    /// The `tenter` to compare; the one beside this program unless given
    #[arg(long)]
    tenter: Option<PathBuf>,
    /// How many differences are shown
    #[arg(long, default_value_t = 10)]
    show: usize,
}

/// What is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// For `helm template`
    Charts,
    /// For `kustomize build`
    Overlays,
}

/// What the real tool answers about one folder.
#[derive(Debug, Deserialize)]
struct Answer {
    output: String,
    #[serde(default)]
    error: Option<String>,
}

/// Compares everything that follows from the seed; fails if anything differs.
pub(crate) fn run(chosen: &Chosen) -> Outcome<ExitCode> {
    let tenter = tenter(chosen.tenter.as_deref())?;
    let mut different = 0;
    for kind in [Kind::Charts, Kind::Overlays] {
        if chosen.only.is_none_or(|only| only == kind) {
            different += compare_all(kind, chosen, &tenter)?;
        }
    }
    Ok(if different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Charts => "charts",
            Kind::Overlays => "overlays",
        }
    }

    fn tool(self) -> Tool {
        match self {
            Kind::Charts => Tool::HelmEach,
            Kind::Overlays => Tool::KustomizeEach,
        }
    }

    fn write(self, rng: &mut Rng, folder: &Path) -> Outcome<()> {
        match self {
            Kind::Charts => chart::write(rng, folder),
            Kind::Overlays => overlay::write(rng, folder),
        }
    }

    /// What ours is asked for the same as [`Kind::tool`] renders.
    fn arguments(self, folder: &Path) -> Vec<String> {
        let path = folder.display().to_string();
        let words: Vec<&str> = match self {
            Kind::Charts => vec!["render", "helm", "demo", &path, "--namespace", "shop"],
            Kind::Overlays => vec!["render", "kustomize", &path],
        };
        let mut arguments: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let given = folder.join("given.yaml");
        if given.is_file() {
            arguments.extend(["--values".to_owned(), given.display().to_string()]);
        }
        arguments
    }
}

/// How many differ.
fn compare_all(kind: Kind, chosen: &Chosen, tenter: &Path) -> Outcome<usize> {
    let scratch = tempfile::tempdir()?;
    let folders: Vec<PathBuf> = (0..chosen.cases).map(|case| scratch.path().join(format!("{case}"))).collect();
    for (case, folder) in (0..).zip(&folders) {
        kind.write(&mut Rng::new(chosen.seed, case), folder)?;
    }
    let answers = answers(&tools::find(kind.tool())?, &folders)?;
    let [mut same, mut refused, mut same_words, mut different] = [0; 4];
    let mut out = std::io::stdout().lock();
    for (case, (folder, answer)) in folders.iter().zip(answers).enumerate() {
        let real = answer.error.map_or(Rendered::Printed(answer.output), Rendered::Refused);
        let ours = process::run(tenter, &kind.arguments(folder), scratch.path())
            .unwrap_or_else(|crash| Rendered::Printed(crash.to_string()));
        let comparison = compare(&real, &ours);
        if comparison.refused {
            refused += 1;
            same_words += usize::from(comparison.same_words);
            if !comparison.same_words && chosen.words {
                keep(folder, &chosen.keep.join(format!("words-{}-{}-{case}", kind.name(), chosen.seed)), &real, &ours)?;
            }
        } else if comparison.same_bytes {
            same += 1;
        } else {
            different += 1;
            let kept = chosen.keep.join(format!("{}-{}-{case}", kind.name(), chosen.seed));
            keep(folder, &kept, &real, &ours)?;
            if different <= chosen.show {
                writeln!(out, "DIFFERENT {}", kept.display())?;
                for found in &comparison.differences {
                    found.text.lines().take(8).try_for_each(|line| writeln!(out, "    {line}"))?;
                }
            }
        }
    }
    writeln!(
        out,
        "{} of seed {}: {same} the same, {refused} refused by both ({same_words} in the same words), {different} different",
        kind.name(),
        chosen.seed
    )?;
    Ok(different)
}

/// What the real tool answers, in the order of the folders.
fn answers(program: &Path, folders: &[PathBuf]) -> Outcome<Vec<Answer>> {
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut input = child.stdin.take().ok_or("the child has a standard input")?;
    let lines: String = folders.iter().map(|folder| format!("{}\n", folder.display())).collect();
    // Answers are read meanwhile: both pipes are smaller than what goes through them.
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| "the writer panicked")??;
    let answers: Vec<Answer> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(serde_json::from_slice)
        .collect::<Result<_, _>>()?;
    if answers.len() == folders.len() {
        Ok(answers)
    } else {
        Err(format!("{}: {} answers", program.display(), answers.len()).into())
    }
}

/// Keeps what differs, with both results, for who wants to find out why.
fn keep(from: &Path, to: &Path, real: &Rendered, ours: &Rendered) -> Outcome<()> {
    copy(from, to)?;
    for (name, rendered) in [("real", real), ("ours", ours)] {
        let (Rendered::Printed(text) | Rendered::Refused(text)) = rendered;
        std::fs::write(to.with_extension(name), text)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Outcome<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
