//! What comes of correcting drift.

use kinds::flux::ConditionStatus;

use super::acted::Finished;
use super::conditions::{PROGRESSING, READY, mark};
use super::event::{About, Event, EventKind};
use super::next::Kind;
use super::run::Run;

impl Run {
    /// Notes what came of [`super::Action::CorrectDrift`]: what was corrected, as lines like
    /// `Deployment/apps/web configured`, and what could not be.
    pub fn corrected(&mut self, corrections: &[String], errors: &[String], now: &str) -> Finished {
        let message = "correcting cluster drift";
        mark(&mut self.release, READY, ConditionStatus::Unknown, (PROGRESSING, message), now);
        let latest = self.release.status.history.latest().cloned().unwrap_or_default();
        let (name, about) = (latest.full_release_name(), About::from(&latest));
        let done = corrections.join("\n");
        let event = match (errors.is_empty(), corrections.is_empty()) {
            (true, true) => None,
            (true, false) => {
                let message = format!("Cluster state of release {name} has been corrected:\n{done}");
                Some(Event::about(EventKind::Normal, "DriftCorrected", message, &about))
            }
            (false, nothing) => {
                let (partially, rest) = if nothing {
                    ("", String::new())
                } else {
                    ("partially ", format!("\n\nSuccessful corrections:\n{done}"))
                };
                let problems = errors.join("\n");
                let message =
                    format!("Failed to {partially}correct cluster state of release {name}:\n{problems}{rest}");
                Some(Event::about(EventKind::Warning, "DriftCorrectionFailed", message, &about))
            }
        };
        Finished { events: event.into_iter().collect(), end: self.after(Kind::DriftCorrection, Ok(()), now) }
    }
}
