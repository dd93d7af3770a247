//! Compares answers, and says where they differ.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::corpus::Topic;
use crate::differences::Differences;

/// A line or more for each request of a topic whose answers differ without a reason.
pub(crate) fn topic(topic: &Topic, recorded: &[Value], answers: &[Value], known: &mut Differences) -> Vec<String> {
    assert_eq!(topic.requests(), answers.len(), "{}", topic.name);
    if recorded.len() != answers.len() {
        let both = (recorded.len(), answers.len());
        return vec![format!("{}: {both:?} answers were recorded and given; UPDATE_TRANSCRIPTS=1 records", topic.name)];
    }
    let mut found = Vec::new();
    for (((scenario, step), expected), answer) in topic.steps().zip(recorded).zip(answers) {
        let mut places = Vec::new();
        walk("", Some(expected), Some(answer), &mut places);
        places.retain(|place| !known.explain(&topic.name, scenario, &step.ask, &place.pointer));
        if !places.is_empty() {
            found.push(format!("{} / {scenario} / {}", topic.name, step.ask));
            found.extend(
                places.iter().map(|place| format!("    {}: {} ≠ {}", place.pointer, place.expected, place.actual)),
            );
        }
    }
    found
}

/// Where two answers differ.
struct Place {
    pointer: String,
    expected: String,
    actual: String,
}

/// The items of a list by their names, with their places, if it is one whose items all have names of their own.
fn named(items: &[Value]) -> Option<BTreeMap<&str, (usize, &Value)>> {
    let names = items.iter().enumerate().map(|(at, item)| Some((name(item)?, (at, item))));
    let named: BTreeMap<_, _> = names.collect::<Option<_>>()?;
    (named.len() == items.len()).then_some(named)
}

/// What an item of a list is called, such as a group, a resource or a subresource.
fn name(item: &Value) -> Option<&str> {
    ["name", "resource", "subresource"].iter().find_map(|field| item.get(*field)?.as_str())
}

fn walk<'a>(pointer: &str, expected: Option<&'a Value>, actual: Option<&'a Value>, places: &mut Vec<Place>) {
    match (expected, actual) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let added = right.keys().filter(|key| !left.contains_key(*key));
            for key in left.keys().chain(added) {
                let escaped = key.replace('~', "~0").replace('/', "~1");
                walk(&format!("{pointer}/{escaped}"), left.get(key), right.get(key), places);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right)))
            if let (Some(left), Some(right)) = (named(left), named(right)) =>
        {
            let added = right.keys().filter(|name| !left.contains_key(*name));
            for name in left.keys().chain(added) {
                let place = format!("{pointer}/[{name}]");
                let item = |of: &BTreeMap<&str, (usize, &'a Value)>| of.get(name).map(|(_, item)| *item);
                walk(&place, item(&left), item(&right), places);
            }
            let order = |of: &BTreeMap<&str, (usize, &Value)>, other: &BTreeMap<&str, (usize, &Value)>| {
                let mut shared: Vec<(usize, String)> = of
                    .iter()
                    .filter(|(name, _)| other.contains_key(*name))
                    .map(|(name, (at, _))| (*at, (*name).to_owned()))
                    .collect();
                shared.sort();
                shared.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
            };
            let (expected, actual) = (order(&left, &right), order(&right, &left));
            if expected != actual {
                places.push(Place {
                    pointer: format!("{pointer}/[order]"),
                    expected: expected.join(" "),
                    actual: actual.join(" "),
                });
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                walk(&format!("{pointer}/{index}"), left.get(index), right.get(index), places);
            }
        }
        (left, right) if left == right => {}
        (left, right) => {
            places.push(Place { pointer: pointer.to_owned(), expected: shown(left), actual: shown(right) })
        }
    }
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "absent".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
