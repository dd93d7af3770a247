//! WasmPlugin, and the WebAssembly module of a TrafficExtension.

use std::collections::HashSet;

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{ports, selectors, urls};
use super::{objects, says};

/// Where a module can come from; none means a registry.
const SCHEMES: [&str; 5] = ["", "file", "http", "https", "oci"];

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    selectors::attachment(spec, problems);
    check_module(spec, problems);
    check_match(spec, problems);
}

/// The module: where it is, what it is, what it is told.
pub(super) fn check_module<'w>(module: Field<'w>, problems: &mut Problems<'w>) {
    let address = module.text("url");
    let field = module.get("url").unwrap_or(module);
    match urls::parse_with_host(address) {
        _ if address.is_empty() => problems.error(field, "the module has no `url`"),
        Err(why) => problems.error(field, why),
        Ok(url) if !SCHEMES.contains(&url.scheme.as_str()) => {
            problems.error(
                field,
                format!("`url` is `{address}`, and must begin with `oci://`, `https://`, `http://` or `file://`"),
            );
        }
        Ok(_) => {}
    }
    let sum = module.text("sha256");
    let is_sum = sum.len() == 64 && sum.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if let Some(field) = module.get("sha256").filter(|_| !sum.is_empty() && !is_sum) {
        problems.error(field, format!("`sha256` is `{sum}`, and must be 64 digits in lower case"));
    }
    for (name, most) in [("imagePullSecret", 253), ("pluginName", 256)] {
        if let Some(field) = module.get(name).filter(|_| module.text(name).len() > most) {
            problems.error(field, format!("`{name}` is longer than {most} characters"));
        }
    }
    let mut names = HashSet::new();
    for variable in module.get("vmConfig").into_iter().flat_map(|machine| objects(machine, "env")) {
        let name = variable.text("name");
        let field = variable.get("name").unwrap_or(variable);
        if name.is_empty() {
            problems.error(field, "a variable of `vmConfig.env` has no name");
        } else if name.len() > 256 {
            problems.error(variable, format!("the variable `{name}` has a name longer than 256 characters"));
        } else if !names.insert(name) {
            problems.error(field, format!("the variable `{name}` is given twice"));
        }
        if let Some(value) = variable.get("value").filter(|_| variable.text("valueFrom") == "HOST") {
            problems.error(value, format!("the variable `{name}` is taken from the host, and has a value of its own"));
        }
    }
}

/// Which ports it is for.
pub(super) fn check_match<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    for port in objects(spec, "match").flat_map(|matched| objects(matched, "ports")) {
        ports::check_required(port, "number", problems);
    }
    for matched in objects(spec, "match").filter(|matched| matched.get("ports").is_some() && !says(*matched, "ports")) {
        problems.warning(matched, "`ports` is empty, which means all ports");
    }
}
