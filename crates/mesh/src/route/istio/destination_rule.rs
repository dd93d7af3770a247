//! What holds for connections to a destination: Istio's DestinationRule.

use manifest::Value;

use crate::host::full_name;
use crate::reasoning::Reasoning;
use crate::request::Client;
use crate::resource::by_age;
use crate::selector::matches_labels;
use crate::service::Service;
use crate::visibility::Visibility;
use crate::{Field, Resource, World, kind};

/// DestinationRules of one host, merged as Istio merges them: subsets of all, and the first traffic policy.
#[derive(Debug, Clone)]
pub(crate) struct DestinationRules<'w> {
    /// The objects, the oldest first.
    pub(crate) objects: Vec<Resource<'w>>,
}

/// The settings that hold for one port and one subset.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TrafficPolicy<'w> {
    pub(crate) load_balancer: Option<Field<'w>>,
    pub(crate) connection_pool: Option<Field<'w>>,
    pub(crate) outlier_detection: Option<Field<'w>>,
    pub(crate) tls: Option<Field<'w>>,
}

impl<'w> DestinationRules<'w> {
    /// The rules that hold for connections of a client to a service: those of the client's namespace, else those of the
    /// service's namespace, else those of the root namespace; in each the host that fits best (Istio
    /// `PushContext.destinationRule`).
    pub(crate) fn of(
        world: &'w World,
        client: Client<'w>,
        service: Service<'_>,
        why: &mut Reasoning,
    ) -> Option<DestinationRules<'w>> {
        let (own, root) = (client.namespace(), world.mesh_config().root_namespace());
        let places = [(own, Exported::OrNot), (service.namespace(), Exported::Only), (root, Exported::Only)];
        for (namespace, exported) in places {
            // Rules of the root namespace are meant for everybody: there a client's own are only those kept to it.
            let private_only = namespace == root && own == root && exported == Exported::OrNot;
            let candidates = world.within(kind::DESTINATION_RULE, namespace).filter(|rule| {
                let public = is_exported(world, *rule);
                match exported {
                    Exported::OrNot => !private_only || !public,
                    Exported::Only => public,
                }
            });
            let Some(best) = best_host(world, candidates, service.host()) else { continue };
            let visible =
                best.into_iter().filter(|rule| exported == Exported::OrNot || visibility(world, *rule).reaches(own));
            let chosen = selected(visible.collect(), client);
            if chosen.is_empty() {
                continue;
            }
            for rule in &chosen {
                let host = rule.spec().map_or("", |spec| spec.text("host"));
                why.push(Reasoning::holds(format!("DestinationRule for `{host}` of `{namespace}`")).about(*rule));
            }
            return Some(DestinationRules { objects: chosen });
        }
        None
    }

    /// A subset by its name; of two with one name the older rule's.
    pub(crate) fn subset(&self, name: &str) -> Option<Field<'w>> {
        let mut subsets = self.objects.iter().flat_map(|rule| rule.list(&["spec", "subsets"]));
        subsets.find(|subset| subset.text("name") == name)
    }

    /// The settings for a port and a subset: the rule's, replaced as a whole by those of the port, then member by member by the
    /// subset's, then as a whole by those of the subset's port (Istio `MergeSubsetTrafficPolicy`).
    pub(crate) fn policy(&self, port: Option<u16>, subset: Option<Field<'w>>) -> TrafficPolicy<'w> {
        let mut policy = TrafficPolicy::default();
        let general = self.objects.iter().find_map(|rule| rule.at(&["spec", "trafficPolicy"]));
        let own = subset.and_then(|subset| subset.get("trafficPolicy"));
        for declared in [general, own].into_iter().flatten() {
            policy.overlay(declared);
            let of_port = declared.list("portLevelSettings").find(|settings| {
                let number = settings.get("port").and_then(|port| port.integer("number"));
                number.is_some() && number == port.map(i64::from)
            });
            if let Some(of_port) = of_port {
                policy = TrafficPolicy::default();
                policy.overlay(of_port);
            }
        }
        policy
    }
}

impl<'w> TrafficPolicy<'w> {
    fn overlay(&mut self, declared: Field<'w>) {
        let over = |known: &mut Option<Field<'w>>, name: &str| {
            if let Some(field) = declared.get(name) {
                *known = Some(field);
            }
        };
        over(&mut self.load_balancer, "loadBalancer");
        over(&mut self.connection_pool, "connectionPool");
        over(&mut self.outlier_detection, "outlierDetection");
        over(&mut self.tls, "tls");
    }

    /// The `mode` of `tls`; empty if there is none.
    pub(crate) fn tls_mode(&self) -> &'w str {
        self.tls.map_or("", |tls| Some(tls.text("mode")).filter(|mode| !mode.is_empty()).unwrap_or("DISABLE"))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exported {
    OrNot,
    Only,
}

/// The rules whose host is exactly this, or those with the longest wildcard that means it; oldest first.
fn best_host<'w>(
    world: &'w World,
    rules: impl Iterator<Item = Resource<'w>>,
    wanted: &str,
) -> Option<Vec<Resource<'w>>> {
    let domain = &world.options().cluster_domain;
    let mut best: Option<(String, Vec<Resource<'w>>)> = None;
    for rule in rules {
        let host = full_name(rule.spec().map_or("", |spec| spec.text("host")), rule.namespace(), domain);
        let fits = host == wanted || host.strip_prefix('*').is_some_and(|end| wanted.ends_with(end));
        if !fits || host.is_empty() {
            continue;
        }
        match &mut best {
            Some((known, rules)) if *known == host => rules.push(rule),
            Some((known, _)) if *known == wanted || (host != wanted && known.len() >= host.len()) => {}
            _ => best = Some((host, vec![rule])),
        }
    }
    best.map(|(_, mut rules)| {
        rules.sort_by_key(|rule| by_age(*rule));
        rules
    })
}

/// Of rules for one host, those that select the client, or else those that select nobody. A selector counts only for
/// clients of the rule's own namespace.
fn selected<'w>(rules: Vec<Resource<'w>>, client: Client<'w>) -> Vec<Resource<'w>> {
    let selector = |rule: &Resource<'w>| rule.at(&["spec", "workloadSelector"]);
    let by_selector = rules.iter().find(|rule| {
        let labels = selector(rule).and_then(|selector| selector.get("matchLabels"));
        rule.namespace() == client.namespace()
            && labels.is_some_and(|labels| matches_labels(labels, |name| client.label(name)))
    });
    let same = |one: &Resource<'w>, other: &Resource<'w>| {
        let labels = |rule| selector(rule).and_then(|selector| selector.get("matchLabels")).map(Field::value);
        labels(one) == labels(other)
    };
    match by_selector.copied() {
        Some(chosen) => rules.iter().filter(|rule| selector(rule).is_some() && same(rule, &chosen)).copied().collect(),
        None => rules.iter().filter(|rule| selector(rule).is_none()).copied().collect(),
    }
}

fn visibility<'w>(world: &'w World, rule: Resource<'w>) -> Visibility<'w> {
    Visibility::of(rule, world.mesh_config(), "defaultDestinationRuleExportTo")
}

/// Whether others than the rule's own namespace may see it. One with a selector is never exported.
fn is_exported(world: &World, rule: Resource<'_>) -> bool {
    let targets: Vec<&str> = rule.spec().into_iter().flat_map(|spec| spec.texts("exportTo")).collect();
    let default = &world.mesh_config().value()["defaultDestinationRuleExportTo"];
    let private = |targets: &[&str]| matches!(targets, [only] if *only == "." || *only == rule.namespace());
    let by_default = || default.as_array().is_some_and(|list| list.contains(&Value::from(".")));
    rule.at(&["spec", "workloadSelector"]).is_none() && !private(&targets) && !(targets.is_empty() && by_default())
}
