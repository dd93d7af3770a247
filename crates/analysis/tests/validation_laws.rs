//! What holds of validation for every object: it ends, it never fails, and it points at values of the object.

use analysis::validation::{self, Subject, unused_routes};
use manifest::{Manifest, Origin, Value};
use mesh::Field;
use proptest::prelude::*;
use serde_json::json;

/// Every kind that is judged, by `apiVersion` and `kind`.
const KINDS: &[(&str, &str)] = &[
    ("networking.istio.io/v1", "VirtualService"),
    ("networking.istio.io/v1", "DestinationRule"),
    ("networking.istio.io/v1", "Gateway"),
    ("networking.istio.io/v1", "ServiceEntry"),
    ("networking.istio.io/v1", "Sidecar"),
    ("networking.istio.io/v1", "WorkloadEntry"),
    ("networking.istio.io/v1", "WorkloadGroup"),
    ("networking.istio.io/v1alpha3", "EnvoyFilter"),
    ("networking.istio.io/v1beta1", "ProxyConfig"),
    ("security.istio.io/v1", "AuthorizationPolicy"),
    ("security.istio.io/v1", "PeerAuthentication"),
    ("security.istio.io/v1", "RequestAuthentication"),
    ("telemetry.istio.io/v1", "Telemetry"),
    ("extensions.istio.io/v1alpha1", "WasmPlugin"),
    ("extensions.istio.io/v1alpha1", "TrafficExtension"),
    ("gateway.networking.k8s.io/v1", "Gateway"),
    ("gateway.networking.k8s.io/v1", "GatewayClass"),
    ("gateway.networking.k8s.io/v1", "ListenerSet"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"),
    ("gateway.networking.k8s.io/v1", "GRPCRoute"),
    ("gateway.networking.k8s.io/v1", "TLSRoute"),
    ("gateway.networking.k8s.io/v1", "TCPRoute"),
    ("gateway.networking.k8s.io/v1", "UDPRoute"),
    ("gateway.networking.k8s.io/v1", "BackendTLSPolicy"),
    ("gateway.networking.k8s.io/v1", "ReferenceGrant"),
    ("policy.linkerd.io/v1beta3", "Server"),
    ("policy.linkerd.io/v1beta1", "ServerAuthorization"),
    ("policy.linkerd.io/v1alpha1", "AuthorizationPolicy"),
    ("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication"),
    ("policy.linkerd.io/v1alpha1", "NetworkAuthentication"),
    ("policy.linkerd.io/v1alpha1", "HTTPLocalRateLimitPolicy"),
    ("policy.linkerd.io/v1alpha1", "EgressNetwork"),
    ("policy.linkerd.io/v1beta3", "HTTPRoute"),
    ("linkerd.io/v1alpha2", "ServiceProfile"),
    ("workload.linkerd.io/v1beta1", "ExternalWorkload"),
    ("v1", "Service"),
    ("apps/v1", "Deployment"),
];

/// The schema of a kind, as the embedded server has it.
fn schema(api_version: &str, kind: &str) -> Value {
    let group = api_version.split('/').next().unwrap_or_default();
    let all = kinds::crd::all().into_iter().chain(kinds::crd::linkerd());
    let definition = all
        .into_iter()
        .find(|definition| definition["spec"]["group"] == group && definition["spec"]["names"]["kind"] == kind);
    definition.map_or(Value::Null, |definition| definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone())
}

/// Texts that mean something somewhere, and others.
fn text() -> impl Strategy<Value = String> {
    let known = [
        "",
        "*",
        "*.example.com",
        "a",
        "mesh",
        "~",
        ".",
        "./*",
        "a/b",
        "unix:///x",
        "unix://@",
        "1.2.3.4",
        "::1",
        "10.0.0.0/8",
        "5s",
        "0s",
        "-1h",
        "1.5ms",
        "HTTP",
        "TLS",
        "STATIC",
        "DNS",
        "DYNAMIC_DNS",
        "SIMPLE",
        "MUTUAL",
        "DENY",
        "CUSTOM",
        "http://a",
        "(",
        "[[:alpha:]",
        "\\Q",
        "a{2}{3}",
        "%",
        "%A(",
        "{**}/{*}",
        "{}",
        "{\"keys\":[{}]}",
        "source.ip",
        "request.headers[]",
        "spiffe://",
        "ä",
        "\u{0}",
        "WAYPOINT",
        "ReplacePrefixMatch",
        "RegularExpression",
        "outbound_.80_._.a",
        "configmap://a",
        "80",
        "@request.auth.claims[a]",
        "istio-system",
    ];
    prop_oneof![9 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

/// Any JSON at all.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

/// A value of a schema, now and then of another shape, so that checks are reached.
fn of_schema(schema: &Value, depth: u32) -> BoxedStrategy<Value> {
    let fitting: BoxedStrategy<Value> = match schema["type"].as_str() {
        Some("object") if depth > 0 => match schema["properties"].as_object() {
            Some(properties) => {
                let members: Vec<_> = properties
                    .iter()
                    .map(|(name, below)| {
                        let name = name.clone();
                        prop::option::weighted(0.4, of_schema(below, depth - 1))
                            .prop_map(move |value| (name.clone(), value))
                    })
                    .collect();
                members
                    .prop_map(|members| members.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
                    .boxed()
            }
            None => {
                let below = of_schema(&schema["additionalProperties"], depth - 1);
                prop::collection::btree_map(text(), below, 0..3).prop_map(Value::from_iter).boxed()
            }
        },
        Some("array") if depth > 0 => {
            prop::collection::vec(of_schema(&schema["items"], depth - 1), 0..3).prop_map(Value::from).boxed()
        }
        Some("string") => match schema["enum"].as_array() {
            Some(words) => prop::sample::select(words.clone()).boxed(),
            None => text().prop_map(Value::from).boxed(),
        },
        Some("integer") => prop::sample::select(vec![json!(0), json!(1), json!(80), json!(-1), json!(70000)]).boxed(),
        Some("number") => prop::sample::select(vec![json!(0), json!(0.00001), json!(50.5), json!(101)]).boxed(),
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        _ => anything().boxed(),
    };
    prop_oneof![30 => fitting, 1 => anything()].boxed()
}

/// Judges an object, and holds what it finds to what must hold of every problem.
fn judge(object: Value) {
    let manifest = Manifest { value: object, origin: Origin::default() };
    let subject = Subject { root: Field::root(&manifest), namespace: "default" };
    let problems = validation::validate(subject);
    assert!(problems.len() <= 200, "{}", problems.len());
    // Its meaning too, which is not asked of an object that cannot be read.
    for problem in problems.into_iter().chain(validation::meaning(subject)) {
        let found = manifest.value.pointer(&problem.field.pointer()).expect("a value of the object");
        assert!(std::ptr::eq(found, problem.field.value()), "{}", problem.message);
        assert!(!problem.message.is_empty() && !problem.message.ends_with('.'), "{}", problem.message);
    }
    let _ = unused_routes(subject);
}

fn object((api_version, kind): (&str, &str), members: Value) -> Value {
    let mut object = json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": "x" } });
    for (name, value) in members.as_object().into_iter().flatten() {
        object[name] = value.clone();
    }
    object
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_json_under_any_kind_is_judged(kind in prop::sample::select(KINDS.to_vec()), spec in anything(), metadata in anything()) {
        judge(object(kind, json!({ "spec": spec, "metadata": metadata })));
    }
}

/// Objects that almost fit, kind by kind: these reach the depths of every check.
#[test]
fn what_almost_fits_is_judged() {
    for kind in KINDS {
        let schema = schema(kind.0, kind.1);
        let mut runner =
            proptest::test_runner::TestRunner::new(ProptestConfig { cases: 16, ..ProptestConfig::default() });
        let strategy = of_schema(&schema, 9);
        runner
            .run(&strategy, |members| {
                judge(object(*kind, members));
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    }
}

/// Thousands of entries of each list that checks compare with one another.
#[test]
fn thousands_of_entries_are_judged() {
    const MANY: usize = 2_000;
    let list = |item: &dyn Fn(usize) -> Value| Value::from((0..MANY).map(item).collect::<Vec<_>>());
    let istio = |kind, spec| object(("networking.istio.io/v1", kind), json!({ "spec": spec }));
    judge(istio(
        "VirtualService",
        json!({
            "hosts": list(&|index| json!(format!("*.{index}.example.com"))),
            "gateways": ["front"],
            "exportTo": list(&|index| json!(format!("ns-{index}"))),
            "http": list(&|index| json!({
                "match": [{ "uri": { "prefix": format!("/{}", "a/".repeat(index % 500)) }, "port": index }],
                "route": [{ "destination": { "host": "a" } }],
            })),
            "tls": list(&|index| json!({ "match": [{ "sniHosts": [format!("a.{index}.example.com")] }], "route": [{ "destination": { "host": "a" } }] })),
        }),
    ));
    judge(istio(
        "DestinationRule",
        json!({ "host": "a", "subsets": list(&|index| json!({ "name": format!("v{}", index / 2) })) }),
    ));
    judge(istio(
        "ServiceEntry",
        json!({ "hosts": ["a.com"], "resolution": "STATIC", "endpoints": list(&|_| json!({ "address": "nowhere", "ports": { "x": 0 } })) }),
    ));
    judge(istio(
        "Sidecar",
        json!({ "egress": [{ "hosts": list(&|index| json!(format!("ns-{}/a.com", index / 2))) }] }),
    ));
    judge(object(
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        json!({ "spec": { "parentRefs": list(&|index| json!({ "name": "front", "sectionName": format!("s{index}") })) } }),
    ));
    let deep = (0..180).fold(json!({}), |inner, _| json!({ "all": [inner] }));
    judge(object(
        ("linkerd.io/v1alpha2", "ServiceProfile"),
        json!({ "spec": { "routes": [{ "name": "a", "condition": deep }] } }),
    ));
}
