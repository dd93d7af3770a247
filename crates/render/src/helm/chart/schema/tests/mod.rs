//! Schemas and values, held to what the library that Helm uses says.

mod charts;
mod keywords;
mod laws;
mod schemas;

use expect_test::Expect;
use serde_json::Value as Json;

use super::*;

fn outcome(schema: &Json, value: &Json) -> String {
    match failures(schema.to_string().as_bytes(), value) {
        Ok(failures) if failures.is_empty() => "valid".to_owned(),
        Ok(failures) => failure::listed(&failures),
        Err(invalid) => format!("error: {invalid}"),
    }
}

fn check(schema: Json, value: Json, expected: Expect) {
    expected.assert_eq(&outcome(&schema, &value));
}

fn valid(schema: Json, value: Json) {
    assert_eq!(outcome(&schema, &value), "valid", "{schema} {value}");
}

/// The same schema of draft 7.
fn seven(mut schema: Json) -> Json {
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema
}
