//! Numbers with their targets.

use std::io::Write;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, TableStyle};
use serde::{Deserialize, Serialize};

use crate::Outcome;

/// One number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Measure {
    /// What was measured.
    pub(crate) name: String,
    /// The number.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: String,
    /// What it should be, if anything was promised.
    pub(crate) target: Option<Target>,
}

/// A promise about a number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Target {
    /// Not more than this.
    AtMost(f64),
    /// Not less than this.
    AtLeast(f64),
}

impl Measure {
    pub(crate) fn new(name: &str, value: f64, unit: &str) -> Measure {
        Measure { name: name.to_owned(), value, unit: unit.to_owned(), target: None }
    }

    /// A duration in milliseconds.
    pub(crate) fn milliseconds(name: &str, duration: Duration) -> Measure {
        Measure::new(name, duration.as_secs_f64() * 1000.0, "ms")
    }

    /// The same with a promise.
    pub(crate) fn with(self, target: Target) -> Measure {
        Measure { target: Some(target), ..self }
    }

    fn verdict(&self) -> &'static str {
        match self.target {
            None => "",
            Some(Target::AtMost(most)) if self.value <= most => "met",
            Some(Target::AtLeast(least)) if self.value >= least => "met",
            Some(Target::AtMost(_) | Target::AtLeast(_)) => "MISSED",
        }
    }
}

/// How many times the floor a sync may take.
const MOST_TIMES_THE_FLOOR: f64 = 1.5;

/// One number divided by another.
pub(crate) fn ratio(name: &str, measures: &[Measure], of: &str, to: &str) -> Option<Measure> {
    let value = |name: &str| measures.iter().find(|measure| measure.name == name).map(|measure| measure.value);
    let ratio = value(of)? / value(to)?;
    Some(Measure::new(name, ratio, "×").with(Target::AtMost(MOST_TIMES_THE_FLOOR)))
}

/// Prints all numbers for people.
pub(crate) fn print_table(machine: &str, measures: &[Measure]) -> Outcome<()> {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_header(["MEASURED", "VALUE", "UNIT", "TARGET", "VERDICT"]);
    for measure in measures {
        let target = match measure.target {
            None => String::new(),
            Some(Target::AtMost(most)) => format!("≤ {most}"),
            Some(Target::AtLeast(least)) => format!("≥ {least}"),
        };
        let value = match measure.value {
            value if value.fract() == 0.0 || value >= 100.0 => format!("{value:.0}"),
            value => format!("{value:.2}"),
        };
        table.add_row([&measure.name, &value, &measure.unit, &target, measure.verdict()]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    Ok(writeln!(std::io::stdout(), "{machine}\n\n{}", lines.join("\n"))?)
}
