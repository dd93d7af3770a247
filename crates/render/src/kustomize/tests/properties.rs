use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::{Options, Reorder, build};
use super::tree;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a kustomization file says, the answer is objects or diagnostics with a place.
    #[test]
    fn any_kustomization_is_answered(text in "[a-zA-Z]{1,12}: ?[-\\[\\]{}a-z0-9$./*'\" \n:]{0,60}") {
        let files = format!("## kustomization.yaml\nresources: [a.yaml]\n{text}\n## a.yaml\n{{apiVersion: v1, kind: Pod, metadata: {{name: a}}}}\n");
        if let Err(diagnostics) = build(&tree(&files), "", &Options::default()) {
            prop_assert!(diagnostics.iter().all(|diagnostic| diagnostic.location.is_some()), "{diagnostics:?}");
        }
    }

    /// The order of resources decides the order of objects and nothing else, and the legacy order not even that.
    #[test]
    fn the_order_of_resources_is_only_an_order(names in proptest::collection::btree_set("[a-z]{1,6}", 1..8)) {
        let files = |names: &[&String]| {
            let list: String = names.iter().map(|name| format!("- {name}.yaml\n")).collect();
            let objects: String = names
                .iter()
                .map(|name| format!("## {name}.yaml\n{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}}}\n"))
                .collect();
            format!("## kustomization.yaml\nnamePrefix: p-\nresources:\n{list}{objects}")
        };
        let forwards: Vec<&String> = names.iter().collect();
        let backwards: Vec<&String> = names.iter().rev().collect();
        let built = |names: &[&String], reorder: Reorder| {
            let options = Options { reorder, ..Options::default() };
            let manifests = build(&tree(&files(names)), "", &options).expect("it builds");
            manifests.iter().map(|manifest| manifest.id().name).collect::<Vec<_>>()
        };
        prop_assert_eq!(built(&forwards, Reorder::Legacy), built(&backwards, Reorder::Legacy));
        let mut reversed = built(&backwards, Reorder::Unchanged);
        reversed.reverse();
        prop_assert_eq!(built(&forwards, Reorder::Unchanged), reversed.clone());
        prop_assert_eq!(reversed.into_iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
