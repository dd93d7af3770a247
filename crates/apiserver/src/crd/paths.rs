//! Paths to fields that definitions give, such as `.spec.limits['cpu']`.

use serde_json::Value;

/// Whether entries may be named in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Brackets {
    Allowed,
    Refused,
}

/// Where a path leads.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    /// The schema there.
    pub(crate) schema: &'a Value,
    /// The path as errors write it, such as `.spec.limits[cpu]`.
    pub(crate) path: String,
}

impl<'a> Found<'a> {
    fn step(self, name: &str) -> Result<Found<'a>, String> {
        let nowhere = || "does not refer to a valid field".to_owned();
        let Found { schema, path } = self;
        match schema["properties"].as_object().filter(|properties| !properties.is_empty()) {
            Some(properties) => {
                let schema = properties.get(name).ok_or_else(nowhere)?;
                Ok(Found { schema, path: format!("{path}.{name}") })
            }
            None => {
                let schema = schema.get("additionalProperties").ok_or_else(nowhere)?;
                Ok(Found { schema, path: format!("{path}[{name}]") })
            }
        }
    }
}

/// Where a path leads from a schema on, or why it leads nowhere.
pub(crate) fn find<'a>(path: &str, schema: &'a Value, brackets: Brackets) -> Result<Found<'a>, String> {
    let mut tokens = Tokens(path);
    let mut at = Found { schema, path: String::new() };
    while let Some(token) = tokens.next() {
        match token {
            "." => {
                let name = tokens.next().ok_or("unexpected end of JSON path")?;
                at = at.step(name)?;
            }
            "[" if brackets == Brackets::Refused => return Err("array notation is not allowed".to_owned()),
            "[" => {
                let name = tokens.next().ok_or("unexpected end of JSON path")?;
                let inner = name.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
                let inner = inner.ok_or_else(|| format!("expected single quoted string but got {name}"))?;
                at = at.step(&inner.replace("\\'", "'").replace("\\\\", "\\"))?;
                match tokens.next().ok_or("unexpected end of JSON path")? {
                    "]" => {}
                    other => return Err(format!("expected ] but got {other}")),
                }
            }
            other => return Err(format!("expected [ or . but got: {other}")),
        }
    }
    Ok(at)
}

/// What a path is made of: `.`, `[`, `]`, and what stands between them.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0;
        let first = text.chars().next()?;
        let end = match first {
            '.' | '[' | ']' => 1,
            '\'' => text
                .char_indices()
                .skip(1)
                .find(|(at, c)| *c == '\'' && !text[..*at].ends_with('\\'))
                .map_or(text.len(), |(at, _)| at + 1),
            _ => text.find(['.', '[', ']']).unwrap_or(text.len()),
        };
        let (token, rest) = text.split_at(end);
        self.0 = rest;
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_schemas() {
        let schema =
            json!({"properties": {"a": {"additionalProperties": {"type": "string"}}, "it's": {"type": "integer"}}});
        let check = |path: &str, brackets: Brackets, expected: Expect| {
            let told = match find(path, &schema, brackets) {
                Ok(found) => format!("{}: {}", found.path, found.schema),
                Err(why) => why,
            };
            expected.assert_eq(&told);
        };
        check(".a.b", Brackets::Allowed, expect![[r#".a[b]: {"type":"string"}"#]]);
        check(".a['b.c']", Brackets::Allowed, expect![[r#".a[b.c]: {"type":"string"}"#]]);
        check("['it\\'s']", Brackets::Allowed, expect![[r#".it's: {"type":"integer"}"#]]);
        check(".a['b']", Brackets::Refused, expect!["array notation is not allowed"]);
        check(".a.b.c", Brackets::Allowed, expect!["does not refer to a valid field"]);
        check("a", Brackets::Allowed, expect!["expected [ or . but got: a"]);
        check(".", Brackets::Allowed, expect!["unexpected end of JSON path"]);
        check(".a[b]", Brackets::Allowed, expect!["expected single quoted string but got b"]);
        check(".a['b'.", Brackets::Allowed, expect!["expected ] but got ."]);
    }
}
