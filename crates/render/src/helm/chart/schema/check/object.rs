//! Keywords for objects.

use serde_json::{Map, Value as Json};

use super::evaluated::{Caller, Unevaluated};
use super::{Findings, Name, Place, Run, Scope};
use crate::helm::chart::schema::failure::{Failure, Kind};
use crate::helm::chart::schema::node::{Additional, Dependency, NodeId};

impl Run<'_> {
    pub(super) fn object<'a>(&'a self, found: &mut Findings<'a>, members: &'a Map<String, Json>, value: &'a Json) {
        let object = &found.node.object;
        if let Some(min) = object.min.filter(|min| members.len() < *min) {
            found.add(Kind::Count("minProperties", members.len(), min));
        }
        if let Some(max) = object.max.filter(|max| members.len() > *max) {
            found.add(Kind::Count("maxProperties", members.len(), max));
        }
        let missing = missing(members, &object.required);
        if !missing.is_empty() {
            found.add(Kind::Required(missing));
        }
        for (name, dependency) in object.dependencies.iter().filter(|(name, _)| members.contains_key(*name)) {
            match dependency {
                Dependency::Properties(names) => needs(found, members, name, names),
                Dependency::Schema(node) => {
                    let outcome = self.same(found, value, *node);
                    found.take(outcome);
                }
            }
        }
        self.properties(found, members);
        if let Some(node) = object.names {
            for name in members.keys() {
                found.take(self.name(found, name, node));
            }
        }
        for (_, node) in object.dependent_schemas.iter().filter(|(name, _)| members.contains_key(*name)) {
            let outcome = self.same(found, value, *node);
            found.take(outcome);
        }
        for (name, names) in object.dependent_required.iter().filter(|(name, _)| members.contains_key(*name)) {
            needs(found, members, name, names);
        }
    }

    fn properties<'a>(&'a self, found: &mut Findings<'a>, members: &'a Map<String, Json>) {
        let object = &found.node.object;
        let mut refused = Vec::new();
        for (name, value) in members {
            let patterns = object.patterns.iter().filter(|(pattern, _)| pattern.is_match(name)).map(|(_, node)| *node);
            let mut schemas: Vec<NodeId> = object.properties.get(name).copied().into_iter().chain(patterns).collect();
            let mut is_evaluated = !schemas.is_empty();
            if let (false, Some(additional)) = (is_evaluated, &object.additional) {
                is_evaluated = true;
                match additional {
                    Additional::Allowed => {}
                    Additional::Refused => refused.push(name.clone()),
                    Additional::Schema(node) => schemas.push(*node),
                }
            }
            for node in schemas {
                let outcome = self.inner(found, value, Name::Property(name), node);
                found.take(outcome);
            }
            if is_evaluated {
                found.unevaluated.property_seen(name);
            }
        }
        if !refused.is_empty() {
            found.add(Kind::AdditionalProperties(refused));
        }
    }

    /// Holds a schema against the name of a property, as a value of its own.
    fn name(&self, found: &Findings<'_>, name: &str, node: NodeId) -> Result<(), Failure> {
        let value = Json::String(name.to_owned());
        let place = Place { parent: None, name: Name::Root };
        // What led here is not told, nor does it count for what references lead to.
        let scope = Scope { parent: None, ..found.scope.inner(node) };
        let unevaluated = Unevaluated::of(&value, &self.schema.nodes[node], Caller::NeedsNothing);
        self.check(&value, &place, &scope, unevaluated).map(|_| ()).map_err(|failure| {
            let causes = match failure {
                Failure { kind: Kind::Group, causes, .. } => causes,
                failure => vec![failure],
            };
            Failure { causes, ..found.failure(Kind::PropertyName(name.to_owned())) }
        })
    }
}

fn missing(members: &Map<String, Json>, names: &[String]) -> Vec<String> {
    names.iter().filter(|name| !members.contains_key(*name)).cloned().collect()
}

fn needs(found: &mut Findings<'_>, members: &Map<String, Json>, name: &str, names: &[String]) {
    let missing = missing(members, names);
    if !missing.is_empty() {
        found.add(Kind::Dependency(name.to_owned(), missing));
    }
}
