//! What Go's `encoding/json` says about text that is not JSON.

use crate::template::format::quote::{Charset, quote_with};

/// Where in a value the scanner is, between its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Value,
    FirstItem,
    FirstKey,
    Key,
    Colon,
    AfterItem,
    AfterMember,
    End,
}

/// A list or an object that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    List,
    Object,
}

/// The first mistake in the text; none if its grammar is that of JSON.
pub(super) fn problem(text: &[u8]) -> Option<String> {
    Scanner { text, at: 0 }.scan().err()
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    /// The next byte. As in Go, a space stands at the end: it is what ends a number there, and what a literal that is
    /// cut off is told to have met.
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    fn peek(&self) -> Option<u8> {
        match self.at.cmp(&self.text.len()) {
            std::cmp::Ordering::Less => Some(self.text[self.at]),
            std::cmp::Ordering::Equal => Some(b' '),
            std::cmp::Ordering::Greater => None,
        }
    }

    fn scan(&mut self) -> Result<(), String> {
        let mut open = Vec::new();
        let mut place = Place::Value;
        while let Some(byte) = self.next() {
            if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                continue;
            }
            place = match (place, byte) {
                (Place::FirstItem | Place::AfterItem, b']') | (Place::FirstKey | Place::AfterMember, b'}') => {
                    open.pop();
                    after(&open)
                }
                (Place::Value | Place::FirstItem, b'{') => {
                    open.push(Open::Object);
                    Place::FirstKey
                }
                (Place::Value | Place::FirstItem, b'[') => {
                    open.push(Open::List);
                    Place::FirstItem
                }
                (Place::Value | Place::FirstItem, byte) => {
                    self.scalar(byte)?;
                    after(&open)
                }
                (Place::FirstKey | Place::Key, b'"') => {
                    self.string()?;
                    Place::Colon
                }
                (Place::Colon, b':') | (Place::AfterItem, b',') => Place::Value,
                (Place::AfterMember, b',') => Place::Key,
                (Place::FirstKey | Place::Key, byte) => {
                    return Err(invalid(byte, "looking for beginning of object key string"));
                }
                (Place::Colon, byte) => return Err(invalid(byte, "after object key")),
                (Place::AfterItem, byte) => return Err(invalid(byte, "after array element")),
                (Place::AfterMember, byte) => return Err(invalid(byte, "after object key:value pair")),
                (Place::End, byte) => return Err(invalid(byte, "after top-level value")),
            };
        }
        if place == Place::End { Ok(()) } else { Err(cut_off()) }
    }

    fn scalar(&mut self, first: u8) -> Result<(), String> {
        match first {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(first),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            byte => Err(invalid(byte, "looking for beginning of value")),
        }
    }

    fn string(&mut self) -> Result<(), String> {
        loop {
            match self.next().ok_or_else(cut_off)? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                byte @ 0..=0x1f => return Err(invalid(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.next().ok_or_else(cut_off)? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => (0..4).try_for_each(|_| match self.next().ok_or_else(cut_off)? {
                byte if byte.is_ascii_hexdigit() => Ok(()),
                byte => Err(invalid(byte, "in \\u hexadecimal character escape")),
            }),
            byte => Err(invalid(byte, "in string escape code")),
        }
    }

    fn number(&mut self, first: u8) -> Result<(), String> {
        let leading = if first == b'-' { self.digit("in numeric literal")? } else { first };
        if leading != b'0' {
            self.digits();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digit("after decimal point in numeric literal")?;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digit("in exponent of numeric literal")?;
            self.digits();
        }
        Ok(())
    }

    fn digit(&mut self, place: &str) -> Result<u8, String> {
        match self.next().ok_or_else(cut_off)? {
            byte @ b'0'..=b'9' => Ok(byte),
            byte => Err(invalid(byte, place)),
        }
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn literal(&mut self, literal: &str) -> Result<(), String> {
        for expected in literal.bytes().skip(1) {
            let byte = self.next().ok_or_else(cut_off)?;
            if byte != expected {
                let place = format!("in literal {literal} (expecting '{}')", char::from(expected));
                return Err(invalid(byte, &place));
            }
        }
        Ok(())
    }
}

fn after(open: &[Open]) -> Place {
    match open.last() {
        Some(Open::List) => Place::AfterItem,
        Some(Open::Object) => Place::AfterMember,
        None => Place::End,
    }
}

fn cut_off() -> String {
    "unexpected end of JSON input".to_owned()
}

/// Go shows the byte as the character of that number.
fn invalid(byte: u8, place: &str) -> String {
    let shown = quote_with(char::from(byte).to_string().as_bytes(), '\'', Charset::Unicode);
    format!("invalid character {shown} {place}")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    #[test]
    fn mistakes() {
        let texts = [
            "- a",
            "-",
            "1.",
            "1.x",
            "01",
            "-01",
            "1e",
            "1e+x",
            "{\"a\":-}",
            "[1 2]",
            "[1,]",
            "[",
            "[1",
            "{",
            "{\"a\" 1}",
            "{a:1}",
            "{\"a\":1,}",
            "{\"a\":1 2}",
            "{\"a\"",
            "\"a",
            "\"a\\x\"",
            "\"\\u12x\"",
            "\"\\u12",
            "\"a\nb\"",
            "nul",
            "nulx",
            "1 x",
            "{} x",
            "]",
            "+1",
            "'a'",
            "\"a\"\"",
            "é",
            "\u{1}",
            "",
            " \t",
            "1.5.5",
        ];
        let said: String = texts
            .iter()
            .map(|text| format!("{text:?}: {}\n", super::problem(text.as_bytes()).unwrap_or_default()))
            .collect();
        expect![[r#"
            "- a": invalid character ' ' in numeric literal
            "-": invalid character ' ' in numeric literal
            "1.": invalid character ' ' after decimal point in numeric literal
            "1.x": invalid character 'x' after decimal point in numeric literal
            "01": invalid character '1' after top-level value
            "-01": invalid character '1' after top-level value
            "1e": invalid character ' ' in exponent of numeric literal
            "1e+x": invalid character 'x' in exponent of numeric literal
            "{\"a\":-}": invalid character '}' in numeric literal
            "[1 2]": invalid character '2' after array element
            "[1,]": invalid character ']' looking for beginning of value
            "[": unexpected end of JSON input
            "[1": unexpected end of JSON input
            "{": unexpected end of JSON input
            "{\"a\" 1}": invalid character '1' after object key
            "{a:1}": invalid character 'a' looking for beginning of object key string
            "{\"a\":1,}": invalid character '}' looking for beginning of object key string
            "{\"a\":1 2}": invalid character '2' after object key:value pair
            "{\"a\"": unexpected end of JSON input
            "\"a": unexpected end of JSON input
            "\"a\\x\"": invalid character 'x' in string escape code
            "\"\\u12x\"": invalid character 'x' in \u hexadecimal character escape
            "\"\\u12": invalid character ' ' in \u hexadecimal character escape
            "\"a\nb\"": invalid character '\n' in string literal
            "nul": invalid character ' ' in literal null (expecting 'l')
            "nulx": invalid character 'x' in literal null (expecting 'l')
            "1 x": invalid character 'x' after top-level value
            "{} x": invalid character 'x' after top-level value
            "]": invalid character ']' looking for beginning of value
            "+1": invalid character '+' looking for beginning of value
            "'a'": invalid character '\'' looking for beginning of value
            "\"a\"\"": invalid character '"' after top-level value
            "é": invalid character 'Ã' looking for beginning of value
            "\u{1}": invalid character '\x01' looking for beginning of value
            "": unexpected end of JSON input
            " \t": unexpected end of JSON input
            "1.5.5": invalid character '.' after top-level value
        "#]]
        .assert_eq(&said);
    }

    proptest::proptest! {
        /// Both agree on what JSON is.
        #[test]
        fn what_can_be_read_has_no_mistake(text in r#"[\[\]{},:"0-9eE.tfnrulas\\ +-]{0,12}"#) {
            let readable = serde_json::from_str::<serde_json::Value>(&text);
            // Numbers that do not fit are refused later.
            let fits = !readable.as_ref().is_err_and(|error| error.to_string().starts_with("number out of range"));
            if fits {
                proptest::prop_assert_eq!(super::problem(text.as_bytes()).is_none(), readable.is_ok());
            }
        }
    }
}
