//! Installing and testing.

use expect_test::expect;
use plan::release::End;
use serde_json::json;

use super::check;
use crate::world::Goes::{Nowhere, Well, Wrong};
use crate::world::World;

#[test]
fn an_installation_goes_well_and_stays() {
    let mut world = World::new(json!({}));
    assert_eq!(world.reconcile(&[]), End::Done);
    assert_eq!(world.reconcile(&[]), End::Done);
    check(
        &world,
        expect![[r#"
        absent -> install (release not installed: no release in storage for object)
          Normal InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
        in sync
        end: Done
          Ready=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          failures 0/0/0, history [v1 deployed install], observed 1
        in sync
        end: Done
          Ready=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          failures 0/0/0, history [v1 deployed install], observed 1
    "#]],
    );
}

#[test]
fn an_installation_fails_until_its_retries_are_used_up() {
    let mut world = World::new(json!({"install": {"remediation": {"retries": 1}}}));
    world.reconcile(&[Wrong]);
    world.reconcile(&[Wrong]);
    world.reconcile(&[]);
    world.note("the chart is repaired");
    world.chart.version = "1.0.1".to_owned();
    assert_eq!(world.reconcile(&[]), End::Done);
    check(
        &world,
        expect![[r#"
        absent -> install (release not installed: no release in storage for object)
          Warning InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
        failed -> uninstall (release is in a failed state)
          Normal UninstallSucceeded: Helm uninstall remediation for release apps/web.v1 with chart web@1.0.0 succeeded
        end: Again
          Ready=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Reconciling=True ProgressingWithRetry: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Released=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Remediated=True UninstallSucceeded: Helm uninstall remediation for release apps/web.v1 with chart web@1.0.0 succeeded
          failures 1/1/0, history [v1 uninstalling uninstall-remediation], observed 0
        absent -> install (release not installed: no release in storage for object)
          Warning InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
        failed
        end: Stalled(RetriesExceeded { action: Some(Install), failures: 2 })
          Ready=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Released=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Stalled=True RetriesExceeded: Failed to install after 2 attempt(s)
          failures 2/2/0, history [v1 failed install], observed 1
        failed
        end: Stalled(RetriesExceeded { action: Some(Install), failures: 2 })
          Ready=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Released=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Stalled=True RetriesExceeded: Failed to install after 2 attempt(s)
          failures 2/2/0, history [v1 failed install], observed 1
        * the chart is repaired
        failed -> upgrade (release conditions have changed since last failure)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.1
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.1
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.1
          failures 0/0/0, history [v2 deployed upgrade, v1 failed install], observed 1
    "#]],
    );
}

#[test]
fn the_last_failure_is_remedied_on_request() {
    let mut world = World::new(json!({"install": {"remediation": {"remediateLastFailure": true}}}));
    world.reconcile(&[Wrong]);
    check(
        &world,
        expect![[r#"
        absent -> install (release not installed: no release in storage for object)
          Warning InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
        failed -> uninstall (release is in a failed state)
          Normal UninstallSucceeded: Helm uninstall remediation for release apps/web.v1 with chart web@1.0.0 succeeded
        end: Stalled(RetriesExceeded { action: Some(Install), failures: 1 })
          Ready=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Released=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Remediated=True UninstallSucceeded: Helm uninstall remediation for release apps/web.v1 with chart web@1.0.0 succeeded
          Stalled=True RetriesExceeded: Failed to install after 1 attempt(s)
          failures 1/1/0, history [v1 uninstalling uninstall-remediation], observed 1
    "#]],
    );
}

#[test]
fn what_fails_without_a_trace_is_tried_again() {
    let mut world = World::new(json!({}));
    assert_eq!(world.reconcile(&[Nowhere]), End::Failed("parse error in template".to_owned()));
    assert_eq!(world.reconcile(&[]), End::Done);
    check(
        &world,
        expect![[r#"
        absent -> install (release not installed: no release in storage for object)
          Warning InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: parse error in template
        end: Failed("parse error in template")
          Ready=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: parse error in template
          Reconciling=True Progressing: Running 'install' action with timeout of 5m0s
          Released=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: parse error in template
          failures 1/0/0, history [], observed 0
        absent -> install (release not installed: no release in storage for object)
          Normal InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
        in sync
        end: Done
          Ready=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          failures 1/0/0, history [v1 deployed install], observed 1
    "#]],
    );
}

#[test]
fn failures_are_retried_at_an_interval() {
    let strategy = json!({"strategy": {"name": "RetryOnFailure", "retryInterval": "30s"}});
    let mut world = World::new(json!({"install": strategy, "upgrade": strategy}));
    world.reconcile(&[Wrong, Wrong]);
    world.reconcile(&[Well]);
    check(
        &world,
        expect![[r#"
        absent -> install (release not installed: no release in storage for object)
          Warning InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
        failed
        end: RetryAfter(30s)
          Ready=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          Reconciling=True ProgressingWithRetry: retrying after 30s
          Released=False InstallFailed: Helm install failed for release apps/web with chart web@1.0.0: timed out waiting for the condition
          failures 1/1/0, history [v1 failed install], observed 1
        failed -> upgrade (retrying upgrade for failed release)
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
fn tests_fail_after_an_installation() {
    let mut world = World::new(json!({"test": {"enable": true}, "install": {"remediation": {"retries": 1}}}));
    world.reconcile(&[Well, Wrong]);
    world.reconcile(&[Well, Well]);
    check(
        &world,
        expect![[r#"
        absent -> install (release not installed: no release in storage for object)
          Normal InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
        untested -> test (release has not been tested)
          Warning TestFailed: Helm test failed for release apps/web.v1 with chart web@1.0.0: timed out waiting for the condition
        failed -> uninstall (release is in a failed state)
          Normal UninstallSucceeded: Helm uninstall remediation for release apps/web.v1 with chart web@1.0.0 succeeded
        end: Again
          Ready=False TestFailed: Helm test failed for release apps/web.v1 with chart web@1.0.0: timed out waiting for the condition
          Reconciling=True ProgressingWithRetry: Helm test failed for release apps/web.v1 with chart web@1.0.0: timed out waiting for the condition
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          Remediated=True UninstallSucceeded: Helm uninstall remediation for release apps/web.v1 with chart web@1.0.0 succeeded
          TestSuccess=False TestFailed: Helm test failed for release apps/web.v1 with chart web@1.0.0: timed out waiting for the condition
          failures 1/1/0, history [v1 uninstalling uninstall-remediation smoke:Failed], observed 0
        absent -> install (release not installed: no release in storage for object)
          Normal InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
        untested -> test (release has not been tested)
          Normal TestSucceeded: Helm test succeeded for release apps/web.v1 with chart web@1.0.0: 1 test hook completed successfully
        in sync
        end: Done
          Ready=True TestSucceeded: Helm test succeeded for release apps/web.v1 with chart web@1.0.0: 1 test hook completed successfully
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          TestSuccess=True TestSucceeded: Helm test succeeded for release apps/web.v1 with chart web@1.0.0: 1 test hook completed successfully
          failures 1/1/0, history [v1 deployed install smoke:Succeeded], observed 1
    "#]],
    );
}

#[test]
fn failed_tests_can_be_ignored() {
    let mut world = World::new(json!({"test": {"enable": true, "ignoreFailures": true}}));
    world.reconcile(&[Well, Wrong]);
    check(
        &world,
        expect![[r#"
        absent -> install (release not installed: no release in storage for object)
          Normal InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
        untested -> test (release has not been tested)
          Warning TestFailed: Helm test failed for release apps/web.v1 with chart web@1.0.0: timed out waiting for the condition
        in sync
        end: Done
          Ready=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          TestSuccess=False TestFailed: Helm test failed for release apps/web.v1 with chart web@1.0.0: timed out waiting for the condition
          failures 1/0/0, history [v1 deployed install smoke:Failed], observed 1
    "#]],
    );
}

#[test]
fn tests_that_are_left_out_do_not_count() {
    let mut world = World::new(json!({"test": {"enable": true, "filters": [{"name": "smoke", "exclude": true}]}}));
    world.reconcile(&[Well, Well]);
    check(
        &world,
        expect![[r#"
        absent -> install (release not installed: no release in storage for object)
          Normal InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
        untested -> test (release has not been tested)
          Normal TestSucceeded: Helm test succeeded for release apps/web.v1 with chart web@1.0.0: no test hooks
        in sync
        end: Done
          Ready=True TestSucceeded: Helm test succeeded for release apps/web.v1 with chart web@1.0.0: no test hooks
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          TestSuccess=True TestSucceeded: Helm test succeeded for release apps/web.v1 with chart web@1.0.0: no test hooks
          failures 0/0/0, history [v1 deployed install], observed 1
    "#]],
    );
}
