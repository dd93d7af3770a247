//! What Helm says about values that do not fit together.

use std::fmt;

use crate::template::Value;
use crate::template::format::{display, quote::quoted};

/// Something that was given and does not count. The text is Helm's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// `global` of a chart below is no table, so that it gets none of the globals above.
    GlobalsNotTaken,
    /// `global` is no table, so that the charts below get none of it.
    GlobalsNotGiven,
    /// A global is a table above and something else below; below it stays so.
    GlobalConflict {
        /// The global's name.
        key: String,
    },
    /// A global is a table below and something else above; below it stays so.
    GlobalIsTable {
        /// The global's name.
        key: String,
    },
    /// A table is given where the chart's default is none; the default does not count.
    NotATable {
        /// The charts and names down to the value, with dots.
        path: String,
    },
    /// A value is given for a table of the defaults; the table does not count.
    TableReplaced {
        /// The charts and names down to the value, with dots.
        path: String,
        /// The default, as Go prints it.
        default: String,
    },
    /// A table is given where the default is none, within a table; the default does not count.
    DefaultIgnored {
        /// The charts and names down to the value, with dots.
        path: String,
        /// The default, as Go prints it.
        default: String,
    },
}

impl Warning {
    pub(super) fn table_replaced(path: String, default: &Value) -> Warning {
        Warning::TableReplaced { path, default: shown(default) }
    }

    pub(super) fn default_ignored(path: String, default: &Value) -> Warning {
        Warning::DefaultIgnored { path, default: shown(default) }
    }
}

fn shown(value: &Value) -> String {
    String::from_utf8_lossy(&display(value)).into_owned()
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::GlobalsNotTaken => {
                f.write_str("warning: skipping globals because destination global is not a table.")
            }
            Warning::GlobalsNotGiven => f.write_str("warning: skipping globals because source global is not a table."),
            Warning::GlobalConflict { key } => {
                write!(f, "Conflict: cannot merge map onto non-map for {}. Skipping.", quoted(key.as_bytes()))
            }
            Warning::GlobalIsTable { key } => write!(f, "key {key} is table. Skipping"),
            Warning::NotATable { path } => write!(f, "warning: skipped value for {path}: Not a table."),
            Warning::TableReplaced { path, default } => {
                write!(f, "warning: cannot overwrite table with non table for {path} ({default})")
            }
            Warning::DefaultIgnored { path, default } => {
                write!(f, "warning: destination for {path} is a table. Ignoring non-table value ({default})")
            }
        }
    }
}

impl std::error::Error for Warning {}
