//! Where what DestinationRules have clients send meets what PeerAuthentications let servers take.

use std::collections::{BTreeMap, HashMap};

use manifest::ObjectId;
use mesh::{Field, KindName, Resource, Service, World, host, kind};

use super::selectors::labels;
use crate::membership::Membership;
use crate::{Findings, Rule};

/// How far a PeerAuthentication reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It is the namespace's own.
    Namespace,
    /// It is in the root namespace.
    Mesh,
}

/// The PeerAuthentication that decides what the servers of a namespace take.
#[derive(Clone, Copy)]
pub(super) struct Policy<'w> {
    pub(super) resource: Resource<'w>,
    pub(super) mode: Field<'w>,
    pub(super) reach: Reach,
}

/// A service about which a policy decides, and the DestinationRules whose host fits it best: clients of different namespaces
/// may follow different ones.
pub(super) struct Meeting<'w> {
    pub(super) service: Service<'w>,
    pub(super) policy: Policy<'w>,
    pub(super) rules: Vec<Resource<'w>>,
}

/// A DestinationRule that has clients send what a server does not take.
pub(super) struct Conflict<'w> {
    pub(super) rule: Resource<'w>,
    /// Where it says so.
    pub(super) mode: Field<'w>,
    /// The first service that it is so for.
    pub(super) service: Service<'w>,
    pub(super) policy: Policy<'w>,
}

/// DestinationRules by the full host that they are for.
pub(super) struct Rules<'w> {
    by_host: HashMap<String, Vec<Resource<'w>>>,
}

impl<'w> Rules<'w> {
    /// All of a world, but those for some clients only.
    pub(super) fn of(world: &'w World) -> Rules<'w> {
        let mut by_host: HashMap<String, Vec<Resource<'w>>> = HashMap::new();
        for rule in world.of(kind::DESTINATION_RULE) {
            let Some(spec) = rule.spec().filter(|spec| spec.get("workloadSelector").is_none()) else { continue };
            let name = host::full_name(spec.text("host"), rule.namespace(), &world.options().cluster_domain);
            by_host.entry(name).or_default().push(rule);
        }
        Rules { by_host }
    }

    /// Those with exactly this host, or else with the longest wildcard that means it.
    fn best(&self, host: &str) -> &[Resource<'w>] {
        let exact = self.by_host.get(host);
        exact.or_else(|| wildcards(host).find_map(|wider| self.by_host.get(&wider))).map_or(&[], Vec::as_slice)
    }

    /// Those whose host is a wildcard that means more than this host, the nearest first.
    pub(super) fn wider(&self, host: &str) -> impl Iterator<Item = Resource<'w>> {
        wildcards(host).filter_map(|wider| self.by_host.get(&wider)).flatten().copied()
    }
}

/// The wildcards that mean this host and others, the longest first: `*.shop.svc`, `*.svc` and `*` for `web.shop.svc`.
fn wildcards(host: &str) -> impl Iterator<Item = String> {
    let after = host.strip_prefix("*.").unwrap_or(host);
    let tails = after.match_indices('.').map(|(at, _)| format!("*{}", &after[at..]));
    let all = (host != "*").then(|| "*".to_owned());
    tails.chain(all)
}

/// The services about which a policy decides.
pub(super) fn meetings(world: &World) -> Vec<Meeting<'_>> {
    if world.of(kind::PEER_AUTHENTICATION).len() == 0 {
        return Vec::new();
    }
    let rules = Rules::of(world);
    let mut policies: HashMap<&str, Option<Policy<'_>>> = HashMap::new();
    let mut found = Vec::new();
    for service in world.services().filter(|service| service.is_kubernetes()) {
        let namespace = service.namespace();
        if let Some(policy) = *policies.entry(namespace).or_insert_with(|| deciding(world, namespace)) {
            found.push(Meeting { service, policy, rules: rules.best(service.host()).to_vec() });
        }
    }
    found
}

/// The DestinationRules that have clients send one mode to servers of which a policy of this reach takes only another.
pub(super) fn conflicts<'w>(world: &'w World, sent: &str, taken: &str, reach: Reach) -> Vec<Conflict<'w>> {
    let mut found: BTreeMap<&ObjectId, Conflict<'w>> = BTreeMap::new();
    // Hardly any mesh has both, and then there is nothing to be compared.
    let says = |kind: KindName, path: &[&str], mode: &str| {
        world.of(kind).any(|object| object.at(path).and_then(Field::as_str) == Some(mode))
    };
    if !says(kind::PEER_AUTHENTICATION, &["spec", "mtls", "mode"], taken)
        || !says(kind::DESTINATION_RULE, &["spec", "trafficPolicy", "tls", "mode"], sent)
    {
        return Vec::new();
    }
    let differing = |policy: Policy<'_>| policy.reach == reach && policy.mode.as_str() == Some(taken);
    for Meeting { service, policy, rules } in meetings(world).into_iter().filter(|meeting| differing(meeting.policy)) {
        for rule in rules {
            let mode = rule.at(&["spec", "trafficPolicy", "tls", "mode"]).filter(|mode| mode.as_str() == Some(sent));
            if let Some(mode) = mode.filter(|_| !found.contains_key(rule.id()) && has_sidecars(world, service)) {
                found.insert(rule.id(), Conflict { rule, mode, service, policy });
            }
        }
    }
    found.into_values().collect()
}

/// Tells of every policy of this reach that takes mutual TLS only, of clients that nothing tells to use it.
pub(super) fn tell_unprepared(
    rule: &'static Rule,
    world: &World,
    reach: Reach,
    hint: &'static str,
    findings: &mut Findings,
) {
    for (policy, service) in unprepared(world, reach) {
        let message = format!(
            "servers only take mutual TLS, and nothing has clients of `{}` use it: `enableAutoMtls` is off",
            service.host()
        );
        let config = world.mesh_config_source().and_then(|config| config.location());
        findings
            .at(rule, policy.resource, policy.mode, message)
            .hint(hint)
            .see(config, "the mesh configuration is here");
    }
}

/// The policies of this reach that take mutual TLS only of clients that nothing tells to use it, each with the first service
/// that it is so for.
fn unprepared<'w>(world: &'w World, reach: Reach) -> Vec<(Policy<'w>, Service<'w>)> {
    if chooses_itself(world) {
        return Vec::new();
    }
    let mut found: BTreeMap<&ObjectId, (Policy<'w>, Service<'w>)> = BTreeMap::new();
    for Meeting { service, policy, rules } in meetings(world) {
        let asks = policy.reach == reach && policy.mode.as_str() == Some("STRICT");
        let is_new = !found.contains_key(policy.resource.id());
        if asks && is_new && !rules.into_iter().any(says_tls) && has_sidecars(world, service) {
            found.insert(policy.resource.id(), (policy, service));
        }
    }
    found.into_values().collect()
}

/// Whether clients use mutual TLS wherever the server takes it, without being told.
pub(super) fn chooses_itself(world: &World) -> bool {
    world.mesh_config().value()["enableAutoMtls"].as_bool().unwrap_or(true)
}

/// Whether a DestinationRule says anything about TLS, for all ports or for some.
pub(super) fn says_tls(rule: Resource<'_>) -> bool {
    let Some(policy) = rule.at(&["spec", "trafficPolicy"]) else { return false };
    policy.get("tls").is_some() || policy.list("portLevelSettings").any(|port| port.get("tls").is_some())
}

/// The policy of a namespace or else of the mesh, if none there says otherwise of some workloads.
pub(super) fn deciding<'w>(world: &'w World, namespace: &str) -> Option<Policy<'w>> {
    if world.within(kind::PEER_AUTHENTICATION, namespace).any(|policy| labels(policy, "selector").is_some()) {
        return None;
    }
    let root = world.mesh_config().root_namespace();
    let whole = |namespace: &str, reach: Reach| {
        world.within(kind::PEER_AUTHENTICATION, namespace).find_map(|resource| {
            let mode = resource.at(&["spec", "mtls", "mode"]).filter(|mode| mode.as_str() != Some("UNSET"))?;
            labels(resource, "selector").is_none().then_some(Policy { resource, mode, reach })
        })
    };
    let own = if namespace == root { None } else { whole(namespace, Reach::Namespace) };
    own.or_else(|| whole(root, Reach::Mesh))
}

/// Whether a sidecar stands before a service: the ambient mesh tunnels whatever DestinationRules say.
fn has_sidecars(world: &World, service: Service<'_>) -> bool {
    service.workloads(world).into_iter().any(|workload| match Membership::of(world, workload) {
        Membership::IstioInjected | Membership::IstioWritten => true,
        Membership::IstioAmbient | Membership::Linkerd | Membership::Outside => false,
    })
}
