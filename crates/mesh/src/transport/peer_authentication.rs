//! What the proxy of a server takes: Istio's PeerAuthentication.

use std::fmt;

use serde::Serialize;

use crate::membership::Proxy;
use crate::reasoning::Reasoning;
use crate::resource::by_age;
use crate::workload::Workload;
use crate::{Field, Resource, World, kind};

/// What a server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MutualTls {
    /// Clear text, and TLS only of the application.
    Disabled,
    /// Mutual TLS and clear text.
    Permissive,
    /// Mutual TLS only.
    Strict,
}

impl MutualTls {
    /// What is left of a mode at a proxy: the ambient mesh knows only whether clear text is refused.
    pub(crate) fn at(self, proxy: Proxy) -> MutualTls {
        match (self, proxy) {
            (MutualTls::Disabled, Proxy::Ambient) => MutualTls::Permissive,
            (mode, _) => mode,
        }
    }
}

impl fmt::Display for MutualTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            MutualTls::Disabled => "DISABLE",
            MutualTls::Permissive => "PERMISSIVE",
            MutualTls::Strict => "STRICT",
        })
    }
}

/// What Istio's proxy of a workload takes at a port: what the policy of the workload says of the port, else of the workload,
/// else what the policy of its namespace says, else of the root namespace, else `PERMISSIVE`. Of two policies for the same the
/// older one counts, and `UNSET` says nothing (Istio `ComposePeerAuthentication`).
pub(crate) fn mode_of(world: &World, workload: Workload<'_>, port: u16, why: &mut Reasoning) -> MutualTls {
    let (own, root) = (workload.namespace(), world.mesh_config().root_namespace());
    let oldest = |namespace: &str, fits: &dyn Fn(&Resource<'_>) -> bool| {
        world.within(kind::PEER_AUTHENTICATION, namespace).filter(fits).min_by_key(|policy| by_age(*policy))
    };
    let of_workload = (own != root)
        .then(|| oldest(own, &|policy| selector(*policy).is_some_and(|labels| workload.satisfies(labels))))
        .flatten();
    let of_namespace = (own != root).then(|| oldest(own, &|policy| selector(*policy).is_none())).flatten();
    let of_mesh = oldest(root, &|policy| selector(*policy).is_none());
    let by_port = of_workload.and_then(|policy| {
        let mtls = policy.at(&["spec", "portLevelMtls"])?.get(&port.to_string())?;
        mode(mtls)
    });
    if let Some((mode, field)) = by_port {
        why.push(
            Reasoning::decides(format!("the workload's PeerAuthentication says {mode} for port {port}")).at(field),
        );
        return mode;
    }
    let levels = [(of_workload, "workload"), (of_namespace, "namespace"), (of_mesh, "mesh")];
    for (policy, level) in levels {
        let Some(policy) = policy else { continue };
        match policy.at(&["spec", "mtls"]).and_then(mode) {
            Some((mode, field)) => {
                why.push(Reasoning::decides(format!("the {level}'s PeerAuthentication says {mode}")).at(field));
                return mode;
            }
            None => {
                let step = format!("the {level}'s PeerAuthentication leaves the mode open");
                why.push(Reasoning::noted(step).about(policy));
            }
        }
    }
    why.push(Reasoning::decides("no PeerAuthentication says anything, so the server takes both (PERMISSIVE)"));
    MutualTls::Permissive
}

/// The labels that a policy selects by, if it selects.
fn selector(policy: Resource<'_>) -> Option<Field<'_>> {
    let labels = policy.at(&["spec", "selector", "matchLabels"])?;
    labels.members().next().is_some().then_some(labels)
}

fn mode(mtls: Field<'_>) -> Option<(MutualTls, Field<'_>)> {
    let field = mtls.get("mode")?;
    let mode = match field.as_str()? {
        "DISABLE" => MutualTls::Disabled,
        "PERMISSIVE" => MutualTls::Permissive,
        "STRICT" => MutualTls::Strict,
        _ => return None,
    };
    Some((mode, field))
}
