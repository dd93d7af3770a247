//! No value, or every value, passes the threshold of a metric.
//!
//! ## Why it matters
//!
//! A range whose `min` is above its `max` fails every release, however good. A success rate above 100 cannot be reached, one
//! of at least 0 always is: then the release is not checked at all, and nobody notices.
//!
//! ## What to do
//!
//! Correct the range. `request-success-rate` is in percent, `request-duration` in whole milliseconds.

use manifest::Severity;
use mesh::{Field, World};

use super::canary::Canary;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0007"),
    name: "ThresholdRange",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("threshold_range.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        for metric in canary.metrics() {
            if let Some((field, message, hint)) = problem(metric) {
                findings.at(&RULE, canary.resource, field, message).hint(hint);
            }
        }
    }
}

fn problem(metric: Field<'_>) -> Option<(Field<'_>, String, &'static str)> {
    let name = metric.text("name");
    let number = |field: Option<Field<'_>>| field.and_then(|field| field.value().as_f64());
    let Some(range) = metric.get("thresholdRange") else {
        // The older `threshold` is a minimum for success rates and a maximum for all else.
        let threshold = metric.get("threshold");
        let none = number(threshold).unwrap_or_default() <= 0.0;
        return none.then(|| {
            let at = threshold.unwrap_or(metric);
            (at, format!("the metric `{name}` has no threshold"), "Add a `thresholdRange` with `min` or `max`.")
        });
    };
    let (low, high) = (range.get("min"), range.get("max"));
    let (min, max) = (number(low), number(high));
    match (min, max) {
        (None, None) => {
            let message = format!("the range of the metric `{name}` has no bound, so that every value passes");
            return Some((range, message, "Add `min` or `max`."));
        }
        (Some(min), Some(max)) if min > max => {
            let message = format!("no value passes the metric `{name}`: `min` is {min} and `max` is {max}");
            return Some((low?, message, "Write a `min` that is not above `max`."));
        }
        _ => {}
    }
    match name {
        "request-success-rate" => {
            if min.is_some_and(|min| min > 100.0) {
                let message = format!("no success rate is above 100 %, and `min` is {}", min.unwrap_or_default());
                return Some((low?, message, "Write a `min` of at most 100."));
            }
            let always = min.is_none_or(|min| min <= 0.0) && max.is_none_or(|max| max >= 100.0);
            let message = || "every success rate passes, from 0 to 100 %".to_owned();
            always.then(|| (low.or(high).unwrap_or(range), message(), "Write a `min`, such as 99."))
        }
        "request-duration" => {
            let sub = max.is_some_and(|max| max < 1.0);
            let message = || format!("durations are whole milliseconds, and `max` is {}", max.unwrap_or_default());
            sub.then(|| (high.unwrap_or(range), message(), "Write the number of milliseconds."))
        }
        _ => None,
    }
}
