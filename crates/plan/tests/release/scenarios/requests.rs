//! What makes failures be forgotten.

use expect_test::expect;
use serde_json::json;

use super::check;
use crate::world::Goes::Wrong;
use crate::world::World;

#[test]
fn new_values_forget_failures() {
    let mut world = World::new(json!({}));
    world.reconcile(&[]);
    world.chart.version = "2.0.0".to_owned();
    world.reconcile(&[Wrong]);
    world.transcript.clear();
    world.reconcile(&[]);
    world.note("the values change");
    world.values = "b";
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        failed
        end: Stalled(RetriesExceeded { action: Some(Upgrade), failures: 1 })
          Ready=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Released=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Stalled=True RetriesExceeded: Failed to upgrade after 1 attempt(s)
          failures 1/0/1, history [v2 failed upgrade, v1 deployed install], observed 1
        * the values change
        failed -> upgrade (release conditions have changed since last failure)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@2.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@2.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@2.0.0
          failures 0/0/0, history [v3 deployed upgrade, v2 failed upgrade, v1 superseded ], observed 1
    "#]],
    );
}

#[test]
fn failures_are_forgotten_on_request() {
    let mut world = World::new(json!({}));
    world.reconcile(&[Wrong]);
    world.transcript.clear();
    world.request(&["resetAt"], "1");
    world.reconcile(&[]);
    world.request(&["resetAt", "requestedAt"], "2");
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        * resetAt = 1
        failed
        end: Stalled(RetriesExceeded { action: Some(Install), failures: 1 })
          Ready=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Released=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Stalled=True RetriesExceeded: Failed to install after 1 attempt(s)
          failures 1/1/0, history [v1 failed install], observed 1
        * resetAt, requestedAt = 2
        failed -> upgrade (release conditions have changed since last failure)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          failures 0/0/0, history [v2 deployed upgrade, v1 failed install], observed 1
    "#]],
    );
}

#[test]
fn an_upgrade_is_forced_once() {
    let mut world = World::new(json!({}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.request(&["forceAt", "requestedAt"], "1");
    world.reconcile(&[]);
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        * forceAt, requestedAt = 1
        in sync -> upgrade (forcing upgrade for in-sync release: force requested through annotation)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          failures 0/0/0, history [v2 deployed upgrade, v1 superseded ], observed 1
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          failures 0/0/0, history [v2 deployed upgrade, v1 superseded ], observed 1
    "#]],
    );
}

#[test]
fn a_stalled_release_is_forced() {
    let mut world = World::new(json!({}));
    world.reconcile(&[Wrong]);
    world.transcript.clear();
    world.request(&["forceAt", "requestedAt"], "1");
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        * forceAt, requestedAt = 1
        failed -> upgrade (forcing upgrade for failed release: force requested through annotation)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          failures 1/1/0, history [v2 deployed upgrade, v1 failed install], observed 1
    "#]],
    );
}
