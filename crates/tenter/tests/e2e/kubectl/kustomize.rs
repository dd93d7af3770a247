//! `tenter render kustomize` prints, byte for byte, what `kubectl kustomize` prints.

use std::path::Path;
use std::process::Command;

use super::program;
use crate::folders::{DEPLOYMENT, OVERLAY, folder};
use crate::process::{Outcome, run};
use crate::up::tenter;

/// What both make of the kustomization in `path`.
#[track_caller]
fn both(kubectl: &str, path: &Path, flags: &[&str]) -> (Outcome, Outcome) {
    let home = tempfile::tempdir().unwrap();
    let mut theirs = Command::new(kubectl);
    theirs.arg("kustomize").arg(path).args(flags);
    let mut ours = tenter(&home);
    ours.args(["render", "kustomize"]).arg(path).args(flags);
    (run(theirs, ""), run(ours, ""))
}

#[track_caller]
fn same(kubectl: &str, path: &Path, flags: &[&str]) -> String {
    let (theirs, ours) = both(kubectl, path, flags);
    let (theirs, ours) = (theirs.ok(), ours.ok());
    assert_eq!(ours, theirs);
    ours
}

#[test]
fn overlays_with_generators_patches_and_images() {
    let Some(kubectl) = program() else { return };
    let folder = folder(&OVERLAY);
    for path in ["overlays/production", "base"] {
        assert!(same(&kubectl, &folder.path().join(path), &[]).contains("kind: Deployment"));
    }
}

#[test]
fn plugins_in_files_components_replacements_and_links() {
    let Some(kubectl) = program() else { return };
    let folder = folder(&[
        (
            "app/kustomization.yaml",
            "resources: [linked]\ncomponents: [../component]\ngenerators: [generators]\ntransformers: [plugins.yaml]\nvalidators: []\nreplacements: [{path: replacement.yaml}]\nsortOptions: {order: fifo}\nbuildMetadata: [originAnnotations]\n",
        ),
        ("app/generators/kustomization.yaml", "resources: [secret.yaml]\n"),
        (
            "app/generators/secret.yaml",
            "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: login}\nenvs: [login.env]\n",
        ),
        ("app/login.env", "USER=ada\nPASSWORD=open-sesame\n"),
        (
            "app/plugins.yaml",
            "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: prefix}\nprefix: my-\nfieldSpecs: [{path: metadata/name}]\n---\napiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: patch}\npath: patch.yaml\ntarget: {kind: Deployment}\n",
        ),
        ("app/patch.yaml", "- {op: add, path: /spec/replicas, value: 2}\n"),
        (
            "app/replacement.yaml",
            "source: {kind: ConfigMap, name: flags, fieldPath: data.image}\ntargets: [{select: {kind: Deployment}, fieldPaths: [\"spec.template.spec.containers.[name=web].image\"], options: {delimiter: \":\", index: 1}}]\n",
        ),
        (
            "component/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [flags.yaml]\ncommonAnnotations: {note: \"yes\", count: \"012\"}\n",
        ),
        ("component/flags.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flags}\ndata: {image: 3.0.0}\n"),
        ("web/kustomization.yaml", "resources: [web.yaml]\n"),
        ("web/web.yaml", DEPLOYMENT),
    ]);
    std::os::unix::fs::symlink("../web", folder.path().join("app/linked")).unwrap();
    let printed = same(&kubectl, &folder.path().join("app"), &[]);
    assert!(printed.contains("image: registry.example.com/web:3.0.0"), "{printed}");
}

#[test]
fn duplicates_and_files_outside_of_the_folder() {
    let Some(kubectl) = program() else { return };
    let twice = DEPLOYMENT
        .replace("{containerPort: 80,", "{containerPort: 80, name: a, protocol: TCP}, {containerPort: 80, name: b,");
    let folder = folder(&[
        (
            "app/kustomization.yaml",
            "resources: [../web.yaml]\npatches: [{target: {kind: Deployment}, patch: \"{apiVersion: v1, kind: Any, metadata: {name: any, labels: {a: b}}}\"}]\n",
        ),
        ("web.yaml", &twice),
    ]);
    let path = folder.path().join("app");
    let printed = same(&kubectl, &path, &["--load-restrictor", "LoadRestrictionsNone"]);
    assert!(printed.contains("name: b") && !printed.contains("name: a\n"), "{printed}");
    let (theirs, ours) = both(&kubectl, &path, &[]);
    assert!(theirs.refused().contains("is not in or below"));
    assert!(ours.refused().contains("app/kustomization.yaml:1:13: "), "the place of the entry");
}

/// Which schemas count beside those of `openapi` depends on what the build met before it.
#[test]
fn schemas_of_ones_own() {
    let Some(kubectl) = program() else { return };
    let custom = DEPLOYMENT.replace("apps/v1", "example.com/v1").replace("kind: Deployment", "kind: Rollout");
    let patch = |object: &str| object.replace("name: web\n        image", "name: proxy\n        image");
    let schema = r##"{"definitions": {"com.example.v1.Rollout": {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {
            "template": {"$ref": "#/definitions/io.k8s.api.core.v1.PodTemplateSpec"}
        }}},
        "x-kubernetes-group-version-kind": [{"group": "example.com", "kind": "Rollout", "version": "v1"}]
    }}}"##;
    let folder = folder(&[
        (
            "root/kustomization.yaml",
            "resources: [../base]\nopenapi: {path: schema.json}\npatches: [{path: web.yaml}, {path: rollout.yaml}]\n",
        ),
        ("later/kustomization.yaml", "resources: [../base]\ncomponents: [../root/component]\n"),
        (
            "known/kustomization.yaml",
            "resources: [../base/web.yaml, ../root/component/schema]\npatches: [{path: web.yaml}]\n",
        ),
        ("known/web.yaml", &patch(DEPLOYMENT)),
        (
            "root/component/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nopenapi: {path: schema.json}\npatches: [{path: web.yaml}, {path: rollout.yaml}]\n",
        ),
        ("root/component/schema/kustomization.yaml", "resources: [a.yaml]\nopenapi: {path: schema.json}\n"),
        ("root/component/schema/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
        ("root/component/schema/schema.json", schema),
        ("root/component/schema.json", schema),
        ("root/component/web.yaml", &patch(DEPLOYMENT)),
        ("root/component/rollout.yaml", &patch(&custom)),
        ("root/schema.json", schema),
        ("root/web.yaml", &patch(DEPLOYMENT)),
        ("root/rollout.yaml", &patch(&custom)),
        ("base/kustomization.yaml", "resources: [web.yaml, rollout.yaml]\n"),
        ("base/web.yaml", DEPLOYMENT),
        ("base/rollout.yaml", &custom),
    ]);
    let proxies_and_webs = |path: &str| {
        let printed = same(&kubectl, &folder.path().join(path), &["--load-restrictor", "LoadRestrictionsNone"]);
        let containers = |name: &str| printed.matches(&format!("        name: {name}\n")).count();
        (containers("proxy"), containers("web"))
    };
    assert_eq!(proxies_and_webs("root"), (2, 0), "only the schema counts: lists are replaced");
    assert_eq!(proxies_and_webs("later"), (2, 2), "lists merge");
    assert_eq!(proxies_and_webs("known"), (1, 0), "a Deployment alone needs no schema");
}
