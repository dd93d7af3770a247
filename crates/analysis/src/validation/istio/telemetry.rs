//! Telemetry: which traces, metrics and access logs workloads emit.

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{durations, selectors};
use super::{number, objects, says};

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    selectors::attachment(spec, problems);
    for logging in objects(spec, "accessLogging") {
        providers(logging, problems);
    }
    if let Some(second) = objects(spec, "tracing").nth(1) {
        problems.warning(second, "only the first item of `tracing` counts");
    }
    for tracing in objects(spec, "tracing") {
        self::tracing(tracing, problems);
    }
    for metrics in objects(spec, "metrics") {
        providers(metrics, problems);
        durations::check(metrics, "reportingInterval", problems);
        for changed in objects(metrics, "overrides") {
            overrides(changed, problems);
        }
    }
}

fn providers<'w>(around: Field<'w>, problems: &mut Problems<'w>) {
    for provider in objects(around, "providers").filter(|provider| !says(*provider, "name")) {
        problems.error(provider.get("name").unwrap_or(provider), "the provider has no name");
    }
}

fn tracing<'w>(tracing: Field<'w>, problems: &mut Problems<'w>) {
    providers(tracing, problems);
    if let Some(second) = objects(tracing, "providers").nth(1) {
        problems.warning(second, "only the first provider of traces counts");
    }
    let percent = number(tracing, "randomSamplingPercentage").unwrap_or_default();
    if let Some(field) = tracing.get("randomSamplingPercentage").filter(|_| !(0.0..=100.0).contains(&percent)) {
        problems.error(field, format!("`randomSamplingPercentage` is {percent}, and must be from 0 to 100"));
    }
    for (name, tag) in tracing.map("customTags") {
        if name.is_empty() {
            problems.error(tag, "a tag has no name");
        }
        for (source, needed) in [("literal", "value"), ("header", "name"), ("environment", "name")] {
            if let Some(source_field) = tag.get(source).filter(|field| !says(*field, needed)) {
                let place = source_field.get(needed).unwrap_or(source_field);
                problems.error(place, format!("the tag `{name}` needs `{source}.{needed}`"));
            }
        }
    }
}

fn overrides<'w>(changed: Field<'w>, problems: &mut Problems<'w>) {
    for (name, tag) in changed.map("tagOverrides") {
        if name.is_empty() {
            problems.warning(tag, "a tag of `tagOverrides` has no name");
        }
        match tag.text("operation") {
            "REMOVE" if tag.get("value").is_some() => {
                problems
                    .error(tag.get("value").unwrap_or(tag), format!("the tag `{name}` is removed, and takes no value"));
            }
            "" | "UPSERT" if !says(tag, "value") => {
                problems.error(tag, format!("the tag `{name}` is set, and needs a value"));
            }
            _ => {}
        }
    }
    if let Some(metric) = changed.at(&["match", "customMetric"]).filter(|metric| metric.as_str() == Some("")) {
        problems.error(metric, "`customMetric` is empty");
    }
}
