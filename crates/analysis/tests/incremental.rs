//! An analysis that remembers finds what one finds that begins anew, whatever changed in between.

mod worlds;

use std::sync::Arc;

use analysis::{Analysis, Finding, Suppressions, rules};
use manifest::{Manifest, Value};
use proptest::prelude::*;
use proptest::sample::Index;
use testkit::generated_mesh;

use worlds::{findings, manifest, of_markdown, world};

type Objects = Vec<Arc<Manifest>>;

fn run(analysis: &mut Analysis, objects: &[Arc<Manifest>]) -> Vec<Finding> {
    analysis.run(&world(objects.iter().cloned()), rules::all(), &Suppressions::default())
}

/// The same object, but another one in memory.
fn anew(object: &Arc<Manifest>) -> Arc<Manifest> {
    Arc::new(Manifest::clone(object))
}

fn without(objects: &[Arc<Manifest>], position: usize) -> Objects {
    let mut without = objects.to_vec();
    without.remove(position);
    without
}

#[test]
fn the_objects_of_every_rules_own_tests_can_come_and_go() {
    for objects in of_markdown() {
        let every_second = |first: usize| objects.iter().skip(first).step_by(2).cloned().collect::<Objects>();
        let renewed: Objects = objects.iter().map(anew).collect();
        let mut analysis = Analysis::default();
        for some in [every_second(0), every_second(1), renewed] {
            assert_eq!(run(&mut analysis, &some), findings(some));
        }
    }
}

#[test]
fn one_object_of_every_kind_of_a_generated_mesh_can_come_and_go() {
    let objects: Objects = generated_mesh::objects(300).into_iter().map(manifest).collect();
    let mut analysis = Analysis::default();
    run(&mut analysis, &objects);
    let mut kinds: Vec<&Value> = Vec::new();
    for (position, object) in objects.iter().enumerate() {
        let kind = &object.value["kind"];
        if !kinds.contains(&kind) {
            let fewer = without(&objects, position);
            assert_eq!(run(&mut analysis, &fewer), findings(fewer.iter().cloned()), "without {kind} at {position}");
            kinds.push(kind);
        }
    }
    assert_eq!(run(&mut analysis, &objects), findings(objects), "with all of them again");
}

#[test]
fn an_analysis_without_objects_forgets_what_it_knew() {
    let mut analysis = Analysis::default();
    for objects in of_markdown().into_iter().step_by(7) {
        // Each time at other addresses or at those of objects that are gone.
        let renewed: Objects = objects.iter().map(anew).collect();
        assert_eq!(run(&mut analysis, &renewed), findings(objects));
        assert_eq!(run(&mut analysis, &[]), Vec::new());
    }
}

/// A change of some objects.
#[derive(Debug, Clone)]
enum Change {
    /// One goes.
    Gone(Index),
    /// One comes, and takes the place of one with its identity.
    New(Index),
    /// One is another one in memory, and the same.
    Same(Index),
    /// One gets what another of its kind declares, labels and annotations too.
    Other(Index, Index),
    /// One moves into the namespace of another.
    Moved(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        2 => index().prop_map(Change::Gone),
        3 => index().prop_map(Change::New),
        1 => index().prop_map(Change::Same),
        3 => (index(), index()).prop_map(|(one, other)| Change::Other(one, other)),
        2 => (index(), index()).prop_map(|(one, other)| Change::Moved(one, other)),
    ]
}

impl Change {
    /// Does this to `objects`; `all` are those that may come.
    fn apply(&self, objects: &mut Objects, all: &[Arc<Manifest>]) {
        if let Change::New(new) = self {
            objects.push(anew(new.get(all)));
            return;
        }
        if objects.is_empty() {
            return;
        }
        match self {
            Change::New(_) => {}
            Change::Gone(gone) => drop(objects.remove(gone.index(objects.len()))),
            Change::Same(same) => {
                let position = same.index(objects.len());
                objects[position] = anew(&objects[position]);
            }
            Change::Other(one, other) => {
                let position = one.index(objects.len());
                let mut value = objects[position].value.clone();
                let alike: Vec<_> = all.iter().filter(|found| found.value["kind"] == value["kind"]).collect();
                if !alike.is_empty() {
                    let other = &other.get(&alike).value;
                    for member in ["spec", "data"] {
                        if let Some(declared) = other.get(member) {
                            value[member] = declared.clone();
                        }
                    }
                    for member in ["labels", "annotations"] {
                        value["metadata"][member] =
                            other["metadata"].get(member).cloned().unwrap_or_else(|| Value::Object(Default::default()));
                    }
                    objects[position] = manifest(value);
                }
            }
            Change::Moved(one, other) => {
                let position = one.index(objects.len());
                let mut value = objects[position].value.clone();
                if let Some(namespace) = other.get(objects).value["metadata"].get("namespace") {
                    value["metadata"]["namespace"] = namespace.clone();
                    objects[position] = manifest(value);
                }
            }
        }
    }
}

/// The objects of some rules' own tests together, and what may come besides: their own, and those of others.
fn pools() -> impl Strategy<Value = (Objects, Objects)> {
    let files = of_markdown();
    let some = proptest::sample::subsequence(files.clone(), 2..12);
    (some, proptest::sample::subsequence(files, 1..6)).prop_map(|(some, more)| {
        let objects = some.concat();
        let all = [objects.clone(), more.concat()].concat();
        (objects, all)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_changes_is_found_as_if_all_were_new(
        (mut objects, all) in pools(),
        steps in proptest::collection::vec(proptest::collection::vec(change(), 1..4), 1..8),
    ) {
        let mut analysis = Analysis::default();
        prop_assert_eq!(run(&mut analysis, &objects), findings(objects.iter().cloned()));
        for changes in steps {
            changes.iter().for_each(|change| change.apply(&mut objects, &all));
            prop_assert_eq!(run(&mut analysis, &objects), findings(objects.iter().cloned()), "after {:?}", changes);
        }
    }

    #[test]
    fn whatever_changes_in_a_mesh_is_found_as_if_all_were_new(
        steps in proptest::collection::vec(proptest::collection::vec(change(), 1..3), 1..5),
    ) {
        let mut objects: Objects = generated_mesh::objects(160).into_iter().map(manifest).collect();
        let all: Objects = generated_mesh::objects(320).into_iter().map(manifest).collect();
        let mut analysis = Analysis::default();
        run(&mut analysis, &objects);
        for changes in steps {
            changes.iter().for_each(|change| change.apply(&mut objects, &all));
            prop_assert_eq!(run(&mut analysis, &objects), findings(objects.iter().cloned()), "after {:?}", changes);
        }
    }
}
