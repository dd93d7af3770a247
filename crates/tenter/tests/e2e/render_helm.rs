//! `tenter render helm`, without a cluster.

use std::path::Path;

use expect_test::expect;
use tempfile::TempDir;

use crate::folders::folder;
use crate::process::{Outcome, run};
use crate::up::tenter;

const CHART: [(&str, &str); 10] = [
    (
        "web/Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: \"2.0\"\ndependencies:\n- {name: cache, version: 0.1.0, condition: cache.enabled}\n",
    ),
    ("web/values.yaml", "replicas: 1\nmotd: hello\ncache: {enabled: false}\n"),
    ("web/templates/_names.tpl", "{{ define \"web.name\" }}{{ .Release.Name }}-web{{ end }}\n"),
    (
        "web/templates/all.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ include \"web.name\" . }}\n  namespace: {{ .Release.Namespace }}\nspec:\n  replicas: {{ .Values.replicas }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include \"web.name\" . }}\ndata:\n  motd: {{ .Values.motd | quote }}\n  upgrade: {{ .Release.IsUpgrade | quote }}\n  kubernetes: {{ .Capabilities.KubeVersion.Version }}\n  widgets: {{ .Capabilities.APIVersions.Has \"example.com/v1\" | quote }}\n",
    ),
    (
        "web/templates/tests/ping.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: ping\n  annotations:\n    helm.sh/hook: test\n",
    ),
    ("web/templates/NOTES.txt", "Open the page.\n"),
    (
        "web/crds/widget.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\n",
    ),
    ("web/charts/cache/Chart.yaml", "apiVersion: v2\nname: cache\nversion: 0.1.0\n"),
    (
        "web/charts/cache/templates/service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}-cache\n  labels: {size: {{ .Values.size | default \"small\" | quote }}}\n",
    ),
    ("prod.yaml", "replicas: 3\ncache: {enabled: true, size: large}\n"),
];

/// `tenter render helm` with these arguments, run in `folder`.
#[track_caller]
fn helm(folder: &Path, arguments: &[&str]) -> Outcome {
    let home: TempDir = tempfile::tempdir().unwrap();
    let mut command = tenter(&home);
    command.current_dir(folder).args(["render", "helm"]).args(arguments);
    run(command, "")
}

#[test]
fn a_chart_is_printed_as_helm_prints_it() {
    let folder = folder(&CHART);
    expect![[r#"
        ---
        # Source: web/templates/all.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: shop-web
        data:
          motd: "hi"
          upgrade: "false"
          kubernetes: v1.36.0
          widgets: "false"

        ---
        # Source: web/charts/cache/templates/service.yaml
        apiVersion: v1
        kind: Service
        metadata:
          name: shop-cache
          labels: {size: "large"}

        ---
        # Source: web/templates/all.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: shop-web
          namespace: default
        spec:
          replicas: 2
        ---
        # Source: web/templates/tests/ping.yaml
        apiVersion: v1
        kind: Pod
        metadata:
          name: ping
          annotations:
            helm.sh/hook: test

    "#]]
    .assert_eq(&helm(folder.path(), &["shop", "web", "-f", "prod.yaml", "--set", "motd=hi,replicas=2"]).ok());
    let old = helm(folder.path(), &["web", "--helm-version", "3", "--no-hooks"]).ok();
    expect![[r#"
        ---
        # Source: web/templates/all.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: release-name-web
        data:
          motd: "hello"
          upgrade: "false"
          kubernetes: v1.36.0
          widgets: "false"
        ---
        # Source: web/templates/all.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: release-name-web
          namespace: default
        spec:
          replicas: 1
    "#]]
    .assert_eq(&old);
}

#[test]
fn arguments_reach_templates() {
    let folder = folder(&CHART);
    let arguments = [
        "web",
        // As with helm, the last of a flag given twice counts.
        "-n",
        "back",
        "-n",
        "front",
        "--kube-version",
        "1.29.1",
        "-a",
        "example.com/v1,x/v1",
        "--is-upgrade",
        "--name-template",
        "{{ \"A\" | lower }}",
        "--set-string",
        "motd=1",
        "--show-only",
        "templates/all*",
        "-o",
        "json",
    ];
    let json: serde_json::Value = serde_json::from_str(&helm(folder.path(), &arguments).ok()).unwrap();
    expect![[r#"
        [
          {
            "apiVersion": "v1",
            "data": {
              "kubernetes": "v1.29.1",
              "motd": "1",
              "upgrade": "true",
              "widgets": "true"
            },
            "kind": "ConfigMap",
            "metadata": {
              "name": "a-web"
            }
          },
          {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
              "name": "a-web",
              "namespace": "front"
            },
            "spec": {
              "replicas": 1
            }
          }
        ]"#]]
    .assert_eq(&format!("{json:#}"));
    let yaml = helm(folder.path(), &["web", "--skip-tests", "--include-crds", "-o", "yaml"]).ok();
    let kinds: Vec<&str> = yaml.lines().filter_map(|line| line.strip_prefix("kind: ")).collect();
    assert_eq!(kinds, ["CustomResourceDefinition", "ConfigMap", "Deployment"]);
}

#[test]
fn templates_are_written_to_a_folder() {
    let folder = folder(&CHART);
    let said = helm(folder.path(), &["shop", "web", "--include-crds", "--output-dir", "out", "--release-name"]).ok();
    expect![[r#"
        wrote out/web/crds/widget.yaml
        wrote out/shop/web/templates/all.yaml
        wrote out/shop/web/templates/all.yaml
        wrote out/shop/web/templates/tests/ping.yaml

    "#]]
    .assert_eq(&said);
    let all = std::fs::read_to_string(folder.path().join("out/shop/web/templates/all.yaml")).unwrap();
    assert_eq!(all.matches("# Source: web/templates/all.yaml").count(), 2, "{all}");
    let again = helm(folder.path(), &["shop", "web", "--output-dir", "out", "--release-name"]).ok();
    assert!(!again.is_empty());
    assert_eq!(std::fs::read_to_string(folder.path().join("out/shop/web/templates/all.yaml")).unwrap(), all);
}

#[test]
fn what_cannot_be_rendered_is_refused_with_a_hint() {
    let mut files: Vec<(&str, &str)> = CHART.to_vec();
    files.extend([
        ("bad.yaml", "replicas: [\n"),
        ("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n"),
        ("strict/Chart.yaml", "apiVersion: v2\nname: strict\nversion: 1.0.0\n"),
        ("strict/values.schema.json", "{\"required\": [\"host\", \"port\"]}"),
        ("strict/templates/a.yaml", "a: {{ required \"give a port\" .Values.port }}\n"),
        ("broken/Chart.yaml", "apiVersion: v2\nname: broken\nversion: 1.0.0\n"),
        ("broken/templates/a.yaml", "a: {{ .Values.image.tag }}\n"),
        ("broken/templates/b.yaml", "kind: B\n"),
        ("text/Chart.yaml", "apiVersion: v2\nname: text\nversion: 1.0.0\n"),
        ("text/templates/a.yaml", "a: b\nnot yaml\n"),
    ]);
    let folder = folder(&files);
    let said = |arguments: &[&str]| {
        let outcome = helm(folder.path(), arguments);
        assert_eq!(outcome.code, Some(2), "{outcome:#?}");
        assert_eq!(outcome.stdout, "");
        outcome.stderr
    };
    let all = [
        &["nope"][..],
        &["./nope"],
        &["oci://web"],
        &["https://charts.example.com/web-1.0.0.tgz"],
        &["web", "--repo", "https://charts.example.com", "--insecure-skip-tls-verify"],
        &["web", "--repo", "https://charts.example.com", "--cert-file", "own.pem"],
        &["web", "--version", "1"],
        &["web", "--validate"],
        &["web", "--dependency-update"],
        &["a", "b", "c"],
        &["-g", "a", "web"],
        &["UPPER", "web"],
        &["web", "--kube-version", "new"],
        &["web", "--set", "replicas"],
        &["web", "-f", "bad.yaml"],
        &["web", "-s", "templates/nope.yaml"],
        &["lib"],
        &["strict"],
        &["strict", "--skip-schema-validation"],
        &["broken"],
        &["text"],
    ]
    .map(said)
    .concat();
    expect![[r#"
        error: nope: no such folder or .tgz, and the names of repositories that `helm repo add` keeps are not read
        hint: name a folder, a .tgz, oci://REGISTRY/CHART, or the repository with --repo URL
        error: path "./nope" not found
        hint: name the folder with the Chart.yaml, or a packed chart (.tgz)
        error: oci://web: no folder, .tgz, or oci://REGISTRY/CHART; charts of other addresses come from a repository with an index
        hint: name a folder, a .tgz, oci://REGISTRY/CHART, or the repository with --repo URL
        error: https://charts.example.com/web-1.0.0.tgz: no folder, .tgz, or oci://REGISTRY/CHART; charts of other addresses come from a repository with an index
        hint: name a folder, a .tgz, oci://REGISTRY/CHART, or the repository with --repo URL
        error: --insecure-skip-tls-verify: a server that cannot prove who it is is not trusted with charts; name its certificate with --ca-file
        hint: see `tenter help` and the examples in each command's --help
        error: --cert-file and --key-file belong together
        hint: see `tenter help` and the examples in each command's --help
        error: --version: web is on this machine and has the version that it has; leave the flag out, or name a repository with --repo
        hint: see `tenter help` and the examples in each command's --help
        error: --validate: nothing is asked of a cluster here; compare with one by `tenter diff`, or pipe the output to `kubectl apply --dry-run=server -f -`
        hint: see `tenter help` and the examples in each command's --help
        error: --dependency-update: dependencies are not fetched here; put the charts below into the folder charts/, for example with `helm dependency build`
        hint: see `tenter help` and the examples in each command's --help
        error: expected at most two arguments, unexpected arguments: c
        hint: see `tenter help` and the examples in each command's --help
        error: cannot set --generate-name and also specify a name
        hint: see `tenter help` and the examples in each command's --help
        error: release name check failed: release name "UPPER": invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53
        hint: give the release another name
        error: invalid kube version 'new': could not parse "new" as version
        hint: see `tenter help` and the examples in each command's --help
        error: failed parsing --set data: key "replicas" has no value (character 1 of `replicas`)
        hint: correct the values file or the expression named above
        error: failed to parse bad.yaml: line 2: a value is expected here: a bracket before this place is probably not closed, or a comma is too much
        hint: correct the values file or the expression named above
        error: could not find template templates/nope.yaml in chart
        hint: name templates by their paths below the chart, such as templates/service.yaml, with `*` for any part
        error: library charts are not installable
        hint: name a chart that depends on it
        error: values don't meet the specifications of the schema(s) in the following chart(s):
        strict:
        - at '': missing properties 'host', 'port'

        hint: correct the values at the paths named above, or look at values.schema.json of the chart
        error: execution error at (strict/templates/a.yaml:1:6): give a port
        hint: the chart asks for it: set the value `port`
        error: broken/templates/a.yaml:1:13
          executing "broken/templates/a.yaml" at <.Values.image.tag>:
            nil pointer evaluating interface {}.tag
        hint: look at the value `image.tag`: give it, or correct its type
        error: YAML parse error on text/templates/a.yaml: error converting YAML to JSON: yaml: line 3: could not find expected ':'
        hint: the line is that of the template's output: look at it with --debug
    "#]]
    .assert_eq(&all);
    let debugged = helm(folder.path(), &["text", "--debug"]);
    assert_eq!(
        (debugged.code, debugged.stdout.as_str()),
        (Some(2), "---\n# Source: text/templates/a.yaml\na: b\nnot yaml\n")
    );
    let missing = helm(folder.path(), &["web", "-f", "none.yaml"]).refused();
    assert!(missing.starts_with("error: cannot read none.yaml: "), "{missing}");
}
