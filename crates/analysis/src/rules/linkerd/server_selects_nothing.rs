//! A Server is for no port of any pod.
//!
//! ## Why it matters
//!
//! Authorizations that refer to it protect nothing, and the port that was meant follows the default policy, which usually allows
//! everybody.
//!
//! ## What to do
//!
//! Correct `podSelector`, which is compared with the labels of pods, or `port`, whose name must be that of a container's port.

use manifest::Severity;
use mesh::{World, kind};

use super::ports::{number, selected};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0104"),
    name: "ServerSelectsNothing",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("server_selects_nothing.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    for server in world
        .of(kind::LINKERD_SERVER)
        .filter(|server| known.whole(server.namespace()) && world.workloads_in(server.namespace()).len() > 0)
    {
        let Some(selector) = server.at(&["spec", "podSelector"]) else { continue };
        let pods = selected(world, server);
        if pods.is_empty() {
            findings
                .at(&RULE, server, selector, "no pod has the labels that the Server selects")
                .hint("Correct `podSelector`.");
            continue;
        }
        let Some(port) = server.at(&["spec", "port"]) else { continue };
        if port.as_str().is_some() && pods.iter().all(|workload| number(*workload, port).is_none()) {
            let name = port.as_str().unwrap_or_default();
            findings
                .at(&RULE, server, port, format!("no container of the pods has a port of the name `{name}`"))
                .hint("Write the name or the number of a container's port.")
                .see(pods[0].resource().location(), "the Server selects this workload");
        }
    }
}
