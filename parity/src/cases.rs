//! What charts are rendered with: `cases.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Outcome;
use crate::masks::Mask;

/// Everything that is compared about charts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Charts {
    pub(crate) chart: Vec<Chart>,
    pub(crate) mask: BTreeMap<String, Mask>,
}

/// One chart.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chart {
    /// Its folder among the sources, and the one of its values.
    pub(crate) folder: String,
    release: String,
    namespace: String,
    /// Values without which the chart refuses to be rendered.
    #[serde(default)]
    needs: Vec<String>,
    /// What differs between two renderings with the chart's own values.
    #[serde(default)]
    masks: Vec<String>,
    /// Whether the files `files/profile-*.yaml` of the chart are Istio's profiles, each of them a case.
    #[serde(default)]
    profiles: bool,
    case: Vec<Given>,
}

/// A case as the file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    name: String,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    masks: Option<Vec<String>>,
}

/// One rendering of a chart.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// What follows `helm template`.
    pub(crate) arguments: Vec<String>,
    pub(crate) masks: Vec<String>,
}

impl Charts {
    pub(crate) fn read() -> Outcome<Charts> {
        Ok(toml::from_str(include_str!("../cases.toml"))?)
    }
}

impl Chart {
    /// The chart with its own values, then every case of the file, then Istio's profiles.
    pub(crate) fn cases(&self, chart: &Path) -> Outcome<Vec<Case>> {
        let own = Given { name: "its own".to_owned(), values: self.needs.clone(), arguments: Vec::new(), masks: None };
        let profiles = if self.profiles { profiles(chart)? } else { Vec::new() };
        let given = std::iter::once(&own).chain(&self.case).chain(&profiles);
        Ok(given.map(|given| self.case(given, chart)).collect())
    }

    fn case(&self, given: &Given, chart: &Path) -> Case {
        let named = given.arguments.iter().any(|argument| argument == "--name-template");
        let release = (!named).then(|| self.release.clone());
        let mut arguments: Vec<String> = release.into_iter().collect();
        arguments.extend([chart.display().to_string(), "--namespace".to_owned(), self.namespace.clone()]);
        for file in &given.values {
            arguments.extend(["--values".to_owned(), self.values_file(file, chart).display().to_string()]);
        }
        arguments.extend(given.arguments.iter().cloned());
        Case { name: given.name.clone(), arguments, masks: given.masks.clone().unwrap_or_else(|| self.masks.clone()) }
    }

    /// `{chart}/FILE` is a file of the chart, any other is ours.
    fn values_file(&self, file: &str, chart: &Path) -> PathBuf {
        match file.strip_prefix("{chart}/") {
            Some(file) => chart.join(file),
            None => Path::new(env!("CARGO_MANIFEST_DIR")).join("values").join(&self.folder).join(file),
        }
    }
}

/// A case for each of Istio's profiles that the chart has.
fn profiles(chart: &Path) -> Outcome<Vec<Given>> {
    let mut names = Vec::new();
    for file in std::fs::read_dir(chart.join("files"))? {
        let file = file?.file_name().to_string_lossy().into_owned();
        names.extend(file.strip_prefix("profile-").and_then(|name| name.strip_suffix(".yaml")).map(str::to_owned));
    }
    names.sort();
    Ok(names.iter().map(|name| profile(name)).collect())
}

fn profile(name: &str) -> Given {
    let set = match (name.strip_prefix("platform-"), name.strip_prefix("compatibility-version-")) {
        (Some(platform), _) => format!("global.platform={platform}"),
        (_, Some(version)) => format!("compatibilityVersion={version}"),
        (None, None) => format!("profile={name}"),
    };
    Given { name: format!("profile {name}"), values: Vec::new(), arguments: vec!["--set".to_owned(), set], masks: None }
}

#[cfg(test)]
mod tests {
    use super::Charts;

    #[test]
    fn every_values_file_is_used_and_every_mask_is_known() {
        let charts = Charts::read().expect("cases.toml");
        for chart in &charts.chart {
            let used: Vec<&String> = chart.case.iter().flat_map(|case| &case.values).chain(&chart.needs).collect();
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("values").join(&chart.folder);
            for file in std::fs::read_dir(&folder).expect("each chart has values") {
                let name = file.expect("an entry").file_name().to_string_lossy().into_owned();
                assert!(used.contains(&&name), "{}/{name} is in no case", chart.folder);
            }
            let masks = chart.case.iter().filter_map(|case| case.masks.as_ref()).flatten().chain(&chart.masks);
            for mask in masks {
                assert!(charts.mask.contains_key(mask), "{mask}");
            }
            assert!(chart.case.len() >= 3 || chart.profiles, "{} has too few cases", chart.folder);
        }
    }
}
