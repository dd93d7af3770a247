//! The JSON paths of printer columns: fields, indices, `[*]`, and filters on one field.

use jiff::Timestamp;
use serde_json::Value;

use super::cells;

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Field(String),
    Index(i64),
    Each,
    /// `[?(@.a.b=="x")]`
    Filter {
        path: Vec<String>,
        equal: Equal,
        value: Value,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Equal {
    Equal,
    NotEqual,
}

/// The cell at a path, as its column's type wants it; null where there is nothing or the value does not fit.
pub(super) fn cell(object: &Value, path: &str, kind: &str, now: Timestamp) -> Value {
    let found = find(object, path);
    let Some(first) = found.first() else { return Value::Null };
    match kind {
        "integer" => match first {
            Value::Number(number) => {
                number.as_i64().or(number.as_f64().map(|number| number as i64)).map_or(Value::Null, Value::from)
            }
            _ => Value::Null,
        },
        "number" => {
            if first.is_number() {
                (*first).clone()
            } else {
                Value::Null
            }
        }
        "boolean" => {
            if first.is_boolean() {
                (*first).clone()
            } else {
                Value::Null
            }
        }
        "date" => {
            if first.is_string() {
                cells::age(first, now).into()
            } else {
                Value::Null
            }
        }
        _ => {
            // Several results, which only `[*]` gives, are shown with commas between.
            let texts: Vec<String> = found.iter().filter(|value| !value.is_null()).map(|value| shown(value)).collect();
            if texts.is_empty() { Value::Null } else { texts.join(",").into() }
        }
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Everything a path selects.
pub(crate) fn find<'a>(object: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut current = vec![object];
    for step in parse(path) {
        current = current.into_iter().flat_map(|value| follow(value, &step)).collect();
    }
    current
}

fn follow<'a>(value: &'a Value, step: &Step) -> Vec<&'a Value> {
    match step {
        Step::Field(name) => value.get(name).into_iter().collect(),
        Step::Index(index) => {
            let Some(items) = value.as_array() else { return Vec::new() };
            let index = if *index < 0 { items.len() as i64 + index } else { *index };
            usize::try_from(index).ok().and_then(|index| items.get(index)).into_iter().collect()
        }
        Step::Each => match value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(fields) => fields.values().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        },
        Step::Filter { path, equal, value: wanted } => {
            let keeps = |item: &&Value| {
                let found = path.iter().try_fold(*item, |value, name| value.get(name));
                match equal {
                    Equal::Equal => found == Some(wanted),
                    Equal::NotEqual => found.is_some_and(|found| found != wanted),
                }
            };
            value.as_array().into_iter().flatten().filter(keeps).collect()
        }
    }
}

/// Reads a path; what it cannot read selects nothing further.
fn parse(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path.trim().trim_start_matches('{').trim_end_matches('}').trim_start_matches('$');
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let end = closing(after).unwrap_or(after.len());
            steps.push(bracket(&after[..end]));
            rest = after.get(end + 1..).unwrap_or_default();
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let mut name = String::new();
            let mut chars = rest.char_indices();
            let mut end = rest.len();
            while let Some((at, c)) = chars.next() {
                match c {
                    '\\' => name.extend(chars.next().map(|(_, escaped)| escaped)),
                    '.' | '[' => {
                        end = at;
                        break;
                    }
                    c => name.push(c),
                }
            }
            match name.as_str() {
                "" => {}
                "*" => steps.push(Step::Each),
                _ => steps.push(Step::Field(name)),
            }
            rest = &rest[end..];
            if rest == "." {
                break;
            }
        }
    }
    steps
}

/// Where the bracket that was opened before `text` closes, quotes respected.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, c)| {
        match (quote, c) {
            (None, ']') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (Some(_) | None, _) => {}
        }
        None
    })
}

fn bracket(inside: &str) -> Step {
    let inside = inside.trim();
    if inside == "*" {
        return Step::Each;
    }
    if let Ok(index) = inside.parse() {
        return Step::Index(index);
    }
    if let Some(filter) = inside.strip_prefix("?(").and_then(|filter| filter.strip_suffix(')')) {
        for (sign, equal) in [("==", Equal::Equal), ("!=", Equal::NotEqual)] {
            if let Some((left, right)) = filter.split_once(sign) {
                let path = left.trim().trim_start_matches('@').split('.').filter(|name| !name.is_empty());
                let value = serde_json::from_str(right.trim()).unwrap_or_else(|_| unquoted(right).into());
                return Step::Filter { path: path.map(str::to_owned).collect(), equal, value };
            }
        }
    }
    Step::Field(unquoted(inside).to_owned())
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Expect) {
        let object = json!({
            "metadata": {"name": "a", "annotations": {"x.example/y": "z"}},
            "spec": {"hosts": ["a", "b"], "n": 3, "items": [{"k": "one", "v": 1}, {"k": "two", "v": 2}]},
            "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Healthy", "status": "False"}]},
        });
        let found: Vec<String> = find(&object, path).iter().map(|value| value.to_string()).collect();
        expected.assert_eq(&found.join(" "));
    }

    #[test]
    fn paths_of_printer_columns() {
        check(".metadata.name", expect![[r#""a""#]]);
        check(".metadata.annotations.x\\.example/y", expect![[r#""z""#]]);
        check(".metadata.annotations['x.example/y']", expect![[r#""z""#]]);
        check(".spec.hosts", expect![[r#"["a","b"]"#]]);
        check(".spec.hosts[0]", expect![[r#""a""#]]);
        check(".spec.hosts[-1]", expect![[r#""b""#]]);
        check(".spec.hosts[*]", expect![[r#""a" "b""#]]);
        check(".spec.items[*].k", expect![[r#""one" "two""#]]);
        check(".status.conditions[?(@.type==\"Ready\")].status", expect![[r#""True""#]]);
        check(".status.conditions[?(@.type=='Ready')].status", expect![[r#""True""#]]);
        check(".status.conditions[?(@.type!=\"Ready\")].status", expect![[r#""False""#]]);
        check(".spec.items[?(@.v==2)].k", expect![[r#""two""#]]);
        check("{.spec.n}", expect!["3"]);
        check(".spec.none.at.all", expect![""]);
        check(".spec.items[", expect![[""]]);
    }
}
