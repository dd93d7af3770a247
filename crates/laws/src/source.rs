//! What sources are told: ignore rules. The input is one line, then the rest.

use source::IgnoreRules;

use crate::{Law, text};

/// Any rules say of every path whether it stays; after a rule that leaves everything out, nothing does.
pub const IGNORE: Law = Law {
    name: "source_ignore",
    check: ignore,
    seeds: &["a/b/c.yaml\n# x\n/*\n!/a/\n**/c.y?ml\n[a-c]*\\*\n", "deploy/x\n*\n!deploy/**\n"],
};

fn ignore(input: &[u8]) {
    let Some((path, rules)) = text(input).and_then(|text| text.split_once('\n')) else { return };
    let _ = IgnoreRules::new(&[("a".to_owned(), rules.to_owned())], Some(rules)).keeps(path);
    let everything = format!("{rules}\n*\n");
    if !path.trim_matches('/').is_empty() {
        assert!(!IgnoreRules::new(&[], Some(&everything)).keeps(path), "{path} stays");
    }
}
