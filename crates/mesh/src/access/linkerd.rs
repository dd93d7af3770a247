//! What Linkerd says of a request: Servers with the authorizations for them, or the default policy of the workload.

use super::decision::{AccessDecision, AccessQuestion, Identity, Layer, Verdict, rule};
use crate::cidr::Cidr;
use crate::reasoning::Reasoning;
use crate::request::Scheme;
use crate::resource::by_age;
use crate::route::matching_route;
use crate::selector::matches_selector;
use crate::transport::{TransportOutcome, skipped};
use crate::{Field, Resource, World, kind};

/// The annotation that chooses a workload's default policy.
const DEFAULT_POLICY: &str = "config.linkerd.io/default-inbound-policy";
/// The networks that Linkerd takes for the cluster's own unless it is told otherwise.
const CLUSTER_NETWORKS: [&str; 5] = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"];

/// What Linkerd does with what no authorization is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DefaultPolicy {
    All(Authentication),
    Cluster(Authentication),
    Deny,
    Audit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Authentication {
    Needed,
    NotNeeded,
}

impl DefaultPolicy {
    fn named(name: &str) -> Option<DefaultPolicy> {
        Some(match name {
            "all-unauthenticated" => DefaultPolicy::All(Authentication::NotNeeded),
            "all-authenticated" => DefaultPolicy::All(Authentication::Needed),
            "cluster-unauthenticated" => DefaultPolicy::Cluster(Authentication::NotNeeded),
            "cluster-authenticated" => DefaultPolicy::Cluster(Authentication::Needed),
            "deny" => DefaultPolicy::Deny,
            "audit" => DefaultPolicy::Audit,
            _ => return None,
        })
    }
}

/// The client as authorizations see it.
#[derive(Debug, Clone)]
struct Seen<'q, 'w> {
    question: AccessQuestion<'q, 'w>,
    identity: Option<String>,
}

fn verdict(verdict: Verdict, by: Layer) -> AccessDecision {
    let status = (verdict == Verdict::Deny).then_some(403);
    AccessDecision { status, ..AccessDecision::new(verdict, by) }
}

/// Whether Linkerd's proxy of a workload lets a request in.
pub(super) fn decide(world: &World, question: AccessQuestion<'_, '_>, why: &mut Reasoning) -> AccessDecision {
    let identity = match (&question.peer.identity, question.peer.workload) {
        (Identity::Proven(identity), _) => Some(identity.clone()),
        (Identity::Negotiated, Some(client)) => {
            let decision = world.transport(client, question.target, question.port);
            let identity = decision.client_identity.filter(|_| decision.outcome == TransportOutcome::Mutual);
            why.push(decision.reasoning);
            identity
        }
        (Identity::Negotiated, None) | (Identity::None, _) => None,
    };
    if let Some(field) = skipped(world, question.target, "config.linkerd.io/skip-inbound-ports", question.port) {
        why.push(Reasoning::decides("the workload's proxy does not see the port, so no policy holds for it").at(field));
        return verdict(Verdict::Allow, Layer::Nothing);
    }
    let seen = Seen { question, identity: identity.clone() };
    let decision = match server(world, question) {
        Some(server) => {
            why.push(Reasoning::holds(format!("the port is of Server {}", server.name())).about(server));
            by_server(world, server, &seen, why)
        }
        None => {
            let (policy, reason) = default_policy(world, question);
            why.push(reason);
            by_default(policy, &seen, why)
        }
    };
    AccessDecision { principal: identity, ..decision }
}

/// The Server that selects the workload and its port: of several the oldest.
fn server<'w>(world: &'w World, question: AccessQuestion<'_, '_>) -> Option<Resource<'w>> {
    let target = question.target;
    let servers = world.within(kind::LINKERD_SERVER, target.namespace()).filter(|server| {
        let selected = server
            .at(&["spec", "podSelector"])
            .is_some_and(|selector| matches_selector(selector, |name| target.label(name)));
        let port = server.at(&["spec", "port"]);
        let named = port
            .and_then(Field::as_str)
            .is_some_and(|name| target.ports().any(|port| port.name == name && port.number == question.port));
        let number = server.spec().and_then(|spec| spec.integer("port"));
        selected && (named || number == Some(i64::from(question.port)))
    });
    servers.min_by_key(|server| by_age(*server))
}

fn by_server(world: &World, server: Resource<'_>, seen: &Seen<'_, '_>, why: &mut Reasoning) -> AccessDecision {
    for limit in world.within(kind::LINKERD_RATE_LIMIT, server.namespace()) {
        if limit.at(&["spec", "targetRef", "name"]).and_then(Field::as_str) == Some(server.name()) {
            let step =
                format!("HTTPLocalRateLimitPolicy {} refuses with 429 what is more than it allows", limit.name());
            why.push(Reasoning::noted(step).about(limit));
        }
    }
    let protocol = server.spec().map_or("", |spec| spec.text("proxyProtocol"));
    let readable = seen.question.request.scheme == Scheme::Http && !matches!(protocol, "opaque" | "TLS");
    let routes: Vec<Resource<'_>> = [kind::LINKERD_HTTP_ROUTE, kind::HTTP_ROUTE, kind::GRPC_ROUTE]
        .into_iter()
        .flat_map(|kind| world.within(kind, server.namespace()))
        .filter(|route| {
            route.list(&["spec", "parentRefs"]).any(|parent| {
                parent.text("kind") == "Server"
                    && parent.text("group") == "policy.linkerd.io"
                    && parent.text("name") == server.name()
            })
        })
        .collect();
    let mut route = None;
    if readable && !routes.is_empty() {
        route = matching_route(&routes, seen.question.request, why);
        if route.is_none() {
            why.push(Reasoning::decides("no route of the Server is for the request: clients get 404"));
            return AccessDecision { status: Some(404), ..verdict(Verdict::Deny, Layer::Authorization) };
        }
    }
    let policies = world.within(kind::LINKERD_AUTHORIZATION_POLICY, server.namespace());
    for policy in policies.filter(|policy| targets(*policy, server, route)) {
        let mut step = Reasoning::fails(format!("AuthorizationPolicy {}", policy.name())).about(policy);
        match authenticates(world, policy, seen) {
            Ok(()) => {
                why.push(
                    Reasoning::decides(format!("AuthorizationPolicy {} lets the client in", policy.name()))
                        .about(policy),
                );
                let matched = Some(rule(policy, ""));
                return AccessDecision { matched, ..verdict(Verdict::Allow, Layer::Authorization) };
            }
            Err(reason) => step.push(reason),
        }
        why.push(step);
    }
    let authorizations = world.within(kind::LINKERD_SERVER_AUTHORIZATION, server.namespace());
    for authorization in authorizations.filter(|authorization| authorizes(*authorization, server)) {
        let client = authorization.at(&["spec", "client"]);
        if client.is_some_and(|client| fits_client(world, authorization, client, seen)) {
            let step = format!("ServerAuthorization {} lets the client in", authorization.name());
            why.push(Reasoning::decides(step).about(authorization));
            let matched = Some(rule(authorization, ""));
            return AccessDecision { matched, ..verdict(Verdict::Allow, Layer::Authorization) };
        }
        let step = format!("ServerAuthorization {} is for other clients", authorization.name());
        why.push(Reasoning::fails(step).about(authorization));
    }
    let access = server.at(&["spec", "accessPolicy"]);
    let policy = access.and_then(Field::as_str).and_then(DefaultPolicy::named).unwrap_or(DefaultPolicy::Deny);
    let step = Reasoning::noted("no authorization is for the client, so the Server's `accessPolicy` decides");
    why.push(access.map_or_else(|| step.clone().about(server), |field| step.clone().at(field)));
    by_default(policy, seen, why)
}

/// Whether a policy is for the Server, its namespace, or the route that the request matched.
fn targets(policy: Resource<'_>, server: Resource<'_>, route: Option<Resource<'_>>) -> bool {
    let Some(target) = policy.at(&["spec", "targetRef"]) else { return false };
    let name = target.text("name");
    match target.text("kind") {
        "Server" => name == server.name(),
        "Namespace" => name == server.namespace(),
        "HTTPRoute" | "GRPCRoute" => route.is_some_and(|route| {
            route.name() == name && route.kind() == target.text("kind") && route.id().group == target.text("group")
        }),
        _ => false,
    }
}

/// Whether the client satisfies every authentication that a policy requires. A policy that requires one which is not there
/// counts for nobody.
fn authenticates(world: &World, policy: Resource<'_>, seen: &Seen<'_, '_>) -> Result<(), Reasoning> {
    for reference in policy.list(&["spec", "requiredAuthenticationRefs"]) {
        let namespace = Some(reference.text("namespace")).filter(|namespace| !namespace.is_empty());
        let namespace = namespace.unwrap_or(policy.namespace());
        let name = reference.text("name");
        let satisfied = match reference.text("kind") {
            "MeshTLSAuthentication" => world
                .find(kind::LINKERD_MESH_TLS_AUTHENTICATION, namespace, name)
                .map(|found| identities(world, found).iter().any(|wanted| is_identity(wanted, seen))),
            "NetworkAuthentication" => world
                .find(kind::LINKERD_NETWORK_AUTHENTICATION, namespace, name)
                .map(|found| found.list(&["spec", "networks"]).any(|network| in_network(network, seen))),
            "ServiceAccount" => Some(is_identity(&service_account(world, namespace, name), seen)),
            _ => None,
        };
        match satisfied {
            Some(true) => {}
            Some(false) => {
                let who = seen.identity.as_deref().unwrap_or("without identity");
                let step = format!("the client ({who}) does not satisfy {} {name}", reference.text("kind"));
                return Err(Reasoning::fails(step).at(reference));
            }
            None => {
                let step = format!(
                    "{} {namespace}/{name} is not there, so the policy counts for nobody",
                    reference.text("kind")
                );
                return Err(Reasoning::fails(step).at(reference));
            }
        }
    }
    Ok(())
}

fn service_account(world: &World, namespace: &str, name: &str) -> String {
    format!("{name}.{namespace}.serviceaccount.identity.linkerd.{}", world.options().cluster_domain)
}

/// The identities that a MeshTLSAuthentication accepts.
fn identities(world: &World, authentication: Resource<'_>) -> Vec<String> {
    let written = authentication.list(&["spec", "identities"]).filter_map(Field::as_str).map(str::to_owned);
    let referred = authentication.list(&["spec", "identityRefs"]).filter_map(|reference| {
        let namespace = Some(reference.text("namespace")).filter(|namespace| !namespace.is_empty());
        match reference.text("kind") {
            "ServiceAccount" => {
                let namespace = namespace.unwrap_or(authentication.namespace());
                Some(service_account(world, namespace, reference.text("name")))
            }
            "Namespace" => {
                Some(format!("*.{}", service_account(world, reference.text("name"), "").trim_start_matches('.')))
            }
            _ => None,
        }
    });
    written.chain(referred).collect()
}

/// Whether the client proves an identity: this one, one that ends so (`*.…`), or any (`*`).
fn is_identity(wanted: &str, seen: &Seen<'_, '_>) -> bool {
    seen.identity.as_deref().is_some_and(|identity| match wanted.strip_prefix('*') {
        Some("") => true,
        Some(end) if end.starts_with('.') => identity.ends_with(end),
        Some(_) | None => identity == wanted,
    })
}

/// Whether the client's address is in a network. Addresses of workloads are not known before they run: only the network of
/// all addresses has them for sure.
fn in_network(network: Field<'_>, seen: &Seen<'_, '_>) -> bool {
    let text = network.as_str().unwrap_or_else(|| network.text("cidr"));
    let Some(range) = Cidr::parse(text) else { return false };
    let mut except = network.texts("except").filter_map(Cidr::parse);
    match seen.question.peer.ip {
        Some(ip) => range.contains(ip) && !except.any(|range| range.contains(ip)),
        None => range.is_everything() && except.next().is_none(),
    }
}

/// Whether a ServerAuthorization is for a Server, by name or by labels.
fn authorizes(authorization: Resource<'_>, server: Resource<'_>) -> bool {
    let Some(wanted) = authorization.at(&["spec", "server"]) else { return false };
    match wanted.get("selector") {
        Some(selector) => matches_selector(selector, |name| server.label(name)),
        None => wanted.text("name") == server.name(),
    }
}

fn fits_client(world: &World, authorization: Resource<'_>, client: Field<'_>, seen: &Seen<'_, '_>) -> bool {
    let network = client.get("networks").is_none() || client.list("networks").any(|network| in_network(network, seen));
    let identity = || {
        let Some(tls) = client.get("meshTLS") else { return false };
        let of_account = |account: Field<'_>| {
            let namespace = Some(account.text("namespace")).filter(|namespace| !namespace.is_empty());
            let wanted = service_account(world, namespace.unwrap_or(authorization.namespace()), account.text("name"));
            is_identity(&wanted, seen)
        };
        tls.flag("unauthenticatedTLS") && seen.identity.is_some()
            || tls.texts("identities").any(|wanted| is_identity(wanted, seen))
            || tls.list("serviceAccounts").any(of_account)
    };
    network && (client.flag("unauthenticated") || identity())
}

/// The default policy of a workload: its own annotation, that of its namespace, or Linkerd's own default.
fn default_policy(world: &World, question: AccessQuestion<'_, '_>) -> (DefaultPolicy, Reasoning) {
    let own = question.target.pod().and_then(|pod| pod.at(&["metadata", "annotations", DEFAULT_POLICY]));
    let namespace = || {
        world.find(kind::NAMESPACE, "", question.target.namespace())?.at(&["metadata", "annotations", DEFAULT_POLICY])
    };
    let said = own.or_else(namespace).and_then(|field| Some((DefaultPolicy::named(field.as_str()?)?, field)));
    match said {
        Some((policy, field)) => {
            let step = format!(
                "no Server is for the port, and the default policy is `{}`",
                field.as_str().unwrap_or_default()
            );
            (policy, Reasoning::noted(step).at(field))
        }
        None => {
            let step = "no Server is for the port, and Linkerd's default policy is `all-unauthenticated`";
            (DefaultPolicy::All(Authentication::NotNeeded), Reasoning::noted(step))
        }
    }
}

fn by_default(policy: DefaultPolicy, seen: &Seen<'_, '_>, why: &mut Reasoning) -> AccessDecision {
    let authenticated = |needed: Authentication| needed == Authentication::NotNeeded || seen.identity.is_some();
    let inside = match (seen.question.peer.workload, seen.question.peer.ip) {
        (_, Some(ip)) => CLUSTER_NETWORKS.iter().filter_map(|range| Cidr::parse(range)).any(|range| range.contains(ip)),
        (workload, None) => workload.is_some(),
    };
    let (allowed, step) = match policy {
        DefaultPolicy::All(needed) if authenticated(needed) => (true, "the default policy lets everybody in"),
        DefaultPolicy::Cluster(needed) if authenticated(needed) && inside => {
            (true, "the default policy lets the cluster's own clients in")
        }
        DefaultPolicy::Audit => (true, "the default policy lets everybody in and writes it down"),
        DefaultPolicy::Deny => (false, "the default policy lets nobody in"),
        DefaultPolicy::All(_) => (false, "the default policy lets in only who proves an identity"),
        DefaultPolicy::Cluster(_) => {
            (false, "the default policy lets in only the cluster's own clients, and maybe only those with an identity")
        }
    };
    why.push(Reasoning::decides(step));
    let by = if allowed { Layer::Nothing } else { Layer::Authorization };
    verdict(if allowed { Verdict::Allow } else { Verdict::Deny }, by)
}
