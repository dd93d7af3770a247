//! What somebody looked at in a world, and whether that is the same in the next one.
//!
//! Whoever computes something from a world can ask what it looked at ([`World::watch`]), keep both, and compute it anew
//! only when the next world shows something else there ([`Reads::hold`]). The grain is what was asked for: the objects of
//! a kind, or those of one namespace, the services of a host, the workloads with a label.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash};
use std::sync::Arc;

use crate::recorder::{Part, digest};
use crate::resource::{Entry, Resource};
use crate::world::World;

/// What somebody looked at, and what was there. Objects are told apart by their addresses, so it means something only as
/// long as the objects of its world are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    parts: Box<[(Part, Option<u64>)]>,
}

impl Reads {
    fn of(world: &World, mut parts: HashSet<Part>) -> Reads {
        if parts.contains(&Part::Everything) {
            parts.retain(|part| *part == Part::Everything);
        }
        let whole: HashSet<Arc<str>> = parts.iter().filter_map(whole_kind).cloned().collect();
        let is_of_whole =
            |part: &Part| matches!(part, Part::Namespace(kind, _) | Part::Object(kind, _) if whole.contains(kind));
        parts.retain(|part| !is_of_whole(part));
        let mut parts: Vec<_> = parts
            .into_iter()
            .map(|part| {
                let digest = world.digest(&part);
                (part, digest)
            })
            .collect();
        parts.sort_unstable();
        Reads { parts: parts.into_boxed_slice() }
    }

    /// Whether every object was looked at, of whatever kind.
    pub fn looked_at_everything(&self) -> bool {
        self.parts.iter().any(|(part, _)| *part == Part::Everything)
    }

    /// Whether a world shows the same wherever somebody looked.
    pub fn hold(&self, world: &World) -> bool {
        self.parts.iter().all(|(part, before)| world.digest(part) == *before)
    }
}

fn whole_kind(part: &Part) -> Option<&Arc<str>> {
    if let Part::Kind(kind) = part { Some(kind) } else { None }
}

/// Feeds what tells objects from others to a hash: which they are, and who applies them.
pub(crate) fn tell_apart<'w>(hasher: &mut DefaultHasher, entries: impl IntoIterator<Item = &'w Entry>) {
    for entry in entries {
        Arc::as_ptr(&entry.manifest).hash(hasher);
        entry.applied_by.hash(hasher);
    }
}

impl World {
    /// Does some work, and notes what it looks at. Whoever looks at the world at the same time is counted in. Must not be
    /// called inside such work.
    pub fn watch<T>(&self, work: impl FnOnce() -> T) -> (T, Reads) {
        // Whoever looks at an index looks at what it answers, not at all that it is made of.
        self.index().prepare(self);
        let (result, parts) = self.recorder().watch(work);
        (result, Reads::of(self, parts))
    }

    /// What tells a part of this world from the same part of another one; `None` if there is nothing of it.
    fn digest(&self, part: &Part) -> Option<u64> {
        let singles = self.recorder().singles();
        let index = self.index();
        match part {
            Part::Everything => Some(singles.everything.digest(|hasher| {
                tell_apart(hasher, self.entries_by_id());
                tell_apart(hasher, self.replaced_entries());
            })),
            Part::Coverage => Some(singles.coverage.digest(|hasher| index.coverage(self).hash(hasher))),
            Part::MeshConfig => Some(
                singles.mesh_config.digest(|hasher| tell_apart(hasher, self.mesh_config_source().map(Resource::entry))),
            ),
            Part::Kind(kind) => self.digest_of_kind(kind),
            Part::Namespace(kind, namespace) => self.digest_within(kind, namespace),
            Part::Object(kind, name) => {
                self.entry_without_namespace(kind, name).map(|entry| digest(|hasher| tell_apart(hasher, [entry])))
            }
            Part::Workloads => Some(singles.workloads.digest(|hasher| index.workloads(self).tell_all(self, hasher))),
            Part::WorkloadsOf(namespace) => index.workloads(self).digest_within(self, namespace),
            Part::WorkloadsWith(label) => index.workloads(self).digest_with(self, label),
            Part::Services => Some(singles.services.digest(|hasher| index.services(self).tell_all(self, hasher))),
            Part::ServicesFor(host) => index.services(self).digest_for(self, host),
            Part::Wildcards => {
                Some(singles.wildcards.digest(|hasher| index.services(self).tell_wildcards(self, hasher)))
            }
            Part::DestinationRulesFor(host) => index.destination_rules(self).digest_for(self, host),
        }
    }
}

#[cfg(test)]
mod tests {
    use manifest::{Manifest, Origin};
    use serde_json::{Value, json};

    use super::*;
    use crate::{KindName, WorldObject, WorldOptions, kind};

    const NETWORKING: &str = "networking.istio.io/v1";

    fn object(api_version: &str, kind: &str, (namespace, name): (&str, &str), spec: Value) -> Arc<Manifest> {
        let metadata = json!({ "name": name, "namespace": namespace });
        let value = json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec });
        Arc::new(Manifest::new(value, Origin::default()).expect("a manifest"))
    }

    fn deployment(namespace: &str, app: &str) -> Arc<Manifest> {
        let template = json!({ "metadata": { "labels": { "app": app } } });
        object("apps/v1", "Deployment", (namespace, app), json!({ "template": template }))
    }

    fn service(namespace: &str, port: u16) -> Arc<Manifest> {
        let spec = json!({ "selector": { "app": "web" }, "ports": [{ "port": port }] });
        object("v1", "Service", (namespace, "web"), spec)
    }

    fn entry(host: &str) -> Arc<Manifest> {
        object(NETWORKING, "ServiceEntry", ("shop", "entry"), json!({ "hosts": [host] }))
    }

    fn namespace(name: &str) -> Arc<Manifest> {
        object("v1", "Namespace", ("", name), json!({}))
    }

    fn world(objects: &[Arc<Manifest>]) -> World {
        World::new(objects.iter().cloned(), WorldOptions::default())
    }

    /// What somebody looks at.
    type Look = fn(&World) -> usize;

    /// Whether what `look` looks at changes when `after` takes the place of `before`.
    fn changes(before: &[Arc<Manifest>], after: &[Arc<Manifest>], look: Look) -> bool {
        let (before, after) = (world(before), world(after));
        let (_, reads) = before.watch(|| look(&before));
        assert!(reads.hold(&before), "nothing has changed yet");
        !reads.hold(&after)
    }

    fn host(world: &World, host: &str) -> usize {
        world.services_for_host(host).len()
    }

    fn rule(name: &str, host: &str) -> Arc<Manifest> {
        object(NETWORKING, "DestinationRule", ("shop", name), json!({ "host": host }))
    }

    fn labelled(world: &World, namespace: Option<&str>) -> usize {
        let Some(selector) = world.find(kind::SERVICE, "shop", "web").and_then(|found| found.at(&["spec", "selector"]))
        else {
            return 0;
        };
        world.selected_workloads(namespace, selector).len()
    }

    #[test]
    fn another_service_changes_what_looks_at_it() {
        let common = [deployment("shop", "web"), deployment("bank", "web"), service("bank", 80), namespace("shop")];
        let with = |other: Arc<Manifest>| [common.as_slice(), &[other]].concat();
        let (before, after) = (with(service("shop", 80)), with(service("shop", 81)));
        let looks: [(&str, bool, Look); 19] = [
            ("its kind", true, |world| world.of(kind::SERVICE).len()),
            ("its namespace", true, |world| world.within(kind::SERVICE, "shop").len()),
            ("another namespace", false, |world| world.within(kind::SERVICE, "bank").len()),
            ("a namespace that is not there", false, |world| world.within(kind::SERVICE, "park").len()),
            ("it alone", true, |world| usize::from(world.find(kind::SERVICE, "shop", "web").is_some())),
            ("another one", false, |world| usize::from(world.find(kind::SERVICE, "bank", "web").is_some())),
            ("everything", true, |world| world.resources().len()),
            ("what was replaced", true, |world| world.replaced().len()),
            ("another kind", false, |world| world.of(kind::DEPLOYMENT).len()),
            ("workloads", false, |world| world.workloads().len()),
            ("workloads of its namespace", false, |world| world.workloads_in("shop").len()),
            ("the mesh configuration", false, |world| world.mesh_config().root_namespace().len()),
            ("what is known", false, |world| usize::from(world.coverage().everything())),
            ("all services", true, |world| world.services().len()),
            ("its host", true, |world| host(world, "web.shop.svc.cluster.local")),
            ("another host", false, |world| host(world, "web.bank.svc.cluster.local")),
            ("a host that nothing has", false, |world| host(world, "example.com")),
            ("services of a workload it selects", true, |world| {
                world.workloads_in("shop").map(|workload| world.services_of(workload).len()).sum()
            }),
            ("services of a workload elsewhere", false, |world| {
                world.workloads_in("bank").map(|workload| world.services_of(workload).len()).sum()
            }),
        ];
        for (name, expected, look) in looks {
            assert_eq!(changes(&before, &after, look), expected, "{name}");
        }
    }

    #[test]
    fn another_workload_changes_who_selects_it() {
        let common = [service("shop", 80), deployment("bank", "bank")];
        let with = |other: Arc<Manifest>| [common.as_slice(), &[other]].concat();
        let selects: [(&str, Look); 2] =
            [("in its namespace", |world| labelled(world, Some("shop"))), ("anywhere", |world| labelled(world, None))];
        for (name, look) in selects {
            assert!(changes(&with(deployment("shop", "web")), &with(deployment("shop", "web")), look), "{name}");
            assert!(changes(&with(deployment("shop", "other")), &with(deployment("shop", "web")), look), "{name}");
        }
        let elsewhere = (with(deployment("park", "other")), with(deployment("park", "another")));
        assert!(!changes(&elsewhere.0, &elsewhere.1, |world| labelled(world, Some("shop"))));
        assert!(!changes(&elsewhere.0, &elsewhere.1, |world| labelled(world, None)));
        assert!(changes(&elsewhere.0, &elsewhere.1, |world| world.workloads().len()));
        assert!(!changes(&elsewhere.0, &elsewhere.1, |world| world.workloads_in("bank").len()));
    }

    #[test]
    fn what_was_looked_for_in_vain_changes_when_it_comes() {
        let before = [deployment("shop", "web")];
        let comes = |new: Arc<Manifest>, look: Look| changes(&before, &[before[0].clone(), new], look);
        let gateway = || object(NETWORKING, "Gateway", ("shop", "entry"), json!({}));
        assert!(comes(gateway(), |world| world.of(kind::ISTIO_GATEWAY).len()));
        assert!(comes(gateway(), |world| world.within(kind::ISTIO_GATEWAY, "shop").len()));
        assert!(comes(gateway(), |world| usize::from(world.find(kind::ISTIO_GATEWAY, "shop", "a").is_some())));
        assert!(!comes(gateway(), |world| usize::from(world.find(kind::ISTIO_GATEWAY, "bank", "a").is_some())));
        assert!(!comes(gateway(), |world| world.of(kind::SIDECAR).len()));
        assert!(!comes(gateway(), |world| usize::from(world.coverage().everything())));
        let shop: Look = |world| usize::from(world.find(kind::NAMESPACE, "", "shop").is_some());
        assert!(comes(namespace("shop"), shop));
        assert!(!comes(namespace("bank"), shop));
        let config = object("v1", "MeshConfig", ("istio-system", "mesh"), json!({}));
        assert!(comes(config, |world| world.mesh_config().root_namespace().len()));
        let example: Look = |world| host(world, "api.example.com");
        assert!(comes(entry("api.example.com"), example));
        assert!(comes(entry("*.example.com"), example), "a wildcard that means it");
        assert!(!comes(entry("web.example.com"), example));
    }

    #[test]
    fn another_destination_rule_changes_who_asks_for_its_host() {
        let asks: [(&str, Look); 2] = [
            ("web", |world| world.destination_rules_for("web.shop.svc.cluster.local").len()),
            ("park", |world| world.destination_rules_for("park.shop.svc.cluster.local").len()),
        ];
        for (asked, look) in asks {
            let before = [rule("one", "web"), rule("other", "bank")];
            let is_asked = asked == "web";
            assert_eq!(changes(&before, &[rule("one", "web"), before[1].clone()], look), is_asked, "{asked}, another");
            assert_eq!(changes(&before, &[before[1].clone()], look), is_asked, "{asked}, gone");
            let another = rule("another", "PARK.shop.svc.cluster.local");
            let more = [before[0].clone(), before[1].clone(), another];
            assert_eq!(changes(&before, &more, look), !is_asked, "{asked}, one more");
        }
    }

    #[test]
    fn who_applies_an_object_is_part_of_it() {
        let manifest = deployment("shop", "web");
        let applied = |by: &str| {
            let applied_by = manifest::ObjectId::from_inventory(by);
            World::with_owners([WorldObject { manifest: manifest.clone(), applied_by }], WorldOptions::default())
        };
        let before = applied("flux-system_one_kustomize.toolkit.fluxcd.io_Kustomization");
        let after = applied("flux-system_two_kustomize.toolkit.fluxcd.io_Kustomization");
        let (_, reads) = before.watch(|| before.workloads_in("shop").len());
        assert!(reads.hold(&before) && !reads.hold(&after));
    }

    #[test]
    fn what_was_looked_at_before_is_looked_at_all_the_same() {
        let objects = [deployment("shop", "web"), service("shop", 80), namespace("shop")];
        let world = world(&objects);
        let look = || {
            let kinds: [KindName; 2] = [kind::SERVICE, kind::SIDECAR];
            let found: usize = kinds.into_iter().map(|kind| world.of(kind).len()).sum();
            found + world.services().len() + usize::from(world.find(kind::NAMESPACE, "", "shop").is_some())
        };
        let first = world.watch(look).1;
        look();
        assert_eq!(world.watch(look).1, first);
        assert_eq!(world.watch(|| ()).1, Reads::default());
    }
}
