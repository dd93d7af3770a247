//! Every rule by its Markdown: YAML blocks, and what the rule alone finds in them. `UPDATE_EXPECT=1` writes the findings
//! anew, `ONLY=istio` looks only at that folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use analysis::{Check, Finding, Fleet, Rule, Suppressions, analyze, analyze_fleet, rules};
use manifest::yaml::{Limits, Profile, read_manifests};
use mesh::{World, WorldOptions};

/// The Markdown file of a rule: `tests/rules/istio/x.md` for the rule in `src/rules/istio/x.rs`.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                collect(&entry, extension, found);
            } else if entry.extension().is_some_and(|found| found == extension) {
                found.push(entry);
            }
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    collect(&folder, extension, &mut found);
    let mut relative: Vec<PathBuf> =
        found.iter().map(|path| path.strip_prefix(&folder).expect("below").to_owned()).collect();
    relative.sort();
    relative
}

/// The rule whose file this is, told by the text that it carries of itself.
fn rule_of(source: &str) -> Option<&'static Rule> {
    rules::all().find(|rule| rule.source == source)
}

fn print(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let diagnostic = &finding.diagnostic;
        let line = diagnostic.location.as_ref().map_or(0, |location| location.line);
        let resource = finding.resource();
        writeln!(text, "{line}: {:?} {} {resource}: {}", finding.severity(), finding.code, diagnostic.message)
            .expect("text");
        for (place, what) in &finding.related {
            writeln!(text, "    {}: {what}", place.line).expect("text");
        }
        if let Some(hint) = &diagnostic.hint {
            writeln!(text, "    = {hint}").expect("text");
        }
    }
    text
}

/// How a block begins that is one cluster of several, before the cluster's name.
const CLUSTER: &str = "```yaml cluster ";

fn world(yaml: &str, name: &str) -> World {
    let manifests = read_manifests(yaml.as_bytes(), name, Profile::Kubectl, &Limits::default())
        .unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    World::new(manifests.into_iter().map(Arc::new), WorldOptions::default())
}

/// The Markdown with the findings that its YAML gives today.
fn rewritten(markdown: &str, rule: &Rule, name: &str) -> String {
    let (mut text, mut yaml, mut inside) = (String::new(), String::new(), None);
    let mut clusters: Vec<(&str, World)> = Vec::new();
    for line in markdown.lines() {
        match (inside, line) {
            (None, "```yaml") => (yaml, inside) = (String::new(), Some("yaml")),
            (None, "```findings") => inside = Some("findings"),
            (None, line) if line.starts_with(CLUSTER) => {
                (yaml, inside) = (String::new(), Some("yaml"));
                clusters.push((&line[CLUSTER.len()..], World::new([], WorldOptions::default())));
            }
            (Some("yaml"), "```") => {
                inside = None;
                if let Some((_, last)) = clusters.last_mut() {
                    *last = world(&yaml, name);
                }
            }
            (Some("findings"), "```") => {
                let suppressions = Suppressions::default();
                let found = if clusters.is_empty() {
                    analyze(&world(&yaml, name), [rule], &suppressions)
                } else {
                    let fleet = Fleet::new(clusters.iter().map(|(name, world)| (*name, world)));
                    analyze_fleet(&fleet, [rule], &suppressions)
                };
                text += &format!("```findings\n{}```\n", print(&found));
                inside = None;
                continue;
            }
            (Some(_), "```") => inside = None,
            (Some("yaml"), _) => yaml += &format!("{line}\n"),
            _ => {}
        }
        if inside != Some("findings") {
            text += line;
            text.push('\n');
        }
    }
    text
}

#[test]
fn every_rule_has_a_test_in_markdown() {
    let markdown = files("tests/rules", "md");
    let expected: Vec<PathBuf> = files("src/rules", "rs")
        .into_iter()
        .filter(|file| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules").join(file);
            let rule = rule_of(&std::fs::read_to_string(path).expect("a file"));
            // What is found while files are read is tested where they are read.
            rule.is_some_and(|rule| !matches!(rule.check, Check::Reading))
        })
        .map(|file| file.with_extension("md"))
        .collect();
    assert_eq!(markdown, expected);
    let looking = rules::all().filter(|rule| !matches!(rule.check, Check::Reading)).count();
    assert_eq!(expected.len(), looking, "a rule carries the text of a file that is not its own");
}

#[test]
fn rules_find_what_their_markdown_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let only = std::env::var("ONLY").unwrap_or_default();
    for file in files("tests/rules", "md").into_iter().filter(|file| file.starts_with(&only)) {
        let source = root.join("src/rules").join(file.with_extension("rs"));
        let rule = rule_of(&std::fs::read_to_string(&source).expect("the rule's file")).expect("a rule");
        let path = root.join("tests/rules").join(&file);
        let markdown = std::fs::read_to_string(&path).expect("a file");
        let today = rewritten(&markdown, rule, &file.to_string_lossy());
        assert!(markdown.contains("```findings"), "{file:?} expects nothing");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, today).expect("written");
        } else {
            assert_eq!(markdown, today, "{file:?}; UPDATE_EXPECT=1 writes what is found");
        }
    }
}
