//! `tenter demo`.

use testkit::kubernetes::Selected;

use crate::home::Home;
use crate::process::run;

#[test]
fn every_step_of_the_demo_holds() {
    let home = Home::new();
    let mut command = home.tenter();
    command.args(["demo", "--exit"]).args(home.to_cluster());
    let told = run(command, "").ok();
    assert!(told.contains("steps held"), "{told}");
    // The kubeconfig of a cluster in the process goes with it.
    assert_eq!(home.kubeconfig().exists(), Selected::from_environment() == Selected::Kubernetes);
}
