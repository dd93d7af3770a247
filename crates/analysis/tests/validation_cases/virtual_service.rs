//! VirtualService.

use expect_test::{Expect, expect};

/// A VirtualService for the host `a` with these lines more.
fn virtual_service(lines: &str, expected: Expect) {
    let hosts = if lines.contains("hosts:") { "" } else { "hosts: [a]\n" };
    super::check("networking.istio.io/v1", "VirtualService", &format!("{hosts}{lines}"), expected);
}

/// One HTTP route to the host `a` with these members more.
fn route(members: &str, expected: Expect) {
    virtual_service(&format!("http: [{{ route: [{{ destination: {{ host: a }} }}], {members} }}]"), expected);
}

#[test]
fn hosts_and_gateways() {
    let http = "http: [{ route: [{ destination: { host: a } }] }]";
    let with = |lines: &str, expected| virtual_service(&format!("{lines}\n{http}"), expected);
    with("hosts: ['*.a.com', b.a.com]", expect!["/spec/hosts/1 the hosts `b.a.com` and `*.a.com` overlap"]);
    with(
        "hosts: ['*']",
        expect![
            "/spec/hosts/0 the host `*` is only for gateways; in the mesh it would take the requests of every service"
        ],
    );
    with("hosts: ['*']\ngateways: [front]", expect![[""]]);
    with("hosts: [1.2.3.4, a.com, a.com]", expect!["/spec/hosts/2 the hosts `a.com` and `a.com` overlap"]);
    with(
        "hosts: [a_b]",
        expect!["/spec/hosts/0 the host `a_b` has the part `a_b`, which is no DNS label and no leading wildcard"],
    );
    with(
        "gateways: [shop/front, mesh, '/x', 'a/b/c', Front.shop]",
        expect![[r#"
        /spec/gateways/2 the namespace of a gateway `` is no DNS label
        /spec/gateways/3 the gateway name `b/c` is no DNS label
        /spec/gateways/4 warning: the gateway `Front.shop` is named as in old days; write `shop/Front`"#]],
    );
    with(
        "exportTo: [., shop, '*', '~', a_b]",
        expect![[r#"
            /spec/exportTo/1 `exportTo` names `shop` twice, or the namespace `shop` also as `.`
            /spec/exportTo/2 `exportTo` has `*` beside other entries, which means all namespaces anyway
            /spec/exportTo/3 `exportTo` has `~`, and may have `.`, `*` or names of namespaces
            /spec/exportTo/4 `exportTo` has `a_b`, and may have `.`, `*` or names of namespaces"#]],
    );
    virtual_service(
        "gateways: [front]",
        expect!["/spec there is no route: one of `http`, `tls` and `tcp` must have one"],
    );
}

#[test]
fn delegates() {
    virtual_service(
        "hosts: []\nhttp: [{ delegate: { name: b }, route: [{ destination: { host: a } }] }]",
        expect!["/spec/http/0/delegate a delegate cannot delegate"],
    );
    virtual_service(
        "hosts: []\ngateways: [front]\ntcp: [{ route: [{ destination: { host: a } }] }]",
        expect![[r#"
        /spec/gateways a virtual service without hosts is a delegate, and has no `gateways`
        /spec/tcp a virtual service without hosts is a delegate, and has no `tcp`"#]],
    );
    virtual_service("http: [{ delegate: { name: b, namespace: c } }]", expect![[""]]);
    virtual_service(
        "http: [{ delegate: { name: b }, redirect: { uri: /x } }]",
        expect!["/spec/http/0/redirect a route that delegates cannot have `redirect`"],
    );
}

#[test]
fn what_a_route_does() {
    virtual_service(
        "http: [{ redirect: { uri: /x }, fault: { delay: { fixedDelay: 1s } }, rewrite: { uri: / } }]",
        expect![[r#"
            /spec/http/0/fault a route with `redirect` cannot have `fault`
            /spec/http/0/rewrite a route with `redirect` cannot have `rewrite`"#]],
    );
    virtual_service(
        "http: [{ directResponse: { status: 99 } }, { directResponse: { status: 503, body: { string: x } } }]",
        expect!["/spec/http/0/directResponse/status `status` is 99, and must be from 200 to 599"],
    );
    route(
        "mirror: { host: b }, mirrors: [{ destination: { host: c }, percentage: { value: 120 } }]",
        expect![[r#"
        /spec/http/0/mirrors a route can have `mirror` or `mirrors`, not both
        /spec/http/0/mirrors/0/percentage/value `percentage` is 120, and must be from 0 to 100"#]],
    );
    route(
        "rewrite: {}",
        expect!["/spec/http/0/rewrite the rewrite says neither `uri`, `uriRegexRewrite` nor `authority`"],
    );
    route(
        "rewrite: { uri: /, uriRegexRewrite: { match: '(' } }",
        expect![[r#"
        /spec/http/0/rewrite/uriRegexRewrite a rewrite can have `uri` or `uriRegexRewrite`, not both
        /spec/http/0/rewrite/uriRegexRewrite `uriRegexRewrite` needs `match` and `rewrite`"#]],
    );
    route("rewrite: { uriRegexRewrite: { match: '^/a/(.*)$', rewrite: '/\\1' } }", expect![[""]]);
    route(
        "rewrite: { authority: b }, headers: { request: { set: { Host: c } } }",
        expect!["/spec/http/0/headers/request/set/Host the host of the request is rewritten in two places"],
    );
    virtual_service(
        "http: [{ match: [{ uri: { exact: /a } }], redirect: { prefixRewrite: /b, scheme: ftp, port: 70000, redirectCode: 500 } }]",
        expect![[r#"
            /spec/http/0/match/0/uri `prefixRewrite` replaces the matched prefix, and this match has none
            /spec/http/0/redirect/redirectCode `redirectCode` is 500, and must be from 300 to 399
            /spec/http/0/redirect/scheme `scheme` is `ftp`, and must be `http` or `https`
            /spec/http/0/redirect/port the port 70000 is not in the range 1 to 65535"#]],
    );
}

#[test]
fn matches() {
    route(
        "match: [{ headers: { x: { prefix: '' }, '@request.auth.claims.sub': { exact: a } } }]",
        expect![[r#"
        /spec/http/0/match/0/headers/@request.auth.claims.sub routes can look at claims such as `@request.auth.claims.sub` only at gateways, and this is bound to the mesh
        /spec/http/0/match/0/headers/x/prefix `x` is matched by an empty prefix"#]],
    );
    route(
        "match: [{ withoutHeaders: { x: { regex: '*' }, 'a b': {} }, queryParams: { q: { regex: '' } } }]",
        expect![[r#"
            /spec/http/0/match/0/withoutHeaders/a b `a b` is no name of a header
            /spec/http/0/match/0/queryParams/q/regex `q` is matched by an empty regular expression"#]],
    );
    route(
        "match: [{ uri: { prefix: '' }, method: { prefix: '' }, port: 70000, sourceNamespace: a_b, sourceLabels: { 'a b': c } }]",
        expect![[r#"
            /spec/http/0/match/0/method/prefix `method` is matched by an empty prefix
            /spec/http/0/match/0/port the port 70000 is not in the range 1 to 65535
            /spec/http/0/match/0/sourceLabels/a b `a b` is no name that Kubernetes takes for a label or an annotation
            /spec/http/0/match/0/sourceNamespace the source namespace `a_b` is no DNS label"#]],
    );
    route(
        "match: [{ uri: { exact: a, prefix: b } }]",
        expect![
            "/spec/http/0/match/0/uri `spec.http[0].match[0].uri` has both `exact` and `prefix`, which exclude each other"
        ],
    );
}

#[test]
fn destinations_and_weights() {
    virtual_service(
        "http: [{ route: [{ destination: { host: '*' } }, { destination: { host: b, port: {} }, weight: 0 }] }]",
        expect![[r#"
            /spec/http/0/route/0/destination/host the destination `*` is every host, and so none
            /spec/http/0/route/1/destination/port the port 0 is not in the range 1 to 65535
            /spec/http/0/route the weights of the destinations add up to 0, so no request has one"#]],
    );
    virtual_service(
        "http: [{ route: [{ weight: -1 }] }]",
        expect![[r#"
        /spec/http/0/route/0 `spec.http[0].route[0]` lacks `destination`
        /spec/http/0/route/0/weight the weight -1 is negative"#]],
    );
    virtual_service(
        "tcp: [{ match: [{ destinationSubnets: [10.0.0.0/40], port: 0 }], route: [{ destination: { host: a } }] }, {}]",
        expect![[r#"
            /spec/tcp/0/match/0/destinationSubnets/0 `10.0.0.0/40` is no range of IP addresses such as `10.0.0.0/8`
            /spec/tcp/1 the route has no destination"#]],
    );
    virtual_service(
        "tls: [{ match: [{ sniHosts: [b, 1.2.3.4, a] }], route: [{ destination: { host: a } }] }, { match: [], route: [] }]",
        expect![[r#"
            /spec/tls/0/match/0/sniHosts/0 `sniHosts` has `b`, which is none of the hosts of the virtual service
            /spec/tls/0/match/0/sniHosts/1 warning: `sniHosts` has the address `1.2.3.4`, and clients send no addresses as server names
            /spec/tls/1 a TLS route must say by `match` which server names it is for
            /spec/tls/1 the route has no destination"#]],
    );
}

#[test]
fn resilience() {
    route("timeout: 1", expect!["/spec/http/0/timeout `spec.http[0].timeout` must be text, and is the number 1"]);
    route("timeout: 0s", expect!["/spec/http/0/timeout `timeout` is `0s`, and must be at least 1ms"]);
    route(
        "retries: { attempts: 0, perTryTimeout: 1s, retryOn: '5xx,503,oops' }",
        expect![[r#"
        /spec/http/0/retries `attempts` is 0, which turns retries off, and yet it is said how to retry
        /spec/http/0/retries/retryOn `retryOn` has `oops`, which is nothing that can be retried on"#]],
    );
    route(
        "retries: { attempts: 3, perTryTimeout: 1500us, backoff: x }",
        expect![[r#"
        /spec/http/0/retries/perTryTimeout `perTryTimeout` is `1500us`, and must be a whole number of milliseconds
        /spec/http/0/retries/backoff `backoff` is `x`, which is no duration such as `5s` or `1m30s`"#]],
    );
    route("fault: {}", expect!["/spec/http/0/fault a fault must have `abort` or `delay`"]);
    route(
        "fault: { abort: { percentage: { value: 0.00001 } }, delay: { exponentialDelay: 1s } }",
        expect![[r#"
        /spec/http/0/fault/abort/percentage/value `percentage` is 0.00001, and must be 0 or from 0.0001 to 100
        /spec/http/0/fault/abort warning: `abort` says no status, and so does nothing
        /spec/http/0/fault/delay/exponentialDelay `exponentialDelay` is not supported"#]],
    );
    route(
        "fault: { abort: { grpcStatus: OOPS, percentage: { value: 50 } } }",
        expect![
            "/spec/http/0/fault/abort/grpcStatus `grpcStatus` is `OOPS`, which is no code of gRPC such as `UNAVAILABLE`"
        ],
    );
    route(
        "corsPolicy: { allowOrigins: [{}, { regex: '[' }], allowMethods: [GET, FETCH], allowHeaders: ['*', 'a b'], maxAge: 1.5s }",
        expect![[r#"
            /spec/http/0/corsPolicy/allowOrigins/0 an origin of `allowOrigins` needs `exact`, `prefix` or `regex`
            /spec/http/0/corsPolicy/allowOrigins/1/regex the regular expression `[` for `allowOrigins` is not RE2's: unclosed character class
            /spec/http/0/corsPolicy/allowMethods/1 `allowMethods` has `FETCH`, which is no method of HTTP
            /spec/http/0/corsPolicy/allowHeaders/1 `a b` is no name of a header
            /spec/http/0/corsPolicy/maxAge `maxAge` is `1.5s`, and must be whole seconds"#]],
    );
    route(
        "headers: { request: { set: { x: '%BAD' }, add: { ':path': a } }, response: { set: { host: a }, remove: [''] } }",
        expect![[r#"
            /spec/http/0/headers/request/set/x the value `%BAD` of a header has a `%` that begins no variable; write `%%` for the sign
            /spec/http/0/headers/request/add/:path the header `:path` cannot be changed here
            /spec/http/0/headers/response/set/host the header `host` cannot be changed here
            /spec/http/0/headers/response/remove/0 the name of a header is empty"#]],
    );
}
