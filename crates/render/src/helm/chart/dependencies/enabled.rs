//! Which dependencies are rendered: what conditions and tags say, with aliases in place.

use std::collections::BTreeSet;

use manifest::semver_range::{self, VersionRange};

use super::{ProcessError, Warning, lookup};
use crate::helm::chart::{Chart, Dependency};
use crate::helm::values::{Defaults, Rules, coalesce};
use crate::template::Value;
use crate::template::value::Map;

/// Replaces the charts below by those that are enabled, and goes on below them. `values` are those of the root, and
/// `path` is where in them those of the chart are: empty, or names with a dot after each.
pub(super) fn select(
    chart: &mut Chart,
    values: &Map,
    rules: Rules,
    path: &str,
    warnings: &mut Vec<Warning>,
) -> Result<(), ProcessError> {
    // As in Helm: where a chart has no dependencies of its own, those of the charts it holds are not looked at.
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    take_aliases(chart);
    let coalesced = coalesce(&Defaults::of(chart), values, rules)?;
    warnings.extend(coalesced.warnings.into_iter().map(Warning::Values));
    let values = coalesced.values;
    for dependency in &mut chart.metadata.dependencies {
        dependency.enabled = by_tags(dependency, &values, warnings);
        if let Some(enabled) = by_condition(dependency, &values, path, warnings) {
            dependency.enabled = enabled;
        }
    }
    let disabled: BTreeSet<String> =
        chart.metadata.dependencies.iter().filter(|dependency| !dependency.enabled).map(|it| it.name.clone()).collect();
    chart.metadata.dependencies.retain(|dependency| !disabled.contains(&dependency.name));
    chart.dependencies.retain(|child| !disabled.contains(child.name()));
    for child in &mut chart.dependencies {
        let path = format!("{path}{}.", child.name());
        select(child, &values, rules, &path, warnings)?;
    }
    Ok(())
}

/// Puts the chart of every dependency in its place, under its alias; charts without a dependency come first.
fn take_aliases(chart: &mut Chart) {
    let found = std::mem::take(&mut chart.dependencies);
    let requirements = &mut chart.metadata.dependencies;
    let mut taken: Vec<Chart> =
        found.iter().filter(|child| !requirements.iter().any(|own| is_meant(own, child))).cloned().collect();
    for requirement in requirements {
        if let Some(child) = found.iter().find(|child| is_meant(requirement, child)) {
            let mut child = child.clone();
            requirement.values_name().clone_into(&mut child.metadata.name);
            taken.push(child);
        }
        requirement.name = requirement.values_name().to_owned();
    }
    chart.dependencies = taken;
}

/// Whether the chart has the name and a version that the dependency asks for.
fn is_meant(dependency: &Dependency, child: &Chart) -> bool {
    child.name() == dependency.name && is_compatible(&dependency.version, &child.metadata.version)
}

/// Whether the version lies in the range; never if one of them cannot be read.
pub(super) fn is_compatible(range: &str, version: &str) -> bool {
    match (range.parse::<VersionRange>(), semver_range::loose_version(version)) {
        (Ok(range), Some(version)) => range.matches(&version),
        _ => false,
    }
}

/// Enabled, unless a tag of it is off and none is on.
fn by_tags(dependency: &Dependency, values: &Map, warnings: &mut Vec<Warning>) -> bool {
    let Some(switches) = lookup::table(values, "tags") else { return true };
    let (mut is_on, mut is_off) = (false, false);
    for tag in &dependency.tags {
        match switches.get(tag.as_bytes()) {
            Some(Value::Bool(true)) => is_on = true,
            Some(Value::Bool(false)) => is_off = true,
            Some(_) => warnings.push(Warning::TagNotBool { tag: tag.clone(), chart: dependency.name.clone() }),
            None => {}
        }
    }
    is_on || !is_off
}

/// What the first path of the condition says that holds a boolean.
fn by_condition(dependency: &Dependency, values: &Map, path: &str, warnings: &mut Vec<Warning>) -> Option<bool> {
    // Only the whole is trimmed: a space after a comma is part of the next path.
    for condition in dependency.condition.trim().split(',').filter(|condition| !condition.is_empty()) {
        match lookup::value(values, &format!("{path}{condition}")) {
            Some(Value::Bool(enabled)) => return Some(enabled),
            Some(_) => {
                warnings.push(Warning::ConditionNotBool { path: condition.to_owned(), chart: dependency.name.clone() })
            }
            None => {}
        }
    }
    None
}
