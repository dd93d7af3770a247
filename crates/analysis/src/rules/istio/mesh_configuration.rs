//! What validation says of the mesh configuration, wherever it is declared.

use manifest::yaml::{Limits, Profile, read_value};
use manifest::{Manifest, Origin, Severity, Value};
use mesh::{Field, Resource, kind};

use crate::validation::{self, Problem};
use crate::{Findings, Rule};

/// Reports the problems of the rule's severity in the mesh configuration and the mesh networks that an object declares.
pub(super) fn report(rule: &Rule, resource: Resource<'_>, findings: &mut Findings) {
    if resource.is(kind::MESH_CONFIG) {
        on_its_own(rule, resource, validation::mesh_config(resource.root()), findings);
    } else if resource.is(kind::MESH_NETWORKS) {
        on_its_own(rule, resource, validation::mesh_networks(resource.root()), findings);
    } else if resource.is(kind::CONFIG_MAP) && (resource.name() == "istio" || resource.name().starts_with("istio-")) {
        in_text(rule, resource, "mesh", validation::mesh_config, findings);
        in_text(rule, resource, "meshNetworks", validation::mesh_networks, findings);
    }
}

fn on_its_own<'w>(rule: &Rule, resource: Resource<'w>, problems: Vec<Problem<'w>>, findings: &mut Findings) {
    for problem in problems.into_iter().filter(|problem| problem.severity == rule.severity) {
        findings.at(rule, resource, problem.field, problem.message);
    }
}

/// What is wrong with a text of the ConfigMap; a text that is no object is not of Istio.
fn in_text(
    rule: &Rule,
    resource: Resource<'_>,
    name: &str,
    judge: impl for<'t> Fn(Field<'t>) -> Vec<Problem<'t>>,
    findings: &mut Findings,
) {
    let Some(field) = resource.at(&["data", name]) else { return };
    let text = field.as_str().unwrap_or_default();
    let value = match read_value(text, name, Profile::Kubectl, &Limits::default()) {
        Ok(value @ Value::Object(_)) => value,
        Ok(_) => return,
        Err(problem) => {
            if rule.severity == Severity::Error {
                findings.at(rule, resource, field, format!("`{name}` is no YAML: {}", problem.message));
            }
            return;
        }
    };
    let manifest = Manifest { value, origin: Origin::default() };
    let problems = judge(Field::root(&manifest));
    for problem in problems.into_iter().filter(|problem| problem.severity == rule.severity) {
        let place = problem.field.pointer().trim_start_matches('/').replace('/', ".");
        findings.at(rule, resource, field, format!("`{place}` of `{name}`: {}", problem.message));
    }
}
