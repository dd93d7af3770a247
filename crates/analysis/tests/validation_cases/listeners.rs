//! Gateway and Sidecar.

use expect_test::{Expect, expect};

fn server(server: &str, expected: Expect) {
    super::check("networking.istio.io/v1", "Gateway", &format!("servers: [{{ {server} }}]"), expected);
}

fn sidecar(spec: &str, expected: Expect) {
    super::check("networking.istio.io/v1", "Sidecar", spec, expected);
}

#[test]
fn servers() {
    let http = "port: { number: 80, name: http, protocol: HTTP }";
    server(&format!("{http}, hosts: ['*.a.com', shop/b.a.com, 1.2.3.4]"), expect![[""]]);
    server(
        &format!("{http}, hosts: ['a/b/c', '~/a.com', a]"),
        expect![[r#"
        /spec/servers/0/hosts/0 the host `a/b/c` is a short name; write the full one
        /spec/servers/0/hosts/0 the host `b/c` has the part `b/c`, which is no DNS label and no leading wildcard
        /spec/servers/0/hosts/1 the host `~/a.com` has the namespace `~`, which none can have
        /spec/servers/0/hosts/2 the host `a` is a short name; write the full one"#]],
    );
    server(&format!("{http}, hosts: ['*'], bind: a.com"), expect!["/spec/servers/0/bind `a.com` is no IP address"]);
    server(
        &format!("{http}, hosts: ['*'], bind: 'unix://relative'"),
        expect![[r#"
        /spec/servers/0/bind the socket `unix://relative` has no absolute path to a file, and no name after `@`
        /spec/servers/0/bind a socket has no port, and the port is 80"#]],
    );
    server("port: { number: 0, name: s, protocol: TCP }, bind: 'unix:///run/x', hosts: ['*']", expect![[""]]);
    server(
        "port: { number: 70000, name: '', protocol: HTTPX, targetPort: 80 }, hosts: []",
        expect![[r#"
        /spec/servers/0 the server has no host
        /spec/servers/0/port/number the port 70000 is not in the range 1 to 65535
        /spec/servers/0/port/targetPort `targetPort` does nothing in a gateway
        /spec/servers/0/port the port has no name
        /spec/servers/0/port/protocol the protocol `HTTPX` is none that Istio knows"#]],
    );
    server(
        "port: { number: 80, name: tcp, protocol: TCP }, hosts: ['*'], tls: { httpsRedirect: true }",
        expect![[r#"
        /spec/servers/0/tls the protocol TCP is without TLS, and `tls` says more than a redirect
        /spec/servers/0/tls/httpsRedirect warning: `httpsRedirect` answers HTTP, and the protocol is TCP"#]],
    );
    super::check("networking.istio.io/v1", "Gateway", "{}", expect!["/spec the gateway has no server"]);
}

#[test]
fn tls_of_servers() {
    let tls = |tls: &str, expected| {
        server(&format!("port: {{ number: 443, name: s, protocol: HTTPS }}, hosts: ['*'], tls: {{ {tls} }}"), expected);
    };
    tls("mode: SIMPLE, credentialName: a", expect![[""]]);
    tls(
        "mode: MUTUAL, serverCertificate: a, privateKey: b",
        expect!["/spec/servers/0/tls the mode MUTUAL needs `caCertificates` or `credentialName`, to verify clients by"],
    );
    tls(
        "mode: OPTIONAL_MUTUAL",
        expect![[r#"
        /spec/servers/0/tls the mode OPTIONAL_MUTUAL needs `caCertificates` or `credentialName`, to verify clients by
        /spec/servers/0/tls the mode OPTIONAL_MUTUAL needs `serverCertificate` or `credentialName`
        /spec/servers/0/tls the mode OPTIONAL_MUTUAL needs `privateKey` or `credentialName`"#]],
    );
    tls(
        "mode: ISTIO_MUTUAL, credentialName: a, privateKey: b",
        expect![[r#"
        /spec/servers/0/tls/privateKey the mode ISTIO_MUTUAL uses the mesh's certificates, and takes no `privateKey`
        /spec/servers/0/tls/credentialName the mode ISTIO_MUTUAL uses the mesh's certificates, and takes no `credentialName`"#]],
    );
    tls(
        "mode: PASSTHROUGH, credentialName: a",
        expect![
            "/spec/servers/0/tls/credentialName warning: the mode PASSTHROUGH terminates no TLS, so certificates are ignored"
        ],
    );
    tls(
        "mode: SIMPLE, credentialName: a, credentialNames: [b, c]",
        expect![
            "/spec/servers/0/tls/credentialNames certificates come from `credentialName` or `credentialNames`, not from both"
        ],
    );
    tls(
        "mode: SIMPLE, credentialNames: [a, b, c]",
        expect![
            "/spec/servers/0/tls/credentialNames `spec.servers[0].tls.credentialNames` has 3 items, and must have at most 2"
        ],
    );
    tls(
        "mode: SIMPLE, tlsCertificates: [{ serverCertificate: a }], caCrl: x",
        expect![[r#"
        /spec/servers/0/tls/tlsCertificates/0 the mode SIMPLE needs `privateKey` or `credentialName`
        /spec/servers/0/tls/caCrl `caCrl` revokes certificates of clients, and the mode SIMPLE asks for none"#]],
    );
    tls(
        "mode: SIMPLE, credentialName: a, minProtocolVersion: TLSV1_0",
        expect![
            "/spec/servers/0/tls/minProtocolVersion warning: versions below TLSV1_2 need `cipherSuites`, because the default suites do not fit them"
        ],
    );
    tls(
        "mode: SIMPLE, credentialName: a, cipherSuites: [AES128-SHA, AES128-SHA, OOPS, '!OOPS']",
        expect![[r#"
        /spec/servers/0/tls/cipherSuites/1 warning: the cipher suite `AES128-SHA` is named twice
        /spec/servers/0/tls/cipherSuites/2 warning: the cipher suite `OOPS` is not known, and is ignored"#]],
    );
}

#[test]
fn sidecars() {
    sidecar("{}", expect!["/spec the sidecar says nothing"]);
    sidecar(
        "workloadSelector: { labels: { 'a*': b } }\negress: [{ hosts: ['./*'] }]",
        expect![
            "/spec/workloadSelector/labels/a* `workloadSelector` has a wildcard in `a*: b`, and labels are compared as they are"
        ],
    );
    sidecar(
        "egress: [{ hosts: ['*/*'] }, { hosts: ['./a.com'] }]",
        expect!["/spec/egress/0 the listener without a port is for everything else, and must be the last one"],
    );
    sidecar(
        "egress: [{ port: { number: 80, protocol: HTTP, name: A_b }, bind: x, hosts: ['./*'] }, { port: { number: 80 }, hosts: ['./*'] }]",
        expect![[r#"
            /spec/egress/0/port/name the port name `A_b` is no DNS label
            /spec/egress/0/bind `x` is no IP address
            /spec/egress/1/port/number two listeners have the port 80"#]],
    );
    sidecar(
        "egress: [{ port: { number: 0, protocol: TCP }, bind: 'unix:///x', captureMode: IPTABLES, hosts: ['~other/*', '~/*'] }]",
        expect!["/spec/egress/0/captureMode iptables cannot capture what goes to a socket"],
    );
    sidecar(
        "ingress: [{ port: { number: 80, protocol: TCP, targetPort: 1 }, connectionPool: { http: {} }, tls: { mode: ISTIO_MUTUAL } }]",
        expect![[r#"
            /spec/ingress/0/port/targetPort `targetPort` does nothing in a sidecar
            /spec/ingress/0/tls/mode the mode ISTIO_MUTUAL is not supported in a sidecar
            /spec/ingress/0/tls the protocol `TCP` is without TLS, and the listener has `tls`
            /spec/ingress/0/connectionPool/http warning: the protocol of the port is `TCP`, so the settings for HTTP do nothing"#]],
    );
    sidecar(
        "ingress: [{ port: { number: 80, protocol: HTTP }, defaultEndpoint: 127.0.0.1 }, { port: { number: 80, protocol: HTTP }, defaultEndpoint: '[::1]:0' }]",
        expect![[r#"
            /spec/ingress/0/defaultEndpoint `127.0.0.1` is no host with a port: it has no port
            /spec/ingress/1/port/number two listeners have the port 80
            /spec/ingress/1/defaultEndpoint the port 0 is not in the range 1 to 65535"#]],
    );
    sidecar(
        "outboundTrafficPolicy: { egressProxy: { host: a.com } }",
        expect!["/spec/outboundTrafficPolicy/egressProxy `egressProxy` needs the mode ALLOW_ANY"],
    );
    sidecar(
        "outboundTrafficPolicy: { mode: ALLOW_ANY, egressProxy: { host: '*.a.com' } }",
        expect![[r#"
        /spec/outboundTrafficPolicy/egressProxy/host the host `*.a.com` has the part `*`, which is no DNS label
        /spec/outboundTrafficPolicy/egressProxy `egressProxy` needs a port"#]],
    );
}
