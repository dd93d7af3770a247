//! Objects that belong to one cluster for sure, and how they come together.

use std::collections::HashSet;
use std::sync::Arc;

use manifest::{Diagnostic, Manifest, ObjectId};
use mesh::WorldObject;

/// What comes from one folder.
#[derive(Debug)]
pub(super) struct Part {
    /// The folder.
    pub(super) folder: String,
    /// What it declares.
    pub(super) objects: Vec<WorldObject>,
    /// Why it declares nothing.
    pub(super) problems: Vec<Diagnostic>,
}

impl Part {
    /// Objects that nobody is known to apply.
    pub(super) fn new(folder: String, manifests: Vec<Manifest>) -> Part {
        let objects = manifests.into_iter().map(|manifest| applied(manifest, None)).collect();
        Part { folder, objects, problems: Vec::new() }
    }

    /// A folder that does not render.
    pub(super) fn broken(folder: String, problems: Vec<Diagnostic>) -> Part {
        Part { folder, objects: Vec::new(), problems }
    }
}

/// An object and who applies it.
pub(super) fn applied(manifest: Manifest, applied_by: Option<ObjectId>) -> WorldObject {
    WorldObject { manifest: Arc::new(manifest), applied_by }
}

/// Parts that declare no object in common are taken for one cluster: overlays of one application for several clusters
/// declare the same objects, and parts of one cluster do not.
pub(super) fn clusters(parts: Vec<Part>) -> Vec<Vec<WorldObject>> {
    let mut clusters = Vec::new();
    for part in parts.into_iter().filter(|part| !part.objects.is_empty()) {
        join(&mut clusters, part.objects);
    }
    clusters
}

/// Adds objects to the first cluster that has none of them, or as a cluster of their own.
pub(super) fn join(clusters: &mut Vec<Vec<WorldObject>>, objects: Vec<WorldObject>) {
    let ids: HashSet<ObjectId> = objects.iter().map(|object| object.manifest.id()).collect();
    let fits = |cluster: &Vec<WorldObject>| !cluster.iter().any(|object| ids.contains(&object.manifest.id()));
    match clusters.iter_mut().find(|cluster| fits(cluster)) {
        Some(cluster) => cluster.extend(objects),
        None => clusters.push(objects),
    }
}

#[cfg(test)]
mod tests {
    use manifest::Origin;
    use serde_json::json;

    use super::*;

    fn part(folder: &str, names: &[&str]) -> Part {
        let manifest = |name: &&str| {
            let value = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name } });
            Manifest::new(value, Origin::default()).expect("a manifest")
        };
        Part::new(folder.to_owned(), names.iter().map(manifest).collect())
    }

    #[test]
    fn overlays_of_one_application_are_clusters_of_their_own() {
        let found = clusters(vec![
            part("apps/production", &["web", "api"]),
            part("apps/staging", &["web", "api"]),
            part("infrastructure", &["gateway"]),
            part("nothing", &[]),
        ]);
        let names =
            |cluster: &Vec<WorldObject>| cluster.iter().map(|object| object.manifest.id().name).collect::<Vec<_>>();
        assert_eq!(found.iter().map(names).collect::<Vec<_>>(), [vec!["web", "api", "gateway"], vec!["web", "api"]]);
    }
}
