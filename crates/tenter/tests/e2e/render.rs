//! `tenter render`, without a cluster.

use std::path::Path;

use expect_test::expect;
use tempfile::TempDir;

use crate::folders::{OVERLAY, folder};
use crate::process::{Outcome, run};
use crate::up::tenter;

/// `tenter render kustomize` with these arguments, run in `folder`.
#[track_caller]
fn kustomize(folder: &Path, arguments: &[&str]) -> Outcome {
    let home: TempDir = tempfile::tempdir().unwrap();
    let mut command = tenter(&home);
    command.current_dir(folder).args(["render", "kustomize"]).args(arguments);
    run(command, "")
}

#[test]
fn charts_are_rendered_where_that_is_asked_for() {
    let folder = folder(&[
        (
            "overlay/kustomization.yaml",
            "namePrefix: p-\nhelmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: web, releaseName: shop, namespace: shop, valuesInline: {replicas: 3}}]\n",
        ),
        ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("charts/web/values.yaml", "replicas: 1\nname: web\n"),
        ("charts/web/templates/_names.tpl", "{{ define \"name\" }}{{ .Release.Name }}-{{ .Values.name }}{{ end }}"),
        (
            "charts/web/templates/cm.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ include \"name\" . }}, namespace: {{ .Release.Namespace }}}\ndata: {replicas: {{ .Values.replicas | quote }}, kube: {{ .Capabilities.KubeVersion }}}\n",
        ),
    ]);
    let printed = kustomize(folder.path(), &["overlay", "--enable-helm", "--helm-kube-version", "1.30"]).ok();
    expect![[r#"
        apiVersion: v1
        data:
          kube: v1.30
          replicas: "3"
        kind: ConfigMap
        metadata:
          name: p-shop-web
          namespace: shop
    "#]]
    .assert_eq(&printed);
    let refused = kustomize(folder.path(), &["overlay"]).refused();
    expect![[r#"
        error: overlay/kustomization.yaml:3:14: charts are not rendered here unless asked for
        hint: Allow it: `tenter render kustomize` does with --enable-helm, `tenter up` and `tenter run` with --remote-bases; or use a HelmRelease, or commit what `helm template` prints.
    "#]].assert_eq(&refused);
}

#[test]
fn an_overlay_reaches_its_base_and_is_printed_in_kustomizes_order() {
    let folder = folder(&OVERLAY);
    let printed = kustomize(folder.path(), &["overlays/production"]).ok();
    expect![[r#"
        apiVersion: v1
        kind: Namespace
        metadata:
          labels:
            tier: front
          name: shop
        ---
        apiVersion: v1
        data:
          MODE: fast
          motd: |
            Come in,
            we are open: "yes"
        kind: ConfigMap
        metadata:
          labels:
            tier: front
          name: prod-settings-592mfdkgdm
          namespace: shop
        ---
        apiVersion: v1
        data:
          PASSWORD: b3Blbi1zZXNhbWU=
        kind: Secret
        metadata:
          labels:
            tier: front
          name: prod-login-gf544ftd9f
          namespace: shop
        type: Opaque
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          labels:
            tier: front
          name: prod-web
          namespace: shop
        spec:
          replicas: 3
          selector:
            matchLabels:
              app: web
              tier: front
          template:
            metadata:
              labels:
                app: web
                tier: front
            spec:
              containers:
              - envFrom:
                - configMapRef:
                    name: prod-settings-592mfdkgdm
                - secretRef:
                    name: prod-login-gf544ftd9f
                image: registry.example.com/web:1.2.0
                name: web
                ports:
                - containerPort: 80
                  protocol: TCP
                resources:
                  limits:
                    memory: 64Mi
              - image: registry.example.com/proxy:2
                name: proxy
    "#]]
    .assert_eq(&printed);
    assert_eq!(
        kustomize(&folder.path().join("overlays/production"), &[]).ok(),
        printed,
        "the folder is `.` by default"
    );
    let json = kustomize(folder.path(), &["overlays/production", "-o", "json"]).ok();
    let json: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let kinds = |objects: &[serde_json::Value]| objects.iter().map(|object| object["kind"].clone()).collect::<Vec<_>>();
    assert_eq!(kinds(&json), ["Namespace", "ConfigMap", "Secret", "Deployment"]);
    let unordered = kustomize(folder.path(), &["overlays/production", "-o", "json", "--reorder", "none"]).ok();
    assert_eq!(
        kinds(&serde_json::from_str::<Vec<serde_json::Value>>(&unordered).unwrap()),
        ["Deployment", "Namespace", "ConfigMap", "Secret"]
    );
}

#[test]
fn objects_are_written_to_one_file_or_to_one_each() {
    let folder = folder(&OVERLAY);
    let at = |path: &str| folder.path().join(path);
    let printed = kustomize(folder.path(), &["overlays/production"]).ok();
    let silent = kustomize(folder.path(), &["overlays/production", "--output-path", "all.yaml"]).ok();
    assert_eq!(silent, "");
    assert_eq!(std::fs::read_to_string(at("all.yaml")).unwrap(), printed);

    std::fs::create_dir(at("out")).unwrap();
    assert_eq!(kustomize(folder.path(), &["overlays/production", "--output-path", "out"]).ok(), "");
    let mut files: Vec<(String, String)> = std::fs::read_dir(at("out"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect();
    files.sort();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    expect![[r#"
        apps_v1_deployment_prod-web.yaml
        v1_configmap_prod-settings-592mfdkgdm.yaml
        v1_namespace_shop.yaml
        v1_secret_prod-login-gf544ftd9f.yaml"#]]
    .assert_eq(&names.join("\n"));
    assert!(files.iter().all(|(_, text)| printed.contains(text)), "{files:?}");

    let refused = kustomize(folder.path(), &["overlays/production", "--output-path", "no/such/folder.yaml"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.refused().starts_with("error: cannot write no/such/folder.yaml: "));
}

#[test]
fn what_cannot_be_built_is_named_by_its_path_from_here() {
    let broken = folder(&[
        ("base/kustomization.yaml", "resources: [gone.yaml, web.yaml]\nnamePrefx: a-\n"),
        ("base/web.yaml", "kind: [\n"),
        ("overlay/kustomization.yaml", "resources: [../base]\n"),
        ("deep/missing/kustomization.yaml", "resources: [../../nowhere, one.yaml]\n"),
        ("outside/kustomization.yaml", "configMapGenerator: [{name: a, files: [../base/web.yaml]}]\n"),
        ("remote/kustomization.yaml", "resources: [\"https://example.com/base?ref=v1\"]\n"),
    ]);
    let said = |arguments: &[&str]| {
        let outcome = kustomize(broken.path(), arguments);
        assert_eq!(outcome.code, Some(2), "{outcome:#?}");
        assert_eq!(outcome.stdout, "");
        outcome.stderr
    };
    let all: String = ["overlay", "deep/missing", "outside", "remote", "nothing", "base/web.yaml"]
        .map(|folder| said(&[folder]))
        .concat();
    expect![[r#"
        error: base/kustomization.yaml:2:1: unknown field `namePrefx`
        hint: Did you mean `namePrefix`?
        error: deep/missing/kustomization.yaml:1:13: `../../nowhere`: no such file or folder; looked for `nowhere`
        deep/missing/kustomization.yaml:1:28: `one.yaml`: no such file or folder; looked for `deep/missing/one.yaml`
        hint: Check the spelling, and whether an ignore rule leaves the file out.
        error: outside/kustomization.yaml:1:22: `../base/web.yaml` is not in or below `outside`, the folder of the kustomization
        hint: Move the file into the folder, or make its folder a kustomization and refer to that.
        error: remote/kustomization.yaml:1:13: `https://example.com/base?ref=v1`: remote bases are off
        hint: Copy it into the repository, or allow it with --remote-bases.
        error: cannot read nothing: No such file or directory (os error 2)
        hint: check the path and its permissions
        error: base/web.yaml is a file; name the folder that it is in
        hint: see `tenter help` and the examples in each command's --help
    "#]].assert_eq(&all);
    expect![[r#"
        error: --enable-alpha-plugins: no program or container is ever run for a build; kustomize's built-in plugins work without it
        hint: see `tenter help` and the examples in each command's --help
    "#]].assert_eq(&said(&["overlay", "--enable-alpha-plugins"]));
    let from_below = kustomize(&broken.path().join("overlay"), &[]).refused();
    assert!(from_below.starts_with("error: ../base/kustomization.yaml:2:1: "), "{from_below}");
    let unrestricted = kustomize(broken.path(), &["outside", "--load-restrictor", "LoadRestrictionsNone"]).ok();
    assert!(unrestricted.contains("web.yaml: |"), "{unrestricted}");
}
