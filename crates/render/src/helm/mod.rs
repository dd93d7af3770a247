//! Helm: what a chart is rendered with.
//!
//! [`values`] puts together the values that a user gives and a chart's defaults, [`strvals`] reads the expressions of
//! `--set` and its relatives. Values are those of templates ([`crate::template::Value`]), because charts can tell an
//! `int64` of `--set` from a `float64` of a values file, and a table that two charts share from a copy.

pub mod chart;
pub mod release;
pub mod storage;
pub mod strvals;
pub mod values;
pub mod values_from;
