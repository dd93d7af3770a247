//! The election as a state machine: from what a Lease says and what time it is to what to do.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::record::{Record, Seen};

/// How the times of an election relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How long the others leave the lease alone after they saw it change. The API counts it in whole seconds.
    pub lease: Duration,
    /// How long after the last successful renewal was *sent* the holder still writes. It is shorter than `lease`, so that
    /// the holder has stopped before anybody else begins, even if their clocks run at slightly different speeds.
    pub renew_within: Duration,
    /// How long after a renewal the next one follows. No attempt takes longer than this either.
    pub renew_every: Duration,
    /// How long after a failed attempt the next one follows.
    pub retry: Duration,
}

impl Default for Timing {
    /// Somebody else takes over 4 s after a crash. A renewal that hangs may be repeated in time, and a second is left for
    /// clocks and for requests that are under way.
    fn default() -> Timing {
        Timing {
            lease: Duration::from_secs(4),
            renew_within: Duration::from_secs(3),
            renew_every: Duration::from_secs(1),
            retry: Duration::from_millis(250),
        }
    }
}

/// What time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Since some fixed moment, by a clock that never jumps. All decisions are made by this one.
    pub elapsed: Duration,
    /// The time of day: what is written into the lease, for people and for comparison with itself.
    pub wall: Timestamp,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write this record, over a version, or where there is no lease. Who succeeds holds the lease.
    Write {
        /// What to write.
        record: Record,
        /// The version it may replace; none: it must not exist.
        over: Option<String>,
    },
    /// Nothing, until then or until the lease changes.
    Wait {
        /// By [`Now::elapsed`].
        until: Duration,
    },
}

/// One candidate's view of the election.
#[derive(Debug)]
pub struct Election {
    identity: Arc<str>,
    timing: Timing,
    /// The record as it was last seen to change, and when that was.
    observed: Option<(Record, Duration)>,
    /// When the last successful write was sent, if the lease is still held as far as we know.
    held: Option<Duration>,
    /// No attempt before then.
    not_before: Duration,
}

impl Election {
    /// A candidate. Its identity must be its own: a process that comes back after a crash is another candidate.
    pub fn new(identity: impl Into<Arc<str>>, timing: Timing) -> Election {
        Election { identity: identity.into(), timing, observed: None, held: None, not_before: Duration::ZERO }
    }

    /// What to do about the lease as it is now.
    pub fn step(&mut self, seen: Option<&Seen>, now: Now) -> Action {
        self.observe(seen, now.elapsed);
        let due = self.due(seen).max(self.not_before);
        if due > now.elapsed {
            return Action::Wait { until: due };
        }
        Action::Write {
            record: self.claim(seen.map(|seen| &seen.record), now.wall),
            over: seen.map(|seen| seen.resource_version.clone()),
        }
    }

    /// A write succeeded that was sent at `sent`; `seen` is the lease after it.
    pub fn wrote(&mut self, seen: &Seen, sent: Duration) {
        self.observed = Some((seen.record.clone(), sent));
        self.held = Some(sent);
        self.not_before = sent + self.timing.renew_every;
    }

    /// A write or a read failed; the next attempt waits.
    pub fn failed(&mut self, now: Duration) {
        self.not_before = now + self.timing.retry;
    }

    /// Somebody else wrote in between: the lease has to be read and looked at again, at once.
    pub fn overtaken(&mut self) {
        self.not_before = Duration::ZERO;
    }

    /// Until when this candidate may write; none if it does not hold the lease.
    pub fn leads_until(&self) -> Option<Duration> {
        self.held.map(|sent| sent + self.timing.renew_within)
    }

    /// What to write to let the lease go at once; none if it is not ours.
    pub fn release(&mut self, seen: Option<&Seen>, wall: Timestamp) -> Option<Action> {
        self.held = None;
        let seen = seen.filter(|seen| self.is_ours(&seen.record))?;
        // As client-go leaves it: nobody's, with the time of the release.
        let record = Record {
            holder: None,
            duration: Some(Duration::from_secs(1)),
            acquired: Some(wall),
            renewed: Some(wall),
            transitions: seen.record.transitions,
        };
        Some(Action::Write { record, over: Some(seen.resource_version.clone()) })
    }

    fn observe(&mut self, seen: Option<&Seen>, now: Duration) {
        let Some(seen) = seen else {
            self.observed = None;
            self.held = None;
            return;
        };
        if self.observed.as_ref().is_none_or(|(record, _)| *record != seen.record) {
            self.observed = Some((seen.record.clone(), now));
        }
        if !self.is_ours(&seen.record) {
            self.held = None;
        }
    }

    /// When the lease may be written.
    fn due(&self, seen: Option<&Seen>) -> Duration {
        let Some(Seen { record, .. }) = seen else { return Duration::ZERO };
        let since = self.observed.as_ref().map_or(Duration::ZERO, |(_, since)| *since);
        match &record.holder {
            None => Duration::ZERO,
            Some(holder) if **holder == *self.identity => {
                self.held.map_or(Duration::ZERO, |sent| sent + self.timing.renew_every)
            }
            Some(_) => since + record.duration.unwrap_or(self.timing.lease),
        }
    }

    fn claim(&self, before: Option<&Record>, wall: Timestamp) -> Record {
        let renewed = before.filter(|before| self.is_ours(before));
        Record {
            holder: Some(self.identity.to_string()),
            duration: Some(self.timing.lease),
            acquired: renewed.map_or(Some(wall), |before| before.acquired),
            renewed: Some(wall),
            transitions: match (before, renewed) {
                (None, _) => 0,
                (Some(before), Some(_)) => before.transitions,
                (Some(before), None) => before.transitions + 1,
            },
        }
    }

    fn is_ours(&self, record: &Record) -> bool {
        record.holder.as_deref() == Some(&*self.identity)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// A time of day, and how far the candidate's clock is beside it.
    fn at(elapsed: u64) -> Now {
        let wall = Timestamp::from_second(1_000_000).expect("a time") + Duration::from_millis(elapsed);
        Now { elapsed: Duration::from_millis(elapsed), wall }
    }

    fn seen(holder: &str, renewed: i64, version: &str) -> Seen {
        Seen {
            record: Record {
                holder: Some(holder.to_owned()).filter(|holder| !holder.is_empty()),
                duration: Some(Duration::from_secs(4)),
                acquired: Timestamp::from_second(1_000).ok(),
                renewed: Timestamp::from_second(renewed).ok(),
                transitions: 3,
            },
            resource_version: version.to_owned(),
        }
    }

    fn shown(action: &Action) -> String {
        match action {
            Action::Wait { until } => format!("wait until {until:?}"),
            Action::Write { record, over } => format!(
                "write {} over {} after {}",
                record.holder.as_deref().unwrap_or("nobody"),
                over.as_deref().unwrap_or("nothing"),
                record.transitions
            ),
        }
    }

    /// Plays a script: at each time the lease as it is seen, and whether a write that follows succeeds.
    fn check(script: &[(u64, Option<Seen>, Outcome)], expected: Expect) {
        let mut election = Election::new("me", Timing::default());
        let mut lines = Vec::new();
        for (time, lease, outcome) in script {
            let now = at(*time);
            let action = election.step(lease.as_ref(), now);
            if let Action::Write { record, .. } = &action {
                match outcome {
                    Outcome::Written => {
                        let after = Seen { record: record.clone(), resource_version: format!("{time}") };
                        election.wrote(&after, now.elapsed);
                    }
                    Outcome::Failed => election.failed(now.elapsed),
                    Outcome::Overtaken => election.overtaken(),
                }
            }
            let leads = election.leads_until().map_or("follows".to_owned(), |until| format!("leads until {until:?}"));
            lines.push(format!("{time}: {}; {leads}", shown(&action)));
        }
        expected.assert_eq(&lines.join("\n"));
    }

    enum Outcome {
        Written,
        Failed,
        Overtaken,
    }
    use Outcome::{Failed, Overtaken, Written};

    #[test]
    fn who_comes_first_makes_the_lease_and_renews_it() {
        let ours = |version| Some(seen("me", 1_000_000, version));
        check(
            &[
                (0, None, Written),
                (100, ours("0"), Written),
                (1000, ours("0"), Written),
                (1500, ours("1000"), Written),
                (2000, ours("1000"), Failed),
                (2500, ours("1000"), Failed),
                (3000, ours("1000"), Written),
            ],
            expect![[r#"
                0: write me over nothing after 0; leads until 3s
                100: wait until 1s; leads until 3s
                1000: write me over 0 after 3; leads until 4s
                1500: wait until 2s; leads until 4s
                2000: write me over 1000 after 3; leads until 4s
                2500: write me over 1000 after 3; leads until 4s
                3000: write me over 1000 after 3; leads until 6s"#]],
        );
    }

    #[test]
    fn others_wait_by_their_own_clock_from_the_change_they_saw() {
        check(
            &[
                (10_000, Some(seen("you", 1, "1")), Failed),
                (13_000, Some(seen("you", 2, "2")), Failed),
                (14_000, Some(seen("you", 2, "2")), Failed),
                (16_999, Some(seen("you", 2, "2")), Failed),
                (17_000, Some(seen("you", 2, "2")), Written),
            ],
            expect![[r#"
                10000: wait until 14s; follows
                13000: wait until 17s; follows
                14000: wait until 17s; follows
                16999: wait until 17s; follows
                17000: write me over 2 after 4; leads until 20s"#]],
        );
    }

    /// The holder's clock may be hours ahead or behind: its times are compared with each other only.
    #[test]
    fn the_holders_clock_does_not_matter() {
        for skew in [-86_400, -5, 0, 5, 86_400] {
            let renewed = 1_000_000 + skew;
            check(
                &[
                    (0, Some(seen("you", renewed, "1")), Failed),
                    (3_999, Some(seen("you", renewed, "1")), Failed),
                    (4_000, Some(seen("you", renewed, "1")), Written),
                ],
                expect![[r#"
                    0: wait until 4s; follows
                    3999: wait until 4s; follows
                    4000: write me over 1 after 4; leads until 7s"#]],
            );
        }
    }

    #[test]
    fn a_version_that_changes_without_the_record_is_no_sign_of_life() {
        check(
            &[
                (0, Some(seen("you", 1, "1")), Failed),
                (2_000, Some(seen("you", 1, "2")), Failed),
                (4_000, Some(seen("you", 1, "3")), Written),
            ],
            expect![[r#"
                0: wait until 4s; follows
                2000: wait until 4s; follows
                4000: write me over 3 after 4; leads until 7s"#]],
        );
    }

    #[test]
    fn what_was_released_is_taken_at_once() {
        check(
            &[(0, Some(seen("you", 1, "1")), Failed), (50, Some(seen("", 2, "2")), Written)],
            expect![[r#"
                0: wait until 4s; follows
                50: write me over 2 after 4; leads until 3.05s"#]],
        );
    }

    #[test]
    fn who_is_overtaken_looks_again_and_follows() {
        check(
            &[
                (0, Some(seen("", 1, "1")), Overtaken),
                (1, Some(seen("you", 2, "2")), Failed),
                (4_001, Some(seen("you", 2, "2")), Failed),
                (4_002, Some(seen("you", 2, "2")), Failed),
                (5_001, Some(seen("you", 2, "2")), Written),
            ],
            expect![[r#"
                0: write me over 1 after 4; follows
                1: wait until 4.001s; follows
                4001: write me over 2 after 4; follows
                4002: wait until 4.251s; follows
                5001: write me over 2 after 4; leads until 8.001s"#]],
        );
    }

    #[test]
    fn who_sees_another_holder_leads_no_more() {
        check(
            &[
                (0, None, Written),
                (9_000, Some(seen("you", 9, "8")), Failed),
                (12_000, Some(seen("you", 9, "8")), Failed),
                (13_000, Some(seen("you", 9, "8")), Written),
            ],
            expect![[r#"
                0: write me over nothing after 0; leads until 3s
                9000: wait until 13s; follows
                12000: wait until 13s; follows
                13000: write me over 8 after 4; leads until 16s"#]],
        );
    }

    /// Nobody took it meanwhile: the version says so when it is written. It counts as a new claim of the same holder.
    #[test]
    fn who_slept_too_long_but_was_not_replaced_goes_on() {
        check(
            &[(0, None, Written), (60_000, Some(seen("me", 1_000_000, "0")), Written)],
            expect![[r#"
                0: write me over nothing after 0; leads until 3s
                60000: write me over 0 after 3; leads until 63s"#]],
        );
    }

    #[test]
    fn a_deleted_lease_is_made_anew() {
        check(
            &[(0, None, Written), (500, None, Written), (1_000, None, Written)],
            expect![[r#"
                0: write me over nothing after 0; leads until 3s
                500: wait until 1s; follows
                1000: write me over nothing after 0; leads until 4s"#]],
        );
    }

    #[test]
    fn a_record_that_promises_nothing_is_given_our_own_time() {
        let silent = Seen {
            record: Record { holder: Some("you".to_owned()), ..Record::default() },
            resource_version: "1".to_owned(),
        };
        check(
            &[(0, Some(silent.clone()), Failed), (4_000, Some(silent), Written)],
            expect![[r#"
                0: wait until 4s; follows
                4000: write me over 1 after 1; leads until 7s"#]],
        );
    }

    #[test]
    fn only_what_is_ours_is_released() {
        let release = |lease: Option<Seen>| {
            let mut election = Election::new("me", Timing::default());
            let action = election.release(lease.as_ref(), at(0).wall);
            assert_eq!(election.leads_until(), None);
            action.map_or("nothing".to_owned(), |action| shown(&action))
        };
        assert_eq!(release(Some(seen("me", 1, "5"))), "write nobody over 5 after 3");
        assert_eq!(release(Some(seen("you", 1, "5"))), "nothing");
        assert_eq!(release(None), "nothing");
    }
}
