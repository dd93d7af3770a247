//! What happens to one container, as a function of time alone.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Back-off after the first restart or failed pull; doubled each time, up to [`LONGEST_BACK_OFF`].
const BACK_OFF: Duration = Duration::from_secs(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(300);
/// However fast the stand-ins are, a loop takes its time.
const SHORTEST_BACK_OFF: Duration = Duration::from_millis(200);

/// The plan for one container.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Script {
    /// Until the image is there; zero if it is.
    pub(super) pull: Duration,
    /// From there until the container runs.
    pub(super) start: Duration,
    pub(super) course: Course,
    /// From running to ready; `None` for never.
    pub(super) ready_after: Option<Duration>,
    pub(super) restarts: Restarts,
    /// Factor on back-offs.
    pub(super) scale: f64,
}

/// What the container does once its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// Runs for ever.
    Runs,
    /// Runs this long and exits with this code.
    Ends(Duration, i32),
    /// Never runs, because its image cannot be pulled.
    CannotPull,
}

/// When an ended container is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restarts {
    /// Always.
    Always,
    /// After failures.
    OnFailure,
    /// Never.
    Never,
}

/// One run of a container that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) exit_code: i32,
    pub(super) started: Timestamp,
    pub(super) finished: Timestamp,
}

/// Where a container stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Pulling or starting for the first time.
    Creating,
    /// A pull just failed.
    PullFailed,
    /// The next pull has to wait.
    PullBackOff(Duration),
    /// Running since.
    Running(Timestamp),
    /// Ended and about to be started at once.
    Restarting(Run),
    /// Ended, and has to wait this long before the next start.
    CrashLoop(Duration),
    /// Ended for good.
    Ended(Run),
}

/// One thing that happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happening {
    /// The pull began.
    Pulling,
    /// The image was pulled.
    Pulled,
    /// The image was there already.
    Present,
    /// The container was created and started.
    Started,
    /// The pull failed.
    PullFailed,
    /// The next pull has to wait.
    PullBackOff,
    /// The next start has to wait.
    CrashBackOff,
}

/// A container at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshot {
    pub(super) state: State,
    pub(super) ready: bool,
    pub(super) restarts: i32,
    /// The run before this one.
    pub(super) last: Option<Run>,
    /// What has happened so far, in order.
    pub(super) happened: Vec<(Timestamp, Happening)>,
    /// When it next changes by itself.
    pub(super) next: Option<Timestamp>,
}

impl Script {
    /// The container at `now`, if its turn came at `begin`.
    pub(super) fn at(&self, begin: Timestamp, now: Timestamp) -> Snapshot {
        let mut told = Teller { happened: Vec::new(), now };
        if self.course == Course::CannotPull {
            return self.failing_pull(begin, told);
        }
        let pulled = begin + span(self.pull);
        if self.pull.is_zero() {
            told.tell(begin, Happening::Present);
        } else {
            told.tell(begin, Happening::Pulling);
            told.tell(pulled, Happening::Pulled);
        }
        let started = pulled + span(self.start);
        if started > now {
            let next = if pulled > now { pulled } else { started };
            return told.snapshot(State::Creating, 0, None, Some(next));
        }
        told.tell(started, Happening::Started);
        match self.course {
            Course::Ends(after, exit_code) => self.running_and_ending(started, after, exit_code, told),
            Course::Runs | Course::CannotPull => self.running(started, 0, None, None, told),
        }
    }

    fn failing_pull(&self, begin: Timestamp, mut told: Teller) -> Snapshot {
        told.tell(begin, Happening::Pulling);
        let mut failed = begin + span(self.pull);
        if failed > told.now {
            return told.snapshot(State::Creating, 0, None, Some(failed));
        }
        for attempt in 0.. {
            told.tell(failed, Happening::PullFailed);
            let wait = self.back_off(attempt);
            let backing = failed + span(wait / 4);
            if backing > told.now {
                return told.snapshot(State::PullFailed, 0, None, Some(backing));
            }
            told.tell(backing, Happening::PullBackOff);
            let again = failed + span(wait);
            if again > told.now {
                return told.snapshot(State::PullBackOff(nominal(attempt)), 0, None, Some(again));
            }
            told.tell(again, Happening::Pulling);
            failed = again;
        }
        told.snapshot(State::PullFailed, 0, None, None)
    }

    /// A run that began at `started` and is still on; it changes when it becomes ready, or ends at `end`.
    fn running(
        &self,
        started: Timestamp,
        restarts: i32,
        last: Option<Run>,
        end: Option<Timestamp>,
        told: Teller,
    ) -> Snapshot {
        let ready_at = self.ready_after.map(|after| started + span(after));
        let ready = ready_at.is_some_and(|at| at <= told.now);
        let next = ready_at.filter(|_| !ready).into_iter().chain(end).min();
        Snapshot { ready, ..told.snapshot(State::Running(started), restarts, last, next) }
    }

    fn running_and_ending(&self, first: Timestamp, after: Duration, exit_code: i32, mut told: Teller) -> Snapshot {
        let (mut started, mut last) = (first, None);
        for restarts in 0.. {
            let finished = started + span(after);
            if finished > told.now {
                return self.running(started, restarts, last, Some(finished), told);
            }
            let run = Run { exit_code, started, finished };
            let again = match self.restarts {
                Restarts::Always => true,
                Restarts::OnFailure => exit_code != 0,
                Restarts::Never => false,
            };
            if !again {
                return told.snapshot(State::Ended(run), restarts, last, None);
            }
            // The first restart comes at once; a long run earns that again.
            let steady = after >= 2 * LONGEST_BACK_OFF;
            let doublings = u32::try_from(restarts - 1).ok().filter(|_| !steady);
            let wait = doublings.map(|doublings| self.back_off(doublings));
            started = finished + span(wait.unwrap_or(SHORTEST_BACK_OFF));
            match doublings {
                Some(doublings) => {
                    told.tell(finished, Happening::CrashBackOff);
                    if started > told.now {
                        let state = State::CrashLoop(nominal(doublings));
                        return told.snapshot(state, restarts, Some(run), Some(started));
                    }
                }
                None if started > told.now => {
                    return told.snapshot(State::Restarting(run), restarts, last, Some(started));
                }
                None => {}
            }
            told.tell(started, Happening::Present);
            told.tell(started, Happening::Started);
            last = Some(run);
        }
        told.snapshot(State::Creating, 0, last, None)
    }

    fn back_off(&self, doublings: u32) -> Duration {
        let scaled = nominal(doublings).as_secs_f64() * self.scale;
        Duration::try_from_secs_f64(scaled).unwrap_or(LONGEST_BACK_OFF).max(SHORTEST_BACK_OFF)
    }
}

/// The back-off a real kubelet would name.
fn nominal(doublings: u32) -> Duration {
    (BACK_OFF * 2_u32.pow(doublings.min(6))).min(LONGEST_BACK_OFF)
}

fn span(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::from_hours(24 * 365))
}

/// Collects what has happened by now.
struct Teller {
    happened: Vec<(Timestamp, Happening)>,
    now: Timestamp,
}

impl Teller {
    fn tell(&mut self, at: Timestamp, happening: Happening) {
        if at <= self.now {
            self.happened.push((at, happening));
        }
    }

    fn snapshot(self, state: State, restarts: i32, last: Option<Run>, next: Option<Timestamp>) -> Snapshot {
        Snapshot { state, ready: false, restarts, last, happened: self.happened, next }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn script() -> Script {
        Script {
            pull: Duration::from_secs(2),
            start: Duration::from_secs(1),
            course: Course::Runs,
            ready_after: Some(Duration::from_secs(5)),
            restarts: Restarts::Always,
            scale: 1.0,
        }
    }

    /// Follows the container from change to change.
    fn check(script: &Script, changes: usize, expected: Expect) {
        let begin = Timestamp::UNIX_EPOCH;
        let (mut now, mut told) = (begin, 0);
        let mut lines = String::new();
        for _ in 0..changes {
            let snapshot = script.at(begin, now);
            let state = match snapshot.state {
                State::Running(since) => format!("Running since {}s", since.as_second()),
                State::Restarting(run) => format!("Restarting after exit {}", run.exit_code),
                State::Ended(run) => format!("Ended with {}", run.exit_code),
                state => format!("{state:?}"),
            };
            let news: Vec<_> =
                snapshot.happened[told..].iter().map(|(_, happening)| format!("{happening:?}")).collect();
            told = snapshot.happened.len();
            let readiness = if snapshot.ready { ", ready" } else { "" };
            lines.push_str(&format!(
                "{:.1}s {state}{readiness}, restarts {} [{}]\n",
                now.as_millisecond() as f64 / 1000.0,
                snapshot.restarts,
                news.join(" ")
            ));
            match snapshot.next {
                Some(next) => now = next,
                None => break,
            }
        }
        expected.assert_eq(&lines);
    }

    #[test]
    fn a_server_starts_and_becomes_ready() {
        check(
            &script(),
            9,
            expect![[r#"
                    0.0s Creating, restarts 0 [Pulling]
                    2.0s Creating, restarts 0 [Pulled]
                    3.0s Running since 3s, restarts 0 [Started]
                    8.0s Running since 3s, ready, restarts 0 []
            "#]],
        );
    }

    #[test]
    fn a_worker_ends() {
        let course = Course::Ends(Duration::from_secs(4), 0);
        check(
            &Script {
                course,
                restarts: Restarts::OnFailure,
                pull: Duration::ZERO,
                ready_after: Some(Duration::ZERO),
                ..script()
            },
            9,
            expect![[r#"
                    0.0s Creating, restarts 0 [Present]
                    1.0s Running since 1s, ready, restarts 0 [Started]
                    5.0s Ended with 0, restarts 0 []
            "#]],
        );
    }

    #[test]
    fn a_crashing_container_is_restarted_ever_later() {
        let course = Course::Ends(Duration::from_secs(1), 1);
        check(
            &Script { course, pull: Duration::ZERO, ..script() },
            14,
            expect![[r#"
                0.0s Creating, restarts 0 [Present]
                1.0s Running since 1s, restarts 0 [Started]
                2.0s Restarting after exit 1, restarts 0 []
                2.2s Running since 2s, restarts 1 [Present Started]
                3.2s CrashLoop(10s), restarts 1 [CrashBackOff]
                13.2s Running since 13s, restarts 2 [Present Started]
                14.2s CrashLoop(20s), restarts 2 [CrashBackOff]
                34.2s Running since 34s, restarts 3 [Present Started]
                35.2s CrashLoop(40s), restarts 3 [CrashBackOff]
                75.2s Running since 75s, restarts 4 [Present Started]
                76.2s CrashLoop(80s), restarts 4 [CrashBackOff]
                156.2s Running since 156s, restarts 5 [Present Started]
                157.2s CrashLoop(160s), restarts 5 [CrashBackOff]
                317.2s Running since 317s, restarts 6 [Present Started]
            "#]],
        );
    }

    #[test]
    fn an_image_that_cannot_be_pulled_is_tried_again() {
        check(
            &Script { course: Course::CannotPull, ..script() },
            6,
            expect![[r#"
                0.0s Creating, restarts 0 [Pulling]
                2.0s PullFailed, restarts 0 [PullFailed]
                4.5s PullBackOff(10s), restarts 0 [PullBackOff]
                12.0s PullFailed, restarts 0 [Pulling PullFailed]
                17.0s PullBackOff(20s), restarts 0 [PullBackOff]
                32.0s PullFailed, restarts 0 [Pulling PullFailed]
            "#]],
        );
    }
}
