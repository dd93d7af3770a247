//! Keywords for strings and numbers, and when values are equal.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Findings;
use crate::helm::chart::schema::failure::Kind;
use crate::helm::chart::schema::number::Decimal;
use crate::helm::chart::whole_numbers;

pub(super) fn string(found: &mut Findings<'_>, text: &str) {
    let string = &found.node.string;
    let length = text.chars().count();
    if let Some(min) = string.min.filter(|min| length < *min) {
        found.add(Kind::Count("minLength", length, min));
    }
    if let Some(max) = string.max.filter(|max| length > *max) {
        found.add(Kind::Count("maxLength", length, max));
    }
    if let Some((written, _)) = string.pattern.as_ref().filter(|(_, pattern)| !pattern.is_match(text)) {
        found.add(Kind::Pattern(text.to_owned(), written.clone()));
    }
}

/// Whether a number keeps to a bound.
type IsWithin = fn(&Decimal, &Decimal) -> bool;

pub(super) fn number(found: &mut Findings<'_>, own: &Decimal) {
    let number = &found.node.number;
    let bounds: [(&'static str, &Option<Decimal>, IsWithin); 5] = [
        ("minimum", &number.min, |own, bound| own >= bound),
        ("maximum", &number.max, |own, bound| own <= bound),
        ("exclusiveMinimum", &number.above, |own, bound| own > bound),
        ("exclusiveMaximum", &number.below, |own, bound| own < bound),
        ("multipleOf", &number.multiple_of, Decimal::is_multiple_of),
    ];
    for (keyword, bound, is_within) in bounds {
        if let Some(bound) = bound.as_ref().filter(|bound| !is_within(own, bound)) {
            found.add(Kind::Bound(keyword, own.to_f64(), bound.to_f64()));
        }
    }
}

/// Whether two values are equal: `1` and `1.0` are.
pub(super) fn equal(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => Decimal::of(one) == Decimal::of(other),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            let is_same = |(name, value): (&String, &Json)| other.get(name).is_some_and(|other| equal(value, other));
            one.len() == other.len() && one.iter().all(is_same)
        }
        (one, other) => one == other,
    }
}

/// The first two equal items.
pub(super) fn duplicates(items: &[Json]) -> Option<(usize, usize)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        if let Some(first) = seen.insert(whole_numbers::written(item).to_string(), at) {
            return Some((first, at));
        }
    }
    None
}
