//! What a Lease says.

use std::time::Duration;

use jiff::Timestamp;
use manifest::Value;
use serde_json::{Map, json};

/// The election's part of a Lease's spec.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Who holds it; none: it was released.
    pub holder: Option<String>,
    /// How long others leave it alone after it changed; none if the record does not say.
    pub duration: Option<Duration>,
    /// When the holder took it, by the holder's clock.
    pub acquired: Option<Timestamp>,
    /// When the holder renewed it last, by the holder's clock. Others compare it, but never with their own time.
    pub renewed: Option<Timestamp>,
    /// How often the holder changed.
    pub transitions: u64,
}

/// A Lease as an API server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What it says.
    pub record: Record,
    /// At which version; what is written over it fails if somebody else wrote in between.
    pub resource_version: String,
}

impl Seen {
    /// Reads a Lease. A field that cannot be read counts as absent: whoever wrote it, the election must go on.
    pub fn of(lease: &Value) -> Seen {
        let spec = &lease["spec"];
        let time = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        let holder = spec["holderIdentity"].as_str().filter(|holder| !holder.is_empty());
        let seconds = spec["leaseDurationSeconds"].as_u64().filter(|seconds| *seconds > 0);
        Seen {
            record: Record {
                holder: holder.map(str::to_owned),
                duration: seconds.map(Duration::from_secs),
                acquired: time(&spec["acquireTime"]),
                renewed: time(&spec["renewTime"]),
                transitions: spec["leaseTransitions"].as_u64().unwrap_or(0),
            },
            resource_version: lease["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

impl Record {
    /// The spec as a merge patch: what the record does not say is removed.
    pub fn spec(&self) -> Value {
        let time = |time: Option<Timestamp>| time.map(micro_time);
        json!({
            "holderIdentity": self.holder,
            "leaseDurationSeconds": self.duration.map(|duration| duration.as_secs().max(1)),
            "acquireTime": time(self.acquired),
            "renewTime": time(self.renewed),
            "leaseTransitions": self.transitions,
        })
    }

    /// The spec of a new Lease: without nulls.
    pub fn new_spec(&self) -> Value {
        match self.spec() {
            Value::Object(fields) => {
                Value::Object(fields.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
            }
            other => other,
        }
    }
}

/// `metav1.MicroTime`: always six digits behind the point.
fn micro_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(lease: Value, expected: Expect) {
        let Seen { record, resource_version } = Seen::of(&lease);
        let again = Seen::of(&json!({"spec": record.spec()})).record;
        assert_eq!(again, record, "what is written is read back");
        let shown = |time: Option<Timestamp>| time.map_or("-".to_owned(), micro_time);
        expected.assert_eq(&format!(
            "{} for {:?} since {} renewed {} after {} at {resource_version:?}",
            record.holder.as_deref().unwrap_or("nobody"),
            record.duration,
            shown(record.acquired),
            shown(record.renewed),
            record.transitions
        ));
    }

    #[test]
    fn leases_are_read_whatever_is_in_them() {
        check(
            json!({"metadata": {"resourceVersion": "7"}, "spec": {
                "holderIdentity": "a", "leaseDurationSeconds": 4, "leaseTransitions": 2,
                "acquireTime": "2026-11-21T10:00:00.000000Z", "renewTime": "2026-11-21T10:00:01.500000Z",
            }}),
            expect![[
                r#"a for Some(4s) since 2026-11-21T10:00:00.000000Z renewed 2026-11-21T10:00:01.500000Z after 2 at "7""#
            ]],
        );
        check(json!({}), expect![[r#"nobody for None since - renewed - after 0 at """#]]);
        check(
            json!({"spec": {"holderIdentity": "", "leaseDurationSeconds": -1, "renewTime": "yesterday"}}),
            expect![[r#"nobody for None since - renewed - after 0 at """#]],
        );
    }

    #[test]
    fn what_a_record_does_not_say_is_removed_and_never_created() {
        let released = Record { transitions: 3, ..Record::default() };
        expect![[
            r#"{"acquireTime":null,"holderIdentity":null,"leaseDurationSeconds":null,"leaseTransitions":3,"renewTime":null}"#
        ]]
        .assert_eq(&released.spec().to_string());
        expect![[r#"{"leaseTransitions":3}"#]].assert_eq(&released.new_spec().to_string());
    }
}
