//! What holds for all objects.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Script, custom, object};
use crate::ownership::{Conflicts, FieldSet, ManagedFields};

fn letter() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned)
}

/// A spec of the custom type, with a random choice of its fields.
fn spec() -> impl Strategy<Value = Value> {
    let texts = || btree_map(letter(), letter(), 0..3).prop_map(|map| json!(map));
    let set = || btree_set(letter(), 0..3).prop_map(|set| json!(set));
    let item = (letter(), prop::option::of(letter()), prop::option::of(texts())).prop_map(|(name, value, map)| {
        let mut item = json!({ "name": name });
        for (key, value) in [("value", value.map(Value::from)), ("map", map)] {
            if let Some(value) = value {
                item[key] = value;
            }
        }
        item
    });
    let items = vec(item, 0..4).prop_map(|items| {
        let mut seen = Vec::new();
        let kept = items.into_iter().filter(|item| {
            let fresh = !seen.contains(&item["name"]);
            seen.push(item["name"].clone());
            fresh
        });
        Value::Array(kept.collect())
    });
    let fields = (
        prop::option::of((0..3_i64).prop_map(Value::from)),
        prop::option::of(texts()),
        prop::option::of(set()),
        prop::option::of(items),
        prop::option::of(texts()),
        prop::option::of(vec(letter(), 0..3).prop_map(|list| json!(list))),
    );
    fields.prop_map(|(number, map, set, items, free, list)| {
        let mut spec = Map::new();
        for (key, value) in
            [("number", number), ("map", map), ("set", set), ("items", items), ("free", free), ("list", list)]
        {
            spec.extend(value.map(|value| (key.to_owned(), value)));
        }
        Value::Object(spec)
    })
}

fn fields() -> impl Strategy<Value = FieldSet> {
    spec().prop_map(|spec| FieldSet::of(&object(spec), &custom()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn fields_v1_round_trips(set in fields()) {
        prop_assert_eq!(&FieldSet::decode(&set.encode()).expect("fields"), &set);
        let text: Value = serde_json::from_str(&set.encode_text()).expect("JSON");
        prop_assert_eq!(text, set.encode());
    }

    #[test]
    fn sets_obey_the_laws_of_sets(left in fields(), right in fields()) {
        prop_assert_eq!(left.union(&right), right.union(&left));
        prop_assert_eq!(left.intersection(&right), right.intersection(&left));
        prop_assert_eq!(left.difference(&right).union(&left.intersection(&right)), left.clone());
        prop_assert!(left.difference(&left).is_empty());
        prop_assert!(left.recursive_difference(&right).difference(&left.difference(&right)).is_empty());
    }

    #[test]
    fn applying_twice_is_applying_once(first in spec(), second in spec()) {
        let once = Script::new().apply("a", first).force("b", second.clone());
        let live = once.live().clone();
        let twice = once.force("b", second);
        prop_assert_eq!(twice.live(), &live);
    }

    #[test]
    fn what_is_applied_is_there(first in spec(), second in spec()) {
        let script = Script::new().apply("a", first).force("b", second.clone());
        let managed = ManagedFields::of(script.live()).expect("managed fields");
        let owned = managed.applied_by("b", "").cloned().unwrap_or_default();
        let applied = FieldSet::of(&object(second.clone()), &custom());
        prop_assert!(owned.difference(&applied).is_empty());
        let there = owned.project(script.live(), &custom());
        let wanted = owned.project(&object(second), &custom());
        prop_assert_eq!(sorted(&there["spec"]), sorted(&wanted["spec"]));
    }

    #[test]
    fn what_its_only_owner_lets_go_is_gone(first in spec(), second in spec()) {
        let script = Script::new().apply("b", second.clone()).force("a", first).force("a", json!({}));
        // What is left is what the other manager applied, or took over its fields.
        let before = FieldSet::of(&object(second), &custom());
        let now = FieldSet::of(script.live(), &custom());
        let extra: Vec<String> = now.difference(&before).names().into_iter().filter(|name| name.starts_with(".spec.")).collect();
        prop_assert!(extra.is_empty(), "{:?}", extra);
    }

    #[test]
    fn without_force_a_refused_apply_would_have_changed_an_owned_field(first in spec(), second in spec()) {
        let mut script = Script::new().apply("a", first);
        let before = script.live().clone();
        if script.try_apply("b", object(second.clone()), Conflicts::Fail).is_ok() {
            let owned = ManagedFields::of(&before).expect("managed fields");
            let owned = owned.applied_by("a", "").cloned().unwrap_or_default();
            let kept = owned.project(script.live(), &custom());
            prop_assert_eq!(sorted(&kept["spec"]), sorted(&owned.project(&before, &custom())["spec"]));
        }
    }
}

/// Lists of items and sets in one order: an apply may move items.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), sorted(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
