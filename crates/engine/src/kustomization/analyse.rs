//! The analyse stage: what rules find in what was rendered, before any of it is applied.
//!
//! Every new build is looked at, object by object; that needs no request. A Kustomization that is annotated with
//! `tenter.dev/analyze: enforce` is also judged together with everything that is in the cluster, and errors that it would
//! bring in stop it: the last good state stays.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::Arc;

use analysis::{Check, Finding, Rule, Suppressions, analyze, rules};
use kinds::flux::Kustomization;
use manifest::{Manifest, ObjectId, Severity};
use mesh::{World, WorldOptions};
use plan::inventory::Inventory;

use super::halt::Halt;
use super::memory::Memory;
use crate::live_world::live_objects;
use crate::pipeline::Run;

/// The annotation of a Kustomization that says what becomes of findings.
pub const ANNOTATION: &str = "tenter.dev/analyze";

/// The reason of a run that was stopped by what was found.
pub(crate) const REASON: &str = "AnalysisFailed";

/// The condition that tells of findings. It is absent where there are none.
pub(crate) const CONDITION: &str = "Analyzed";

/// How many findings a message names.
const NAMED: usize = 5;

/// What becomes of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Analysis {
    /// Nothing is analysed.
    Off,
    /// They are told of.
    #[default]
    Report,
    /// Errors that a change brings in stop it.
    Enforce,
}

impl Analysis {
    /// What a Kustomization asks for.
    fn of(kustomization: &Kustomization, otherwise: Analysis) -> Result<Analysis, Halt> {
        match kustomization.metadata.annotations.get(ANNOTATION).map(String::as_str) {
            None => Ok(otherwise),
            Some("off") => Ok(Analysis::Off),
            Some("report") => Ok(Analysis::Report),
            Some("enforce") => Ok(Analysis::Enforce),
            Some(other) => {
                Err(Halt::Unreadable(format!("the annotation {ANNOTATION} is {other:?}; write off, report or enforce")))
            }
        }
    }
}

/// What rules found in what one run rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found(pub Vec<Finding>);

/// Looks at what was rendered: `Ok` with what is to be told, and what was rendered.
///
/// # Errors
/// [`Halt::Analysis`] with the errors that the change brings in, if that is to stop it.
pub(crate) async fn analyse(
    run: &Run<'_>,
    digest: &str,
    manifests: Vec<Manifest>,
    inventory: &Inventory,
    memory: &mut Memory,
) -> Result<(Found, Vec<Manifest>), Halt> {
    let wanted = Analysis::of(run.kustomization, run.work.engine.analysis)?;
    if wanted == Analysis::Off {
        memory.analysed = None;
        return Ok((Found::default(), manifests));
    }
    // Worlds share their objects; without one left, the objects are taken out as they were put in.
    let manifests: Vec<Arc<Manifest>> = manifests.into_iter().map(Arc::new).collect();
    let found = match memory.analysed.take().filter(|(known, _)| known == digest) {
        Some((_, found)) => found,
        None => crate::blocking::compute(|| Found(alone(&manifests))),
    };
    memory.analysed = Some((digest.to_owned(), found.clone()));
    let applied = run.kustomization.status.history.first();
    // Whether the last build that was not refused is another one.
    let is_new = applied.is_none_or(|last| last.digest != digest || last.last_reconciled_status == REASON);
    if wanted == Analysis::Enforce && is_new {
        let introduced = introduced(run, &manifests, inventory).await?;
        if !introduced.is_empty() {
            return Err(Halt::Analysis(Found(introduced)));
        }
    }
    Ok((found, manifests.into_iter().map(Arc::unwrap_or_clone).collect()))
}

/// What rules find in each object by itself.
fn alone(manifests: &[Arc<Manifest>]) -> Vec<Finding> {
    let world = World::new(manifests.iter().cloned(), WorldOptions::default());
    let of_objects = |rule: &&'static Rule| matches!(rule.check, Check::Resource(_));
    let mut found = analyze(&world, rules::all().filter(of_objects), &Suppressions::default());
    found.retain(|finding| finding.severity() > Severity::Info);
    found
}

/// The errors in the cluster as it would be that are not in the cluster as it is.
async fn introduced(run: &Run<'_>, manifests: &[Arc<Manifest>], inventory: &Inventory) -> Result<Vec<Finding>, Halt> {
    // At home the engine sees what a tenant's own account must not; elsewhere only the account of the kubeconfig is known.
    let cluster = match run.kustomization.spec.kube_config {
        Some(_) => &run.work.cluster,
        None => &run.work.engine.cluster,
    };
    let live = live_objects(cluster).await?;
    Ok(crate::blocking::compute(|| {
        let mine: BTreeSet<ObjectId> = inventory.entries.iter().map(|entry| entry.id.clone()).collect();
        let stays = |object: &&Arc<Manifest>| !mine.contains(&object.id());
        let after = live.iter().filter(stays).cloned().chain(manifests.iter().cloned());
        let options = WorldOptions { now: Some(jiff::Timestamp::now()), ..WorldOptions::default() };
        let after = World::new(after, options.clone());
        let before = World::new(live.iter().cloned(), options);
        // What did not change is looked at once.
        let mut both = analysis::Analysis::default();
        let mut errors = |world: &World| {
            let mut found = both.run(world, rules::all(), &Suppressions::default());
            found.retain(|finding| finding.severity() == Severity::Error);
            found
        };
        let known: HashSet<_> = errors(&before).into_iter().map(identity).collect();
        let mut found = errors(&after);
        found.retain(|finding| !known.contains(&identity(finding.clone())));
        found
    }))
}

/// What makes a finding the same before and after a change.
fn identity(finding: Finding) -> (analysis::Code, Option<ObjectId>, String) {
    (finding.code, finding.diagnostic.object, finding.diagnostic.message)
}

impl Found {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an error is among them.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|finding| finding.severity() == Severity::Error)
    }

    /// `2 errors, 1 warning`.
    pub fn summary(&self) -> String {
        let errors = self.0.iter().filter(|finding| finding.severity() == Severity::Error).count();
        let counted = [(errors, "error"), (self.0.len() - errors, "warning")];
        let some = |(count, name): &(usize, &str)| format!("{count} {name}{}", if *count == 1 { "" } else { "s" });
        counted.iter().filter(|(count, _)| *count > 0).map(some).collect::<Vec<_>>().join(", ")
    }
}

/// The first findings, a line each: `IST0106 Gateway shop/public: … (gateway.yaml:12:7)`.
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, finding) in self.0.iter().take(NAMED).enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            let diagnostic = &finding.diagnostic;
            write!(f, "{} {}: {}", finding.code, finding.resource(), diagnostic.message)?;
            if let Some(location) = &diagnostic.location {
                write!(f, " ({location})")?;
            }
        }
        match self.0.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}
