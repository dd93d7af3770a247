//! The templates of queries: Go's `text/template` with Flagger's functions and without data.

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// Text as it stands.
    Text(&'t str),
    /// One of Flagger's functions that yield a text.
    Call(&'t str),
    /// A key of the map that `variables` yields.
    Variable(&'t str),
}

/// What can be said of a template without executing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading<'t> {
    /// It is made of texts and simple calls only.
    Parts(Vec<Part<'t>>),
    /// It has conditions, loops or pipelines, of which nothing is said here.
    Beyond,
    /// It does not parse, or fails whenever it is executed.
    Broken(String),
}

/// The functions that yield a text.
const FUNCTIONS: [&str; 7] = ["name", "namespace", "target", "service", "ingress", "route", "interval"];
/// Words of the language, and its own functions.
const LANGUAGE: [&str; 30] = [
    "and", "block", "break", "call", "continue", "define", "else", "end", "eq", "false", "ge", "gt", "html", "if",
    "index", "js", "le", "len", "lt", "ne", "nil", "not", "or", "print", "printf", "println", "range", "slice", "true",
    "urlquery",
];

/// Reads a template.
pub(super) fn read(template: &str) -> Reading<'_> {
    let mut parts = Vec::new();
    let mut rest = template;
    let mut trim_next = false;
    loop {
        let (text, action) = match rest.split_once("{{") {
            Some((text, action)) => (text, Some(action)),
            None => (rest, None),
        };
        let text = if trim_next { text.trim_start() } else { text };
        let Some(action) = action else {
            parts.push(Part::Text(text));
            return Reading::Parts(parts);
        };
        let Some((inside, after)) = action.split_once("}}") else {
            return Reading::Broken("an action `{{` is not closed".to_owned());
        };
        let trims_before = inside.starts_with("- ");
        trim_next = inside.ends_with(" -");
        parts.push(Part::Text(if trims_before { text.trim_end() } else { text }));
        let inside = inside.strip_prefix("- ").unwrap_or(inside);
        let inside = inside.strip_suffix(" -").unwrap_or(inside).trim();
        match self::action(inside) {
            Action::Part(part) => parts.push(part),
            Action::Nothing => {}
            Action::Beyond => return Reading::Beyond,
            Action::Broken(problem) => return Reading::Broken(problem),
        }
        rest = after;
    }
}

enum Action<'t> {
    Part(Part<'t>),
    Nothing,
    Beyond,
    Broken(String),
}

fn action(text: &str) -> Action<'_> {
    if text.is_empty() {
        return Action::Broken("an action `{{ }}` is empty".to_owned());
    }
    if text.starts_with("/*") {
        return Action::Nothing;
    }
    if let Some(field) = text.strip_prefix('.').filter(|field| is_name(field)) {
        let problem = format!("`.{field}` is a field of data, and Flagger gives none: its functions have no dot");
        return Action::Broken(problem);
    }
    if let Some(key) = text.strip_prefix("variables.").filter(|key| is_name(key)) {
        return Action::Part(Part::Variable(key));
    }
    let first = text.split_whitespace().next().unwrap_or_default();
    if !is_name(first) {
        return Action::Beyond;
    }
    let known =
        FUNCTIONS.contains(&first) || LANGUAGE.contains(&first) || matches!(first, "variables" | "with" | "template");
    if !known {
        return Action::Broken(format!("there is no function `{first}`"));
    }
    if let Some(key) = indexed(text) {
        return Action::Part(Part::Variable(key));
    }
    if first == text && FUNCTIONS.contains(&text) { Action::Part(Part::Call(text)) } else { Action::Beyond }
}

/// The key of `index variables "key"`.
fn indexed(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("index")?.trim_start().strip_prefix("variables")?.trim_start();
    let key = rest.strip_prefix('"')?.strip_suffix('"')?;
    (!key.contains(['"', '\\'])).then_some(key)
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(template: &str, expect: Expect) {
        expect.assert_eq(&format!("{:?}", read(template)));
    }

    #[test]
    fn templates_are_texts_and_calls() {
        check("a", expect![[r#"Parts([Text("a")])"#]]);
        check(
            "a {{- target }} b{{variables.x}}{{ index variables \"y-z\" -}} c",
            expect![[
                r#"Parts([Text("a"), Call("target"), Text(" b"), Variable("x"), Text(""), Variable("y-z"), Text("c")])"#
            ]],
        );
        check("a{{/* why */}}b", expect![[r#"Parts([Text("a"), Text("b")])"#]]);
    }

    #[test]
    fn what_fails_always_is_told_from_what_is_not_judged() {
        check("{{ if variables.x }}a{{ end }}", expect!["Beyond"]);
        check("{{ printf \"%s\" target }}", expect!["Beyond"]);
        check("{{ target | html }}", expect!["Beyond"]);
        check("{{ \"a\" }}", expect!["Beyond"]);
        check("{{ targt }}", expect![[r#"Broken("there is no function `targt`")"#]]);
        check("{{ target", expect![[r#"Broken("an action `{{` is not closed")"#]]);
        check("{{ }}", expect![[r#"Broken("an action `{{ }}` is empty")"#]]);
        check(
            "{{ .Target }}",
            expect![[r#"Broken("`.Target` is a field of data, and Flagger gives none: its functions have no dot")"#]],
        );
    }
}
