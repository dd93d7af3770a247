//! From a schema's JSON to what is checked.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::{Map, Value as Json};

use super::InvalidSchema;
use super::document::{Document, Target};
use super::formats::Format;
use super::node::{
    Additional, Compiled, Condition, Dependency, Draft, ForAny, ForArrays, ForNumbers, ForObjects, ForStrings, Items,
    Node, NodeId, References, Type,
};
use super::number::Decimal;
use super::url::{self, token};
use crate::template::sprig::patterns;

/// Compiles what can be reached from the root.
pub(super) fn compile(json: &Json) -> Result<Compiled, InvalidSchema> {
    let mut compiler =
        Compiler { document: Document::new(json)?, ids: BTreeMap::new(), nodes: Vec::new(), anything: None };
    compiler.id(String::new());
    let mut next = 0;
    while next < compiler.nodes.len() {
        compiler.compile(next)?;
        next += 1;
    }
    Ok(Compiled { nodes: compiler.nodes })
}

struct Compiler<'j> {
    document: Document<'j>,
    ids: BTreeMap<String, NodeId>,
    /// Those that are not compiled yet have nothing but their place.
    nodes: Vec<Node>,
    anything: Option<NodeId>,
}

impl<'j> Compiler<'j> {
    /// The schema at a pointer, which is compiled when its turn comes.
    fn id(&mut self, pointer: String) -> NodeId {
        if let Some(id) = self.ids.get(&pointer) {
            return *id;
        }
        let id = self.nodes.len();
        self.nodes.push(Node::new(self.document.resource_of(&pointer).draft, pointer.clone()));
        self.ids.insert(pointer, id);
        id
    }

    fn compile(&mut self, id: NodeId) -> Result<(), InvalidSchema> {
        let (pointer, draft) = (self.nodes[id].pointer.clone(), self.nodes[id].draft);
        if self.anything == Some(id) {
            return Ok(());
        }
        let resource = self.document.resource_of(&pointer).clone();
        let is_resource = resource.pointer == pointer;
        let resource_id = self.id(resource.pointer.clone());
        let mut node = Node::new(draft, pointer.clone());
        node.resource = resource_id;
        match self.document.at(&pointer) {
            Some(Json::Bool(answer)) => node.constant_answer = Some(*answer),
            Some(Json::Object(keywords)) if keywords.is_empty() => node.constant_answer = Some(true),
            Some(Json::Object(keywords)) => {
                let mut part = Part { compiler: self, keywords, pointer: &pointer, draft };
                node.references = part.references()?;
                if node.references.plain.is_some() && draft < Draft::Of2019 {
                    // Nothing beside a reference counts, but for the one keyword that the library looks at before.
                    node.any.constant = part.keyword(Draft::Six, "const").cloned();
                } else {
                    node.any = part.any();
                    node.object = part.object()?;
                    node.array = part.array();
                    node.string = part.string()?;
                    node.number = part.number();
                }
            }
            _ => {}
        }
        if is_resource && draft == Draft::Of2020 {
            for (name, pointer) in resource.dynamic_anchors() {
                node.references.dynamic_anchors.insert(name.clone(), self.id(pointer.clone()));
            }
        }
        self.nodes[id] = node;
        Ok(())
    }

    /// What a reference leads to.
    fn target(&mut self, pointer: &str, reference: &str) -> Result<NodeId, InvalidSchema> {
        match self.document.resolve(pointer, reference)? {
            Target::Here(pointer) => Ok(self.id(pointer)),
            Target::Anything => Ok(*self.anything.get_or_insert_with(|| {
                let mut node = Node::new(Draft::Of2020, "urn:".to_owned());
                node.constant_answer = Some(true);
                self.nodes.push(node);
                self.nodes.len() - 1
            })),
        }
    }
}

/// One schema while it is compiled.
struct Part<'c, 'j> {
    compiler: &'c mut Compiler<'j>,
    keywords: &'j Map<String, Json>,
    pointer: &'c str,
    draft: Draft,
}

impl<'j> Part<'_, 'j> {
    /// A keyword, if the draft has it.
    fn keyword(&self, since: Draft, name: &str) -> Option<&'j Json> {
        self.keywords.get(name).filter(|_| since <= self.draft)
    }

    fn text(&self, since: Draft, name: &str) -> Option<&'j str> {
        self.keyword(since, name)?.as_str()
    }

    fn count(&self, since: Draft, name: &str) -> Option<usize> {
        let number = self.keyword(since, name)?.as_f64()?;
        // What is beyond all lengths is as good as the largest one.
        Some(number as usize)
    }

    fn decimal(&self, name: &str) -> Option<Decimal> {
        self.keywords.get(name)?.as_number().map(Decimal::of)
    }

    fn is_true(&self, name: &str) -> bool {
        self.keywords.get(name) == Some(&Json::Bool(true))
    }

    fn names(json: &Json) -> Vec<String> {
        json.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
    }

    fn schema(&mut self, since: Draft, name: &str) -> Option<NodeId> {
        self.keyword(since, name)?;
        Some(self.compiler.id(format!("{}/{name}", self.pointer)))
    }

    fn schemas(&mut self, since: Draft, name: &str) -> Vec<NodeId> {
        let count = self.keyword(since, name).and_then(Json::as_array).map_or(0, Vec::len);
        (0..count).map(|at| self.compiler.id(format!("{}/{name}/{at}", self.pointer))).collect()
    }

    fn schemas_by_name(&mut self, since: Draft, name: &str) -> BTreeMap<String, NodeId> {
        let Some(members) = self.keyword(since, name).and_then(Json::as_object) else { return BTreeMap::new() };
        let place = |key: &str| format!("{}/{name}/{}", self.pointer, token(key));
        members.keys().map(|key| (key.clone(), self.compiler.id(place(key)))).collect()
    }

    fn additional(&mut self, name: &str) -> Option<Additional> {
        match self.keywords.get(name)? {
            Json::Bool(true) => Some(Additional::Allowed),
            Json::Bool(false) => Some(Additional::Refused),
            _ => self.schema(Draft::Four, name).map(Additional::Schema),
        }
    }

    fn pattern(&self, keyword: &str, pattern: &str) -> Result<Regex, InvalidSchema> {
        let failed = |reason: String| InvalidSchema::Pattern {
            pattern: pattern.to_owned(),
            pointer: format!("{}/{keyword}", self.pointer),
            reason,
        };
        let translated = patterns::translate(pattern).map_err(failed)?;
        Regex::new(&translated).map_err(|error| failed(error.to_string()))
    }

    fn references(&mut self) -> Result<References, InvalidSchema> {
        let target = |part: &mut Self, since, name: &str| match part.text(since, name) {
            Some(reference) => part.compiler.target(part.pointer, reference).map(Some),
            None => Ok(None),
        };
        let plain = target(self, Draft::Four, "$ref")?;
        let is_2019 = self.draft == Draft::Of2019;
        let recursive = if is_2019 { target(self, Draft::Of2019, "$recursiveRef")? } else { None };
        let dynamic = target(self, Draft::Of2020, "$dynamicRef")?.map(|id| {
            let fragment = self.text(Draft::Of2020, "$dynamicRef").map(|reference| url::split(reference).1);
            (id, fragment.filter(|fragment| !fragment.is_empty() && !fragment.starts_with('/')))
        });
        Ok(References {
            plain,
            recursive,
            recursive_anchor: is_2019 && self.is_true("$recursiveAnchor"),
            dynamic,
            dynamic_anchor: self.text(Draft::Of2020, "$dynamicAnchor").map(str::to_owned),
            dynamic_anchors: BTreeMap::new(),
        })
    }

    fn any(&mut self) -> ForAny {
        let named = |json: &Json| Type::ALL.into_iter().find(|known| json == known.name());
        let types: BTreeSet<Type> = match self.keywords.get("type") {
            Some(Json::Array(items)) => items.iter().filter_map(named).collect(),
            Some(json) => named(json).into_iter().collect(),
            None => BTreeSet::new(),
        };
        // Formats are no more than remarks since 2019-09.
        let format =
            if self.draft < Draft::Of2019 { self.text(Draft::Four, "format").and_then(Format::of) } else { None };
        let test = self.schema(Draft::Seven, "if");
        ForAny {
            types,
            constant: self.keyword(Draft::Six, "const").cloned(),
            one_of_values: self.keywords.get("enum").and_then(Json::as_array).cloned(),
            format,
            not: self.schema(Draft::Four, "not"),
            all_of: self.schemas(Draft::Four, "allOf"),
            any_of: self.schemas(Draft::Four, "anyOf"),
            one_of: self.schemas(Draft::Four, "oneOf"),
            condition: test.map(|test| Condition {
                test,
                then: self.schema(Draft::Seven, "then"),
                otherwise: self.schema(Draft::Seven, "else"),
            }),
        }
    }

    fn object(&mut self) -> Result<ForObjects, InvalidSchema> {
        let mut patterns = Vec::new();
        for (pattern, id) in self.schemas_by_name(Draft::Four, "patternProperties") {
            patterns.push((self.pattern("patternProperties", &pattern)?, id));
        }
        let mut dependencies = BTreeMap::new();
        for (name, json) in self.keywords.get("dependencies").and_then(Json::as_object).into_iter().flatten() {
            let dependency = if json.is_array() {
                Dependency::Properties(Self::names(json))
            } else {
                let place = format!("{}/dependencies/{}", self.pointer, token(name));
                Dependency::Schema(self.compiler.id(place))
            };
            dependencies.insert(name.clone(), dependency);
        }
        let required = self.keyword(Draft::Of2019, "dependentRequired").and_then(Json::as_object);
        Ok(ForObjects {
            min: self.count(Draft::Four, "minProperties"),
            max: self.count(Draft::Four, "maxProperties"),
            required: self.keywords.get("required").map(Self::names).unwrap_or_default(),
            dependencies,
            properties: self.schemas_by_name(Draft::Four, "properties"),
            patterns,
            additional: self.additional("additionalProperties"),
            names: self.schema(Draft::Six, "propertyNames"),
            dependent_schemas: self.schemas_by_name(Draft::Of2019, "dependentSchemas"),
            dependent_required: required
                .into_iter()
                .flatten()
                .map(|(name, json)| (name.clone(), Self::names(json)))
                .collect(),
            unevaluated: self.schema(Draft::Of2019, "unevaluatedProperties"),
        })
    }

    fn array(&mut self) -> ForArrays {
        let mut array = ForArrays {
            min: self.count(Draft::Four, "minItems"),
            max: self.count(Draft::Four, "maxItems"),
            unique: self.is_true("uniqueItems"),
            contains: self.schema(Draft::Six, "contains"),
            min_contains: self.count(Draft::Of2019, "minContains"),
            max_contains: self.count(Draft::Of2019, "maxContains"),
            prefix: self.schemas(Draft::Of2020, "prefixItems"),
            unevaluated: self.schema(Draft::Of2019, "unevaluatedItems"),
            ..ForArrays::default()
        };
        if self.draft == Draft::Of2020 {
            array.rest = self.schema(Draft::Four, "items");
        } else if self.keywords.get("items").is_some_and(Json::is_array) {
            array.items = Some(Items::ByPlace(self.schemas(Draft::Four, "items")));
            array.additional = self.additional("additionalItems");
        } else {
            array.items = self.schema(Draft::Four, "items").map(Items::All);
        }
        array
    }

    fn string(&mut self) -> Result<ForStrings, InvalidSchema> {
        let pattern = match self.text(Draft::Four, "pattern") {
            Some(pattern) => Some((pattern.to_owned(), self.pattern("pattern", pattern)?)),
            None => None,
        };
        Ok(ForStrings { min: self.count(Draft::Four, "minLength"), max: self.count(Draft::Four, "maxLength"), pattern })
    }

    fn number(&mut self) -> ForNumbers {
        let (min, max) = (self.decimal("minimum"), self.decimal("maximum"));
        // In draft 4, exclusive bounds are booleans about the others.
        let (min, above) =
            if self.is_true("exclusiveMinimum") { (None, min) } else { (min, self.decimal("exclusiveMinimum")) };
        let (max, below) =
            if self.is_true("exclusiveMaximum") { (None, max) } else { (max, self.decimal("exclusiveMaximum")) };
        ForNumbers { min, max, above, below, multiple_of: self.decimal("multipleOf") }
    }
}
