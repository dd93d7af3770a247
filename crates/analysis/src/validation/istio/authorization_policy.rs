//! AuthorizationPolicy: who may talk to a workload.

use mesh::Field;

use super::super::problem::Problems;
use super::super::selectors;
use super::super::subject::Subject;
use super::authorization_condition::{self as condition, Values};
use super::{objects, path_template, says};

/// Every field of a source, in pairs of what must hold and what must not, with what its values are.
const SOURCE: [(&str, Values); 14] = [
    ("principals", Values::Text),
    ("notPrincipals", Values::Text),
    ("requestPrincipals", Values::Text),
    ("notRequestPrincipals", Values::Text),
    ("namespaces", Values::Text),
    ("notNamespaces", Values::Text),
    ("serviceAccounts", Values::ServiceAccounts),
    ("notServiceAccounts", Values::ServiceAccounts),
    ("trustDomains", Values::TrustDomains),
    ("notTrustDomains", Values::TrustDomains),
    ("ipBlocks", Values::Addresses),
    ("notIpBlocks", Values::Addresses),
    ("remoteIpBlocks", Values::Addresses),
    ("notRemoteIpBlocks", Values::Addresses),
];
/// Every field of an operation.
const OPERATION: [(&str, Values); 8] = [
    ("hosts", Values::Text),
    ("notHosts", Values::Text),
    ("ports", Values::Ports),
    ("notPorts", Values::Ports),
    ("methods", Values::Text),
    ("notMethods", Values::Text),
    ("paths", Values::Text),
    ("notPaths", Values::Text),
];

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    selectors::attachment(spec, problems);
    action(spec, problems);
    for rule in objects(spec, "rules") {
        for from in objects(rule, "from") {
            source(from, problems);
        }
        for to in objects(rule, "to") {
            operation(to, problems);
        }
        for when in objects(rule, "when") {
            condition::check(when, problems);
        }
        if spec.text("action") == "DENY" {
            only_http(rule, problems);
        }
    }
}

fn action<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    let action = spec.text("action");
    let provider = spec.get("provider");
    if matches!(action, "CUSTOM" | "DENY") && !says(spec, "rules") {
        problems.error(
            spec,
            format!("the action {action} without rules never applies; the rule `{{}}` is for every request"),
        );
    } else if action == "CUSTOM" && provider.is_none_or(|provider| provider.text("name").is_empty()) {
        problems.error(provider.unwrap_or(spec), "the action CUSTOM needs `provider.name`");
    }
    if action == "CUSTOM" {
        for rule in objects(spec, "rules") {
            unsupported_by_custom(rule, problems);
        }
    } else if let Some(provider) = provider {
        let action = if action.is_empty() { "ALLOW" } else { action };
        problems.error(provider, format!("`provider` is for the action CUSTOM, and the action is {action}"));
    }
}

/// An external authorizer is asked before identities are known.
fn unsupported_by_custom<'w>(rule: Field<'w>, problems: &mut Problems<'w>) {
    for source in objects(rule, "from").filter_map(|from| from.get("source")) {
        for (name, _) in SOURCE.iter().filter(|(name, values)| *values != Values::Addresses && says(source, name)) {
            problems
                .error(source.get(name).unwrap_or(source), format!("`{name}` is not supported with the action CUSTOM"));
        }
    }
    const KEYS: [&str; 4] = ["source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal"];
    for when in objects(rule, "when") {
        let key = when.text("key");
        if KEYS.contains(&key) || key.starts_with("request.auth.") {
            problems.error(
                when.get("key").unwrap_or(when),
                format!("the key `{key}` is not supported with the action CUSTOM"),
            );
        }
    }
}

fn source<'w>(from: Field<'w>, problems: &mut Problems<'w>) {
    let Some(source) = from.get("source") else {
        return problems.error(from, "an item of `from` needs `source`");
    };
    if !SOURCE.iter().any(|(name, _)| says(source, name)) {
        problems.error(source, "`source` says nothing");
    }
    let of = |names: [&'static str; 4]| names.into_iter().find(|name| source.get(name).is_some());
    let account = ["serviceAccounts", "notServiceAccounts"].into_iter().find(|name| source.get(name).is_some());
    if let (Some(account), Some(other)) = (account, of(["principals", "notPrincipals", "namespaces", "notNamespaces"]))
    {
        let field = source.get(account).unwrap_or(source);
        problems.error(field, format!("`{account}` says the namespace already, and excludes `{other}`"));
    }
    for (name, values) in SOURCE {
        condition::check_list(source, name, values, problems);
    }
}

fn operation<'w>(to: Field<'w>, problems: &mut Problems<'w>) {
    let Some(operation) = to.get("operation") else {
        return problems.error(to, "an item of `to` needs `operation`");
    };
    if !OPERATION.iter().any(|(name, _)| says(operation, name)) {
        problems.error(operation, "`operation` says nothing");
    }
    for (name, values) in OPERATION {
        condition::check_list(operation, name, values, problems);
    }
    for path in operation.list("paths").chain(operation.list("notPaths")) {
        problems.judge(path, path_template::check(path.as_str().unwrap_or_default()));
    }
}

/// A rule that denies by what only HTTP has denies everything on a port for TCP.
fn only_http<'w>(rule: Field<'w>, problems: &mut Problems<'w>) {
    const OF_CONNECTIONS: [&str; 10] = [
        "principals",
        "notPrincipals",
        "namespaces",
        "notNamespaces",
        "serviceAccounts",
        "notServiceAccounts",
        "ipBlocks",
        "notIpBlocks",
        "remoteIpBlocks",
        "notRemoteIpBlocks",
    ];
    let mut sources = objects(rule, "from").filter_map(|from| from.get("source"));
    let mut operations = objects(rule, "to").filter_map(|to| to.get("operation"));
    let has_sources = sources.clone().next().is_some();
    let has_operations = operations.clone().next().is_some();
    let by_connection = sources.any(|source| OF_CONNECTIONS.iter().any(|name| says(source, name)));
    let by_port = operations.any(|operation| ["ports", "notPorts"].iter().any(|name| says(operation, name)));
    if has_sources && !has_operations && !by_connection || has_operations && !by_port {
        problems.warning(
            rule,
            "the rule denies by what only HTTP has, and so denies everything on ports for TCP; say `ports`",
        );
    }
}
