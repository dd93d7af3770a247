//! What the stand-in annotation asks of a pod.

use std::time::Duration;

use thiserror::Error;

/// How a pod's containers behave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// They start, become ready and keep running; those of Jobs end with 0.
    #[default]
    Normal,
    /// `fail`: they exit with 1; what follows is up to the restart policy.
    Fail,
    /// `crash-loop`: they exit with 1 and are started again, whatever the restart policy.
    CrashLoop,
    /// `image-pull-error`: their images cannot be pulled.
    ImagePullError,
    /// `never-ready`: they run, but their readiness probe never succeeds.
    NeverReady,
    /// `slow-start=30s`: they become ready this much later.
    SlowStart(Duration),
    /// `exit-after=5s`: they exit with 0 after this time.
    ExitAfter(Duration),
}

/// The annotation has a value that means nothing.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error(
    "the annotation {annotation} has the unknown value {0:?}; it may be fail, crash-loop, image-pull-error, never-ready, \
     slow-start=<duration> or exit-after=<duration>, with durations such as 500ms, 30s or 1m30s",
    annotation = crate::STAND_IN_ANNOTATION
)]
pub(crate) struct UnknownBehaviour(String);

impl Behaviour {
    /// Reads the annotation's value; the pod is normal without one.
    pub(crate) fn parse(value: Option<&str>) -> Result<Self, UnknownBehaviour> {
        let Some(value) = value else { return Ok(Self::Normal) };
        let unknown = || UnknownBehaviour(value.to_owned());
        let (name, argument) = value.trim().split_once('=').map_or((value.trim(), None), |(n, a)| (n.trim(), Some(a)));
        let duration = |argument: &str| {
            let duration: jiff::SignedDuration = argument.trim().parse().map_err(|_| unknown())?;
            Duration::try_from(duration).map_err(|_| unknown())
        };
        Ok(match (name, argument) {
            ("fail", None) => Self::Fail,
            ("crash-loop", None) => Self::CrashLoop,
            ("image-pull-error", None) => Self::ImagePullError,
            ("never-ready", None) => Self::NeverReady,
            ("slow-start", Some(argument)) => Self::SlowStart(duration(argument)?),
            ("exit-after", Some(argument)) => Self::ExitAfter(duration(argument)?),
            _ => return Err(unknown()),
        })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(value: &str, expected: Expect) {
        let outcome = match Behaviour::parse(Some(value)) {
            Ok(behaviour) => format!("{behaviour:?}"),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&outcome);
    }

    #[test]
    fn values_read_as_documented() {
        check("fail", expect!["Fail"]);
        check(" crash-loop ", expect!["CrashLoop"]);
        check("slow-start=30s", expect!["SlowStart(30s)"]);
        check("slow-start = 1m30s", expect!["SlowStart(90s)"]);
        check("exit-after=500ms", expect!["ExitAfter(500ms)"]);
    }

    #[test]
    fn other_values_are_answered_with_the_allowed_ones() {
        check(
            "explode",
            expect![[
                r#"the annotation tenter.dev/stand-in has the unknown value "explode"; it may be fail, crash-loop, image-pull-error, never-ready, slow-start=<duration> or exit-after=<duration>, with durations such as 500ms, 30s or 1m30s"#
            ]],
        );
        for value in ["", "fail=1", "slow-start", "slow-start=soon", "exit-after=-5s"] {
            assert!(Behaviour::parse(Some(value)).is_err(), "{value:?}");
        }
        assert_eq!(Behaviour::parse(None), Ok(Behaviour::Normal));
    }
}
