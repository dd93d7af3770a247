//! Building kustomizations. The input is a tree as text: `## path` begins a file.

use manifest::tree::normalise;
use manifest::{ObjectId, Tree};
use render::kustomize::{Options, Overlay, build};

use crate::{Law, text};

/// Any tree is built or refused: objects have names, and every problem has a place.
pub const BUILD: Law = Law {
    name: "kustomize_build",
    check: builds,
    seeds: &[
        "## kustomization.yaml\nresources: [a.yaml, b]\nnamePrefix: p-\nnamespace: n\nimages: [{name: x, newTag: '2'}]\nlabels: [{pairs: {a: b}, includeSelectors: true}]\nconfigMapGenerator: [{name: c, literals: [a=1]}]\npatches:\n- patch: '[{op: replace, path: /spec/replicas, value: 3}]'\n  target: {kind: Deployment, labelSelector: 'a in (b, c),!d'}\nreplicas: [{name: d, count: 2}]\n## a.yaml\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, labels: {a: b}}, spec: {replicas: 1, template: {spec: {containers: [{name: c, image: x:1, envFrom: [{configMapRef: {name: c}}]}]}}}}\n## b/kustomization.yaml\nnameSuffix: -s\nresources: [s.yaml]\n## b/s.yaml\n{apiVersion: v1, kind: Service, metadata: {name: s}}\n",
        "## kustomization.yaml\nresources: [a.yaml]\ncomponents: [c]\nreplacements:\n- source: {kind: Service, fieldPath: metadata.name}\n  targets: [{select: {kind: Service}, fieldPaths: ['spec.ports.[name=x].name'], options: {delimiter: '-', index: 1, create: true}}]\nvars: [{name: V, objref: {apiVersion: v1, kind: Service, name: a}}]\nsortOptions: {order: fifo}\ngeneratorOptions: {disableNameSuffixHash: true}\n## c/kustomization.yaml\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {a: $(V)}\nsecretGenerator: [{name: s, files: [k=f.txt], type: Opaque}]\n## c/f.txt\nx\n## a.yaml\n{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{name: x, port: 1}]}}\n",
        "## kustomization.yaml\ntransformers: [t.yaml]\ngenerators: [g.yaml]\nconfigurations: [f.yaml]\ncrds: [d.json]\nopenapi: {path: o.json}\n## t.yaml\n{apiVersion: builtin, kind: PrefixTransformer, metadata: {name: x}, prefix: p-, fieldSpecs: [{path: metadata/name}]}\n## g.yaml\n{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, literals: [a=b]}\n## f.yaml\nnameReference: [{kind: Own, fieldSpecs: [{path: 'spec/refs[]/name', kind: Other}]}]\n## d.json\n{}\n## o.json\n{\"definitions\": {}}\n",
    ],
};

fn builds(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let files = text.split("## ").skip(1).filter_map(|file| file.split_once('\n'));
    // As a tree demands of its paths.
    let files = files.filter(|(path, _)| !path.is_empty() && normalise(path).as_deref() == Some(path));
    let tree = Tree::from_texts(files);
    let flux = Options::flux(Overlay { target_namespace: Some("flux".to_owned()), ..Overlay::default() });
    for options in [Options::default(), flux] {
        match build(&tree, "", &options) {
            Ok(manifests) => {
                for manifest in manifests {
                    assert!(ObjectId::of(&manifest.value).is_some(), "no object: {}", manifest.value);
                }
            }
            Err(problems) => {
                assert!(!problems.is_empty());
                for problem in problems {
                    // A root without a kustomization.yaml has no place to point at, and a hint instead.
                    assert!(problem.location.is_some() || problem.hint.is_some(), "no place: {problem}");
                }
            }
        }
    }
}
