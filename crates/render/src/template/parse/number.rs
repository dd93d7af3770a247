//! Constants: numbers that are of every type that can hold them, as Go's ideal constants.

use crate::template::format::quote::unquote_character;
use crate::template::format::{float, quote};

/// A number as written, as every type that can represent it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Constant {
    pub(crate) text: String,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

impl Constant {
    /// `'a'`
    pub(super) fn character(text: &str) -> Result<Constant, String> {
        let inner = text.get(1..).unwrap_or_default();
        let (code, rest) = unquote_character(inner, '\'').ok_or("invalid syntax")?;
        if rest != "'" {
            return Err(format!("malformed character constant: {text}"));
        }
        Ok(Constant {
            text: text.to_owned(),
            int: Some(i64::from(code)),
            uint: Some(u64::from(code)),
            float: Some(f64::from(code)),
            complex: None,
        })
    }

    /// `1+2i`
    pub(super) fn complex(text: &str) -> Result<Constant, String> {
        let body = text.strip_suffix('i').unwrap_or(text);
        // The sign of the imaginary part: the last one that belongs to no exponent.
        let split = body
            .char_indices()
            .skip(1)
            .filter(|(index, sign)| matches!(sign, '+' | '-') && !body[..*index].ends_with(['e', 'E', 'p', 'P']))
            .last();
        let parts = split.and_then(|(index, _)| Some((float::parse(&body[..index])?, float::parse(&body[index..])?)));
        let (real, imaginary) = parts.ok_or("syntax error scanning complex number")?;
        let mut constant = Constant { text: text.to_owned(), ..Constant::default() };
        constant.set_complex(real, imaginary);
        Ok(constant)
    }

    /// Any other number.
    pub(super) fn number(text: &str) -> Result<Constant, String> {
        let mut constant = Constant { text: text.to_owned(), ..Constant::default() };
        if let Some(imaginary) = text.strip_suffix('i').and_then(float::parse) {
            constant.set_complex(0.0, imaginary);
            return Ok(constant);
        }
        constant.uint = if text.starts_with(['+', '-']) { None } else { parse_magnitude(text) };
        constant.int = parse_int(text);
        if constant.int == Some(0) {
            constant.uint = Some(0);
        }
        if let Some(int) = constant.int {
            constant.float = Some(int as f64);
        } else if let Some(uint) = constant.uint {
            constant.float = Some(uint as f64);
        } else if let Some(value) = float::parse(text) {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {}", quote::quoted(text.as_bytes())));
            }
            constant.float = Some(value);
            constant.int = exact_int(value);
            constant.uint = exact_uint(value);
        } else {
            return Err(format!("illegal number syntax: {}", quote::quoted(text.as_bytes())));
        }
        Ok(constant)
    }

    fn set_complex(&mut self, real: f64, imaginary: f64) {
        self.complex = Some((real, imaginary));
        if imaginary == 0.0 {
            self.float = Some(real);
            self.int = exact_int(real);
            self.uint = exact_uint(real);
        }
    }

    /// Whether the number is written as a float, so that it is one where any type will do.
    pub(crate) fn is_written_as_float(&self) -> bool {
        let hexadecimal = self.text.len() > 2
            && (self.text.starts_with("0x") || self.text.starts_with("0X"))
            && !self.text.contains(['p', 'P']);
        !hexadecimal && !self.text.starts_with('\'') && self.text.contains(['.', 'e', 'E', 'p', 'P'])
    }
}

fn exact_int(value: f64) -> Option<i64> {
    let range = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;
    (value.fract() == 0.0 && range.contains(&value)).then_some(value as i64)
}

fn exact_uint(value: f64) -> Option<u64> {
    (value.fract() == 0.0 && (0.0..18_446_744_073_709_551_616.0).contains(&value)).then_some(value as u64)
}

/// Go's `strconv.ParseInt(text, 0, 64)`.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = i128::from(parse_magnitude(magnitude)?);
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// Go's `strconv.ParseUint(text, 0, 64)`.
pub(crate) fn parse_magnitude(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.contains('_') && !underscores_are_placed_well(&lower) {
        return None;
    }
    let digits = digits.replace('_', "");
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits, radix).ok()
}

/// Underscores stand between digits, or between a base prefix and a digit.
pub(crate) fn underscores_are_placed_well(text: &str) -> bool {
    #[derive(PartialEq)]
    enum Saw {
        Start,
        Digit,
        Underscore,
        Other,
    }
    let lower = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let prefixed = ["0x", "0b", "0o"].iter().any(|prefix| lower.starts_with(prefix));
    let hexadecimal = lower.starts_with("0x");
    let (mut saw, body) = if prefixed { (Saw::Digit, &lower[2..]) } else { (Saw::Start, lower.as_str()) };
    for character in body.chars() {
        if character.is_ascii_digit() || hexadecimal && character.is_ascii_hexdigit() {
            saw = Saw::Digit;
        } else if character == '_' {
            if saw != Saw::Digit {
                return false;
            }
            saw = Saw::Underscore;
        } else {
            if saw == Saw::Underscore {
                return false;
            }
            saw = Saw::Other;
        }
    }
    saw != Saw::Underscore
}
