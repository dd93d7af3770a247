//! An AuthorizationPolicy judges requests for workloads of the ambient mesh, and names no target.
//!
//! ## Why it matters
//!
//! The proxies on the nodes look at connections only. Of such a policy they leave out what is about requests (methods, paths,
//! hosts, headers, tokens): an `ALLOW` rule then allows nobody, and a `DENY` rule denies more than it says, or nothing at all. `CUSTOM`
//! and `AUDIT` they ignore. Waypoints, which could judge requests, take only what names its target.
//!
//! ## What to do
//!
//! Name the Service, or the Gateway of the waypoint, in `targetRefs` instead of a selector.

use manifest::Severity;
use mesh::workload::Workload;
use mesh::{Field, Resource, World, kind};

use super::ambient::{is_ambient, targets};
use super::selectors::{labels, scope};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0110"),
    name: "RequestsUnread",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("requests_unread.rs"),
    check: Check::Namespace(check),
};

/// What operations say of requests.
const REQUESTS: [&str; 6] = ["methods", "notMethods", "paths", "notPaths", "hosts", "notHosts"];
/// What sources say of requests.
const TOKENS: [&str; 4] = ["requestPrincipals", "notRequestPrincipals", "remoteIpBlocks", "notRemoteIpBlocks"];
/// What operations say of connections.
const PORTS: [&str; 2] = ["ports", "notPorts"];
/// What sources say of connections.
const CLIENTS: [&str; 8] = [
    "principals",
    "notPrincipals",
    "namespaces",
    "notNamespaces",
    "serviceAccounts",
    "notServiceAccounts",
    "ipBlocks",
    "notIpBlocks",
];
/// The keys of conditions about connections.
const CONNECTIONS: [&str; 5] =
    ["source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port"];

/// What a policy does to what its rules mean.
enum Action<'w> {
    Allows,
    Denies,
    /// The nodes' proxies do not know it. Where it is said.
    Ignored(Field<'w>),
}

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for policy in
        world.within(kind::ISTIO_AUTHORIZATION_POLICY, namespace).filter(|policy| targets(*policy).next().is_none())
    {
        let action = action(policy);
        let rules = policy.list(&["spec", "rules"]);
        let unread: Vec<(Field<'_>, &str)> = match action {
            Action::Ignored(field) => vec![(field, "know this action: the policy does nothing")],
            Action::Allows => {
                rules.filter_map(|rule| Some((of_requests(rule)?, "read requests: the rule allows nobody"))).collect()
            }
            Action::Denies => rules.filter_map(|rule| Some((of_requests(rule)?, left_of_denial(rule)))).collect(),
        };
        let Some(workload) = (!unread.is_empty()).then(|| ambient_workload(world, policy)).flatten() else { continue };
        for (field, what) in unread {
            let message = format!("`{}` is in the ambient mesh, where only waypoints {what}", workload.resource().id());
            findings
                .at(&RULE, policy, field, message)
                .hint("Name a Service or the waypoint's Gateway in `targetRefs`.")
                .see(workload.resource().location(), "the workload is here");
        }
    }
}

fn action(policy: Resource<'_>) -> Action<'_> {
    match policy.at(&["spec", "action"]).map(|field| (field, field.as_str())) {
        Some((field, Some("CUSTOM" | "AUDIT"))) => Action::Ignored(field),
        Some((_, Some("DENY"))) => Action::Denies,
        Some((_, Some(_) | None)) | None => Action::Allows,
    }
}

/// The first thing that a rule says of requests.
fn of_requests(rule: Field<'_>) -> Option<Field<'_>> {
    let operations = rule.list("to").filter_map(|to| to.get("operation"));
    let of_operations =
        operations.flat_map(|operation| REQUESTS.into_iter().filter_map(move |name| filled(operation, name)));
    let sources = rule.list("from").filter_map(|from| from.get("source"));
    let of_sources = sources.flat_map(|source| TOKENS.into_iter().filter_map(move |name| filled(source, name)));
    let conditions = rule.list("when").filter_map(|when| when.get("key"));
    let of_conditions = conditions.filter(|key| !key.as_str().is_some_and(|key| CONNECTIONS.contains(&key)));
    of_operations.chain(of_sources).chain(of_conditions).next()
}

/// What the nodes' proxies make of a rule that denies: they pass over a clause of which nothing is left, and with it the rule.
fn left_of_denial(rule: Field<'_>) -> &'static str {
    let any = |list: &str, member: &str, names: &[&str]| {
        let mut items = rule.list(list).filter_map(|item| item.get(member)).peekable();
        items.peek().is_none() || items.any(|item| names.iter().any(|name| filled(item, name).is_some()))
    };
    let conditions = || rule.list("when").all(|when| CONNECTIONS.contains(&when.text("key")));
    if any("to", "operation", &PORTS) && any("from", "source", &CLIENTS) && conditions() {
        "read requests: the rule denies more than it says"
    } else {
        "read requests: the rule denies nothing"
    }
}

/// A list that is not empty.
fn filled<'w>(around: Field<'w>, name: &str) -> Option<Field<'w>> {
    around.get(name).filter(|list| list.items().len() > 0)
}

/// A workload of the ambient mesh for which a policy holds.
fn ambient_workload<'w>(world: &'w World, policy: Resource<'w>) -> Option<Workload<'w>> {
    let scope = scope(world, policy);
    let ambient = |workload: &Workload<'w>| is_ambient(world, *workload);
    match (labels(policy, "selector"), scope) {
        (Some(labels), _) => world.selected_workloads(scope, labels).into_iter().find(ambient),
        (None, Some(namespace)) => world.workloads_in(namespace).find(ambient),
        (None, None) => world.workloads().find(ambient),
    }
}
