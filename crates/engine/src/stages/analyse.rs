//! The analyse stage: what rules find in what was rendered, before any of it is applied.
//!
//! Everything rendered anew is looked at, object by object; that needs no request. What an object that is annotated with
//! `tenter.dev/analyze: enforce` would apply is also judged together with everything that is in the cluster, and errors
//! that it would bring in stop it: the last good state stays.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::Arc;

use analysis::{Check, Finding, Rule, Suppressions, analyze, rules};
use cluster::{Cluster, EventType};
use kinds::flux::{ConditionStatus, Conditions, Metadata};
use manifest::{Manifest, ObjectId, Severity};
use mesh::{World, WorldOptions};
use plan::inventory::Inventory;

use super::stop::Stop;
use super::work::Work;
use crate::live_world::live_objects;
use crate::observation::{Observation, Verdict};

/// The annotation of a Kustomization or HelmRelease that says what becomes of findings.
pub const ANNOTATION: &str = "tenter.dev/analyze";

/// The reason of a run that was stopped by what was found.
pub(crate) const REASON: &str = "AnalysisFailed";

/// The condition that tells of findings. It is absent where there are none.
const CONDITION: &str = "Analyzed";

/// Its reason where findings stopped nothing.
const REPORTED: &str = "FindingsReported";

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

/// An annotation that says none of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the annotation {ANNOTATION} is {0:?}; write off, report or enforce")]
pub(crate) struct UnknownAnalysis(String);

impl Analysis {
    /// What an object asks for; `otherwise` if it says nothing.
    pub(crate) fn of(metadata: &Metadata, otherwise: Analysis) -> Result<Analysis, UnknownAnalysis> {
        match metadata.annotations.get(ANNOTATION).map(String::as_str) {
            None => Ok(otherwise),
            Some("off") => Ok(Analysis::Off),
            Some("report") => Ok(Analysis::Report),
            Some("enforce") => Ok(Analysis::Enforce),
            Some(other) => Err(UnknownAnalysis(other.to_owned())),
        }
    }
}

/// What rules found in what one run rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found(pub Vec<Finding>);

/// What a run rendered, as worlds share it.
pub(crate) struct Rendered(Vec<Arc<Manifest>>);

impl From<Vec<Manifest>> for Rendered {
    fn from(manifests: Vec<Manifest>) -> Rendered {
        Rendered(manifests.into_iter().map(Arc::new).collect())
    }
}

impl Rendered {
    /// What rules find in each object by itself.
    pub(crate) fn findings_alone(&self) -> Found {
        crate::blocking::compute(|| {
            let world = World::new(self.0.iter().cloned(), WorldOptions::default());
            let of_objects = |rule: &&'static Rule| matches!(rule.check, Check::Resource(_));
            let mut found = analyze(&world, rules::all().filter(of_objects), &Suppressions::default());
            found.retain(|finding| finding.severity() > Severity::Info);
            Found(found)
        })
    }

    /// The objects as they were given; no world has them any more.
    pub(crate) fn into_manifests(self) -> Vec<Manifest> {
        self.0.into_iter().map(Arc::unwrap_or_clone).collect()
    }
}

/// Why a change was not applied.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotApplied {
    /// It would bring in these errors.
    #[error("nothing was applied, because this revision would bring in {summary}:\n{0}", summary = .0.summary())]
    Errors(Found),
    /// The cluster cannot be seen in full, as this says: a world with holes would be full of false findings.
    #[error("nothing was applied, because it cannot be judged without seeing all of the cluster: {0}")]
    Unseen(String),
}

/// Judges the cluster as it would be, with what was rendered in the place of the objects of `before`: errors that are not in the
/// cluster as it is are a reason not to apply them. `elsewhere` is the cluster of a kubeconfig, if the objects go there.
///
/// # Errors
/// Where the API server does not answer, which says nothing of the change.
pub(crate) async fn judge(
    work: &Work<'_>,
    elsewhere: Option<&Cluster>,
    rendered: &Rendered,
    before: &Inventory,
) -> Result<Result<(), NotApplied>, Stop> {
    // At home the engine sees what a tenant's own account must not; elsewhere only the account of the kubeconfig is known.
    let live = match live_objects(elsewhere.unwrap_or(&work.engine.cluster)).await {
        Ok(live) => live,
        Err(error) => {
            let why = error.to_string();
            let stop = Stop::from(error);
            return if stop.is_interruption() { Err(stop) } else { Ok(Err(NotApplied::Unseen(why))) };
        }
    };
    let introduced = crate::blocking::compute(|| introduced(&live, &rendered.0, before));
    if introduced.is_empty() {
        return Ok(Ok(()));
    }
    observe(work, &introduced, Verdict::Refused);
    Ok(Err(NotApplied::Errors(introduced)))
}

/// The errors of the cluster as it would be that are not in the cluster as it is.
fn introduced(live: &[Arc<Manifest>], manifests: &[Arc<Manifest>], before: &Inventory) -> Found {
    let mut replaced: BTreeSet<ObjectId> = manifests.iter().map(|manifest| manifest.id()).collect();
    replaced.extend(before.entries.iter().map(|entry| entry.id.clone()));
    let stays = |object: &&Arc<Manifest>| !replaced.contains(&object.id());
    let after = live.iter().filter(stays).cloned().chain(manifests.iter().cloned());
    let options = WorldOptions { now: Some(crate::clock::timestamp()), ..WorldOptions::default() };
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
    Found(found)
}

/// What makes a finding the same before and after a change.
fn identity(finding: Finding) -> (analysis::Code, Option<ObjectId>, String) {
    (finding.code, finding.diagnostic.object, finding.diagnostic.message)
}

/// Tells observers what was found in something that was rendered anew, if anything was.
pub(crate) fn observe(work: &Work<'_>, found: &Found, verdict: Verdict) {
    if !found.is_empty() {
        work.engine.observers.tell(Observation::Found { object: work.named(), findings: &found.0, verdict });
    }
}

/// Notes in the conditions what was found and told of.
pub(crate) fn note_reported(conditions: &mut Conditions, found: &Found, generation: i64, now: &str) {
    if found.is_empty() {
        conditions.remove(CONDITION);
    } else {
        let message = found.told();
        conditions.set(CONDITION, ConditionStatus::False, REPORTED, &message, generation, now);
    }
}

/// Takes from the conditions that something was refused: a new attempt does not know yet.
pub(crate) fn forget_refused(conditions: &mut Conditions) {
    if conditions.get(CONDITION).is_some_and(|condition| condition.reason != REPORTED) {
        conditions.remove(CONDITION);
    }
}

/// Notes in the conditions what was refused.
pub(crate) fn note_refused(conditions: &mut Conditions, refused: &NotApplied, generation: i64, now: &str) {
    let (reason, message) = match refused {
        NotApplied::Errors(found) => ("ErrorsRefused", found.told()),
        NotApplied::Unseen(why) => ("ClusterUnseen", why.clone()),
    };
    conditions.set(CONDITION, ConditionStatus::False, reason, &message, generation, now);
}

/// Tells people of errors that stop nothing.
pub(crate) fn warn(work: &Work<'_>, found: &Found) {
    if found.has_errors() {
        work.event(EventType::Warning, "AnalysisFindings", &found.told());
    }
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

    /// How many there are, and the first of them.
    fn told(&self) -> String {
        format!("{}:\n{self}", self.summary())
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
