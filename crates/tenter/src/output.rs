//! Everything that is printed: tables, JSON, YAML, and errors.

pub(crate) mod junit;

use std::io::Write;

use clap::ValueEnum;
use manifest::Value;

use crate::error::Failure;

/// How results are printed: what `-o` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// More columns
    Wide,
    /// JSON
    Json,
    /// YAML
    Yaml,
    /// SARIF 2.1.0, for code scanning; of `analyze` alone
    Sarif,
    /// JUnit's XML, for CI; of `analyze` and `test` alone
    Junit,
    /// Annotations of GitHub Actions; of `analyze` alone
    Github,
}

impl Output {
    /// The format of commands that print data; none for the formats of reports.
    pub(crate) fn format(self) -> Option<Format> {
        match self {
            Output::Wide => Some(Format::Wide),
            Output::Json => Some(Format::Json),
            Output::Yaml => Some(Format::Yaml),
            Output::Sarif | Output::Junit | Output::Github => None,
        }
    }
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// More columns.
    Wide,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// A table in the style of kubectl and flux: columns apart by blanks, no lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new<T: Into<String>>(headers: impl IntoIterator<Item = T>) -> Table {
        Table { headers: headers.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; a cell keeps only its first line, so that a row stays one.
    pub(crate) fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let first_line = |cell: String| match cell.split_once('\n') {
            Some((first, _)) => format!("{first} …"),
            None => cell,
        };
        self.rows.push(cells.into_iter().map(|cell| first_line(cell.into())).collect());
    }

    /// Whether it has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::TableStyle::new()).set_header(&self.headers).add_rows(&self.rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        for line in table.to_string().lines() {
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Writes text to stdout.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::Output)
}

/// Writes a value as JSON or YAML; `human` gives the text for people in every other case.
pub(crate) fn print_as(
    format: Option<Format>,
    value: impl FnOnce() -> Value,
    human: impl FnOnce() -> String,
) -> Result<(), Failure> {
    match format {
        Some(Format::Json) => print(&format!("{:#}\n", value())),
        Some(Format::Yaml) => print(&manifest::yaml::write(&value())),
        Some(Format::Wide) | None => print(&human()),
    }
}

/// Writes a message to stderr.
pub(crate) fn error(text: &str) {
    // With stderr gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
