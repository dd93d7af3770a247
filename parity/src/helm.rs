//! Charts: `helm template` of Helm 4 and 3 next to `tenter render helm`.

use std::path::Path;

use testkit::tools::{self, Tool};

use crate::cases::{Case, Chart, Charts};
use crate::compare::{Comparison, Found, WHOLE, compare};
use crate::process::{self, Rendered};
use crate::report::Report;
use crate::{Chosen, Outcome, masks};

/// Whose behaviour is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Three,
    Four,
}

/// Sums of one chart.
#[derive(Debug, Default)]
struct Sums {
    cases: usize,
    refused: usize,
    four: Side,
    three: Side,
}

/// Sums of one chart as one version of Helm renders it.
#[derive(Debug, Default)]
struct Side {
    objects: usize,
    equal: usize,
    same_bytes: usize,
}

/// Renders every case of every chart.
pub(crate) fn run(chosen: &Chosen) -> Outcome<Report> {
    let columns = ["chart", "version", "cases", "refused", "objects", "equal", "bytes", "as Helm 3", "equal", "bytes"];
    let mut report = Report::new("helm", columns.to_vec())?;
    let (helm, helm3) = match (tools::find(Tool::Helm), tools::find(Tool::Helm3)) {
        (Ok(helm), Ok(helm3)) => (helm, helm3),
        (Err(missing), _) | (_, Err(missing)) => {
            report.missing(missing.to_string());
            return Ok(report);
        }
    };
    let tenter = crate::tenter(chosen.tenter.as_deref())?;
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
            let both = Both { helm: &helm, helm3: &helm3, tenter: &tenter, home: home.path(), charts: &charts };
            let four = both.compare(&case, Version::Four)?;
            let three = both.compare(&case, Version::Three)?;
            report.case(&chart.folder, &case.name, &four);
            report.case(&chart.folder, &format!("{} (Helm 3)", case.name), &three);
            sums.add(&four, &three);
        }
        report.row(chart.folder.clone(), sums.cells(&version(&folder)?));
    }
    Ok(report)
}

/// What all cases are rendered with.
struct Both<'a> {
    helm: &'a Path,
    helm3: &'a Path,
    tenter: &'a Path,
    home: &'a Path,
    charts: &'a Charts,
}

impl Both<'_> {
    /// How ours compares with this version of Helm.
    fn compare(&self, case: &Case, version: Version) -> Outcome<Comparison> {
        let with = |before: &[&str]| -> Vec<String> {
            before.iter().map(|word| (*word).to_owned()).chain(case.arguments.iter().cloned()).collect()
        };
        let (program, number) = match version {
            Version::Three => (self.helm3, "3"),
            Version::Four => (self.helm, "4"),
        };
        let helm = || process::run(program, &with(&["template"]), self.home);
        let unmasked = helm()?;
        let needless = version == Version::Four && !case.masks.is_empty() && helm()? == unmasked;
        let real = self.masked(unmasked, case)?;
        let ours = process::run(self.tenter, &with(&["render", "helm", "--helm-version", number]), self.home)?;
        let mut comparison = compare(&real, &self.masked(ours, case)?);
        if needless {
            let text = "two renderings are the same; the case needs no masks".to_owned();
            comparison.differences.push(Found { object: WHOLE.to_owned(), text });
        }
        Ok(comparison)
    }

    fn masked(&self, rendered: Rendered, case: &Case) -> Outcome<Rendered> {
        Ok(match rendered {
            Rendered::Printed(text) => Rendered::Printed(masks::apply(&text, &case.masks, &self.charts.mask)?),
            Rendered::Refused(why) => Rendered::Refused(why),
        })
    }
}

impl Sums {
    fn add(&mut self, four: &Comparison, three: &Comparison) {
        self.cases += 1;
        self.refused += usize::from(four.refused);
        self.four.add(four);
        self.three.add(three);
    }

    fn cells(&self, version: &str) -> Vec<String> {
        let Sums { cases, refused, four, three } = self;
        let numbers = [*cases, *refused, four.objects, four.equal, four.same_bytes];
        let as_three = [three.objects, three.equal, three.same_bytes];
        let numbers = numbers.iter().chain(&as_three).map(usize::to_string);
        std::iter::once(version.to_owned()).chain(numbers).collect()
    }
}

impl Side {
    fn add(&mut self, comparison: &Comparison) {
        self.objects += comparison.objects;
        self.equal += comparison.equal;
        self.same_bytes += usize::from(comparison.same_bytes);
    }
}

/// What `Chart.yaml` says.
fn version(chart: &Path) -> Outcome<String> {
    let text = std::fs::read_to_string(chart.join("Chart.yaml"))?;
    let version = text.lines().find_map(|line| line.strip_prefix("version:"));
    Ok(version.ok_or("Chart.yaml has no version")?.trim().trim_matches('"').to_owned())
}
