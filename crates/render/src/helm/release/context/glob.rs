//! The patterns of `.Files.Glob`, as the library gobwas/glob reads them.

use regex::Regex;

/// A pattern: `*` and `?` stand for anything but `/`, `**` for anything, `[abc]`, `[!abc]` and `[a-z]` for one
/// character, `{a,b}` for one of several patterns, and `\` takes the meaning of the next character away.
pub(super) struct Glob {
    /// None for a pattern that is malformed: Helm then takes all files.
    expression: Option<Regex>,
}

impl Glob {
    pub(super) fn parse(pattern: &str) -> Glob {
        let expression = translate(pattern).and_then(|expression| Regex::new(&expression).ok());
        Glob { expression }
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        self.expression.as_ref().is_none_or(|expression| expression.is_match(path))
    }
}

/// The pattern as a regular expression; `None` if it is malformed.
fn translate(pattern: &str) -> Option<String> {
    let mut out = String::from("(?s)^(?:");
    let mut depth = 0_usize;
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '*' if rest.peek() == Some(&'*') => {
                rest.next();
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '{' => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '[' => out.push_str(&class(&mut rest)?),
            '\\' => {
                if let Some(literal) = rest.next() {
                    out.push_str(&escape(literal));
                }
            }
            literal => out.push_str(&escape(literal)),
        }
    }
    out.push_str(&")".repeat(depth));
    out.push_str(")$");
    Some(out)
}

/// What follows `[`: one range, or characters.
fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let negation = if rest.next_if_eq(&'!').is_some() { "^" } else { "" };
    let first = rest.next()?;
    if rest.next_if_eq(&'-').is_some() {
        let last = rest.next()?;
        rest.next_if_eq(&']')?;
        return (first <= last).then(|| format!("[{negation}{}-{}]", escape(first), escape(last)));
    }
    let mut characters = String::new();
    let mut next = Some(first);
    loop {
        match next? {
            ']' if characters.is_empty() => return None,
            ']' => return Some(format!("[{negation}{characters}]")),
            '\\' => characters.push_str(&escape(rest.next()?)),
            character => characters.push_str(&escape(character)),
        }
        next = rest.next();
    }
}

fn escape(character: char) -> String {
    regex::escape(character.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::Glob;

    fn check(pattern: &str, expected: Expect) {
        let paths = ["a.txt", "b.yaml", "x-y", "conf/a.txt", "conf/b.yaml", "conf/deep/c.txt", "conf/{a}", "conf/a,b"];
        let glob = Glob::parse(pattern);
        expected.assert_eq(&paths.into_iter().filter(|path| glob.matches(path)).collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn patterns() {
        check("*", expect!["a.txt b.yaml x-y"]);
        check("**", expect!["a.txt b.yaml x-y conf/a.txt conf/b.yaml conf/deep/c.txt conf/{a} conf/a,b"]);
        check("conf/*", expect!["conf/a.txt conf/b.yaml conf/{a} conf/a,b"]);
        check("conf/**", expect!["conf/a.txt conf/b.yaml conf/deep/c.txt conf/{a} conf/a,b"]);
        check("**.txt", expect!["a.txt conf/a.txt conf/deep/c.txt"]);
        check("**/c.txt", expect!["conf/deep/c.txt"]);
        check("?.txt", expect!["a.txt"]);
        check("conf?a.txt", expect![""]);
        check("[ab].*", expect!["a.txt b.yaml"]);
        check("[!a].*", expect!["b.yaml"]);
        check("[a-b].*", expect!["a.txt b.yaml"]);
        check("{a,b}.*", expect!["a.txt b.yaml"]);
        check("conf/{a.txt,deep/*}", expect!["conf/a.txt conf/deep/c.txt"]);
        check("conf/\\{a\\}", expect!["conf/{a}"]);
        check("conf/a,b", expect!["conf/a,b"]);
        check("[x][-]y", expect!["x-y"]);
        check("", expect![""]);
    }

    #[test]
    fn what_is_malformed_takes_all() {
        let all = "a.txt b.yaml x-y conf/a.txt conf/b.yaml conf/deep/c.txt conf/{a} conf/a,b";
        for pattern in ["[a", "[b-a].txt", "[a-bx].txt", "[]"] {
            let glob = Glob::parse(pattern);
            assert!(all.split(' ').all(|path| glob.matches(path)), "{pattern}");
        }
    }
}
