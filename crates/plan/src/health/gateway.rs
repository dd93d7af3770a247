//! Gateway API: conditions say for which generation they hold, and stale ones do not count.

use serde_json::Value;

use super::Health;
use super::fields::{Condition, conditions, integer, text};

/// The condition of a type that is about the latest generation.
fn fresh<'a>(object: &Value, list: &'a Value, kind: &str) -> Option<Condition<'a>> {
    let generation = integer(object, "/metadata/generation");
    conditions(list).find(|condition| condition.kind == kind).filter(|condition| {
        condition.generation.is_none() || generation.is_none() || condition.generation == generation
    })
}

pub(super) fn gateway(object: &Value) -> Health {
    let list = &object["status"]["conditions"];
    let accepted = fresh(object, list, "Accepted");
    if let Some(accepted) = accepted.filter(|accepted| accepted.status == "False") {
        return match accepted.reason {
            "Pending" | "NoResources" => Health::in_progress(accepted.reason, accepted.message),
            reason => Health::failed(reason, accepted.message),
        };
    }
    match fresh(object, list, "Programmed") {
        Some(programmed) if programmed.status == "True" => Health::current("Gateway is programmed"),
        Some(programmed) => Health::in_progress(programmed.reason, programmed.message),
        None => Health::in_progress("NotProgrammed", "Gateway is not programmed yet"),
    }
}

/// A route is current when every parent it names accepts it and finds what it refers to.
pub(super) fn route(object: &Value) -> Health {
    let parents = object["spec"]["parentRefs"].as_array().map_or(&[][..], Vec::as_slice);
    for parent in parents {
        let name = text(parent, "/name");
        let statuses = object["status"]["parents"].as_array().map_or(&[][..], Vec::as_slice);
        let mut seen = false;
        for status in statuses.iter().filter(|status| is_same_parent(object, &status["parentRef"], parent)) {
            seen = true;
            if let Some(health) = rejection(object, &status["conditions"], name) {
                return health;
            }
        }
        if !seen {
            return Health::in_progress("NotAccepted", format!("no controller has accepted the route at {name} yet"));
        }
    }
    Health::current("Route is accepted")
}

fn is_same_parent(route: &Value, a: &Value, b: &Value) -> bool {
    let own = text(route, "/metadata/namespace");
    let namespace = |parent| match text(parent, "/namespace") {
        "" => own.to_owned(),
        namespace => namespace.to_owned(),
    };
    text(a, "/name") == text(b, "/name")
        && namespace(a) == namespace(b)
        && text(a, "/sectionName") == text(b, "/sectionName")
        && integer(a, "/port") == integer(b, "/port")
}

fn rejection(object: &Value, list: &Value, parent: &str) -> Option<Health> {
    for kind in ["Accepted", "ResolvedRefs"] {
        let Some(condition) = fresh(object, list, kind) else {
            let message = format!("{parent} has not reported {kind} for the latest generation yet");
            return Some(Health::in_progress("NotObserved", message));
        };
        if condition.status == "True" {
            continue;
        }
        let message = format!("{parent}: {}", condition.message);
        // What is missing may still come; a value nobody supports will not change by itself.
        return Some(match condition.reason {
            "UnsupportedValue" => Health::failed(condition.reason, message),
            reason => Health::in_progress(reason, message),
        });
    }
    None
}
