//! Upgrading, and what comes of it.

use expect_test::expect;
use plan::release::Status;
use serde_json::json;

use super::check;
use crate::world::Goes::{Well, Wrong};
use crate::world::World;

#[test]
fn an_upgrade_fails_and_is_rolled_back() {
    let mut world = World::new(json!({"upgrade": {"remediation": {"retries": 1}}}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.chart.version = "2.0.0".to_owned();
    world.reconcile(&[Wrong]);
    world.reconcile(&[Wrong]);
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        out of sync -> upgrade (release out-of-sync with desired state: release chart changed)
          Warning UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
        failed -> rollback (release is in a failed state)
          Normal RollbackSucceeded: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 succeeded
        end: Again
          Ready=False RollbackSucceeded: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 succeeded
          Reconciling=True ProgressingWithRetry: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 succeeded
          Released=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Remediated=True RollbackSucceeded: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 succeeded
          failures 1/0/1, history [v3 deployed rollback, v2 failed upgrade, v1 superseded rollback], observed 1
        out of sync -> upgrade (release out-of-sync with desired state: release chart changed)
          Warning UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
        failed -> rollback (release is in a failed state)
          Normal RollbackSucceeded: Helm rollback to previous release apps/web.v3 with chart web@1.0.0 succeeded
        end: Stalled(RetriesExceeded { action: Some(Upgrade), failures: 2 })
          Ready=False RollbackSucceeded: Helm rollback to previous release apps/web.v3 with chart web@1.0.0 succeeded
          Released=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Remediated=True RollbackSucceeded: Helm rollback to previous release apps/web.v3 with chart web@1.0.0 succeeded
          Stalled=True RetriesExceeded: Failed to upgrade after 2 attempt(s)
          failures 2/0/2, history [v5 deployed rollback, v4 failed upgrade, v3 superseded rollback], observed 1
        out of sync
        end: Stalled(RetriesExceeded { action: Some(Upgrade), failures: 2 })
          Ready=False RollbackSucceeded: Helm rollback to previous release apps/web.v3 with chart web@1.0.0 succeeded
          Released=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Remediated=True RollbackSucceeded: Helm rollback to previous release apps/web.v3 with chart web@1.0.0 succeeded
          Stalled=True RetriesExceeded: Failed to upgrade after 2 attempt(s)
          failures 2/0/2, history [v5 deployed rollback, v4 failed upgrade, v3 superseded rollback], observed 1
    "#]],
    );
}

#[test]
fn a_rollback_to_what_is_wanted_again_counts_as_an_upgrade() {
    let mut world = World::new(json!({"upgrade": {"remediation": {"retries": 3}}}));
    world.reconcile(&[]);
    world.chart.version = "2.0.0".to_owned();
    world.reconcile(&[Wrong]);
    world.transcript.clear();
    world.note("the chart is taken back");
    world.chart.version = "1.0.0".to_owned();
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        * the chart is taken back
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
          failures 0/0/0, history [v3 deployed rollback, v2 failed upgrade, v1 superseded rollback], observed 1
    "#]],
    );
}

#[test]
fn an_upgrade_is_remedied_by_uninstalling() {
    let mut world =
        World::new(json!({"upgrade": {"remediation": {"strategy": "uninstall", "remediateLastFailure": true}}}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.chart.version = "2.0.0".to_owned();
    world.reconcile(&[Wrong]);
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        out of sync -> upgrade (release out-of-sync with desired state: release chart changed)
          Warning UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
        failed -> uninstall (release is in a failed state)
          Normal UninstallSucceeded: Helm uninstall remediation for release apps/web.v2 with chart web@2.0.0 succeeded
        end: Again
          Ready=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Reconciling=True ProgressingWithRetry: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Released=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Remediated=True UninstallSucceeded: Helm uninstall remediation for release apps/web.v2 with chart web@2.0.0 succeeded
          failures 1/0/1, history [v2 uninstalling uninstall-remediation, v1 deployed install], observed 1
        absent -> install (release not installed: no release in storage for object)
          Normal InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@2.0.0
        in sync
        end: Done
          Ready=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@2.0.0
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@2.0.0
          failures 1/0/1, history [v1 deployed install], observed 1
    "#]],
    );
}

#[test]
fn an_upgrade_without_remediation_stalls() {
    let mut world = World::new(json!({}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.chart.version = "2.0.0".to_owned();
    world.reconcile(&[Wrong]);
    check(
        &world,
        expect![[r#"
        out of sync -> upgrade (release out-of-sync with desired state: release chart changed)
          Warning UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
        failed
        end: Stalled(RetriesExceeded { action: Some(Upgrade), failures: 1 })
          Ready=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Released=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Stalled=True RetriesExceeded: Failed to upgrade after 1 attempt(s)
          failures 1/0/1, history [v2 failed upgrade, v1 deployed install], observed 1
    "#]],
    );
}

#[test]
fn a_rollback_fails() {
    let mut world = World::new(json!({"upgrade": {"remediation": {"retries": 1}}}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.chart.version = "2.0.0".to_owned();
    world.reconcile(&[Wrong, Wrong]);
    world.reconcile(&[Well]);
    check(
        &world,
        expect![[r#"
        out of sync -> upgrade (release out-of-sync with desired state: release chart changed)
          Warning UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
        failed -> rollback (release is in a failed state)
          Warning RollbackFailed: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 failed: timed out waiting for the condition
        end: Again
          Ready=False RollbackFailed: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 failed: timed out waiting for the condition
          Reconciling=True ProgressingWithRetry: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 failed: timed out waiting for the condition
          Released=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Remediated=False RollbackFailed: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 failed: timed out waiting for the condition
          failures 2/0/1, history [v3 failed rollback, v2 failed upgrade, v1 deployed install], observed 1
        failed -> rollback (release is in a failed state)
          Normal RollbackSucceeded: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 succeeded
        end: Again
          Ready=False RollbackSucceeded: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 succeeded
          Reconciling=True ProgressingWithRetry: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 succeeded
          Released=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@2.0.0: timed out waiting for the condition
          Remediated=True RollbackSucceeded: Helm rollback to previous release apps/web.v1 with chart web@1.0.0 succeeded
          failures 2/0/1, history [v4 deployed rollback, v3 failed rollback, v2 failed upgrade, v1 superseded rollback], observed 1
    "#]],
    );
}

#[test]
fn a_rollback_has_no_target() {
    let mut world = World::new(json!({"upgrade": {"remediation": {"retries": 2}}}));
    world.store(1, Status::Deployed);
    world.note("somebody else's release is there");
    world.reconcile(&[Wrong]);
    check(
        &world,
        expect![[r#"
        * somebody else's release is there
        unmanaged -> upgrade (release not managed by controller: found existing release in storage)
          Warning UpgradeFailed: Helm upgrade failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
        failed
        end: Stalled(MissingRollbackTarget)
          Ready=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Released=False UpgradeFailed: Helm upgrade failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Stalled=True MissingRollbackTarget: Failed to perform remediation: missing target release for rollback: cannot remediate failed release
          failures 1/0/1, history [v2 failed upgrade], observed 1
    "#]],
    );
}

#[test]
fn post_renderers_and_common_metadata_are_compared_for_new_generations() {
    let mut world = World::new(json!({}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.edit("/postRenderers", json!([{"kustomize": {"images": [{"name": "a", "newTag": "1"}]}}]));
    world.reconcile(&[]);
    world.edit("/commonMetadata", json!({"labels": {"a": "b"}}));
    world.reconcile(&[]);
    world.edit("/timeout", json!("1m"));
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        * spec/postRenderers changed
        out of sync -> upgrade (release out-of-sync with desired state: postrenderers digest has changed)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          failures 0/0/0, history [v2 deployed upgrade, v1 superseded ], observed 2
        * spec/commonMetadata changed
        out of sync -> upgrade (release out-of-sync with desired state: common metadata digest has changed)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
          failures 0/0/0, history [v3 deployed upgrade, v2 superseded ], observed 3
        * spec/timeout changed
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v3 with chart web@1.0.0
          failures 0/0/0, history [v3 deployed upgrade, v2 superseded ], observed 4
    "#]],
    );
}
