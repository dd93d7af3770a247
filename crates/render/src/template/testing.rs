//! What tables of several modules share.

use super::{Entropy, Environment, Functions, Limits, MissingKey, Rendering, Value};

/// Bytes that look random enough and are always the same.
pub(crate) struct Counting(pub(crate) u64);

impl Entropy for Counting {
    fn fill(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[0];
        }
    }
}

/// The data of the tables, as Go saw it too.
pub(crate) fn data() -> serde_json::Value {
    serde_json::json!({
        "s": "text", "n": 1_000_000, "f": 1.5, "nil": null, "m": {"a": 1, "b": {"c": "x"}},
        "l": [1, "two", null, {"k": true}], "e": {}, "t": true
    })
}

pub(crate) fn environment() -> Environment {
    Environment::new("2026-11-21T08:00:00Z".parse().unwrap(), Box::new(Counting(1)))
}

/// The output of a template named `t`, or `error: ` and why there is none.
pub(crate) fn render(
    functions: Functions,
    missing_key: MissingKey,
    template: &str,
    data: &serde_json::Value,
) -> String {
    render_within(functions, missing_key, Limits::default(), template, data)
}

pub(crate) fn render_within(
    functions: Functions,
    missing_key: MissingKey,
    limits: Limits,
    template: &str,
    data: &serde_json::Value,
) -> String {
    let mut rendering = Rendering::new("t", functions, environment(), limits).with_missing_key(missing_key);
    let out = match rendering.parse("t", template) {
        Err(error) => Err(error.to_string()),
        Ok(()) => rendering.execute("t", Value::from_json(data)).map_err(|error| error.to_string()),
    };
    match out {
        Ok(out) => String::from_utf8_lossy(&out).into_owned(),
        Err(error) => format!("error: {error}"),
    }
}
