//! A mesh of any size, the same for the same size: what analyses and models are measured with.
//!
//! The mix follows that of real repositories: per application a Deployment, a Service, a ServiceAccount and mostly a
//! VirtualService and a DestinationRule; per team a namespace with policies, a Sidecar and a ServiceEntry; a few gateways for
//! all. Nearly everything is right. One application in fifty has a mistake, as real ones do.

use serde_json::{Value, json};

/// How many applications share a namespace.
const PER_NAMESPACE: usize = 20;

/// Objects of a generated mesh, exactly `size` of them.
pub fn objects(size: usize) -> Vec<Value> {
    let mut objects = gateways();
    let mut application = 0;
    while objects.len() < size {
        let team = application / PER_NAMESPACE;
        if application.is_multiple_of(PER_NAMESPACE) {
            objects.extend(of_team(team));
        }
        objects.extend(of_application(application, team));
        application += 1;
    }
    objects.truncate(size);
    objects
}

/// The same in another order, which `seed` chooses.
pub fn shuffled(size: usize, seed: u64) -> Vec<Value> {
    let mut objects = objects(size);
    let mut state = seed | 1;
    for last in (1..objects.len()).rev() {
        // Xorshift: enough to shuffle, and the same everywhere.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let place = usize::try_from(state % (last as u64 + 1)).unwrap_or_default();
        objects.swap(last, place);
    }
    objects
}

fn object(api_version: &str, kind: &str, namespace: &str, name: &str, spec: Value) -> Value {
    let metadata = json!({ "namespace": namespace, "name": name });
    json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec })
}

fn networking(kind: &str, namespace: &str, name: &str, spec: Value) -> Value {
    object("networking.istio.io/v1", kind, namespace, name, spec)
}

/// The control plane's namespace with a gateway for the public and one for the company.
fn gateways() -> Vec<Value> {
    let mut objects = vec![namespace("istio-system", json!({}))];
    for name in ["public", "private"] {
        let labels = json!({ "istio": name });
        let container = json!({ "name": "istio-proxy", "image": "auto" });
        let template = json!({
            "metadata": { "labels": { "istio": name, "sidecar.istio.io/inject": "true" } },
            "spec": { "containers": [container] },
        });
        objects.push(object("apps/v1", "Deployment", "istio-system", name, json!({ "template": template })));
        let ports = json!([{ "name": "http2", "port": 80, "targetPort": 8080 }, { "name": "https", "port": 443, "targetPort": 8443 }]);
        objects.push(object("v1", "Service", "istio-system", name, json!({ "selector": labels, "ports": ports })));
    }
    objects
}

fn namespace(name: &str, labels: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } })
}

fn of_team(team: usize) -> Vec<Value> {
    let home = format!("team-{team}");
    let host = format!("*.team-{team}.example.com");
    let server = json!({
        "port": { "number": 443, "name": "https", "protocol": "HTTPS" },
        "hosts": [host],
        "tls": { "mode": "SIMPLE", "credentialName": format!("team-{team}") },
    });
    let gateway = if team.is_multiple_of(3) { "private" } else { "public" };
    let port = json!({ "number": 443, "name": "tls", "protocol": "TLS" });
    let entry = json!({ "hosts": [format!("api-{team}.example.net")], "location": "MESH_EXTERNAL", "ports": [port], "resolution": "DNS" });
    let certificate = json!({ "secretName": format!("team-{team}"), "dnsNames": [host] });
    let from = json!({ "source": { "namespaces": [home, "istio-system"] } });
    vec![
        namespace(&home, json!({ "istio-injection": "enabled" })),
        networking("Gateway", &home, "entry", json!({ "selector": { "istio": gateway }, "servers": [server] })),
        object("cert-manager.io/v1", "Certificate", "istio-system", &format!("team-{team}"), certificate),
        networking("Sidecar", &home, "default", json!({ "egress": [{ "hosts": ["./*", "istio-system/*"] }] })),
        networking("ServiceEntry", &home, "api", entry),
        object("security.istio.io/v1", "PeerAuthentication", &home, "default", json!({ "mtls": { "mode": "STRICT" } })),
        object(
            "security.istio.io/v1",
            "AuthorizationPolicy",
            &home,
            "from-here",
            json!({ "action": "ALLOW", "rules": [{ "from": [from] }] }),
        ),
        object(
            "telemetry.istio.io/v1",
            "Telemetry",
            &home,
            "default",
            json!({ "tracing": [{ "randomSamplingPercentage": 1.0 }] }),
        ),
    ]
}

fn of_application(application: usize, team: usize) -> Vec<Value> {
    let home = format!("team-{team}");
    let name = format!("app-{application}");
    // The mistakes go round, so that every fiftieth application has another one.
    let mistake = (application % 50 == 49).then_some(application / 50 % 4);
    let labels = json!({ "app": name, "version": "v1" });
    let container = json!({
        "name": "app",
        "image": format!("registry.example.com/{home}/{name}:1.{}", application % 10),
        "ports": [{ "name": "http", "containerPort": 8080 }],
    });
    let template = json!({
        "metadata": { "labels": labels, "annotations": { "proxy.istio.io/config": "concurrency: 2\n" } },
        "spec": { "serviceAccountName": name, "containers": [container] },
    });
    let deployment = json!({ "selector": { "matchLabels": { "app": name } }, "template": template });
    let port_name = if mistake == Some(0) { "web" } else { "http" };
    let ports = json!([{ "name": port_name, "port": 80, "targetPort": "http" }]);
    let subset = if mistake == Some(1) { "v2" } else { "v1" };
    let rule = json!({ "host": name, "subsets": [{ "name": subset, "labels": { "version": subset } }] });
    let host = if mistake == Some(2) { format!("{name}-gone") } else { name.clone() };
    let destination = json!({ "host": host, "subset": subset, "port": { "number": 80 } });
    let routes = json!([
        { "match": [{ "uri": { "prefix": "/api" } }], "route": [{ "destination": destination }], "timeout": "5s" },
        { "route": [{ "destination": destination }], "retries": { "attempts": 2, "perTryTimeout": "1s" } },
    ]);
    let gateway = if mistake == Some(3) { "entrance" } else { "entry" };
    let hosts = [name.clone(), format!("{name}.{home}.example.com")];
    let service = json!({ "hosts": hosts, "gateways": ["mesh", gateway], "http": routes });
    let policy = json!({ "selector": { "matchLabels": { "app": name } }, "action": "ALLOW", "rules": [{ "to": [{ "operation": { "methods": ["GET", "POST"] } }] }] });
    let mut objects = vec![
        object("apps/v1", "Deployment", &home, &name, deployment),
        object("v1", "Service", &home, &name, json!({ "selector": { "app": name }, "ports": ports })),
        json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "namespace": home, "name": name } }),
        networking("DestinationRule", &home, &name, rule),
        networking("VirtualService", &home, &name, service),
    ];
    if application.is_multiple_of(2) {
        objects.push(object("security.istio.io/v1", "AuthorizationPolicy", &home, &name, policy));
    }
    objects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_gives_so_many_objects_and_always_the_same() {
        assert_eq!(objects(1_000).len(), 1_000);
        assert_eq!(objects(300), objects(300));
        assert_eq!(objects(300), objects(1_000)[..300]);
        let mut names: Vec<String> =
            objects(1_000).iter().map(|object| format!("{}{}", object["kind"], object["metadata"])).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 1_000, "an object occurs twice");
    }

    #[test]
    fn another_order_is_an_order_of_the_same() {
        let sorted = |objects: Vec<Value>| {
            let mut texts: Vec<String> = objects.iter().map(Value::to_string).collect();
            texts.sort();
            texts
        };
        assert_ne!(shuffled(200, 7), objects(200));
        assert_eq!(sorted(shuffled(200, 7)), sorted(objects(200)));
    }
}
