//! EnvoyFilter, WasmPlugin, TrafficExtension, Telemetry and ProxyConfig.

use expect_test::{Expect, expect};

fn patch(patch: &str, expected: Expect) {
    super::check("networking.istio.io/v1alpha3", "EnvoyFilter", &format!("configPatches: [{{ {patch} }}]"), expected);
}

fn plugin(spec: &str, expected: Expect) {
    super::check("extensions.istio.io/v1alpha1", "WasmPlugin", spec, expected);
}

fn extension(spec: &str, expected: Expect) {
    super::check("extensions.istio.io/v1alpha1", "TrafficExtension", spec, expected);
}

fn telemetry(spec: &str, expected: Expect) {
    super::check("telemetry.istio.io/v1", "Telemetry", spec, expected);
}

#[test]
fn patches() {
    patch(
        "applyTo: CLUSTER",
        expect![[r#"
         warning: an EnvoyFilter patches what Istio may change at any time; prefer another kind, and test it with every upgrade
        /spec/configPatches/0 `patch` is missing"#]],
    );
    patch(
        "patch: { operation: REMOVE }",
        expect![[r#"
         warning: an EnvoyFilter patches what Istio may change at any time; prefer another kind, and test it with every upgrade
        /spec/configPatches/0 the patch does not say by `applyTo` what it is for"#]],
    );
    patch(
        "applyTo: CLUSTER, patch: { operation: ADD }",
        expect![[r#"
         warning: an EnvoyFilter patches what Istio may change at any time; prefer another kind, and test it with every upgrade
        /spec/configPatches/0/patch the operation ADD needs a value"#]],
    );
    patch(
        "applyTo: CLUSTER, match: { proxy: { proxyVersion: '(' } }, patch: { operation: REMOVE }",
        expect![[r#"
         warning: an EnvoyFilter patches what Istio may change at any time; prefer another kind, and test it with every upgrade
        /spec/configPatches/0/match/proxy/proxyVersion `proxyVersion` is `(`, which is no regular expression: unclosed group"#]],
    );
    patch(
        "applyTo: HTTP_ROUTE, match: { cluster: {} }, patch: { operation: REMOVE }",
        expect![[r#"
         warning: an EnvoyFilter patches what Istio may change at any time; prefer another kind, and test it with every upgrade
        /spec/configPatches/0/match/cluster HTTP_ROUTE is matched by `routeConfiguration`, not by `cluster`"#]],
    );
    patch(
        "applyTo: NETWORK_FILTER, match: { listener: { filterChain: { filter: { name: envoy.tcp_proxy, subFilter: { name: x } } } } }, patch: { operation: REMOVE }",
        expect![[r#"
             warning: an EnvoyFilter patches what Istio may change at any time; prefer another kind, and test it with every upgrade
            /spec/configPatches/0/match/listener/filterChain/filter/subFilter `subFilter` is for HTTP_FILTER, not for NETWORK_FILTER"#]],
    );
    patch(
        "applyTo: HTTP_FILTER, match: { listener: { filterChain: { filter: { name: envoy.http_connection_manager, subFilter: { name: envoy.router } } } } }, patch: { operation: REMOVE }",
        expect![[r#"
             warning: an EnvoyFilter patches what Istio may change at any time; prefer another kind, and test it with every upgrade
            /spec/configPatches/0/match/listener/filterChain/filter/subFilter/name warning: `envoy.router` is an old name of a filter; write the one that begins with `envoy.filters.`
            /spec/configPatches/0/match/listener/filterChain/filter/name warning: `envoy.http_connection_manager` is an old name of a filter; write the one that begins with `envoy.filters.`"#]],
    );
    patch(
        "applyTo: LISTENER, match: { listener: { filterChain: { filter: {} } } }, patch: { operation: REMOVE }",
        expect![[r#"
             warning: an EnvoyFilter patches what Istio may change at any time; prefer another kind, and test it with every upgrade
            /spec/configPatches/0/match/listener/filterChain/filter warning: a match by filter does nothing for LISTENER
            /spec/configPatches/0/match/listener/filterChain/filter a match by filter needs the filter's name"#]],
    );
}

#[test]
fn modules() {
    plugin("{ url: 'oci://registry.example/a:1', sha256: '' }", expect![[""]]);
    plugin(
        "{ url: 'ftp://a', sha256: ABC }",
        expect![[r#"
        /spec/sha256 `spec.sha256` is `ABC`, which does not match `(^$|^[a-f0-9]{64}$)`
        /spec/url `url` is `ftp://a`, and must begin with `oci://`, `https://`, `http://` or `file://`"#]],
    );
    plugin("{ url: 'http://a b' }", expect![[""]]);
    plugin(
        "{ url: a, match: [{ ports: [{ number: 70000 }] }], vmConfig: { env: [{ name: a }, { name: a }, { name: b, valueFrom: HOST, value: c }] } }",
        expect![[r#"
            /spec/match/0/ports/0/number `spec.match[0].ports[0].number` is 70000, and must be at most 65535
            /spec/vmConfig/env/1/name `spec.vmConfig.env` has two items of which `name` is the text `a`
            /spec/vmConfig/env/2/value the variable `b` is taken from the host, and has a value of its own"#]],
    );
    extension("{ phase: AUTHN }", expect!["/spec exactly one of `wasm` and `lua` must be given"]);
    extension("{ lua: { inlineCode: '' } }", expect!["/spec/lua/inlineCode `spec.lua.inlineCode` is empty"]);
    extension(
        "{ wasm: { url: 'gs://a' }, lua: { inlineCode: x } }",
        expect!["/spec `spec` has both `wasm` and `lua`, which exclude each other"],
    );
}

#[test]
fn telemetries() {
    telemetry(
        "{ tracing: [{ providers: [{ name: a }, { name: '' }], randomSamplingPercentage: 101 }, {}] }",
        expect![[r#"
            /spec/tracing/0/providers/1/name `spec.tracing[0].providers[1].name` is empty
            /spec/tracing/0/randomSamplingPercentage `spec.tracing[0].randomSamplingPercentage` is 101, and must be at most 100
            /spec/tracing/1 warning: only the first item of `tracing` counts
            /spec/tracing/0/providers/1 warning: only the first provider of traces counts"#]],
    );
    telemetry(
        "{ tracing: [{ customTags: { a: { literal: { value: '' } }, b: { header: {}, literal: { value: x } } } }] }",
        expect![[r#"
            /spec/tracing/0/customTags/a/literal/value `spec.tracing[0].customTags.a.literal.value` is empty
            /spec/tracing/0/customTags/b/header `spec.tracing[0].customTags.b.header` lacks `name`
            /spec/tracing/0/customTags/b `spec.tracing[0].customTags.b` has both `literal` and `header`, which exclude each other"#]],
    );
    telemetry(
        "{ metrics: [{ reportingInterval: 1us, overrides: [{ match: { customMetric: '' }, tagOverrides: { a: { operation: REMOVE, value: x }, b: {} } }] }] }",
        expect![[r#"
            /spec/metrics/0/overrides/0/match/customMetric `spec.metrics[0].overrides[0].match.customMetric` is empty
            /spec/metrics/0/reportingInterval `reportingInterval` is `1us`, and must be at least 1ms
            /spec/metrics/0/overrides/0/tagOverrides/a/value the tag `a` is removed, and takes no value
            /spec/metrics/0/overrides/0/tagOverrides/b the tag `b` is set, and needs a value"#]],
    );
    telemetry("{ accessLogging: [{ filter: { expression: 'true' }, disabled: no }] }", expect![[""]]);
}

#[test]
fn proxies() {
    let proxy = |spec: &str, expected| super::check("networking.istio.io/v1beta1", "ProxyConfig", spec, expected);
    proxy(
        "{ concurrency: -1, selector: { matchLabels: { 'a': '*' } } }",
        expect![[r#"
        /spec/concurrency `spec.concurrency` is -1, and must be at least 0
        /spec/selector/matchLabels/a `selector` has a wildcard in `a: *`, and labels are compared as they are"#]],
    );
    proxy("{ concurrency: 2, image: { imageType: distroless } }", expect![[""]]);
}
