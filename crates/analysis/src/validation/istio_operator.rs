//! IstioOperator: how Istio itself is installed, as `istioctl install` and `istioctl validate` read it.

use mesh::{Field, KindName};

use super::problem::Problems;
use super::subject::Subject;
use super::{cidr, hosts, ports};

/// Istio's IstioOperator.
const KIND: KindName = KindName::new("IstioOperator.install.istio.io");
const OBJECT: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
const SPEC: [&str; 11] = [
    "profile",
    "installPackagePath",
    "hub",
    "tag",
    "namespace",
    "revision",
    "compatibilityVersion",
    "meshConfig",
    "components",
    "values",
    "unvalidatedValues",
];
const COMPONENTS: [&str; 7] = ["base", "pilot", "cni", "ztunnel", "istiodRemote", "ingressGateways", "egressGateways"];
const COMPONENT: [&str; 7] = ["enabled", "namespace", "hub", "tag", "k8s", "name", "label"];
/// Gateways of the installation, each with where its values say that it runs as root.
const GATEWAYS: [(&str, &str); 2] =
    [("ingressGateways", "istio-ingressgateway"), ("egressGateways", "istio-egressgateway")];

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    if !subject.is(KIND) {
        return;
    }
    known(subject.root, &OBJECT, problems);
    let Some(spec) = subject.root.get("spec") else { return };
    known(spec, &SPEC, problems);
    let revision = spec.text("revision");
    if let Some(field) = spec.get("revision").filter(|_| !revision.is_empty()) {
        problems.judge(field, hosts::label("revision", revision));
    }
    if let Some(components) = spec.get("components") {
        known(components, &COMPONENTS, problems);
        for (_, component) in components.members().filter(|(_, component)| component.value().is_object()) {
            known(component, &COMPONENT, problems);
        }
        for (gateways, name) in GATEWAYS {
            let as_root = spec.at(&["values", "gateways", name]).is_some_and(|values| values.flag("runAsRoot"));
            for gateway in components.list(gateways) {
                self::gateway(gateway, problems);
                if !as_root {
                    low_ports(gateway, name, problems);
                }
            }
        }
    }
    if let Some(proxy) = spec.at(&["values", "global", "proxy"]) {
        redirection(proxy, problems);
    }
}

/// Every field is one of those known.
fn known<'w>(around: Field<'w>, names: &[&str], problems: &mut Problems<'w>) {
    for (name, field) in around.members().filter(|(name, _)| !names.contains(name)) {
        problems
            .error(field, format!("`{name}` is no field of an IstioOperator here; known are `{}`", names.join("`, `")));
    }
}

fn gateway<'w>(gateway: Field<'w>, problems: &mut Problems<'w>) {
    known(gateway, &COMPONENT, problems);
    let name = gateway.text("name");
    if let Some(field) = gateway.get("name").filter(|_| !name.is_empty()) {
        problems.judge(field, hosts::label("gateway name", name));
    }
}

/// Only root binds to ports below 1024.
fn low_ports<'w>(gateway: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    for port in
        gateway.get("k8s").and_then(|k8s| k8s.get("service")).into_iter().flat_map(|service| service.list("ports"))
    {
        let named = port.get("targetPort").is_some_and(|target| target.value().is_string());
        let target = port.integer("targetPort").unwrap_or_default();
        let own = port.integer("port").unwrap_or_default();
        if !named && target < 1024 && !(target == 0 && own > 1024) {
            let message = format!(
                "the port {own} is bound as root; set `targetPort` above 1024, or `values.gateways.{name}.runAsRoot: true`"
            );
            problems.error(port, message);
        }
    }
}

/// Which traffic is redirected to proxies: ranges and ports with commas between, or `*`.
fn redirection<'w>(proxy: Field<'w>, problems: &mut Problems<'w>) {
    for name in ["includeIPRanges", "excludeIPRanges"] {
        each(proxy, name, problems, cidr::address_or_range);
    }
    for name in ["includeInboundPorts", "excludeInboundPorts"] {
        each(proxy, name, problems, |text| {
            let number = text.parse().map_err(|_| format!("`{name}` has `{text}`, which is no port"));
            number.and_then(ports::number)
        });
    }
}

/// Every part of a text with commas between; `*` alone is everything.
fn each<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>, judge: impl Fn(&str) -> Result<(), String>) {
    let text = around.text(name);
    if let Some(field) = around.get(name).filter(|_| !text.is_empty() && text != "*") {
        for part in text.split(',') {
            problems.judge(field, judge(part.trim()));
        }
    }
}
