//! Reading YAML and building one large kustomization, next to `kubectl kustomize` where there is one.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use manifest::{Tree, yaml};
use render::kustomize::{self, Options, Overlay};

use crate::measure::{Measure, Target};
use crate::{Outcome, Scale, fleet};

/// How many resources are built next to `kubectl`, whose time grows with their square.
const COMPARED: usize = 500;

/// Resources per file.
const PER_FILE: usize = 40;

pub(crate) fn run(scale: Scale) -> Outcome<Vec<Measure>> {
    let files = files_of(scale.resources);
    let documents: String = files.iter().skip(1).map(|(_, text)| format!("---\n{text}")).collect();
    let reading = best(scale, || {
        yaml::read_manifests(documents.as_bytes(), "all.yaml", yaml::Profile::Kustomize, &yaml::Limits::default())
            .map(drop)
            .map_err(|diagnostics| format!("{diagnostics:?}").into())
    })?;
    let building = best(scale, || build(&files, scale.resources))?;
    let mebibytes = documents.len() as f64 / f64::from(1 << 20);
    let mut measures = vec![
        Measure::new("reading YAML", mebibytes / reading.as_secs_f64(), "MiB/s"),
        Measure::new("resources in one kustomization", scale.resources as f64, ""),
        Measure::milliseconds("building it", building).with(Target::AtMost(1000.0)),
    ];
    let few = files_of(COMPARED);
    if let Some(kubectl) = with_kubectl(&few)? {
        let building = best(scale, || build(&few, COMPARED))?;
        measures.push(Measure::new("resources in one kustomization, compared", COMPARED as f64, ""));
        measures.push(Measure::milliseconds("building it", building));
        measures.push(Measure::milliseconds("building it with `kubectl kustomize`", kubectl));
        let ratio = kubectl.as_secs_f64() / building.as_secs_f64();
        measures.push(Measure::new("`kubectl kustomize` ÷ ours", ratio, "×").with(Target::AtLeast(20.0)));
    }
    Ok(measures)
}

fn build(files: &[(String, String)], resources: usize) -> Outcome<()> {
    let tree = Tree::from_texts(files.iter().map(|(path, text)| (path, text)));
    let built = kustomize::build(&tree, "", &Options::flux(overlay())).map_err(|problems| format!("{problems:?}"))?;
    if built.len() == resources { Ok(()) } else { Err(format!("{} objects came out", built.len()).into()) }
}

fn overlay() -> Overlay {
    Overlay { target_namespace: Some("prod".to_owned()), ..Overlay::default() }
}

/// The shortest of a few runs: everything longer is somebody else's time.
fn best(scale: Scale, run: impl Fn() -> Outcome<()>) -> Outcome<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..scale.repetitions {
        let started = Instant::now();
        run()?;
        best = best.min(started.elapsed());
    }
    Ok(best)
}

/// A kustomization with labels, first, and the files it names.
fn files_of(resources: usize) -> Vec<(String, String)> {
    let objects = fleet::rendered(resources.div_ceil(4));
    let chunks: Vec<(String, String)> = objects[..resources]
        .chunks(PER_FILE)
        .enumerate()
        .map(|(index, chunk)| (format!("resources-{index:03}.yaml"), yaml::write_documents(chunk)))
        .collect();
    let names: String = chunks.iter().map(|(name, _)| format!("- {name}\n")).collect();
    let kustomization = format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: prod\nlabels:\n- pairs:\n    team: \
         shop\nimages:\n- name: registry.example.com/app\n  newName: mirror.example.com/app\nresources:\n{names}"
    );
    [("kustomization.yaml".to_owned(), kustomization)].into_iter().chain(chunks).collect()
}

/// How long `kubectl kustomize` takes, where there is a kubectl: `$KUBECTL` or the one on the path.
fn with_kubectl(files: &[(String, String)]) -> Outcome<Option<Duration>> {
    let kubectl = std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into());
    let folder = tempfile::tempdir()?;
    for (path, text) in files {
        std::fs::write(folder.path().join(path), text)?;
    }
    let run = |folder: &Path| {
        Command::new(&kubectl).arg("kustomize").arg(folder).stdout(Stdio::null()).stderr(Stdio::null()).status()
    };
    let started = Instant::now();
    match run(folder.path()) {
        Ok(status) if status.success() => Ok(Some(started.elapsed())),
        // None on this machine, or not a usable one: then there is nothing to compare with.
        Ok(_) | Err(_) => Ok(None),
    }
}
