//! `import-values`: values of charts below that become defaults of their parents.

use serde_json::Value as Json;

use super::{ProcessError, Warning, lookup};
use crate::helm::chart::{Chart, ImportValues, whole_numbers};
use crate::helm::values::{self, Defaults, merge};
use crate::template::Value;
use crate::template::value::{Map, Text};

/// How many names a path may have that is imported into.
pub(super) const MAX_NAMES: usize = 100;

/// Imports from the lowest charts upwards. The own values of a chart count over those it imports.
pub(super) fn import(chart: &mut Chart, warnings: &mut Vec<Warning>) -> Result<(), ProcessError> {
    for child in &mut chart.dependencies {
        import(child, warnings)?;
    }
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    // Nulls stay: they take defaults away once values are given.
    let merged = merge(&Defaults::of(chart), &Map::default())?;
    warnings.extend(merged.warnings.into_iter().map(Warning::Values));
    let imported = imported(chart, &merged.values, warnings)?;
    // Imported tables are those of the charts below, and grow with every import: what is changed from here on must not
    // be them.
    let own = copy(chart.name(), &merged.values)?;
    fill(&own, &imported, warnings);
    chart.values = json(chart.name(), &own)?;
    Ok(())
}

/// What the chart's dependencies have for it; the imports are rewritten as pairs of paths, as templates see them.
fn imported(chart: &mut Chart, values: &Map, warnings: &mut Vec<Warning>) -> Result<Map, ProcessError> {
    let name = chart.metadata.name.clone();
    let all = Map::default();
    for dependency in &mut chart.metadata.dependencies {
        for import in &mut dependency.import_values {
            let (child, parent) = match import {
                ImportValues::Export(export) => (format!("exports.{export}"), ".".to_owned()),
                ImportValues::Table { child, parent } => (child.clone(), parent.clone()),
            };
            match lookup::table(values, &format!("{}.{child}", dependency.name)) {
                Some(table) => {
                    // An empty table is not the one of the chart below.
                    let table = if table.is_empty() { Map::default() } else { table };
                    fill(&all, &at_path(&name, &parent, table)?, warnings);
                    // A table may now contain itself, which the next import would follow.
                    json(&name, &all)?;
                }
                None => warnings.push(Warning::NothingToImport { chart: dependency.name.clone(), path: child.clone() }),
            }
            *import = ImportValues::Table { child, parent };
        }
    }
    Ok(all)
}

/// The table below the names of a path; `.` is the root.
fn at_path(chart: &str, path: &str, table: Map) -> Result<Map, ProcessError> {
    if path == "." {
        return Ok(table);
    }
    let names = path.split('.').count();
    if names > MAX_NAMES {
        return Err(ProcessError::PathTooLong { chart: chart.to_owned(), names });
    }
    Ok(path.rsplit('.').fold(table, |table, name| [(Text::from(name), Value::Map(table))].into_iter().collect()))
}

fn fill(values: &Map, defaults: &Map, warnings: &mut Vec<Warning>) {
    warnings.extend(values::fill_tables(values, defaults).into_iter().map(Warning::Values));
}

fn copy(chart: &str, values: &Map) -> Result<Map, ProcessError> {
    let members = json(chart, values)?;
    Ok(members.iter().map(|(name, value)| (Text::from(name.as_str()), Value::from_json(value))).collect())
}

fn json(chart: &str, values: &Map) -> Result<serde_json::Map<String, Json>, ProcessError> {
    match Value::Map(values.clone()).to_json().map(|json| whole_numbers::written(&json)) {
        Ok(Json::Object(members)) => Ok(members),
        // A map without a type of its own is an object.
        Ok(_) => Ok(serde_json::Map::new()),
        Err(error) => Err(ProcessError::Endless { chart: chart.to_owned(), error }),
    }
}
