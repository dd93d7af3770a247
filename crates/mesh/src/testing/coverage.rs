//! Which rules of a world tests exercise.

use std::collections::BTreeSet;

use manifest::ObjectId;
use serde::Serialize;

use crate::route::MatchedRule;
use crate::{KindName, Resource, World, kind};

/// A rule of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleId {
    /// The object.
    pub object: ObjectId,
    /// The rule's name or its place, such as `http[0]`; empty for an object that is one rule.
    pub rule: String,
}

/// Which rules of a world were exercised: decided about some request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    all: BTreeSet<RuleId>,
    exercised: BTreeSet<RuleId>,
}

/// The kinds whose objects hold rules, and where.
const LISTS: &[(KindName, &[&str])] = &[
    (kind::VIRTUAL_SERVICE, &["http", "tls", "tcp"]),
    (kind::HTTP_ROUTE, &["rules"]),
    (kind::GRPC_ROUTE, &["rules"]),
    (kind::TLS_ROUTE, &["rules"]),
    (kind::TCP_ROUTE, &["rules"]),
    (kind::LINKERD_HTTP_ROUTE, &["rules"]),
    (kind::LINKERD_SERVICE_PROFILE, &["routes"]),
    (kind::ISTIO_AUTHORIZATION_POLICY, &["rules"]),
];

/// The kinds whose objects are one rule each.
const WHOLE: &[KindName] = &[
    kind::PEER_AUTHENTICATION,
    kind::NETWORK_POLICY,
    kind::CILIUM_NETWORK_POLICY,
    kind::CILIUM_CLUSTERWIDE_NETWORK_POLICY,
    kind::LINKERD_AUTHORIZATION_POLICY,
    kind::LINKERD_SERVER_AUTHORIZATION,
];

impl Coverage {
    /// The rules of a world, none of them exercised yet.
    pub fn of(world: &World) -> Coverage {
        let mut all = BTreeSet::new();
        for (kind, lists) in LISTS {
            for object in world.of(*kind) {
                all.extend(lists.iter().flat_map(|list| rules(object, list)));
            }
        }
        for object in WHOLE.iter().flat_map(|kind| world.of(*kind)) {
            all.insert(RuleId { object: object.id().clone(), rule: String::new() });
        }
        Coverage { all, exercised: BTreeSet::new() }
    }

    /// Notes that a rule decided.
    pub(super) fn exercise(&mut self, matched: &MatchedRule) {
        // A rule of a delegate is told with the way that leads to it.
        let name = matched.rule.rsplit(" → ").next().unwrap_or_default();
        let rule = RuleId { object: matched.object.clone(), rule: name.to_owned() };
        let whole = RuleId { object: matched.object.clone(), rule: String::new() };
        for rule in [rule, whole] {
            if self.all.contains(&rule) {
                self.exercised.insert(rule);
            }
        }
    }

    /// What another run saw, added to this.
    pub fn add(&mut self, other: Coverage) {
        self.all.extend(other.all);
        self.exercised.extend(other.exercised);
    }

    /// How many rules there are.
    pub fn rules(&self) -> usize {
        self.all.len()
    }

    /// How many of them were exercised.
    pub fn exercised(&self) -> usize {
        self.exercised.len()
    }

    /// Those that no test exercised.
    pub fn missed(&self) -> impl Iterator<Item = &RuleId> {
        self.all.difference(&self.exercised)
    }
}

/// The rules of a list, by name or place as decisions call them.
fn rules(object: Resource<'_>, list: &str) -> Vec<RuleId> {
    let items = object.list(&["spec", list]).enumerate();
    items
        // What only delegates decides nothing itself.
        .filter(|(_, item)| item.get("delegate").is_none())
        .map(|(position, item)| {
            let name = item.text("name");
            let rule = if name.is_empty() { format!("{list}[{position}]") } else { name.to_owned() };
            RuleId { object: object.id().clone(), rule }
        })
        .collect()
}
