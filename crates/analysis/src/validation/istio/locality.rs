//! Balancing by locality: `region/zone/subzone`.

use std::collections::{BTreeMap, BTreeSet};

use mesh::Field;

use super::super::problem::Problems;
use super::{objects, says};

/// Labels that say where a node is, which locality itself is about.
const TOPOLOGY: [&str; 3] =
    ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];

/// Whether hosts that fail are found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Outliers {
    /// They are, so that there is something to fail over from.
    Detected,
    /// Nobody looks.
    Unnoticed,
}

impl From<bool> for Outliers {
    fn from(detected: bool) -> Outliers {
        if detected { Outliers::Detected } else { Outliers::Unnoticed }
    }
}

/// Istio's `LocalityLoadBalancerSetting`.
pub(in super::super) fn check<'w>(setting: Field<'w>, outliers: Outliers, problems: &mut Problems<'w>) {
    if let (Some(failover), true) =
        (setting.get("failover").filter(|_| says(setting, "failover")), says(setting, "distribute"))
    {
        return problems.error(failover, "localities can have `distribute` or `failover`, not both");
    }
    if says(setting, "failover")
        && let Some(label) = setting.list("failoverPriority").find(is_topology)
    {
        let name = label.as_str().unwrap_or_default();
        return problems.error(label, format!("`failoverPriority` has `{name}`, which `failover` is about already"));
    }
    for distribution in objects(setting, "distribute") {
        let Some(to) = distribution.get("to") else {
            problems.error(distribution, "the weights of `to` add up to 0, and must add up to 100");
            continue;
        };
        let mut total = 0_i64;
        for (locality, field) in to.members() {
            let weight = field.value().as_i64().unwrap_or_default();
            if !(1..=100).contains(&weight) {
                problems.error(field, format!("the weight of `{locality}` is {weight}, and must be from 1 to 100"));
            }
            total = total.saturating_add(weight);
        }
        if total != 100 {
            problems.error(to, format!("the weights of `to` add up to {total}, and must add up to 100"));
        }
        overlaps(to.members(), problems);
    }
    overlaps(
        objects(setting, "distribute").map(|item| (item.text("from"), item.get("from").unwrap_or(item))),
        problems,
    );
    failover(setting, outliers, problems);
}

/// Istio's `ZoneAwareLoadBalancerSetting`: zones are balanced anyway, only regions can be said.
pub(in super::super) fn check_zones<'w>(setting: Field<'w>, outliers: Outliers, problems: &mut Problems<'w>) {
    for label in setting.list("failoverPriority").filter(is_topology) {
        let name = label.as_str().unwrap_or_default();
        problems.error(label, format!("`failoverPriority` has `{name}`, by which zones are balanced already"));
    }
    failover(setting, outliers, problems);
}

fn is_topology(label: &Field<'_>) -> bool {
    label.as_str().is_some_and(|label| TOPOLOGY.contains(&label))
}

fn failover<'w>(setting: Field<'w>, outliers: Outliers, problems: &mut Problems<'w>) {
    if outliers == Outliers::Unnoticed && (says(setting, "failover") || says(setting, "failoverPriority")) {
        problems.warning(setting, "failover needs `outlierDetection`, or nobody notices what fails");
    }
    for item in objects(setting, "failover") {
        let (from, to) = (item.text("from"), item.text("to"));
        if from == to {
            problems.error(item, format!("`failover` leads from the region `{from}` to itself"));
        }
        for (name, region) in [("from", from), ("to", to)] {
            if region.contains(['/', '*']) {
                let field = item.get(name).unwrap_or(item);
                problems.error(
                    field,
                    format!("`failover` has `{region}`, and is about regions without zones and wildcards"),
                );
            }
        }
    }
}

/// Localities of which one contains another, or that are none.
fn overlaps<'w>(localities: impl Iterator<Item = (&'w str, Field<'w>)>, problems: &mut Problems<'w>) {
    // By region, by zone: the subzones. What ends in a whole region or zone has `*` below it.
    let mut known: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for (locality, field) in localities {
        if locality.trim_end_matches('*').contains('*') || locality.ends_with("**") {
            problems.error(field, format!("the locality `{locality}` has a wildcard that is not its end"));
            continue;
        }
        let parts: Vec<&str> = locality.splitn(3, '/').collect();
        if parts.contains(&"") {
            problems.error(field, format!("the locality `{locality}` has an empty part"));
            continue;
        }
        let region = parts.first().copied().unwrap_or_default();
        let (zone, subzone) = (parts.get(1).copied().unwrap_or("*"), parts.get(2).copied().unwrap_or("*"));
        let zones = known.get(region);
        let subzones = zones.and_then(|zones| zones.get(zone));
        let taken = known.contains_key("*")
            || match parts.len() {
                1 => zones.is_some(),
                2 => zones.is_some_and(|zones| zones.contains_key("*")) || subzones.is_some(),
                _ => {
                    zones.is_some_and(|zones| zones.contains_key("*"))
                        || subzones.is_some_and(|subzones| subzones.contains("*") || subzones.contains(subzone))
                }
            };
        if taken {
            problems.error(field, format!("the locality `{locality}` overlaps with one before it"));
        } else {
            known.entry(region).or_default().entry(zone).or_default().insert(subzone);
        }
    }
}
