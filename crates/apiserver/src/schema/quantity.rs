//! Quantities such as `500m` and `1Gi`, and their canonical form (apimachinery's `resource.Quantity`).

use serde_json::Value;

/// The suffix family a quantity was written in, which its canonical form keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Decimal,
    Binary,
    Exponent,
}

const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [(&str, u32); 6] = [("Ki", 1), ("Mi", 2), ("Gi", 3), ("Ti", 4), ("Pi", 5), ("Ei", 6)];
const NANO: i128 = 1_000_000_000;

/// The text of a quantity field: a string, or a number as JSON allows.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The canonical form (`1000m` is `1`, `1024Mi` is `1Gi`), or nothing for text that is no quantity or beyond range.
pub fn canonical(text: &str) -> Option<String> {
    let (nanos, format) = parse(text)?;
    Some(match format {
        Format::Binary if nanos.abs() >= 1024 * NANO && nanos % NANO == 0 => {
            let mut value = nanos / NANO;
            let mut suffix = "";
            for (name, _) in BINARY {
                if value % 1024 != 0 {
                    break;
                }
                value /= 1024;
                suffix = name;
            }
            format!("{value}{suffix}")
        }
        Format::Exponent => {
            let (value, exponent) = thousands(nanos);
            if exponent == 0 { value.to_string() } else { format!("{value}e{exponent}") }
        }
        Format::Decimal | Format::Binary => {
            let (value, exponent) = thousands(nanos);
            let suffix = DECIMAL.iter().find(|(_, power)| *power == exponent).map_or("", |(name, _)| name);
            format!("{value}{suffix}")
        }
    })
}

/// A quantity in billionths, rounded up.
pub(crate) fn nanos(text: &str) -> Option<i128> {
    parse(text).map(|(nanos, _)| nanos)
}

fn thousands(nanos: i128) -> (i128, i32) {
    let (mut value, mut exponent) = (nanos, -9);
    if value == 0 {
        return (0, 0);
    }
    while value % 1000 == 0 && exponent < 18 {
        value /= 1000;
        exponent += 3;
    }
    (value, exponent)
}

fn parse(text: &str) -> Option<(i128, Format)> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let digits: i128 = format!("0{whole}{fraction}").parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?;
    let (format, ten, factor) = scale_of(suffix)?;
    let scaled = digits.checked_mul(factor)?;
    let power = ten - places + 9;
    let nanos = if power >= 0 {
        scaled.checked_mul(10i128.checked_pow(power.unsigned_abs())?)?
    } else {
        // Finer than a billionth: rounded up, away from zero. Beyond 38 places any digit rounds to one billionth.
        match 10i128.checked_pow(power.unsigned_abs()) {
            Some(divisor) => scaled / divisor + i128::from(scaled % divisor != 0),
            None => i128::from(scaled != 0),
        }
    };
    Some((if negative { -nanos } else { nanos }, format))
}

/// Format, power of ten and binary factor of a suffix.
fn scale_of(suffix: &str) -> Option<(Format, i32, i128)> {
    if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some((Format::Decimal, *power, 1));
    }
    if let Some((_, power)) = BINARY.iter().find(|(name, _)| *name == suffix) {
        return Some((Format::Binary, 0, 1024i128.pow(*power)));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    Some((Format::Exponent, exponent, 1))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(inputs: &[&str], expected: Expect) {
        let forms: Vec<String> =
            inputs.iter().map(|text| format!("{text} {}", canonical(text).as_deref().unwrap_or("-"))).collect();
        expected.assert_eq(&forms.join("\n"));
    }

    #[test]
    fn canonical_forms_are_those_of_apimachinery() {
        check(
            &[
                "0", "-0", "1", "1000", "1000m", "1500m", "0.5", ".5", "100m", "1.5Gi", "1024Mi", "1024Ki", "1000Ki",
                "512Mi", "0.5Ki", "0.1Ki", "1e3", "1E3", "12e5", "1E", "1k", "0.1n", "-1.5", "+3", "10.0", "1.5.1", "",
                "Gi", "1 Gi", "abc", "1gi", "1e99",
            ],
            expect![[r#"
                0 0
                -0 0
                1 1
                1000 1k
                1000m 1
                1500m 1500m
                0.5 500m
                .5 500m
                100m 100m
                1.5Gi 1536Mi
                1024Mi 1Gi
                1024Ki 1Mi
                1000Ki 1000Ki
                512Mi 512Mi
                0.5Ki 512
                0.1Ki 102400m
                1e3 1e3
                1E3 1e3
                12e5 1200e3
                1E 1E
                1k 1k
                0.1n 1n
                -1.5 -1500m
                +3 3
                10.0 10
                1.5.1 -
                 -
                Gi -
                1 Gi -
                abc -
                1gi -
                1e99 -"#]],
        );
    }

    proptest::proptest! {
        #[test]
        fn canonical_form_keeps_the_value_and_is_stable(number in 0u64..10_000_000, suffix in "(|m|k|M|Ki|Mi|Gi|e3)") {
            let text = format!("{number}{suffix}");
            let once = canonical(&text).expect("a quantity");
            proptest::prop_assert_eq!(nanos(&once), nanos(&text));
            proptest::prop_assert_eq!(canonical(&once), Some(once.clone()));
        }
    }
}
