//! What an HTTP request is matched by.

use mesh::Field;

use super::super::problem::Problems;
use super::super::string_match::{self, Prefix};
use super::super::{headers, hosts, ports, selectors};
use super::gateway_names;

pub(super) fn check<'w>(matched: Field<'w>, problems: &mut Problems<'w>) {
    for (name, value) in matched.map("headers") {
        problems.judge(value, headers::matched(name));
        string_match::check(value, name, Prefix::SaysSomething, problems);
    }
    for (name, value) in matched.map("withoutHeaders") {
        problems.judge(value, headers::matched(name));
        // `*` is no expression here: it stands for any value.
        if value.text("regex") != "*" {
            string_match::check(value, name, Prefix::SaysSomething, problems);
        }
    }
    string_match::check_member(matched, "uri", Prefix::MayBeEmpty, problems);
    for name in ["scheme", "method", "authority"] {
        string_match::check_member(matched, name, Prefix::SaysSomething, problems);
    }
    for (name, value) in matched.map("queryParams") {
        string_match::check(value, name, Prefix::SaysSomething, problems);
    }
    ports::check_optional(matched, "port", problems);
    selectors::labels(matched, "sourceLabels", problems);
    gateway_names::check(matched, problems);
    let namespace = matched.text("sourceNamespace");
    if let Some(field) = matched.get("sourceNamespace").filter(|_| !namespace.is_empty()) {
        problems.judge(field, hosts::label("source namespace", namespace));
    }
}
