//! Charts in kustomizations.

use expect_test::{Expect, expect};
use jiff::Timestamp;

use super::super::{ChartOptions, Charts, Fetched, Options, Outcome, Remote, Reorder, build_with_remotes};
use super::{check, rendered, tree};
use crate::helm::release::Rules;

/// A chart with values, a hook, a test and a definition.
const CHART: &str = "## charts/web/Chart.yaml\napiVersion: v2\nname: web\nversion: 1.0.0\n\
    ## charts/web/values.yaml\nreplicas: 1\nnested: {a: 1, b: 2}\n\
    ## charts/web/crds/crd.yaml\n{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: foos.example.com}}\n\
    ## charts/web/templates/cm.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n  namespace: {{ .Release.Namespace }}\ndata:\n  \
    replicas: {{ .Values.replicas | quote }}\n  nested: {{ .Values.nested | toJson | quote }}\n  kube: {{ .Capabilities.KubeVersion.Version }}\n  \
    api: {{ .Capabilities.APIVersions.Has \"example.com/v1\" | quote }}\n\
    ## charts/web/templates/hook.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: hook, annotations: {helm.sh/hook: pre-install}}\n\
    ## charts/web/templates/test.yaml\napiVersion: v1\nkind: Pod\nmetadata: {name: test, annotations: {helm.sh/hook: test}}\n";

fn allowed() -> Options {
    let charts = Charts::Rendered(ChartOptions {
        rules: Rules::default(),
        now: Timestamp::UNIX_EPOCH,
        seed: [0; 32],
        kube_version: None,
        api_versions: Vec::new(),
    });
    Options { reorder: Reorder::Unchanged, charts, ..Options::default() }
}

/// Builds with the chart, where charts are allowed.
#[track_caller]
fn check_chart(kustomization: &str, expected: Expect) {
    let files = format!("## kustomization.yaml\n{kustomization}\n{CHART}");
    expected.assert_eq(&rendered(&files, "", &allowed()));
}

#[test]
fn they_are_off_unless_asked_for() {
    check(
        "## kustomization.yaml\nhelmCharts: [{name: web}]\n",
        expect![[r#"
        kustomization.yaml:1:14: charts are not rendered here unless asked for
          Allow it: `tenter render kustomize` does with --enable-helm, `tenter up` and `tenter run` with --remote-bases; or use a HelmRelease, or commit what `helm template` prints.
    "#]],
    );
    check(
        "## kustomization.yaml\nhelmChartInflationGenerator: [{chartName: web}]\n",
        expect![[r#"
        kustomization.yaml:1:31: charts are not rendered here unless asked for
          Allow it: `tenter render kustomize` does with --enable-helm, `tenter up` and `tenter run` with --remote-bases; or use a HelmRelease, or commit what `helm template` prints.
    "#]],
    );
    check(
        "## kustomization.yaml\ngenerators: [g.yaml]\n## g.yaml\n{apiVersion: builtin, kind: HelmChartInflationGenerator, metadata: {name: web}, name: web}\n",
        expect![[r#"
            g.yaml:1:1: charts are not rendered here unless asked for
              Allow it: `tenter render kustomize` does with --enable-helm, `tenter up` and `tenter run` with --remote-bases; or use a HelmRelease, or commit what `helm template` prints.
        "#]],
    );
}

#[test]
fn a_chart_is_rendered_as_helm_does_and_transformed_further() {
    check_chart(
        "namePrefix: p-\nnamespace: shop\nhelmCharts: [{name: web, releaseName: r}]",
        expect![[r#"
        apiVersion: v1
        data:
          api: "false"
          kube: v1.36.0
          nested: '{"a":1,"b":2}'
          replicas: "1"
        kind: ConfigMap
        metadata:
          name: p-r
          namespace: shop
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          annotations:
            helm.sh/hook: pre-install
          name: p-hook
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          annotations:
            helm.sh/hook: test
          name: p-test
    "#]],
    );
}

#[test]
fn what_is_printed_can_be_chosen() {
    check_chart(
        "helmCharts: [{name: web, includeCRDs: true, skipHooks: true, namespace: own, kubeVersion: 1.25.3, apiVersions: [example.com/v1], nameTemplate: 'n-{{ upper \"x\" | lower }}'}]",
        expect![[r#"
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata:
              name: foos.example.com
            ---
            apiVersion: v1
            data:
              api: "true"
              kube: v1.25.3
              nested: '{"a":1,"b":2}'
              replicas: "1"
            kind: ConfigMap
            metadata:
              name: n-x
              namespace: own
        "#]],
    );
    check_chart(
        "helmCharts: [{name: web, skipTests: true}]",
        expect![[r#"
        apiVersion: v1
        data:
          api: "false"
          kube: v1.36.0
          nested: '{"a":1,"b":2}'
          replicas: "1"
        kind: ConfigMap
        metadata:
          name: release-name
          namespace: default
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          annotations:
            helm.sh/hook: pre-install
          name: hook
    "#]],
    );
}

#[test]
fn values_come_from_files_and_from_the_entry() {
    let inline = "{name: web, skipHooks: true, valuesInline: {replicas: 5, nested: {b: 9, c: 3}}";
    check_chart(
        &format!("helmCharts: [{inline}}}]"),
        expect![[r#"
        apiVersion: v1
        data:
          api: "false"
          kube: v1.36.0
          nested: '{"a":1,"b":9,"c":3}'
          replicas: "5"
        kind: ConfigMap
        metadata:
          name: release-name
          namespace: default
    "#]],
    );
    check_chart(
        &format!("helmCharts: [{inline}, valuesMerge: merge}}]"),
        expect![[r#"
        apiVersion: v1
        data:
          api: "false"
          kube: v1.36.0
          nested: '{"a":1,"b":2,"c":3}'
          replicas: "1"
        kind: ConfigMap
        metadata:
          name: release-name
          namespace: default
    "#]],
    );
    check_chart(
        &format!("helmCharts: [{inline}, valuesMerge: replace}}]"),
        expect![[r#"
        apiVersion: v1
        data:
          api: "false"
          kube: v1.36.0
          nested: '{"a":1,"b":9,"c":3}'
          replicas: "5"
        kind: ConfigMap
        metadata:
          name: release-name
          namespace: default
    "#]],
    );
    check_chart(
        &format!("helmCharts: [{inline}, valuesMerge: other}}]"),
        expect![[r#"
        kustomization.yaml:1:14: `valuesMerge` must be merge, override or replace, not `other`
          Use override, merge or replace.
    "#]],
    );
    check_chart(
        "helmCharts: [{name: web, skipHooks: true, valuesFile: v.yaml, additionalValuesFiles: [w.yaml]}]\n## v.yaml\nreplicas: 7\nnested: {a: 7}\n## w.yaml\nnested: {b: 8}",
        expect![[r#"
            apiVersion: v1
            data:
              api: "false"
              kube: v1.36.0
              nested: '{"a":7,"b":8}'
              replicas: "7"
            kind: ConfigMap
            metadata:
              name: release-name
              namespace: default
        "#]],
    );
}

#[test]
fn charts_as_they_were_written_before() {
    check_chart(
        "helmChartInflationGenerator: [{chartName: web, chartHome: charts, releaseName: old, valuesLocal: {replicas: 3}}]\npatches: [{patch: '{kind: Pod, apiVersion: v1, metadata: {name: hook}, $patch: delete}'}]",
        expect![[r#"
            apiVersion: v1
            data:
              api: "false"
              kube: v1.36.0
              nested: '{"a":1,"b":2}'
              replicas: "3"
            kind: ConfigMap
            metadata:
              name: old
              namespace: default
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              annotations:
                helm.sh/hook: test
              name: test
        "#]],
    );
    check_chart(
        "generators: [g.yaml]\n## g.yaml\n{apiVersion: builtin, kind: HelmChartInflationGenerator, metadata: {name: x}, name: web, releaseName: g, skipHooks: true}",
        expect![[r#"
            apiVersion: v1
            data:
              api: "false"
              kube: v1.36.0
              nested: '{"a":1,"b":2}'
              replicas: "1"
            kind: ConfigMap
            metadata:
              name: g
              namespace: default
        "#]],
    );
}

#[test]
fn what_is_wrong_with_charts() {
    check_chart(
        "helmCharts: [{releaseName: a}, {name: none}, {name: web, valuesFile: none.yaml}, {name: web, releaseName: A_}, {name: web, unknown: 1}]",
        expect![[r#"
        kustomization.yaml:1:124: unknown field `unknown` in `helmCharts[4]`
          Remove the field, or check its name and indentation.
    "#]],
    );
    check_chart(
        "helmCharts: [{releaseName: a}, {name: none}, {name: web, valuesFile: none.yaml}, {name: web, releaseName: A_}, {name: web, kubeVersion: x}]",
        expect![[r#"
        kustomization.yaml:1:14: the chart has no name
          Add `name`.
        kustomization.yaml:1:32: there is no chart `none` in `charts/none`, and no `repo` to get it from
          Put the chart there, or add `repo` and `version`.
        kustomization.yaml:1:46: `none.yaml`: no such file or folder; looked for `none.yaml`
          Check the spelling, and whether an ignore rule leaves the file out.
        kustomization.yaml:1:82: the chart cannot be rendered: release name check failed: release name "A_": invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53
          Correct the chart or its values.
        kustomization.yaml:1:112: the chart cannot be rendered: could not parse "x" as version
          Correct the chart or its values.
    "#]],
    );
}

#[test]
fn charts_of_repositories_are_asked_for() {
    let files = "## kustomization.yaml\nhelmCharts:\n- {name: web, repo: 'https://charts.example.com', version: 1.2.3}\n- {name: db, repo: 'oci://example.com/charts'}\n";
    expect![[r#"
        kustomization.yaml:2:3: the chart web 1.2.3 of https://charts.example.com is on another host, and remote bases are off
          Put the chart into the folder of charts, or allow it with --remote-bases.
        kustomization.yaml:3:3: the chart db of oci://example.com/charts is on another host, and remote bases are off
          Put the chart into the folder of charts, or allow it with --remote-bases.
    "#]].assert_eq(&rendered(files, "", &allowed()));
    let outcome = build_with_remotes(&tree(files), "", &allowed(), &Fetched::default());
    let Ok(Outcome::Needs(needed)) = outcome else { panic!("{outcome:?}") };
    expect![[r#"
        web 1.2.3 of https://charts.example.com
        db of oci://example.com/charts
    "#]]
    .assert_eq(&needed.iter().map(|remote| format!("{remote}\n")).collect::<String>());

    let limits = crate::helm::chart::load::Limits::default();
    let packed = crate::helm::chart::load::directory(&tree(CHART), "charts/web", &limits).expect("a chart");
    let packed = packed.chart.package().expect("an archive");
    let mut fetched = Fetched::default();
    for remote in needed {
        let Remote::Chart(chart) = remote else { panic!("{remote}") };
        fetched.add_chart(chart, packed.clone().into());
    }
    let outcome = build_with_remotes(
        &tree(
            "## kustomization.yaml\nhelmCharts: [{name: web, repo: 'https://charts.example.com', version: 1.2.3, skipHooks: true}]\n",
        ),
        "",
        &allowed(),
        &fetched,
    );
    let Ok(Outcome::Built(manifests)) = outcome else { panic!("{outcome:?}") };
    expect![[r#"
        apiVersion: v1
        data:
          api: "false"
          kube: v1.36.0
          nested: '{"a":1,"b":2}'
          replicas: "1"
        kind: ConfigMap
        metadata:
          name: release-name
          namespace: default
    "#]]
    .assert_eq(&manifest::yaml::write_documents(manifests.iter().map(|manifest| &manifest.value)));
}
