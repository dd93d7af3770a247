//! What came of a comparison: a row for each chart or set of kustomizations, and everything that is not as it should be.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use crate::compare::Comparison;
use crate::differences::Differences;
use crate::{Chosen, Outcome};

/// The result of one half of the comparison.
#[derive(Debug)]
pub(crate) struct Report {
    /// `helm` or `kustomize`: the markers in the documentation.
    name: &'static str,
    /// The names of the columns after the first.
    columns: Vec<&'static str>,
    rows: Vec<Row>,
    each: Vec<String>,
    /// Differences that are on no list.
    unlisted: Vec<Unlisted>,
    listed: Differences,
    met: BTreeSet<usize>,
    /// What could not be compared, and why.
    missing: Vec<String>,
}

/// One line of the table.
#[derive(Debug)]
struct Row {
    name: String,
    cells: Vec<String>,
}

#[derive(Debug)]
struct Unlisted {
    title: String,
    text: String,
}

impl Report {
    pub(crate) fn new(name: &'static str, columns: Vec<&'static str>) -> Outcome<Report> {
        Ok(Report {
            name,
            columns,
            rows: Vec::new(),
            each: Vec::new(),
            unlisted: Vec::new(),
            listed: Differences::read(name)?,
            met: BTreeSet::new(),
            missing: Vec::new(),
        })
    }

    /// Something is not there to be compared.
    pub(crate) fn missing(&mut self, what: String) {
        self.missing.push(what);
    }

    /// One case was compared.
    pub(crate) fn case(&mut self, of: &str, case: &str, comparison: &Comparison) {
        let verdict = match comparison {
            Comparison { refused: true, .. } => "both refuse it".to_owned(),
            Comparison { objects, equal, same_bytes, .. } => {
                let bytes = if *same_bytes { "same bytes" } else { "other bytes" };
                format!("{equal} of {objects} objects, {bytes}")
            }
        };
        self.each.push(format!("{of}, {case}: {verdict}"));
        for found in &comparison.differences {
            match self.listed.position(of, case, &found.object) {
                Some(position) => drop(self.met.insert(position)),
                None => self
                    .unlisted
                    .push(Unlisted { title: format!("{of}, {case}: {}", found.object), text: found.text.clone() }),
            }
        }
    }

    /// A chart or a set of kustomizations is done.
    pub(crate) fn row(&mut self, name: String, cells: Vec<String>) {
        self.rows.push(Row { name, cells });
    }

    /// Prints the table and everything that needs somebody's attention.
    pub(crate) fn print(&self, out: &mut impl Write, chosen: &Chosen) -> Outcome<()> {
        writeln!(out, "{}", self.table())?;
        if chosen.each {
            self.each.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        }
        for Unlisted { title, text } in &self.unlisted {
            writeln!(out, "DIFFERENT {title}")?;
            text.lines().take(chosen.lines).try_for_each(|line| writeln!(out, "    {line}"))?;
        }
        // A part of the cases cannot show that a difference is gone.
        if chosen.only.is_none() {
            self.listed.unmet(&self.met).iter().try_for_each(|line| writeln!(out, "UNMET {line}"))?;
        }
        self.missing.iter().try_for_each(|line| writeln!(out, "MISSING {line}"))?;
        writeln!(
            out,
            "{}: {} cases, {} differences that are not listed, {} things missing",
            self.name,
            self.each.len(),
            self.unlisted.len(),
            self.missing.len()
        )?;
        Ok(())
    }

    /// Whether anything differs without a reason; when `strict`, whether anything is missing, too.
    pub(crate) fn fails(&self, chosen: &Chosen) -> bool {
        let unmet = chosen.only.is_none() && self.missing.is_empty() && !self.listed.unmet(&self.met).is_empty();
        !self.unlisted.is_empty() || unmet || (chosen.strict && !self.missing.is_empty())
    }

    /// The table, and below it the differences with their reasons.
    fn table(&self) -> String {
        let heads: Vec<&str> = self.columns.clone();
        let mut text = format!("| {} |\n|---|{}\n", heads.join(" | "), "--:|".repeat(heads.len() - 1));
        for Row { name, cells } in &self.rows {
            text += &format!("| {name} | {} |\n", cells.join(" | "));
        }
        if !self.listed.all().is_empty() {
            text += "\n| differs | in | why |\n|---|---|---|\n";
            for difference in self.listed.all() {
                text += &format!("| {} | {} | {} |\n", difference.of, difference.what(), difference.reason);
            }
        }
        text
    }

    /// Replaces what stands between this report's markers in `docs/parity.md`.
    pub(crate) fn write_into_docs(&self) -> Outcome<()> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/parity.md");
        let text = std::fs::read_to_string(&path)?;
        Ok(std::fs::write(&path, between_markers(&text, self.name, &self.table())?)?)
    }
}

/// The text with `table` between `<!-- NAME -->` and `<!-- end NAME -->`.
fn between_markers(text: &str, name: &str, table: &str) -> Outcome<String> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end {name} -->"));
    let missing = || format!("docs/parity.md has no `{}` before a `{end}`", begin.trim());
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::between_markers;

    #[test]
    fn only_what_stands_between_its_markers_is_replaced() {
        let text = "a\n<!-- helm -->\nold\n<!-- end helm -->\nb\n<!-- kustomize -->\n<!-- end kustomize -->\n";
        let written = between_markers(text, "helm", "new\n").expect("there are markers");
        assert_eq!(written, text.replace("old", "new"));
        assert!(between_markers("", "helm", "").is_err());
    }
}
