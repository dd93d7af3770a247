//! Several Kustomizations that declare one object: one holds it, the others say so, and nobody takes turns.

use engine::Key;
use expect_test::expect;
use serde_json::{Value, json};

use crate::helm_world::APPS;
use crate::world::{
    World, condition, config_map, config_map_ref, kustomization_ref, object, ready, text, told, until_condition,
    until_reason,
};

const CONFLICT: &str = "OwnershipConflict";

fn owner(object: &Value) -> &str {
    text(&object["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"])
}

/// Two Kustomizations, of which the second one declared the ConfigMap `web` of the first one, too, and took it.
async fn taken() -> World {
    let world = World::start().await;
    let first = world.commit(
        &[
            ("first/web.yaml", &config_map("web", "1")),
            ("first/mine.yaml", &config_map("mine", "1")),
            ("second/other.yaml", &config_map("other", "2")),
        ],
        "apart",
    );
    world.source(json!({})).await;
    for name in ["first", "second"] {
        world.kustomization(name, json!({})).await;
        world.until_applied(name, &first).await;
    }
    let both = world.commit(&[("second/web.yaml", &config_map("web", "2"))], "both");
    world.until_applied("second", &both).await;
    until_reason(&world, "first", CONFLICT).await;
    world
}

/// Has both reconcile once more and waits until they did.
async fn again(world: &World, request: &str) {
    for name in ["first", "second"] {
        let asked = json!({"metadata": {"annotations": {kinds::flux::REQUESTED_AT: request}}});
        world.patch(&kustomization_ref(name), "flux", asked).await;
    }
    for name in ["first", "second"] {
        let handled = |found: &Value| found["status"]["lastHandledReconcileAt"] == request;
        world.until_is(&kustomization_ref(name), "handled", handled).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_declares_an_object_last_keeps_it_and_both_are_told() {
    let mut world = taken().await;
    let first = world.get(&kustomization_ref("first")).await.unwrap();
    expect![[r#"OwnershipConflict: everything else was applied; these objects are declared by another Kustomization too, which applied them last and keeps them until one of the two no longer declares them: ConfigMap/default/web (Kustomization flux-system/second)"#]].assert_eq(&told(&first, "Ready"));
    assert_eq!(told(&first, "Ready"), told(&first, "Reconciling").replacen("ProgressingWithRetry", CONFLICT, 1));
    let warning = world.until_event("second", CONFLICT, |_| true).await;
    expect![[r#"these objects belong to the Kustomization flux-system/first, too; from here on they are as declared here, and one of the two should no longer declare them: ConfigMap/default/web"#]].assert_eq(&warning);
    world.until_event("first", CONFLICT, |message| message.contains("flux-system/second")).await;
    let web = world.get(&config_map_ref("web")).await.unwrap();
    assert_eq!((owner(&web), &web["data"]["value"]), ("second", &json!("2")));

    // Nothing is written any more, however often they run, and whatever restarts.
    again(&world, "once").await;
    world.stop_engine().await;
    world.start_engine(&[]);
    again(&world, "twice").await;
    let still = world.get(&config_map_ref("web")).await.unwrap();
    assert_eq!(still["metadata"]["resourceVersion"], web["metadata"]["resourceVersion"]);
    assert_eq!(ready(&world.get(&kustomization_ref("second")).await.unwrap()), "True");
    assert_eq!(ready(&world.get(&kustomization_ref("first")).await.unwrap()), "False");

    // What is its own goes on being applied and kept.
    world.commit(&[("first/mine.yaml", &config_map("mine", "3"))], "mine");
    world.until_is(&config_map_ref("mine"), "changed", |found| found["data"]["value"] == "3").await;
    world.patch(&config_map_ref("mine"), "kubectl-edit", json!({"data": {"value": "4"}})).await;
    world.until_is(&config_map_ref("mine"), "put back", |found| found["data"]["value"] == "3").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_holder_puts_back_its_drift_and_nobody_else_does() {
    let world = taken().await;
    world.patch(&config_map_ref("web"), "kubectl-edit", json!({"data": {"value": "9"}})).await;
    let back = world.until_is(&config_map_ref("web"), "put back", |found| found["data"]["value"] != "9").await;
    assert_eq!((owner(&back), &back["data"]["value"]), ("second", &json!("2")));
    world.until_event("second", "DriftCorrected", |message| message.contains("kubectl-edit")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_only_the_one_that_yielded_still_declares_goes_back_to_it() {
    let world = taken().await;
    let uid = world.get(&config_map_ref("web")).await.unwrap()["metadata"]["uid"].clone();
    let resolved = world.replace("second", &[("other.yaml", config_map("other", "2"))]);
    for name in ["first", "second"] {
        world.until_applied(name, &resolved).await;
    }
    let web = world.get(&config_map_ref("web")).await.unwrap();
    assert_eq!((owner(&web), &web["data"]["value"]), ("first", &json!("1")));
    assert_eq!(web["metadata"]["uid"], uid, "it was never deleted");
    let listed = world.get(&kustomization_ref("second")).await.unwrap()["status"]["inventory"].to_string();
    assert!(!listed.contains("_web_"), "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_only_its_holder_still_declares_stays_with_it() {
    let world = taken().await;
    let before = world.get(&config_map_ref("web")).await.unwrap();
    let resolved = world.replace("first", &[("mine.yaml", config_map("mine", "1"))]);
    for name in ["first", "second"] {
        world.until_applied(name, &resolved).await;
    }
    let after = world.get(&config_map_ref("web")).await.unwrap();
    assert_eq!(before["metadata"]["resourceVersion"], after["metadata"]["resourceVersion"]);
    let listed = world.get(&kustomization_ref("first")).await.unwrap()["status"]["inventory"].to_string();
    assert!(!listed.contains("_web_"), "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_is_deleted_hands_its_objects_over() {
    let world = taken().await;
    let uid = world.get(&config_map_ref("web")).await.unwrap()["metadata"]["uid"].clone();
    world.delete(&kustomization_ref("second")).await;
    world.until_gone(&kustomization_ref("second")).await;
    until_condition(&world, "first", "Ready", "True").await;
    let web = world.get(&config_map_ref("web")).await.unwrap();
    assert_eq!((owner(&web), &web["data"]["value"]), ("first", &json!("1")));
    assert_eq!(web["metadata"]["uid"], uid, "it was never deleted");
    world.until_gone(&config_map_ref("other")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_two_that_are_deleted_together() {
    for order in [["first", "second"], ["second", "first"]] {
        let world = taken().await;
        for name in order {
            world.delete(&kustomization_ref(name)).await;
        }
        for name in order {
            world.until_gone(&kustomization_ref(name)).await;
        }
        for name in ["web", "mine", "other"] {
            world.until_gone(&config_map_ref(name)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_begin_together_one_keeps_the_object() {
    let world = World::start().await;
    let files = [("first/web.yaml", &*config_map("web", "1")), ("second/web.yaml", &*config_map("web", "2"))];
    let both = world.commit(&files, "both");
    world.source(json!({})).await;
    for name in ["first", "second"] {
        world.kustomization(name, json!({})).await;
    }
    // Either may be first.
    let conflict = |found: &Value| condition(found, "Ready")["reason"] == CONFLICT;
    let gvk = kustomization_ref("first").gvk;
    let mut events = world.cluster.watch(&gvk, cluster::Scope::Cluster, cluster::Selector::all());
    let loser = loop {
        let told = match events.next().await {
            cluster::Event::Applied(found) => vec![found],
            cluster::Event::Restarted(found) => found,
            cluster::Event::Deleted(_) => Vec::new(),
        };
        if let Some(found) = told.into_iter().find(conflict) {
            break Key::new(text(&found["metadata"]["namespace"]), text(&found["metadata"]["name"]));
        }
    };
    let winner = if &*loser.name == "first" { "second" } else { "first" };
    world.until_applied(winner, &both).await;
    world.until_event(winner, CONFLICT, |message| message.contains(&loser.to_string())).await;
    let before = world.get(&config_map_ref("web")).await.unwrap();
    assert_eq!(owner(&before), winner);
    again(&world, "once").await;
    let after = world.get(&config_map_ref("web")).await.unwrap();
    assert_eq!(before["metadata"]["resourceVersion"], after["metadata"]["resourceVersion"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_depends_on_one_that_yielded_waits() {
    let world = taken().await;
    world.commit(&[("later/later.yaml", &config_map("later", "1"))], "later");
    world.kustomization("later", json!({"dependsOn": [{"name": "first"}]})).await;
    let waiting = until_reason(&world, "later", "DependencyNotReady").await;
    assert!(told(&waiting, "Ready").contains("'flux-system/first'"), "{}", told(&waiting, "Ready"));
    assert!(world.get(&object("v1", "ConfigMap", "default", "later")).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_of_a_release_is_taken_with_a_warning() {
    let world = World::with_chart("1.0.0", &[]).await;
    world.release("web", json!({})).await;
    world.until_released("web", "1.0.0").await;
    let text = config_map("web", "by the Kustomization").replace("namespace: default", &format!("namespace: {APPS}"));
    let both = world.commit(&[("first/web.yaml", &text)], "both");
    world.kustomization("first", json!({})).await;
    world.until_applied("first", &both).await;
    let warning = world.until_event("first", CONFLICT, |_| true).await;
    expect!["these objects belong to the HelmRelease flux-system/web, too; from here on they are as declared here, and one of the two should no longer declare them: ConfigMap/apps/web"].assert_eq(&warning);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_waited_for_holds_an_object_against_who_waits() {
    let world = World::start().await;
    let first = world.commit(
        &[
            ("first/web.yaml", &config_map("web", "1")),
            ("second/other.yaml", &config_map("other", "2")),
            ("second/web.yaml", &config_map("web", "2")),
        ],
        "both",
    );
    world.source(json!({})).await;
    world.kustomization("first", json!({})).await;
    world.until_applied("first", &first).await;
    // It declares the object anew and would take it from anybody else.
    world.kustomization("second", json!({"dependsOn": [{"name": "first"}]})).await;
    until_reason(&world, "second", CONFLICT).await;
    world.until_is(&config_map_ref("web"), "with who was there first", |found| owner(found) == "first").await;

    // Both follow Git, and only the one that waits is not ready.
    let next = world.commit(&[("first/web.yaml", &config_map("web", "3"))], "next");
    world.until_applied("first", &next).await;
    world.until_is(&config_map_ref("web"), "changed", |found| found["data"]["value"] == "3").await;
    until_reason(&world, "second", CONFLICT).await;

    // An object that moves to who is waited for moves at once.
    let apart = world.commit(&[("first/other.yaml", &config_map("other", "3")), ("second/web.yaml", "")], "moved");
    world.until_applied("first", &apart).await;
    world.until_is(&config_map_ref("other"), "moved", |found| owner(found) == "first").await;
}
