//! The engine is stopped after each of its writes in turn: whatever is left, the next one goes on from there.

use serde_json::json;

use crate::helm_world::{config_ref, data};
use crate::world::World;

/// More writes than an installation or an upgrade of the chart takes.
const WRITES: usize = 12;

const HOOK: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-hook\n  annotations:\n    helm.sh/hook: pre-install,post-upgrade\n";
const MORE: &str = "{{ if eq .Values.value \"first\" }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-more\n{{ end }}\n";

/// Starts the engine over and stops it after so many writes, or lets it be if there are not so many.
async fn interrupt(world: &mut World, writes: usize) {
    let enough = world.writes.all().len() + writes;
    let reached = world.writes.until(|requests| requests.len() >= enough);
    // What is done before is done, and then nothing is left to interrupt.
    let _ = tokio::time::timeout(std::time::Duration::from_secs(3), reached).await;
    world.stop_engine().await;
    world.start_engine(&[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_was_interrupted_is_completed() {
    let mut world = World::with_chart("1.0.0", &[("templates/hook.yaml", HOOK), ("templates/more.yaml", MORE)]).await;
    for writes in 1..=WRITES {
        let name = format!("web-{writes}");
        let more = format!("{name}-more");
        world.release(&name, json!({"values": {"value": "first"}})).await;
        interrupt(&mut world, writes).await;
        world.until_released(&name, "1.0.0").await;
        assert!(world.get(&config_ref(&more)).await.is_some(), "{writes} writes into an installation");

        world.release(&name, json!({"values": {"value": "second"}})).await;
        interrupt(&mut world, writes).await;
        world.until_released(&name, "1.0.0").await;
        world.until_is(&config_ref(&name), "second", |found| data(found, "value") == "second").await;
        world.until_gone(&config_ref(&more)).await;
        let revisions = world.revisions(&name).await;
        let deployed = revisions.iter().filter(|revision| revision.ends_with(" deployed")).count();
        assert_eq!(deployed, 1, "{writes} writes into an upgrade: {revisions:?}");
        assert!(revisions.last().is_some_and(|last| last.ends_with(" deployed")), "{revisions:?}");
    }
}
