//! Istio's `StringMatch`, and regular expressions as RE2 reads them.

use mesh::Field;
use regex::RegexBuilder;

use super::problem::Problems;

/// The longest expression that Istio hands to a proxy.
const LONGEST: usize = 1024;
/// Memory that compiling one expression may take. What is larger has a good syntax, which is all that is asked.
const MOST_MEMORY: usize = 1 << 20;

/// What a [`check`] takes for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    /// An empty prefix matches everything, as that of a path does.
    MayBeEmpty,
    /// An empty prefix is a mistake.
    SaysSomething,
}

/// One match: `exact`, `prefix` or `regex`.
pub(super) fn check<'w>(matched: Field<'w>, name: &str, prefix: Prefix, problems: &mut Problems<'w>) {
    if let Some(given) = matched.get("prefix")
        && prefix == Prefix::SaysSomething
        && matched.text("prefix").is_empty()
    {
        problems.error(given, format!("`{name}` is matched by an empty prefix"));
    }
    if let Some(given) = matched.get("regex") {
        problems.judge(given, expression(name, matched.text("regex")));
    }
}

/// The member `name`, if it is given, as [`check`].
pub(super) fn check_member<'w>(around: Field<'w>, name: &str, prefix: Prefix, problems: &mut Problems<'w>) {
    if let Some(matched) = around.get(name) {
        check(matched, name, prefix, problems);
    }
}

/// A regular expression for the value `name`.
pub(super) fn expression(name: &str, expression: &str) -> Result<(), String> {
    if expression.is_empty() {
        return Err(format!("`{name}` is matched by an empty regular expression"));
    }
    if expression.len() > LONGEST {
        return Err(format!("the regular expression for `{name}` is longer than {LONGEST} characters"));
    }
    syntax(expression).map_err(|why| format!("the regular expression `{expression}` for `{name}` is not RE2's: {why}"))
}

/// Whether RE2 can read an expression; what is wrong with it if not.
pub(super) fn syntax(expression: &str) -> Result<(), String> {
    match RegexBuilder::new(&as_regex(expression)?).size_limit(MOST_MEMORY).build() {
        Ok(_) | Err(regex::Error::CompiledTooBig(_)) => Ok(()),
        Err(error) => {
            let text = error.to_string();
            let why = text.lines().filter_map(|line| line.strip_prefix("error: ")).next_back();
            Err(why.map_or(text.clone(), str::to_owned))
        }
    }
}

/// An expression of RE2 as the `regex` crate writes it. They differ in what needs a backslash: a brace that counts
/// nothing, a bracket inside brackets, and `\Q…\E`. RE2 repeats no repetition, and nothing more than a thousand times.
fn as_regex(expression: &str) -> Result<String, String> {
    let mut written = String::with_capacity(expression.len());
    let mut rest = expression;
    let mut brackets = false;
    let mut repeated = false;
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        if let Some(quoted) = rest.strip_prefix(r"\Q") {
            let (literal, after) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
            written.push_str(&regex::escape(literal));
            rest = after;
            repeated = false;
            continue;
        }
        if let Some(repetition) = repetition(rest).filter(|_| !brackets) {
            if repeated {
                return Err(format!("`{repetition}` repeats what is already repeated"));
            }
            if repetition
                .split(|c: char| !c.is_ascii_digit())
                .any(|count| count.parse().is_ok_and(|count: u64| count > 1000))
            {
                return Err(format!("`{repetition}` repeats more than 1000 times"));
            }
            written.push_str(repetition);
            rest = &rest[repetition.len()..];
            repeated = true;
            continue;
        }
        repeated = false;
        rest = match c {
            '\\' => {
                let escaped = tail.chars().next().map_or(0, char::len_utf8);
                written.push_str(&rest[..1 + escaped]);
                &tail[escaped..]
            }
            '[' if !brackets => {
                brackets = true;
                written.push('[');
                let tail = tail.strip_prefix('^').inspect(|_| written.push('^')).unwrap_or(tail);
                // A closing bracket that stands first is one to match.
                tail.strip_prefix(']').inspect(|_| written.push_str(r"\]")).unwrap_or(tail)
            }
            '[' if tail.starts_with(':') && tail.contains(":]") => {
                let end = rest.find(":]").map_or(1, |end| end + 2);
                written.push_str(&rest[..end]);
                &rest[end..]
            }
            '[' => {
                written.push_str(r"\[");
                tail
            }
            ']' if brackets => {
                brackets = false;
                written.push(']');
                tail
            }
            '&' | '~' if brackets => {
                written.push('\\');
                written.push(c);
                tail
            }
            '-' if brackets && tail.starts_with('-') => {
                written.push_str(r"\-");
                tail
            }
            '{' if !brackets => {
                written.push_str(r"\{");
                tail
            }
            c => {
                written.push(c);
                tail
            }
        };
    }
    Ok(written)
}

/// The repetition that a text begins with: `*`, `+`, `?`, `{3}`, `{3,}` or `{3,5}`, each also with a `?` behind it.
fn repetition(text: &str) -> Option<&str> {
    let length = match text.as_bytes().first()? {
        b'*' | b'+' | b'?' => 1,
        b'{' => {
            let (count, _) = text[1..].split_once('}')?;
            let (least, most) = count.split_once(',').unwrap_or((count, ""));
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            if least.is_empty() || !digits(least) || !digits(most) {
                return None;
            }
            count.len() + 2
        }
        _ => return None,
    };
    let lazy = usize::from(text[length..].starts_with('?'));
    Some(&text[..length + lazy])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_re2_reads_them() {
        for (expression, expect) in [
            ("^/api/v[0-9]+/.*$", true),
            (r"^(?i)bearer\s+\w+", true),
            ("a{2,3}", true),
            ("a{", true),
            ("{name}", true),
            ("{a,b}", true),
            ("[[]", true),
            ("[]a]", true),
            ("[^]a]", true),
            ("[[:alpha:]_]", true),
            ("[a&&b]", true),
            (r"\Qa+b(\E.*", true),
            (r"[\d\-.]+", true),
            ("(?P<name>a)", true),
            ("*", false),
            ("(a", false),
            ("a)", false),
            ("[a", false),
            ("(?!a)b", false),
            (r"(a)\1", false),
            ("a**", false),
            ("a*?", true),
            ("a???", false),
            ("a{2}{3}", false),
            ("a{1001}", false),
            ("a|*", false),
            ("[*+]+", true),
            (r"a\", false),
            ("[z-a]", false),
            (r"\w{1000}", true),
        ] {
            assert_eq!(syntax(expression).is_ok(), expect, "{expression} as {:?}", as_regex(expression));
        }
    }
}
