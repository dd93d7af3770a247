use expect_test::{Expect, expect};
use manifest::yaml::{self, Limits, Profile};
use proptest::prelude::*;

use super::*;

fn variables() -> BTreeMap<String, String> {
    [
        ("name", "frontend"),
        ("path", "/srv/app/data.tar.gz"),
        ("n", "3"),
        ("empty", ""),
        ("word", "straße"),
        ("list", "a,b,a"),
        ("pattern", "*/"),
        ("yes", "on"),
        ("text", "a: b"),
        ("lines", "one\ntwo"),
        ("dollar", "${name}$$"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

/// What `text` expands to; the strict result too, where it differs.
#[track_caller]
fn check(text: &str, expected: Expect) {
    let show = |strictness| match expand(text, &variables(), strictness) {
        Ok(expanded) => expanded,
        Err(error) => format!("error at {}: {error}", error.position()),
    };
    let (lenient, strict) = (show(Strictness::Lenient), show(Strictness::Strict));
    expected.assert_eq(&if lenient == strict { lenient } else { format!("{lenient} | strict: {strict}") });
}

#[test]
fn variables_are_replaced() {
    check("", expect![[]]);
    check("${name}", expect![[]]);
    check("a ${name} b${n}c", expect![[]]);
    check("${missing}", expect![[]]);
    check("${empty}", expect![[]]);
    check("${name_x} ${name}_x", expect![[]]);
    check("${9lives} ${größe}", expect![[]]);
}

#[test]
fn dollars_that_start_no_expression_stay() {
    check("$name $ $( $1 a$", expect![[]]);
    check("$${name} $$ $$$$", expect![[]]);
    check("$$${name}", expect![[]]);
    check("$$$${name}", expect![[]]);
    check("${dollar}", expect![[]]);
}

#[test]
fn defaults() {
    check("${missing:-a b} ${missing:=a} ${missing=a}", expect![[]]);
    check("${empty:-a} ${empty:=a} ${empty=a}", expect![[]]);
    check("${name:-a} ${name:=a} ${name=a}", expect![[]]);
    check("${missing:-} ${missing:=}", expect![[]]);
    check("${missing:?a} ${name:?a} ${missing:+a} ${name:+a}", expect![[]]);
    check("${missing:-${name}-${n}}", expect![[]]);
    check("${missing:-${other:-${name}}}", expect![[]]);
    check("${missing:-${other}}", expect![[]]);
    check("${name:-${other}}", expect![[]]);
    check("${missing:-a{b}c}", expect![[]]);
    check("${missing:-$$x}", expect![[]]);
    check("${missing:-\"quoted\"}", expect![[]]);
}

#[test]
fn length_and_case() {
    check("${#name} ${#empty} ${#word}", expect![[]]);
    check("${#missing}", expect![[]]);
    check("${name^} ${name^^} ${word^^}", expect![[]]);
    check("${name,} ${name,,}", expect![[]]);
    check("${name,^}", expect![[]]);
    check("${empty^}", expect![[]]);
}

#[test]
fn substrings() {
    check("${name:0} ${name:5} ${name:5:1} ${name:0:5}", expect![[]]);
    check("[${name:20}] [${name:8}] [${name:2:20}]", expect![[]]);
    check("${name:-3} ${name: -3}", expect![[]]);
    check("${name:1:-1} [${name:5:-5}]", expect![[]]);
    check("${name:n} ${name:${n}}", expect![[]]);
    check("${word:5:1}", expect![[]]);
    check("${name:}", expect![[]]);
    check("${name:1:}", expect![[]]);
}

#[test]
fn trimming() {
    check("${path#*/} ${path##*/} ${path%.*} ${path%%.*}", expect![[]]);
    check("${path#/srv} ${path#srv} ${path%gz} ${path%zip}", expect![[]]);
    check("${name#?} ${name%?} ${name#[a-f]} ${name#[^a-f]} ${name##[a-z]*}", expect![[]]);
    check("${name#\\f} ${name#[} ${name#[]} ${name#\\}", expect![[]]);
    check("${path##${pattern}}", expect![[]]);
    check("${name#*}", expect![[]]);
    check("${name##*}", expect![[]]);
    check("${name#}", expect![[]]);
    check("${word%e} ${word##*ß}", expect![[]]);
}

#[test]
fn replacing() {
    check("${list/a/x} ${list//a/x} ${list/#a/x} ${list/%a/x}", expect![[]]);
    check("${list/#b/x} ${list/%b/x} ${list/z/x}", expect![[]]);
    check("[${list/a/}] [${list//a/}] [${list/#a/}] [${list/%a/}]", expect![[]]);
    check("${path//\\//-} ${path/\\/srv\\//~/}", expect![[]]);
    check("${list//,/${n}}", expect![[]]);
    check("${name/#/the-} ${name/%/-x} ${n///x}", expect![[]]);
    check("${name/front}", expect![[]]);
    check("${name/front} and more / text}", expect![[]]);
}

#[test]
fn broken_expressions_name_their_variable_and_place() {
    check("a\n  ${name", expect![[]]);
    check("${", expect![[]]);
    check("${}", expect![[]]);
    check("${ name }", expect![[]]);
    check("${.Values.x}", expect![[]]);
    check("${name-default}", expect![[]]);
    check("${name:-a", expect![[]]);
    check("${name[@]}", expect![[]]);
    check("${name^^^}", expect![[]]);
    check("${#}", expect![[]]);
    check("${#name", expect![[]]);
    check("${name#a${n}}", expect![[]]);
    check("${name:-${missing-x}}", expect![[]]);
}

#[test]
fn nesting_and_growth_are_bounded() {
    let deep = format!("{}{}", "${a:-".repeat(101), "}".repeat(101));
    check(&deep, expect![[]]);
    let many = [("a".to_owned(), "x".repeat(100_000)), ("b".to_owned(), "y".repeat(100_000))].into();
    let error = expand("${a//x/${b}}", &many, Strictness::Strict).expect_err("far too large");
    expect![[]].assert_eq(&error.to_string());
}

/// Objects after substitution, as JSON; or what is wrong with them.
#[track_caller]
fn check_objects(text: &str, expected: Expect) {
    let manifests =
        yaml::read_manifests(text.as_bytes(), "app.yaml", Profile::Kustomize, &Limits::default()).expect("manifests");
    let result = substitute(manifests, &variables(), Strictness::Strict, Strategy::WithVariables);
    let lines: Vec<String> = match result {
        Ok(manifests) => manifests.iter().map(|manifest| manifest.value.to_string()).collect(),
        Err(problems) => problems.iter().map(|problem| format!("{problem}\n  {}", problem.hint.as_deref().unwrap_or("-"))).collect(),
    };
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn values_get_the_type_that_they_have_in_yaml() {
    check_objects(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '${name}'}\ndata:\n  number: ${n}\n  quoted: \"${n}\"\n  \
         boolean: ${yes}\n  empty: ${empty}\n  lines: ${lines}\n  key-${n}: x\n  block: |\n    ${name}\n    $${x}\n",
        expect![[]],
    );
}

#[test]
fn objects_can_opt_out() {
    check_objects(
        "apiVersion: v1\nkind: A\nmetadata: {name: a, labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}}\n\
         x: ${missing}\n---\napiVersion: v1\nkind: A\nmetadata:\n  name: b\n  annotations: \
         {kustomize.toolkit.fluxcd.io/substitute: disabled}\nx: $${a}\n---\n\
         apiVersion: v1\nkind: A\nmetadata: {name: c, labels: {kustomize.toolkit.fluxcd.io/substitute: enabled}}\nx: $${a}\n",
        expect![[]],
    );
}

#[test]
fn every_problem_is_reported_where_it_stands() {
    check_objects(
        "apiVersion: v1\nkind: A\nmetadata:\n  name: a\nspec:\n  ok: ${n}\n  list:\n  - ${missing:=x}\n  - b: \
         ${missing}\n---\napiVersion: v1\nkind: A\nmetadata:\n  name: b\nspec:\n  text: ${text}\n---\n\
         apiVersion: v1\nkind: A\nmetadata:\n  name: c\nspec:\n  broken: ${n-1}\n---\n\
         apiVersion: v1\nkind: A\nmetadata:\n  name: ${empty}\n",
        expect![[]],
    );
}

#[test]
fn names_that_no_expression_can_hold_are_refused() {
    let names = ["ok", "_ok2", "2b", "a-b", "a.b", "", "größe"].map(|name| (name.to_owned(), String::new()));
    let problems = substitute(Vec::new(), &names.into(), Strictness::Lenient, Strategy::WithVariables)
        .expect_err("invalid names");
    let messages: Vec<String> = problems.iter().map(ToString::to_string).collect();
    expect![[]].assert_eq(&messages.join("\n"));
}

#[test]
fn without_variables_only_the_strategy_always_expands() {
    let text = "apiVersion: v1\nkind: A\nmetadata: {name: a}\nx: ${x:=1}\n";
    let run = |strategy| {
        let manifests =
            yaml::read_manifests(text.as_bytes(), "a.yaml", Profile::Kustomize, &Limits::default()).expect("manifests");
        substitute(manifests, &BTreeMap::new(), Strictness::Strict, strategy).expect("no problems")[0].value["x"].clone()
    };
    assert_eq!(run(Strategy::WithVariables), "${x:=1}");
    assert_eq!(run(Strategy::Always), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_expanded_or_refused(text in "([a-z$${}/#%^,:=0-9*?\\\\\\[\\]é-]|\\$\\{|\\$\\{n){0,40}") {
        for strictness in [Strictness::Lenient, Strictness::Strict] {
            if let Err(error) = expand(&text, &variables(), strictness) {
                prop_assert!(error.position().line >= 1);
            }
        }
    }

    #[test]
    fn text_without_dollars_stays(text in "[^$]{0,40}") {
        prop_assert_eq!(expand(&text, &variables(), Strictness::Strict), Ok(text));
    }

    #[test]
    fn escaped_text_comes_back(text in "[a-z${}]{0,20}") {
        prop_assert_eq!(expand(&text.replace('$', "$$"), &variables(), Strictness::Strict), Ok(text));
    }

    #[test]
    fn prefixes_that_match_are_found_as_a_regular_expression_finds_them(
        pattern in "[ab*?]{0,6}",
        text in "[ab]{0,8}",
    ) {
        let expression = format!("^{}$", pattern.replace('*', ".*").replace('?', "."));
        let expression = regex::Regex::new(&expression).expect("a valid expression");
        let expected: Vec<usize> = (1..=text.len()).filter(|&end| expression.is_match(&text[..end])).collect();
        prop_assert_eq!(glob::matching_prefixes(&pattern, &text).collect::<Vec<_>>(), expected);
    }
}
