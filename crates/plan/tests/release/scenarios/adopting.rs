//! Releases that somebody else made or left.

use expect_test::expect;
use plan::release::Status;
use serde_json::json;

use super::check;
use crate::world::World;

#[test]
fn a_release_that_helm_made_is_adopted_with_an_upgrade() {
    let mut world = World::new(json!({}));
    world.store(4, Status::Deployed);
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        unmanaged -> upgrade (release not managed by controller: found existing release in storage)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v5 with chart web@1.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v5 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v5 with chart web@1.0.0
          failures 0/0/0, history [v5 deployed upgrade], observed 1
    "#]],
    );
}

#[test]
fn a_release_that_flux_made_is_adopted_without_one() {
    let mut flux = World::new(json!({}));
    flux.reconcile(&[]);
    let mut world = World::new(json!({}));
    world.stored = flux.stored;
    world.status = flux.status;
    world.note("the status is that of Flux");
    world.reconcile(&[]);
    world.note("somebody runs helm upgrade");
    world.store(2, Status::Deployed);
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        * the status is that of Flux
        in sync
        end: Done
          Ready=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          failures 0/0/0, history [v1 deployed install], observed 1
        * somebody runs helm upgrade
        unmanaged -> upgrade (release not managed by controller: release not observed to be made for object)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
          failures 0/0/0, history [v3 deployed upgrade], observed 1
    "#]],
    );
}

#[test]
fn snapshots_of_older_versions_are_trusted() {
    let mut world = World::new(json!({}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.status["history"][0].as_object_mut().unwrap().remove("apiVersion");
    world.status["history"][0]["digest"] = json!("sha256:of-another-kind");
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        in sync
        end: Done
          Ready=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          failures 0/0/0, history [v1 deployed install], observed 1
    "#]],
    );
}

#[test]
fn a_release_that_a_crash_left_is_unlocked() {
    let mut world = World::new(json!({}));
    world.store(1, Status::PendingInstall);
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        locked -> unlock (release locked: release with status 'pending-install')
          Normal PendingRelease: Unlocked Helm release apps/web.v1 with chart web@1.0.0 in pending-install state
        unmanaged -> upgrade (release not managed by controller: found existing release in storage)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          failures 0/0/0, history [v2 deployed upgrade], observed 1
    "#]],
    );
}

#[test]
fn an_uninstallation_that_a_crash_left_is_unlocked_and_the_release_made_again() {
    let mut world = World::new(json!({"upgrade": {"remediation": {"retries": 1}}}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.store(1, Status::Uninstalling);
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        locked -> unlock (release locked: release with status 'uninstalling')
          Normal PendingRelease: Unlocked Helm release apps/web.v1 with chart web@1.0.0 in uninstalling state
        failed -> upgrade (release conditions have changed since last failure)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          failures 0/0/0, history [v2 deployed upgrade, v1 superseded ], observed 1
    "#]],
    );
}

#[test]
fn an_upgrade_that_a_crash_left_is_unlocked_and_made_again() {
    let mut world = World::new(json!({"upgrade": {"remediation": {"retries": 1}}}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.store(2, Status::PendingUpgrade);
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        locked -> unlock (release locked: release with status 'pending-upgrade')
          Normal PendingRelease: Unlocked Helm release apps/web.v2 with chart web@1.0.0 in pending-upgrade state
        unmanaged -> upgrade (release not managed by controller: release not observed to be made for object)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
          failures 0/0/0, history [v3 deployed upgrade], observed 1
    "#]],
    );
}
