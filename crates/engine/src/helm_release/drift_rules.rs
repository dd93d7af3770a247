//! `driftDetection.ignore`, and objects that ask to be left alone.

use kinds::flux::HelmRelease;
use render::kustomize::{ObjectMatcher, Selector};

use super::halt::Halt;
use crate::stages::ignored::{Ignored, IgnoredFields};

/// The label or annotation by which an object asks not to be looked at.
const OPT_OUT: &str = "helm.toolkit.fluxcd.io/driftDetection";

/// What is ignored: what the spec says, and objects that opt out.
pub(super) fn of(release: &HelmRelease) -> Result<Ignored, Halt> {
    let opt_out = format!("{OPT_OUT}=disabled");
    let by_label = Selector { label_selector: opt_out.clone(), ..Selector::default() };
    let by_annotation = Selector { annotation_selector: opt_out, ..Selector::default() };
    let mut rules = Vec::new();
    for selector in [by_label, by_annotation] {
        rules.push(IgnoredFields { target: Some(matcher(&selector)?), pointers: vec![String::new()] });
    }
    for rule in &release.spec.drift_detection.ignore {
        let target = rule.target.as_ref().map(|target| {
            matcher(&Selector {
                group: target.group.clone(),
                version: target.version.clone(),
                kind: target.kind.clone(),
                name: target.name.clone(),
                namespace: target.namespace.clone(),
                label_selector: target.label_selector.clone(),
                annotation_selector: target.annotation_selector.clone(),
            })
        });
        rules.push(IgnoredFields { target: target.transpose()?, pointers: rule.paths.clone() });
    }
    Ok(Ignored(rules))
}

fn matcher(selector: &Selector) -> Result<ObjectMatcher, Halt> {
    ObjectMatcher::new(selector).map_err(Halt::IgnoreRule)
}
