//! What keywords may hold: the mistakes that a draft's own schema would find.

use serde_json::{Map, Value as Json};

use super::InvalidSchema;
use super::node::{Draft, Type};
use super::number::Decimal;

/// What a keyword must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Boolean,
    Number,
    PositiveNumber,
    Count,
    /// A number, or in draft 4 a boolean about the other bound.
    ExclusiveBound,
    Types,
    Values,
    Names,
    Schema,
    Schemas,
    SchemasByName,
    SchemaOrSchemas,
    SchemaOrNamesByName,
    NamesByName,
}

/// Keywords, and since which draft they mean something.
const KEYWORDS: &[(Draft, &str, Shape)] = &[
    (Draft::Four, "$ref", Shape::Text),
    (Draft::Four, "$schema", Shape::Text),
    (Draft::Four, "title", Shape::Text),
    (Draft::Four, "description", Shape::Text),
    (Draft::Four, "format", Shape::Text),
    (Draft::Four, "pattern", Shape::Text),
    (Draft::Four, "type", Shape::Types),
    (Draft::Four, "enum", Shape::Values),
    (Draft::Four, "multipleOf", Shape::PositiveNumber),
    (Draft::Four, "minimum", Shape::Number),
    (Draft::Four, "maximum", Shape::Number),
    (Draft::Four, "exclusiveMinimum", Shape::ExclusiveBound),
    (Draft::Four, "exclusiveMaximum", Shape::ExclusiveBound),
    (Draft::Four, "minLength", Shape::Count),
    (Draft::Four, "maxLength", Shape::Count),
    (Draft::Four, "minItems", Shape::Count),
    (Draft::Four, "maxItems", Shape::Count),
    (Draft::Four, "minProperties", Shape::Count),
    (Draft::Four, "maxProperties", Shape::Count),
    (Draft::Four, "uniqueItems", Shape::Boolean),
    (Draft::Four, "required", Shape::Names),
    (Draft::Four, "definitions", Shape::SchemasByName),
    (Draft::Four, "properties", Shape::SchemasByName),
    (Draft::Four, "patternProperties", Shape::SchemasByName),
    (Draft::Four, "dependencies", Shape::SchemaOrNamesByName),
    (Draft::Four, "additionalProperties", Shape::Schema),
    (Draft::Four, "additionalItems", Shape::Schema),
    (Draft::Four, "items", Shape::SchemaOrSchemas),
    (Draft::Four, "not", Shape::Schema),
    (Draft::Four, "allOf", Shape::Schemas),
    (Draft::Four, "anyOf", Shape::Schemas),
    (Draft::Four, "oneOf", Shape::Schemas),
    (Draft::Six, "$id", Shape::Text),
    (Draft::Six, "propertyNames", Shape::Schema),
    (Draft::Six, "contains", Shape::Schema),
    (Draft::Seven, "if", Shape::Schema),
    (Draft::Seven, "then", Shape::Schema),
    (Draft::Seven, "else", Shape::Schema),
    (Draft::Seven, "$comment", Shape::Text),
    (Draft::Of2019, "$anchor", Shape::Text),
    (Draft::Of2019, "$defs", Shape::SchemasByName),
    (Draft::Of2019, "dependentSchemas", Shape::SchemasByName),
    (Draft::Of2019, "dependentRequired", Shape::NamesByName),
    (Draft::Of2019, "minContains", Shape::Count),
    (Draft::Of2019, "maxContains", Shape::Count),
    (Draft::Of2019, "unevaluatedProperties", Shape::Schema),
    (Draft::Of2019, "unevaluatedItems", Shape::Schema),
    (Draft::Of2020, "$dynamicRef", Shape::Text),
    (Draft::Of2020, "$dynamicAnchor", Shape::Text),
    (Draft::Of2020, "prefixItems", Shape::Schemas),
];

/// Checks the keywords of one schema, not those of the schemas below.
pub(super) fn check(json: &Json, pointer: &str, draft: Draft) -> Result<(), InvalidSchema> {
    let malformed = |keyword: &str, expected| InvalidSchema::Malformed {
        pointer: pointer.to_owned(),
        keyword: keyword.to_owned(),
        expected,
    };
    let keywords = match json {
        Json::Object(keywords) => keywords,
        Json::Bool(_) => return Ok(()),
        _ => return Err(malformed("schema", "an object or a boolean")),
    };
    for (since, keyword, shape) in KEYWORDS {
        let Some(value) = keywords.get(*keyword).filter(|_| *since <= draft) else { continue };
        if let Err(expected) = shape.check(value, draft) {
            return Err(malformed(keyword, expected));
        }
    }
    Ok(())
}

impl Shape {
    /// Checks a value; the error says what it must be.
    fn check(self, value: &Json, draft: Draft) -> Result<(), &'static str> {
        let number = value.as_number().map(Decimal::of);
        let (is_well, expected) = match self {
            Shape::Text => (value.is_string(), "a string"),
            Shape::Boolean => (value.is_boolean(), "a boolean"),
            Shape::Number => (value.is_number(), "a number"),
            Shape::PositiveNumber => (number.is_some_and(|number| number.is_positive()), "a number above 0"),
            Shape::Count => {
                let is_count = |number: Decimal| number.is_integer() && number.to_f64() >= 0.0;
                (number.is_some_and(is_count), "an integer of 0 or more")
            }
            Shape::ExclusiveBound if draft == Draft::Four => (value.is_boolean(), "a boolean"),
            Shape::ExclusiveBound => (value.is_number(), "a number; a boolean is for draft 4"),
            Shape::Types => {
                let is_type = |json: &Json| Type::ALL.iter().any(|known| json == known.name());
                let is_types = |items: &Vec<Json>| !items.is_empty() && items.iter().all(is_type);
                let expected = "one or a list of \"array\", \"boolean\", \"integer\", \"null\", \"number\", \"object\", \"string\"";
                (is_type(value) || value.as_array().is_some_and(is_types), expected)
            }
            Shape::Values => (value.is_array(), "a list"),
            Shape::Names => (is_names(value), "a list of property names"),
            Shape::Schema => (is_schema(value), "a schema: an object or a boolean"),
            Shape::Schemas => (is_schemas(value), "a list of schemas"),
            Shape::SchemasByName => (is_object_of(value, is_schema), "an object of schemas"),
            Shape::SchemaOrSchemas if draft == Draft::Of2020 => (
                is_schema(value),
                "a schema; a list is \"prefixItems\" in draft 2020-12, which applies without \"$schema\"",
            ),
            Shape::SchemaOrSchemas => (is_schema(value) || value.is_array(), "a schema or a list of schemas"),
            Shape::SchemaOrNamesByName => (
                is_object_of(value, |json| is_schema(json) || is_names(json)),
                "an object of schemas or lists of property names",
            ),
            Shape::NamesByName => (is_object_of(value, is_names), "an object of lists of property names"),
        };
        if is_well { Ok(()) } else { Err(expected) }
    }
}

fn is_schema(value: &Json) -> bool {
    value.is_object() || value.is_boolean()
}

fn is_schemas(value: &Json) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty() && items.iter().all(is_schema))
}

fn is_names(value: &Json) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(Json::is_string))
}

fn is_object_of(value: &Json, is_member: impl Fn(&Json) -> bool) -> bool {
    value.as_object().is_some_and(|members: &Map<String, Json>| members.values().all(is_member))
}
