//! Files become a chart.

use std::collections::BTreeMap;

use super::decode;
use super::limits::Budget;
use super::{LoadError, LoadWarning, archive, validate};
use crate::helm::chart::{Chart, ChartFile, Metadata};
use crate::helm::values;

/// The `apiVersion` of charts whose dependencies have a file of their own.
const V1: &str = "v1";

/// The chart that files make, at a depth from 1.
pub(super) fn chart(
    files: Vec<ChartFile>,
    budget: &mut Budget<'_>,
    warnings: &mut Vec<LoadWarning>,
    depth: usize,
) -> Result<Chart, LoadError> {
    if depth > budget.limits.max_depth {
        return Err(LoadError::TooDeep { limit: budget.limits.max_depth });
    }
    let mut chart = Chart { metadata: metadata(&files)?, ..Chart::default() };
    let is_v1 = chart.metadata.api_version == V1;
    let mut below: BTreeMap<String, Vec<ChartFile>> = BTreeMap::new();
    for file in &files {
        match file.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => chart.lock = decode::lock("Chart.lock", &file.data)?,
            "values.yaml" => chart.values = values::read_json("values.yaml", &file.data).map_err(LoadError::Values)?,
            "values.schema.json" => chart.schema = Some(file.data.clone()),
            "requirements.yaml" => {
                decode::metadata("requirements.yaml", &file.data, &mut chart.metadata)?;
                if is_v1 {
                    chart.files.push(file.clone());
                } else {
                    warnings.push(LoadWarning::RequirementsFile);
                }
            }
            "requirements.lock" => {
                chart.lock = decode::lock("requirements.lock", &file.data)?;
                if is_v1 {
                    chart.files.push(file.clone());
                } else {
                    warnings.push(LoadWarning::RequirementsLock);
                }
            }
            name if name.starts_with("templates/") => chart.templates.push(file.clone()),
            name if name.starts_with("charts/") && !name.ends_with(".prov") => {
                let name = &name["charts/".len()..];
                let entry = name.split('/').next().unwrap_or(name).to_owned();
                below.entry(entry).or_default().push(ChartFile { name: name.to_owned(), data: file.data.clone() });
            }
            _ => chart.files.push(file.clone()),
        }
    }
    chart.raw = files;
    validate::metadata(&mut chart.metadata)?;
    for (entry, files) in below {
        if entry.starts_with(['_', '.']) {
            continue;
        }
        let dependency = dependency(&chart, &entry, files, budget, warnings, depth)?;
        chart.dependencies.push(dependency);
    }
    Ok(chart)
}

fn metadata(files: &[ChartFile]) -> Result<Metadata, LoadError> {
    let mut metadata = None;
    // An archive may hold a file twice: the later one counts where it says something.
    for file in files.iter().filter(|file| file.name == "Chart.yaml") {
        decode::metadata("Chart.yaml", &file.data, metadata.get_or_insert_default())?;
    }
    let mut metadata: Metadata = metadata.ok_or(LoadError::NoMetadata)?;
    if metadata.api_version.is_empty() {
        V1.clone_into(&mut metadata.api_version);
    }
    Ok(metadata)
}

/// The chart that one entry of `charts/` is.
fn dependency(
    parent: &Chart,
    entry: &str,
    files: Vec<ChartFile>,
    budget: &mut Budget<'_>,
    warnings: &mut Vec<LoadWarning>,
    depth: usize,
) -> Result<Chart, LoadError> {
    let parent = parent.metadata.name.clone();
    let loaded = if entry.ends_with(".tgz") {
        match files.into_iter().next() {
            Some(file) if file.name == entry => archive::unpack(entry, &file.data, budget),
            file => {
                let found = file.map(|file| file.name).unwrap_or_default();
                return Err(LoadError::FolderNamedArchive { chart: parent, expected: entry.to_owned(), found });
            }
        }
    } else {
        Ok(files.into_iter().filter_map(below_folder).collect())
    };
    loaded.and_then(|files| chart(files, budget, warnings, depth + 1)).map_err(|error| LoadError::Subchart {
        file: entry.to_owned(),
        chart: parent,
        error: Box::new(error),
    })
}

/// The file by its path below the first folder; `None` if it is in none.
fn below_folder(file: ChartFile) -> Option<ChartFile> {
    let (_, name) = file.name.split_once('/')?;
    Some(ChartFile { name: name.to_owned(), data: file.data })
}
