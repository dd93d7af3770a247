//! Several clusters of one mesh.

use mesh::World;

use crate::{Check, Finding, Findings, Rule, Suppressions, in_reading_order};

/// The clusters of one mesh by name, a [`World`] each.
#[derive(Debug, Clone)]
pub struct Fleet<'w> {
    clusters: Vec<(&'w str, &'w World)>,
}

impl<'w> Fleet<'w> {
    /// These clusters. Their order decides nothing.
    pub fn new(clusters: impl IntoIterator<Item = (&'w str, &'w World)>) -> Fleet<'w> {
        let mut clusters: Vec<_> = clusters.into_iter().collect();
        clusters.sort_by_key(|(name, _)| *name);
        Fleet { clusters }
    }

    /// The clusters, by name.
    pub fn clusters(&self) -> impl ExactSizeIterator<Item = (&'w str, &'w World)> + Clone + use<'w, '_> {
        self.clusters.iter().copied()
    }
}

/// What `rules` find in several clusters together, most severe first. Rules that look at one cluster are left to
/// [`crate::analyze`]. A finding is hidden if it would be in one of the clusters.
pub fn analyze_fleet<'r>(
    fleet: &Fleet<'_>,
    rules: impl IntoIterator<Item = &'r Rule>,
    suppressions: &Suppressions,
) -> Vec<Finding> {
    let mut findings = Findings::new();
    for rule in rules {
        match rule.check {
            Check::Fleet(check) => check(fleet, &mut findings),
            Check::World(_) | Check::Namespace(_) | Check::Resource(_) | Check::Reading => {}
        }
    }
    let mut found = findings.into_vec();
    found.retain(|finding| !fleet.clusters().any(|(_, world)| suppressions.hide(finding, world)));
    in_reading_order(&mut found);
    found
}
