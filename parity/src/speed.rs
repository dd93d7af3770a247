//! How much faster whole processes are: Istio's control plane as a chart, one small overlay, and the analysis of meshes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use testkit::generated_mesh;
use testkit::tools::{self, Tool};

use crate::process::{self, Rendered};
use crate::{Outcome, tenter};

/// What is measured, and how often.
#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// The folder with the charts that `parity/assemble` makes
    #[arg(long, env = "TENTER_PARITY_SOURCES", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/parity"))]
    sources: PathBuf,
    /// The median of this many runs counts
    #[arg(long, default_value_t = 15)]
    runs: usize,
    /// The `tenter` to measure; the one beside this program unless given
    #[arg(long)]
    tenter: Option<PathBuf>,
}

/// How many objects the meshes have that are analysed.
const MESHES: [usize; 2] = [1_000, 10_000];

/// A ratio, and the least that it should be, if anything was promised.
struct Measured {
    what: String,
    real: Duration,
    ours: Duration,
    target: Option<f64>,
}

/// Measures both and prints a table for `docs/benchmarks.md`.
pub(crate) fn run(chosen: &Chosen, out: &mut impl std::io::Write) -> Outcome<()> {
    let tenter = tenter(chosen.tenter.as_deref())?;
    let istiod = chosen.sources.join("charts/istio-istiod").display().to_string();
    let overlay = Path::new(env!("CARGO_MANIFEST_DIR")).join("overlays/shop/base").display().to_string();
    let small = median(&tenter, &["render", "kustomize", &overlay], chosen.runs)?;
    let mut measured = vec![
        Measured {
            what: "`helm template` of istiod ÷ ours, whole processes".to_owned(),
            real: median(&tools::find(Tool::Helm)?, &["template", "istiod", &istiod], chosen.runs)?,
            ours: median(&tenter, &["render", "helm", "istiod", &istiod], chosen.runs)?,
            target: Some(5.0),
        },
        Measured {
            what: "`kubectl kustomize` of a small overlay ÷ ours, whole processes".to_owned(),
            real: median(Path::new("kubectl"), &["kustomize", &overlay], chosen.runs)?,
            ours: small,
            target: Some(10.0),
        },
        Measured {
            what: "`kustomize build` of the same ÷ ours, whole processes".to_owned(),
            real: median(&tools::find(Tool::Kustomize)?, &["build", &overlay], chosen.runs)?,
            ours: small,
            target: None,
        },
    ];
    let folder = tempfile::tempdir()?;
    for size in MESHES {
        let file = folder.path().join(format!("{size}.yaml"));
        std::fs::write(&file, mesh(size))?;
        let file = file.display().to_string();
        measured.push(Measured {
            what: format!("`istioctl analyze` of {size} objects ÷ ours, whole processes"),
            real: median(&tools::find(Tool::Istioctl)?, &["analyze", "--use-kube=false", &file], chosen.runs)?,
            ours: median(&tenter, &["analyze", "--failure-threshold", "never", &file], chosen.runs)?,
            target: None,
        });
    }
    writeln!(out, "| measured | theirs | ours | ratio | target | |\n|---|--:|--:|--:|---|---|")?;
    for Measured { what, real, ours, target } in measured {
        let ratio = real.as_secs_f64() / ours.as_secs_f64();
        let verdict = match target {
            Some(target) if ratio >= target => "met",
            Some(_) => "missed",
            None => "",
        };
        let target = target.map(|target| format!("≥ {target}")).unwrap_or_default();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        let (real, ours) = (milliseconds(real), milliseconds(ours));
        writeln!(out, "| {what} | {real:.1} ms | {ours:.1} ms | {ratio:.1} | {target} | {verdict} |")?;
    }
    Ok(())
}

/// A mesh in one file, an object in each document.
fn mesh(size: usize) -> String {
    let mut text = String::new();
    for object in generated_mesh::objects(size) {
        // Writing to a text cannot fail.
        let _written = writeln!(text, "---\n{object}");
    }
    text
}

/// Whether a program only says that there is something to say about what it looked at.
fn is_verdict(why: &str) -> bool {
    why.contains("Analyzers found issues")
}

/// What half of the runs do not exceed.
fn median(program: &Path, arguments: &[&str], runs: usize) -> Outcome<Duration> {
    let home = tempfile::tempdir()?;
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let mut taken = Vec::with_capacity(runs);
    for _ in 0..runs {
        let started = Instant::now();
        let rendered = process::run(program, &arguments, home.path())?;
        taken.push(started.elapsed());
        if let Rendered::Refused(why) = rendered
            && !is_verdict(&why)
        {
            return Err(format!("{}: {why}", program.display()).into());
        }
    }
    taken.sort();
    taken.get(taken.len() / 2).copied().ok_or_else(|| "--runs must be at least 1".into())
}
