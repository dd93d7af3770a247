//! `tenter bench`: that it measures what it says, not how fast this machine is.

use tempfile::TempDir;

use crate::process::{Outcome, run};
use crate::up::tenter;

fn bench(arguments: &[&str]) -> Outcome {
    let home: TempDir = tempfile::tempdir().unwrap();
    let mut command = tenter(&home);
    command.args(["bench"]).args(arguments);
    run(command, "")
}

#[test]
fn both_kinds_are_installed_upgraded_and_reconciled() {
    for kind in ["kustomization", "helmrelease"] {
        let arguments = ["mttp", "--kind", kind, "--objects", "3", "--floor", "--idle", "1s", "-o", "json"];
        let report: serde_json::Value = serde_json::from_str(&bench(&arguments).ok()).unwrap();
        assert!(report["floorSeconds"].as_f64().unwrap() > 0.0, "{kind}: {report:#}");
        // Every object of the three is tried and applied, and in the upgrade only the Deployments.
        assert_eq!(report["install"]["requests"]["dry-run"], 12, "{kind}: {report:#}");
        assert_eq!(report["upgrade"]["requests"]["apply"], 3, "{kind}: {report:#}");
        assert_eq!(report["resync"]["requests"]["apply"], serde_json::Value::Null, "{kind}: {report:#}");
        assert_eq!(report["idleRequests"], serde_json::json!({}), "{kind}: {report:#}");
    }
}

#[test]
fn the_work_is_written_out_for_other_tools() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    bench(&["mttp", "--objects", "2", "--export", &path, "--source-url", "https://git.example.com/bench.git"]).ok();
    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
    assert!(read("1-setup.yaml").contains("name: tenter-bench\n"));
    assert!(read("2-sources.yaml").contains("tag: v1.0.0\n"));
    assert_eq!(read("3-install.yaml").matches("kind: Kustomization\n").count(), 2);
    assert!(read("4-upgrade.yaml").contains("tag: v1.1.0\n"));
    assert!(read("repository/v1.0.0/app/deployment.yaml").contains("app:v1.0.0\n"));
    assert!(read("repository/v1.1.0/chart/Chart.yaml").contains("version: 1.1.0\n"));
}

#[test]
fn a_controller_elsewhere_needs_a_named_cluster() {
    bench(&["mttp", "--external", "--source-url", "https://git.example.com/bench.git"]).ended_with(2);
}
