//! A variable such as `${name}` is set nowhere.
//!
//! ## Why it matters
//!
//! Flux puts an empty text in the place of a variable that has no value and no default: an image without its tag, a chart of
//! any version, a host that is only a domain. Without `postBuild` nothing is substituted at all, and the text itself is
//! applied.
//!
//! ## What to do
//!
//! Set the variable in `postBuild.substitute` or in a ConfigMap that `substituteFrom` names, give it a default with
//! `${name:=value}`, or write `$${name}` if the text is meant as it is.

use std::collections::{HashMap, HashSet};

use manifest::{ObjectId, Severity};
use mesh::{Field, Resource, World, kind};

use super::owners::Owners;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0004"),
    name: "UnsetSubstitution",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("unset_substitution.rs"),
    check: Check::World(check),
};

/// Members that hold scripts, queries and texts in which `${name}` may be meant as it is.
const FREE_TEXT: [&str; 9] =
    ["annotations", "args", "binaryData", "command", "data", "env", "query", "stringData", "values"];

/// Where a variable counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// Everywhere, as Flux substitutes it.
    Everywhere,
    /// Not in [`FREE_TEXT`].
    OutsideFreeText,
}

fn check(world: &World, findings: &mut Findings) {
    if world.of(kind::KUSTOMIZATION).len() == 0 {
        return;
    }
    let owners = Owners::of(world);
    let mut set_by: HashMap<&ObjectId, Option<HashSet<String>>> = HashMap::new();
    for resource in world.resources() {
        let mut found = Vec::new();
        variables(resource.root(), Where::Everywhere, &mut found);
        if found.is_empty() || resource.annotation("kustomize.toolkit.fluxcd.io/substitute") == Some("disabled") {
            continue;
        }
        let Some(kustomization) = owners.owner(resource).and_then(|owner| world.by_id(owner)) else { continue };
        if !kustomization.is(kind::KUSTOMIZATION) {
            continue;
        }
        let owner = kustomization.id();
        if kustomization.at(&["spec", "postBuild"]).is_none() {
            found.clear();
            if !holds_text(resource) {
                variables(resource.root(), Where::OutsideFreeText, &mut found);
            }
        } else if resource.applied_by().is_some() {
            // Substituted already: what is left was escaped.
            continue;
        }
        let names = set_by.entry(owner).or_insert_with(|| variables_of(world, kustomization));
        let Some(names) = names else { continue };
        for (field, name) in found.into_iter().filter(|(_, name)| !names.contains(*name)) {
            let message = if kustomization.at(&["spec", "postBuild"]).is_some() {
                format!("`${{{name}}}` is set nowhere, so that an empty text takes its place")
            } else {
                format!("`${{{name}}}` is applied as it stands: `{owner}` has no `postBuild`")
            };
            findings
                .at(&RULE, resource, field, message)
                .hint(format!("Set `{name}` in `spec.postBuild` of `{owner}`, or write `${{{name}:=value}}`."))
                .see(kustomization.location(), format!("`{owner}` applies the object"));
        }
    }
}

/// Whether an object is there to hold text.
fn holds_text(resource: Resource<'_>) -> bool {
    resource.is(kind::CONFIG_MAP) || resource.is(kind::SECRET) || resource.is(kind::CUSTOM_RESOURCE_DEFINITION)
}

/// The variables without a default in an object, each with the value that it stands in.
fn variables<'w>(field: Field<'w>, counting: Where, found: &mut Vec<(Field<'w>, &'w str)>) {
    if let Some(text) = field.as_str() {
        found.extend(without_default(text).map(|name| (field, name)));
    }
    field.items().for_each(|item| variables(item, counting, found));
    for (name, member) in field.members() {
        if counting == Where::Everywhere || !FREE_TEXT.contains(&name) {
            variables(member, counting, found);
        }
    }
}

/// The names in `${name}`, which is neither escaped as `$${name}` nor has an operator such as `:=`.
fn without_default(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("${").filter_map(move |(at, _)| {
        let escaped = text[..at].ends_with('$');
        let name = &text[at + 2..text[at..].find('}')? + at];
        let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
        let plain = starts && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        (plain && !escaped).then_some(name)
    })
}

/// Every variable that a Kustomization sets; `None` if some of them cannot be known.
fn variables_of(world: &World, kustomization: Resource<'_>) -> Option<HashSet<String>> {
    let mut names: HashSet<String> = kustomization
        .at(&["spec", "postBuild"])
        .into_iter()
        .flat_map(|post| post.map("substitute"))
        .map(name)
        .collect();
    for from in kustomization.list(&["spec", "postBuild", "substituteFrom"]) {
        let kind = if from.text("kind") == "Secret" { kind::SECRET } else { kind::CONFIG_MAP };
        let source = world.find(kind, kustomization.namespace(), from.text("name"))?;
        names.extend(source.root().map("data").chain(source.root().map("stringData")).map(name));
    }
    Some(names)
}

fn name((name, _): (&str, Field<'_>)) -> String {
    name.to_owned()
}
