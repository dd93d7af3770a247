//! Names for files that hold one object each.

use manifest::Manifest;

use super::id::ResourceId;

/// What `kustomize build --output FOLDER` calls the file of each object, without its ending: group, version, kind and
/// name in lower case, behind the namespace if the objects are in more than one. Two objects may share a name, as there.
pub fn file_names(manifests: &[Manifest]) -> Vec<String> {
    let ids: Vec<ResourceId> = manifests.iter().map(|manifest| ResourceId::of(&manifest.value)).collect();
    let mut namespaces: Vec<&str> =
        ids.iter().filter(|id| !id.is_cluster_scoped()).map(ResourceId::effective_namespace).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let name = |id: &ResourceId| {
        let namespace = if id.is_cluster_scoped() || namespaces.len() < 2 { "" } else { id.effective_namespace() };
        let parts = [namespace, &id.group, &id.version, &id.kind, &id.name];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).map(str::to_lowercase).collect();
        parts.join("_")
    };
    ids.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use manifest::{Origin, Value};
    use serde_json::json;

    use super::*;

    fn object(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Manifest {
        let mut value = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}});
        if let Some(namespace) = namespace {
            value["metadata"]["namespace"] = Value::from(namespace);
        }
        Manifest::new(value, Origin::default()).unwrap()
    }

    #[test]
    fn namespaces_are_named_where_there_are_several() {
        let mut objects = vec![
            object("v1", "Namespace", None, "Shop"),
            object("apps/v1", "Deployment", Some("shop"), "web"),
            object("v1", "Service", Some("shop"), "web"),
        ];
        assert_eq!(file_names(&objects), ["v1_namespace_shop", "apps_v1_deployment_web", "v1_service_web"]);
        objects.push(object("v1", "ConfigMap", None, "a.b"));
        assert_eq!(
            file_names(&objects),
            ["v1_namespace_shop", "shop_apps_v1_deployment_web", "shop_v1_service_web", "default_v1_configmap_a.b"]
        );
    }
}
