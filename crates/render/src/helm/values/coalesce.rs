//! A user's values over a chart's defaults, and those over the defaults of the charts below.
//!
//! Tables are shared as in Helm: what a chart below has under its name in the values of the chart above is its own
//! values, and tables within globals that only come from above are those of the chart above. Templates that change
//! values see that.

use super::Defaults;
use super::tables::{Nulls, below, fill, is_null, remove_nulls};
use super::{Warning, copy};
use crate::template::Value;
use crate::template::format::sprintf;
use crate::template::value::Map;

/// Which Helm's rules count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rules {
    /// Helm 3: a `null` of a chart's own defaults is a value like any other.
    V3,
    /// Helm 4: a `null` of a chart's own defaults is nothing, so that it hides no global.
    #[default]
    V4,
}

/// The values of a chart and of all charts below it.
#[derive(Debug, Clone)]
pub struct Coalesced {
    /// The chart's values; those of a chart below stand under its name.
    pub values: Map,
    /// What was given and does not count, in order.
    pub warnings: Vec<Warning>,
}

/// The values for a chart below are no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("type mismatch on {chart}: {found}")]
pub struct TypeMismatch {
    /// The name of the chart below.
    pub chart: String,
    /// The charts above it, with dots.
    pub parents: String,
    /// What stands under its name, as Go prints it in place of a table.
    pub found: String,
}

/// Puts values over a chart's defaults; a `null` takes a default away. Neither of the two is changed.
///
/// # Errors
///
/// If the values for a chart below are no table.
pub fn coalesce(chart: &Defaults, values: &Map, rules: Rules) -> Result<Coalesced, TypeMismatch> {
    put_over_defaults(chart, values, Nulls::Delete, rules)
}

/// The same with every `null` kept, for values that will be put over the defaults once more.
///
/// # Errors
///
/// If the values for a chart below are no table.
pub fn merge(chart: &Defaults, values: &Map) -> Result<Coalesced, TypeMismatch> {
    put_over_defaults(chart, values, Nulls::Keep, Rules::default())
}

fn put_over_defaults(chart: &Defaults, values: &Map, nulls: Nulls, rules: Rules) -> Result<Coalesced, TypeMismatch> {
    let values = copy::table(values);
    let mut run = Run { nulls, rules, warnings: Vec::new() };
    run.chart(chart, &values, "")?;
    Ok(Coalesced { values, warnings: run.warnings })
}

struct Run {
    nulls: Nulls,
    rules: Rules,
    warnings: Vec<Warning>,
}

impl Run {
    /// Completes the values of a chart and of the charts below it.
    fn chart(&mut self, chart: &Defaults, values: &Map, parents: &str) -> Result<(), TypeMismatch> {
        let path = below(parents, &chart.name);
        self.defaults(chart, values, &path);
        for dependency in &chart.dependencies {
            let own = match values.get(dependency.name.as_bytes()) {
                Some(Value::Map(own)) => own,
                Some(other) => {
                    let found = String::from_utf8_lossy(&sprintf(b"%t", &[other])).into_owned();
                    return Err(TypeMismatch { chart: dependency.name.clone(), parents: path, found });
                }
                None => {
                    let own = Map::default();
                    values.insert(dependency.name.as_str(), Value::Map(own.clone()));
                    own
                }
            };
            self.globals(&own, values, &path);
            self.chart(dependency, &own, &path)?;
        }
        Ok(())
    }

    /// Completes values from the chart's own defaults.
    fn defaults(&mut self, chart: &Defaults, values: &Map, path: &str) {
        for (key, default) in copy::table(&chart.values).entries() {
            match (values.get(&key), default) {
                (Some(Value::Nil), _) if self.nulls == Nulls::Delete => values.remove(&key),
                (Some(Value::Map(values)), Value::Map(defaults)) => {
                    // Values for a chart below meet its own defaults later, and the nulls with them.
                    let is_below = chart.dependencies.iter().any(|dependency| dependency.name.as_bytes() == &key[..]);
                    let nulls = if is_below { Nulls::Keep } else { self.nulls };
                    if self.clears_defaults(nulls) {
                        remove_nulls(&defaults);
                    }
                    fill(&values, &defaults, &below(path, &key.lossy()), nulls, &mut self.warnings);
                }
                (Some(Value::Map(_)), default) if !is_null(&default) => {
                    self.warnings.push(Warning::NotATable { path: below(path, &key.lossy()) });
                }
                (Some(_), _) => {}
                (None, Value::Nil) if self.clears_defaults(self.nulls) => {}
                (None, default) => {
                    if let (Value::Map(table), true) = (&default, self.clears_defaults(self.nulls)) {
                        remove_nulls(table);
                    }
                    values.insert(key, default);
                }
            }
        }
    }

    /// Whether nulls of defaults are nothing.
    fn clears_defaults(&self, nulls: Nulls) -> bool {
        nulls == Nulls::Delete && self.rules == Rules::V4
    }

    /// Hands the globals of a chart to a chart below, over those that are given for it.
    fn globals(&mut self, own: &Map, parent: &Map, path: &str) {
        let taken = match own.get(GLOBAL) {
            None => Map::default(),
            Some(Value::Map(taken)) => taken,
            Some(_) => return self.warnings.push(Warning::GlobalsNotTaken),
        };
        let given = match parent.get(GLOBAL) {
            None => Map::default(),
            Some(Value::Map(given)) => given,
            Some(_) => return self.warnings.push(Warning::GlobalsNotGiven),
        };
        for (key, value) in given.entries() {
            match (value, taken.get(&key)) {
                (Value::Map(table), None) => taken.insert(key, Value::Map(copy::shallow(&table))),
                (Value::Map(table), Some(Value::Map(own))) => {
                    let table = copy::shallow(&table);
                    // The nulls go when the chart's defaults come.
                    fill(&table, &own, &below(path, &key.lossy()), Nulls::Keep, &mut self.warnings);
                    taken.insert(key, Value::Map(table));
                }
                (Value::Map(_), Some(_)) => {
                    self.warnings.push(Warning::GlobalConflict { key: key.lossy().into_owned() });
                }
                (_, Some(Value::Map(_))) => {
                    self.warnings.push(Warning::GlobalIsTable { key: key.lossy().into_owned() });
                }
                (value, _) => taken.insert(key, value),
            }
        }
        own.insert("global", Value::Map(taken));
    }
}

/// The values that every chart below sees.
const GLOBAL: &[u8] = b"global";
