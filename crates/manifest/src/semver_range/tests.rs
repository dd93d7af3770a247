use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn range(text: &str) -> VersionRange {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// Checks which of the versions a range takes.
fn check(text: &str, inside: &str, outside: &str) {
    let range = range(text);
    for version in inside.split_whitespace() {
        assert!(range.matches(&parse::version(version).unwrap()), "{text:?} should take {version}");
    }
    for version in outside.split_whitespace() {
        assert!(!range.matches(&parse::version(version).unwrap()), "{text:?} should not take {version}");
    }
}

#[test]
fn equality() {
    check("1.2.3", "1.2.3 1.2.3+build v1.2.3", "1.2.4 1.2.2 1.2.3-rc.1");
    check("=1.2.3", "1.2.3", "1.2.4");
    check("= v1.2.3", "1.2.3", "1.2.4");
    check("v1.2.3", "1.2.3", "1.2.4");
    check("=1.2.3-beta", "1.2.3-beta", "1.2.3 1.2.3-alpha");
    check("01.02.03", "1.2.3", "1.2.4");
    check("!=1.2.3", "1.2.4 0.1.0 2.0.0", "1.2.3 1.2.4-rc.1");
    check("!=1.2", "1.3.0 1.1.9 2.2.0", "1.2.0 1.2.9");
    check("!=1.2.x", "1.3.0", "1.2.0 1.2.9");
    check("!=1", "0.9.0 2.0.0", "1.0.0 1.9.9");
    check("!=1.x", "2.0.0", "1.0.0");
    check("!=1.2.3-beta", "1.2.3 1.2.3-alpha", "1.2.3-beta");
}

#[test]
fn order() {
    check(">1.2.3", "1.2.4 1.3.0 2.0.0", "1.2.3 1.2.2 2.0.0-rc.1");
    check(">1.2", "1.3.0 2.0.0", "1.2.0 1.2.9 1.1.0 0.9.0");
    check(">1", "2.0.0", "1.0.0 1.9.9");
    check(">11.x", "12.0.0", "11.1.0 10.9.0");
    check(">=1.2.3", "1.2.3 1.2.4 2.0.0", "1.2.2");
    check("=>1.2.3", "1.2.3", "1.2.2");
    check(">=1.2", "1.2.0 3.0.0", "1.1.9");
    check("<1.2.3", "1.2.2 0.1.0", "1.2.3 1.2.4 1.2.2-rc.1");
    check("<1.2", "1.1.9", "1.2.0 1.2.1");
    check("<2", "1.9.9", "2.0.0 2.1.0");
    check("<=1.2.3", "1.2.3 1.2.2", "1.2.4");
    check("=<1.2.3", "1.2.3", "1.2.4");
    check("<=1.2", "1.2.0 1.2.9 1.1.0", "1.3.0 2.0.0");
    check("<=1", "1.9.9 0.1.0", "2.0.0");
    check("> 1.2.3", "1.2.4", "1.2.3");
    check(">=0", "0.0.0 0.0.1 1.0.0", "0.0.1-alpha");
    check(">0", "1.0.0", "0.0.1 0.9.0");
}

#[test]
fn tilde() {
    check("~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0 2.0.0");
    check("~>1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0");
    check("~1.2", "1.2.0 1.2.9", "1.1.9 1.3.0");
    check("~1.2.x", "1.2.0 1.2.9", "1.3.0");
    check("~1", "1.0.0 1.9.9", "0.9.0 2.0.0");
    check("~1.x", "1.0.0 1.9.9", "2.0.0");
    check("~0.0.0", "0.0.0 0.1.0 7.0.0", "");
    check("~0.1.0", "0.1.0 0.1.9", "0.2.0");
    check("~0.0", "0.0.0 0.0.9", "0.1.0");
    check("~0", "0.0.0 0.9.0", "1.0.0");
    check("~1.2.3-beta.2", "1.2.3-beta.2 1.2.3-beta.4 1.2.3 1.2.4-beta.1", "1.2.3-beta.1 1.3.0-beta.3");
}

#[test]
fn caret() {
    check("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 2.0.0-rc.1");
    check("^1.2", "1.2.0 1.9.0", "1.1.9 2.0.0");
    check("^1", "1.0.0 1.9.0", "2.0.0");
    check("^1.x", "1.0.0 1.9.0", "2.0.0");
    check("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0 1.0.0");
    check("^0.2", "0.2.0 0.2.9", "0.3.0");
    check("^0.0.3", "0.0.3", "0.0.2 0.0.4 0.1.0 1.0.3");
    check("^0.0", "0.0.0 0.0.9", "0.1.0 1.0.0");
    check("^0", "0.0.0 0.9.0", "1.0.0");
    check("^1.2.0-alpha.0", "1.2.0-alpha.0 1.2.0-alpha.1 1.2.0 1.3.0-rc.1", "1.1.9 2.0.0-alpha");
    check("^0.2.3-beta.2", "0.2.3-beta.2 0.2.3-beta.4 0.2.4-beta.2 0.2.3", "0.2.3-beta.1 0.3.4-beta.2");
    check("^0.0.3-beta.2", "0.0.3-beta.3 0.0.3", "0.0.4-beta.3");
}

#[test]
fn wildcards() {
    for any in ["*", "x", "X", "=*", ">=*", "~*", "x.x.x", "*.*"] {
        check(any, "0.0.0 1.2.3 99.0.0", "1.2.3-rc.1");
    }
    check("1.x", "1.0.0 1.9.9", "2.0.0 0.9.0");
    check("1.*", "1.0.0", "2.0.0");
    check("1.2.x", "1.2.0 1.2.9", "1.3.0");
    check("1.2.X", "1.2.0", "1.3.0");
    check("1.2", "1.2.0 1.2.9", "1.3.0");
    check("1", "1.0.0 1.9.9", "2.0.0");
    check("v1", "1.0.0 1.9.9", "2.0.0");
}

#[test]
fn combinations() {
    for all in [">=1.2.3 <2.0.0", ">=1.2.3, <2.0.0", ">=1.2.3,<2.0.0", ">= 1.2.3 , < 2.0.0", "  >=1.2.3   <2.0.0 "] {
        check(all, "1.2.3 1.9.9", "1.2.2 2.0.0");
    }
    check("1.2.3 || 2.x", "1.2.3 2.0.0 2.9.9", "1.2.4 3.0.0");
    check("<1||>=3", "0.9.0 3.0.0", "1.0.0 2.9.9");
    check(">=1, !=1.5.0", "1.4.9 1.5.1", "1.5.0 0.9.0");
    check("~1.2 || ^3, !=3.1.0", "1.2.9 3.0.0 3.2.0", "1.3.0 3.1.0 4.0.0");
    check("1.2 - 2.3", "1.2.0 2.3.0 2.3.9", "1.1.9 2.4.0");
    check("1.2.3 - 2.3.4", "1.2.3 2.3.4", "1.2.2 2.3.5");
    check("1 - 2", "1.0.0 2.9.9", "0.9.9 3.0.0");
    check("v1.2 - v2 || 5", "1.2.0 2.9.0 5.1.0", "1.1.0 3.0.0 6.0.0");
    check("1.0.0 - 2.0.0 3.0.0 - 4.0.0", "", "1.0.0 2.0.0 3.0.0 4.0.0");
}

#[test]
fn prereleases_match_only_where_the_alternative_names_one() {
    check(">=1.0.0", "1.0.0", "1.0.1-rc.1 1.0.0-rc.1");
    check(">=1.0.0-0", "1.0.0 1.0.0-0 1.0.0-rc.1 1.0.1-rc.1 2.0.0-alpha", "0.9.9");
    check(">=1.0.0-beta <2", "1.0.0-beta 1.0.0-rc.1 1.5.0-alpha 2.0.0-alpha", "1.0.0-alpha 2.0.0");
    check(">=1.0.0-0 || 3", "1.0.0-rc.1 3.0.0", "0.9.0");
    check("<1 || >=3.0.0-0", "0.9.0 3.0.0-rc.1", "0.9.0-rc.1");
    check("*-0", "0.0.0 1.2.3 1.2.3-rc.1", "");
    check(">1.0.0-alpha.2", "1.0.0-alpha.10 1.0.0-beta 1.0.0", "1.0.0-alpha.2 1.0.0-alpha.1");
}

fn check_error(text: &str, expected: Expect) {
    expected.assert_eq(&text.parse::<VersionRange>().unwrap_err().to_string());
}

#[test]
fn what_is_no_range_is_named() {
    check_error(
        "",
        expect![[r#""" is not a version range: cannot read ""; examples: ">=1.2.0 <2.0.0", "~1.4", "^2", "1.x""#]],
    );
    check_error(
        "latest",
        expect![[
            r#""latest" is not a version range: cannot read "latest"; examples: ">=1.2.0 <2.0.0", "~1.4", "^2", "1.x""#
        ]],
    );
    check_error(
        ">=1 || foo",
        expect![[
            r#"">=1 || foo" is not a version range: cannot read "foo"; examples: ">=1.2.0 <2.0.0", "~1.4", "^2", "1.x""#
        ]],
    );
    for text in [
        "> >1",
        ">=",
        "1.2.3.4",
        "1.2.3-",
        "==1",
        "1,,2",
        ",1",
        "1 ||",
        "1x",
        "1.2.3-01",
        "a1",
        "<>1",
        "99999999999999999999",
    ] {
        assert!(text.parse::<VersionRange>().is_err(), "{text:?}");
    }
}

#[test]
fn tags_are_versions_with_two_dots() {
    let check = |tag: &str, expected: Option<&str>| {
        assert_eq!(version_of_tag(tag).map(|version| version.to_string()).as_deref(), expected, "{tag}");
    };
    check("1.2.3", Some("1.2.3"));
    check("v1.2.3", Some("1.2.3"));
    check("v1.2.3-rc.1+build.5", Some("1.2.3-rc.1+build.5"));
    check("v2025.02.03-rc.1", Some("2025.2.3-rc.1"));
    check("1.2", None);
    check("v1", None);
    check("1.2-rc.1", Some("1.2.0-rc.1"));
    check("V1.2.3", None);
    check("release-1.2.3", None);
    check("1.2.3.4", None);
    check("1.2.x", None);
    check("1.2.3-01", None);
}

#[test]
fn what_the_library_refuses_as_well() {
    for text in [">1||2 - 3".to_owned(), format!(">={}1", "0".repeat(600)), "1 || ".repeat(40) + "1"] {
        assert!(text.parse::<VersionRange>().is_err(), "{text:?}");
    }
    assert!(">1 || 2 - 3".parse::<VersionRange>().is_ok());
    assert_eq!(loose_version(&format!("1.2.3-{}", "a".repeat(300))), None);
    assert_eq!(loose_version("v1.02").map(|version| version.to_string()), Some("1.2.0".to_owned()));
}

#[test]
fn the_highest_tag_of_a_range() {
    let check = |text: &str, tags: &str, expected: &str| {
        assert_eq!(highest(&range(text), tags.split_whitespace()).join(" "), expected, "{text}");
    };
    let tags = "v1.0.0 1.1.0 v1.10.0 v1.9.0 v2.0.0-rc.1 v2.0.0 nightly v3 0.1.0";
    check("^1", tags, "v1.10.0");
    check("1.x", tags, "v1.10.0");
    check("<1.10", tags, "v1.9.0");
    check("*", tags, "v2.0.0");
    check(">=2.0.0-0 <2.0.0", tags, "v2.0.0-rc.1");
    check(">=3", tags, "");
    check("*", "1.0.0 1.0.0+b 1.0.0+a 0.9.0", "1.0.0 1.0.0+b 1.0.0+a");
}

fn versions() -> impl Strategy<Value = Version> {
    let prerelease = prop_oneof![3 => Just(""), 1 => Just("rc.1"), 1 => Just("alpha")];
    (0u64..4, 0u64..4, 0u64..4, prerelease).prop_map(|(major, minor, patch, prerelease)| Version {
        pre: semver::Prerelease::new(prerelease).unwrap(),
        ..Version::new(major, minor, patch)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_version_is_in_the_range_that_it_names(version in versions()) {
        prop_assert!(range(&version.to_string()).matches(&version));
        for operator in [">=", "<=", "~", "^", "="] {
            let text = format!("{operator}{version}");
            prop_assert!(range(&text).matches(&version), "{}", text);
        }
        for operator in [">", "<", "!="] {
            let text = format!("{operator}{version}");
            prop_assert!(!range(&text).matches(&version), "{}", text);
        }
    }

    #[test]
    fn a_range_and_its_opposite_take_every_release_once(bound in versions(), version in versions()) {
        prop_assume!(version.pre.is_empty() && bound.pre.is_empty());
        for (one, other) in [(">=", "<"), (">", "<="), ("=", "!=")] {
            let [one, other] = [one, other].map(|operator| range(&format!("{operator}{bound}")).matches(&version));
            prop_assert!(one != other);
        }
    }

    #[test]
    fn no_text_panics(text in "[0-9xv*.<>=!~^|, a-]{0,24}") {
        if let Ok(range) = text.parse::<VersionRange>() {
            range.matches(&Version::new(1, 2, 3));
        }
    }
}
