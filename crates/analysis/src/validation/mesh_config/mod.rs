//! The mesh configuration: what istiod reads of the whole mesh, and what every proxy starts with.

mod addresses;
mod connection_settings;
mod networks;
mod providers;
mod proxy_config;

use std::collections::HashSet;

use manifest::duration;
use mesh::Field;

use super::istio::{connection_pool, locality, outlier_detection, retries};
use super::problem::{Problem, Problems};
use super::{durations, hosts, ports};

/// The fields of the mesh configuration that Istio 1.30 knows, and those of late versions.
const FIELDS: [&str; 52] = [
    "accessLogEncoding",
    "accessLogFile",
    "accessLogFormat",
    "ca",
    "caCertificates",
    "certificates",
    "configSources",
    "connectTimeout",
    "defaultConfig",
    "defaultDestinationRuleExportTo",
    "defaultHttpRetryPolicy",
    "defaultInboundHttpRetryPolicy",
    "defaultProviders",
    "defaultServiceExportTo",
    "defaultTrafficPolicy",
    "defaultVirtualServiceExportTo",
    "disableEnvoyListenerLog",
    "discoverySelectors",
    "dnsRefreshRate",
    "enableAutoMtls",
    "enableEnvoyAccessLogService",
    "enablePrometheusMerge",
    "enableTracing",
    "extensionProviders",
    "h2UpgradePolicy",
    "hboneIdleTimeout",
    "inboundClusterStatName",
    "inboundTrafficPolicy",
    "ingressClass",
    "ingressControllerMode",
    "ingressSelector",
    "ingressService",
    "localityLbSetting",
    "meshMTLS",
    "outboundClusterStatName",
    "outboundTrafficPolicy",
    "pathNormalization",
    "protocolDetectionTimeout",
    "proxyHttpPort",
    "proxyInboundListenPort",
    "proxyListenPort",
    "rootNamespace",
    "serviceEntryVisibility",
    "serviceScopeConfigs",
    "serviceSettings",
    "tcpKeepalive",
    "thriftConfig",
    "tlsDefaults",
    "trustDomain",
    "trustDomainAliases",
    "verifyCertificateAtClient",
    "zoneAwareLbSetting",
];
/// The curves that proxies know for the exchange of keys.
const CURVES: [&str; 7] = ["P-224", "P-256", "P-521", "P-384", "X25519", "X25519Kyber768Draft00", "X25519MLKEM768"];

/// What is wrong with a mesh configuration as it is declared, defaults left out.
pub fn mesh_config(config: Field<'_>) -> Vec<Problem<'_>> {
    let mut problems = Problems::new();
    unknown_fields(config, &mut problems);
    for name in ["proxyListenPort", "proxyInboundListenPort"] {
        ports::check_given(config, name, &mut problems);
    }
    timeouts(config, &mut problems);
    if let Some(proxy) = config.get("defaultConfig") {
        proxy_config::check(proxy, &mut problems);
    }
    if let Some(setting) = config.get("localityLbSetting") {
        locality::check(setting, locality::Outliers::Detected, &mut problems);
    }
    if let Some(setting) = config.get("zoneAwareLbSetting") {
        locality::check_zones(setting, locality::Outliers::Detected, &mut problems);
    }
    for host in config.list("serviceSettings").flat_map(|setting| setting.list("hosts")) {
        problems.judge(host, hosts::wildcard_name(host.as_str().unwrap_or_default()));
    }
    for domain in config.get("trustDomain").into_iter().chain(config.list("trustDomainAliases")) {
        problems.judge(domain, trust_domain(domain.as_str().unwrap_or_default()));
    }
    curves(config, &mut problems);
    defaults(config, &mut problems);
    providers::check(config, &mut problems);
    problems.into_vec()
}

/// What is wrong with a configuration of proxies on its own, as the annotation `proxy.istio.io/config` holds it.
pub fn proxy_config(config: Field<'_>) -> Vec<Problem<'_>> {
    let mut problems = Problems::new();
    proxy_config::check(config, &mut problems);
    problems.into_vec()
}

/// What is wrong with the networks of a mesh.
pub fn mesh_networks(networks: Field<'_>) -> Vec<Problem<'_>> {
    let mut problems = Problems::new();
    networks::check(networks, &mut problems);
    problems.into_vec()
}

/// Istio ignores what it does not know, and says nothing.
fn unknown_fields<'w>(config: Field<'w>, problems: &mut Problems<'w>) {
    const OF_OBJECTS: [&str; 3] = ["apiVersion", "kind", "metadata"];
    for (name, field) in config.members().filter(|(name, _)| !FIELDS.contains(name) && !OF_OBJECTS.contains(name)) {
        let meant = FIELDS.iter().find(|known| known.eq_ignore_ascii_case(&name.replace('_', "")));
        let hint = meant.map(|known| format!("; `{known}` is meant")).unwrap_or_default();
        // protobuf reads its own spelling too: `root_namespace`.
        let is_own_spelling = meant.is_some() && name.contains('_') && !name.contains(char::is_uppercase);
        if !is_own_spelling {
            problems.warning(field, format!("the mesh configuration has no field `{name}`, and it is ignored{hint}"));
        }
    }
}

fn timeouts<'w>(config: Field<'w>, problems: &mut Problems<'w>) {
    const HOUR: i64 = 3_600_000_000_000;
    durations::check(config, "connectTimeout", problems);
    if let (Some(field), Some(HOUR..)) =
        (config.get("connectTimeout"), duration::parse(config.text("connectTimeout")).ok().map(|given| given - 1))
    {
        problems
            .error(field, format!("`connectTimeout` is `{}`, and must be at most 1h", config.text("connectTimeout")));
    }
    // Zero turns the detection off.
    durations::check_unless_zero(config, "protocolDetectionTimeout", problems);
}

fn trust_domain(domain: &str) -> Result<(), String> {
    let labels = domain.strip_suffix('.').unwrap_or(domain);
    if !labels.is_empty() && labels.split('.').all(hosts::is_label) {
        Ok(())
    } else {
        Err(format!("the trust domain `{domain}` is no DNS name"))
    }
}

fn curves<'w>(config: Field<'w>, problems: &mut Problems<'w>) {
    if let Some(field) = config.at(&["meshMTLS", "ecdhCurves"]) {
        problems.error(field, "the curves of the mesh's own TLS cannot be chosen; those of `tlsDefaults` can");
    }
    let mut seen = HashSet::new();
    for field in config.get("tlsDefaults").into_iter().flat_map(|tls| tls.list("ecdhCurves")) {
        let name = field.as_str().unwrap_or_default();
        if !name.is_empty() && !CURVES.contains(&name) {
            problems.warning(field, format!("the curve `{name}` is not known, and is ignored"));
        } else if !seen.insert(name) {
            problems.warning(field, format!("the curve `{name}` is named twice"));
        }
    }
}

/// Policies that hold where no DestinationRule and no VirtualService says otherwise.
fn defaults<'w>(config: Field<'w>, problems: &mut Problems<'w>) {
    if let Some(policy) = config.get("defaultTrafficPolicy") {
        if let Some(pool) = policy.get("connectionPool") {
            connection_pool::check(pool, problems);
        }
        if let Some(outliers) = policy.get("outlierDetection") {
            outlier_detection::check(outliers, problems);
        }
    }
    for name in ["defaultHttpRetryPolicy", "defaultInboundHttpRetryPolicy"] {
        if let Some(policy) = config.get(name) {
            retries::check(policy, problems);
        }
    }
    let Some(inbound) = config.get("defaultInboundHttpRetryPolicy") else { return };
    for name in ["perTryTimeout", "retryRemoteLocalities", "retryIgnorePreviousHosts"] {
        if let Some(field) = inbound.get(name) {
            problems
                .warning(field, format!("`{name}` does nothing for requests that come in: there is one place to try"));
        }
    }
}
