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

/// Small files of a kustomization that refer to each other, and to what is not there.
fn file() -> impl Strategy<Value = (String, String)> {
    let path = prop::sample::select(vec!["kustomization.yaml", "a.yaml", "b/kustomization.yaml", "b/a.yaml", "c", "b"]);
    let line = prop::sample::select(vec![
        "resources: [a.yaml, b]",
        "resources: [b/a.yaml, ../b, .., '', /a, github.com/x/y, 'https://x/y.yaml']",
        "kind: Component",
        "components: [b]",
        "namespace: n",
        "namePrefix: p-",
        "labels: [{pairs: {a: b}, includeSelectors: true}]",
        "configMapGenerator: [{name: g, files: [c], literals: [a=b]}]",
        "patches: [{path: a.yaml}, {patch: '[{op: add, path: /x/-, value: 1}]', target: {kind: .*}}]",
        "replacements: [{source: {kind: Pod, fieldPath: metadata.name}, targets: [{select: {}, fieldPaths: ['a.[b=c].*.0', '-'], options: {create: true, delimiter: x}}]}]",
        "vars: [{name: V, objref: {kind: Pod, apiVersion: v1, name: a}}]",
        "transformers: [a.yaml, b]",
        "generators: ['{apiVersion: builtin, kind: IAMPolicyGenerator, metadata: {name: x}}']",
        "helmCharts: [{name: b}]",
        "openapi: {path: a.yaml}",
        "crds: [a.yaml]",
        "configurations: [b/a.yaml]",
        "sortOptions: {order: legacy}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {a: 010}}, a: [{b: c}], x: [~]}",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name:\n",
        "---",
        "\u{feff}a: &x [*x]",
    ]);
    (path, prop::collection::vec(line, 0..4)).prop_map(|(path, lines)| (path.to_owned(), lines.join("\n")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever a tree holds, a build ends with an answer, and with the same one every time.
    #[test]
    fn any_tree_is_answered(files in prop::collection::vec(file(), 1..6)) {
        let tree = manifest::Tree::from_texts(files);
        let options = Options::default();
        prop_assert_eq!(build(&tree, "", &options), build(&tree, "", &options));
        let flux = Options::flux(super::super::Overlay::default());
        drop(build(&tree, "b", &flux));
    }
}
