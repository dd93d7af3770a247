//! The patches of EnvoyFilters, and what can be wrong with their operations.

use std::collections::HashSet;

use mesh::{Field, Resource, World, kind};

/// What is wrong with the operation of a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    /// It is placed relative to others, without a priority.
    Relative,
    /// The same, and of those with the name of its filter one depends on the version of the proxy.
    RelativeWithVersion,
    /// What it adds cannot be added.
    Add,
    /// What it removes cannot be removed.
    Remove,
    /// What it replaces cannot be replaced.
    Replace,
}

/// One of the `configPatches` of an EnvoyFilter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patch<'w> {
    entry: Field<'w>,
    patch: Field<'w>,
}

/// Which filter a patch is about: one that it makes, or one that it looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subject<'w> {
    Made(&'w str),
    LookedFor(&'w str),
    Unnamed,
}

impl<'w> Patch<'w> {
    /// Its operation.
    pub(super) fn operation(self) -> &'w str {
        self.patch.text("operation")
    }

    /// What it is applied to.
    pub(super) fn applies_to(self) -> &'w str {
        self.entry.text("applyTo")
    }

    /// Where its operation stands.
    pub(super) fn place(self) -> Field<'w> {
        self.patch.get("operation").unwrap_or(self.patch)
    }

    fn subject(self) -> Subject<'w> {
        let Some(value) = self.patch.get("value").filter(|value| value.members().next().is_some()) else {
            return Subject::Unnamed;
        };
        let looked_for = self.entry.at(&["match", "listener", "filterChain", "filter", "name"]);
        match (value.get("name").and_then(Field::as_str), looked_for.and_then(Field::as_str)) {
            (Some(name), _) => Subject::Made(name),
            (None, Some(name)) => Subject::LookedFor(name),
            (None, None) => Subject::Unnamed,
        }
    }

    fn depends_on_version(self) -> bool {
        let version = self.entry.at(&["match", "proxy", "proxyVersion"]).and_then(Field::as_str);
        version.is_some_and(|version| !version.is_empty())
    }

    fn problem(self, priority: i64, with_version: &HashSet<Subject<'w>>) -> Option<Problem> {
        let of_routes = ["ROUTE_CONFIGURATION", "HTTP_ROUTE"].contains(&self.applies_to());
        let is_replaceable = ["NETWORK_FILTER", "HTTP_FILTER", "VIRTUAL_HOST"].contains(&self.applies_to());
        match self.operation() {
            "ADD" => of_routes.then_some(Problem::Add),
            "REMOVE" if of_routes => Some(Problem::Remove),
            "REPLACE" if !is_replaceable => Some(Problem::Replace),
            "REMOVE" | "REPLACE" | "INSERT_BEFORE" | "INSERT_AFTER" if priority == 0 => {
                let by_version = with_version.contains(&self.subject());
                Some(if by_version { Problem::RelativeWithVersion } else { Problem::Relative })
            }
            _ => None,
        }
    }
}

/// The EnvoyFilters that have patches with a problem, with those patches. Whether a patch depends on the version of the
/// proxy matters to those after it, by namespace, name and place.
pub(super) fn with(world: &World, problem: Problem) -> Vec<(Resource<'_>, Vec<Patch<'_>>)> {
    let mut with_version = HashSet::new();
    let mut found = Vec::new();
    for filter in world.of(kind::ENVOY_FILTER) {
        let Some(spec) = filter.spec() else { continue };
        let priority = spec.integer("priority").unwrap_or_default();
        let mut patches = Vec::new();
        for patch in spec.list("configPatches").map_while(|entry| Some(Patch { entry, patch: entry.get("patch")? })) {
            if patch.problem(priority, &with_version) == Some(problem) {
                patches.push(patch);
            }
            if patch.depends_on_version() {
                with_version.insert(patch.subject());
            }
        }
        if !patches.is_empty() {
            found.push((filter, patches));
        }
    }
    found
}
