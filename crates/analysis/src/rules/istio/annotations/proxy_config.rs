//! The value of `proxy.istio.io/config`: a `ProxyConfig` in YAML, over Istio's defaults.

use manifest::Value;
use manifest::yaml::{Limits, Profile, read_value};

/// What is wrong with the text, if something is. Unknown fields are not: the proxy passes over them.
pub(super) fn problem(text: &str) -> Option<String> {
    match read_value(text, "proxy.istio.io/config", Profile::Kubectl, &Limits::default()) {
        Err(diagnostic) => Some(format!("it is no YAML: {}", diagnostic.message)),
        Ok(Value::Null) => None,
        Ok(value) if value.is_object() => in_config(&value),
        Ok(_) => Some("it is no map of settings".to_owned()),
    }
}

/// Settings that hold an address with a port.
const ADDRESSES: &[&[&str]] = &[
    &["discoveryAddress"],
    &["statsdUdpAddress"],
    &["envoyMetricsServiceAddress"],
    &["envoyMetricsService", "address"],
    &["envoyAccessLogService", "address"],
    &["tracing", "zipkin", "address"],
    &["tracing", "lightstep", "address"],
    &["tracing", "datadog", "address"],
];

fn in_config(config: &Value) -> Option<String> {
    let at =
        |path: &[&str]| path.iter().try_fold(config, |value, name| value.get(name)).filter(|value| !value.is_null());
    let address = |path: &&[&str]| {
        let value = at(path)?;
        let bad = value.as_str().is_none_or(|address| !address.is_empty() && !is_address(address));
        bad.then(|| format!("`{}` must be an address with a port, not `{value}`", path.join(".")))
    };
    let port = |name: &&str| {
        let value = at(&[name])?;
        let bad = !number(value).is_some_and(|port| (1..=65535).contains(&port));
        bad.then(|| format!("`{name}` must be a port from 1 to 65535, not `{value}`"))
    };
    let whole = |name: &&str| {
        let value = at(&[name])?;
        let bad = number(value).is_none_or(|number| number < 0);
        bad.then(|| format!("`{name}` must be a number from 0 up, not `{value}`"))
    };
    let duration = |name: &&str| {
        let value = at(&[name])?;
        let bad = value.as_str().is_none_or(|text| !is_duration(text));
        bad.then(|| format!("`{name}` must be a duration such as `45s`, not `{value}`"))
    };
    let truth = |name: &&str| {
        let value = at(&[name])?;
        (!value.is_boolean()).then(|| format!("`{name}` must be `true` or `false`, not `{value}`"))
    };
    let metadata = || {
        let settings = at(&["proxyMetadata"])?;
        let bad = settings.as_object().is_none_or(|settings| settings.values().any(|value| !value.is_string()));
        bad.then(|| "`proxyMetadata` must map names to texts".to_owned())
    };
    ADDRESSES
        .iter()
        .find_map(address)
        .or_else(|| ["proxyAdminPort", "statusPort"].iter().find_map(port))
        .or_else(|| ["concurrency", "statNameLength"].iter().find_map(whole))
        .or_else(|| ["drainDuration", "terminationDrainDuration"].iter().find_map(duration))
        .or_else(|| truth(&"holdApplicationUntilProxyStarts"))
        .or_else(metadata)
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// Whether a text is a host and a port, as `host:port` or `[address]:port`. A variable may stand for the host.
fn is_address(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        !host.is_empty() && !host.contains(char::is_whitespace) && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

/// Whether a text is a duration as protobuf's JSON writes it: seconds with an `s`.
fn is_duration(text: &str) -> bool {
    text.strip_suffix('s').is_some_and(|seconds| seconds.parse::<f64>().is_ok_and(|seconds| seconds >= 0.0))
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn settings_are_read_over_the_defaults() {
        for good in [
            "",
            "concurrency: 2\ndrainDuration: 45s\n",
            "{\"discoveryAddress\": \"istiod.istio-system.svc:15012\"}",
            "tracing:\n  datadog:\n    address: $(HOST_IP):8126\n",
            "unknownSetting: 1\nproxyMetadata: { A: '1' }\n",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
        for bad in [
            "- a\n",
            "a: [\n",
            "text",
            "discoveryAddress: istiod\n",
            "concurrency: many\n",
            "statusPort: 70000\n",
            "drainDuration: 45\n",
            "holdApplicationUntilProxyStarts: 1\n",
            "proxyMetadata: { A: 1 }\n",
        ] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }
}
