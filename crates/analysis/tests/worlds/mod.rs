//! Worlds that tests analyse.

use std::sync::Arc;

use analysis::{Finding, Suppressions, analyze, rules};
use manifest::yaml::{Limits, Profile, read_manifests};
use manifest::{Manifest, Origin, Value};
use mesh::{World, WorldOptions};

/// An object.
pub(crate) fn manifest(value: Value) -> Arc<Manifest> {
    Arc::new(Manifest::new(value, Origin::default()).expect("a manifest"))
}

/// The world of some objects.
pub(crate) fn world(objects: impl IntoIterator<Item = Arc<Manifest>>) -> World {
    World::new(objects, WorldOptions::default())
}

/// What every rule finds in some objects, from scratch.
pub(crate) fn findings(objects: impl IntoIterator<Item = Arc<Manifest>>) -> Vec<Finding> {
    analyze(&world(objects), rules::all(), &Suppressions::default())
}

/// The objects of every rule's own tests, one list for each file: full of defects of the kind.
pub(crate) fn of_markdown() -> Vec<Vec<Arc<Manifest>>> {
    fn collect(folder: &std::path::Path, found: &mut Vec<Vec<Arc<Manifest>>>) {
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                collect(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a file");
            let mut objects = Vec::new();
            for block in text.split("```yaml").skip(1) {
                let yaml = block.split("```").next().unwrap_or_default();
                let yaml = yaml.split_once('\n').map_or("", |(_, yaml)| yaml);
                let read = read_manifests(yaml.as_bytes(), "test.yaml", Profile::Kubectl, &Limits::default());
                for manifest in read.unwrap_or_default() {
                    // Of two objects with one identity the later one counts, so their order does matter.
                    if objects.iter().all(|known: &Arc<Manifest>| known.id() != manifest.id()) {
                        objects.push(Arc::new(manifest));
                    }
                }
            }
            found.push(objects);
        }
    }
    let mut found = Vec::new();
    collect(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules"), &mut found);
    found
}
