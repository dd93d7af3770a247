//! The mesh configuration in effect: Istio's defaults with what is declared over them.

use manifest::Value;
use serde_json::json;

/// Istio's `MeshConfig`, defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct MeshConfig {
    value: Value,
}

impl Default for MeshConfig {
    /// What istiod runs with when nothing is declared (Istio `mesh.DefaultMeshConfig`).
    fn default() -> MeshConfig {
        MeshConfig {
            value: json!({
                "rootNamespace": "istio-system",
                "trustDomain": "cluster.local",
                "enableAutoMtls": true,
                "ingressService": "istio-ingressgateway",
                "ingressControllerMode": "STRICT",
                "outboundTrafficPolicy": { "mode": "ALLOW_ANY" },
                "defaultServiceExportTo": ["*"],
                "defaultVirtualServiceExportTo": ["*"],
                "defaultDestinationRuleExportTo": ["*"],
                "defaultConfig": { "discoveryAddress": "istiod.istio-system.svc:15012" },
                "extensionProviders": [
                    { "name": "prometheus", "prometheus": {} },
                    { "name": "stackdriver", "stackdriver": {} },
                    { "name": "envoy", "envoyFileAccessLog": { "path": "/dev/stdout" } },
                ],
            }),
        }
    }
}

impl MeshConfig {
    /// The defaults with `declared` over them, as Istio merges them: fields replace, but `defaultConfig` and
    /// `defaultProviders` merge member by member, `extensionProviders` by name, and `trustDomainAliases` are united.
    pub fn with(declared: &Value) -> MeshConfig {
        let mut config = MeshConfig::default();
        for (name, value) in declared.as_object().into_iter().flatten() {
            match name.as_str() {
                "defaultConfig" | "defaultProviders" => overlay(&mut config.value[name.as_str()], value, 2),
                "extensionProviders" => unite(&mut config.value["extensionProviders"], value, |one, other| {
                    one.get("name") == other.get("name")
                }),
                "trustDomainAliases" => {
                    unite(&mut config.value["trustDomainAliases"], value, |one, other| one == other);
                }
                _ => config.value[name.as_str()] = value.clone(),
            }
        }
        config
    }

    /// The effective value.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// A string of the configuration; empty if it is not set.
    pub fn text(&self, name: &str) -> &str {
        self.value.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The namespace whose policies hold for the whole mesh.
    pub fn root_namespace(&self) -> &str {
        self.text("rootNamespace")
    }

    /// The trust domain of the mesh's identities.
    pub fn trust_domain(&self) -> &str {
        self.text("trustDomain")
    }
}

/// Members of `over` onto those of `under`, maps inside merged too, down to `depth` levels.
fn overlay(under: &mut Value, over: &Value, depth: usize) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) if depth > 0 => {
            for (name, value) in over {
                overlay(under.entry(name.as_str()).or_insert(Value::Null), value, depth - 1);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

/// Items of `over` into the list `under`, each in the place of the one that is the same.
fn unite(under: &mut Value, over: &Value, same: impl Fn(&Value, &Value) -> bool) {
    let mut items = under.as_array().cloned().unwrap_or_default();
    for item in over.as_array().into_iter().flatten() {
        match items.iter_mut().find(|known| same(known, item)) {
            Some(known) => *known = item.clone(),
            None => items.push(item.clone()),
        }
    }
    *under = Value::Array(items);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_lies_over_the_defaults() {
        let config = MeshConfig::with(&json!({
            "rootNamespace": "mesh",
            "defaultConfig": { "proxyMetadata": { "A": "1" } },
            "extensionProviders": [{ "name": "envoy", "envoyFileAccessLog": { "path": "/log" } }, { "name": "otel" }],
            "trustDomainAliases": ["old", "old"],
        }));
        assert_eq!((config.root_namespace(), config.trust_domain()), ("mesh", "cluster.local"));
        assert_eq!(
            config.value()["defaultConfig"],
            json!({ "discoveryAddress": "istiod.istio-system.svc:15012", "proxyMetadata": { "A": "1" } })
        );
        let providers = config.value()["extensionProviders"].as_array().expect("a list");
        assert_eq!(providers.len(), 4);
        assert_eq!(providers[2]["envoyFileAccessLog"]["path"], "/log");
        assert_eq!(config.value()["trustDomainAliases"], json!(["old"]));
    }
}
