//! Schemas in a form that is quick to check.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value as Json;

use super::formats::Format;
use super::number::Decimal;

/// Which draft a schema follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Draft {
    Four,
    Six,
    Seven,
    Of2019,
    Of2020,
}

impl Draft {
    /// The draft that `$schema` names.
    pub(super) fn of(name: &str) -> Option<Draft> {
        let name = name.strip_suffix('#').unwrap_or(name);
        let name = name.strip_prefix("http://").or_else(|| name.strip_prefix("https://"))?;
        match name {
            "json-schema.org/draft-04/schema" => Some(Draft::Four),
            "json-schema.org/draft-06/schema" => Some(Draft::Six),
            "json-schema.org/draft-07/schema" => Some(Draft::Seven),
            "json-schema.org/draft/2019-09/schema" => Some(Draft::Of2019),
            "json-schema.org/draft/2020-12/schema" | "json-schema.org/schema" => Some(Draft::Of2020),
            _ => None,
        }
    }

    /// The keyword that names a schema.
    pub(super) fn id_keyword(self) -> &'static str {
        if self == Draft::Four { "id" } else { "$id" }
    }
}

/// A schema within [`Compiled::nodes`].
pub(super) type NodeId = usize;

/// All parts of a schema that can be reached from its root, which comes first.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) nodes: Vec<Node>,
}

/// The types that a value may have, in the order in which they are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Type {
    Null,
    Boolean,
    Number,
    Integer,
    String,
    Array,
    Object,
}

impl Type {
    pub(super) const ALL: [Type; 7] =
        [Type::Null, Type::Boolean, Type::Number, Type::Integer, Type::String, Type::Array, Type::Object];

    pub(super) fn name(self) -> &'static str {
        match self {
            Type::Null => "null",
            Type::Boolean => "boolean",
            Type::Number => "number",
            Type::Integer => "integer",
            Type::String => "string",
            Type::Array => "array",
            Type::Object => "object",
        }
    }

    /// The type of a value; of numbers it is [`Type::Number`].
    pub(super) fn of(value: &Json) -> Type {
        match value {
            Json::Null => Type::Null,
            Json::Bool(_) => Type::Boolean,
            Json::Number(_) => Type::Number,
            Json::String(_) => Type::String,
            Json::Array(_) => Type::Array,
            Json::Object(_) => Type::Object,
        }
    }
}

/// What `additionalProperties` and `additionalItems` say.
#[derive(Debug)]
pub(super) enum Additional {
    /// `true`.
    Allowed,
    /// `false`: one failure names them all.
    Refused,
    /// Each must satisfy this.
    Schema(NodeId),
}

/// What a property asks for where it exists.
#[derive(Debug)]
pub(super) enum Dependency {
    Properties(Vec<String>),
    Schema(NodeId),
}

/// What `items` says before 2020-12.
#[derive(Debug)]
pub(super) enum Items {
    All(NodeId),
    ByPlace(Vec<NodeId>),
}

/// One schema.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) draft: Draft,
    /// Where it stands, as a JSON pointer.
    pub(super) pointer: String,
    /// The schema with a name of its own that it is part of.
    pub(super) resource: NodeId,
    /// `true` or `false` instead of keywords.
    pub(super) constant_answer: Option<bool>,
    pub(super) references: References,
    pub(super) any: ForAny,
    pub(super) object: ForObjects,
    pub(super) array: ForArrays,
    pub(super) string: ForStrings,
    pub(super) number: ForNumbers,
}

impl Node {
    pub(super) fn new(draft: Draft, pointer: String) -> Node {
        Node {
            draft,
            pointer,
            resource: 0,
            constant_answer: None,
            references: References::default(),
            any: ForAny::default(),
            object: ForObjects::default(),
            array: ForArrays::default(),
            string: ForStrings::default(),
            number: ForNumbers::default(),
        }
    }
}

/// References and what they can lead to.
#[derive(Debug, Default)]
pub(super) struct References {
    pub(super) plain: Option<NodeId>,
    pub(super) recursive: Option<NodeId>,
    pub(super) recursive_anchor: bool,
    /// With the anchor, if the reference ends with one.
    pub(super) dynamic: Option<(NodeId, Option<String>)>,
    pub(super) dynamic_anchor: Option<String>,
    /// Of a schema with a name of its own: the dynamic anchors in it.
    pub(super) dynamic_anchors: BTreeMap<String, NodeId>,
}

/// Keywords for values of any type.
#[derive(Debug, Default)]
pub(super) struct ForAny {
    /// Empty if any will do.
    pub(super) types: BTreeSet<Type>,
    pub(super) constant: Option<Json>,
    pub(super) one_of_values: Option<Vec<Json>>,
    pub(super) format: Option<Format>,
    pub(super) not: Option<NodeId>,
    pub(super) all_of: Vec<NodeId>,
    pub(super) any_of: Vec<NodeId>,
    pub(super) one_of: Vec<NodeId>,
    pub(super) condition: Option<Condition>,
}

/// `if` with `then` and `else`.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) test: NodeId,
    pub(super) then: Option<NodeId>,
    pub(super) otherwise: Option<NodeId>,
}

/// Keywords for objects.
#[derive(Debug, Default)]
pub(super) struct ForObjects {
    pub(super) min: Option<usize>,
    pub(super) max: Option<usize>,
    pub(super) required: Vec<String>,
    pub(super) dependencies: BTreeMap<String, Dependency>,
    pub(super) properties: BTreeMap<String, NodeId>,
    pub(super) patterns: Vec<(Regex, NodeId)>,
    pub(super) additional: Option<Additional>,
    pub(super) names: Option<NodeId>,
    pub(super) dependent_schemas: BTreeMap<String, NodeId>,
    pub(super) dependent_required: BTreeMap<String, Vec<String>>,
    pub(super) unevaluated: Option<NodeId>,
}

/// Keywords for arrays.
#[derive(Debug, Default)]
pub(super) struct ForArrays {
    pub(super) min: Option<usize>,
    pub(super) max: Option<usize>,
    pub(super) unique: bool,
    pub(super) items: Option<Items>,
    pub(super) additional: Option<Additional>,
    pub(super) prefix: Vec<NodeId>,
    pub(super) rest: Option<NodeId>,
    pub(super) contains: Option<NodeId>,
    pub(super) min_contains: Option<usize>,
    pub(super) max_contains: Option<usize>,
    pub(super) unevaluated: Option<NodeId>,
}

impl ForArrays {
    /// How many items are looked at by place; `None` if all are looked at.
    pub(super) fn looked_at(&self) -> Option<usize> {
        match &self.items {
            _ if self.rest.is_some() || self.additional.is_some() => None,
            Some(Items::All(_)) => None,
            Some(Items::ByPlace(items)) => Some(items.len()),
            None => Some(self.prefix.len()),
        }
    }
}

/// Keywords for strings.
#[derive(Debug, Default)]
pub(super) struct ForStrings {
    pub(super) min: Option<usize>,
    pub(super) max: Option<usize>,
    /// As written, and compiled.
    pub(super) pattern: Option<(String, Regex)>,
}

/// Keywords for numbers.
#[derive(Debug, Default)]
pub(super) struct ForNumbers {
    pub(super) min: Option<Decimal>,
    pub(super) max: Option<Decimal>,
    pub(super) above: Option<Decimal>,
    pub(super) below: Option<Decimal>,
    pub(super) multiple_of: Option<Decimal>,
}
