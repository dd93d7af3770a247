//! What sources are told and given: ignore rules, indexes of Helm repositories, addresses that lead elsewhere.

use source::{IgnoreRules, Index, Mirror, Mirrors};

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

/// Any index is read or refused; each of its releases is found by its version, and nothing that it does not list.
pub const HELM_INDEX: Law = Law {
    name: "helm_index",
    check: helm_index,
    seeds: &[
        "apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 1.2.3+x\n    urls: [a.tgz]\n    digest: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n  - {name: a, version: v1.0.0-rc.1, created: 2026-01-02T03:04:05Z, deprecated: true}\n  b:\n",
        r#"{"apiVersion":"v1","entries":{"a":[{"name":"a","version":"1.2","dependencies":[{"alias":"x"}]},null]}}"#,
    ],
};

fn helm_index(input: &[u8]) {
    let Ok(index) = Index::read("index.yaml", input) else { return };
    for chart in index.charts() {
        let listed = index.versions(chart);
        for version in listed {
            let found = index.resolve("index.yaml", chart, &version.version).map(|found| &found.version);
            assert!(matches!(found, Ok(found) if *found == version.version), "{} of {chart}", version.version);
        }
        if let Ok(found) = index.resolve("index.yaml", chart, "*") {
            assert!(listed.contains(found), "{} of {chart}", found.version);
        }
    }
}

/// A rule leads what it matches to its other side and nothing else, and no address panics. The input is the rule, then on
/// the next line the address.
pub const MIRROR: Law = Law {
    name: "mirror",
    check: mirror,
    seeds: &[
        "https://github.com/org=https://git.internal/mirror\nhttps://ada:x@GitHub.com/org/app.git?x#y",
        "git@github.com:org=/srv/git\ngit@github.com:org/app.git",
    ],
};

fn mirror(input: &[u8]) {
    let Some((rule, address)) = text(input).and_then(|text| text.split_once('\n')) else { return };
    let Ok(parsed) = rule.parse::<Mirror>() else { return };
    let (_, to) = rule.split_once('=').unwrap_or_default();
    if let Some(found) = Mirrors::new([parsed]).instead_of(address) {
        assert!(found.starts_with(to.trim_end_matches('/')), "{found}");
    }
}
