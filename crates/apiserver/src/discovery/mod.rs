//! Discovery: which groups, versions and resources there are; legacy (`/api`, `/apis/…`) and aggregated
//! (`apidiscovery.k8s.io`).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::registry::{Origin, Registry, Resource, Scope};

/// The format of an aggregated discovery document, as the `Accept` header asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregatedVersion {
    /// `apidiscovery.k8s.io/v2`
    V2,
    /// `apidiscovery.k8s.io/v2beta1`
    V2Beta1,
}

impl AggregatedVersion {
    fn api_version(self) -> &'static str {
        match self {
            AggregatedVersion::V2 => "apidiscovery.k8s.io/v2",
            AggregatedVersion::V2Beta1 => "apidiscovery.k8s.io/v2beta1",
        }
    }

    /// The `Content-Type` of the answer.
    pub fn content_type(self) -> &'static str {
        match self {
            AggregatedVersion::V2 => "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
            AggregatedVersion::V2Beta1 => "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        }
    }
}

/// Which of the two discovery roots is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// `/api`: the core group.
    Core,
    /// `/apis`: all others.
    Groups,
}

/// `/api` without aggregation; `address` is the server's own, as `host:port`.
pub fn api_versions(address: &str) -> Value {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    })
}

/// `/apis` without aggregation.
pub fn api_groups(registry: &Registry) -> Value {
    let groups: Vec<Value> =
        groups(registry).iter().filter(|group| !group.name.is_empty()).map(Group::legacy).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/{group}`, if the group is served.
pub fn api_group(registry: &Registry, group: &str) -> Option<Value> {
    let found = groups(registry).into_iter().find(|candidate| candidate.name == group && !group.is_empty())?;
    let mut value = found.legacy();
    value["kind"] = json!("APIGroup");
    value["apiVersion"] = json!("v1");
    Some(value)
}

/// `/api/v1` and `/apis/{group}/{version}` without aggregation, if served.
pub fn api_resources(registry: &Registry, group: &str, version: &str) -> Option<Value> {
    let served = groups(registry).into_iter().find(|candidate| candidate.name == group)?;
    let resources = served.versions.iter().find(|(name, _)| name == version)?.1.as_slice();
    let mut entries = Vec::new();
    for resource in resources {
        let namespaced = resource.scope == Scope::Namespaced;
        let mut entry = json!({
            "name": resource.plural,
            "singularName": resource.singular,
            "namespaced": namespaced,
            "kind": resource.gvk.kind,
            "verbs": resource.verbs,
        });
        names(&mut entry, resource);
        if resource.verbs.contains(&"watch") {
            entry["storageVersionHash"] = json!(storage_version_hash(resource));
        }
        entries.push(entry);
        for subresource in subresources(resource) {
            let mut entry = json!({
                "name": format!("{}/{}", resource.plural, subresource.name),
                "singularName": "",
                "namespaced": namespaced,
                "kind": subresource.kind,
                "verbs": subresource.verbs,
            });
            if (subresource.group.as_str(), subresource.version.as_str()) != (group, version) {
                entry["group"] = json!(subresource.group);
                entry["version"] = json!(subresource.version);
            }
            entries.push(entry);
        }
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut list = json!({"kind": "APIResourceList", "groupVersion": group_version, "resources": entries});
    // That of the core group has never had one.
    if !group.is_empty() {
        list["apiVersion"] = json!("v1");
    }
    Some(list)
}

/// `/api` and `/apis` in the aggregated form: everything in one document.
pub fn aggregated(registry: &Registry, root: Root, version: AggregatedVersion) -> Value {
    let items: Vec<Value> = groups(registry)
        .iter()
        .filter(|group| group.name.is_empty() == (root == Root::Core))
        .map(Group::aggregated)
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": version.api_version(), "metadata": {}, "items": items})
}

struct Group {
    name: String,
    /// Preferred first.
    versions: Vec<(String, Vec<Arc<Resource>>)>,
}

impl Group {
    fn legacy(&self) -> Value {
        let version = |version: &str| json!({"groupVersion": format!("{}/{version}", self.name), "version": version});
        let versions: Vec<Value> = self.versions.iter().map(|(name, _)| version(name)).collect();
        json!({"name": self.name, "versions": versions, "preferredVersion": versions.first()})
    }

    fn aggregated(&self) -> Value {
        let versions: Vec<Value> = self
            .versions
            .iter()
            .map(|(version, resources)| {
                let resources: Vec<Value> = resources.iter().map(|resource| aggregated_resource(resource)).collect();
                json!({"version": version, "resources": resources, "freshness": "Current"})
            })
            .collect();
        let metadata = if self.name.is_empty() { json!({}) } else { json!({"name": self.name}) };
        json!({"metadata": metadata, "versions": versions})
    }
}

fn aggregated_resource(resource: &Resource) -> Value {
    let own = (resource.gvk.group.as_str(), resource.gvk.version.as_str());
    // A built-in kind says its group and version only where they are others than those of the list it is in.
    let response_kind = |group: &str, version: &str, kind: &str| match resource.origin {
        Origin::BuiltIn if (group, version) == own => json!({"group": "", "version": "", "kind": kind}),
        Origin::BuiltIn | Origin::Custom { .. } => json!({"group": group, "version": version, "kind": kind}),
    };
    let mut entry = json!({
        "resource": resource.plural,
        "responseKind": response_kind(&resource.gvk.group, &resource.gvk.version, &resource.gvk.kind),
        "scope": match resource.scope { Scope::Namespaced => "Namespaced", Scope::Cluster => "Cluster" },
        "singularResource": resource.singular,
        "verbs": resource.verbs,
    });
    names(&mut entry, resource);
    let below: Vec<Value> = subresources(resource)
        .into_iter()
        .map(|subresource| {
            json!({
                "subresource": subresource.name,
                "responseKind": response_kind(&subresource.group, &subresource.version, &subresource.kind),
                "verbs": subresource.verbs,
            })
        })
        .collect();
    if !below.is_empty() {
        entry["subresources"] = Value::Array(below);
    }
    entry
}

fn names(entry: &mut Value, resource: &Resource) {
    if !resource.short_names.is_empty() {
        entry["shortNames"] = json!(resource.short_names);
    }
    if !resource.categories.is_empty() {
        entry["categories"] = json!(resource.categories);
    }
}

/// A hash that clients compare to see whether the storage version of a resource changed.
fn storage_version_hash(resource: &Resource) -> String {
    use base64::Engine;
    use sha2::Digest;
    let text = format!("{}/{}/{}", resource.storage_group, resource.storage_version, resource.gvk.kind);
    let digest = sha2::Sha256::digest(text.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(&digest[..8])
}

struct Subresource {
    name: &'static str,
    group: String,
    version: String,
    kind: String,
    verbs: &'static [&'static str],
}

fn subresources(resource: &Resource) -> Vec<Subresource> {
    const WRITABLE: &[&str] = &["get", "patch", "update"];
    let own = |name: &'static str, verbs: &'static [&'static str]| Subresource {
        name,
        group: resource.gvk.group.clone(),
        version: resource.gvk.version.clone(),
        kind: resource.gvk.kind.clone(),
        verbs,
    };
    let other = |name: &'static str, group: &str, version: &str, kind: &str, verbs: &'static [&'static str]| {
        Subresource { name, group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned(), verbs }
    };
    let mut found: Vec<Subresource> = resource
        .subresources
        .iter()
        .map(|&name| match name {
            "binding" => other(name, "", "v1", "Binding", &["create"]),
            "eviction" => other(name, "policy", "v1", "Eviction", &["create"]),
            "token" => other(name, "authentication.k8s.io", "v1", "TokenRequest", &["create"]),
            "finalize" => own(name, &["update"]),
            _ => own(name, &["get"]),
        })
        .collect();
    if resource.scale.is_some() {
        found.push(other("scale", "autoscaling", "v1", "Scale", WRITABLE));
    }
    if resource.has_status {
        found.push(own("status", WRITABLE));
    }
    match resource.origin {
        Origin::BuiltIn => found.sort_by_key(|subresource| subresource.name),
        Origin::Custom { .. } => found.sort_by_key(|subresource| subresource.name != "status"),
    }
    found
}

fn groups(registry: &Registry) -> Vec<Group> {
    let mut by_group: BTreeMap<&str, BTreeMap<&str, Vec<Arc<Resource>>>> = BTreeMap::new();
    for resource in registry.iter() {
        let versions = by_group.entry(&resource.gvk.group).or_default();
        versions.entry(&resource.gvk.version).or_default().push(resource.clone());
    }
    let mut groups: Vec<Group> = by_group
        .into_iter()
        .map(|(name, versions)| {
            let mut versions: Vec<(String, Vec<Arc<Resource>>)> =
                versions.into_iter().map(|(version, resources)| (version.to_owned(), resources)).collect();
            versions.sort_by(|(a, _), (b, _)| version_rank(b).cmp(&version_rank(a)).then_with(|| a.cmp(b)));
            Group { name: name.to_owned(), versions }
        })
        .collect();
    // kubectl resolves a bare kind name to the first group that has it.
    groups.sort_by_key(|group| ORDER.iter().position(|name| *name == group.name).unwrap_or(ORDER.len()));
    groups
}

/// The order of the groups that an API server has by itself, as kube-apiserver ranks them; others follow by name.
const ORDER: [&str; 20] = [
    "",
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "flowcontrol.apiserver.k8s.io",
];

/// Orders versions as Kubernetes does: `v2` over `v1` over `v1beta2` over `v1alpha1`, and any other text last.
pub fn version_rank(version: &str) -> (u8, u32, u32) {
    let parse = || {
        let rest = version.strip_prefix('v')?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let major: u32 = rest[..digits].parse().ok()?;
        match &rest[digits..] {
            "" => Some((3, major, 0)),
            stage => {
                let (level, minor) = match stage.strip_prefix("beta") {
                    Some(minor) => (2, minor),
                    None => (1, stage.strip_prefix("alpha")?),
                };
                Some((level, major, minor.parse().ok()?))
            }
        }
    };
    parse().unwrap_or((0, 0, 0))
}

#[cfg(test)]
mod tests;
