//! How caches hold objects between looks.

use std::marker::PhantomData;
use std::sync::Arc;

use super::Watched;

/// How a cache holds an object of kind `K`.
pub(crate) trait Form<K>: Clone + Send + Sync + 'static {
    /// Takes an object in.
    fn hold(object: K) -> Result<Self, serde_json::Error>;

    /// The object, to be looked at.
    fn open(&self) -> Arc<K>;
}

/// As it is: for kinds of which one look goes through many.
impl<K: Watched> Form<K> for Arc<K> {
    fn hold(object: K) -> Result<Self, serde_json::Error> {
        Ok(Self::new(object))
    }

    fn open(&self) -> Arc<K> {
        self.clone()
    }
}

/// As text: for kinds of which one look takes up one or few. In memory, the API's types take several times the space
/// of their text, since most of their fields are absent.
#[derive(Clone)]
pub(crate) struct Text<K> {
    json: Box<str>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Watched> Form<K> for Text<K> {
    fn hold(object: K) -> Result<Self, serde_json::Error> {
        let json = serde_json::to_string(&object)?;
        // Every object of a kind begins with the same types, and reads as well without them.
        let types = format!(r#"{{"apiVersion":"{}","kind":"{}","#, K::KIND.api_version(), K::KIND);
        let own = json.strip_prefix(&types).map_or_else(|| json.clone(), |own| ["{", own].concat());
        Ok(Self { json: own.into(), kind: PhantomData })
    }

    fn open(&self) -> Arc<K> {
        // The same type wrote it in `hold`, and the API's types read what they write.
        Arc::new(serde_json::from_str(&self.json).expect("an object reads back as it was written"))
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
    use k8s_openapi::api::core::v1::{ConfigMap, Endpoints, Secret, Service, ServiceAccount};
    use k8s_openapi::api::discovery::v1::EndpointSlice;
    use k8s_openapi::api::networking::v1::Ingress;
    use serde_json::{Value, json};

    use super::*;

    fn trimmed<K: Watched>(object: &Value) -> K {
        let mut object: K = serde_json::from_value(object.clone()).unwrap();
        object.trim();
        object
    }

    /// What is left of an object in the cache of its kind; `dropped` are pointers to what is not.
    fn check<K: Watched>(mut object: Value, dropped: &[&str]) {
        let defaults = json!({
            "name": "web", "namespace": "default", "uid": "one", "resourceVersion": "7",
            "managedFields": [{ "manager": "kubectl" }],
            "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
        });
        let mut metadata = defaults;
        for (field, value) in object["metadata"].as_object().into_iter().flatten() {
            metadata[field] = value.clone();
        }
        object["metadata"] = metadata;
        let held = K::Form::hold(trimmed::<K>(&object)).unwrap().open();
        let kept = serde_json::to_value(&*held).unwrap();
        for pointer in dropped.iter().copied().chain(["/metadata/managedFields", "/metadata/annotations"]) {
            assert!(object.pointer(pointer).is_some(), "{pointer} was there");
            assert_eq!(kept.pointer(pointer), None, "{pointer}");
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            object.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(field);
        }
        object["apiVersion"] = json!(K::KIND.api_version());
        object["kind"] = json!(K::KIND.to_string());
        assert_eq!(kept, object);
    }

    #[test]
    fn objects_come_out_of_the_cache_with_all_that_is_asked_of_them() {
        let template = json!({
            "metadata": { "labels": { "app": "web" } },
            "spec": { "containers": [{
                "name": "app", "image": "web:1", "resources": { "requests": { "cpu": "10m" } },
                "livenessProbe": { "httpGet": { "path": "/", "port": "http" } },
            }] },
        });
        check::<Deployment>(
            json!({
                "spec": { "replicas": 0, "selector": { "matchLabels": { "app": "web" } }, "template": template,
                    "strategy": { "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": 1 } } },
                "status": { "conditions": [{ "type": "Available", "status": "True",
                    "lastUpdateTime": "2026-03-01T12:00:00Z" }] },
            }),
            &[],
        );
        check::<ReplicaSet>(
            json!({
                "metadata": { "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "web",
                    "uid": "two", "controller": true }] },
                "spec": { "selector": {}, "template": template },
                "status": { "replicas": 0 },
            }),
            &[],
        );
        check::<Service>(
            json!({
                "metadata": { "labels": { "app": "web" } },
                "spec": { "selector": { "app": "web" }, "clusterIP": "10.0.0.1", "type": "ClusterIP",
                    "ports": [{ "port": 80, "targetPort": "http" }], "sessionAffinity": "None" },
            }),
            &["/spec/sessionAffinity"],
        );
        check::<Endpoints>(json!({ "subsets": [{ "addresses": [{ "ip": "10.244.0.2" }] }] }), &[]);
        check::<EndpointSlice>(
            json!({ "addressType": "IPv4", "endpoints": [{ "addresses": ["10.244.0.2"] }], "ports": [{ "port": 80 }] }),
            &[],
        );
        check::<Ingress>(
            json!({
                "metadata": { "labels": { "app": "web" } },
                "spec": { "rules": [{ "host": "web.example.com" }] },
                "status": { "loadBalancer": { "ingress": [{ "ip": "127.0.0.1" }] } },
            }),
            &["/spec", "/metadata/labels"],
        );
        check::<ServiceAccount>(json!({ "secrets": [{ "name": "token" }] }), &["/secrets"]);
    }

    #[test]
    fn text_is_kept_in_no_more_memory_than_it_needs() {
        let object = json!({ "metadata": { "name": "web", "resourceVersion": "7" } });
        let held = Text::hold(trimmed::<Deployment>(&object)).unwrap();
        assert_eq!(&*held.json, r#"{"metadata":{"name":"web","resourceVersion":"7"}}"#);
    }

    #[test]
    fn of_config_maps_and_secrets_the_keys_are_kept() {
        let object = json!({ "metadata": { "name": "web" }, "data": { "key": "dmFsdWU=" } });
        let config_map = Text::hold(trimmed::<ConfigMap>(&object)).unwrap();
        let secret = Text::hold(trimmed::<Secret>(&object)).unwrap();
        for json in [&config_map.json, &secret.json] {
            assert!(json.contains(r#""data":{"key":""}"#), "{json}");
        }
    }
}
