//! Findings for people: each with the line that it is about.

use std::fmt::Write as _;
use std::io::IsTerminal;

use analysis::Finding;
use manifest::{Location, Severity};

use super::look::Looked;
use crate::survey::Survey;

/// How much of a line is shown.
const MAX_LINE: usize = 160;

/// All findings, each as a head line, the source line it is about, and what to do.
pub(super) fn report(found: &[Finding], looked: &Looked) -> String {
    let colours = Colours::of_stdout();
    let mut text = String::new();
    for finding in found {
        let diagnostic = &finding.diagnostic;
        let colour = colours.of(finding.severity());
        let reset = colours.reset();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{colour}{}[{}]{reset} {}: {}",
            finding.severity(),
            finding.code,
            finding.name,
            diagnostic.message
        );
        let width = diagnostic.location.iter().chain(finding.related.iter().map(|(location, _)| location));
        let width = width.map(|location| location.line.to_string().len()).max().unwrap_or(1);
        if let Some(location) = &diagnostic.location {
            excerpt(&mut text, looked, location, "", width, colour, reset);
        }
        for (location, what) in &finding.related {
            excerpt(&mut text, looked, location, what, width, "", "");
        }
        let note = |text: &mut String, what: &str, value: &str| {
            let _ = writeln!(text, "{:width$} = {what}: {value}", "");
        };
        let resource = finding.resource();
        if !resource.is_empty() {
            note(&mut text, "object", &resource);
        }
        if let Some(hint) = &diagnostic.hint {
            note(&mut text, "hint", hint);
        }
        text.push('\n');
    }
    text
}

/// `--> file:line:column`, the line, and a mark below the column.
fn excerpt(text: &mut String, looked: &Looked, at: &Location, what: &str, width: usize, colour: &str, reset: &str) {
    let _ = writeln!(text, "{:width$}--> {at}", "");
    match looked.line(at) {
        Some(line) => {
            let shown: String = line.chars().take(MAX_LINE).collect();
            let shown = shown.replace('\t', " ");
            let _ = writeln!(text, "{:width$} |", "");
            let _ = writeln!(text, "{:width$} | {shown}", at.line);
            let column = usize::try_from(at.column).unwrap_or(1).max(1) - 1;
            let marked = line.chars().skip(column).collect::<String>();
            let length = marked.trim_end().chars().count().clamp(1, MAX_LINE);
            let _ = writeln!(text, "{:width$} | {:column$}{colour}{}{reset} {what}", "", "", "^".repeat(length));
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        None if !what.is_empty() => {
            let _ = writeln!(text, "{:width$} = {what}", "");
        }
        None => {}
    }
}

/// How many findings there are, for stderr.
pub(super) fn summary(found: &[Finding], survey: &Survey) -> String {
    let count = |wanted: Severity| found.iter().filter(|finding| finding.severity() == wanted).count();
    let some = |count: usize, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    let (errors, warnings, infos) = (count(Severity::Error), count(Severity::Warning), count(Severity::Info));
    let objects = some(survey.len(), "object");
    let of = match survey.clusters.len() {
        0 | 1 => format!("in {objects}"),
        clusters => format!("in {objects} of {clusters} clusters"),
    };
    match found.len() {
        0 => format!("✔ nothing found {of}"),
        _ => format!("{}, {}, {} {of}", some(errors, "error"), some(warnings, "warning"), some(infos, "info")),
    }
}

/// Whether to colour.
#[derive(Clone, Copy)]
enum Colours {
    Off,
    On,
}

impl Colours {
    fn of_stdout() -> Colours {
        let wanted = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        if wanted { Colours::On } else { Colours::Off }
    }

    fn of(self, severity: Severity) -> &'static str {
        match (self, severity) {
            (Colours::Off, _) => "",
            (Colours::On, Severity::Error) => "\x1b[1;31m",
            (Colours::On, Severity::Warning) => "\x1b[1;33m",
            (Colours::On, Severity::Info) => "\x1b[1;34m",
        }
    }

    fn reset(self) -> &'static str {
        match self {
            Colours::Off => "",
            Colours::On => "\x1b[0m",
        }
    }
}
