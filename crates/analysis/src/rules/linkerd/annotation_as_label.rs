//! A setting of Linkerd is written as a label, or a label of Linkerd as an annotation.
//!
//! ## Why it matters
//!
//! Linkerd reads `linkerd.io/inject` and `config.linkerd.io/…` from annotations, and `mirror.linkerd.io/exported` from labels.
//! In the other place they mean nothing, and nothing says so.
//!
//! ## What to do
//!
//! Move it to where Linkerd reads it.

use manifest::Severity;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0112"),
    name: "AnnotationAsLabel",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("annotation_as_label.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let pods = world.workloads_in(namespace).filter_map(|workload| Some((workload.resource(), workload.pod()?)));
    let others = world.find(kind::NAMESPACE, "", namespace).into_iter().chain(world.within(kind::SERVICE, namespace));
    let others = others.map(|found| (found, found.root()));
    for (resource, holder) in others.chain(pods) {
        let Some(metadata) = holder.get("metadata") else { continue };
        for (name, value) in metadata.map("labels") {
            let only_label = name == "config.linkerd.io/admission-webhooks";
            if (name == "linkerd.io/inject"
                || name.starts_with("config.linkerd.io/")
                || name.starts_with("config.alpha.linkerd.io/"))
                && !only_label
            {
                findings
                    .at(&RULE, resource, value, format!("`{name}` is a label, and Linkerd reads the annotation"))
                    .hint(format!("Move `{name}` to the annotations."));
            }
        }
        for (name, value) in metadata.map("annotations").filter(|(name, _)| *name == "mirror.linkerd.io/exported") {
            findings
                .at(&RULE, resource, value, format!("`{name}` is an annotation, and Linkerd reads the label"))
                .hint(format!("Move `{name}` to the labels."));
        }
    }
}
