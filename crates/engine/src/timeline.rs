//! What a run does when, stage by stage, and what it decides: kept in memory until it has ended.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use plan::decide::{Action, Plan, PruneAction, Reason};
use tokio::time::Instant;

use crate::clock;
use crate::observation::Decision;

/// A stage of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// From a source to files or a chart.
    Fetch,
    /// From files or a chart to manifests.
    Render,
    /// What is to be done about every object.
    Plan,
    /// What the API server says of that.
    DryRun,
    /// Doing it.
    Apply,
    /// Deleting what is no longer declared.
    Prune,
    /// Waiting until everything is healthy.
    Health,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Stage; 7] =
        [Stage::Fetch, Stage::Render, Stage::Plan, Stage::DryRun, Stage::Apply, Stage::Prune, Stage::Health];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Fetch => "fetch",
            Stage::Render => "render",
            Stage::Plan => "plan",
            Stage::DryRun => "dry-run",
            Stage::Apply => "apply",
            Stage::Prune => "prune",
            Stage::Health => "health",
        }
    }
}

/// One stage of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageRun {
    /// Which stage.
    pub stage: Stage,
    /// How long after the run's start it began.
    pub after: Duration,
    /// How long it took.
    pub took: Duration,
    /// How many objects it was about.
    pub objects: usize,
}

/// The stages of one run.
#[derive(Debug)]
pub(crate) struct Timeline {
    began: Instant,
    at: Timestamp,
    entries: Mutex<Entries>,
}

/// What a timeline holds.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) stages: Vec<StageRun>,
    pub(crate) decisions: BTreeMap<Decision, u64>,
}

impl Timeline {
    /// It begins now.
    pub(crate) fn begin() -> Timeline {
        Timeline { began: Instant::now(), at: clock::timestamp(), entries: Mutex::default() }
    }

    /// When it began.
    pub(crate) fn began(&self) -> Timestamp {
        self.at
    }

    /// How long ago that is.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Has a stage done, and notes when and how long. What is dropped before it has ended is not noted.
    pub(crate) async fn during<T>(&self, stage: Stage, objects: usize, work: impl Future<Output = T>) -> T {
        self.during_counted(stage, work, |_| objects).await
    }

    /// The same with a count that only the outcome tells.
    pub(crate) async fn during_counted<T>(
        &self,
        stage: Stage,
        work: impl Future<Output = T>,
        objects: impl FnOnce(&T) -> usize,
    ) -> T {
        let after = self.elapsed();
        let outcome = work.await;
        let took = self.elapsed().saturating_sub(after);
        self.lock().stages.push(StageRun { stage, after, took, objects: objects(&outcome) });
        outcome
    }

    /// Counts what a plan decided, once it is carried out.
    pub(crate) fn carried_out(&self, plan: &Plan) {
        let steps = plan.steps().map(|step| Decision { action: action(step.action), reason: reason(&step.reason) });
        let pruned =
            plan.prune.iter().map(|step| Decision { action: pruning(step.action), reason: reason(&step.reason) });
        let mut entries = self.lock();
        for decision in steps.chain(pruned) {
            *entries.decisions.entry(decision).or_default() += 1;
        }
    }

    /// What it holds; from here on it holds nothing.
    pub(crate) fn take(&self) -> Entries {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Every change is one operation on a collection.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Apply => "apply",
        Action::Recreate => "recreate",
        Action::Skip => "skip",
    }
}

fn pruning(action: PruneAction) -> &'static str {
    match action {
        PruneAction::Delete => "delete",
        PruneAction::Forget => "forget",
        PruneAction::HandOver => "hand-over",
        PruneAction::Retry => "retry",
    }
}

fn reason(reason: &Reason) -> &'static str {
    match reason {
        Reason::New => "new",
        Reason::Changed { .. } => "changed",
        Reason::TakenOver { .. } => "taken-over",
        Reason::Adopted => "adopted",
        Reason::Unchanged => "unchanged",
        Reason::ReconcileDisabled => "reconcile-disabled",
        Reason::SsaIgnore => "ssa-ignore",
        Reason::IfNotPresentExists => "if-not-present",
        Reason::Immutable { .. } => "immutable",
        Reason::ClaimedBy { .. } => "claimed-by-another",
        Reason::DriftWarned => "drift-warned",
        Reason::NotRead { .. } => "not-read",
        Reason::Removed => "removed",
        Reason::AlreadyGone => "already-gone",
        Reason::DeclaredElsewhere { .. } => "declared-elsewhere",
        Reason::MovesTo { .. } => "moves",
        Reason::PruneDisabled => "prune-disabled",
        Reason::KeptByPolicy => "kept-by-policy",
        Reason::PruningOff => "pruning-off",
        Reason::NotOwnedByUs { .. } => "not-owned-by-us",
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn stages_are_noted_in_the_order_in_which_they_end() {
        let timeline = Timeline::begin();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let pause = |millis| tokio::time::sleep(Duration::from_millis(millis));
        timeline
            .during_counted(
                Stage::Render,
                async {
                    pause(20).await;
                    4
                },
                |count| *count,
            )
            .await;
        timeline.during(Stage::DryRun, 4, pause(30)).await;
        let unfinished = tokio::time::timeout(Duration::from_millis(1), timeline.during(Stage::Apply, 4, pause(30)));
        assert!(unfinished.await.is_err());
        let told: Vec<String> = timeline
            .take()
            .stages
            .iter()
            .map(|run| format!("{} of {} after {:?}: {:?}", run.stage.name(), run.objects, run.after, run.took))
            .collect();
        expect![[r#"
            render of 4 after 5ms: 20ms
            dry-run of 4 after 25ms: 30ms"#]]
        .assert_eq(&told.join("\n"));
        assert!(timeline.take().stages.is_empty(), "what is taken is told once");
    }
}
