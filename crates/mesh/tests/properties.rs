//! What holds for every world: the order of objects decides nothing, a policy more never turns its own purpose around, and
//! weights add up.

use std::sync::Arc;

use manifest::{Manifest, Origin};
use mesh::access::{AccessQuestion, ExternalAnswer, Identity, Peer, Verdict};
use mesh::route::RouteAction;
use mesh::{Client, Request, World, WorldOptions, kind};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::{Value, json};

fn manifest(value: Value) -> Arc<Manifest> {
    Arc::new(Manifest::new(value, Origin::default()).expect("a manifest"))
}

fn world(objects: &[Value]) -> World {
    World::new(objects.iter().cloned().map(manifest), WorldOptions::default())
}

const PATHS: [&str; 5] = ["/", "/a", "/a/b", "/admin", "/b?x=1"];
const ACCOUNTS: [&str; 3] = ["web", "batch", "admin"];

fn fixed() -> Vec<Value> {
    let service = |name: &str| {
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": "shop" },
            "spec": { "selector": { "app": name }, "ports": [{ "name": "http", "port": 80, "targetPort": 8080 }] } })
    };
    let pod = |name: &str| {
        json!({ "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": name, "namespace": "shop", "labels": { "app": name } },
            "spec": { "serviceAccountName": name } })
    };
    let mut objects: Vec<Value> = ["web", "db", "reviews"].map(service).to_vec();
    objects.extend(["web", "batch", "admin", "db"].map(pod));
    objects
}

prop_compose! {
    fn virtual_service()(
        name in select(&["a", "b", "c", "d"][..]),
        namespace in select(&["shop", "other", "istio-system"][..]),
        hosts in subsequence(vec![
            "db.shop.svc.cluster.local", "web.shop.svc.cluster.local", "*.shop.svc.cluster.local", "*", "x.example.com",
        ], 1..3),
        created in select(&["", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"][..]),
        export in select(vec![json!([]), json!(["."]), json!(["*"]), json!(["shop"])]),
        prefixes in subsequence(vec!["/a", "/b", "/admin"], 0..3),
        weights in prop::collection::vec(0..=100_u32, 1..4),
    ) -> Value {
        let destinations: Vec<Value> = weights.iter().map(|weight| {
            json!({ "destination": { "host": "reviews.shop.svc.cluster.local" }, "weight": weight })
        }).collect();
        let mut routes: Vec<Value> = prefixes.iter().map(|prefix| {
            json!({ "match": [{ "uri": { "prefix": prefix } }], "route": destinations.clone() })
        }).collect();
        routes.push(json!({ "route": destinations }));
        json!({
            "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
            "metadata": { "name": name, "namespace": namespace, "creationTimestamp": created },
            "spec": { "hosts": hosts, "exportTo": export, "http": routes },
        })
    }
}

prop_compose! {
    fn destination_rule()(
        name in select(&["a", "b", "c"][..]),
        namespace in select(&["shop", "other", "istio-system"][..]),
        host in select(&["reviews.shop.svc.cluster.local", "*.shop.svc.cluster.local", "*.local"][..]),
        balancer in select(&["RANDOM", "ROUND_ROBIN"][..]),
        tls in select(&["DISABLE", "ISTIO_MUTUAL"][..]),
    ) -> Value {
        json!({
            "apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
            "metadata": { "name": name, "namespace": namespace },
            "spec": { "host": host, "trafficPolicy": { "loadBalancer": { "simple": balancer }, "tls": { "mode": tls } } },
        })
    }
}

prop_compose! {
    fn rule()(
        accounts in subsequence(ACCOUNTS.to_vec(), 0..3),
        paths in subsequence(vec!["/a*", "/admin", "*", "/{*}/b"], 0..3),
        negated in any::<bool>(),
    ) -> Value {
        let principals: Vec<String> =
            accounts.iter().map(|account| format!("cluster.local/ns/shop/sa/{account}")).collect();
        let mut rule = json!({});
        if !principals.is_empty() {
            let member = if negated { "notPrincipals" } else { "principals" };
            rule["from"] = json!([{ "source": { member: principals } }]);
        }
        if !paths.is_empty() {
            rule["to"] = json!([{ "operation": { "paths": paths } }]);
        }
        rule
    }
}

fn policy(action: &'static str) -> impl Strategy<Value = Value> {
    let names = select(&["a", "b", "c", "d"][..]);
    let namespaces = select(&["shop", "istio-system", "other"][..]);
    let selectors =
        select(vec![json!({}), json!({ "matchLabels": { "app": "db" } }), json!({ "matchLabels": { "app": "web" } })]);
    (names, namespaces, selectors, prop::collection::vec(rule(), 0..3)).prop_map(
        move |(name, namespace, selector, rules)| {
            json!({
                "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
                "metadata": { "name": format!("{}-{name}", action.to_lowercase()), "namespace": namespace },
                "spec": { "action": action, "selector": selector, "rules": rules },
            })
        },
    )
}

fn any_policy() -> impl Strategy<Value = Value> {
    prop_oneof![policy("ALLOW"), policy("DENY"), policy("AUDIT")]
}

fn verdict(world: &World, client: &str, path: &str) -> Verdict {
    let pod = |name: &str| world.workloads_in("shop").find(|workload| workload.name() == name).expect("a workload");
    let peer = Peer { workload: Some(pod(client)), identity: Identity::Negotiated, ..Peer::default() };
    let request = Request::get(&format!("http://db:8080{path}")).expect("a request");
    let external = ExternalAnswer::Allows;
    world.access(AccessQuestion { peer: &peer, target: pod("db"), port: 8080, request: &request, external }).verdict
}

/// Every answer of a world to the questions of these tests, as text.
fn answers(world: &World) -> String {
    let mut text = String::new();
    for host in ["db", "web.shop", "x.example.com", "unknown.example.com"] {
        for path in PATHS {
            let request = Request::get(&format!("http://{host}{path}")).expect("a request");
            let decision = world.route(Client::Namespace("shop"), &request);
            text += &serde_json::to_string(&decision).expect("JSON");
        }
    }
    for client in ACCOUNTS {
        for path in PATHS {
            text += &format!("{client} {path} {:?}\n", verdict(world, client, path));
        }
    }
    text
}

/// Objects with one identity are one object, the later: which of them that is depends on the order by design.
fn distinct(objects: Vec<Value>) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    objects.into_iter().filter(|object| seen.insert(manifest(object.clone()).id())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_objects_decides_nothing(
        routes in prop::collection::vec(virtual_service(), 0..5),
        rules in prop::collection::vec(destination_rule(), 0..4),
        policies in prop::collection::vec(any_policy(), 0..4),
        swaps in prop::collection::vec((any::<Index>(), any::<Index>()), 1..12),
    ) {
        let mut objects = distinct([fixed(), routes, rules, policies].concat());
        let before = answers(&world(&objects));
        for (one, other) in swaps {
            let (one, other) = (one.index(objects.len()), other.index(objects.len()));
            objects.swap(one, other);
        }
        prop_assert_eq!(before, answers(&world(&objects)));
    }

    #[test]
    fn a_deny_policy_more_never_allows_more(
        policies in prop::collection::vec(any_policy(), 0..5),
        mut added in policy("DENY"),
        client in select(&ACCOUNTS[..]),
        path in select(&PATHS[..]),
    ) {
        added["metadata"]["name"] = json!("added");
        let objects = distinct([fixed(), policies].concat());
        let before = verdict(&world(&objects), client, path);
        let after = verdict(&world(&[objects, vec![added]].concat()), client, path);
        prop_assert!(before == Verdict::Allow || after == Verdict::Deny);
    }

    #[test]
    fn an_allow_policy_beside_another_never_denies_more(
        policies in prop::collection::vec(any_policy(), 0..5),
        known in policy("ALLOW"),
        mut added in policy("ALLOW"),
        client in select(&ACCOUNTS[..]),
        path in select(&PATHS[..]),
    ) {
        // The one that is there already holds for the workload: without any, the first would deny what it does not allow.
        let mut known = known;
        known["metadata"] = json!({ "name": "known", "namespace": "shop" });
        known["spec"]["selector"] = json!({});
        added["metadata"]["name"] = json!("added");
        let objects = distinct([fixed(), policies, vec![known]].concat());
        let before = verdict(&world(&objects), client, path);
        let after = verdict(&world(&[objects, vec![added]].concat()), client, path);
        prop_assert!(before == Verdict::Deny || after == Verdict::Allow);
    }

    #[test]
    fn weights_add_up(
        routes in prop::collection::vec(virtual_service(), 1..5),
        host in select(&["db", "web", "x.example.com"][..]),
        path in select(&PATHS[..]),
    ) {
        let objects = distinct([fixed(), routes].concat());
        let world = world(&objects);
        let request = Request::get(&format!("http://{host}{path}")).expect("a request");
        let decision = world.route(Client::Namespace("shop"), &request);
        let Some(matched) = decision.matched else { return Ok(()) };
        let declared = world.by_id(&matched.object).expect("the object that matched");
        prop_assert!(declared.is(kind::VIRTUAL_SERVICE));
        let weights: Vec<u64> = declared
            .list(&["spec", "http"])
            .next()
            .expect("a route")
            .list("route")
            .map(|destination| destination.integer("weight").expect("a weight").unsigned_abs())
            .collect();
        match decision.action {
            RouteAction::Forward(forward) => {
                let total = if weights.len() == 1 { 100 } else { weights.iter().sum() };
                prop_assert_eq!(forward.total_weight(), total);
                prop_assert!(forward.destinations.iter().all(|destination| destination.weight > 0));
            }
            _ => prop_assert_eq!(weights.iter().sum::<u64>(), 0),
        }
    }
}
