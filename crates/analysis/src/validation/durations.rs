//! Durations as Istio takes them: Go's notation, whole milliseconds, at least one.

use mesh::Field;

use super::problem::Problems;

const MILLISECOND: i128 = 1_000_000;
const SECOND: i128 = 1_000_000_000;

/// Units by name, in nanoseconds; longer names first, so that `ms` is not read as `m`.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", MILLISECOND),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3600 * SECOND),
];

/// The nanoseconds of a duration in Go's notation (`time.ParseDuration`), which may be negative.
pub(super) fn nanoseconds(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let (name, unit) = UNITS.iter().find(|(name, _)| tail.starts_with(name))?;
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()?.into() };
        // Beyond eighteen digits no unit has a nanosecond left.
        let digits = &fraction[..fraction.len().min(18)];
        let fraction: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        total += whole * unit + fraction * unit / 10_i128.pow(u32::try_from(digits.len()).ok()?);
        rest = &tail[name.len()..];
    }
    i64::try_from(sign * total).ok()
}

/// The member `name`, if it is given, as a duration that Istio takes.
pub(super) fn check<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    let Some((field, text)) = around.get(name).and_then(|field| Some((field, field.as_str()?))) else { return };
    problems.judge(field, judge(name, text));
}

/// The member `name`, if it is given, as any duration at all.
pub(super) fn check_notation<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    let text = around.text(name);
    if let Some(field) = around.get(name).filter(|_| nanoseconds(text).is_none()) {
        problems.error(field, format!("`{name}` is `{text}`, which is no duration such as `5s` or `1m30s`"));
    }
}

/// As [`check`], but zero stands for none.
pub(super) fn check_unless_zero<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    let text = around.text(name);
    let none = nanoseconds(text).is_some_and(|nanoseconds| i128::from(nanoseconds) / MILLISECOND == 0);
    if !none {
        check(around, name, problems);
    }
}

fn judge(name: &str, text: &str) -> Result<(), String> {
    let Some(nanoseconds) = nanoseconds(text).map(i128::from) else {
        return Err(format!("`{name}` is `{text}`, which is no duration such as `5s` or `1m30s`"));
    };
    if nanoseconds < MILLISECOND {
        Err(format!("`{name}` is `{text}`, and must be at least 1ms"))
    } else if nanoseconds % MILLISECOND != 0 {
        Err(format!("`{name}` is `{text}`, and must be a whole number of milliseconds"))
    } else {
        Ok(())
    }
}

/// Whether a duration has a part below a second.
pub(super) fn has_fraction(text: &str) -> bool {
    nanoseconds(text).is_some_and(|nanoseconds| i128::from(nanoseconds) % SECOND != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, expect) in [
            ("5s", Some(5_000_000_000)),
            ("1h2m3.5s", Some(3_723_500_000_000)),
            ("0", Some(0)),
            ("-1s", Some(-1_000_000_000)),
            ("+1ms", Some(1_000_000)),
            (".5s", Some(500_000_000)),
            ("1.s", Some(1_000_000_000)),
            ("0.1us", Some(100)),
            ("", None),
            ("5", None),
            (".s", None),
            ("1.2.3s", None),
            ("s", None),
            ("1d", None),
            ("9999999999h", None),
            ("1s ", None),
        ] {
            assert_eq!(nanoseconds(text), expect, "{text}");
        }
    }

    #[test]
    fn istio_takes_whole_milliseconds() {
        for (text, expect) in [("1ms", true), ("1.5ms", false), ("0s", false), ("-5s", false), ("1m", true)] {
            assert_eq!(judge("timeout", text).is_ok(), expect, "{text}");
        }
        assert!(has_fraction("1.5s") && !has_fraction("2m"));
    }
}
