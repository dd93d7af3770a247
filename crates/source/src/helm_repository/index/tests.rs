use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

const URL: &str = "https://charts.example.com/index.yaml";

const INDEX: &str = r#"
apiVersion: v1
generated: "2026-01-02T03:04:05Z"
entries:
  podinfo:
  - name: podinfo
    version: 6.0.0
    created: "2026-01-01T00:00:00Z"
    digest: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    urls: [podinfo-6.0.0.tgz, https://elsewhere.example.com/podinfo-6.0.0.tgz]
    description: &text >-
      A long
      text
  - {name: podinfo, version: 6.1.0+one, created: "2026-01-03T00:00:00Z", urls: [one.tgz]}
  - {name: podinfo, version: 6.1.0+two, created: "2026-01-04T00:00:00Z", urls: [two.tgz], deprecated: true}
  - {name: podinfo, version: 6.1.0, created: "2026-01-02T00:00:00Z", urls: [none.tgz]}
  - {name: podinfo, version: v5.2.3, urls: [five.tgz], digest: "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"}
  - {name: podinfo, version: 7.0.0-rc.1, urls: [rc.tgz], digest: "md5:1"}
  - {name: podinfo, version: 1.10, urls: [loose.tgz]}
  -
  - {name: podinfo, version: 8.0.0, type: unknown}
  - {name: podinfo, version: not-one}
  - {name: "", version: 8.0.0}
  - {name: a/b, version: 8.0.0}
  - {name: podinfo, version: 8.0.0, dependencies: [null]}
  - {name: podinfo, version: 8.0.0, dependencies: [{name: a, alias: "b c"}]}
  - {name: podinfo, version: 8.0.0, maintainers: [~]}
  - {name: podinfo, version: 6.0.5, maintainers: [{name: Ada Example}], dependencies: [{name: a, alias: b}]}
  empty:
  istiod:
  - {name: istiod, version: 1.28.0, urls: []}
"#;

fn index(text: &str) -> Index {
    Index::read(URL, text.as_bytes()).unwrap()
}

fn resolve(index: &Index, chart: &str, range: &str) -> String {
    match index.resolve("https://charts.example.com", chart, range) {
        Ok(found) => format!("{} at {}", found.version, found.url.as_deref().unwrap_or("nowhere")),
        Err(error) => format!("({}) {error}", error.reason(crate::SourceKind::HelmChart)),
    }
}

fn check(chart: &str, range: &str, expected: Expect) {
    expected.assert_eq(&resolve(&index(INDEX), chart, range));
}

#[test]
fn keeps_what_helm_keeps_sorted_as_flux_sorts() {
    let index = index(INDEX);
    assert_eq!(index.charts().collect::<Vec<_>>(), ["empty", "istiod", "podinfo"]);
    let shown = index.versions("podinfo").iter().map(|listed| {
        let digest = listed.digest.as_deref().map_or("-", |digest| &digest[..12]);
        format!("{} {digest} {:?}\n", listed.version, listed.maintenance)
    });
    expect![[r#"
        7.0.0-rc.1 - Kept
        6.1.0+two - Deprecated
        6.1.0+one - Kept
        6.1.0 - Kept
        6.0.5 - Kept
        6.0.0 sha256:e3b0c Kept
        v5.2.3 sha256:e3b0c Kept
        1.1 - Kept
    "#]]
    .assert_eq(&shown.collect::<String>());
}

#[test]
fn finds_the_version_that_flux_finds() {
    check("podinfo", "", expect!["6.1.0+two at two.tgz"]);
    check("podinfo", "*", expect!["6.1.0+two at two.tgz"]);
    check("podinfo", "6.1.0", expect!["6.1.0 at none.tgz"]);
    check("podinfo", "=6.1.0", expect!["6.1.0+two at two.tgz"]);
    check("podinfo", "6.0.x", expect!["6.0.5 at nowhere"]);
    check("podinfo", "<6.0.5", expect!["6.0.0 at podinfo-6.0.0.tgz"]);
    check("podinfo", "5.2.3", expect!["v5.2.3 at five.tgz"]);
    check("podinfo", "v6.0.0", expect!["6.0.0 at podinfo-6.0.0.tgz"]);
    check("podinfo", ">=6.0.0-0", expect!["7.0.0-rc.1 at rc.tgz"]);
    check("podinfo", "7.0.0-rc.1", expect!["7.0.0-rc.1 at rc.tgz"]);
    check("podinfo", "1.1", expect!["1.1 at loose.tgz"]);
    check("istiod", "*", expect!["1.28.0 at nowhere"]);
}

#[test]
fn says_what_there_is_instead() {
    check(
        "podinfo",
        ">=9",
        expect![[
            r#"(InvalidChartReference) https://charts.example.com: no version of "podinfo" matches ">=9"; similar ones: 7.0.0-rc.1, 6.1.0+two, 6.1.0+one, 6.1.0, 6.0.5"#
        ]],
    );
    check(
        "podinf",
        "",
        expect![[
            r#"(InvalidChartReference) https://charts.example.com: no chart "podinf"; similar ones: podinfo, istiod, empty"#
        ]],
    );
    check(
        "empty",
        "",
        expect![[r#"(InvalidChartReference) https://charts.example.com: no version of "empty" matches """#]],
    );
    check(
        "podinfo",
        "newest",
        expect![[
            r#"(InvalidChartReference) version "newest" of chart "podinfo" is not a valid reference: "newest" is not a version range: cannot read "newest"; examples: ">=1.2.0 <2.0.0", "~1.4", "^2", "1.x""#
        ]],
    );
}

#[test]
fn refuses_what_is_no_index() {
    let check = |text: &str, expected: Expect| {
        expected
            .assert_eq(&Index::read(URL, text.as_bytes()).map_or_else(|error| error.to_string(), |_| "fine".into()));
    };
    check("", expect!["https://charts.example.com/index.yaml: not the index of a Helm repository: it is empty"]);
    check(
        "{}",
        expect![
            "https://charts.example.com/index.yaml: not the index of a Helm repository: it names no apiVersion; a page of another kind may stand at the address"
        ],
    );
    check(
        r#"{"apiVersion": "v1", "entries": {"a": [{"version": 1}]}}"#,
        expect![
            "https://charts.example.com/index.yaml: not the index of a Helm repository: invalid type: integer `1`, expected a string at line 1 column 52"
        ],
    );
    check(
        "<html>\n<p>not here",
        expect![
            "https://charts.example.com/index.yaml: not the index of a Helm repository: invalid type: string \"<html> <p>not here\", expected a mapping with apiVersion and entries"
        ],
    );
    check(
        "apiVersion: v1\nentries: [a]",
        expect![
            "https://charts.example.com/index.yaml: not the index of a Helm repository: invalid type: sequence, expected charts by name"
        ],
    );
    check(
        "apiVersion: v1\nentries: {a: [], a: []}",
        expect![[
            r#"https://charts.example.com/index.yaml: not the index of a Helm repository: the chart "a" is listed twice"#
        ]],
    );
    check(
        "apiVersion: v1\nentries: {a: &x [], b: *x}",
        expect![
            "https://charts.example.com/index.yaml: not the index of a Helm repository: the alias *x is not followed here; write out what it stands for"
        ],
    );
    check(
        "apiVersion: v1\nentries: {a: [{<<: {}}]}",
        expect![
            "https://charts.example.com/index.yaml: not the index of a Helm repository: merge keys (<<) are not followed here; write out what they stand for"
        ],
    );
    check(
        "apiVersion: v1\nentries: {a: [",
        expect![
            "https://charts.example.com/index.yaml: not the index of a Helm repository: no YAML: Parser error: line 3 column 1: did not find expected node content while parsing a flow node (line 3 column 1)"
        ],
    );
}

#[test]
fn json_and_yaml_are_one() {
    let json = r#"{"apiVersion":"v1","entries":{"a":[{"name":"a","version":"1.0.0","urls":["a.tgz"],"deprecated":true}],"b":null}}"#;
    let yaml = "apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 1.0.0\n    urls:\n    - a.tgz\n    deprecated: true\n  b:\n";
    assert_eq!(index(json).charts, index(yaml).charts);
    assert_ne!(index(json).revision(), index(yaml).revision());
}

#[test]
fn depth_is_bounded() {
    for bomb in ["[", "{a: ", "- ", "? "] {
        let text = format!("apiVersion: v1\nx: {}", bomb.repeat(100_000));
        assert!(Index::read(URL, text.as_bytes()).is_err());
        let text = format!("apiVersion: v1\nentries: {{a: [{}", bomb.repeat(100_000));
        assert!(Index::read(URL, text.as_bytes()).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_panics(text in "(apiVersion: v1\nentries:\n)?[a-z:{}\\[\\]&*<!|>\"'\n,~. 0-9-]{0,200}") {
        let _ = Index::read(URL, text.as_bytes());
    }

    #[test]
    fn what_is_found_is_listed(versions in prop::collection::vec("[0-3]\\.[0-3]\\.[0-3](-rc\\.[0-3])?", 1..12), range in "[<>=^~]{0,2}[0-3](\\.[0-3]){0,2}") {
        let entries: Vec<_> = versions.iter().map(|version| serde_json::json!({"name": "a", "version": version})).collect();
        let text = serde_json::json!({"apiVersion": "v1", "entries": {"a": entries}}).to_string();
        let index = index(&text);
        prop_assert_eq!(index.versions("a").len(), versions.len());
        if let Ok(found) = index.resolve("u", "a", &range) {
            prop_assert!(versions.iter().any(|version| **version == *found.version));
        }
    }
}
