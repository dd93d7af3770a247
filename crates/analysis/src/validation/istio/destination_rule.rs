//! DestinationRule: policies for the traffic to a host, and its subsets.

use std::collections::HashSet;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{hosts, selectors};
use super::export_to::{self, Exported};
use super::{objects, traffic_policy};

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    problems.judge(spec.get("host").unwrap_or(spec), hosts::wildcard_name(spec.text("host")));
    if let Some(policy) = spec.get("trafficPolicy") {
        traffic_policy::check(policy, subject.namespace, problems);
    }
    let mut names = HashSet::new();
    for subset in objects(spec, "subsets") {
        let name = subset.text("name");
        let field = subset.get("name").unwrap_or(subset);
        if !names.insert(name) {
            problems.error(field, format!("two subsets are named `{name}`"));
        }
        problems.judge(field, hosts::label("subset", name));
        selectors::labels(subset, "labels", problems);
        if let Some(policy) = subset.get("trafficPolicy") {
            traffic_policy::check(policy, subject.namespace, problems);
        }
    }
    let exported = if spec.get("workloadSelector").is_some() { Exported::SelectingRule } else { Exported::Other };
    export_to::check(subject, exported, problems);
    selectors::workloads(spec, "workloadSelector", "matchLabels", problems);
}
