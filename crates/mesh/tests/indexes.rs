//! Workloads and services, as the world finds them.

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::{Expect, expect};
use manifest::yaml::{Limits, Profile, read_manifests};
use mesh::{World, WorldOptions};

fn world(yaml: &str) -> World {
    let manifests = read_manifests(yaml.as_bytes(), "world.yaml", Profile::Kubectl, &Limits::default());
    World::new(manifests.expect("manifests").into_iter().map(Arc::new), WorldOptions::default())
}

const SHOP: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop, labels: { app: not-this } }
spec:
  template:
    metadata: { labels: { app: web, version: v1 } }
    spec:
      serviceAccountName: web
      containers: [{ name: web, ports: [{ name: http-web, containerPort: 8080 }] }]
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-1
  namespace: shop
  ownerReferences: [{ apiVersion: apps/v1, kind: Deployment, name: web }]
spec: { template: { metadata: { labels: { app: web } } } }
---
apiVersion: v1
kind: Pod
metadata: { name: loose, namespace: shop, labels: { app: web }, ownerReferences: [{ apiVersion: a/v1, kind: Other, name: o }] }
spec: { containers: [{ name: web, ports: [{ name: http-web, containerPort: 9090 }] }] }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly, namespace: shop }
spec: { jobTemplate: { spec: { template: { metadata: { labels: { app: nightly } }, spec: { serviceAccount: night } } } } }
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: { name: machine, namespace: shop, labels: { app: other, zone: a } }
spec: { address: 10.0.0.1, labels: { app: web }, serviceAccount: vm, ports: { http: 7070 } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  selector: { app: web }
  ports: [{ name: http, port: 80, targetPort: http-web }, { name: grpc-admin, port: 81 }, { port: 99999 }]
---
apiVersion: v1
kind: Service
metadata: { name: none, namespace: shop, annotations: { networking.istio.io/exportTo: '.' } }
spec: { clusterIP: None, ports: [{ port: 3306 }] }
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: web, namespace: edge }
spec:
  hosts: [web.shop.svc.cluster.local, '*.Example.com', '*.a.example.com']
  exportTo: [shop]
  resolution: DNS
  ports: [{ number: 443, name: tls, protocol: TLS, targetPort: 8443 }]
";

fn check(yaml: &str, expect: Expect) {
    let world = world(yaml);
    let mut text = String::new();
    for workload in world.workloads() {
        let labels: Vec<String> = workload.labels().map(|(name, value)| format!("{name}={value}")).collect();
        let services: Vec<&str> = world.services_of(workload).map(mesh::Service::host).collect();
        let (kind, name, account) = (workload.kind(), workload.name(), workload.service_account());
        writeln!(text, "{kind:?} {name} as {account} {} {services:?}", labels.join(",")).expect("text");
    }
    for service in world.services() {
        let reaches = ["shop", "edge"].map(|namespace| service.visibility(&world).reaches(namespace));
        writeln!(text, "{} {:?} {reaches:?}", service.host(), service.resolution()).expect("text");
        for port in service.ports() {
            let at: Vec<String> = service
                .workloads(&world)
                .iter()
                .map(|workload| format!("{}:{:?}", workload.name(), port.number_at(*workload)))
                .collect();
            writeln!(text, "  {} {} {:?} {at:?}", port.number, port.protocol, port.target).expect("text");
        }
    }
    expect.assert_eq(&text);
}

#[test]
fn workloads_are_told_once_and_services_know_theirs() {
    check(
        SHOP,
        expect![[r#"
            Deployment web as web app=web,version=v1 ["web.shop.svc.cluster.local"]
            CronJob nightly as night app=nightly []
            Pod loose as default app=web ["web.shop.svc.cluster.local"]
            WorkloadEntry machine as vm app=web,zone=a ["web.shop.svc.cluster.local"]
            none.shop.svc.cluster.local Passthrough [true, false]
              3306 TCP Number(3306) []
            web.shop.svc.cluster.local Static [true, true]
              80 HTTP Name("http-web") ["web:Some(8080)", "loose:Some(9090)", "machine:Some(7070)"]
              81 GRPC Number(81) ["web:Some(81)", "loose:Some(81)", "machine:Some(81)"]
            web.shop.svc.cluster.local Dns [true, false]
              443 TLS Number(8443) []
            *.example.com Dns [true, false]
              443 TLS Number(8443) []
            *.a.example.com Dns [true, false]
              443 TLS Number(8443) []
        "#]],
    );
}

#[test]
fn hosts_are_found_exactly_and_then_by_their_longest_wildcard() {
    let world = world(SHOP);
    for (host, expect) in [
        ("web.shop.svc.cluster.local", vec!["shop/web", "edge/web"]),
        ("b.example.com", vec!["edge/web"]),
        ("b.a.example.com", vec!["edge/web"]),
        ("example.com", vec![]),
        ("*.a.example.com", vec!["edge/web"]),
        ("*.com", vec![]),
        ("", vec![]),
        ("ü.b.example.com", vec!["edge/web"]),
    ] {
        let found = world.services_for_host(host);
        let names: Vec<String> =
            found.iter().map(|found| format!("{}/{}", found.namespace(), found.resource().name())).collect();
        assert_eq!(names, expect, "{host}");
    }
    let host = |host: &str| world.services_for_host(host).first().map(|service| service.host().to_owned());
    assert_eq!(host("b.a.example.com").as_deref(), Some("*.a.example.com"));
}
