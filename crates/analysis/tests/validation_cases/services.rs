//! ServiceEntry, WorkloadEntry and WorkloadGroup.

use expect_test::{Expect, expect};

fn service(spec: &str, expected: Expect) {
    super::check("networking.istio.io/v1", "ServiceEntry", spec, expected);
}

fn workload(spec: &str, expected: Expect) {
    super::check("networking.istio.io/v1", "WorkloadEntry", spec, expected);
}

fn group(spec: &str, expected: Expect) {
    super::check("networking.istio.io/v1", "WorkloadGroup", spec, expected);
}

#[test]
fn resolutions() {
    service(
        "{ hosts: [a.com], resolution: NONE, endpoints: [{ address: 1.2.3.4 }] }",
        expect!["/spec/endpoints the resolution NONE goes to where the caller wanted, and takes no endpoints"],
    );
    service(
        "{ hosts: [a.com], workloadSelector: { labels: { a: b } } }",
        expect![
            "/spec/workloadSelector warning: the resolution NONE goes to where the caller wanted, and selects no workloads"
        ],
    );
    service(
        "{ hosts: [a.com], resolution: STATIC, endpoints: [{ address: b.com }, { address: 'unix://@x' }, { address: 1.2.3.4, ports: { x: 80 } }] }",
        expect![[r#"
            /spec/endpoints/0/address the address `b.com` is no IP address
            /spec/endpoints/1/address a service whose endpoint is a socket has exactly one port
            /spec/endpoints/2/ports/x the endpoint has a port `x`, and the service has none of that name"#]],
    );
    service(
        "{ hosts: ['*.a.com'], resolution: DNS }",
        expect![
            "/spec/hosts/0 the resolution DNS asks for the address of `*.a.com`, which is no full name; name endpoints"
        ],
    );
    service(
        "{ hosts: ['*.a.com'], resolution: DNS, endpoints: [{ address: b.com }, { address: 'a b' }] }",
        expect!["/spec/endpoints/1/address the address `a b` is neither an IP address nor a host name"],
    );
    service(
        "{ hosts: [a.com], resolution: DNS_ROUND_ROBIN, endpoints: [{ address: b.com }, { address: c.com }] }",
        expect!["/spec/endpoints the resolution DNS_ROUND_ROBIN takes one endpoint"],
    );
    service(
        "{ hosts: ['*.a.com', b.com], resolution: DYNAMIC_DNS, addresses: [1.2.3.4], ports: [{ number: 80, name: x, protocol: TCP }] }",
        expect![[r#"
            /spec/hosts/1 the resolution DYNAMIC_DNS is for wildcards, and `b.com` is none
            /spec/addresses the resolution DYNAMIC_DNS asks for the host of each request, and takes no `addresses`
            /spec/ports/0/protocol the resolution DYNAMIC_DNS is for HTTP, HTTP2, GRPC and TLS, not for `TCP`
            /spec/ports/0 several hosts cannot be told apart on the port 80, which is for neither HTTP nor TLS"#]],
    );
    service(
        "{ hosts: [a.com], resolution: MAGIC }",
        expect![
            "/spec/resolution `spec.resolution` is the text `MAGIC`, which is none of `NONE`, `STATIC`, `DNS`, `DNS_ROUND_ROBIN`, `DYNAMIC_DNS`"
        ],
    );
}

#[test]
fn ports_and_addresses() {
    service(
        "{ hosts: [a.com], addresses: [1.2.3.4/99, x] }",
        expect![[r#"
        /spec/addresses/0 `1.2.3.4/99` is no range of IP addresses such as `10.0.0.0/8`
        /spec/addresses/1 `x` is no IP address"#]],
    );
    service(
        "{ hosts: [a.com, b.com], addresses: [1.2.3.4], resolution: DNS, ports: [{ number: 1, name: x, protocol: TCP }] }",
        expect![[r#"
            /spec/hosts warning: several hosts with the same addresses cannot be told apart on a port for TCP
            /spec/ports/0 several hosts cannot be told apart on the port 1, which is for neither HTTP nor TLS"#]],
    );
    service(
        "{ hosts: [a.com], ports: [{ number: 80, name: X_1, protocol: FTP, targetPort: 0 }, { number: 80, name: b }] }",
        expect![[r#"
            /spec/ports/0/targetPort the port 0 is not in the range 1 to 65535
            /spec/ports/0/name the port name `X_1` is no DNS label
            /spec/ports/0/protocol the protocol `FTP` is none that Istio knows
            /spec/ports/1/number two ports have the number 80
            /spec/ports/1 warning: the port 80 carries TCP, which is told apart only by `addresses`, and there is none"#]],
    );
    service("{ hosts: [], ports: [] }", expect!["/spec/hosts `spec.hosts` is empty"]);
    service(
        "{ hosts: [a.com], exportTo: ['~', .] }",
        expect!["/spec/exportTo/0 `exportTo` has `~` for nobody beside other entries"],
    );
}

#[test]
fn workloads() {
    workload(
        "{ address: a.com, ports: { 'a b': 0 }, labels: { 'x y': z } }",
        expect![[r#"
        /spec/ports/a b the port name `a b` is no DNS label
        /spec/ports/a b the port 0 is not in the range 1 to 65535
        /spec/labels/x y `x y` is no name that Kubernetes takes for a label or an annotation"#]],
    );
    workload("{ network: other }", expect!["/spec warning: the workload has no address, only the network `other`"]);
    workload("{ address: '' }", expect!["/spec the workload has neither an address nor a network"]);
    workload(
        "{ address: 'unix:///a/', ports: {} }",
        expect![[r#"
        /spec/address the socket `unix:///a/` has no absolute path to a file, and no name after `@`
        /spec/ports a socket has no ports"#]],
    );
    workload(
        "{ address: 1.2.3 }",
        expect!["/spec/address the address `1.2.3` is neither an IP address nor a host name"],
    );
}

#[test]
fn groups() {
    group("{ template: {} }", expect![[""]]);
    group(
        "{ metadata: { labels: { 'a b': c } }, template: { ports: { http: 70000 } } }",
        expect![[r#"
        /spec/template/ports/http the port 70000 is not in the range 1 to 65535
        /spec/metadata/labels/a b `a b` is no name that Kubernetes takes for a label or an annotation"#]],
    );
    group(
        "{ template: {}, probe: { periodSeconds: 1 } }",
        expect!["/spec/probe the probe does not say how to ask: by `httpGet`, `tcpSocket`, `exec` or `grpc`"],
    );
    group(
        "{ template: {}, probe: { httpGet: { port: 0, scheme: FTP, httpHeaders: [{ name: 'a_b' }] } } }",
        expect![[r#"
            /spec/probe/httpGet/port the port 0 is not in the range 1 to 65535
            /spec/probe/httpGet/scheme `scheme` is `FTP`, and must be `HTTP` or `HTTPS`
            /spec/probe/httpGet/httpHeaders/0/name `a_b` is no name of a header"#]],
    );
    group(
        "{ template: {}, probe: { exec: { command: [] }, tcpSocket: { port: 1 } } }",
        expect!["/spec/probe `spec.probe` has both `tcpSocket` and `exec`, which exclude each other"],
    );
    group("{}", expect!["/spec `spec` lacks `template`"]);
}
