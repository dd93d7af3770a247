//! Findings never depend on the order in which objects are given.

use std::sync::Arc;

use analysis::{Analysis, Finding, Suppressions, analyze, rules};
use manifest::yaml::{Limits, Profile, read_manifests};
use manifest::{Manifest, Origin, Value};
use mesh::{World, WorldOptions};
use proptest::prelude::*;
use testkit::generated_mesh;

fn manifest(value: Value) -> Arc<Manifest> {
    Arc::new(Manifest::new(value, Origin::default()).expect("a manifest"))
}

fn world(objects: impl IntoIterator<Item = Arc<Manifest>>) -> World {
    World::new(objects, WorldOptions::default())
}

fn findings(objects: impl IntoIterator<Item = Arc<Manifest>>) -> Vec<Finding> {
    analyze(&world(objects), rules::all(), &Suppressions::default())
}

/// The objects of every rule's own tests, one list for each file: full of defects of the kind.
fn of_markdown() -> Vec<Vec<Arc<Manifest>>> {
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

#[test]
fn a_generated_mesh_in_any_order_gives_the_same_findings() {
    let expected = findings(generated_mesh::objects(600).into_iter().map(manifest));
    assert!(!expected.is_empty(), "the generated mesh has mistakes");
    for seed in [1, 42, 4711] {
        let shuffled = findings(generated_mesh::shuffled(600, seed).into_iter().map(manifest));
        assert_eq!(shuffled, expected, "seed {seed}");
    }
}

#[test]
fn the_defects_of_every_rule_in_the_other_order_give_the_same_findings() {
    for objects in of_markdown() {
        let expected = findings(objects.iter().cloned());
        assert_eq!(findings(objects.into_iter().rev()), expected);
    }
}

#[test]
fn what_changes_by_one_object_is_found_as_if_all_were_new() {
    let objects: Vec<Arc<Manifest>> = generated_mesh::objects(300).into_iter().map(manifest).collect();
    let mut analysis = Analysis::default();
    let mut run = |objects: &[Arc<Manifest>]| {
        analysis.run(&world(objects.iter().cloned()), rules::all(), &Suppressions::default())
    };
    run(&objects);
    // One object of every kind, so that every rule is asked to look again for its own reasons.
    let mut kinds: Vec<String> = Vec::new();
    for position in 0..objects.len() {
        let kind = objects[position].value["kind"].to_string();
        if !kinds.contains(&kind) {
            let mut without = objects.clone();
            without.remove(position);
            assert_eq!(run(&without), findings(without.iter().cloned()), "without {kind} at {position}");
            kinds.push(kind);
        }
    }
    assert_eq!(run(&objects), findings(objects.iter().cloned()), "with all of them again");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn defects_in_any_order_give_the_same_findings(
        (objects, shuffled) in proptest::sample::select(of_markdown())
            .prop_flat_map(|objects| (Just(objects.clone()), Just(objects).prop_shuffle())),
    ) {
        prop_assert_eq!(findings(shuffled), findings(objects));
    }
}
