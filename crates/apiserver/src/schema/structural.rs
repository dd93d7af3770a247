//! Structural schemas: the tree that built-in definitions and `openAPIV3Schema` are read into.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::{Map, Value};

use super::pattern;

/// The `type` of a schema node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Type {
    /// None given: anything, or what `int_or_string` says.
    #[default]
    Any,
    /// `object`
    Object,
    /// `array`
    Array,
    /// `string`
    String,
    /// `integer`
    Integer,
    /// `number`
    Number,
    /// `boolean`
    Boolean,
}

impl Type {
    /// The word OpenAPI uses; empty for [`Type::Any`].
    pub fn name(self) -> &'static str {
        match self {
            Type::Any => "",
            Type::Object => "object",
            Type::Array => "array",
            Type::String => "string",
            Type::Integer => "integer",
            Type::Number => "number",
            Type::Boolean => "boolean",
        }
    }

    fn parse(value: Option<&Value>) -> Type {
        match value.and_then(Value::as_str) {
            Some("object") => Type::Object,
            Some("array") => Type::Array,
            Some("string") => Type::String,
            Some("integer") => Type::Integer,
            Some("number") => Type::Number,
            Some("boolean") => Type::Boolean,
            _ => Type::Any,
        }
    }
}

/// How the items of a list are told apart: `x-kubernetes-list-type`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ListType {
    /// By nothing: the list is one value.
    #[default]
    Atomic,
    /// By value.
    Set,
    /// By these fields.
    Map(Vec<String>),
}

/// Whether the fields of a map have owners of their own: `x-kubernetes-map-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MapType {
    /// Each field apart.
    #[default]
    Granular,
    /// All together.
    Atomic,
}

/// Fields beyond `properties`.
#[derive(Debug, Clone, Default)]
pub enum AdditionalProperties {
    /// None are known: they are pruned.
    #[default]
    None,
    /// Any, of any shape.
    Any,
    /// Any, of this shape.
    Schema(Arc<StructuralSchema>),
}

/// One node of a schema.
#[derive(Debug, Clone, Default)]
pub struct StructuralSchema {
    /// `type`.
    pub ty: Type,
    /// `format`; `quantity` marks built-in quantities, which are written back in canonical form.
    pub format: String,
    /// `nullable`.
    pub nullable: bool,
    /// `x-kubernetes-int-or-string`.
    pub int_or_string: bool,
    /// `x-kubernetes-preserve-unknown-fields`.
    pub preserve_unknown: bool,
    /// `x-kubernetes-embedded-resource`.
    pub embedded_resource: bool,
    /// `properties`.
    pub properties: BTreeMap<String, Arc<StructuralSchema>>,
    /// `additionalProperties`.
    pub additional: AdditionalProperties,
    /// `items`.
    pub items: Option<Arc<StructuralSchema>>,
    /// `required`.
    pub required: Vec<String>,
    /// `default`.
    pub default: Option<Value>,
    /// `x-kubernetes-list-type` and `-list-map-keys`.
    pub list_type: ListType,
    /// `x-kubernetes-map-type`.
    pub map_type: MapType,
    /// `enum`; empty for none.
    pub allowed: Vec<Value>,
    /// The value limits, boxed because most nodes have none.
    pub limits: Option<Box<Limits>>,
    /// `allOf`, `anyOf`, `oneOf`, `not`, boxed because most nodes have none.
    pub logic: Option<Box<Logic>>,
    /// Whether some node below, or this one, has a default.
    pub defaults_below: bool,
}

/// Limits on strings, numbers, lists and maps.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// `pattern` as written, and compiled; `None` where it does not compile, which matches everything.
    pub pattern: Option<(String, Option<Regex>)>,
    /// `minimum`, and whether it is exclusive.
    pub minimum: Option<(f64, Bound)>,
    /// `maximum`, and whether it is exclusive.
    pub maximum: Option<(f64, Bound)>,
    /// `multipleOf`.
    pub multiple_of: Option<f64>,
    /// `minLength` in characters.
    pub min_length: Option<u64>,
    /// `maxLength` in characters.
    pub max_length: Option<u64>,
    /// `minItems`.
    pub min_items: Option<u64>,
    /// `maxItems`.
    pub max_items: Option<u64>,
    /// `minProperties`.
    pub min_properties: Option<u64>,
    /// `maxProperties`.
    pub max_properties: Option<u64>,
    /// `uniqueItems`.
    pub unique_items: bool,
}

/// Whether a bound itself is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// It is.
    Inclusive,
    /// It is not.
    Exclusive,
}

/// Combinations of value validations.
#[derive(Debug, Clone, Default)]
pub struct Logic {
    /// Every one must hold.
    pub all_of: Vec<StructuralSchema>,
    /// At least one must hold.
    pub any_of: Vec<StructuralSchema>,
    /// Exactly one must hold.
    pub one_of: Vec<StructuralSchema>,
    /// Must not hold.
    pub not: Option<StructuralSchema>,
}

impl StructuralSchema {
    /// A schema that keeps and accepts everything.
    pub fn permissive() -> StructuralSchema {
        StructuralSchema { preserve_unknown: true, ..StructuralSchema::default() }
    }

    /// Reads an `openAPIV3Schema` of a CustomResourceDefinition, or any schema without references. Words that mean
    /// nothing to validation are ignored.
    pub fn parse(schema: &Value) -> StructuralSchema {
        Reader { definitions: &Map::new(), open: BTreeSet::new() }.node(schema)
    }

    /// The root schema of a custom resource: as written, with the metadata every object has.
    pub fn parse_custom(schema: &Value) -> StructuralSchema {
        let mut root = StructuralSchema::parse(schema);
        root.ty = Type::Object;
        for (name, ty) in [("apiVersion", Type::String), ("kind", Type::String)] {
            root.properties.insert(name.to_owned(), Arc::new(StructuralSchema { ty, ..StructuralSchema::default() }));
        }
        root.properties.insert("metadata".to_owned(), object_meta());
        root
    }

    /// Whether the node is a map with arbitrary keys rather than an object with fields.
    pub fn is_map(&self) -> bool {
        !matches!(self.additional, AdditionalProperties::None)
    }

    /// The schema of a field, by name.
    pub fn field(&self, name: &str) -> Option<&Arc<StructuralSchema>> {
        self.properties.get(name).or(match &self.additional {
            AdditionalProperties::Schema(schema) => Some(schema),
            AdditionalProperties::None | AdditionalProperties::Any => None,
        })
    }
}

/// The schema of `metadata`.
pub(crate) fn object_meta() -> Arc<StructuralSchema> {
    static META: LazyLock<Arc<StructuralSchema>> = LazyLock::new(|| {
        built_in(|generator| generator.subschema_for::<k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta>())
    });
    META.clone()
}

/// Reads a built-in kind's definition as `k8s-openapi` describes it. Definitions that several kinds need, such as the
/// pod template, are read once per process and shared.
pub(crate) fn built_in(generate: impl Fn(&mut schemars::SchemaGenerator) -> schemars::Schema) -> Arc<StructuralSchema> {
    let mut generator = schemars::generate::SchemaSettings::openapi3().into_generator();
    let root = generate(&mut generator);
    let definitions = generator.take_definitions(false);
    let mut reader = Reader { definitions: &definitions, open: BTreeSet::new() };
    Arc::new(reader.node(root.as_value()))
}

/// Definitions read so far, by their name in Kubernetes' OpenAPI.
static DEFINITIONS: LazyLock<Mutex<HashMap<String, Arc<StructuralSchema>>>> = LazyLock::new(Mutex::default);

struct Reader<'a> {
    definitions: &'a Map<String, Value>,
    /// Definitions being read, so that a recursive one (JSONSchemaProps) ends in a permissive node.
    open: BTreeSet<String>,
}

impl Reader<'_> {
    fn shared(&mut self, schema: &Value) -> Arc<StructuralSchema> {
        match schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
            Some(name) => self.definition(name),
            None => Arc::new(self.node(schema)),
        }
    }

    fn definition(&mut self, name: &str) -> Arc<StructuralSchema> {
        let known = || DEFINITIONS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(schema) = known().get(name) {
            return schema.clone();
        }
        let Some(definition) = self.definitions.get(name).filter(|_| self.open.insert(name.to_owned())) else {
            return Arc::new(StructuralSchema::permissive());
        };
        let mut schema = self.node(definition);
        self.open.remove(name);
        if name.ends_with(".api.resource.Quantity") {
            schema = StructuralSchema { format: "quantity".to_owned(), ..StructuralSchema::default() };
        } else if is_free_form(name, &schema) {
            schema.preserve_unknown = true;
        }
        let schema = Arc::new(schema);
        // A definition read inside a recursive one holds that one's permissive stand-in; it is right only there.
        if self.open.is_empty() || !self.open.iter().any(|open| open.contains(".apiextensions.")) {
            known().insert(name.to_owned(), schema.clone());
        }
        schema
    }

    fn node(&mut self, schema: &Value) -> StructuralSchema {
        if schema.get("$ref").is_some() {
            return StructuralSchema::clone(&self.shared(schema));
        }
        let flag = |key: &str| schema.get(key).and_then(Value::as_bool).unwrap_or(false);
        let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
        let properties: BTreeMap<String, Arc<StructuralSchema>> = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, property)| (name.clone(), self.shared(property)))
            .collect();
        let additional = match schema.get("additionalProperties") {
            None | Some(Value::Bool(false)) => AdditionalProperties::None,
            Some(Value::Object(inner)) if !inner.is_empty() => {
                AdditionalProperties::Schema(self.shared(&schema["additionalProperties"]))
            }
            Some(_) => AdditionalProperties::Any,
        };
        let items = schema.get("items").filter(|items| items.is_object()).map(|items| self.shared(items));
        let default = schema.get("default").cloned();
        let defaults_below = default.is_some()
            || properties.values().any(|property| property.defaults_below)
            || items.as_ref().is_some_and(|items| items.defaults_below)
            || matches!(&additional, AdditionalProperties::Schema(inner) if inner.defaults_below);
        StructuralSchema {
            ty: Type::parse(schema.get("type")),
            format: text("format").to_owned(),
            nullable: flag("nullable"),
            int_or_string: flag("x-kubernetes-int-or-string"),
            preserve_unknown: flag("x-kubernetes-preserve-unknown-fields"),
            embedded_resource: flag("x-kubernetes-embedded-resource"),
            required: strings(schema.get("required")),
            list_type: list_type(schema),
            map_type: if text("x-kubernetes-map-type") == "atomic" { MapType::Atomic } else { MapType::Granular },
            allowed: schema.get("enum").and_then(Value::as_array).cloned().unwrap_or_default(),
            limits: limits(schema),
            logic: self.logic(schema),
            properties,
            additional,
            items,
            default,
            defaults_below,
        }
    }

    fn logic(&mut self, schema: &Value) -> Option<Box<Logic>> {
        let mut list = |key: &str| -> Vec<StructuralSchema> {
            let branches = schema.get(key).and_then(Value::as_array);
            branches.into_iter().flatten().map(|branch| self.node(branch)).collect()
        };
        let logic = Logic { all_of: list("allOf"), any_of: list("anyOf"), one_of: list("oneOf"), not: None };
        let not = schema.get("not").map(|not| self.node(not));
        let none = logic.all_of.is_empty() && logic.any_of.is_empty() && logic.one_of.is_empty() && not.is_none();
        (!none).then(|| Box::new(Logic { not, ..logic }))
    }
}

/// Definitions whose JSON the API server keeps as it is: `RawExtension`, `FieldsV1`, any-JSON of CRD schemas.
fn is_free_form(name: &str, schema: &StructuralSchema) -> bool {
    let fieldless = schema.properties.is_empty() && !schema.is_map() && schema.items.is_none();
    fieldless
        && [
            ".FieldsV1",
            ".RawExtension",
            ".v1.JSON",
            ".JSONSchemaPropsOrBool",
            ".JSONSchemaPropsOrArray",
            ".JSONSchemaPropsOrStringArray",
        ]
        .iter()
        .any(|suffix| name.ends_with(suffix))
}

fn strings(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn list_type(schema: &Value) -> ListType {
    match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("map") => ListType::Map(strings(schema.get("x-kubernetes-list-map-keys"))),
        Some("set") => ListType::Set,
        _ => ListType::Atomic,
    }
}

fn limits(schema: &Value) -> Option<Box<Limits>> {
    const WORDS: [&str; 11] = [
        "pattern",
        "minimum",
        "maximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "uniqueItems",
    ];
    if !WORDS.iter().any(|word| schema.get(word).is_some()) {
        return None;
    }
    let count = |key: &str| schema.get(key).and_then(Value::as_u64);
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    let bound = |key: &str| match schema.get(key).and_then(Value::as_bool) {
        Some(true) => Bound::Exclusive,
        Some(false) | None => Bound::Inclusive,
    };
    let pattern = schema.get("pattern").and_then(Value::as_str).map(|text| (text.to_owned(), pattern::compile(text)));
    Some(Box::new(Limits {
        pattern,
        minimum: number("minimum").map(|value| (value, bound("exclusiveMinimum"))),
        maximum: number("maximum").map(|value| (value, bound("exclusiveMaximum"))),
        multiple_of: number("multipleOf"),
        min_length: count("minLength"),
        max_length: count("maxLength"),
        min_items: count("minItems"),
        max_items: count("maxItems"),
        min_properties: count("minProperties"),
        max_properties: count("maxProperties"),
        unique_items: schema.get("uniqueItems").and_then(Value::as_bool).unwrap_or(false),
    }))
}
