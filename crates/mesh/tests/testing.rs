//! The format of tests: what it takes, what it refuses and where, and what it says of rules that no test exercises.

use expect_test::{Expect, expect};
use manifest::yaml::{Limits, Profile, read_manifests};
use mesh::WorldOptions;
use mesh::testing::{Suite, run, suites};

fn read(yaml: &str) -> Result<Vec<Suite>, String> {
    let manifests = read_manifests(yaml.as_bytes(), "a_test.mesh.yaml", Profile::Kubectl, &Limits::default());
    suites(manifests.expect("manifests")).map_err(|problem| problem.to_string())
}

fn with_test(test: &str) -> String {
    let test = test.lines().collect::<Vec<_>>().join("\n    ");
    format!("apiVersion: tenter.dev/v1alpha1\nkind: MeshTest\nmetadata: {{ name: t }}\ntests:\n  - {test}\n")
}

fn refused(test: &str, expect: Expect) {
    expect.assert_eq(&read(&with_test(test)).expect_err("a problem"));
}

#[test]
fn what_is_misunderstood_is_refused_with_its_place() {
    refused(
        "name: a\nroute: { from: { namespace: a }, url: 'http://b/', metod: GET }\nexpect: allow",
        expect!["a_test.mesh.yaml:6:56: `metod` is unknown here: write one of url, method, headers, sni, claims, from"],
    );
    refused(
        "name: a\nexpect: allow",
        expect!["a_test.mesh.yaml:5:5: a test asks for exactly one of `route`, `access` and `transport`"],
    );
    refused(
        "name: a\nroute: { from: a/b, url: 'http://b/' }\ntransport: { from: a/b, to: a/c, port: 1 }\nexpect: {}",
        expect!["a_test.mesh.yaml:5:5: a test asks for exactly one of `route`, `access` and `transport`"],
    );
    refused(
        "name: a\nroute: { url: 'http://b/' }\nexpect: {}",
        expect!["a_test.mesh.yaml:6:5: `from` is needed: who sends the request"],
    );
    refused(
        "name: a\nroute: { from: a/b, url: b }\nexpect: {}",
        expect![
            "a_test.mesh.yaml:6:5: `b` is no URL for a request: write `http://host:port/path?query`, `https://…`, or `tcp://host:port`"
        ],
    );
    refused(
        "name: a\naccess: { from: a/b, port: 80 }\nexpect: {}",
        expect!["a_test.mesh.yaml:6:5: `to` is needed, as `namespace/name`"],
    );
    refused(
        "name: a\naccess: { from: a/b, to: a/c, port: 80000 }\nexpect: {}",
        expect!["a_test.mesh.yaml:6:5: `port` is needed: the number of the workload's port"],
    );
    refused("name: a\nroute: { from: a/b, url: 'http://b/' }", expect!["a_test.mesh.yaml:5:5: a test needs `expect`"]);
    refused(
        "route: { from: a/b, url: 'http://b/' }\nexpect: {}",
        expect!["a_test.mesh.yaml:5:5: a test needs a `name`"],
    );
    refused(
        "name: a\nwith: [{ kind: Service }]\nroute: { from: a/b, url: 'http://b/' }\nexpect: {}",
        expect!["a_test.mesh.yaml:6:12: a Kubernetes object needs `apiVersion` and `kind`"],
    );
    refused(
        "name: a\nroute: { from: a/b, url: 'http://b/', headers: { x: 1 } }\nexpect: {}",
        expect!["a_test.mesh.yaml:6:54: the header `x` must be a text"],
    );
}

const FILE: &str = "
apiVersion: tenter.dev/v1alpha1
kind: MeshTest
metadata: { name: shop }
world: [../manifests]
tests:
  - name: named
    route: { from: { namespace: shop }, url: 'http://db/a' }
    expect: { matched: { rule: named } }
  - name: wrong
    because: a document
    route: { from: { namespace: shop }, url: 'http://db/a' }
    expect: { matched: { rule: other }, destinations: [{ host: other.shop, weight: 50 }] }
  - name: nobody
    route: { from: shop/nobody, url: 'http://db/a' }
    expect: forward
  - name: laid over
    with: [{ apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: { name: db, namespace: shop }, spec: { hosts: [db], http: [{ name: over, directResponse: { status: 418 } }] } }]
    route: { from: { namespace: shop }, url: 'http://db/a' }
    expect: { action: respond, status: 418 }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: db, namespace: shop }
spec:
  hosts: [db]
  http:
    - { name: named, match: [{ uri: { prefix: /a } }], route: [{ destination: { host: db } }] }
    - { route: [{ destination: { host: db } }] }
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { ports: [{ name: http, port: 80 }] }
";

#[test]
fn results_say_what_differs_and_what_was_not_exercised() {
    let suites = read(FILE).expect("suites");
    let [suite] = suites.as_slice() else { panic!("one suite") };
    assert_eq!((suite.name.as_str(), suite.world.as_slice()), ("shop", ["../manifests".to_owned()].as_slice()));
    let (results, coverage) = run(suite, &[], &WorldOptions::default());
    let mut text = String::new();
    for result in &results {
        let line = result.location.as_ref().map_or(0, |location| location.line);
        text += &format!("{line} {} holds: {}\n", result.name, result.holds());
        text.extend(result.problems.iter().map(|problem| format!("  {problem}\n")));
    }
    text += &format!("{} of {} rules\n", coverage.exercised(), coverage.rules());
    text.extend(coverage.missed().map(|rule| format!("  missed {} {}\n", rule.object, rule.rule)));
    expect![[r#"
        7 named holds: true
        10 wrong holds: false
          destinations[0].host: expected "other.shop", found "db.shop.svc.cluster.local"
          destinations[0].weight: expected 50, found 100
          matched.rule: expected "other", found "named"
        14 nobody holds: false
          there is no workload `shop/nobody`
        17 laid over holds: true
        1 of 2 rules
          missed VirtualService/shop/db http[1]
    "#]]
    .assert_eq(&text);
}
