//! BackendTLSPolicy.

use std::collections::HashMap;

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::objects;

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    targets(spec, problems);
    let Some(validation) = spec.get("validation") else { return };
    let by_reference = validation.list("caCertificateRefs").len() > 0;
    match (by_reference, validation.get("wellKnownCACertificates")) {
        (true, Some(known)) => {
            problems
                .error(known, "certificates come from `caCertificateRefs` or `wellKnownCACertificates`, not from both");
        }
        (false, None) => {
            problems.error(
                validation,
                "the backend is verified by nothing: `caCertificateRefs` or `wellKnownCACertificates` is needed",
            );
        }
        (true, None) | (false, Some(_)) => {}
    }
    for name in objects(validation, "subjectAltNames") {
        for (kind, field) in [("Hostname", "hostname"), ("URI", "uri")] {
            if (name.text("type") == kind) == name.text(field).is_empty() {
                problems.error(name, format!("`{field}` goes with the type {kind}, and that type with `{field}`"));
            }
        }
    }
}

/// Targets that differ.
fn targets<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    let mut known: HashMap<[&str; 3], Vec<&str>> = HashMap::new();
    for target in objects(spec, "targetRefs") {
        let section = target.text("sectionName");
        let sections = known.entry([target.text("group"), target.text("kind"), target.text("name")]).or_default();
        if sections.contains(&section) || sections.iter().any(|other| other.is_empty() != section.is_empty()) {
            let name = target.text("name");
            problems.error(target, format!("`targetRefs` names `{name}` twice; say different sections"));
        }
        sections.push(section);
    }
}
