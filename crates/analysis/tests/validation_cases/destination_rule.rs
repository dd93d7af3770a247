//! DestinationRule.

use expect_test::{Expect, expect};

fn policy(policy: &str, expected: Expect) {
    super::check("networking.istio.io/v1", "DestinationRule", &format!("host: a\ntrafficPolicy: {policy}"), expected);
}

fn rule(spec: &str, expected: Expect) {
    super::check("networking.istio.io/v1", "DestinationRule", spec, expected);
}

#[test]
fn hosts_subsets_and_exports() {
    rule(
        "subsets: [{ name: v1 }, { name: v1, labels: { a: 'b c' } }, { name: V_1 }]",
        expect![[r#"
        /spec `spec` lacks `host`
        /spec/subsets/1/name two subsets are named `v1`
        /spec/subsets/1/labels/a the value `b c` of the label `a` is none that Kubernetes takes
        /spec/subsets/2/name the subset `V_1` is no DNS label"#]],
    );
    rule(
        "{ host: '*.a.com', exportTo: ['*'], workloadSelector: { matchLabels: { app: a } } }",
        expect!["/spec/exportTo/0 `exportTo` has `*`, and a rule with a workload selector stays in its namespace"],
    );
    rule(
        "{ host: a, exportTo: [.], workloadSelector: {} }",
        expect![
            "/spec/workloadSelector warning: `workloadSelector` selects by no label, and so everything of the namespace"
        ],
    );
}

#[test]
fn pools() {
    policy("{}", expect!["/spec/trafficPolicy the traffic policy says nothing"]);
    policy(
        "{ connectionPool: {} }",
        expect!["/spec/trafficPolicy/connectionPool the connection pool has neither `http` nor `tcp`"],
    );
    policy(
        "{ connectionPool: { tcp: { maxConnections: -1, connectTimeout: 0.5ms, idleTimeout: 0s, tcpKeepalive: { time: 0s } } } }",
        expect![[r#"
            /spec/trafficPolicy/connectionPool/tcp/maxConnections `maxConnections` is -1, and must not be negative
            /spec/trafficPolicy/connectionPool/tcp/connectTimeout `connectTimeout` is `0.5ms`, and must be at least 1ms
            /spec/trafficPolicy/connectionPool/tcp/tcpKeepalive/time `time` is `0s`, and must be at least 1ms"#]],
    );
    policy(
        "{ connectionPool: { http: { maxRetries: -1, h2UpgradePolicy: UPGRADE, useClientProtocol: true, http2KeepAlive: { interval: 1s } } } }",
        expect![[r#"
            /spec/trafficPolicy/connectionPool/http/maxRetries `maxRetries` is -1, and must not be negative
            /spec/trafficPolicy/connectionPool/http/useClientProtocol `useClientProtocol` contradicts `h2UpgradePolicy: UPGRADE`
            /spec/trafficPolicy/connectionPool/http/http2KeepAlive `http2KeepAlive` needs `timeout`"#]],
    );
    policy(
        "{ outlierDetection: { consecutiveLocalOriginFailures: 1, maxEjectionPercent: 101, interval: -1s } }",
        expect![[r#"
            /spec/trafficPolicy/outlierDetection/interval `interval` is `-1s`, and must be at least 1ms
            /spec/trafficPolicy/outlierDetection/consecutiveLocalOriginFailures `consecutiveLocalOriginFailures` counts only with `splitExternalLocalOriginErrors: true`
            /spec/trafficPolicy/outlierDetection/maxEjectionPercent `maxEjectionPercent` is 101, and must be from 0 to 100"#]],
    );
    policy("{ outlierDetection: { consecutive5xxErrors: null } }", expect![[""]]);
}

#[test]
fn balancing() {
    policy(
        "{ loadBalancer: { simple: LEAST_REQUEST, consistentHash: { useSourceIp: true } } }",
        expect![
            "/spec/trafficPolicy/loadBalancer `spec.trafficPolicy.loadBalancer` has both `simple` and `consistentHash`, which exclude each other"
        ],
    );
    policy(
        "{ loadBalancer: { consistentHash: { httpCookie: { name: '', ttl: x, attributes: [{ name: a }, { name: a }] }, maglev: { tableSize: 10 } } } }",
        expect![[r#"
            /spec/trafficPolicy/loadBalancer/consistentHash/httpCookie `httpCookie` needs a name
            /spec/trafficPolicy/loadBalancer/consistentHash/httpCookie/ttl `ttl` is `x`, which is no duration such as `5s` or `1m30s`
            /spec/trafficPolicy/loadBalancer/consistentHash/httpCookie/attributes/1 `httpCookie` has the attribute `a` twice
            /spec/trafficPolicy/loadBalancer/consistentHash/maglev/tableSize `tableSize` is 10, and must be a prime number"#]],
    );
    policy(
        "{ loadBalancer: { consistentHash: { httpHeaderName: x, minimumRingSize: 5, ringHash: {} } } }",
        expect![[r#"
            /spec/trafficPolicy/loadBalancer/consistentHash/minimumRingSize warning: `minimumRingSize` is deprecated here; write it in `ringHash`
            /spec/trafficPolicy/loadBalancer/consistentHash/minimumRingSize `minimumRingSize` excludes `ringHash` and `maglev`"#]],
    );
    policy(
        "{ loadBalancer: { warmup: { duration: 0s, aggression: 0 } } }",
        expect![[r#"
        /spec/trafficPolicy/loadBalancer/warmup/duration `duration` is `0s`, and must be at least 1ms
        /spec/trafficPolicy/loadBalancer/warmup/aggression `aggression` is 0, and must be greater than 0"#]],
    );
    policy(
        "{ loadBalancer: { localityLbSetting: { distribute: [{ from: a/b/*, to: { a/b: 50, a/b/c: 50 } }, { from: a, to: { '*': 100 } }] } } }",
        expect![[r#"
            /spec/trafficPolicy/loadBalancer/localityLbSetting/distribute/0/to/a~1b~1c the locality `a/b/c` overlaps with one before it
            /spec/trafficPolicy/loadBalancer/localityLbSetting/distribute/1/from the locality `a` overlaps with one before it"#]],
    );
    policy(
        "{ loadBalancer: { localityLbSetting: { failover: [{ from: a, to: a }, { from: b/c, to: '*' }] } } }",
        expect![[r#"
            /spec/trafficPolicy/loadBalancer/localityLbSetting warning: failover needs `outlierDetection`, or nobody notices what fails
            /spec/trafficPolicy/loadBalancer/localityLbSetting/failover/0 `failover` leads from the region `a` to itself
            /spec/trafficPolicy/loadBalancer/localityLbSetting/failover/1/from `failover` has `b/c`, and is about regions without zones and wildcards
            /spec/trafficPolicy/loadBalancer/localityLbSetting/failover/1/to `failover` has `*`, and is about regions without zones and wildcards"#]],
    );
    policy(
        "{ loadBalancer: { zoneAwareLbSetting: { failoverPriority: [topology.kubernetes.io/zone] } }, outlierDetection: {} }",
        expect![
            "/spec/trafficPolicy/loadBalancer/zoneAwareLbSetting/failoverPriority/0 `failoverPriority` has `topology.kubernetes.io/zone`, by which zones are balanced already"
        ],
    );
}

#[test]
fn tls_and_tunnels() {
    policy(
        "{ tls: { mode: MUTUAL, clientCertificate: a } }",
        expect!["/spec/trafficPolicy/tls the mode MUTUAL needs `privateKey` or `credentialName`"],
    );
    policy(
        "{ tls: { mode: SIMPLE, credentialName: a, caCertificates: b } }",
        expect![
            "/spec/trafficPolicy/tls/caCertificates `caCertificates` is part of the credential that `credentialName` names"
        ],
    );
    policy(
        "{ tls: { mode: SIMPLE, insecureSkipVerify: true, subjectAltNames: [a] } }",
        expect!["/spec/trafficPolicy/tls/subjectAltNames `subjectAltNames` contradicts `insecureSkipVerify: true`"],
    );
    policy(
        "{ tls: { mode: SIMPLE, credentialName: 'configmap://other/ca' } }",
        expect![
            "/spec/trafficPolicy/tls/credentialName `credentialName` names a ConfigMap by `other/ca`, and must name one of its own namespace: `configmap://shop/NAME`"
        ],
    );
    policy("{ tls: { mode: SIMPLE, credentialName: 'configmap://shop/ca' } }", expect![[""]]);
    policy(
        "{ tunnel: { targetHost: a_b, targetPort: 0, protocol: GET }, proxyProtocol: { version: V2 } }",
        expect![[r#"
            /spec/trafficPolicy/proxyProtocol a traffic policy can have `tunnel` or `proxyProtocol`, not both
            /spec/trafficPolicy/tunnel/protocol `protocol` is `GET`, and must be `CONNECT` or `POST`
            /spec/trafficPolicy/tunnel/targetHost `targetHost` is `a_b`, which is neither a host nor an address
            /spec/trafficPolicy/tunnel/targetPort the port 0 is not in the range 1 to 65535"#]],
    );
    policy(
        "{ portLevelSettings: [{}, { port: { number: 80 }, tls: { mode: MUTUAL } }] }",
        expect![[r#"
        /spec/trafficPolicy/portLevelSettings/0 the settings of a port do not say of which port
        /spec/trafficPolicy/portLevelSettings/0 the settings of a port say nothing
        /spec/trafficPolicy/portLevelSettings/1/tls the mode MUTUAL needs `clientCertificate` or `credentialName`
        /spec/trafficPolicy/portLevelSettings/1/tls the mode MUTUAL needs `privateKey` or `credentialName`"#]],
    );
}
