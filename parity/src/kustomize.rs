//! Kustomizations: `kustomize build` next to `tenter render kustomize`.

use testkit::tools::{self, Tool};

use crate::compare::compare;
use crate::report::Report;
use crate::{Chosen, Outcome, inputs, process};

/// Builds every kustomization.
pub(crate) fn run(chosen: &Chosen) -> Outcome<Report> {
    let mut report = Report::new(
        "kustomize",
        vec!["kustomizations", "builds", "objects", "equal objects", "equal bytes", "refused by both"],
    )?;
    let program = match tools::find(Tool::Kustomize) {
        Ok(program) => program,
        Err(missing) => {
            report.missing(missing.to_string());
            return Ok(report);
        }
    };
    let tenter = crate::tenter(chosen.tenter.as_deref())?;
    let scratch = tempfile::tempdir()?;
    let (sets, missing) = inputs::all(chosen, scratch.path())?;
    missing.into_iter().for_each(|what| report.missing(what));
    for set in sets {
        let [mut objects, mut equal, mut same_bytes, mut refused] = [0; 4];
        for build in &set.builds {
            let with = |before: &[&str]| -> Vec<String> {
                let folder = build.folder.display().to_string();
                let before = before.iter().map(|word| (*word).to_owned());
                before.chain([folder]).chain(build.flags.iter().cloned()).collect()
            };
            let real = process::run(&program, &with(&["build"]), scratch.path())?;
            let ours = process::run(&tenter, &with(&["render", "kustomize"]), scratch.path())?;
            let comparison = compare(&real, &ours);
            report.case(&set.name, &build.name, &comparison);
            objects += comparison.objects;
            equal += comparison.equal;
            same_bytes += usize::from(comparison.same_bytes);
            refused += usize::from(comparison.refused);
        }
        let numbers = [set.builds.len(), objects, equal, same_bytes, refused];
        report.row(set.name, numbers.iter().map(usize::to_string).collect());
    }
    Ok(report)
}
