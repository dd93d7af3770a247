//! What a CustomResourceDefinition brings.

use serde_json::Value;

use crate::GroupVersionKind;

/// A CustomResourceDefinition, as far as others ask about it. What it does not say is empty.
#[derive(Debug, Clone, Copy)]
pub struct Definition<'v> {
    object: &'v Value,
}

impl<'v> Definition<'v> {
    /// Of an object, if it is one.
    pub fn of(object: &'v Value) -> Option<Definition<'v>> {
        GroupVersionKind::of(object).filter(GroupVersionKind::is_definition).map(|_| Definition { object })
    }

    /// Its own name, such as `gateways.networking.istio.io`.
    pub fn name(self) -> &'v str {
        text(&self.object["metadata"]["name"])
    }

    /// The API group of what it brings.
    pub fn group(self) -> &'v str {
        text(&self.object["spec"]["group"])
    }

    /// The kind of what it brings.
    pub fn kind(self) -> &'v str {
        text(&self.object["spec"]["names"]["kind"])
    }

    /// Whether what it brings lives in namespaces.
    pub fn is_namespaced(self) -> bool {
        self.object["spec"]["scope"] == "Namespaced"
    }

    /// The types that it brings: its kind, in each version that is served.
    pub fn served(self) -> impl Iterator<Item = GroupVersionKind> + use<'v> {
        let versions = self.object["spec"]["versions"].as_array().into_iter().flatten();
        versions.filter(|version| version["served"] == true).map(move |version| GroupVersionKind {
            group: self.group().to_owned(),
            version: text(&version["name"]).to_owned(),
            kind: self.kind().to_owned(),
        })
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Definition;

    #[test]
    fn versions_that_are_not_served_are_not_brought() {
        let object = json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "probes.mesh.example"},
            "spec": {
                "group": "mesh.example",
                "names": {"kind": "Probe", "plural": "probes"},
                "scope": "Namespaced",
                "versions": [{"name": "v1", "served": true}, {"name": "v1beta1", "served": true}, {"name": "v1alpha1", "served": false}],
            },
        });
        let definition = Definition::of(&object).expect("a definition");
        assert_eq!(definition.name(), "probes.mesh.example");
        assert!(definition.is_namespaced());
        let served: Vec<String> = definition.served().map(|gvk| gvk.to_string()).collect();
        assert_eq!(served, ["mesh.example/v1 Probe", "mesh.example/v1beta1 Probe"]);
    }

    #[test]
    fn objects_of_other_groups_define_nothing() {
        assert!(Definition::of(&json!({"apiVersion": "example.org/v1", "kind": "CustomResourceDefinition"})).is_none());
        assert!(Definition::of(&json!({"kind": "CustomResourceDefinition"})).is_none());
        let bare = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"});
        let bare = Definition::of(&bare).expect("a definition");
        assert_eq!((bare.group(), bare.kind(), bare.is_namespaced(), bare.served().count()), ("", "", false, 0));
    }
}
