//! The annotations that Istio documents: on which kinds they mean something, how stable they are, what values they take.
//!
//! Facts from Istio's reference of resource annotations, as of Istio 1.31.

use super::values::ValueForm;

/// An annotation that Istio documents.
pub(in crate::rules::istio) struct Annotation {
    /// Its full name.
    pub(in crate::rules::istio) name: &'static str,
    /// How stable it is.
    pub(in crate::rules::istio) stage: Stage,
    /// Whether something else should be used instead.
    pub(in crate::rules::istio) standing: Standing,
    /// The kinds on which it means something; `Any` is every kind.
    pub(in crate::rules::istio) kinds: &'static [&'static str],
    /// The values it takes, where Istio checks them.
    pub(in crate::rules::istio) form: Option<ValueForm>,
}

/// How stable an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules::istio) enum Stage {
    /// It may change or go with any release.
    Alpha,
    /// It is expected to stay.
    Beta,
    /// It stays.
    Stable,
}

/// Whether an annotation is still to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules::istio) enum Standing {
    /// It is.
    Current,
    /// It is not.
    Deprecated,
}

/// Annotations that Istio's components write on objects: nobody chose them.
pub(super) const WRITTEN_BY_ISTIO: [&str; 3] =
    ["gateway.istio.io/controller-version", "istio.io/rev", "sidecar.istio.io/status"];

/// The annotation with a name.
pub(in crate::rules::istio) fn find(name: &str) -> Option<&'static Annotation> {
    let position = CATALOGUE.binary_search_by(|annotation| annotation.name.cmp(name)).ok()?;
    CATALOGUE.get(position)
}

/// The annotation whose name is nearest to one that does not exist, if it is near enough for a slip.
pub(in crate::rules::istio) fn nearest(name: &str) -> Option<&'static Annotation> {
    let distance = |annotation: &&Annotation| edits(annotation.name, name);
    CATALOGUE.iter().min_by_key(distance).filter(|annotation| distance(annotation) <= 3)
}

/// The number of single characters to insert, remove or replace between two texts.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, character) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, wanted) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(character != *wanted);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

const fn alpha(name: &'static str, kinds: &'static [&'static str]) -> Annotation {
    Annotation { name, stage: Stage::Alpha, standing: Standing::Current, kinds, form: None }
}

const fn beta(name: &'static str, kinds: &'static [&'static str]) -> Annotation {
    Annotation { stage: Stage::Beta, ..alpha(name, kinds) }
}

const fn stable(name: &'static str, kinds: &'static [&'static str]) -> Annotation {
    Annotation { stage: Stage::Stable, ..alpha(name, kinds) }
}

impl Annotation {
    const fn deprecated(self) -> Annotation {
        Annotation { standing: Standing::Deprecated, ..self }
    }

    /// Whether it means something on a kind.
    pub(in crate::rules::istio) fn is_for(&self, kind: &str) -> bool {
        self.kinds.iter().any(|known| *known == "Any" || *known == kind)
    }

    /// Whether something else should be used instead.
    pub(in crate::rules::istio) fn is_deprecated(&self) -> bool {
        self.standing == Standing::Deprecated
    }

    const fn takes(self, form: ValueForm) -> Annotation {
        Annotation { form: Some(form), ..self }
    }
}

const POD: &[&str] = &["Pod"];

/// By name.
const CATALOGUE: &[Annotation] = &[
    alpha("alpha.istio.io/canonical-serviceaccounts", &["Service"]).deprecated(),
    alpha("alpha.istio.io/kubernetes-serviceaccounts", &["Service"]).deprecated(),
    alpha("ambient.istio.io/bypass-inbound-capture", POD),
    alpha("ambient.istio.io/dns-capture", POD),
    beta("ambient.istio.io/redirection", POD),
    alpha("ambient.istio.io/waypoint-inbound-binding", &["GatewayClass", "Gateway"]),
    alpha("galley.istio.io/analyze-suppress", &["Any"]),
    alpha("gateway.istio.io/controller-version", &["Any"]),
    alpha("gateway.istio.io/name-override", &["Gateway"]),
    alpha("gateway.istio.io/service-account", &["Gateway"]),
    alpha("inject.istio.io/templates", POD),
    alpha("istio.io/autoRegistrationGroup", &["WorkloadEntry"]),
    alpha("istio.io/connectedAt", &["WorkloadEntry"]),
    alpha("istio.io/disconnectedAt", &["WorkloadEntry"]),
    alpha("istio.io/dry-run", &["AuthorizationPolicy"]),
    alpha("istio.io/reroute-virtual-interfaces", POD).takes(ValueForm::Interfaces),
    alpha("istio.io/rev", POD),
    alpha("istio.io/use-waypoint-canary-weight", &["Service", "ServiceEntry", "Namespace"]),
    alpha("istio.io/workloadController", &["WorkloadEntry"]),
    stable("kubernetes.io/ingress.class", &["Ingress"]),
    alpha("networking.istio.io/exportTo", &["Service"]),
    alpha("networking.istio.io/service-type", &["Gateway"]),
    alpha("networking.istio.io/traffic-distribution", &["Namespace", "Service", "ServiceEntry"]),
    alpha("prometheus.istio.io/merge-metrics", POD).takes(ValueForm::Boolean),
    beta("proxy.istio.io/config", POD).takes(ValueForm::ProxyConfig),
    alpha("proxy.istio.io/overrides", POD),
    alpha("readiness.status.sidecar.istio.io/applicationPorts", POD),
    alpha("readiness.status.sidecar.istio.io/failureThreshold", POD).takes(ValueForm::Unsigned),
    alpha("readiness.status.sidecar.istio.io/initialDelaySeconds", POD).takes(ValueForm::Unsigned),
    alpha("readiness.status.sidecar.istio.io/periodSeconds", POD).takes(ValueForm::Unsigned),
    alpha("sidecar.istio.io/agentLogLevel", POD),
    alpha("sidecar.istio.io/bootstrapOverride", POD),
    alpha("sidecar.istio.io/componentLogLevel", POD),
    alpha("sidecar.istio.io/discoveryAddress", POD).deprecated(),
    alpha("sidecar.istio.io/extraStatTags", POD).deprecated(),
    beta("sidecar.istio.io/inject", POD).deprecated(),
    alpha("sidecar.istio.io/interceptionMode", POD).takes(ValueForm::InterceptionMode),
    alpha("sidecar.istio.io/logLevel", POD),
    alpha("sidecar.istio.io/nativeSidecar", POD),
    alpha("sidecar.istio.io/proxyCPU", POD).takes(ValueForm::Quantity),
    alpha("sidecar.istio.io/proxyCPULimit", POD).takes(ValueForm::Quantity),
    alpha("sidecar.istio.io/proxyImage", POD),
    alpha("sidecar.istio.io/proxyImageType", POD),
    alpha("sidecar.istio.io/proxyMemory", POD).takes(ValueForm::Quantity),
    alpha("sidecar.istio.io/proxyMemoryLimit", POD).takes(ValueForm::Quantity),
    alpha("sidecar.istio.io/rewriteAppHTTPProbers", POD),
    alpha("sidecar.istio.io/statsCompression", POD).deprecated(),
    alpha("sidecar.istio.io/statsEvictionInterval", POD),
    alpha("sidecar.istio.io/statsFlushInterval", POD),
    alpha("sidecar.istio.io/statsHistogramBins", POD),
    alpha("sidecar.istio.io/statsHistogramBuckets", POD),
    alpha("sidecar.istio.io/statsInclusionPrefixes", POD).deprecated(),
    alpha("sidecar.istio.io/statsInclusionRegexps", POD).deprecated(),
    alpha("sidecar.istio.io/statsInclusionSuffixes", POD).deprecated(),
    alpha("sidecar.istio.io/status", POD),
    alpha("sidecar.istio.io/userVolume", POD),
    alpha("sidecar.istio.io/userVolumeMount", POD),
    alpha("status.sidecar.istio.io/port", POD).takes(ValueForm::Port),
    alpha("topology.istio.io/controlPlaneClusters", &["Namespace"]),
    stable("traffic.istio.io/nodeSelector", &["Service"]),
    alpha("traffic.sidecar.istio.io/excludeInboundPorts", POD).takes(ValueForm::Ports),
    alpha("traffic.sidecar.istio.io/excludeInterfaces", POD).takes(ValueForm::Interfaces),
    alpha("traffic.sidecar.istio.io/excludeOutboundIPRanges", POD).takes(ValueForm::Ranges),
    alpha("traffic.sidecar.istio.io/excludeOutboundPorts", POD).takes(ValueForm::Ports),
    alpha("traffic.sidecar.istio.io/includeInboundPorts", POD).takes(ValueForm::PortsOrAll),
    alpha("traffic.sidecar.istio.io/includeOutboundIPRanges", POD).takes(ValueForm::RangesOrAll),
    alpha("traffic.sidecar.istio.io/includeOutboundPorts", POD),
    alpha("traffic.sidecar.istio.io/kubevirtInterfaces", POD).deprecated().takes(ValueForm::Interfaces),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_sorted_so_that_names_are_found() {
        assert!(CATALOGUE.is_sorted_by(|one, other| one.name < other.name));
        assert!(CATALOGUE.iter().all(|annotation| find(annotation.name).is_some() && !annotation.kinds.is_empty()));
        assert!(find("sidecar.istio.io/injection").is_none());
    }

    #[test]
    fn a_slip_leads_to_the_name_that_was_meant() {
        let near = |name: &str| nearest(name).map(|annotation| annotation.name);
        assert_eq!(near("sidecar.istio.io/injekt"), Some("sidecar.istio.io/inject"));
        assert_eq!(near("sidecar.istio.io/proxyCpuLimit"), Some("sidecar.istio.io/proxyCPULimit"));
        assert_eq!(near("example.istio.io/something-else"), None);
    }
}
