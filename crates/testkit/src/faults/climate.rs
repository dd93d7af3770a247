//! How often which fault comes.

use std::fmt;
use std::time::Duration;

use super::chance::Chance;

/// What happens to one request that is no watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It arrives late.
    Late(Duration),
    /// 429, perhaps with `Retry-After` in seconds.
    Busy(Option<u64>),
    /// An error of the server (500, 503) before it did anything.
    Failed(u16),
    /// 504 although it was done.
    FailedLate,
    /// 409: somebody else wrote in between, as kube-apiserver says after it tried five times itself.
    Conflict,
    /// The connection breaks before the server hears of the request.
    Refused,
    /// The server does it, and then the connection breaks.
    Lost,
    /// The server does it, and the connection breaks in the middle of the answer.
    Cut,
    /// The same through a proxy that hides it: the answer ends as if it were whole.
    Short,
    /// The server does it, and no answer ever comes.
    Silent,
}

/// What happens to one watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchFault {
    /// It ends after so many lines.
    Closes(u64),
    /// The connection breaks in the middle of a line after so many whole ones.
    Tears(u64),
    /// It says 410 after so many lines, and ends.
    Expires(u64),
    /// Each line comes late.
    Lags(Duration),
    /// After so many lines nothing comes any more, and it stays open.
    Deafens(u64),
    /// No bookmark comes but the one that ends the initial events.
    LacksBookmarks,
}

/// How many of a thousand requests or watches suffer each fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Climate {
    /// [`Fault::Late`].
    pub late: u16,
    /// [`Fault::Busy`], for watches too.
    pub busy: u16,
    /// [`Fault::Failed`], for watches too.
    pub failed: u16,
    /// [`Fault::FailedLate`], writes only.
    pub failed_late: u16,
    /// [`Fault::Conflict`], patches only.
    pub conflict: u16,
    /// [`Fault::Refused`], for watches too.
    pub refused: u16,
    /// [`Fault::Lost`].
    pub lost: u16,
    /// [`Fault::Cut`] and [`Fault::Short`].
    pub cut: u16,
    /// [`Fault::Silent`].
    pub silent: u16,
    /// [`WatchFault::Closes`] and [`WatchFault::Tears`].
    pub watch_breaks: u16,
    /// [`WatchFault::Expires`], and 410 for a watch that resumes.
    pub watch_expires: u16,
    /// [`WatchFault::Lags`].
    pub watch_lags: u16,
    /// [`WatchFault::Deafens`].
    pub watch_deafens: u16,
    /// [`WatchFault::LacksBookmarks`].
    pub watch_lacks_bookmarks: u16,
}

impl Climate {
    /// The climate of a seed: a little of everything, and much of one thing or two.
    pub fn of(seed: u64) -> Climate {
        let mut chance = Chance::of(seed, "climate", 0);
        let mut climate = Climate {
            late: 30,
            busy: 10,
            failed: 10,
            failed_late: 10,
            conflict: 10,
            refused: 10,
            lost: 10,
            cut: 10,
            silent: 3,
            watch_breaks: 50,
            watch_expires: 30,
            watch_lags: 30,
            watch_deafens: 10,
            watch_lacks_bookmarks: 50,
        };
        for _ in 0..=chance.below(2) {
            let [late, requests, watches] = [300, 200, 400];
            match chance.below(14) {
                0 => climate.late = late,
                1 => climate.busy = requests,
                2 => climate.failed = requests,
                3 => climate.failed_late = requests,
                4 => climate.conflict = requests,
                5 => climate.refused = requests,
                6 | 7 => climate.lost = requests,
                8 => climate.cut = requests,
                9 => climate.silent = 50,
                10 => climate.watch_breaks = watches,
                11 => climate.watch_expires = watches,
                12 => climate.watch_lags = watches,
                _ => climate.watch_deafens = 200,
            }
        }
        climate
    }

    /// What happens to a request. A fault that cannot befall the request befalls nobody.
    pub(crate) fn fault(&self, method: &http::Method, chance: &mut Chance) -> Option<Fault> {
        let (is_write, is_patch) = (!method.is_safe(), *method == http::Method::PATCH);
        let short = Duration::from_millis(chance.below(5_000));
        let seconds = chance.below(4);
        let mut roll = chance.below(1000);
        let faults = [
            (self.late, Fault::Late(short), true),
            (self.busy, Fault::Busy((seconds > 0).then_some(seconds)), true),
            (self.failed, Fault::Failed(if seconds.is_multiple_of(2) { 500 } else { 503 }), true),
            (self.failed_late, Fault::FailedLate, is_write),
            (self.conflict, Fault::Conflict, is_patch),
            (self.refused, Fault::Refused, true),
            (self.lost, Fault::Lost, true),
            (self.cut, if seconds.is_multiple_of(2) { Fault::Cut } else { Fault::Short }, true),
            (self.silent, Fault::Silent, true),
        ];
        for (rate, fault, is_possible) in faults {
            match roll.checked_sub(u64::from(rate)) {
                Some(rest) => roll = rest,
                None => return is_possible.then_some(fault),
            }
        }
        None
    }

    /// What happens to a watch that is opened.
    pub(crate) fn watch_fault(&self, chance: &mut Chance) -> Option<WatchFault> {
        let lines = chance.below(12);
        let pause = Duration::from_millis(chance.below(20_000));
        let mut roll = chance.below(1000);
        let faults = [
            (
                self.watch_breaks,
                if pause.as_millis().is_multiple_of(2) { WatchFault::Closes(lines) } else { WatchFault::Tears(lines) },
            ),
            (self.watch_expires, WatchFault::Expires(lines)),
            (self.watch_lags, WatchFault::Lags(pause)),
            (self.watch_deafens, WatchFault::Deafens(lines)),
            (self.watch_lacks_bookmarks, WatchFault::LacksBookmarks),
        ];
        for (rate, fault) in faults {
            match roll.checked_sub(u64::from(rate)) {
                Some(rest) => roll = rest,
                None => return Some(fault),
            }
        }
        None
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Late(pause) => write!(f, "arrives {pause:?} late"),
            Fault::Busy(Some(seconds)) => write!(f, "429, come back in {seconds} s"),
            Fault::Busy(None) => f.write_str("429"),
            Fault::Failed(code) => write!(f, "{code}, not done"),
            Fault::FailedLate => f.write_str("504, but done"),
            Fault::Conflict => f.write_str("409"),
            Fault::Refused => f.write_str("refused, not done"),
            Fault::Lost => f.write_str("done, answer lost"),
            Fault::Cut => f.write_str("done, answer cut"),
            Fault::Short => f.write_str("done, answer cut and ended"),
            Fault::Silent => f.write_str("done, no answer ever"),
        }
    }
}

impl fmt::Display for WatchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WatchFault::Closes(lines) => write!(f, "closes after {lines} lines"),
            WatchFault::Tears(lines) => write!(f, "breaks within a line after {lines}"),
            WatchFault::Expires(lines) => write!(f, "expires after {lines} lines"),
            WatchFault::Lags(pause) => write!(f, "each line {pause:?} late"),
            WatchFault::Deafens(lines) => write!(f, "silent after {lines} lines"),
            WatchFault::LacksBookmarks => f.write_str("without bookmarks"),
        }
    }
}
