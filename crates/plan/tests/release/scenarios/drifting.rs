//! Objects that change in the cluster.

use expect_test::expect;
use plan::release::{Change, Drift, DriftedObject};
use serde_json::json;

use super::check;
use crate::world::World;

fn drift() -> Drift {
    let id = |kind: &str| manifest::ObjectId {
        group: "apps".to_owned(),
        kind: kind.to_owned(),
        namespace: "apps".to_owned(),
        name: "web".to_owned(),
    };
    let change = Change::Changed { added: 1, changed: 2, removed: 0 };
    Drift {
        objects: vec![
            DriftedObject { id: id("Deployment"), change },
            DriftedObject { id: id("StatefulSet"), change: Change::Removed },
        ],
    }
}

#[test]
fn drift_is_corrected() {
    let mut world = World::new(json!({"driftDetection": {"mode": "enabled"}}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.drift = Some(drift());
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
        drifted -> correct cluster drift (detected changes in cluster state: removed: 1, changed: 1, excluded: 0)
          Warning DriftDetected: Cluster state of release apps/web.v1 has drifted from the desired state:
        Deployment/apps/web changed (1 additions, 2 changes, 0 removals)
        StatefulSet/apps/web removed
          Normal DriftCorrected: Cluster state of release apps/web.v1 has been corrected:
        Deployment/apps/web configured
        in sync
        end: Done
          Drifted=False NoDriftDetected: No drift detected against the cluster state
          Ready=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
          failures 0/0/0, history [v1 deployed install], observed 1
    "#]],
    );
}

#[test]
fn drift_is_told_of_or_not_looked_at() {
    let mut world = World::new(json!({"driftDetection": {"mode": "warn"}}));
    world.reconcile(&[]);
    world.transcript.clear();
    world.drift = Some(drift());
    world.reconcile(&[]);
    world.edit("/driftDetection", json!({"mode": "disabled"}));
    world.reconcile(&[]);
    check(
        &world,
        expect![[r#"
            drifted
              Warning DriftDetected: Cluster state of release apps/web.v1 has drifted from the desired state:
            Deployment/apps/web changed (1 additions, 2 changes, 0 removals)
            StatefulSet/apps/web removed
            end: Done
              Drifted=True DriftDetected: Cluster state of release apps/web.v1 has drifted from the desired state:
            Deployment/apps/web changed (1 additions, 2 changes, 0 removals)
            StatefulSet/apps/web removed
              Ready=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
              Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
              failures 0/0/0, history [v1 deployed install], observed 1
            * spec/driftDetection changed
            in sync
            end: Done
              Ready=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
              Released=True InstallSucceeded: Helm install succeeded for release apps/web.v1 with chart web@1.0.0
              failures 0/0/0, history [v1 deployed install], observed 2
        "#]],
    );
}
