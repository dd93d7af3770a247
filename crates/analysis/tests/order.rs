//! Findings never depend on the order in which objects are given.

mod worlds;

use proptest::prelude::*;
use testkit::generated_mesh;

use worlds::{findings, manifest, of_markdown};

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
