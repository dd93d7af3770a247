//! What all routes have in common: parents, named rules, backends; and the routes of connections.

use std::collections::{HashMap, HashSet};

use mesh::Field;

use super::super::cidr;
use super::super::problem::Problems;
use super::super::subject::Subject;
use super::{host_name, objects, text_or};

/// Routes of TCP connections and UDP datagrams.
pub(super) fn check_connections<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    check_common(spec, problems);
    for reference in objects(spec, "rules").flat_map(|rule| objects(rule, "backendRefs")) {
        check_backend(reference, problems);
    }
    if let Some(second) = objects(spec, "rules").nth(1).filter(|_| is_stable(subject)) {
        problems.error(
            second,
            "the route has one rule in this version, because nothing tells which of several is for a connection",
        );
    }
}

/// Routes of TLS connections, by server name.
pub(super) fn check_tls<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    check_connections(subject, problems);
    let spec = subject.spec();
    if spec.list("hostnames").len() == 0 && is_stable(subject) {
        problems.error(spec, "the route has no `hostnames`, which this version needs");
    }
    for field in spec.list("hostnames").filter(|_| is_stable(subject)) {
        let name = field.as_str().unwrap_or_default();
        if cidr::is_address(name) {
            problems.error(field, format!("`{name}` is an address, and clients send no addresses as server names"));
        } else {
            problems.judge(field, host_name(name));
        }
    }
}

/// Whether an object is of a version that is stricter than the first ones.
fn is_stable(subject: Subject<'_>) -> bool {
    !subject.root.text("apiVersion").ends_with("/v1alpha2")
}

/// Parents that differ, and rules of different names.
pub(super) fn check_common<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    let mut names = HashSet::new();
    for name in objects(spec, "rules").filter_map(|rule| rule.get("name")) {
        let text = name.as_str().unwrap_or_default();
        if !names.insert(text) {
            problems.error(name, format!("two rules are named `{text}`"));
        }
    }
    // By object: which of section and port were named, and their values.
    let mut parents: HashMap<[&str; 4], Vec<(&str, i64)>> = HashMap::new();
    for parent in objects(spec, "parentRefs") {
        let group = text_or(parent, "group", "gateway.networking.k8s.io");
        let kind = text_or(parent, "kind", "Gateway");
        let object = [group, kind, parent.text("namespace"), parent.text("name")];
        let part = (parent.text("sectionName"), parent.integer("port").unwrap_or_default());
        let known = parents.entry(object).or_default();
        let name = parent.text("name");
        if known.contains(&part) {
            problems.error(parent, format!("`parentRefs` names `{name}` twice; say different sections or ports"));
        } else if known.iter().any(|other| (other.0.is_empty(), other.1 == 0) != (part.0.is_empty(), part.1 == 0)) {
            problems.error(
                parent,
                format!("`parentRefs` names `{name}` as a whole and in part; say the section or the port of each"),
            );
        }
        known.push(part);
    }
}

/// A Service is addressed by its port.
pub(super) fn check_backend<'w>(reference: Field<'w>, problems: &mut Problems<'w>) {
    let is_service = text_or(reference, "group", "").is_empty() && text_or(reference, "kind", "Service") == "Service";
    if is_service && reference.get("port").is_none() {
        problems.error(reference, format!("the reference to the Service `{}` needs a port", reference.text("name")));
    }
}

/// Sessions that stay with one backend.
pub(super) fn check_session<'w>(rule: Field<'w>, problems: &mut Problems<'w>) {
    let Some(session) = rule.get("sessionPersistence") else { return };
    let Some(cookie) = session.get("cookieConfig") else { return };
    if text_or(session, "type", "Cookie") != "Cookie" {
        problems.error(cookie, "`cookieConfig` is for the type Cookie");
    }
    if cookie.text("lifetimeType") == "Permanent" && session.get("absoluteTimeout").is_none() {
        problems.error(cookie, "a permanent cookie needs `absoluteTimeout`");
    }
}

/// All matches of a route together.
pub(super) fn check_match_count<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    const MOST: usize = 128;
    let count: usize = objects(spec, "rules").map(|rule| rule.list("matches").len()).sum();
    if let Some(rules) = spec.get("rules").filter(|_| count > MOST) {
        problems.error(rules, format!("the rules have {count} matches, and can have {MOST} together"));
    }
}
