//! What people read: the reasoning of decisions, with the place of everything that had a say.

use std::sync::Arc;

use expect_test::{Expect, expect};
use manifest::yaml::{Limits, Profile, read_manifests};
use mesh::access::{AccessQuestion, ExternalAnswer, Identity, Peer};
use mesh::{Client, Reasoning, Request, Workload, World, WorldOptions};

const SHOP: &str = "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: shop }
spec:
  hosts: [reviews]
  http:
    - name: testers
      match:
        - uri: { prefix: /reviews }
          headers:
            end-user: { exact: ada }
      route:
        - destination: { host: reviews, subset: v2 }
    - route:
        - destination: { host: reviews, subset: v1 }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews, namespace: shop }
spec:
  host: reviews
  subsets: [{ name: v1, labels: { version: v1 } }]
---
apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: shop }
spec:
  selector: { app: reviews }
  ports: [{ name: http, port: 9080 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: reviews, namespace: shop }
spec: { template: { metadata: { labels: { app: reviews, version: v1 } } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { template: { metadata: { labels: { app: web } }, spec: { serviceAccountName: web } } }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: readers, namespace: shop }
spec:
  rules:
    - from: [{ source: { principals: [cluster.local/ns/shop/sa/web] } }]
      to: [{ operation: { methods: [GET] } }]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: shop }
spec: { mtls: { mode: STRICT } }
";

fn world() -> World {
    let manifests = read_manifests(SHOP.as_bytes(), "shop.yaml", Profile::Kubectl, &Limits::default());
    World::new(manifests.expect("manifests").into_iter().map(Arc::new), WorldOptions::default())
}

fn workload<'w>(world: &'w World, name: &str) -> Workload<'w> {
    world.workloads_in("shop").find(|workload| workload.name() == name).expect("a workload")
}

fn check(reasoning: &Reasoning, expect: Expect) {
    expect.assert_eq(&format!("{reasoning}\n"));
}

#[test]
fn a_route_says_what_matched_and_why_the_others_did_not() {
    let world = world();
    let request = Request::get("http://reviews:9080/reviews/7").expect("a request");
    let client = Client::Workload(workload(&world, "web"));
    check(
        &world.route(client, &request).reasoning,
        expect![[r#"
            → reviews goes to reviews.shop.svc.cluster.local:9080 subset v1 (100 %)
            ├─ · Istio's proxy of the client routes
            │  └─ · the namespace `shop` is not declared here, so it is taken for a part of Istio's mesh
            ├─ ✓ the host is the service `reviews.shop.svc.cluster.local` (shop.yaml:29:11)
            ├─ ✓ VirtualService shop/reviews for `reviews.shop.svc.cluster.local` (shop.yaml:1:1)
            ├─ ✗ `testers` of shop/reviews, match 0 (shop.yaml:9:11)
            │  └─ ✗ the header `end-user` is missing; the match wants one that is exactly `ada` (shop.yaml:11:13)
            └─ → `http[1]` of shop/reviews matches (shop.yaml:14:7)
               ├─ ✓ it has no `match`, so everything matches
               └─ · destination `reviews.shop.svc.cluster.local` (shop.yaml:15:11)
                  └─ ✓ DestinationRule for `reviews` of `shop` (shop.yaml:17:1)
        "#]],
    );
    let tester = request.with_header("end-user", "ada");
    check(
        &world.route(client, &tester).reasoning,
        expect![[r#"
            → reviews goes to reviews.shop.svc.cluster.local:9080 subset v2 (100 %, which gives 503)
            ├─ · Istio's proxy of the client routes
            │  └─ · the namespace `shop` is not declared here, so it is taken for a part of Istio's mesh
            ├─ ✓ the host is the service `reviews.shop.svc.cluster.local` (shop.yaml:29:11)
            ├─ ✓ VirtualService shop/reviews for `reviews.shop.svc.cluster.local` (shop.yaml:1:1)
            └─ → `testers` of shop/reviews matches (shop.yaml:7:7)
               ├─ ✓ the path starts with `/reviews` (shop.yaml:9:11)
               ├─ ✓ the header `end-user` is exactly `ada` (shop.yaml:11:13)
               └─ · destination `reviews.shop.svc.cluster.local` (shop.yaml:13:11)
                  ├─ ✓ DestinationRule for `reviews` of `shop` (shop.yaml:17:1)
                  └─ ✗ no DestinationRule has the subset `v2`: clients get 503
        "#]],
    );
}

#[test]
fn an_access_says_which_policy_decided() {
    let world = world();
    let (web, reviews) = (workload(&world, "web"), workload(&world, "reviews"));
    let mut request = Request::get("http://reviews:9080/reviews/7").expect("a request");
    request.method = "DELETE".to_owned();
    let peer = Peer { workload: Some(web), ..Peer::default() };
    let external = ExternalAnswer::Allows;
    let question = |peer| AccessQuestion { peer, target: reviews, port: 9080, request: &request, external };
    check(
        &world.access(question(&peer)).reasoning,
        expect![[r#"
            → denied
            ├─ · the proxy of the workload
            │  └─ · the namespace `shop` is not declared here, so it is taken for a part of Istio's mesh
            ├─ → mutual TLS by the mesh
            │  ├─ · the client's proxy
            │  │  └─ · the namespace `shop` is not declared here, so it is taken for a part of Istio's mesh
            │  ├─ · the server's proxy
            │  │  └─ · the namespace `shop` is not declared here, so it is taken for a part of Istio's mesh
            │  ├─ → the namespace's PeerAuthentication says STRICT (shop.yaml:52:17)
            │  ├─ ✓ DestinationRule for `reviews` of `shop` (shop.yaml:17:1)
            │  └─ → auto mTLS: the server takes it
            ├─ ✗ ALLOW policy shop/readers (shop.yaml:41:1)
            │  └─ ✗ `rules[0]`
            │     └─ ✗ the method is DELETE; wanted is `GET` (shop.yaml:47:27)
            └─ → there are ALLOW policies for the workload, and none of them matches
        "#]],
    );
    let plaintext = Peer { identity: Identity::None, ..peer.clone() };
    check(
        &world.access(question(&plaintext)).reasoning,
        expect![[r#"
        → denied: the connection is not encrypted as it must be
        ├─ · the proxy of the workload
        │  └─ · the namespace `shop` is not declared here, so it is taken for a part of Istio's mesh
        └─ · the connection is in clear text and proves nothing
           └─ → the namespace's PeerAuthentication says STRICT (shop.yaml:52:17)
    "#]],
    );
}

#[test]
fn a_connection_says_what_both_sides_want() {
    let world = world();
    let decision = world.transport(workload(&world, "web"), workload(&world, "reviews"), 9080);
    check(
        &decision.reasoning,
        expect![[r#"
        → mutual TLS by the mesh
        ├─ · the client's proxy
        │  └─ · the namespace `shop` is not declared here, so it is taken for a part of Istio's mesh
        ├─ · the server's proxy
        │  └─ · the namespace `shop` is not declared here, so it is taken for a part of Istio's mesh
        ├─ → the namespace's PeerAuthentication says STRICT (shop.yaml:52:17)
        ├─ ✓ DestinationRule for `reviews` of `shop` (shop.yaml:17:1)
        └─ → auto mTLS: the server takes it
    "#]],
    );
    let objects: Vec<String> = decision.reasoning.effective_objects().iter().map(ToString::to_string).collect();
    assert_eq!(objects, ["DestinationRule/shop/reviews", "PeerAuthentication/shop/default"]);
}
