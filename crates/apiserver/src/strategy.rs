//! What the server does differently for some kinds: generations, first statuses, deletion.

use serde_json::{Value, json};

use crate::crd;
use crate::identity;
use crate::metadata::{self, metadata_mut};
use crate::registry::{Origin, Registry, Resource};

/// The finalizer of a namespace that waits for its contents to be removed.
pub(crate) const NAMESPACE_FINALIZER: &str = "kubernetes";
/// The finalizer of a CustomResourceDefinition that waits for its objects to be removed.
pub(crate) const CRD_FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";
/// The label every namespace has, with its own name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Whether a resource is the one named.
pub(crate) fn is(resource: &Resource, group: &str, plural: &str) -> bool {
    resource.gvk.group == group && resource.plural == plural
}

/// Whether the resource is that of CustomResourceDefinitions.
pub(crate) fn is_crd(resource: &Resource) -> bool {
    is(resource, "apiextensions.k8s.io", "customresourcedefinitions")
}

/// Whether the resource is that of namespaces.
pub(crate) fn is_namespace(resource: &Resource) -> bool {
    is(resource, "", "namespaces")
}

/// Whether objects of the resource have addresses that no two of them may share.
pub(crate) fn has_addresses(resource: &Resource) -> bool {
    is(resource, "", "services")
}

/// Whether the server counts changes of what is desired in `metadata.generation`.
pub(crate) fn counts_generations(resource: &Resource) -> bool {
    match (&resource.origin, resource.gvk.group.as_str(), resource.plural.as_str()) {
        (Origin::Custom { .. }, ..) => true,
        (Origin::BuiltIn, "", plural) => matches!(plural, "pods" | "replicationcontrollers"),
        (Origin::BuiltIn, "apps", plural) => plural != "controllerrevisions",
        (
            Origin::BuiltIn,
            "batch"
            | "policy"
            | "networking.k8s.io"
            | "apiextensions.k8s.io"
            | "discovery.k8s.io"
            | "admissionregistration.k8s.io"
            | "scheduling.k8s.io"
            | "flowcontrol.apiserver.k8s.io"
            | "apiregistration.k8s.io",
            _,
        ) => true,
        (Origin::BuiltIn, ..) => false,
    }
}

/// Whether two objects want the same thing, so that `metadata.generation` stays. Status is what is, not what is wanted,
/// for every kind but custom resources that do not serve it apart.
pub(crate) fn same_desire(resource: &Resource, old: &Value, new: &Value) -> bool {
    let counts = |field: &str| match field {
        "apiVersion" | "kind" | "metadata" => false,
        "status" => !resource.has_status && resource.origin != Origin::BuiltIn,
        _ => true,
    };
    let fields = |object: &Value| -> Vec<(String, Value)> {
        let fields = object.as_object().into_iter().flatten();
        fields.filter(|(name, _)| counts(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    fields(old) == fields(new)
}

/// Gives a new object what its kind starts with. Runs before validation.
pub(crate) fn initialise(resource: &Resource, object: &mut Value, registry: &Registry) {
    if resource.origin == Origin::BuiltIn && resource.has_status {
        object["status"] = json!({});
    }
    match (resource.gvk.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => {
            if object["spec"]["finalizers"].as_array().is_none_or(Vec::is_empty) {
                object["spec"]["finalizers"] = json!([NAMESPACE_FINALIZER]);
            }
            object["status"] = json!({"phase": "Active"});
            label_namespace(object);
        }
        ("", "pods") => object["status"] = json!({"phase": "Pending", "qosClass": quality_of_service(object)}),
        ("", "persistentvolumeclaims" | "persistentvolumes") => object["status"] = json!({"phase": "Pending"}),
        ("", "services") => object["status"] = json!({"loadBalancer": {}}),
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            crd::default(object);
            let names = crd::Names::of(object, registry);
            crd::refresh_status(object, &names, &identity::now());
        }
        _ => {}
    }
}

/// JSON pointers of what the server is going to give to a new object, as far as `sent` does not have it itself: nobody
/// owns that.
pub(crate) fn unowned(resource: &Resource, sent: &Value) -> Vec<String> {
    if resource.origin != Origin::BuiltIn {
        return Vec::new();
    }
    let given: &[&str] = match (resource.gvk.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => &["/spec/finalizers"],
        ("", "services") => &["/spec/clusterIP", "/spec/clusterIPs", "/spec/ipFamilies", "/spec/ipFamilyPolicy"],
        ("", "pods") => &[
            "/spec/preemptionPolicy",
            "/spec/priority",
            "/spec/serviceAccount",
            "/spec/serviceAccountName",
            "/spec/tolerations",
        ],
        ("batch", "jobs") => &["/spec/selector", "/spec/template/metadata/labels"],
        _ => &[],
    };
    let mut pointers: Vec<String> = given.iter().map(|pointer| (*pointer).to_owned()).collect();
    if is(resource, "", "services") {
        let ports = sent["spec"]["ports"].as_array().map_or(0, Vec::len);
        pointers.extend((0..ports).map(|index| format!("/spec/ports/{index}/nodePort")));
    }
    pointers.retain(|pointer| sent.pointer(pointer).is_none());
    pointers
}

/// Brings what the server derives from an object up to date with a change of it.
pub(crate) fn refresh(resource: &Resource, object: &mut Value, registry: &Registry) {
    if is_namespace(resource) {
        label_namespace(object);
    } else if is_crd(resource) {
        crd::default(object);
        if !metadata::is_terminating(object) {
            let names = crd::Names::of(object, registry);
            crd::refresh_status(object, &names, &identity::now());
        }
    }
}

fn label_namespace(object: &mut Value) {
    let name = metadata::text(object, "name").to_owned();
    // The name of a namespace that is generated is not known yet.
    if !name.is_empty() {
        let labels = metadata_mut(object).entry("labels").or_insert_with(|| json!({}));
        if labels.is_object() {
            labels[NAME_LABEL] = name.into();
        }
    }
}

/// A pod's quality-of-service class: whether its containers ask for exactly what they may use, for something, or for
/// nothing.
fn quality_of_service(pod: &Value) -> &'static str {
    let containers = |field: &str| pod["spec"][field].as_array().into_iter().flatten();
    let mut guaranteed = true;
    let mut anything = false;
    for container in containers("containers").chain(containers("initContainers")) {
        for resource in ["cpu", "memory"] {
            let request = &container["resources"]["requests"][resource];
            let limit = &container["resources"]["limits"][resource];
            anything |= !request.is_null() || !limit.is_null();
            guaranteed &= !limit.is_null() && (request.is_null() || request == limit);
        }
    }
    match (guaranteed, anything) {
        (true, true) => "Guaranteed",
        (false, true) => "Burstable",
        (_, false) => "BestEffort",
    }
}

/// Whether an object may never be deleted: the namespaces a cluster cannot be without.
pub(crate) fn is_indispensable(resource: &Resource, name: &str) -> bool {
    is_namespace(resource) && matches!(name, "default" | "kube-system" | "kube-public")
}

/// Whether deleting an object answers with the object rather than with a `Status`.
pub(crate) fn returns_deleted_object(resource: &Resource) -> bool {
    resource.gvk.group.is_empty()
        && matches!(
            resource.plural.as_str(),
            "pods"
                | "services"
                | "serviceaccounts"
                | "podtemplates"
                | "persistentvolumeclaims"
                | "persistentvolumes"
                | "resourcequotas"
        )
}

/// Whether an update that names no resourceVersion may overwrite whatever is there.
pub(crate) fn allows_unconditional_update(resource: &Resource) -> bool {
    resource.origin == Origin::BuiltIn && !is_crd(resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn class(containers: Value, expected: &str) {
        assert_eq!(quality_of_service(&json!({"spec": {"containers": containers}})), expected);
    }

    #[test]
    fn pods_have_a_quality_of_service() {
        let all = json!({"cpu": "1", "memory": "1Gi"});
        class(json!([{"resources": {"limits": all}}]), "Guaranteed");
        class(json!([{"resources": {"limits": all, "requests": all}}]), "Guaranteed");
        class(json!([{"resources": {"limits": all, "requests": {"cpu": "500m"}}}]), "Burstable");
        class(json!([{"resources": {"limits": all}}, {}]), "Burstable");
        class(json!([{}]), "BestEffort");
    }
}
