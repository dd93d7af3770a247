//! Whether clocks agree.

use cluster::lease::Seen;
use cluster::{Cluster, ObjectRef, Reading};
use jiff::{SignedDuration, Timestamp};
use manifest::{GroupVersionKind, Value};

use super::hint::Hint;
use super::report::Category;
use crate::installation::{Installation, LEASE};

/// What is still taken for the same time. A lease is renewed every second, and clocks that NTP sets differ by less.
const TOLERATED: SignedDuration = SignedDuration::from_secs(30);

/// Whose clock is looked at beside that of the machine that this runs on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose<'a> {
    /// Nobody's: there is no controller yet.
    OursAlone,
    /// That of the replica that leads.
    ControllersToo(&'a Installation),
}

/// Checks the clocks of this machine and of the controller against that of the API server. None of the two decides who
/// leads, but certificates, tokens and signatures count by them.
pub(super) async fn agree(cluster: &Cluster, whose: Whose<'_>) -> Category {
    let mut category = Category::new("clock-skew");
    let reading = match cluster.clock().await {
        Ok(Some(reading)) => reading,
        // A server that does not tell the time cannot be compared with.
        Ok(None) => return category,
        Err(error) => {
            category.warn(Hint::Clocks, "the API server tells the time", Some(error.to_string()));
            return category;
        }
    };
    category.warn(Hint::Clocks, "this machine's clock agrees with the API server's", ours(reading));
    if let Whose::ControllersToo(installation) = whose {
        let gvk = GroupVersionKind::from_api_version("coordination.k8s.io/v1", "Lease");
        // What keeps the lease from being read is told by the check of the controller.
        let lease = cluster.get(&ObjectRef::new(gvk, &*installation.system, LEASE)).await.ok().flatten();
        if let Some(renewed) = lease.as_ref().and_then(renewed) {
            let problem = controllers(renewed, reading.told);
            category.warn(Hint::Clocks, "the controller's clock agrees with the API server's", problem);
        }
    }
    category
}

fn ours(reading: Reading) -> Option<String> {
    let ahead = reading.ahead();
    (ahead.abs() > TOLERATED).then(|| format!("this machine's clock is {} the API server's", apart(-ahead)))
}

/// When a lease was renewed, by the clock of who holds it.
fn renewed(lease: &Value) -> Option<Timestamp> {
    let record = Seen::of(lease).record;
    record.holder.and(record.renewed)
}

fn controllers(renewed: Timestamp, told: Timestamp) -> Option<String> {
    let ahead = renewed.duration_since(told);
    let behind = if ahead.is_negative() { ", or it has renewed its lease no more since then" } else { "" };
    (ahead.abs() > TOLERATED).then(|| format!("the controller's clock is {} the API server's{behind}", apart(ahead)))
}

/// `5m 3s ahead of`.
fn apart(ahead: SignedDuration) -> String {
    let seconds = ahead.as_secs().unsigned_abs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let way = if ahead.is_negative() { "behind" } else { "ahead of" };
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s {way}"),
        (0, _) => format!("{minutes}m {seconds}s {way}"),
        (_, _) => format!("{hours}h {minutes}m {way}"),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(problem: Option<String>, expected: Expect) {
        expected.assert_eq(&problem.unwrap_or_else(|| "they agree".to_owned()));
    }

    #[test]
    fn this_machine() {
        let reading = |told: i64| Reading {
            asked: Timestamp::constant(100_000, 0),
            told: Timestamp::constant(100_000 + told, 0),
            answered: Timestamp::constant(100_001, 0),
        };
        for near in [0, 2, 30, -30] {
            check(ours(reading(near)), expect!["they agree"]);
        }
        check(ours(reading(100)), expect!["this machine's clock is 1m 39s behind the API server's"]);
        check(ours(reading(-40)), expect!["this machine's clock is 39s ahead of the API server's"]);
        check(ours(reading(-8000)), expect!["this machine's clock is 2h 13m ahead of the API server's"]);
    }

    #[test]
    fn the_controller() {
        let lease =
            |holder: Value| json!({"spec": {"holderIdentity": holder, "renewTime": "1970-01-01T00:16:40.500000Z"}});
        assert_eq!(renewed(&lease(Value::Null)), None, "nobody's clock");
        let renewed = renewed(&lease(json!("pod"))).unwrap();
        let against = |told: i64| controllers(renewed, Timestamp::constant(told, 0));
        check(against(1001), expect!["they agree"]);
        check(against(900), expect!["the controller's clock is 1m 40s ahead of the API server's"]);
        check(
            against(1100),
            expect![
                "the controller's clock is 1m 39s behind the API server's, or it has renewed its lease no more since then"
            ],
        );
    }
}
