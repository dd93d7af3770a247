//! Charts: `helm template` of Helm 4 and 3 next to `tenter render helm`.

use std::path::Path;

use testkit::tools::{self, Tool};

use crate::cases::{Case, Chart, Charts};
use crate::compare::{Comparison, compare};
use crate::process::{self, Rendered};
use crate::report::Report;
use crate::{Chosen, Outcome, masks};

/// Sums of one chart.
#[derive(Debug, Default)]
struct Sums {
    cases: usize,
    refused: usize,
    objects: usize,
    equal: usize,
    same_bytes: usize,
    /// Objects in which Helm 3 differs from Helm 4.
    other_in_3: usize,
}

/// Renders every case of every chart.
pub(crate) fn run(chosen: &Chosen) -> Outcome<Report> {
    let mut report = Report::new(
        "helm",
        vec![
            "chart",
            "version",
            "cases",
            "objects",
            "equal objects",
            "equal bytes",
            "refused by both",
            "other in Helm 3",
        ],
    )?;
    let (helm, helm3) = match (tools::find(Tool::Helm), tools::find(Tool::Helm3)) {
        (Ok(helm), Ok(helm3)) => (helm, helm3),
        (Err(missing), _) | (_, Err(missing)) => {
            report.missing(missing.to_string());
            return Ok(report);
        }
    };
    let tenter = chosen.tenter()?;
    let home = tempfile::tempdir()?;
    let charts = Charts::read()?;
    let wanted = |chart: &&Chart| chosen.only.as_deref().is_none_or(|only| chart.folder.contains(only));
    for chart in charts.chart.iter().filter(wanted) {
        let folder = chosen.sources.join("charts").join(&chart.folder);
        if !folder.join("Chart.yaml").is_file() {
            report.missing(format!("there is no chart at {}; `parity/assemble` fetches it", folder.display()));
            continue;
        }
        let mut sums = Sums::default();
        for case in chart.cases(&folder)? {
            let side = Side { helm: &helm, helm3: &helm3, tenter: &tenter, home: home.path(), charts: &charts };
            let (comparison, other_in_3) = side.compare(&case)?;
            report.case(&chart.folder, &case.name, &comparison);
            sums.add(&comparison, other_in_3);
        }
        report.row(chart.folder.clone(), sums.cells(&version(&folder)?));
    }
    Ok(report)
}

/// What all cases are rendered with.
struct Side<'a> {
    helm: &'a Path,
    helm3: &'a Path,
    tenter: &'a Path,
    home: &'a Path,
    charts: &'a Charts,
}

impl Side<'_> {
    /// How ours compares with Helm 4, and in how many objects Helm 3 differs from it.
    fn compare(&self, case: &Case) -> Outcome<(Comparison, usize)> {
        let with = |before: &[&str]| -> Vec<String> {
            before.iter().map(|word| (*word).to_owned()).chain(case.arguments.iter().cloned()).collect()
        };
        let helm = || process::run(self.helm, &with(&["template"]), self.home);
        let unmasked = helm()?;
        if !case.masks.is_empty() && helm()? == unmasked {
            return Err(format!("{}: two renderings are the same; it needs no masks", case.name).into());
        }
        let real = self.masked(unmasked, case)?;
        let real3 = self.masked(process::run(self.helm3, &with(&["template"]), self.home)?, case)?;
        let ours = self.masked(process::run(self.tenter, &with(&["render", "helm"]), self.home)?, case)?;
        let between = compare(&real, &real3);
        Ok((compare(&real, &ours), between.objects - between.equal))
    }

    fn masked(&self, rendered: Rendered, case: &Case) -> Outcome<Rendered> {
        Ok(match rendered {
            Rendered::Printed(text) => Rendered::Printed(masks::apply(&text, &case.masks, &self.charts.mask)?),
            Rendered::Refused(why) => Rendered::Refused(why),
        })
    }
}

impl Sums {
    fn add(&mut self, comparison: &Comparison, other_in_3: usize) {
        self.cases += 1;
        self.refused += usize::from(comparison.refused);
        self.objects += comparison.objects;
        self.equal += comparison.equal;
        self.same_bytes += usize::from(comparison.same_bytes);
        self.other_in_3 += other_in_3;
    }

    fn cells(&self, version: &str) -> Vec<String> {
        let numbers = [self.cases, self.objects, self.equal, self.same_bytes, self.refused, self.other_in_3];
        std::iter::once(version.to_owned()).chain(numbers.iter().map(usize::to_string)).collect()
    }
}

/// What `Chart.yaml` says.
fn version(chart: &Path) -> Outcome<String> {
    let text = std::fs::read_to_string(chart.join("Chart.yaml"))?;
    let version = text.lines().find_map(|line| line.strip_prefix("version:"));
    Ok(version.ok_or("Chart.yaml has no version")?.trim().trim_matches('"').to_owned())
}
