use expect_test::{Expect, expect};
use plan::inventory::{Entry, Inventory};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixtures::object;

fn inventory(ids: &[(&str, &str)]) -> Inventory {
    let entries: Vec<Value> = ids.iter().map(|(id, version)| json!({ "id": id, "v": version })).collect();
    Inventory::from_status(&json!({ "entries": entries })).expect("an inventory")
}

#[track_caller]
fn check_diff(old: &[(&str, &str)], new: &[(&str, &str)], expected: Expect) {
    let stale = inventory(old).diff(&inventory(new));
    let lines: Vec<String> = stale.iter().map(|entry| format!("{} {}", entry.gvk(), entry.id)).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn status_round_trips() {
    let status = json!({ "entries": [
        { "id": "prod_web_apps_Deployment", "v": "v1" },
        { "id": "_prod__Namespace", "v": "v1" },
        { "id": "_system__reader_rbac.authorization.k8s.io_ClusterRole", "v": "v1" },
    ] });
    let inventory = Inventory::from_status(&status).expect("an inventory");
    assert_eq!(inventory.entries[2].id.name, "system:reader");
    assert_eq!(inventory.to_status(), status);
    assert_eq!(Inventory::from_status(&Value::Null), Ok(Inventory::default()));
    assert_eq!(Inventory::from_status(&json!({ "entries": null })), Ok(Inventory::default()));
}

#[test]
fn what_cannot_be_read_is_named() {
    let check = |status: Value, expected: Expect| {
        expected.assert_eq(&Inventory::from_status(&status).expect_err("an error").to_string());
    };
    check(
        json!({ "entries": [{ "id": "prod_web_apps_Deployment" }, { "id": "web" }] }),
        expect![[
            r#"status.inventory.entries[1].id "web" is not namespace_name_group_Kind; something else than a reconciler wrote it, so correct or remove that entry"#
        ]],
    );
    check(
        json!({ "entries": { "id": "web" } }),
        expect![[r#"status.inventory.entries must be a list of objects with `id` and `v`, found {"id":"web"}"#]],
    );
    check(
        json!({ "entries": [{ "v": "v1" }] }),
        expect![[r#"status.inventory.entries must be a list of objects with `id` and `v`, found {"v":"v1"}"#]],
    );
}

#[test]
fn what_is_gone_is_deleted_in_reverse_order() {
    check_diff(
        &[
            ("_prod__Namespace", "v1"),
            ("prod_a__ConfigMap", "v1"),
            ("prod_web_apps_Deployment", "v1"),
            ("prod_b__ConfigMap", "v1"),
        ],
        &[("prod_a__ConfigMap", "v1")],
        expect![[r#"
            apps/v1 Deployment Deployment/prod/web
            v1 ConfigMap ConfigMap/prod/b
            v1 Namespace Namespace/prod"#]],
    );
    check_diff(&[], &[("prod_a__ConfigMap", "v1")], expect![[""]]);
    check_diff(&[("prod_a__ConfigMap", "v1")], &[], expect!["v1 ConfigMap ConfigMap/prod/a"]);
}

#[test]
fn another_version_is_the_same_object_and_another_group_is_not() {
    check_diff(&[("prod_web_flagger.app_Canary", "v1beta1")], &[("prod_web_flagger.app_Canary", "v1")], expect![[""]]);
    check_diff(
        &[("prod_web_extensions_Ingress", "v1beta1")],
        &[("prod_web_networking.k8s.io_Ingress", "v1")],
        expect!["extensions/v1beta1 Ingress Ingress/prod/web"],
    );
}

#[test]
fn an_object_is_listed_once() {
    let mut inventory = Inventory::default();
    let entry = Entry::of(&object("apps/v1 Deployment prod/web")).expect("an entry");
    inventory.add(entry.clone());
    inventory.add(Entry { version: "v2".to_owned(), ..entry.clone() });
    assert_eq!(inventory.entries, std::slice::from_ref(&entry));
    assert!(inventory.contains(&entry.id));
    // One that somebody doubled is deleted once.
    let doubled = Inventory { entries: vec![entry.clone(), entry.clone()] };
    assert_eq!(doubled.diff(&Inventory::default()), [entry]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_difference_is_what_only_the_old_one_has(old in names(), new in names()) {
        let make = |names: &[String]| {
            let mut inventory = Inventory::default();
            for name in names {
                inventory.add(Entry::of(&object(&format!("v1 ConfigMap prod/{name}"))).expect("an entry"));
            }
            inventory
        };
        let (old_inventory, new_inventory) = (make(&old), make(&new));
        let mut stale: Vec<String> = old_inventory.diff(&new_inventory).into_iter().map(|entry| entry.id.name).collect();
        stale.reverse();
        let mut expected: Vec<String> = old.iter().filter(|name| !new.contains(name)).cloned().collect();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(stale, expected);
    }

    #[test]
    fn every_inventory_survives_being_stored(names in names()) {
        let mut inventory = Inventory::default();
        for name in &names {
            inventory.add(Entry::of(&object(&format!("rbac.authorization.k8s.io/v1 ClusterRole {name}:x"))).expect("an entry"));
        }
        prop_assert_eq!(Inventory::from_status(&inventory.to_status()), Ok(inventory));
    }
}

fn names() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[a-e]{1,2}", 0..8)
}
