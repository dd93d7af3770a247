//! How a connection between two workloads is encrypted, and by which certificates.

mod peer_authentication;

use serde::Serialize;

pub use peer_authentication::MutualTls;
pub(crate) use peer_authentication::mode_of;

use crate::membership::{Proxy, hidden_port};
use crate::reasoning::Reasoning;
use crate::request::Client;
use crate::route::destination_rules;
use crate::workload::Workload;
use crate::{Field, World, kind};

/// How a connection is encrypted, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransportDecision {
    /// What comes of what client and server want.
    pub outcome: TransportOutcome,
    /// What the client sends.
    pub client: ClientTls,
    /// What the server takes.
    pub server: MutualTls,
    /// The identity that the client proves, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_identity: Option<String>,
    /// The identities of which the client expects one, if it expects any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub server_identities: Vec<String>,
    /// How it came to that.
    pub reasoning: Reasoning,
}

/// What comes of what client and server want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TransportOutcome {
    /// Both prove who they are, and it is encrypted.
    Mutual,
    /// It is encrypted between the applications; the mesh proves nobody's identity.
    Tls,
    /// In clear text.
    Plaintext,
    /// The two do not understand each other: there is no connection.
    Conflict,
}

/// What a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ClientTls {
    /// Clear text.
    Plaintext,
    /// TLS that proves only who the server is (`SIMPLE`).
    Simple,
    /// TLS with a certificate of its own choice (`MUTUAL`).
    Mutual,
    /// TLS with the certificates of the mesh (`ISTIO_MUTUAL`, auto mTLS, HBONE, Linkerd).
    Mesh,
}

impl World {
    /// How a connection of a workload to a port of another one is encrypted. `port` is the workload's own.
    pub fn transport(&self, client: Workload<'_>, server: Workload<'_>, port: u16) -> TransportDecision {
        let mut why = Reasoning::decides(String::new());
        let (client_proxy, reason) = self.proxy_of(client);
        why.push(Reasoning::noted("the client's proxy").because([reason]));
        let (server_proxy, reason) = self.proxy_of(server);
        why.push(Reasoning::noted("the server's proxy").because([reason]));
        if client_proxy == Proxy::Linkerd || server_proxy == Proxy::Linkerd {
            return linkerd(self, (client, client_proxy), (server, server_proxy), port, why);
        }
        let takes = if server_proxy.is_istio() {
            mode_of(self, server, port, &mut why).at(server_proxy)
        } else {
            why.push(Reasoning::noted("the server has no proxy that takes mTLS"));
            MutualTls::Disabled
        };
        let sends = if client_proxy.is_istio() {
            client_tls(self, client, server, port, (client_proxy, server_proxy), takes, &mut why)
        } else {
            ClientTls::Plaintext
        };
        // The client does not know that the server's proxy does not see the port.
        let hidden = hidden_port(server, port).filter(|_| server_proxy == Proxy::Sidecar);
        if let Some(field) = hidden {
            why.push(Reasoning::noted(format!("the server's proxy does not see port {port}")).at(field));
        }
        let takes = if hidden.is_some() { MutualTls::Disabled } else { takes };
        let outcome = match (sends, takes) {
            (ClientTls::Mesh, MutualTls::Permissive | MutualTls::Strict) => TransportOutcome::Mutual,
            (ClientTls::Mesh, MutualTls::Disabled) => TransportOutcome::Conflict,
            (ClientTls::Plaintext, MutualTls::Strict) => TransportOutcome::Conflict,
            (ClientTls::Plaintext, MutualTls::Permissive | MutualTls::Disabled) => TransportOutcome::Plaintext,
            (ClientTls::Simple, MutualTls::Strict) => TransportOutcome::Conflict,
            // Whether a strict server takes the client's own certificate depends on who issued it.
            (ClientTls::Mutual, MutualTls::Strict)
            | (ClientTls::Simple | ClientTls::Mutual, MutualTls::Permissive | MutualTls::Disabled) => {
                TransportOutcome::Tls
            }
        };
        let mutual = outcome == TransportOutcome::Mutual;
        why.step = sentence(outcome, takes);
        TransportDecision {
            outcome,
            client: sends,
            server: takes,
            client_identity: mutual.then(|| self.istio_identity(client)),
            server_identities: if mutual { expected_identities(self, client, server, port) } else { Vec::new() },
            reasoning: why,
        }
    }

    /// The identity of a workload in Istio's mesh, as policies write it: without `spiffe://`.
    pub fn istio_identity(&self, workload: Workload<'_>) -> String {
        let domain = self.mesh_config().trust_domain();
        format!("{domain}/ns/{}/sa/{}", workload.namespace(), workload.service_account())
    }

    /// The identity of a workload in Linkerd's mesh.
    pub fn linkerd_identity(&self, workload: Workload<'_>) -> String {
        let domain = &self.options().cluster_domain;
        format!("{}.{}.serviceaccount.identity.linkerd.{domain}", workload.service_account(), workload.namespace())
    }
}

fn sentence(outcome: TransportOutcome, server: MutualTls) -> String {
    match outcome {
        TransportOutcome::Mutual => "mutual TLS by the mesh".to_owned(),
        TransportOutcome::Tls => "TLS of the client's own, which the mesh does not vouch for".to_owned(),
        TransportOutcome::Plaintext => "clear text".to_owned(),
        TransportOutcome::Conflict => {
            format!("no connection: the client does not send what the server takes ({server})")
        }
    }
}

/// What Istio's proxy of a client sends: what a DestinationRule says, or what the server takes (auto mTLS).
fn client_tls(
    world: &World,
    client: Workload<'_>,
    server: Workload<'_>,
    port: u16,
    (own, other): (Proxy, Proxy),
    takes: MutualTls,
    why: &mut Reasoning,
) -> ClientTls {
    if own == Proxy::Ambient {
        let meshed = other.is_istio();
        why.push(Reasoning::decides(if meshed {
            "the ambient mesh tunnels between its members with mTLS"
        } else {
            "the server is no member of the mesh, so the ambient mesh sends clear text"
        }));
        return if meshed { ClientTls::Mesh } else { ClientTls::Plaintext };
    }
    if let Some((tls, mode)) = declared_tls(world, client, server, port, why) {
        let step = format!("a DestinationRule has the client use `{mode}`");
        why.push(Reasoning::decides(step).at(tls));
        return match mode {
            "ISTIO_MUTUAL" => ClientTls::Mesh,
            "MUTUAL" => ClientTls::Mutual,
            "SIMPLE" => ClientTls::Simple,
            _ => ClientTls::Plaintext,
        };
    }
    let auto = world.mesh_config().value()["enableAutoMtls"].as_bool().unwrap_or(true);
    let (step, sends) = match (auto, other.is_istio(), takes) {
        (false, _, _) => ("`enableAutoMtls` is off and no DestinationRule says otherwise", ClientTls::Plaintext),
        (true, false, _) => ("auto mTLS: the server has no proxy", ClientTls::Plaintext),
        (true, true, MutualTls::Disabled) => ("auto mTLS: the server takes clear text only", ClientTls::Plaintext),
        (true, true, MutualTls::Permissive | MutualTls::Strict) => ("auto mTLS: the server takes it", ClientTls::Mesh),
    };
    why.push(Reasoning::decides(step));
    sends
}

/// The `tls` of the DestinationRule that holds for the first service through which the port is reached.
fn declared_tls<'w>(
    world: &'w World,
    client: Workload<'w>,
    server: Workload<'w>,
    port: u16,
    why: &mut Reasoning,
) -> Option<(Field<'w>, &'w str)> {
    for service in world.services_of(server) {
        let Some(through) = service.ports().find(|through| through.number_at(server) == Some(port)) else { continue };
        let Some(rules) = destination_rules(world, Client::Workload(client), service, why) else { continue };
        let policy = rules.policy(Some(through.number), None);
        if let Some(tls) = policy.tls {
            return Some((tls, policy.tls_mode()));
        }
    }
    None
}

/// The identities that a client expects: the names that its DestinationRule lists, or those of everything behind the service
/// through which it reaches the server.
fn expected_identities(world: &World, client: Workload<'_>, server: Workload<'_>, port: u16) -> Vec<String> {
    let mut unsaid = Reasoning::noted(String::new());
    let declared = declared_tls(world, client, server, port, &mut unsaid);
    let names: Vec<String> =
        declared.into_iter().flat_map(|(tls, _)| tls.texts("subjectAltNames")).map(str::to_owned).collect();
    if !names.is_empty() {
        return names;
    }
    let through = world
        .services_of(server)
        .find(|service| service.ports().any(|through| through.number_at(server) == Some(port)));
    let behind = through.map_or_else(|| vec![server], |service| service.workloads(world));
    let mut identities: Vec<String> =
        behind.into_iter().map(|workload| format!("spiffe://{}", world.istio_identity(workload))).collect();
    identities.sort();
    identities.dedup();
    identities
}

/// Linkerd encrypts whatever both of its proxies see.
fn linkerd(
    world: &World,
    (client, client_proxy): (Workload<'_>, Proxy),
    (server, server_proxy): (Workload<'_>, Proxy),
    port: u16,
    mut why: Reasoning,
) -> TransportDecision {
    let outbound = skipped(world, client, "config.linkerd.io/skip-outbound-ports", port);
    let inbound = skipped(world, server, "config.linkerd.io/skip-inbound-ports", port);
    for (skips, who) in [(outbound, "client"), (inbound, "server")] {
        if let Some(field) = skips {
            why.push(Reasoning::decides(format!("the {who}'s proxy does not see port {port}")).at(field));
        }
    }
    let both = client_proxy == Proxy::Linkerd && server_proxy == Proxy::Linkerd;
    let mutual = both && outbound.is_none() && inbound.is_none();
    let outcome = if mutual { TransportOutcome::Mutual } else { TransportOutcome::Plaintext };
    let server_tls =
        if server_proxy == Proxy::Linkerd && inbound.is_none() { MutualTls::Permissive } else { MutualTls::Disabled };
    why.step = sentence(outcome, server_tls);
    TransportDecision {
        outcome,
        client: if mutual { ClientTls::Mesh } else { ClientTls::Plaintext },
        server: server_tls,
        client_identity: mutual.then(|| world.linkerd_identity(client)),
        server_identities: if mutual { vec![world.linkerd_identity(server)] } else { Vec::new() },
        reasoning: why,
    }
}

/// The annotation of a workload or its namespace that keeps a port from the proxy.
pub(crate) fn skipped<'w>(world: &'w World, workload: Workload<'w>, name: &str, port: u16) -> Option<Field<'w>> {
    let own = workload.pod().and_then(|pod| pod.at(&["metadata", "annotations", name]));
    let namespace = || world.find(kind::NAMESPACE, "", workload.namespace())?.at(&["metadata", "annotations", name]);
    let field = own.or_else(namespace)?;
    let listed = field.as_str()?.split(',').map(str::trim).any(|item| match item.split_once('-') {
        Some((first, last)) => {
            let bounds = first.parse::<u16>().ok().zip(last.parse::<u16>().ok());
            bounds.is_some_and(|(first, last)| (first..=last).contains(&port))
        }
        None => item == port.to_string(),
    });
    listed.then_some(field)
}
