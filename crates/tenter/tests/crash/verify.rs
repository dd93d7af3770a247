//! Compares the cluster with Git.

use std::collections::{BTreeMap, BTreeSet};

use cluster::{Cluster, Scope, Selector};
use futures::FutureExt;
use futures::future::select_all;
use manifest::{GroupVersionKind, Value};
use serde_json::json;

use crate::declared::{Declared, Kind};
use crate::process::{Log, PATIENCE};

const OWNER: &str = "kustomize.toolkit.fluxcd.io/name";

/// Waits until every declared Kustomization is ready at `head`, and no other Kustomization or namespace is left.
pub(crate) async fn settled(cluster: &Cluster, declared: &Declared, head: &str, log: &Log) {
    let expected: BTreeMap<String, String> = declared
        .apps()
        .keys()
        .map(String::as_str)
        .chain(["flux-system"])
        .map(|name| (name.to_owned(), format!("main@sha1:{head} is True")))
        .collect();
    eventually(cluster, &[kustomizations(), gvk("v1", "Namespace")], log, async || {
        let kustomizations = list(cluster, &kustomizations()).await;
        let found: BTreeMap<String, String> =
            kustomizations.iter().map(|object| (text(&object["metadata"]["name"]), readiness(object))).collect();
        if found != expected {
            return Err(format!("Kustomizations are {found:#?}\nnot {expected:#?}"));
        }
        let ours = |name: &String| name.starts_with("app-");
        let namespaces: BTreeSet<String> =
            names(&list(cluster, &gvk("v1", "Namespace")).await).into_iter().filter(ours).collect();
        let expected: BTreeSet<String> = declared.apps().keys().cloned().collect();
        if namespaces == expected { Ok(()) } else { Err(format!("namespaces are {namespaces:?}, not {expected:?}")) }
    })
    .await;
}

fn readiness(kustomization: &Value) -> String {
    let status = &kustomization["status"];
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let ready = conditions.filter(|condition| condition["type"] == "Ready").map(|condition| text(&condition["status"]));
    format!("{} is {}", text(&status["lastAppliedRevision"]), ready.collect::<String>())
}

/// Exactly the declared objects exist, with the declared content, and every inventory says so.
pub(crate) async fn equal(cluster: &Cluster, declared: &Declared) {
    let mut expected = BTreeMap::new();
    let mut found = BTreeMap::new();
    for (app, objects) in declared.apps() {
        for ((kind, name), value) in objects {
            expected.insert((*kind, app.clone(), name.clone()), kind.shown(*value));
        }
    }
    for kind in Kind::ALL {
        for object in list(cluster, &gvk(kind.api_version(), kind.name())).await {
            let metadata = &object["metadata"];
            let (namespace, name) = (text(&metadata["namespace"]), text(&metadata["name"]));
            // What every namespace gets from the cluster itself.
            let given = matches!(name.as_str(), "kube-root-ca.crt" | "default");
            if namespace.starts_with("app-") && !given || metadata["labels"].get(OWNER).is_some() {
                let shown = object.pointer(kind.pointer()).cloned().unwrap_or_default();
                found.insert((kind, namespace, name), shown);
            }
        }
    }
    assert_eq!(found, expected, "what lives in the cluster (left) is not what Git declares (right)");

    let mut inventories = BTreeMap::new();
    for object in list(cluster, &kustomizations()).await {
        let entries = object["status"]["inventory"]["entries"].as_array().cloned().unwrap_or_default();
        let ids: BTreeSet<String> = entries.iter().map(|entry| text(&entry["id"])).collect();
        assert_eq!(ids.len(), entries.len(), "an inventory holds an entry twice");
        inventories.insert(text(&object["metadata"]["name"]), ids);
    }
    assert_eq!(inventories, expected_inventories(declared), "inventories (left) are not what Git declares (right)");
}

fn expected_inventories(declared: &Declared) -> BTreeMap<String, BTreeSet<String>> {
    let apps = declared.apps();
    let entry = apps.keys().map(|app| format!("flux-system_{app}_kustomize.toolkit.fluxcd.io_Kustomization"));
    let mut inventories = BTreeMap::from([("flux-system".to_owned(), entry.collect::<BTreeSet<_>>())]);
    for (app, objects) in apps {
        let mut ids: BTreeSet<String> = objects
            .keys()
            .map(|(kind, name)| {
                let group = kind.api_version().split_once('/').map_or("", |(group, _)| group);
                format!("{app}_{name}_{group}_{}", kind.name())
            })
            .collect();
        ids.insert(format!("_{app}__Namespace"));
        inventories.insert(app.clone(), ids);
    }
    inventories
}

/// What belonged to removed objects goes too: ReplicaSets and pods of Deployments that are no longer declared.
pub(crate) async fn nothing_left(cluster: &Cluster, declared: &Declared, log: &Log) {
    let kinds = [gvk("apps/v1", "ReplicaSet"), gvk("v1", "Pod")];
    let is_declared = |object: &Value| {
        let name = text(&object["metadata"]["labels"]["app"]);
        let app = declared.apps().get(&text(&object["metadata"]["namespace"]));
        app.is_some_and(|objects| objects.contains_key(&(Kind::Deployment, name)))
    };
    eventually(cluster, &kinds, log, async || {
        let mut left = Vec::new();
        for kind in &kinds {
            let objects = list(cluster, kind).await;
            left.extend(objects.iter().filter(|object| !is_declared(object)).map(|object| object["metadata"].clone()));
        }
        if left.is_empty() { Ok(()) } else { Err(format!("these are left behind: {}", json!(left))) }
    })
    .await;
}

/// Looks again at each change of these kinds until there is nothing to complain about.
async fn eventually(
    cluster: &Cluster,
    kinds: &[GroupVersionKind],
    log: &Log,
    complaint: impl AsyncFn() -> Result<(), String>,
) {
    let mut watches: Vec<_> = kinds.iter().map(|kind| cluster.watch(kind, Scope::Cluster, Selector::all())).collect();
    let mut last = String::new();
    let agreed = async {
        loop {
            match complaint().await {
                Ok(()) => return,
                Err(why) => last = why,
            }
            select_all(watches.iter_mut().map(|watch| watch.next().boxed())).await;
        }
    };
    if tokio::time::timeout(PATIENCE, agreed).await.is_err() {
        panic!("{last}\n{}", log.text());
    }
}

async fn list(cluster: &Cluster, kind: &GroupVersionKind) -> Vec<Value> {
    cluster.list(kind, &Scope::Cluster, &Selector::all()).await.unwrap()
}

fn names(objects: &[Value]) -> BTreeSet<String> {
    objects.iter().map(|object| text(&object["metadata"]["name"])).collect()
}

fn kustomizations() -> GroupVersionKind {
    gvk("kustomize.toolkit.fluxcd.io/v1", "Kustomization")
}

fn gvk(api_version: &str, kind: &str) -> GroupVersionKind {
    GroupVersionKind::from_api_version(api_version, kind)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
