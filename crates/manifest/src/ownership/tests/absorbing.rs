//! Taking over from other managers.

use expect_test::expect;
use serde_json::json;

use super::{Script, object};
use crate::ownership::{Conflicts, ManagedFields, absorb};

#[test]
fn fields_of_absorbed_managers_are_removed_by_the_next_apply() {
    let script = Script::new()
        .update("kubectl-client-side-apply", json!({"number": 1, "text": "t"}))
        .update("kubectl-edit", json!({"number": 1, "text": "t", "map": {"k": "v"}}))
        .update("someone", json!({"number": 1, "text": "t", "map": {"k": "v", "l": "w"}}));
    let managed = ManagedFields::of(script.live()).expect("managed fields");
    let ours = absorb(&managed, |entry| entry.manager.starts_with("kubectl"), "tenter").expect("something to absorb");

    let mut live = script.live().clone();
    live["metadata"]["managedFields"] = ours.encode();
    let mut script = Script::new().starting_from(live);
    expect![[r#"
        {"map":{"k":"v","l":"w"},"number":1,"text":"t"}
        tenter Apply 2: .spec .spec.map .spec.number .spec.text .spec.map.k
        someone Update 3: .spec.map.l"#]]
    .assert_eq(&script.show());
    script.try_apply("tenter", object(json!({"number": 2})), Conflicts::Fail).expect("no conflict");
    expect![[r#"
        {"map":{"l":"w"},"number":2}
        tenter Apply 1: .spec.number
        someone Update 3: .spec.map.l"#]]
    .assert_eq(&script.show());
}

#[test]
fn nothing_to_absorb_is_nothing_to_write() {
    let script = Script::new().apply("tenter", json!({"number": 1}));
    let managed = ManagedFields::of(script.live()).expect("managed fields");
    assert_eq!(absorb(&managed, |entry| entry.manager.starts_with("kubectl"), "tenter"), None);
    // Not even from itself.
    assert_eq!(absorb(&managed, |_| true, "tenter"), None);
}
