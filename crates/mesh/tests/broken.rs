//! Half-broken worlds: whatever stands where it should not, a decision is made, without a crash and without an end of patience.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifest::yaml::{Limits, Profile, read_manifests};
use manifest::{Manifest, Value};
use mesh::testing::{Suite, run, suites};
use mesh::{World, WorldOptions};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

/// Every suite of the table of decisions.
fn all_suites() -> Vec<Suite> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<PathBuf> = ["route", "access", "transport"]
        .iter()
        .flat_map(|kind| std::fs::read_dir(root.join(kind)).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let read = |file: PathBuf| {
        let text = std::fs::read(&file).expect("a file");
        let manifests = read_manifests(&text, "cases.yaml", Profile::Kubectl, &Limits::default()).expect("manifests");
        suites(manifests).expect("suites")
    };
    files.into_iter().flat_map(read).collect()
}

/// What nobody expects anywhere.
fn oddities() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(65536),
        json!(1e300),
        json!(""),
        json!("*"),
        json!("**"),
        json!("/"),
        json!("."),
        json!("💥.ü"),
        json!("(((a{1000}){1000}){1000}"),
        json!("10.0.0.0/99"),
        json!("{**}/{*}/{**}"),
        json!([]),
        json!([[], {}, null, "x"]),
        json!({}),
        json!({ "": { "": "" } }),
    ]
}

/// The pointers of an object's values below what makes it an object.
fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                if !(pointer.is_empty() && matches!(name.as_str(), "apiVersion" | "kind" | "metadata")) {
                    found.push(format!("{pointer}/{name}"));
                    places(value, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), found);
                }
            }
        }
        Value::Array(items) => {
            for (position, value) in items.iter().enumerate() {
                found.push(format!("{pointer}/{position}"));
                places(value, &format!("{pointer}/{position}"), found);
            }
        }
        _ => {}
    }
}

fn broken(objects: &[Arc<Manifest>], changes: &[(Index, Index, Value)]) -> Vec<Arc<Manifest>> {
    let mut objects: Vec<Manifest> = objects.iter().map(|object| (**object).clone()).collect();
    for (object, place, oddity) in changes {
        let object = object.index(objects.len());
        let mut found = Vec::new();
        places(&objects[object].value, "", &mut found);
        if !found.is_empty() {
            let place = &found[place.index(found.len())];
            if let Some(value) = objects[object].value.pointer_mut(place) {
                *value = oddity.clone();
            }
        }
    }
    objects.into_iter().map(Arc::new).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_broken_world_is_still_decided_about(
        suite in select(all_suites()),
        changes in prop::collection::vec((any::<Index>(), any::<Index>(), select(oddities())), 1..12),
    ) {
        let objects = broken(&suite.objects, &changes);
        let suite = Suite { objects, ..suite };
        let (results, coverage) = run(&suite, &[], &WorldOptions::default());
        prop_assert_eq!(results.len(), suite.cases.len());
        prop_assert!(coverage.exercised() <= coverage.rules());
        let world = World::new(suite.objects.iter().cloned(), WorldOptions::default());
        prop_assert!(world.services().all(|service| service.ports().count() <= service.resource().list(&["spec", "ports"]).count()));
    }
}

#[test]
fn a_policy_of_a_thousand_rules_is_read_to_its_end() {
    let rules: Vec<Value> =
        (0..1000).map(|number| json!({ "to": [{ "operation": { "paths": [format!("/only/{number}")] } }] })).collect();
    let object = |value: Value| Arc::new(Manifest::new(value, manifest::Origin::default()).expect("a manifest"));
    let world = World::new(
        [
            object(json!({ "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
                "metadata": { "name": "many", "namespace": "shop" }, "spec": { "rules": rules } })),
            object(json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "db", "namespace": "shop" } })),
        ],
        WorldOptions::default(),
    );
    let target = world.workloads().next().expect("a workload");
    let request = mesh::Request::get("http://db:80/only/999").expect("a request");
    let peer = mesh::access::Peer { workload: Some(target), ..Default::default() };
    let external = mesh::access::ExternalAnswer::Allows;
    let question = mesh::access::AccessQuestion { peer: &peer, target, port: 80, request: &request, external };
    let decision = world.access(question);
    assert_eq!(decision.matched.map(|matched| matched.rule).as_deref(), Some("rules[999]"));
}
