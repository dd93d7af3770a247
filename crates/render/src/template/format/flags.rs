//! Flags, width and precision of one verb, and what they do to text and integers.

use super::quote::{self, Charset};

/// The flags of a verb.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`
    pub(super) plus_value: bool,
    /// `%#v`
    pub(super) sharp_value: bool,
}

impl Flags {
    /// Appends text, filled up to the width.
    pub(super) fn pad(&self, out: &mut Vec<u8>, text: &[u8]) {
        let count = text.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum();
        let missing = self.width.unwrap_or_default().saturating_sub(count);
        if self.minus {
            out.extend_from_slice(text);
            out.extend(std::iter::repeat_n(b' ', missing));
        } else {
            let filler = if self.zero { b'0' } else { b' ' };
            out.extend(std::iter::repeat_n(filler, missing));
            out.extend_from_slice(text);
        }
    }

    /// `%s`
    pub(super) fn text(&self, out: &mut Vec<u8>, text: &[u8]) {
        self.pad(out, self.truncated(text));
    }

    /// The first characters, as many as the precision says.
    fn truncated<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        let Some(precision) = self.precision else { return text };
        let mut end = 0;
        let mut count = 0;
        for chunk in text.utf8_chunks() {
            let lengths = chunk.valid().chars().map(char::len_utf8).chain(chunk.invalid().iter().map(|_| 1));
            for length in lengths {
                if count == precision {
                    return &text[..end];
                }
                count += 1;
                end += length;
            }
        }
        text
    }

    /// `%q`
    pub(super) fn quoted(&self, out: &mut Vec<u8>, text: &[u8]) {
        let text = self.truncated(text);
        if self.sharp && quote::can_be_raw(text) {
            self.pad(out, &[b"`", text, b"`"].concat());
            return;
        }
        let charset = if self.plus { Charset::Ascii } else { Charset::Unicode };
        self.pad(out, quote::quote_with(text, '"', charset).as_bytes());
    }

    /// `%x` and `%X` of bytes.
    pub(super) fn hexadecimal(&self, out: &mut Vec<u8>, bytes: &[u8], verb: char) {
        let bytes = &bytes[..self.precision.map_or(bytes.len(), |precision| precision.min(bytes.len()))];
        let mut text = String::new();
        for (index, byte) in bytes.iter().enumerate() {
            if self.space && index > 0 {
                text.push(' ');
            }
            if self.sharp && (self.space || index == 0) {
                text.push('0');
                text.push(verb);
            }
            let digits = if verb == 'x' { format!("{byte:02x}") } else { format!("{byte:02X}") };
            text.push_str(&digits);
        }
        self.pad(out, text.as_bytes());
    }

    /// An integer of a base.
    pub(super) fn integer(&self, out: &mut Vec<u8>, value: i128, base: u32, verb: char) {
        let negative = value < 0;
        let magnitude = value.unsigned_abs();
        let mut digits = digits(magnitude, base, verb == 'X');
        let mut wanted = self.precision.unwrap_or_default();
        if self.precision == Some(0) && magnitude == 0 {
            let blank = Flags { zero: false, ..*self };
            blank.pad(out, b"");
            return;
        }
        if self.precision.is_none() && self.zero && !self.minus {
            let sign = usize::from(negative || self.plus || self.space);
            wanted = self.width.unwrap_or_default().saturating_sub(sign);
        }
        if digits.len() < wanted {
            digits.insert_str(0, &"0".repeat(wanted - digits.len()));
        }
        let sign = match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        };
        let base_mark = match (self.sharp, base) {
            (true, 2) => "0b",
            (true, 8) if !digits.starts_with('0') => "0",
            (true, 16) if verb == 'X' => "0X",
            (true, 16) => "0x",
            _ => "",
        };
        let octal_mark = if verb == 'O' { "0o" } else { "" };
        let prefix = format!("{sign}{octal_mark}{base_mark}");
        let filled = Flags { zero: false, ..*self };
        filled.pad(out, format!("{prefix}{digits}").as_bytes());
    }

    /// `%U`
    pub(super) fn unicode(&self, out: &mut Vec<u8>, value: u64) {
        let digits = self.precision.unwrap_or_default().max(4);
        let mut text = format!("U+{value:0digits$X}");
        let character = u32::try_from(value).ok().and_then(char::from_u32);
        if let (true, Some(character)) = (self.sharp, character.filter(|character| quote::is_printable(*character))) {
            text.push_str(&format!(" '{character}'"));
        }
        let filled = Flags { zero: false, ..*self };
        filled.pad(out, text.as_bytes());
    }

    /// A float, as a verb shows it.
    pub(super) fn float(&self, out: &mut Vec<u8>, value: f64, verb: char, precision: Option<usize>) {
        let precision = self.precision.or(precision);
        let mut text = super::float::format(value, verb, precision);
        if !text.starts_with(['+', '-']) {
            text.insert(0, '+');
        }
        if self.space && text.starts_with('+') && !self.plus {
            text.replace_range(..1, " ");
        }
        if matches!(text.as_str(), "+Inf" | "-Inf" | "+NaN" | " Inf" | " NaN") {
            let filled = Flags { zero: false, ..*self };
            let sign_shown = text != "+NaN" || self.space || self.plus;
            filled.pad(out, if sign_shown { text.as_bytes() } else { &text.as_bytes()[1..] });
            return;
        }
        if self.sharp && verb != 'b' {
            text = with_point(&text, verb, precision);
        }
        if self.plus || !text.starts_with('+') {
            // The sign stays in front of zeros that fill.
            if self.zero && !self.minus && self.width.is_some_and(|width| width > text.len()) {
                let (sign, rest) = text.split_at(1);
                out.extend_from_slice(sign.as_bytes());
                let rest_flags = Flags { width: self.width.map(|width| width - 1), ..*self };
                rest_flags.pad(out, rest.as_bytes());
                return;
            }
            self.pad(out, text.as_bytes());
            return;
        }
        self.pad(out, &text.as_bytes()[1..]);
    }
}

/// `%#g` keeps trailing zeros, and every `#` the point.
fn with_point(text: &str, verb: char, precision: Option<usize>) -> String {
    let marks: &[char] = if matches!(verb, 'x' | 'X') { &['p', 'P'] } else { &['e', 'E'] };
    let (mantissa, tail) = text.split_at(text.find(marks).unwrap_or(text.len()));
    let mut out = mantissa.to_owned();
    if !mantissa.contains('.') {
        out.push('.');
    }
    if matches!(verb, 'g' | 'G' | 'v' | 'x') {
        // As Go counts: everything from the first character on that is not zero, `x` too.
        let significant =
            mantissa.chars().skip(1).filter(|digit| *digit != '.').skip_while(|digit| *digit == '0').count();
        let shown = if mantissa[1..] == *"0" { 1 } else { significant };
        out.push_str(&"0".repeat(precision.unwrap_or(6).saturating_sub(shown)));
    }
    out.push_str(tail);
    out
}

fn digits(mut magnitude: u128, base: u32, upper: bool) -> String {
    let mut reversed = Vec::new();
    loop {
        // A remainder of a base up to 16 is a digit of it.
        let digit = char::from_digit((magnitude % u128::from(base)) as u32, base).unwrap_or('0');
        reversed.push(if upper { digit.to_ascii_uppercase() } else { digit });
        magnitude /= u128::from(base);
        if magnitude == 0 {
            return reversed.into_iter().rev().collect();
        }
    }
}
