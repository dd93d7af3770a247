use expect_test::{Expect, expect};
use manifest::yaml::{self, Limits, Profile};
use proptest::test_runner::Config as ProptestConfig;
use proptest::{prop_assert, prop_assert_eq, proptest};

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
    check("", expect![[""]]);
    check("${name}", expect!["frontend"]);
    check("a ${name} b${n}c", expect!["a frontend b3c"]);
    check(
        "${missing}",
        expect![[r#" | strict: error at line 1, column 1: variable not set (strict mode): "missing""#]],
    );
    check("${empty}", expect![[""]]);
    check(
        "${name_x} ${name}_x",
        expect![[r#" frontend_x | strict: error at line 1, column 1: variable not set (strict mode): "name_x""#]],
    );
    check(
        "${9lives} ${größe}",
        expect![[r#"  | strict: error at line 1, column 1: variable not set (strict mode): "9lives""#]],
    );
}

#[test]
fn dollars_that_start_no_expression_stay() {
    check("$name $ $( $1 a$", expect!["$name $ $( $1 a$"]);
    check("$${name} $$ $$$$", expect!["${name} $ $$"]);
    check("$$${name}", expect!["$frontend"]);
    check("$$$${name}", expect!["$${name}"]);
    check("${dollar}", expect!["${name}$$"]);
}

#[test]
fn defaults() {
    check("${missing:-a b} ${missing:=a} ${missing=a}", expect!["a b a a"]);
    check("${empty:-a} ${empty:=a} ${empty=a}", expect!["a a a"]);
    check("${name:-a} ${name:=a} ${name=a}", expect!["frontend frontend frontend"]);
    check("${missing:-} ${missing:=}", expect![" "]);
    check("${missing:?a} ${name:?a} ${missing:+a} ${name:+a}", expect!["a frontend a frontend"]);
    check("${missing:-${name}-${n}}", expect!["frontend-3"]);
    check("${missing:-${other:-${name}}}", expect!["frontend"]);
    check(
        "${missing:-${other}}",
        expect![[r#" | strict: error at line 1, column 12: variable not set (strict mode): "other""#]],
    );
    check(
        "${name:-${other}}",
        expect![[r#"frontend | strict: error at line 1, column 9: variable not set (strict mode): "other""#]],
    );
    check("${missing:-a{b}c}", expect!["a{bc}"]);
    check("${missing:-$$x}", expect!["$$x"]);
    check("${missing:-\"quoted\"}", expect![[r#""quoted""#]]);
}

#[test]
fn length_and_case() {
    check("${#name} ${#empty} ${#word}", expect!["8 0 7"]);
    check(
        "${#missing}",
        expect![[r#"0 | strict: error at line 1, column 1: variable not set (strict mode): "missing""#]],
    );
    check("${name^} ${name^^} ${word^^}", expect!["Frontend FRONTEND STRAßE"]);
    check("${name,} ${name,,}", expect!["frontend frontend"]);
    check("${name,^}", expect!["frontend"]);
    check("${empty^}", expect![[""]]);
}

#[test]
fn substrings() {
    check("${name:0} ${name:5} ${name:5:1} ${name:0:5}", expect!["frontend end e front"]);
    check("[${name:20}] [${name:8}] [${name:2:20}]", expect!["[] [] [ontend]"]);
    check("${name:-3} ${name: -3}", expect!["frontend frontend"]);
    check("${name:1:-1} [${name:5:-5}]", expect!["ronten []"]);
    check("${name:n} ${name:${n}}", expect!["frontend ntend"]);
    check("${word:5:1}", expect!["�"]);
    check(
        "${name:}",
        expect![[r#"error at line 1, column 1: bad substitution: `:` after variable "name" lacks its offset"#]],
    );
    check(
        "${name:1:}",
        expect![[r#"error at line 1, column 1: bad substitution: `:` after variable "name" lacks its length"#]],
    );
}

#[test]
fn trimming() {
    check(
        "${path#*/} ${path##*/} ${path%.*} ${path%%.*}",
        expect!["srv/app/data.tar.gz data.tar.gz /srv/app/data.tar /srv/app/data"],
    );
    check(
        "${path#/srv} ${path#srv} ${path%gz} ${path%zip}",
        expect!["/app/data.tar.gz /srv/app/data.tar.gz /srv/app/data.tar. /srv/app/data.tar.gz"],
    );
    check(
        "${name#?} ${name%?} ${name#[a-f]} ${name#[^a-f]} ${name##[a-z]*}",
        expect!["rontend fronten rontend frontend "],
    );
    check("${name#\\f} ${name#[} ${name#[]} ${name#\\}", expect!["rontend frontend frontend frontend"]);
    check("${path##${pattern}}", expect!["data.tar.gz"]);
    check("${name#*}", expect!["rontend"]);
    check("${name##*}", expect![[""]]);
    check(
        "${name#}",
        expect![[r#"error at line 1, column 1: bad substitution: `#` after variable "name" lacks its pattern"#]],
    );
    check("${word%e} ${word##*ß}", expect!["straß e"]);
}

#[test]
fn replacing() {
    check("${list/a/x} ${list//a/x} ${list/#a/x} ${list/%a/x}", expect!["x,b,a x,b,x x,b,a a,b,x"]);
    check("${list/#b/x} ${list/%b/x} ${list/z/x}", expect!["a,b,a a,b,a a,b,a"]);
    check("[${list/a/}] [${list//a/}] [${list/#a/}] [${list/%a/}]", expect!["[,b,a] [,b,] [a,b,a] [a,b,a]"]);
    check("${path//\\//-} ${path/\\/srv\\//~/}", expect!["-srv-app-data.tar.gz ~/app/data.tar.gz"]);
    check("${list//,/${n}}", expect!["a3b3a"]);
    check("${name/#/the-} ${name/%/-x} ${n///x}", expect!["the-frontend frontend-x x3x"]);
    check(
        "${name/front}",
        expect![[
            r#"error at line 1, column 1: bad substitution: the expression of variable "name" has the end of the text where its `}` is expected"#
        ]],
    );
    check("${name/front} and more / text}", expect!["frontend"]);
}

#[test]
fn broken_expressions_name_their_variable_and_place() {
    check(
        "a\n  ${name",
        expect![[
            r#"error at line 2, column 3: bad substitution: the expression of variable "name" has the end of the text where its `}` is expected"#
        ]],
    );
    check("${", expect!["error at line 1, column 1: bad substitution: `${` is followed by no variable name"]);
    check("${}", expect!["error at line 1, column 1: bad substitution: `${` is followed by no variable name"]);
    check("${ name }", expect!["error at line 1, column 1: bad substitution: `${` is followed by no variable name"]);
    check("${.Values.x}", expect!["error at line 1, column 1: bad substitution: `${` is followed by no variable name"]);
    check(
        "${name-default}",
        expect![[
            r#"error at line 1, column 1: bad substitution: the expression of variable "name" has `-` where its `}` is expected"#
        ]],
    );
    check(
        "${name:-a",
        expect![[
            r#"error at line 1, column 1: bad substitution: the expression of variable "name" has the end of the text where its `}` is expected"#
        ]],
    );
    check(
        "${name[@]}",
        expect![[
            r#"error at line 1, column 1: bad substitution: the expression of variable "name" has `[` where its `}` is expected"#
        ]],
    );
    check(
        "${name^^^}",
        expect![[
            r#"error at line 1, column 1: bad substitution: the expression of variable "name" has `^` where its `}` is expected"#
        ]],
    );
    check("${#}", expect!["error at line 1, column 1: bad substitution: `${` is followed by no variable name"]);
    check(
        "${#name",
        expect![[
            r#"error at line 1, column 1: bad substitution: the expression of variable "name" has the end of the text where its `}` is expected"#
        ]],
    );
    check(
        "${name#a${n}}",
        expect![[
            r#"error at line 1, column 1: bad substitution: the expression of variable "name" has `$` where its `}` is expected"#
        ]],
    );
    check(
        "${name:-${missing-x}}",
        expect![[
            r#"error at line 1, column 9: bad substitution: the expression of variable "missing" has `-` where its `}` is expected"#
        ]],
    );
}

#[test]
fn nesting_and_growth_are_bounded() {
    let deep = format!("{}{}", "${a:-".repeat(101), "}".repeat(101));
    check(
        &deep,
        expect!["error at line 1, column 501: bad substitution: expressions are nested more than 100 levels deep"],
    );
    let many = [("a".to_owned(), "x".repeat(100_000)), ("b".to_owned(), "y".repeat(100_000))].into();
    let error = expand("${a//x/${b}}", &many, Strictness::Strict).expect_err("far too large");
    expect![[r#"the text grows beyond 16777216 bytes when variable "a" is expanded"#]].assert_eq(&error.to_string());
}

/// Objects after substitution, as JSON; or what is wrong with them.
#[track_caller]
fn check_objects(text: &str, expected: Expect) {
    let manifests =
        yaml::read_manifests(text.as_bytes(), "app.yaml", Profile::Kustomize, &Limits::default()).expect("manifests");
    let result = substitute(manifests, &variables(), Strictness::Strict, Strategy::WithVariables);
    let lines: Vec<String> = match result {
        Ok(manifests) => manifests.iter().map(|manifest| manifest.value.to_string()).collect(),
        Err(problems) => {
            problems.iter().map(|problem| format!("{problem}\n  {}", problem.hint.as_deref().unwrap_or("-"))).collect()
        }
    };
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn values_get_the_type_that_they_have_in_yaml() {
    check_objects(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '${name}'}\ndata:\n  number: ${n}\n  quoted: \"${n}\"\n  \
         boolean: ${yes}\n  empty: ${empty}\n  lines: ${lines}\n  key-${n}: x\n  block: |\n    ${name}\n    $${x}\n",
        expect![[
            r#"{"apiVersion":"v1","data":{"block":"frontend\n${x}\n","boolean":true,"empty":null,"key-3":"x","lines":"onetwo","number":3,"quoted":3},"kind":"ConfigMap","metadata":{"name":"frontend"}}"#
        ]],
    );
}

#[test]
fn objects_can_opt_out() {
    check_objects(
        "apiVersion: v1\nkind: A\nmetadata: {name: a, labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}}\n\
         x: ${missing}\n---\napiVersion: v1\nkind: A\nmetadata:\n  name: b\n  annotations: \
         {kustomize.toolkit.fluxcd.io/substitute: disabled}\nx: $${a}\n---\n\
         apiVersion: v1\nkind: A\nmetadata: {name: c, labels: {kustomize.toolkit.fluxcd.io/substitute: enabled}}\nx: $${a}\n",
        expect![[r#"
            {"apiVersion":"v1","kind":"A","metadata":{"labels":{"kustomize.toolkit.fluxcd.io/substitute":"disabled"},"name":"a"},"x":"${missing}"}
            {"apiVersion":"v1","kind":"A","metadata":{"annotations":{"kustomize.toolkit.fluxcd.io/substitute":"disabled"},"name":"b"},"x":"$${a}"}
            {"apiVersion":"v1","kind":"A","metadata":{"labels":{"kustomize.toolkit.fluxcd.io/substitute":"enabled"},"name":"c"},"x":"${a}"}"#]],
    );
}

#[test]
fn every_problem_is_reported_where_it_stands() {
    check_objects(
        "apiVersion: v1\nkind: A\nmetadata:\n  name: a\nspec:\n  ok: ${n}\n  list:\n  - ${missing:=x}\n  - b: \
         ${missing}\n---\napiVersion: v1\nkind: A\nmetadata:\n  name: b\nspec:\n  text: ${text}\n---\n\
         apiVersion: v1\nkind: A\nmetadata:\n  name: c\nspec:\n  broken: ${n-1}\n---\n\
         apiVersion: v1\nkind: A\nmetadata:\n  name: ${empty}\n",
        expect![[r#"
            app.yaml:9:5: A/a: variable not set (strict mode): "missing"
              Set `missing` in `spec.postBuild`, give it a default with `${missing:=default}`, or write `$${missing}` if it should stay as it is.
            app.yaml:11:1: A/b: the object is no valid YAML after the substitution: a `:` that starts a value is not allowed here: either the line is indented too far, or a text that contains `: ` is not quoted
              A variable's value probably holds a character that has a meaning in YAML: quote the `${…}`.
            app.yaml:23:3: A/c: bad substitution: the expression of variable "n" has `-` where its `}` is expected
              Write `${n:-default}` for a default, with a colon.
            app.yaml:25:1: A/${empty}: a Kubernetes object needs `metadata.name`
              Check the variables that its type and its name are made of."#]],
    );
}

#[test]
fn names_that_no_expression_can_hold_are_refused() {
    let names = ["ok", "_ok2", "2b", "a-b", "a.b", "", "größe"].map(|name| (name.to_owned(), String::new()));
    let problems =
        substitute(Vec::new(), &names.into(), Strictness::Lenient, Strategy::WithVariables).expect_err("invalid names");
    let messages: Vec<String> = problems.iter().map(ToString::to_string).collect();
    expect![[r#"
        '' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'
        '2b' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'
        'a-b' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'
        'a.b' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'
        'größe' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'"#]]
    .assert_eq(&messages.join("\n"));
}

#[test]
fn without_variables_only_the_strategy_always_expands() {
    let text = "apiVersion: v1\nkind: A\nmetadata: {name: a}\nx: ${x:=1}\n";
    let run = |strategy| {
        let manifests =
            yaml::read_manifests(text.as_bytes(), "a.yaml", Profile::Kustomize, &Limits::default()).expect("manifests");
        substitute(manifests, &BTreeMap::new(), Strictness::Strict, strategy).expect("no problems")[0].value["x"]
            .clone()
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
