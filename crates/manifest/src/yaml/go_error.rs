//! Syntax errors in the words of go-yaml v2, for texts that repeat what Go programs say.

use std::any::Any;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use libyaml_safer::{Error, ErrorKind, EventData, Parser};

/// What Go says is wrong with the syntax of the first document: `line 3: could not find expected ':'`. `None` if nothing
/// is, or if Go has no words for it.
///
/// Only a text that is known to be broken should be asked: it is parsed once more.
pub fn go_error(text: &str) -> Option<String> {
    let mut input = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_encoding(libyaml_safer::Encoding::Utf8);
    parser.set_input(&mut input);
    let mut anchors = HashSet::new();
    loop {
        // The scanner asserts in a place that broken text can reach, and is not used again after it did.
        let event = match catch_unwind(AssertUnwindSafe(|| parser.parse())) {
            Ok(Ok(event)) => event,
            Ok(Err(error)) => return Some(words(&error)),
            Err(panic) => {
                drop::<Box<dyn Any + Send>>(panic);
                return None;
            }
        };
        match event.data {
            EventData::Alias { anchor } if !anchors.contains(&anchor) => {
                return Some(format!("unknown anchor '{anchor}' referenced"));
            }
            EventData::Scalar { anchor: Some(anchor), .. }
            | EventData::SequenceStart { anchor: Some(anchor), .. }
            | EventData::MappingStart { anchor: Some(anchor), .. } => {
                anchors.insert(anchor);
            }
            EventData::DocumentEnd { .. } | EventData::StreamEnd => return None,
            _ => {}
        }
    }
}

/// Go counts lines from 0 where the parser failed and from 1 where the scanner did, and names no line 0.
fn words(error: &Error) -> String {
    if error.kind() == ErrorKind::Reader {
        return error.problem().to_owned();
    }
    let lines = [error.problem_mark(), error.context_mark()];
    let line = lines.into_iter().flatten().map(|mark| mark.line).find(|line| *line != 0);
    let first = u64::from(error.kind() == ErrorKind::Scanner);
    line.map_or_else(String::new, |line| format!("line {}: ", line + first)) + error.problem()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::go_error;

    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&go_error(text).unwrap_or_else(|| "nothing".to_owned()));
    }

    #[test]
    fn the_words_are_those_of_go() {
        check("a: 1\nb:\n- c\n", expect!["nothing"]);
        check("a: b: c", expect!["mapping values are not allowed in this context"]);
        check("a: 1\nb:\n  c: x\n   d: x\n", expect!["line 4: mapping values are not allowed in this context"]);
        check("a: 1\nb: {\n  c: d\n  e: f\n\n\ng: x\n", expect!["line 3: did not find expected ',' or '}'"]);
        check("a: 1\nb: \"x\n\n\n  y\nc: d\n", expect!["line 7: found unexpected end of stream"]);
        check("a: 1\nb:\n  - x\n c: d\n", expect!["line 3: did not find expected key"]);
        check("a: 1\nb: [a, b\nc: d\n", expect!["line 2: did not find expected ',' or ']'"]);
        check("a: 1\nb: %x\n", expect!["line 2: found character that cannot start any token"]);
        check("a: \"\\q\"\n", expect!["found unknown escape character"]);
        check("a: 1\n- b\n", expect!["line 1: did not find expected key"]);
        check("- b\na: 1\n", expect!["line 1: did not find expected '-' indicator"]);
        check("a: *x\nb: &x 1\n", expect!["unknown anchor 'x' referenced"]);
        check("a: &x 1\nb: *x\nc: \u{1}\n", expect!["control characters are not allowed"]);
        check("a: b\nc\n", expect!["line 3: could not find expected ':'"]);
        check("a: b\nc", expect!["line 3: could not find expected ':'"]);
        check("a: b\n---\nc: [\n", expect!["nothing"]);
    }
}
