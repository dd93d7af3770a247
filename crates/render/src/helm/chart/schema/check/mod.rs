//! Whether values satisfy a schema: the order in which keywords are looked at, and what of it is told, are those of the
//! library that Helm uses.

mod array;
mod evaluated;
mod object;
mod scalar;

use std::cell::Cell;

use serde_json::Value as Json;

use super::InvalidSchema;
use super::failure::{Failure, Kind};
use super::node::{Compiled, Draft, Node, NodeId, Type};
use super::number::Decimal;
use super::url::{ROOT, token};
use evaluated::Unevaluated;

/// How many schemas may be held against values before it is too much.
const MAX_STEPS: usize = 500_000;

/// How many schemas may lead to one.
const MAX_DEPTH: usize = 2_000;

/// Everything of a value that does not satisfy the schema.
pub(super) fn failures(schema: &Compiled, value: &Json) -> Result<Vec<Failure>, InvalidSchema> {
    let run = Run { schema, steps: Cell::new(0), is_too_deep: Cell::new(false) };
    let place = Place { parent: None, name: Name::Root };
    let scope = Scope { node: 0, keyword: "", value: 0, depth: 0, parent: None };
    let unevaluated = Unevaluated::of(value, &schema.nodes[0], evaluated::Caller::NeedsNothing);
    let outcome = run.check(value, &place, &scope, unevaluated);
    if run.steps.get() > MAX_STEPS || run.is_too_deep.get() {
        return Err(InvalidSchema::TooCostly);
    }
    Ok(match outcome {
        Ok(_) => Vec::new(),
        Err(Failure { kind: Kind::Group, causes, .. }) => causes,
        Err(failure) => vec![failure],
    })
}

struct Run<'s> {
    schema: &'s Compiled,
    steps: Cell<usize>,
    is_too_deep: Cell<bool>,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    name: Name<'a>,
}

#[derive(Clone, Copy)]
enum Name<'a> {
    Root,
    Property(&'a str),
    Item(usize),
}

impl Place<'_> {
    fn pointer(&self) -> String {
        let parent = self.parent.map(Place::pointer).unwrap_or_default();
        match self.name {
            Name::Root => parent,
            Name::Property(name) => format!("{parent}/{}", token(name)),
            Name::Item(at) => format!("{parent}/{at}"),
        }
    }
}

/// The schemas that led to one, the last first.
struct Scope<'a> {
    node: NodeId,
    /// The reference that led here, if it was one.
    keyword: &'static str,
    /// How deep the value is that the schema is held against: equal for the same value.
    value: usize,
    /// How many schemas led here.
    depth: usize,
    parent: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    /// Another schema for the same value.
    fn same(&'a self, node: NodeId, keyword: &'static str) -> Scope<'a> {
        Scope { node, keyword, value: self.value, depth: self.depth + 1, parent: Some(self) }
    }

    /// A schema for a value within the value.
    fn inner(&'a self, node: NodeId) -> Scope<'a> {
        Scope { node, keyword: "", value: self.value + 1, depth: self.depth + 1, parent: Some(self) }
    }
}

/// What is found about one value while one schema is held against it.
struct Findings<'a> {
    node: &'a Node,
    place: &'a Place<'a>,
    scope: &'a Scope<'a>,
    unevaluated: Unevaluated<'a>,
    failures: Vec<Failure>,
}

impl Findings<'_> {
    fn failure(&self, kind: Kind) -> Failure {
        Failure { at: self.place.pointer(), kind, causes: Vec::new() }
    }

    fn add(&mut self, kind: Kind) {
        let failure = self.failure(kind);
        self.failures.push(failure);
    }

    fn add_with(&mut self, kind: Kind, causes: Vec<Failure>) {
        let failure = self.failure(kind);
        self.failures.push(Failure { causes, ..failure });
    }

    fn take(&mut self, outcome: Result<(), Failure>) {
        self.failures.extend(outcome.err());
    }
}

impl Run<'_> {
    /// Holds the schema of the innermost scope against a value.
    fn check<'a>(
        &'a self,
        value: &'a Json,
        place: &'a Place<'a>,
        scope: &'a Scope<'a>,
        unevaluated: Unevaluated<'a>,
    ) -> Result<Unevaluated<'a>, Failure> {
        // Schemas nest as deeply as references do.
        stacker::maybe_grow(64 << 10, 1 << 20, || self.check_here(value, place, scope, unevaluated))
    }

    fn check_here<'a>(
        &'a self,
        value: &'a Json,
        place: &'a Place<'a>,
        scope: &'a Scope<'a>,
        unevaluated: Unevaluated<'a>,
    ) -> Result<Unevaluated<'a>, Failure> {
        let node = &self.schema.nodes[scope.node];
        let mut found = Findings { node, place, scope, unevaluated, failures: Vec::new() };
        self.steps.set(self.steps.get().saturating_add(1));
        if scope.depth > MAX_DEPTH {
            self.is_too_deep.set(true);
        }
        match node.constant_answer {
            // Whatever is answered now does not count any more.
            _ if self.steps.get() > MAX_STEPS || self.is_too_deep.get() => return Err(found.failure(Kind::FalseSchema)),
            Some(true) => return Ok(found.unevaluated),
            Some(false) => return Err(found.failure(Kind::FalseSchema)),
            None => {}
        }
        if let Some(earlier) = self.cycle(scope) {
            let schema = format!("{ROOT}#{}", node.pointer);
            let kind = Kind::ReferenceCycle(self.keyword_path(scope), self.keyword_path(earlier), schema);
            return Err(found.failure(kind));
        }
        // A value of the wrong kind is one failure, whatever else is wrong about it.
        if let Some(kind) = self.wrong_kind(node, value) {
            return Err(found.failure(kind));
        }
        if let Some(target) = node.references.plain {
            let outcome = self.reference(&mut found, value, target, "$ref");
            if node.draft < Draft::Of2019 {
                return outcome.map(|()| found.unevaluated);
            }
            found.take(outcome);
        }
        match value {
            Json::Object(members) => self.object(&mut found, members, value),
            Json::Array(items) => self.array(&mut found, items),
            Json::String(text) => scalar::string(&mut found, text),
            Json::Number(number) => scalar::number(&mut found, &Decimal::of(number)),
            Json::Null | Json::Bool(_) => {}
        }
        self.moving_references(&mut found, value);
        self.combinations(&mut found, value);
        self.unevaluated(&mut found, value);
        match found.failures.len() {
            0 => Ok(found.unevaluated),
            1 => Err(found.failures.swap_remove(0)),
            _ => Err(Failure { at: place.pointer(), kind: Kind::Group, causes: found.failures }),
        }
    }

    fn wrong_kind(&self, node: &Node, value: &Json) -> Option<Kind> {
        let any = &node.any;
        let own = Type::of(value);
        let is_integer = || value.as_number().is_some_and(|number| Decimal::of(number).is_integer());
        let is_wanted = any.types.is_empty()
            || any.types.contains(&own)
            || any.types.contains(&Type::Integer) && own == Type::Number && is_integer();
        if !is_wanted {
            return Some(Kind::Type(own.name(), any.types.iter().map(|wanted| wanted.name()).collect()));
        }
        if let Some(constant) = any.constant.as_ref().filter(|constant| !scalar::equal(value, constant)) {
            return Some(Kind::Constant(constant.clone()));
        }
        if let Some(values) = &any.one_of_values
            && !values.iter().any(|wanted| scalar::equal(value, wanted))
        {
            return Some(Kind::Values(values.clone()));
        }
        let (format, text) = any.format.zip(value.as_str())?;
        let reason = format.check(text).err()?;
        Some(Kind::Format(text.to_owned(), format.name(), reason))
    }

    /// Holds another schema against the same value.
    fn same<'a>(&'a self, found: &mut Findings<'a>, value: &'a Json, node: NodeId) -> Result<(), Failure> {
        self.same_by(found, value, node, "")
    }

    fn same_by<'a>(
        &'a self,
        found: &mut Findings<'a>,
        value: &'a Json,
        node: NodeId,
        keyword: &'static str,
    ) -> Result<(), Failure> {
        let scope = found.scope.same(node, keyword);
        let caller = found.unevaluated.need();
        let unevaluated = Unevaluated::of(value, &self.schema.nodes[node], caller);
        let left = self.check(value, found.place, &scope, unevaluated)?;
        found.unevaluated.keep(&left);
        Ok(())
    }

    /// Holds a schema against a value within the value.
    fn inner(&self, found: &Findings<'_>, value: &Json, name: Name<'_>, node: NodeId) -> Result<(), Failure> {
        let place = Place { parent: Some(found.place), name };
        let scope = found.scope.inner(node);
        let unevaluated = Unevaluated::of(value, &self.schema.nodes[node], evaluated::Caller::NeedsNothing);
        self.check(value, &place, &scope, unevaluated).map(|_| ())
    }

    fn reference<'a>(
        &'a self,
        found: &mut Findings<'a>,
        value: &'a Json,
        target: NodeId,
        keyword: &'static str,
    ) -> Result<(), Failure> {
        self.same_by(found, value, target, keyword).map_err(|failure| {
            match failure {
                Failure { kind: Kind::Group, causes, .. } => Failure { causes, ..found.failure(Kind::Reference) },
                // That a reference led to it is no news if it is one thing.
                failure => failure,
            }
        })
    }

    /// References whose targets depend on the schemas that led here.
    fn moving_references<'a>(&'a self, found: &mut Findings<'a>, value: &'a Json) {
        let references = &found.node.references;
        if let Some(first) = references.recursive {
            let target = if self.schema.nodes[first].references.recursive_anchor {
                self.outermost(found.scope, first, |node| node.references.recursive_anchor.then_some(None))
            } else {
                first
            };
            let outcome = self.reference(found, value, target, "$recursiveRef");
            found.take(outcome);
        }
        if let Some((first, anchor)) = &references.dynamic {
            let own = &self.schema.nodes[*first].references.dynamic_anchor;
            let target = match anchor {
                Some(anchor) if own.as_ref() == Some(anchor) => self.outermost(found.scope, *first, |node| {
                    node.references.dynamic_anchors.get(anchor).map(|id| Some(*id))
                }),
                _ => *first,
            };
            let outcome = self.reference(found, value, target, "$dynamicRef");
            found.take(outcome);
        }
    }

    /// The outermost of the schemas that led here for whose resource `find` has an answer; its `None` means the schema
    /// itself.
    fn outermost(&self, scope: &Scope<'_>, first: NodeId, find: impl Fn(&Node) -> Option<Option<NodeId>>) -> NodeId {
        let mut target = first;
        let mut scope = Some(scope);
        while let Some(current) = scope {
            let resource = self.schema.nodes[current.node].resource;
            if let Some(found) = find(&self.schema.nodes[resource]) {
                target = found.unwrap_or(current.node);
            }
            scope = current.parent;
        }
        target
    }

    fn combinations<'a>(&'a self, found: &mut Findings<'a>, value: &'a Json) {
        let any = &found.node.any;
        if let Some(not) = any.not
            && self.same(found, value, not).is_ok()
        {
            found.add(Kind::Not);
        }
        let causes: Vec<Failure> = any.all_of.iter().filter_map(|id| self.same(found, value, *id).err()).collect();
        if !causes.is_empty() {
            found.add_with(Kind::AllOf, causes);
        }
        self.any_of(found, value);
        self.one_of(found, value);
        if let Some(condition) = &any.condition {
            let next = match self.same(found, value, condition.test) {
                Ok(()) => condition.then,
                Err(_) => condition.otherwise,
            };
            if let Some(next) = next {
                let outcome = self.same(found, value, next);
                found.take(outcome);
            }
        }
    }

    fn any_of<'a>(&'a self, found: &mut Findings<'a>, value: &'a Json) {
        let mut causes = Vec::new();
        let mut is_matched = found.node.any.any_of.is_empty();
        for id in &found.node.any.any_of {
            match self.same(found, value, *id) {
                Err(cause) => causes.push(cause),
                Ok(()) => {
                    is_matched = true;
                    // The others may say more about what is evaluated.
                    if found.unevaluated.is_empty() {
                        break;
                    }
                }
            }
        }
        if !is_matched {
            found.add_with(Kind::AnyOf, causes);
        }
    }

    fn one_of<'a>(&'a self, found: &mut Findings<'a>, value: &'a Json) {
        let mut causes = Vec::new();
        let mut matched = None;
        for (at, id) in found.node.any.one_of.iter().enumerate() {
            match (self.same(found, value, *id), matched) {
                (Err(cause), _) => causes.push(cause),
                (Ok(()), None) => matched = Some(at),
                (Ok(()), Some(first)) => return found.add(Kind::TwoOf(first, at)),
            }
        }
        if matched.is_none() && !found.node.any.one_of.is_empty() {
            found.add_with(Kind::NoneOf, causes);
        }
    }

    /// The scope in which the same schema was held against the same value before.
    fn cycle<'a>(&self, scope: &'a Scope<'a>) -> Option<&'a Scope<'a>> {
        let mut earlier = scope.parent;
        while let Some(current) = earlier.filter(|current| current.value == scope.value) {
            if current.node == scope.node {
                return Some(current);
            }
            earlier = current.parent;
        }
        None
    }

    /// The keywords from the root to a scope.
    fn keyword_path(&self, scope: &Scope<'_>) -> String {
        let Some(parent) = scope.parent else { return String::new() };
        let own = &self.schema.nodes[scope.node].pointer;
        let step = if scope.keyword.is_empty() {
            own.strip_prefix(&self.schema.nodes[parent.node].pointer).unwrap_or(own).to_owned()
        } else {
            format!("/{}", scope.keyword)
        };
        format!("{}{step}", self.keyword_path(parent))
    }
}
