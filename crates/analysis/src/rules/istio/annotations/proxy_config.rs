//! The value of `proxy.istio.io/config`: a `ProxyConfig` in YAML, over Istio's defaults.

use manifest::yaml::{Limits, Profile, read_value};
use manifest::{Manifest, Origin, Severity, Value};
use mesh::Field;

use crate::validation;

/// What is wrong with the text, if something is. Unknown fields are not: the proxy passes over them.
pub(super) fn problem(text: &str) -> Option<String> {
    match read_value(text, "proxy.istio.io/config", Profile::Kubectl, &Limits::default()) {
        Err(diagnostic) => Some(format!("it is no YAML: {}", diagnostic.message)),
        Ok(Value::Null) => None,
        Ok(value @ Value::Object(_)) => shape(&value).or_else(|| meaning(value)),
        Ok(_) => Some("it is no map of settings".to_owned()),
    }
}

/// The first setting of another type than the proxy reads: then it reads none of them.
fn shape(config: &Value) -> Option<String> {
    const NUMBERS: [&str; 4] = ["concurrency", "proxyAdminPort", "statNameLength", "statusPort"];
    const TEXTS: [&str; 5] =
        ["binaryPath", "configPath", "discoveryAddress", "drainDuration", "terminationDrainDuration"];
    let given = |name: &&str| config.get(*name).filter(|value| !value.is_null()).map(|value| (name.to_string(), value));
    let is_number =
        |value: &Value| value.as_i64().is_some() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok());
    let number = NUMBERS.iter().filter_map(given).find(|(_, value)| !is_number(value));
    let text = || TEXTS.iter().filter_map(given).find(|(_, value)| !value.is_string());
    let truth = || given(&"holdApplicationUntilProxyStarts").filter(|(_, value)| !value.is_boolean());
    let metadata = || {
        let is_of_texts =
            |value: &Value| value.as_object().is_some_and(|members| members.values().all(Value::is_string));
        given(&"proxyMetadata").filter(|(_, value)| !is_of_texts(value))
    };
    let says = |what: &str, (name, value): (String, &Value)| format!("`{name}` must be {what}, not `{value}`");
    number
        .map(|found| says("a number", found))
        .or_else(|| text().map(|found| says("a text", found)))
        .or_else(|| truth().map(|found| says("`true` or `false`", found)))
        .or_else(|| metadata().map(|found| says("a map of texts", found)))
}

/// The first setting that cannot be meant.
fn meaning(value: Value) -> Option<String> {
    let config = Manifest { value, origin: Origin::default() };
    let problems = validation::proxy_config(Field::root(&config));
    problems.into_iter().find(|problem| problem.severity == Severity::Error).map(|problem| problem.message)
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
            "concurrency: -1\n",
            "statusPort: 70000\n",
            "drainDuration: 45\n",
            "drainDuration: 45ms\n",
            "holdApplicationUntilProxyStarts: 1\n",
            "proxyMetadata: { A: 1 }\n",
        ] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }
}
