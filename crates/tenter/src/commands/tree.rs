//! `tenter tree`: what a Kustomization or HelmRelease applied, what those objects own, and what nested ones applied.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use cluster::{Cluster, Scope, Selector};
use manifest::{GroupVersionKind, ObjectId, Value};
use plan::inventory::Inventory;
use plan::labels::Applier;
use serde_json::json;

use super::Context;
use crate::cli::Tree;
use crate::error::Failure;
use crate::output;
use crate::target::{Applied, Target};
use crate::view::Row;

/// Kinds whose objects others own, in the order their owners come.
const OWNED: [(&str, &str); 5] = [
    ("apps/v1", "ReplicaSet"),
    ("batch/v1", "Job"),
    ("v1", "Pod"),
    ("v1", "PersistentVolumeClaim"),
    ("discovery.k8s.io/v1", "EndpointSlice"),
];

/// Nested Kustomizations and HelmReleases are followed this deep.
const MOST_DEPTH: usize = 20;

/// One object and what hangs below it.
#[derive(Debug, PartialEq, Eq)]
struct Node {
    label: String,
    children: Vec<Node>,
}

/// Prints the tree.
pub(crate) async fn run(context: &Context, arguments: Tree) -> Result<ExitCode, Failure> {
    let cluster = context.cluster().await?;
    let mut builder = Builder { cluster: &cluster, owned: BTreeMap::new(), listed: BTreeSet::new() };
    let about = Applied::parse(&arguments.name)?;
    let root = builder.applied(about.applier, context.namespace(), &about.name, 0).await?;
    output::print_as(context.output(), || as_value(&root), || as_text(&root))?;
    Ok(ExitCode::SUCCESS)
}

struct Builder<'a> {
    cluster: &'a Cluster,
    /// Objects by the uid of their controller.
    owned: BTreeMap<String, Vec<Value>>,
    listed: BTreeSet<String>,
}

impl Builder<'_> {
    async fn applied(&mut self, applier: Applier, namespace: &str, name: &str, depth: usize) -> Result<Node, Failure> {
        let listing = Applied { applier, name: name.to_owned() }.listing();
        let (_, object) = Target::find(self.cluster, listing, namespace, name).await?;
        let revision = Row::of(&object).revision;
        let inventory = Inventory::from_status(&object["status"]["inventory"])
            .map_err(|error| Failure::Halted(error.to_string()))?;
        let mut children = Vec::new();
        for entry in &inventory.entries {
            let nested = Applier::ALL.into_iter().find(|nested| {
                let itself = *nested == applier && entry.id.namespace == namespace && entry.id.name == name;
                entry.id.kind == nested.kind() && entry.id.group == nested.group() && !itself
            });
            children.push(match nested {
                Some(nested) if depth < MOST_DEPTH => {
                    Box::pin(self.applied(nested, &entry.id.namespace, &entry.id.name, depth + 1)).await?
                }
                Some(_) | None => {
                    Node { label: entry.id.to_string(), children: self.below(&entry.id, &entry.gvk()).await? }
                }
            });
        }
        Ok(Node { label: format!("{}/{namespace}/{name} @ {revision}", applier.kind()), children })
    }

    /// What the controllers made of an applied object.
    async fn below(&mut self, id: &ObjectId, gvk: &GroupVersionKind) -> Result<Vec<Node>, Failure> {
        if id.namespace.is_empty() || !matches!(gvk.group.as_str(), "" | "apps" | "batch") {
            return Ok(Vec::new());
        }
        self.list_owned(&id.namespace).await?;
        let object = cluster::ObjectRef::new(gvk.clone(), &id.namespace, &id.name);
        let object = self.cluster.get(&object).await?;
        let uid = object.as_ref().and_then(|object| object["metadata"]["uid"].as_str()).unwrap_or_default();
        Ok(self.owned_by(uid))
    }

    async fn list_owned(&mut self, namespace: &str) -> Result<(), Failure> {
        if !self.listed.insert(namespace.to_owned()) {
            return Ok(());
        }
        for (api_version, kind) in OWNED {
            let gvk = GroupVersionKind::from_api_version(api_version, kind);
            let scope = Scope::Namespace(namespace.to_owned());
            for object in self.cluster.list(&gvk, &scope, &Selector::all()).await? {
                let owners = object["metadata"]["ownerReferences"].as_array().into_iter().flatten();
                let controller = owners.into_iter().find(|owner| owner["controller"] == true);
                if let Some(uid) = controller.and_then(|owner| owner["uid"].as_str()) {
                    self.owned.entry(uid.to_owned()).or_default().push(object);
                }
            }
        }
        Ok(())
    }

    fn owned_by(&self, uid: &str) -> Vec<Node> {
        let objects = self.owned.get(uid).into_iter().flatten();
        objects
            .filter_map(|object| {
                let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
                Some(Node { label: ObjectId::of(object)?.to_string(), children: self.owned_by(uid) })
            })
            .collect()
    }
}

fn as_value(node: &Node) -> Value {
    json!({"object": node.label, "children": node.children.iter().map(as_value).collect::<Vec<_>>()})
}

fn as_text(root: &Node) -> String {
    let mut text = format!("{}\n", root.label);
    branches(&root.children, "", &mut text);
    text
}

fn branches(nodes: &[Node], indent: &str, text: &mut String) {
    for (index, node) in nodes.iter().enumerate() {
        let last = index + 1 == nodes.len();
        text.push_str(&format!("{indent}{}{}\n", if last { "└── " } else { "├── " }, node.label));
        branches(&node.children, &format!("{indent}{}", if last { "    " } else { "│   " }), text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_show_what_is_last() {
        let leaf = |label: &str| Node { label: label.to_owned(), children: Vec::new() };
        let tree = Node {
            label: "Kustomization/a/apps @ main@sha1:1234".into(),
            children: vec![
                Node { label: "Deployment/a/web".into(), children: vec![leaf("ReplicaSet/a/web-1")] },
                leaf("Service/a/web"),
            ],
        };
        expect_test::expect![[r#"
            Kustomization/a/apps @ main@sha1:1234
            ├── Deployment/a/web
            │   └── ReplicaSet/a/web-1
            └── Service/a/web
        "#]]
        .assert_eq(&as_text(&tree));
    }
}
