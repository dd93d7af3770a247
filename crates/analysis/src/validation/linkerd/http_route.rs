//! Linkerd's own HTTPRoute.

use manifest::duration;
use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{ports, string_match};
use super::{POLICY, objects, refers_to};

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    for parent in objects(spec, "parentRefs") {
        if refers_to(parent, POLICY, "EgressNetwork") && parent.get("port").is_none() {
            problems.error(parent, "a route for an EgressNetwork must say the port");
        }
        ports::check_optional(parent, "port", problems);
    }
    for rule in objects(spec, "rules") {
        for matched in objects(rule, "matches") {
            request(matched, problems);
        }
        if let Some(timeouts) = rule.get("timeouts") {
            self::timeouts(timeouts, problems);
        }
    }
}

fn request<'w>(matched: Field<'w>, problems: &mut Problems<'w>) {
    let values = objects(matched, "headers").chain(objects(matched, "queryParams"));
    for value in matched.get("path").into_iter().chain(values) {
        let text = value.text("value");
        if let Some(field) = value.get("value").filter(|_| value.text("type") == "RegularExpression")
            && let Err(why) = string_match::syntax(text)
        {
            problems.error(field, format!("`{text}` is no regular expression: {why}"));
        }
    }
    if let Some(path) = matched.get("path").filter(|path| path.text("type") != "RegularExpression")
        && let Some(value) = path.get("value")
        && !path.text("value").starts_with('/')
    {
        problems.error(value, format!("the path `{}` must begin with `/`", path.text("value")));
    }
}

fn timeouts<'w>(timeouts: Field<'w>, problems: &mut Problems<'w>) {
    let given = |name: &str| duration::parse(timeouts.text(name)).ok();
    for name in ["request", "backendRequest"] {
        let Some(field) = timeouts.get(name) else { continue };
        match given(name) {
            None => problems
                .error(field, format!("`{name}` is `{}`, which is no duration such as `5s`", timeouts.text(name))),
            Some(..0) => {
                problems.error(field, format!("`{name}` is `{}`, and must not be negative", timeouts.text(name)))
            }
            Some(0..) => {}
        }
    }
    if let (Some(whole), Some(of_backend)) = (given("request"), given("backendRequest"))
        && of_backend > whole
    {
        let field = timeouts.get("backendRequest").unwrap_or(timeouts);
        problems
            .error(field, format!("`backendRequest` is `{}`, longer than `request`", timeouts.text("backendRequest")));
    }
}
