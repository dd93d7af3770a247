//! Releases that go, or become others.

use expect_test::expect;
use serde_json::json;

use super::check;
use crate::world::Goes::{Well, Wrong};
use crate::world::World;

#[test]
fn another_name_is_another_release() {
    let mut world = World::new(json!({}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.edit("/releaseName", json!("site"));
    world.reconcile(&[Wrong]);
    world.reconcile(&[]);
    world.reconcile(&[]);
    world.edit("/targetNamespace", json!("prod"));
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        * spec/releaseName changed
        release name changed: uninstall of the old release
          Warning UninstallFailed: Helm uninstall failed for release apps/web.v1 with chart web@1.0.0: hook failed
        end: Again
          Ready=False UninstallFailed: Helm uninstall failed for release apps/web.v1 with chart web@1.0.0: hook failed
          Released=False UninstallFailed: Helm uninstall failed for release apps/web.v1 with chart web@1.0.0: hook failed
          failures 1/0/0, history [v1 deployed install], observed 1
        release name changed: uninstall of the old release
          Normal UninstallSucceeded: Helm uninstall succeeded for release apps/web.v1 with chart web@1.0.0
        end: Again
          Ready=False UninstallSucceeded: Helm uninstall succeeded for release apps/web.v1 with chart web@1.0.0
          Released=False UninstallSucceeded: Helm uninstall succeeded for release apps/web.v1 with chart web@1.0.0
          failures 0/0/0, history [], observed 1
        absent -> install (release not installed: no release in storage for object)
          Normal InstallSucceeded: Helm install succeeded for release apps/site.v1 with chart web@1.0.0
        in sync
        end: Done
          Ready=True InstallSucceeded: Helm install succeeded for release apps/site.v1 with chart web@1.0.0
          Released=True InstallSucceeded: Helm install succeeded for release apps/site.v1 with chart web@1.0.0
          failures 0/0/0, history [v1 deployed install], observed 2
        * spec/targetNamespace changed
        release namespace changed: uninstall of the old release
          Normal UninstallSucceeded: Helm uninstall succeeded for release apps/site.v1 with chart web@1.0.0
        end: Again
          Ready=False UninstallSucceeded: Helm uninstall succeeded for release apps/site.v1 with chart web@1.0.0
          Released=False UninstallSucceeded: Helm uninstall succeeded for release apps/site.v1 with chart web@1.0.0
          failures 0/0/0, history [], observed 2
    "#]],
    );
}

#[test]
fn another_chart_is_another_release_unless_it_is_upgraded_in_place() {
    let mut world = World::new(json!({}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.chart.name = "site".to_owned();
    world.reconcile(&[]);
    world.reconcile(&[]);
    world.edit("/upgrade", json!({"chartNameChangeStrategy": "InPlaceUpdate"}));
    world.chart.name = "web".to_owned();
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        chart name changed: uninstall of the old release
          Normal UninstallSucceeded: Helm uninstall succeeded for release apps/web.v1 with chart web@1.0.0
        end: Again
          Ready=False UninstallSucceeded: Helm uninstall succeeded for release apps/web.v1 with chart web@1.0.0
          Released=False UninstallSucceeded: Helm uninstall succeeded for release apps/web.v1 with chart web@1.0.0
          failures 0/0/0, history [], observed 1
        absent -> install (release not installed: no release in storage for object)
          Normal InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart site@1.0.0
        in sync
        end: Done
          Ready=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart site@1.0.0
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart site@1.0.0
          failures 0/0/0, history [v1 deployed install], observed 1
        * spec/upgrade changed
        out of sync -> upgrade (release out-of-sync with desired state: release chart changed)
          Normal UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
        in sync
        end: Done
          Ready=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          Released=True UpgradeSucceeded: Helm upgrade succeeded for release apps/web.v2 with chart web@1.0.0
          failures 0/0/0, history [v2 deployed upgrade, v1 superseded ], observed 2
    "#]],
    );
}

#[test]
fn deletion_uninstalls_unless_it_is_suspended() {
    let mut world = World::new(json!({}));
    world.delete(Well);
    world.reconcile(&[]);
    world.transcript.clear();
    world.delete(Wrong);
    world.edit("/suspend", json!(true));
    world.delete(Well);
    world.edit("/suspend", json!(false));
    world.delete(Well);
    world.delete(Well);
    check(
        &world,
        expect![[r#"
        deleted: Uninstall { storage_namespace: "apps", name: "web" }
          Warning UninstallFailed: Helm uninstall failed for release apps/web.v1 with chart web@1.0.0: hook failed
        Err("hook failed"); 1 stored
        * spec/suspend changed
        deleted: Leave
        * spec/suspend changed
        deleted: Uninstall { storage_namespace: "apps", name: "web" }
          Normal UninstallSucceeded: Helm uninstall succeeded for release apps/web.v1 with chart web@1.0.0
        Ok(()); 0 stored
        deleted: Uninstall { storage_namespace: "apps", name: "web" }
        Ok(()); 0 stored
    "#]],
    );
}

#[test]
fn deletion_can_keep_the_history() {
    let mut world = World::new(json!({"uninstall": {"keepHistory": true}}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.delete(Well);
    world.delete(Well);
    check(
        &world,
        expect![[r#"
        deleted: Uninstall { storage_namespace: "apps", name: "web" }
          Normal UninstallSucceeded: Helm uninstall succeeded for release apps/web.v1 with chart web@1.0.0
        Ok(()); 1 stored
        deleted: Uninstall { storage_namespace: "apps", name: "web" }
        Ok(()); 1 stored
    "#]],
    );
}
