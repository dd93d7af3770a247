//! What proxies start with: `defaultConfig`, and the annotation `proxy.istio.io/config`.

use manifest::duration;
use mesh::Field;

use super::super::istio::upstream_tls;
use super::super::problem::Problems;
use super::super::{durations, ports};
use super::{addresses, connection_settings};

/// Where proxies send traces, each with the field that is an address.
const TRACERS: [&str; 3] = ["lightstep", "zipkin", "datadog"];

pub(super) fn check<'w>(config: Field<'w>, problems: &mut Problems<'w>) {
    for name in ["configPath", "binaryPath", "serviceCluster", "discoveryAddress"] {
        if let Some(field) = config.get(name).filter(|_| config.text(name).is_empty()) {
            problems.error(field, format!("`{name}` is empty"));
        }
    }
    durations::check(config, "drainDuration", problems);
    if let Some(field) = config.get("drainDuration").filter(|_| durations::has_fraction(config.text("drainDuration"))) {
        problems
            .error(field, format!("`drainDuration` is `{}`, and must be whole seconds", config.text("drainDuration")));
    }
    for name in ["discoveryAddress", "statsdUdpAddress", "envoyMetricsServiceAddress"] {
        addresses::check(config, name, problems);
    }
    for service in ["envoyMetricsService", "envoyAccessLogService"].into_iter().filter_map(|name| config.get(name)) {
        addresses::check(service, "address", problems);
    }
    for name in ["proxyAdminPort", "statusPort"] {
        ports::check_given(config, name, problems);
    }
    let policy = config.text("controlPlaneAuthPolicy");
    if let Some(field) = config.get("controlPlaneAuthPolicy").filter(|_| !matches!(policy, "" | "NONE" | "MUTUAL_TLS"))
    {
        problems.error(field, format!("`controlPlaneAuthPolicy` is `{policy}`, and must be `NONE` or `MUTUAL_TLS`"));
    }
    if let Some(concurrency) = config.integer("concurrency").filter(|count| *count < 0) {
        let field = config.get("concurrency").unwrap_or(config);
        problems.error(field, format!("`concurrency` is {concurrency}, and must not be negative"));
    }
    if let Some(tracing) = config.get("tracing") {
        self::tracing(tracing, problems);
    }
    if let Some(provider) = config.get("privateKeyProvider") {
        private_key_provider(provider, problems);
    }
    if let Some(settings) = config.get("connectionSettings") {
        connection_settings::check(settings, problems);
    }
    if let Some(field) = config.at(&["proxyMetadata", "ISTIO_META_DNS_AUTO_ALLOCATE"]) {
        problems.warning(field, "`ISTIO_META_DNS_AUTO_ALLOCATE` is deprecated; istiod allocates addresses itself");
    }
}

fn tracing<'w>(tracing: Field<'w>, problems: &mut Problems<'w>) {
    for (name, tracer) in TRACERS.into_iter().filter_map(|name| Some((name, tracing.get(name)?))) {
        if tracer.text("address").is_empty() {
            problems.error(tracer, format!("`{name}` needs an address"));
        }
        addresses::check(tracer, "address", problems);
        if name == "lightstep" && tracer.text("accessToken").is_empty() {
            problems.error(tracer, "`lightstep` needs `accessToken`");
        }
    }
    if let Some(tls) = tracing.get("tlsSettings") {
        upstream_tls::check(tls, "", problems);
    }
    if let Some(sampling) = tracing.get("sampling")
        && sampling.value().as_f64().is_some_and(|percent| !(0.0..=100.0).contains(&percent))
    {
        problems.error(sampling, format!("`sampling` is {}, and must be from 0 to 100", sampling.value()));
    }
}

fn private_key_provider<'w>(provider: Field<'w>, problems: &mut Problems<'w>) {
    let Some(kind) = ["cryptomb", "qat"].into_iter().find_map(|name| provider.get(name)) else {
        return problems.error(provider, "`privateKeyProvider` needs `cryptomb` or `qat`");
    };
    match duration::parse(kind.text("pollDelay")) {
        Ok(1..) => {}
        Ok(..=0) | Err(_) => {
            problems.error(kind.get("pollDelay").unwrap_or(kind), "`pollDelay` must be greater than 0")
        }
    }
}
