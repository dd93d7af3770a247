//! `tenter demo`.

use crate::process::run;
use crate::up::tenter;

#[test]
fn every_step_of_the_demo_holds() {
    let home = tempfile::tempdir().unwrap();
    let mut command = tenter(&home);
    command.args(["demo", "--exit"]);
    let told = run(command, "").ok();
    assert!(told.contains("steps held"), "{told}");
    let kept: Vec<_> = std::fs::read_dir(home.path().join("state/tenter")).unwrap().collect();
    assert!(kept.is_empty(), "the kubeconfig of a cluster that is gone: {kept:?}");
}
