//! `exportTo`: to which namespaces an object is known.

use std::collections::HashSet;

use super::super::hosts;
use super::super::problem::Problems;
use super::super::subject::Subject;

/// What is exported, which says what else is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exported {
    /// A ServiceEntry, which may be known to nobody: `~`.
    ServiceEntry,
    /// A DestinationRule with a workload selector, which stays in its namespace.
    SelectingRule,
    /// Anything else.
    Other,
}

/// `*` alone, or `.` and namespaces, none of them twice.
pub(super) fn check<'w>(subject: Subject<'w>, exported: Exported, problems: &mut Problems<'w>) {
    let entries = || subject.spec().list("exportTo").filter_map(|field| Some((field, field.as_str()?)));
    let count = entries().count();
    let mut seen: HashSet<&str> = HashSet::new();
    for (field, entry) in entries() {
        let namespace = if entry == "." { subject.namespace } else { entry };
        if seen.contains(namespace) {
            problems
                .error(field, format!("`exportTo` names `{entry}` twice, or the namespace `{namespace}` also as `.`"));
            continue;
        }
        let known = match entry {
            "." | "*" => true,
            "~" => exported == Exported::ServiceEntry,
            namespace => hosts::is_label(namespace),
        };
        if !known {
            problems.error(field, format!("`exportTo` has `{entry}`, and may have `.`, `*` or names of namespaces"));
            continue;
        }
        seen.insert(namespace);
        if count > 1 && entry == "*" {
            problems.error(field, "`exportTo` has `*` beside other entries, which means all namespaces anyway");
        }
        if count > 1 && entry == "~" {
            problems.error(field, "`exportTo` has `~` for nobody beside other entries");
        }
        if exported == Exported::SelectingRule && namespace != subject.namespace {
            problems.error(
                field,
                format!("`exportTo` has `{entry}`, and a rule with a workload selector stays in its namespace"),
            );
        }
    }
}
