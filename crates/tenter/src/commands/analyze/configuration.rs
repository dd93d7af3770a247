//! `.tenter.yaml`: what a repository has decided about its analysis.

use std::path::{Path, PathBuf};

use analysis::Suppressions;
use clap::ValueEnum;
use manifest::yaml::{Limits, Profile, read_value};
use serde::Deserialize;

use crate::cli::Threshold;
use crate::error::Failure;

/// The file's name.
const FILE: &str = ".tenter.yaml";

/// What the file says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Configuration {
    #[serde(default)]
    analyze: AnalyzeSection,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnalyzeSection {
    #[serde(default)]
    suppress: Vec<String>,
    failure_threshold: Option<WrittenThreshold>,
}

#[derive(Debug, Clone, Copy)]
struct WrittenThreshold(Threshold);

impl<'de> Deserialize<'de> for WrittenThreshold {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let threshold = Threshold::from_str(&text, false);
        threshold.map(WrittenThreshold).map_err(|_| {
            serde::de::Error::custom(format!("{text:?} is no severity: write info, warning, error or never"))
        })
    }
}

impl Configuration {
    /// The one in the first path, or in the nearest folder above it.
    pub(super) fn above(paths: &[PathBuf]) -> Result<Configuration, Failure> {
        let Some(first) = paths.first().and_then(|path| path.canonicalize().ok()) else {
            return Ok(Configuration::default());
        };
        match first.ancestors().map(|folder| folder.join(FILE)).find(|file| file.is_file()) {
            Some(file) => Configuration::read(&file),
            None => Ok(Configuration::default()),
        }
    }

    fn read(file: &Path) -> Result<Configuration, Failure> {
        let text = std::fs::read_to_string(file).map_err(|source| Failure::Read { path: file.to_owned(), source })?;
        let shown = file.display().to_string();
        let value = read_value(&text, &shown, Profile::Kustomize, &Limits::default())
            .map_err(|problem| Failure::Build(vec![problem]))?;
        if value.is_null() {
            return Ok(Configuration::default());
        }
        serde_json::from_value(value).map_err(|error| Failure::Usage(format!("{shown}: {error}")))
    }

    /// What is not reported: by the file, and by the command line.
    pub(super) fn suppressions(&self, more: &[String]) -> Result<Suppressions, Failure> {
        let all = self.analyze.suppress.iter().chain(more).map(String::as_str);
        Suppressions::parse(all).map_err(|error| Failure::Usage(error.to_string()))
    }

    /// From which severity on findings fail.
    pub(super) fn failure_threshold(&self) -> Option<Threshold> {
        self.analyze.failure_threshold.map(|written| written.0)
    }
}
