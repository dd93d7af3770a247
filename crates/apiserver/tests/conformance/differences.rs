//! What differs on purpose: `differences.yaml`.

use serde::Deserialize;

use crate::corpus;

/// Differences for one reason, a sentence of `docs/embedded-cluster.md`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    why: String,
    places: Vec<Place>,
}

/// Parts of the answers to some requests. All are patterns in which `*` stands for any text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    topic: String,
    #[serde(default = "anything")]
    scenario: String,
    #[serde(default = "anything")]
    ask: String,
    /// A JSON pointer into the answer, which has `code`, `warnings` and `body`.
    at: String,
    #[serde(skip)]
    used: bool,
}

fn anything() -> String {
    "*".to_owned()
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Differences(Vec<Difference>);

impl Differences {
    pub(crate) fn read() -> Differences {
        let read = serde_json::from_value(corpus::yaml("differences.yaml"));
        Differences(read.unwrap_or_else(|error| panic!("differences.yaml: {error}")))
    }

    /// Of a server and itself.
    pub(crate) fn none() -> Differences {
        Differences(Vec::new())
    }

    /// Whether there is a reason for a difference.
    pub(crate) fn explain(&mut self, topic: &str, scenario: &str, ask: &str, pointer: &str) -> bool {
        let mut explained = false;
        for place in self.0.iter_mut().flat_map(|difference| &mut difference.places) {
            let of_request = place.topic == "*" || place.topic == topic;
            if of_request && fits(&place.scenario, scenario) && fits(&place.ask, ask) && fits(&place.at, pointer) {
                place.used = true;
                explained = true;
            }
        }
        explained
    }

    /// The places where nothing differed.
    pub(crate) fn unused(&self) -> Vec<String> {
        let places = self.0.iter().flat_map(|difference| &difference.places);
        places.filter(|place| !place.used).map(|place| format!("{place:?}")).collect()
    }

    pub(crate) fn reasons(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|difference| difference.why.as_str())
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
