//! Which of the charts below a chart are rendered, under which names, and what of their values its own become.

mod enabled;
mod imports;
mod lookup;
#[cfg(test)]
mod tests;

use super::{Chart, Dependency};
use crate::helm::values::{self, Rules, TypeMismatch};
use crate::template::value::{JsonError, Map};

/// Something about dependencies that does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// A condition that is neither true nor false.
    #[error("Warning: Condition path '{path}' for chart {chart} returned non-bool value")]
    ConditionNotBool {
        /// The path, as the condition names it.
        path: String,
        /// The dependency.
        chart: String,
    },
    /// A tag that is neither true nor false.
    #[error("Warning: Tag '{tag}' for chart {chart} returned non-bool value")]
    TagNotBool {
        /// The tag.
        tag: String,
        /// The dependency.
        chart: String,
    },
    /// Values to import that are not there, or are no table.
    #[error("Warning: ImportValues missing table from chart {chart}: {path:?} is not a table")]
    NothingToImport {
        /// The dependency.
        chart: String,
        /// The path below its values.
        path: String,
    },
    /// Values that do not fit the defaults.
    #[error(transparent)]
    Values(#[from] values::Warning),
}

/// Why dependencies cannot be processed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProcessError {
    /// The values for a chart below are no table.
    #[error(transparent)]
    TypeMismatch(#[from] TypeMismatch),
    /// Imported tables contain themselves, or each other without end.
    #[error("import-values of chart {chart} put values into themselves: {error}; import into a name of its own")]
    Endless {
        /// The chart that imports.
        chart: String,
        /// What is wrong.
        error: JsonError,
    },
    /// A path to import into has absurdly many names.
    #[error(
        "import-values of chart {chart} import into a path of {names} names; at most {} are possible",
        imports::MAX_NAMES
    )]
    PathTooLong {
        /// The chart that imports.
        chart: String,
        /// How many.
        names: usize,
    },
}

/// Dependencies that are named in `Chart.yaml` and not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("found in Chart.yaml, but missing in charts/ directory: {}", .0.join(", "))]
pub struct Missing(pub Vec<String>);

/// Checks that every dependency is there, whatever its version.
///
/// # Errors
///
/// With the names of those that are not.
pub fn check(chart: &Chart) -> Result<(), Missing> {
    let is_missing = |dependency: &&Dependency| !chart.dependencies.iter().any(|child| child.name() == dependency.name);
    let missing: Vec<String> =
        chart.metadata.dependencies.iter().filter(is_missing).map(|dependency| dependency.name.clone()).collect();
    if missing.is_empty() { Ok(()) } else { Err(Missing(missing)) }
}

/// Makes of a loaded chart the one that is rendered with these values.
///
/// Charts below it that are disabled go, those with aliases come once for every alias, and the values that they export
/// become defaults of their parents. Charts that are in `charts/` and not in `Chart.yaml` stay as they are.
///
/// # Errors
///
/// If the values for a chart below are no table, or imported values make no sense.
pub fn process(chart: &mut Chart, given: &Map, rules: Rules) -> Result<Vec<Warning>, ProcessError> {
    let mut warnings = Vec::new();
    enabled::select(chart, given, rules, "", &mut warnings)?;
    imports::import(chart, &mut warnings)?;
    // The same values are put over the same defaults several times.
    let mut distinct: Vec<Warning> = Vec::new();
    for warning in warnings {
        if !distinct.contains(&warning) {
            distinct.push(warning);
        }
    }
    Ok(distinct)
}
