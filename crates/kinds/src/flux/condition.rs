//! `metav1.Condition` and lists of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It is not known.
    Unknown,
}

impl fmt::Display for ConditionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConditionStatus::True => "True",
            ConditionStatus::False => "False",
            ConditionStatus::Unknown => "Unknown",
        })
    }
}

/// One observation about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What is observed, such as `Ready`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// A machine-readable word why.
    #[serde(default)]
    pub reason: String,
    /// A sentence for people.
    #[serde(default)]
    pub message: String,
    /// RFC 3339 time at which `status` last changed.
    #[serde(default)]
    pub last_transition_time: String,
    /// The generation that was observed.
    #[serde(default)]
    pub observed_generation: i64,
}

/// The conditions of one object, one of each type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Conditions(pub Vec<Condition>);

/// The longest message Flux stores in a condition, in bytes (the API convention is 32768).
const MAX_MESSAGE: usize = 20_000;

impl Conditions {
    /// The condition of a type.
    pub fn get(&self, kind: &str) -> Option<&Condition> {
        self.0.iter().find(|condition| condition.kind == kind)
    }

    /// Sets a condition. Its transition time moves to `now` only if its status changes.
    pub fn set(
        &mut self,
        kind: &str,
        status: ConditionStatus,
        reason: &str,
        message: &str,
        observed_generation: i64,
        now: &str,
    ) {
        let last_transition_time = match self.get(kind) {
            Some(old) if old.status == status => old.last_transition_time.clone(),
            _ => now.to_owned(),
        };
        let condition = Condition {
            kind: kind.to_owned(),
            status,
            reason: reason.to_owned(),
            message: shorten(message),
            last_transition_time,
            observed_generation,
        };
        match self.0.iter_mut().find(|condition| condition.kind == kind) {
            Some(old) => *old = condition,
            None => self.0.push(condition),
        }
    }

    /// Removes the condition of a type.
    pub fn remove(&mut self, kind: &str) {
        self.0.retain(|condition| condition.kind != kind);
    }
}

fn shorten(message: &str) -> String {
    if message.len() <= MAX_MESSAGE {
        return message.to_owned();
    }
    let end = (0..=MAX_MESSAGE).rev().find(|&index| message.is_char_boundary(index)).unwrap_or(0);
    format!("{}…", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transition_time_moves_only_with_the_status() {
        let mut conditions = Conditions::default();
        conditions.set("Ready", ConditionStatus::False, "A", "a", 1, "t1");
        conditions.set("Ready", ConditionStatus::False, "B", "b", 2, "t2");
        assert_eq!(conditions.get("Ready").map(|ready| ready.last_transition_time.as_str()), Some("t1"));
        conditions.set("Ready", ConditionStatus::True, "C", "c", 2, "t3");
        assert_eq!(conditions.get("Ready").map(|ready| ready.last_transition_time.as_str()), Some("t3"));
        assert_eq!(conditions.0.len(), 1);
    }

    #[test]
    fn long_messages_are_cut_at_a_character() {
        let mut conditions = Conditions::default();
        conditions.set("Ready", ConditionStatus::False, "A", &"é".repeat(MAX_MESSAGE), 1, "t1");
        assert!(conditions.get("Ready").is_some_and(|ready| ready.message.len() <= MAX_MESSAGE + '…'.len_utf8()));
    }
}
