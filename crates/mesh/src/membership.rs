//! Which proxy stands beside a workload.

use serde::Serialize;

use crate::reasoning::Reasoning;
use crate::workload::Workload;
use crate::{Field, Resource, World, kind};

const INJECT: &str = "sidecar.istio.io/inject";
const REVISION: &str = "istio.io/rev";

/// What carries the traffic of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Proxy {
    /// Istio's proxy in every pod.
    Sidecar,
    /// Istio's proxy on every node, and waypoints where there are some.
    Ambient,
    /// Linkerd's proxy in every pod.
    Linkerd,
    /// None: the workload speaks for itself.
    None,
}

impl Proxy {
    /// Whether it is of Istio.
    pub fn is_istio(self) -> bool {
        matches!(self, Proxy::Sidecar | Proxy::Ambient)
    }
}

/// What the labels of a namespace say about Istio's sidecars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamespaceInjection {
    /// Pods get one unless they refuse.
    Enabled,
    /// No pod gets one, whatever it asks for: Istio's webhooks do not hear of pods there.
    Disabled,
    /// Pods get one if their labels ask for it.
    Unsaid,
}

/// What the manifests of a workload and of its namespace say about its proxy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeclaredProxy<'w> {
    /// The proxy. [`Proxy::None`]: they keep every proxy away that something asks for.
    pub proxy: Proxy,
    /// What settles it.
    pub field: Field<'w>,
    step: &'static str,
}

impl DeclaredProxy<'_> {
    /// Why it is this proxy.
    pub fn reasoning(&self) -> Reasoning {
        Reasoning::holds(self.step).at(self.field)
    }
}

impl World {
    /// The proxy of a workload, and why. A namespace that is not declared in this world says nothing: then the workload is
    /// taken for a part of Istio's mesh, so that a few manifests can be explained without all that surrounds them.
    pub fn proxy_of(&self, workload: Workload<'_>) -> (Proxy, Reasoning) {
        self.or_assumed(self.declared_proxy(workload), workload.namespace())
    }

    /// The proxy of pods in a namespace that say nothing themselves.
    pub fn proxy_of_namespace(&self, name: &str) -> (Proxy, Reasoning) {
        self.or_assumed(declared(None, self.find(kind::NAMESPACE, "", name)), name)
    }

    /// What is said of a workload's proxy, if anything is: by its pods, or by its namespace where that is declared.
    pub fn declared_proxy<'w>(&'w self, workload: Workload<'w>) -> Option<DeclaredProxy<'w>> {
        written(workload).or_else(|| on_host_network(workload)).or_else(|| {
            let namespace = self.find(kind::NAMESPACE, "", workload.namespace());
            declared(workload.pod(), namespace)
        })
    }

    /// What the labels of a namespace say about Istio's sidecars. One that is not declared says nothing.
    pub fn namespace_injection(&self, name: &str) -> NamespaceInjection {
        self.find(kind::NAMESPACE, "", name).map_or(NamespaceInjection::Unsaid, |namespace| injection(namespace).0)
    }

    fn or_assumed(&self, declared: Option<DeclaredProxy<'_>>, namespace: &str) -> (Proxy, Reasoning) {
        match (declared, self.find(kind::NAMESPACE, "", namespace)) {
            (Some(declared), _) => (declared.proxy, declared.reasoning()),
            (None, None) => {
                let step = format!(
                    "the namespace `{namespace}` is not declared here, so it is taken for a part of Istio's mesh"
                );
                (Proxy::Sidecar, Reasoning::noted(step))
            }
            (None, Some(declared)) => {
                let step = format!("nothing asks for a proxy in the namespace `{namespace}`");
                (Proxy::None, Reasoning::noted(step).about(declared))
            }
        }
    }
}

impl<'w> Workload<'w> {
    /// What its pods say about Istio's sidecar: the label `sidecar.istio.io/inject`, before the older annotation.
    pub fn injection(self) -> Option<Field<'w>> {
        pod_injection(self.pod()?)
    }
}

/// The proxy that the manifest itself has among the containers of the pods.
fn written(workload: Workload<'_>) -> Option<DeclaredProxy<'_>> {
    workload.containers().chain(workload.init_containers()).find_map(|container| {
        let (proxy, step) = match container.text("name") {
            "istio-proxy" => (Proxy::Sidecar, "the pods carry Istio's proxy"),
            "linkerd-proxy" => (Proxy::Linkerd, "the pods carry Linkerd's proxy"),
            _ => return None,
        };
        Some(DeclaredProxy { proxy, field: container, step })
    })
}

/// No injector of either mesh, nor Istio's node agent, touches pods on the network of their node.
fn on_host_network(workload: Workload<'_>) -> Option<DeclaredProxy<'_>> {
    let field = workload.pod_spec()?.get("hostNetwork").filter(|_| workload.is_on_host_network())?;
    let step = "the pods are on the network of their node, so nothing is injected";
    Some(DeclaredProxy { proxy: Proxy::None, field, step })
}

/// What labels and annotations of pods and of their namespace ask for: a sidecar keeps pods out of the ambient mesh.
/// Where nothing gives a proxy, what keeps one away counts.
fn declared<'w>(pod: Option<Field<'w>>, namespace: Option<Resource<'w>>) -> Option<DeclaredProxy<'w>> {
    let said = [sidecar(pod, namespace), ambient(pod, namespace), linkerd(pod, namespace)];
    let mut said = said.into_iter().flatten();
    let first = said.next()?;
    if first.proxy != Proxy::None {
        return Some(first);
    }
    said.find(|other| other.proxy != Proxy::None).or(Some(first))
}

/// Whether Istio's webhooks hear of the pods, and whether its injector then injects. By default the webhooks select, by
/// labels alone: namespaces with `istio-injection: enabled`, those with a revision, and, where the namespace has neither
/// label, pods with `sidecar.istio.io/inject: "true"` or a revision; never pods that refuse by label. The injector reads
/// the annotation too.
fn sidecar<'w>(pod: Option<Field<'w>>, namespace: Option<Resource<'w>>) -> Option<DeclaredProxy<'w>> {
    let wish = pod.and_then(pod_injection).filter(|wish| wish.as_str() != Some(""));
    let by_wish = wish.map(|field| {
        let proxy = if is_yes(field) { Proxy::Sidecar } else { Proxy::None };
        DeclaredProxy { proxy, field, step: "`sidecar.istio.io/inject` of the pods decides about Istio's proxy" }
    });
    let by_revision = || {
        let field = pod?.at(&["metadata", "labels", REVISION])?;
        Some(DeclaredProxy { proxy: Proxy::Sidecar, field, step: "the pods ask for a revision of Istio's proxy" })
    };
    let Some(namespace) = namespace else { return by_wish.or_else(by_revision) };
    match injection(namespace) {
        (NamespaceInjection::Enabled, by_namespace) => by_wish.or(by_namespace),
        (NamespaceInjection::Disabled, by_namespace) => by_namespace,
        (NamespaceInjection::Unsaid, _) => {
            by_wish.filter(|wish| wish.proxy == Proxy::None || asks_by_label(pod)).or_else(by_revision)
        }
    }
}

/// The label of a namespace that makes its pods, or keeps them from becoming, those of Istio's webhooks.
fn injection(namespace: Resource<'_>) -> (NamespaceInjection, Option<DeclaredProxy<'_>>) {
    let label = |name: &str| namespace.at(&["metadata", "labels", name]);
    if let Some(field) = label("istio-injection") {
        let (injection, proxy) = match field.as_str() {
            Some("enabled") => (NamespaceInjection::Enabled, Proxy::Sidecar),
            Some(_) | None => (NamespaceInjection::Disabled, Proxy::None),
        };
        (injection, Some(DeclaredProxy { proxy, field, step: "`istio-injection` of the namespace decides" }))
    } else if let Some(field) = label(REVISION) {
        let step = "the namespace asks for a revision of Istio's proxy";
        (NamespaceInjection::Enabled, Some(DeclaredProxy { proxy: Proxy::Sidecar, field, step }))
    } else {
        (NamespaceInjection::Unsaid, None)
    }
}

/// Whether Istio's nodes carry the traffic of the pods; what the pods say counts before what their namespace says.
fn ambient<'w>(pod: Option<Field<'w>>, namespace: Option<Resource<'w>>) -> Option<DeclaredProxy<'w>> {
    const MODE: &str = "istio.io/dataplane-mode";
    // Nodes that redirect a running pod write so at the pod.
    let redirection = pod.and_then(|pod| pod.at(&["metadata", "annotations", "ambient.istio.io/redirection"]));
    if let Some(field) = redirection.filter(|field| field.as_str() == Some("enabled")) {
        let step = "the node redirects the traffic of the pods";
        return Some(DeclaredProxy { proxy: Proxy::Ambient, field, step });
    }
    let by = |field: Field<'w>| if field.as_str() == Some("ambient") { Proxy::Ambient } else { Proxy::None };
    if let Some(field) = pod.and_then(|pod| pod.at(&["metadata", "labels", MODE])) {
        let step = "`istio.io/dataplane-mode` of the pods decides";
        return Some(DeclaredProxy { proxy: by(field), field, step });
    }
    let field = namespace?.at(&["metadata", "labels", MODE]).filter(|field| by(*field) == Proxy::Ambient)?;
    Some(DeclaredProxy { proxy: Proxy::Ambient, field, step: "the namespace is in Istio's ambient mesh" })
}

/// Whether Linkerd's injector injects; what the pods say counts before what their namespace says.
fn linkerd<'w>(pod: Option<Field<'w>>, namespace: Option<Resource<'w>>) -> Option<DeclaredProxy<'w>> {
    const PATH: [&str; 3] = ["metadata", "annotations", "linkerd.io/inject"];
    let by_pod = pod.and_then(|pod| pod.at(&PATH));
    let step = match by_pod {
        Some(_) => "`linkerd.io/inject` of the pods decides about Linkerd's proxy",
        None => "`linkerd.io/inject` of the namespace decides",
    };
    let field = by_pod.or_else(|| namespace?.at(&PATH))?;
    let proxy = match field.as_str() {
        Some("enabled" | "ingress") => Proxy::Linkerd,
        Some(_) | None => Proxy::None,
    };
    Some(DeclaredProxy { proxy, field, step })
}

fn pod_injection(pod: Field<'_>) -> Option<Field<'_>> {
    let metadata = pod.get("metadata")?;
    metadata.at(&["labels", INJECT]).or_else(|| metadata.at(&["annotations", INJECT]))
}

/// Whether the pods have the label that a webhook of Istio's selects by.
fn asks_by_label(pod: Option<Field<'_>>) -> bool {
    let label = pod.and_then(|pod| pod.at(&["metadata", "labels", INJECT]));
    label.and_then(Field::as_str) == Some("true")
}

/// What Istio's injector takes for a yes; anything else is a no.
fn is_yes(field: Field<'_>) -> bool {
    let text = field.as_str().unwrap_or_default();
    ["y", "yes", "true", "on"].iter().any(|yes| text.eq_ignore_ascii_case(yes))
}

/// The annotation of the pods that keeps a port of theirs from Istio's sidecar, if one does.
pub(crate) fn hidden_port<'w>(workload: Workload<'w>, port: u16) -> Option<Field<'w>> {
    let annotation = |name: &str| workload.pod()?.at(&["metadata", "annotations", name]);
    let lists = |field: &Field<'w>| {
        let mut items = field.as_str().unwrap_or_default().split(',').map(str::trim);
        items.any(|item| item == "*" || item == port.to_string())
    };
    let excluded = annotation("traffic.sidecar.istio.io/excludeInboundPorts").filter(lists);
    excluded.or_else(|| annotation("traffic.sidecar.istio.io/includeInboundPorts").filter(|field| !lists(field)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use manifest::yaml::{Limits, Profile, read_manifests};

    use super::{NamespaceInjection, Proxy};
    use crate::{World, WorldOptions};

    /// A Deployment whose pods have this metadata and spec, in a namespace with that metadata, or in one that is not
    /// declared.
    fn world(namespace: Option<&str>, pod: &str, spec: &str) -> World {
        let mut yaml = format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: api, namespace: shop}}, \
             spec: {{template: {{metadata: {{{pod}}}, spec: {{{spec}}}}}}}}}\n"
        );
        if let Some(namespace) = namespace {
            yaml += &format!("---\n{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, {namespace}}}}}\n");
        }
        let manifests =
            read_manifests(yaml.as_bytes(), "test.yaml", Profile::Kubectl, &Limits::default()).expect("manifests");
        World::new(manifests.into_iter().map(Arc::new), WorldOptions::default())
    }

    fn declared(namespace: Option<&str>, pod: &str, spec: &str) -> Option<Proxy> {
        let world = world(namespace, pod, spec);
        let workload = world.workloads().next().expect("one workload");
        world.declared_proxy(workload).map(|declared| declared.proxy)
    }

    const INJECTED: &str = "labels: {istio-injection: enabled}";
    const REFUSED: &str = "labels: {istio-injection: disabled}";
    const REVISED: &str = "labels: {istio.io/rev: canary}";
    const AMBIENT: &str = "labels: {istio.io/dataplane-mode: ambient}";
    const LINKERD: &str = "annotations: {linkerd.io/inject: enabled}";

    #[test]
    fn the_proxy_is_what_injectors_would_give() {
        let yes = r#"labels: {sidecar.istio.io/inject: "true"}"#;
        let no = r#"labels: {sidecar.istio.io/inject: "false"}"#;
        let old_yes = r#"annotations: {sidecar.istio.io/inject: "true"}"#;
        let old_no = r#"annotations: {sidecar.istio.io/inject: "false"}"#;
        let host = "hostNetwork: true";
        let cases: &[(Option<&str>, &str, &str, Option<Proxy>)] = &[
            // What the namespace says goes for pods that say nothing.
            (Some(""), "", "", None),
            (Some(INJECTED), "", "", Some(Proxy::Sidecar)),
            (Some(REVISED), "", "", Some(Proxy::Sidecar)),
            (Some(REFUSED), "", "", Some(Proxy::None)),
            (Some("labels: {istio-injection: maybe, istio.io/rev: canary}"), "", "", Some(Proxy::None)),
            (Some("labels: {istio-injection: enabled, istio.io/rev: canary}"), "", "", Some(Proxy::Sidecar)),
            (Some(AMBIENT), "", "", Some(Proxy::Ambient)),
            (Some("labels: {istio.io/dataplane-mode: none}"), "", "", None),
            (Some(LINKERD), "", "", Some(Proxy::Linkerd)),
            (Some("annotations: {linkerd.io/inject: ingress}"), "", "", Some(Proxy::Linkerd)),
            (Some("annotations: {linkerd.io/inject: disabled}"), "", "", Some(Proxy::None)),
            // Pods may refuse, by label or annotation; the label counts before the annotation.
            (Some(INJECTED), no, "", Some(Proxy::None)),
            (Some(INJECTED), old_no, "", Some(Proxy::None)),
            (Some(REVISED), no, "", Some(Proxy::None)),
            (Some(INJECTED), r#"labels: {sidecar.istio.io/inject: "off"}"#, "", Some(Proxy::None)),
            (Some(INJECTED), r#"labels: {sidecar.istio.io/inject: ""}"#, "", Some(Proxy::Sidecar)),
            (
                Some(INJECTED),
                r#"labels: {sidecar.istio.io/inject: "true"}, annotations: {sidecar.istio.io/inject: "false"}"#,
                "",
                Some(Proxy::Sidecar),
            ),
            // Where the namespace says nothing, a label asks and an annotation is not heard.
            (Some(""), yes, "", Some(Proxy::Sidecar)),
            (Some(""), "labels: {istio.io/rev: canary}", "", Some(Proxy::Sidecar)),
            (Some(""), old_yes, "", None),
            (Some(""), r#"labels: {sidecar.istio.io/inject: "yes"}"#, "", None),
            (Some(""), r#"labels: {istio.io/rev: canary, sidecar.istio.io/inject: "false"}"#, "", Some(Proxy::None)),
            // Where the namespace is kept from the webhooks, nothing is heard.
            (Some(REFUSED), yes, "", Some(Proxy::None)),
            (Some(REFUSED), "labels: {istio.io/rev: canary}", "", Some(Proxy::None)),
            // Nothing is known of a namespace that is not declared, and pods are taken by their word.
            (None, "", "", None),
            (None, yes, "", Some(Proxy::Sidecar)),
            (None, old_yes, "", Some(Proxy::Sidecar)),
            (None, no, "", Some(Proxy::None)),
            (None, "labels: {istio.io/rev: canary}", "", Some(Proxy::Sidecar)),
            // A sidecar keeps pods out of the ambient mesh; to refuse the one is not to refuse the other.
            (
                Some("labels: {istio-injection: enabled, istio.io/dataplane-mode: ambient}"),
                "",
                "",
                Some(Proxy::Sidecar),
            ),
            (Some(AMBIENT), yes, "", Some(Proxy::Sidecar)),
            (Some(AMBIENT), no, "", Some(Proxy::Ambient)),
            (Some(AMBIENT), "labels: {istio.io/dataplane-mode: none}", "", Some(Proxy::None)),
            (Some(REFUSED), "labels: {istio.io/dataplane-mode: ambient}", "", Some(Proxy::Ambient)),
            (Some(""), "annotations: {ambient.istio.io/redirection: enabled}", "", Some(Proxy::Ambient)),
            (Some(LINKERD), "annotations: {linkerd.io/inject: disabled}", "", Some(Proxy::None)),
            (Some(REFUSED), LINKERD, "", Some(Proxy::Linkerd)),
            // Pods on the network of their node are never touched, unless the proxy is written into them.
            (Some(INJECTED), "", host, Some(Proxy::None)),
            (Some(AMBIENT), "", host, Some(Proxy::None)),
            (Some(LINKERD), yes, host, Some(Proxy::None)),
            (Some(REFUSED), no, "containers: [{name: istio-proxy}]", Some(Proxy::Sidecar)),
            (Some(""), "", "hostNetwork: true, initContainers: [{name: linkerd-proxy}]", Some(Proxy::Linkerd)),
        ];
        for (namespace, pod, spec, expected) in cases {
            assert_eq!(declared(*namespace, pod, spec), *expected, "{namespace:?} {pod} {spec}");
        }
    }

    #[test]
    fn what_keeps_a_proxy_away_is_named() {
        let world = world(Some(REFUSED), r#"labels: {sidecar.istio.io/inject: "true"}"#, "");
        let (proxy, reason) = world.proxy_of(world.workloads().next().expect("one workload"));
        assert_eq!(proxy, Proxy::None);
        assert_eq!(reason.step, "`istio-injection` of the namespace decides");
        assert_eq!(world.namespace_injection("shop"), NamespaceInjection::Disabled);
        assert_eq!(world.namespace_injection("elsewhere"), NamespaceInjection::Unsaid);
    }
}
