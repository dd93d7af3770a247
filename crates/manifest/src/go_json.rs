//! JSON byte for byte as Go's `encoding/json` writes it: digests, names and texts of Flux, Helm, kustomize, SOPS and
//! Kubernetes are made of such texts.

use std::fmt::{Display, LowerExp};
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// Which characters of texts are escaped besides those that JSON and JavaScript want escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Escape {
    /// `<`, `>` and `&`, as Go does unless it is told otherwise.
    #[default]
    Html,
    /// None.
    Nothing,
}

/// How values stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// Without any white space.
    #[default]
    Compact,
    /// Each on a line of its own, indented by this text once for each level.
    Indented(&'static str),
}

/// How a text is written; as `json.Marshal` does by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// What is escaped.
    pub escape: Escape,
    /// How values stand.
    pub layout: Layout,
}

/// `value` as `json.Marshal` writes it: fields in the order of the struct.
///
/// # Errors
///
/// If the value has no JSON.
pub fn to_string(value: &impl Serialize) -> serde_json::Result<String> {
    write(value, Style::default())
}

/// A JSON value, whose members are sorted, in a style.
pub fn of(value: &Value, style: Style) -> String {
    // Only keys that are no texts, and an output that is full, make this fail.
    write(value, style).unwrap_or_default()
}

/// `value` in a style.
///
/// # Errors
///
/// If the value has no JSON.
pub fn write(value: &impl Serialize, style: Style) -> serde_json::Result<String> {
    let mut out = Vec::with_capacity(128);
    value.serialize(&mut Serializer::with_formatter(&mut out, Go { style, depth: 0, is_empty: true }))?;
    // What is written between pieces of texts is ASCII.
    Ok(String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

struct Go {
    style: Style,
    depth: usize,
    /// Whether nothing stands yet in the list or object that was begun last.
    is_empty: bool,
}

impl Go {
    fn begin<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.is_empty = true;
        out.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        if !self.is_empty {
            out.write_all(b",")?;
        }
        self.is_empty = false;
        self.line(out)
    }

    fn end<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if !self.is_empty {
            self.line(out)?;
        }
        // What it stands in is not empty.
        self.is_empty = false;
        out.write_all(bracket)
    }

    fn line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        match self.style.layout {
            Layout::Compact => Ok(()),
            Layout::Indented(by) => {
                out.write_all(b"\n")?;
                (0..self.depth).try_for_each(|_| out.write_all(by.as_bytes()))
            }
        }
    }

    fn is_escaped(&self, character: char) -> bool {
        match character {
            '<' | '>' | '&' => self.style.escape == Escape::Html,
            '\u{2028}' | '\u{2029}' => true,
            _ => false,
        }
    }
}

impl Formatter for Go {
    fn write_f32<W: ?Sized + Write>(&mut self, out: &mut W, value: f32) -> io::Result<()> {
        let is_plain = value == 0.0 || (1e-6..1e21).contains(&value.abs());
        out.write_all(float(value, is_plain).as_bytes())
    }

    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        let is_plain = value == 0.0 || (1e-6..1e21).contains(&value.abs());
        out.write_all(float(value, is_plain).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, character)) = rest.char_indices().find(|(_, character)| self.is_escaped(*character)) {
            out.write_all(&rest.as_bytes()[..at])?;
            write!(out, "\\u{:04x}", u32::from(character))?;
            rest = &rest[at + character.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, _first: bool) -> io::Result<()> {
        self.next(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, _first: bool) -> io::Result<()> {
        self.next(out)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(match self.style.layout {
            Layout::Compact => b":",
            Layout::Indented(_) => b": ",
        })
    }
}

/// The shortest text that is read as the same number, with an exponent only if it would be long otherwise.
fn float<F: Display + LowerExp>(value: F, is_plain: bool) -> String {
    if is_plain {
        return value.to_string();
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Escape, Layout, Style, of, to_string};

    #[test]
    fn texts_are_escaped_as_in_go() {
        let written = to_string(&("<a href='?b&c'>", "\u{2028}\u{1}\u{8}\u{c}\t\u{7f}é")).unwrap();
        assert_eq!(written, "[\"\\u003ca href='?b\\u0026c'\\u003e\",\"\\u2028\\u0001\\b\\f\\t\u{7f}é\"]");
        let raw = Style { escape: Escape::Nothing, ..Style::default() };
        assert_eq!(of(&json!("<&>\u{2029}\"\\"), raw), r#""<&>\u2029\"\\""#);
    }

    #[test]
    fn numbers_are_written_as_in_go() {
        let cases = [
            (json!(1), "1"),
            (json!(1.0), "1"),
            (json!(-0.0), "-0"),
            (json!(1.5), "1.5"),
            (json!(100_000_000_000_000_000_000.0), "100000000000000000000"),
            (json!(1e21), "1e+21"),
            (json!(-1.5e300), "-1.5e+300"),
            (json!(0.000_001), "0.000001"),
            (json!(0.000_000_1), "1e-7"),
            (json!(u64::MAX), "18446744073709551615"),
        ];
        for (value, expected) in cases {
            assert_eq!(of(&value, Style::default()), expected);
        }
        assert_eq!(to_string(&(0.1_f32, 1e21_f32)).unwrap(), "[0.1,1e+21]");
    }

    #[test]
    fn empty_values_stand_on_one_line() {
        let value = json!({"b": [1, {"c": []}, {}], "a": null});
        let written = |layout| of(&value, Style { layout, ..Style::default() });
        assert_eq!(written(Layout::Compact), r#"{"a":null,"b":[1,{"c":[]},{}]}"#);
        expect_test::expect![[r#"
            {
              "a": null,
              "b": [
                1,
                {
                  "c": []
                },
                {}
              ]
            }"#]]
        .assert_eq(&written(Layout::Indented("  ")));
        assert_eq!(of(&Value::Object(serde_json::Map::new()), Style::default()), "{}");
    }
}
