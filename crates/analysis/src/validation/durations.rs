//! Durations as Istio takes them: Go's notation, whole milliseconds, at least one.

use manifest::duration;
use mesh::Field;

use super::problem::Problems;

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;

/// The member `name`, if it is given, as a duration that Istio takes.
pub(super) fn check<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    let Some((field, text)) = around.get(name).and_then(|field| Some((field, field.as_str()?))) else { return };
    problems.judge(field, judge(name, text));
}

/// The member `name`, if it is given, as any duration at all.
pub(super) fn check_notation<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    let text = around.text(name);
    if let Some(field) = around.get(name).filter(|_| duration::parse(text).is_err()) {
        problems.error(field, format!("`{name}` is `{text}`, which is no duration such as `5s` or `1m30s`"));
    }
}

/// As [`check`], but zero stands for none.
pub(super) fn check_unless_zero<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    let text = around.text(name);
    let none = duration::parse(text).is_ok_and(|length| length / MILLISECOND == 0);
    if !none {
        check(around, name, problems);
    }
}

fn judge(name: &str, text: &str) -> Result<(), String> {
    let Ok(length) = duration::parse(text) else {
        return Err(format!("`{name}` is `{text}`, which is no duration such as `5s` or `1m30s`"));
    };
    if length < MILLISECOND {
        Err(format!("`{name}` is `{text}`, and must be at least 1ms"))
    } else if length % MILLISECOND != 0 {
        Err(format!("`{name}` is `{text}`, and must be a whole number of milliseconds"))
    } else {
        Ok(())
    }
}

/// Whether a duration has a part below a second.
pub(super) fn has_fraction(text: &str) -> bool {
    duration::parse(text).is_ok_and(|length| length % SECOND != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn istio_takes_whole_milliseconds() {
        for (text, expect) in [("1ms", true), ("1.5ms", false), ("0s", false), ("-5s", false), ("1m", true)] {
            assert_eq!(judge("timeout", text).is_ok(), expect, "{text}");
        }
        assert!(has_fraction("1.5s") && !has_fraction("2m"));
    }
}
