//! What is wrong with a TOML text, in the words of the library that Helm reads TOML with. Charts print these words.

use std::iter::Peekable;
use std::str::Chars;

/// The first mistake of a text that is known to have one; `None` if it is none that is known here.
pub(super) fn words(text: &str) -> Option<String> {
    let mut scan = Scan { rest: text.chars().peekable(), line: 1, depth: 0, key: String::new() };
    match scan.document() {
        Ok(()) | Err(Mistake::Unknown) => None,
        Err(Mistake::Said(problem)) => {
            let key = if scan.key.is_empty() { String::new() } else { format!(" (last key {:?})", scan.key) };
            Some(format!("toml: line {}{key}: {problem}", scan.line))
        }
    }
}

/// Arrays inside each other that are looked at.
const MAX_DEPTH: usize = 64;

enum Mistake {
    Said(String),
    /// What follows is not looked at.
    Unknown,
}

struct Scan<'t> {
    rest: Peekable<Chars<'t>>,
    line: usize,
    /// Arrays inside each other.
    depth: usize,
    /// The key whose value is being read.
    key: String,
}

fn said<T>(problem: impl Into<String>) -> Result<T, Mistake> {
    Err(Mistake::Said(problem.into()))
}

/// A character as Go's lexer prints it; its end of file is a zero.
fn shown(character: Option<char>) -> String {
    match character {
        None => "'\\x00'".to_owned(),
        Some(character) => format!("{character:?}"),
    }
}

impl Scan<'_> {
    fn document(&mut self) -> Result<(), Mistake> {
        loop {
            self.skip(|character| character.is_whitespace());
            match self.rest.peek().copied() {
                None => return Ok(()),
                Some('#') => self.skip(|character| character != '\n'),
                Some('[') => self.header()?,
                Some('=') => return said("unexpected '=': key name appears blank"),
                Some(_) => self.member()?,
            }
        }
    }

    fn header(&mut self) -> Result<(), Mistake> {
        self.next();
        let is_array = self.take('[');
        self.skip_blanks();
        if self.rest.peek() == Some(&']') {
            return said("unexpected end of table name (table names cannot be empty)");
        }
        self.dotted_key()?;
        match self.next() {
            Some(']') => {}
            other => return said(format!("expected '.' or ']' to end table name, but got {} instead", shown(other))),
        }
        if is_array && !self.take(']') {
            let found = shown(self.next());
            return said(format!("expected end of table array name delimiter ']', but got {found} instead"));
        }
        self.end_of_item()
    }

    fn member(&mut self) -> Result<(), Mistake> {
        self.key.clear();
        let key = self.dotted_key()?;
        match self.rest.peek().copied() {
            Some('=') => {
                self.next();
            }
            None => return said("unexpected EOF; expected key separator '='"),
            other => return said(format!("expected '.' or '=', but got {} instead", shown(other))),
        }
        self.key = key;
        self.value()?;
        self.key.clear();
        self.end_of_item()
    }

    /// Names with dots between them, without the blanks around.
    fn dotted_key(&mut self) -> Result<String, Mistake> {
        let mut names = Vec::new();
        loop {
            self.skip_blanks();
            match self.rest.peek().copied() {
                Some(quote @ ('"' | '\'')) => {
                    self.next();
                    names.push(self.quoted(quote)?);
                }
                Some('=') => return said("unexpected '='"),
                Some('.') => return said("unexpected '.'"),
                _ => {
                    let mut name = String::new();
                    while let Some(character) = self
                        .rest
                        .next_if(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'))
                    {
                        name.push(character);
                    }
                    if name.is_empty() {
                        return Err(Mistake::Unknown);
                    }
                    names.push(name);
                }
            }
            self.skip_blanks();
            if !self.take('.') {
                return Ok(names.join("."));
            }
        }
    }

    fn value(&mut self) -> Result<(), Mistake> {
        self.skip_blanks();
        match self.rest.peek().copied() {
            None => said("unexpected EOF; expected value"),
            Some('[') => self.array(),
            // Tables inside of values, and texts over several lines, are left to whoever else has words for them.
            Some('{') => Err(Mistake::Unknown),
            Some(quote @ ('"' | '\'')) => {
                self.next();
                if self.quoted(quote)?.is_empty() && self.rest.peek() == Some(&quote) {
                    return Err(Mistake::Unknown);
                }
                Ok(())
            }
            Some('\n') => said("expected value but found '\\n' instead"),
            Some(character) if character.is_alphabetic() => self.word(),
            Some(character) if character.is_ascii_digit() || matches!(character, '+' | '-' | '.') => self.number(),
            other => said(format!("expected value but found {} instead", shown(other))),
        }
    }

    fn word(&mut self) -> Result<(), Mistake> {
        let mut word = String::new();
        while let Some(character) = self.rest.next_if(|character| character.is_alphanumeric() || *character == '_') {
            word.push(character);
        }
        match word.as_str() {
            "true" | "false" | "inf" | "nan" => Ok(()),
            _ => said(format!("expected value but found {word:?} instead")),
        }
    }

    fn number(&mut self) -> Result<(), Mistake> {
        let mut number = String::new();
        while let Some(character) = self
            .rest
            .next_if(|character| character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.' | '_' | ':'))
        {
            number.push(character);
        }
        let digits = number.trim_start_matches(['+', '-']);
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            if digits.len() > 1 && digits.starts_with('0') {
                return said(format!("Invalid integer {number:?}: cannot have leading zeroes"));
            }
            if number.parse::<i64>().is_err() {
                return said(format!("{number} is out of range for int64"));
            }
        }
        if number.ends_with('.') {
            return said(format!("Invalid float {number:?}: '.' must be followed by one or more digits"));
        }
        Ok(())
    }

    fn array(&mut self) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Mistake::Unknown);
        }
        self.items()?;
        self.depth -= 1;
        Ok(())
    }

    fn items(&mut self) -> Result<(), Mistake> {
        self.next();
        loop {
            self.skip_space_and_comments();
            if self.take(']') {
                return Ok(());
            }
            self.value()?;
            self.skip_space_and_comments();
            match self.next() {
                Some(',') => {}
                Some(']') => return Ok(()),
                None => return said("expected a comma (',') or array terminator (']'), but got end of file"),
                other => {
                    let found = shown(other);
                    return said(format!("expected a comma (',') or array terminator (']'), but got {found}"));
                }
            }
        }
    }

    /// The rest of a text on one line.
    fn quoted(&mut self, quote: char) -> Result<String, Mistake> {
        let mut text = String::new();
        loop {
            match self.next() {
                None if quote == '"' => return said("unexpected EOF; expected '\"'"),
                None => return said("unexpected EOF; expected \"'\""),
                Some('\n') => {
                    self.line -= 1;
                    return said("strings cannot contain newlines");
                }
                Some('\\') if quote == '"' => {
                    self.next();
                }
                Some(character) if character == quote => return Ok(text),
                Some(character) => text.push(character),
            }
        }
    }

    fn end_of_item(&mut self) -> Result<(), Mistake> {
        self.skip_blanks();
        match self.rest.peek().copied() {
            None | Some('\n' | '#' | '\r') => Ok(()),
            other => said(format!(
                "expected a top-level item to end with a newline, comment, or EOF, but got {} instead",
                shown(other)
            )),
        }
    }

    fn skip_blanks(&mut self) {
        self.skip(|character| matches!(character, ' ' | '\t'));
    }

    fn skip_space_and_comments(&mut self) {
        loop {
            self.skip(char::is_whitespace);
            if self.rest.peek() != Some(&'#') {
                return;
            }
            self.skip(|character| character != '\n');
        }
    }

    fn skip(&mut self, is_skipped: impl Fn(char) -> bool) {
        while self.rest.peek().is_some_and(|character| is_skipped(*character)) {
            self.next();
        }
    }

    fn take(&mut self, character: char) -> bool {
        self.rest.next_if_eq(&character).is_some()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest.next();
        self.line += usize::from(character == Some('\n'));
        character
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::words;

    fn check(texts: &[&str], expected: Expect) {
        let shown: String = texts
            .iter()
            .map(|text| format!("{text:?} {}\n", words(text).unwrap_or_else(|| "nothing".to_owned())))
            .collect();
        expected.assert_eq(&shown);
    }

    #[test]
    fn the_words_are_those_of_the_library() {
        check(
            &[
                "one",
                "one\ntwo",
                "one two",
                "one =",
                "one = x",
                "a = \"x",
                "a = 'x",
                "a = [1,",
                "a = [1 2]",
                "= 1",
                "a. = 1",
                "a = 01",
                "a = truex",
                "a == 1",
                "a = 99999999999999999999",
                "a = 1.",
                "\"a = 1",
                "[a",
                "[[a]",
                "[]",
                "[a]b=1",
                "a = 1 b = 2",
                "a = 1\n\n# x\nb",
                "a = 1",
                "a = {b",
                "a = \"\"\"x",
                "[a]\n[[b.c]]\nd = [\n 1, # x\n 2\n]\ne",
            ],
            expect![[r#"
                "one" toml: line 1: unexpected EOF; expected key separator '='
                "one\ntwo" toml: line 1: expected '.' or '=', but got '\n' instead
                "one two" toml: line 1: expected '.' or '=', but got 't' instead
                "one =" toml: line 1 (last key "one"): unexpected EOF; expected value
                "one = x" toml: line 1 (last key "one"): expected value but found "x" instead
                "a = \"x" toml: line 1 (last key "a"): unexpected EOF; expected '"'
                "a = 'x" toml: line 1 (last key "a"): unexpected EOF; expected "'"
                "a = [1," toml: line 1 (last key "a"): unexpected EOF; expected value
                "a = [1 2]" toml: line 1 (last key "a"): expected a comma (',') or array terminator (']'), but got '2'
                "= 1" toml: line 1: unexpected '=': key name appears blank
                "a. = 1" toml: line 1: unexpected '='
                "a = 01" toml: line 1 (last key "a"): Invalid integer "01": cannot have leading zeroes
                "a = truex" toml: line 1 (last key "a"): expected value but found "truex" instead
                "a == 1" toml: line 1 (last key "a"): expected value but found '=' instead
                "a = 99999999999999999999" toml: line 1 (last key "a"): 99999999999999999999 is out of range for int64
                "a = 1." toml: line 1 (last key "a"): Invalid float "1.": '.' must be followed by one or more digits
                "\"a = 1" toml: line 1: unexpected EOF; expected '"'
                "[a" toml: line 1: expected '.' or ']' to end table name, but got '\x00' instead
                "[[a]" toml: line 1: expected end of table array name delimiter ']', but got '\x00' instead
                "[]" toml: line 1: unexpected end of table name (table names cannot be empty)
                "[a]b=1" toml: line 1: expected a top-level item to end with a newline, comment, or EOF, but got 'b' instead
                "a = 1 b = 2" toml: line 1: expected a top-level item to end with a newline, comment, or EOF, but got 'b' instead
                "a = 1\n\n# x\nb" toml: line 4: unexpected EOF; expected key separator '='
                "a = 1" nothing
                "a = {b" nothing
                "a = \"\"\"x" nothing
                "[a]\n[[b.c]]\nd = [\n 1, # x\n 2\n]\ne" toml: line 7: unexpected EOF; expected key separator '='
            "#]],
        );
    }
}
