//! Hashes that stay the same, and names made of them.

use serde::Serialize;

/// Letters and digits that cannot form words by accident, as upstream's `rand.SafeEncodeString` uses them.
const SAFE: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// FNV-1a.
pub(crate) fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The hash of a template, as the end of a ReplicaSet's or ControllerRevision's name: FNV-1a, written with characters
/// that are safe in names. Another `collisions` count gives another hash.
///
/// Upstream hashes Go's in-memory form of the template, which nothing else can produce; ours hashes its JSON form, so
/// values differ from a real cluster's while length, alphabet and stability are the same.
pub(crate) fn template_hash(template: &impl Serialize, collisions: Option<i32>) -> String {
    // A template that came from JSON goes back to it.
    let mut bytes = serde_json::to_vec(template).unwrap_or_default();
    if let Some(collisions) = collisions {
        bytes.extend_from_slice(&collisions.to_le_bytes());
    }
    fnv(&bytes).to_string().bytes().map(|digit| char::from(SAFE[usize::from(digit) % SAFE.len()])).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn hashes_are_stable_and_differ_by_collision_count() {
        let template = json!({"spec": {"containers": [{"name": "app", "image": "web:1"}]}});
        let hashes = [None, Some(0), Some(1)].map(|collisions| template_hash(&template, collisions));
        expect![[r#"
            [
                "69ddddfdf4",
                "6f6dcfb8d6",
                "86c7dc78f5",
            ]
        "#]]
        .assert_debug_eq(&hashes);
    }
}
