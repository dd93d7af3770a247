//! ServiceProfile: the routes of a service.

use manifest::duration;
use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{hosts, string_match};
use super::objects;

/// How deep conditions may lie in one another before Linkerd's would be a program.
const DEEPEST: usize = 32;

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    // The name is the host whose routes they are.
    if let (Some(name), Err(why)) = (subject.root.at(&["metadata", "name"]), hosts::full_name(subject.name())) {
        problems.error(name, format!("a service profile is named after its service: {why}"));
    }
    for route in objects(spec, "routes") {
        match route.get("condition") {
            Some(condition) => request(condition, DEEPEST, problems),
            None => problems.error(route, "the route has no condition"),
        }
        duration(route, "timeout", problems);
        for class in objects(route, "responseClasses") {
            if let Some(condition) = class.get("condition") {
                response(condition, DEEPEST, problems);
            }
        }
    }
    if let Some(budget) = spec.get("retryBudget") {
        duration(budget, "ttl", problems);
        if let (Some(field), Some(ratio)) =
            (budget.get("retryRatio"), budget.get("retryRatio").and_then(|ratio| ratio.value().as_f64()))
            && !(0.0..=1000.0).contains(&ratio)
        {
            problems.error(field, format!("`retryRatio` is {ratio}, and must be from 0 to 1000"));
        }
    }
}

fn duration<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    let text = around.text(name);
    if let Some(field) = around.get(name).filter(|_| duration::parse(text).is_err()) {
        problems.error(field, format!("`{name}` is `{text}`, which is no duration such as `5s`"));
    }
}

/// The conditions inside a condition.
fn parts<'w>(condition: Field<'w>) -> impl Iterator<Item = Field<'w>> {
    let not = condition.get("not").into_iter().filter(|not| not.value().is_object());
    ["all", "any", "not"].into_iter().flat_map(move |name| objects(condition, name)).chain(not)
}

fn request<'w>(condition: Field<'w>, depth: usize, problems: &mut Problems<'w>) {
    if depth == 0 {
        return problems.error(condition, "the conditions lie too deep in one another");
    }
    if ["all", "any", "not", "pathRegex", "method"].iter().all(|name| condition.get(name).is_none()) {
        problems.error(condition, "the condition says nothing: it needs `pathRegex`, `method`, `all`, `any` or `not`");
    }
    if let Some(field) = condition.get("pathRegex")
        && let Err(why) = string_match::syntax(condition.text("pathRegex"))
    {
        problems.error(
            field,
            format!("`pathRegex` is `{}`, which is no regular expression: {why}", condition.text("pathRegex")),
        );
    }
    for part in parts(condition) {
        request(part, depth - 1, problems);
    }
}

fn response<'w>(condition: Field<'w>, depth: usize, problems: &mut Problems<'w>) {
    if depth == 0 {
        return problems.error(condition, "the conditions lie too deep in one another");
    }
    if ["all", "any", "not", "status"].iter().all(|name| condition.get(name).is_none()) {
        problems.error(condition, "the condition says nothing: it needs `status`, `all`, `any` or `not`");
    }
    if let Some(status) = condition.get("status") {
        let bound = |name: &str| status.integer(name).filter(|bound| *bound != 0);
        for name in ["min", "max"] {
            if let (Some(field), Some(bound)) = (status.get(name), bound(name))
                && !(100..=599).contains(&bound)
            {
                problems.error(field, format!("`{name}` is {bound}, and must be from 100 to 599"));
            }
        }
        if let (Some(least), Some(most)) = (bound("min"), bound("max"))
            && least > most
        {
            problems.error(status, format!("`status` is from {least} to {most}, which no status is"));
        }
    }
    for part in parts(condition) {
        response(part, depth - 1, problems);
    }
}
