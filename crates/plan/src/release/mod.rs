//! HelmReleases: what to do next with a Helm release, and what that does to its status.
//!
//! [`Run`] is one reconciliation, from a chart and its values to an [`End`]. Whoever drives it reads what Helm has stored,
//! asks for the [`State`] and the [`Next`] step, does that, and tells what came of it:
//!
//! 1. [`Run::begin`], unless [`target_change`] says that the old release has to go first ([`uninstalled`]).
//! 2. [`Run::state`]; if it is [`State::InSync`] and [`Run::detects_drift`], compare with the cluster: [`State::Drifted`].
//! 3. [`Run::next`]: an end, or a step to do.
//! 4. [`Run::acted`] or [`Run::corrected`]: an end, or on to 2.
//!
//! The rules, the conditions, the messages and the events are helm-controller's.

mod acted;
mod chart_object;
mod chart_version;
mod conditions;
mod correction;
mod digest;
mod ends;
mod event;
mod failures;
mod hold;
mod name;
mod next;
mod reason;
mod requests;
mod retention;
mod run;
mod state;
mod stored;
mod target;
mod uninstall;

pub use acted::{ActError, Acted, Finished};
pub use chart_object::{ChartDecision, chart_decision, chart_name};
pub use chart_version::{RevisionError, RevisionOf, chart_version};
pub use digest::{common_metadata_digest, post_renderers_digest};
pub use ends::{End, Stall};
pub use event::{Event, EventKind};
pub use hold::{Hold, hold, prerequisites_met, start};
pub use name::release_name;
pub use next::{Action, Next, Step};
pub use reason::{Reason, RollbackTarget};
pub use retention::surplus;
pub use run::{ChartFacts, Run, ValuesFacts};
pub use state::{Absence, Change, Difference, Drift, DriftedObject, Failure, State, StateError, Unmanaged};
pub use stored::{Fingerprint, Status, Stored};
pub use target::{TargetChange, forget_target, target_change};
pub use uninstall::{Deletion, deletion, uninstalled};
