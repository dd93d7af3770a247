//! `docs/rules`: one page for each code, made from the doc comments of its rules. `UPDATE_DOCS=1` writes them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use analysis::rules::istio::undecidable::{UNDECIDABLE, Undecidable};
use analysis::{Rule, rules};

fn pages() -> BTreeMap<String, String> {
    let mut by_code: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules::all() {
        by_code.entry(rule.code.0).or_default().push(rule);
    }
    let page = |(code, rules): (&&str, &Vec<&Rule>)| (format!("{code}.md"), rules::page(rules));
    let mut pages: BTreeMap<String, String> = by_code.iter().map(page).collect();
    let mut index =
        String::from("# Rules\n\nWhat `tenter analyze` looks for. `tenter analyze --explain CODE` prints a page.\n\n");
    index.push_str("| code | name | severity | what it finds |\n|---|---|---|---|\n");
    for (code, rules) in &by_code {
        let summaries: Vec<String> = rules.iter().map(|rule| rule.summary().replace('|', "\\|")).collect();
        let first = rules[0];
        index.push_str(&format!(
            "| [{code}]({code}.md) | {} | {:?} | {} |\n",
            first.name,
            first.severity,
            summaries.join(" ")
        ));
    }
    index.push_str("\n## Codes of Istio that are not reported\n\n| code | name | why |\n|---|---|---|\n");
    for Undecidable { code, name, reason } in UNDECIDABLE {
        index.push_str(&format!("| {code} | {name} | {reason} |\n"));
    }
    pages.insert("README.md".to_owned(), index);
    pages
}

#[test]
fn every_code_has_its_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
    let pages = pages();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(&folder).expect("docs/rules");
        for (file, text) in &pages {
            std::fs::write(folder.join(file), text).expect("a page");
        }
    }
    for (file, text) in &pages {
        let written = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        assert_eq!(written, *text, "docs/rules/{file} is out of date: run `just docs`");
    }
    let expected: BTreeSet<String> = pages.into_keys().collect();
    let found: BTreeSet<String> = std::fs::read_dir(&folder)
        .expect("docs/rules")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(found, expected, "docs/rules holds a page of a code that does not exist");
}

#[test]
fn every_rule_says_why_it_matters_and_what_to_do() {
    for rule in rules::all() {
        let documentation = rule.documentation();
        for heading in ["## Why it matters", "## What to do"] {
            assert!(documentation.contains(heading), "{rule:?} has no {heading:?}");
        }
        assert!(rule.summary().ends_with('.'), "{rule:?}: the first paragraph is no sentence");
    }
}

#[test]
fn rules_of_one_code_agree_on_its_name_and_severity() {
    let mut known: BTreeMap<&str, &Rule> = BTreeMap::new();
    for rule in rules::all() {
        let first = known.entry(rule.code.0).or_insert(rule);
        assert_eq!((first.name, first.severity), (rule.name, rule.severity), "{}", rule.code);
    }
}

/// The codes in a text: capitals and then four digits.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| {
        let prefix = word.trim_end_matches(|character: char| character.is_ascii_digit());
        word.len() == prefix.len() + 4 && prefix.len() >= 2 && prefix.chars().all(|letter| letter.is_ascii_uppercase())
    })
}

/// The rows of a table of docs/parity.md: their columns.
fn parity(table: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/parity.md");
    let text = std::fs::read_to_string(path).expect("docs/parity.md");
    let (start, end) = (format!("<!-- {table} -->"), format!("<!-- end {table} -->"));
    let rows = text.split_once(&start).and_then(|(_, rest)| rest.split_once(&end)).expect("the table").0;
    let rows = rows.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| row.trim_matches('|').split('|').map(|column| column.trim().to_owned()).collect()).collect()
}

#[test]
fn what_others_look_for_has_its_place() {
    let mut ours = BTreeSet::new();
    for rule in rules::all() {
        ours.insert(rule.code.0);
    }
    let mut reported = BTreeSet::new();
    for row in parity("kiali").into_iter().chain(parity("linkerd")) {
        let here = row.last().expect("columns");
        // Codes of Kiali that are not ours stand there too, as the reason why another one is not.
        let refused = here.starts_with("no: ") || here.starts_with("no, ") || here.starts_with("no defect");
        assert!(refused || codes(here).next().is_some(), "{row:?}");
        for code in codes(here) {
            assert!(ours.contains(code) || here.starts_with("no, as"), "{code} is no rule of ours: {row:?}");
            if row[0] == code {
                reported.insert(code.to_owned());
            }
        }
    }
    let of_kiali: BTreeSet<String> =
        ours.into_iter().filter(|code| code.starts_with("KIA")).map(str::to_owned).collect();
    assert_eq!(reported, of_kiali, "docs/parity.md and the rules disagree");
}
