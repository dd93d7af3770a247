//! What templates see.

use expect_test::expect;

use super::*;
use crate::helm::chart::{Dependency, ImportValues, Maintainer};

/// What a template prints, by both Helms.
fn seen(chart: &Chart, template: &str) -> String {
    let mut chart = chart.clone();
    let template = format!("# {template}");
    chart.templates.push(ChartFile { name: "templates/seen.yaml".to_owned(), data: Arc::from(template.as_bytes()) });
    let print = |rules| rendered(chart.clone(), rules).sorted.documents.last().unwrap().text[2..].trim_end().to_owned();
    let (old, new) = (print(Rules::V3), print(Rules::V4));
    if old == new { format!("{new}\n") } else { format!("4: {new}\n3: {old}\n") }
}

fn all_seen(chart: &Chart, templates: &[&str]) -> String {
    templates.iter().map(|template| seen(chart, template)).collect()
}

#[test]
fn the_release_and_the_cluster() {
    let text = all_seen(
        &chart("c", &[]),
        &[
            "{{ .Release }} {{ kindOf .Release.Revision }}",
            "{{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion.GitVersion }} {{ .Capabilities.KubeVersion.Major }}",
            "{{ printf \"%s\" .Capabilities.KubeVersion }} {{ toJson .Capabilities.KubeVersion }}",
            "{{ .Capabilities.APIVersions.Has \"apps/v1\" }} {{ .Capabilities.APIVersions.Has \"apps/v9\" }} {{ len .Capabilities.APIVersions }}",
            "{{ typeOf .Capabilities }} {{ typeOf .Capabilities.KubeVersion }} {{ typeOf .Capabilities.APIVersions }} {{ typeOf .Capabilities.HelmVersion }}",
            "{{ .Capabilities.HelmVersion.Version }}",
            "{{ typeOf . }} {{ typeOf .Values }} {{ typeOf .Files }} {{ typeOf .Chart }} {{ typeOf .Template }} {{ typeOf .Subcharts }}",
            "{{ .Template.Name }} {{ .Template.BasePath }} {{ keys . | sortAlpha }}",
            "{{ lookup \"v1\" \"Pod\" \"a\" \"b\" }}",
        ],
    );
    expect![[r#"
        map[IsInstall:true IsUpgrade:false Name:web Namespace:shop Revision:1 Service:Helm] int
        v1.36.0 v1.36.0 v1.36.0 1
        4: {v1.36.0 v1.36.0 1 36} {"Major":"1","Minor":"36","Version":"v1.36.0"}
        3: {v1.36.0 1 36} {"Major":"1","Minor":"36","Version":"v1.36.0"}
        true false 55
        4: *common.Capabilities common.KubeVersion common.VersionSet version.BuildInfo
        3: *chartutil.Capabilities chartutil.KubeVersion chartutil.VersionSet version.BuildInfo
        4: v4.2.4
        3: v3.21.4
        4: common.Values common.Values engine.files map[string]interface {} common.Values map[string]interface {}
        3: chartutil.Values chartutil.Values engine.files struct { chart.Metadata; IsRoot bool } chartutil.Values map[string]interface {}
        c/templates/seen.yaml c/templates [Capabilities Chart Files Release Subcharts Template Values]
        map[]
    "#]].assert_eq(&text);
}

#[test]
fn the_chart() {
    let mut described = chart("c", &[]);
    described.metadata.keywords = vec!["a".to_owned()];
    described.metadata.maintainers = vec![Maintainer { name: "Ada Example".to_owned(), ..Maintainer::default() }];
    described.metadata.annotations = [("x".to_owned(), "y".to_owned())].into();
    described.metadata.kind = "application".to_owned();
    described.dependencies = vec![chart("d", &[])];
    described.metadata.dependencies = vec![Dependency {
        name: "d".to_owned(),
        version: "1".to_owned(),
        repository: "https://example.com".to_owned(),
        import_values: vec![ImportValues::Table { child: "data".to_owned(), parent: "d".to_owned() }],
        ..Dependency::default()
    }];
    let text = all_seen(
        &described,
        &[
            "{{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.AppVersion | quote }} {{ .Chart.IsRoot }} {{ .Chart.Type }}",
            "{{ toJson .Chart }}",
            "{{ range .Chart.Maintainers }}{{ .Name }} {{ typeOf . }}{{ end }} {{ typeOf .Chart.Keywords }}",
            "{{ range .Chart.Dependencies }}{{ .Name }} {{ .Enabled }} {{ .Alias | quote }} {{ .ImportValues }}{{ end }}",
            "{{ .Chart.Annotations.x }} {{ .Chart.Annotations.none }}| {{ index .Chart.Annotations \"x\" }} {{ kindOf .Chart }}",
        ],
    );
    expect![[r#"
        c 1.2.3 "" true application
        4: {"APIVersion":"v2","Annotations":{"x":"y"},"AppVersion":"","Condition":"","Dependencies":[{"Alias":"","Condition":"","Enabled":true,"ImportValues":[{"child":"data","parent":"d"}],"Name":"d","Repository":"https://example.com","Tags":[],"Version":"1"}],"Deprecated":false,"Description":"","Home":"","Icon":"","IsRoot":true,"Keywords":["a"],"KubeVersion":"","Maintainers":[{"Email":"","Name":"Ada Example","URL":""}],"Name":"c","Sources":[],"Tags":"","Type":"application","Version":"1.2.3"}
        3: {"IsRoot":true,"annotations":{"x":"y"},"apiVersion":"v2","dependencies":[{"enabled":true,"import-values":[{"child":"data","parent":"d"}],"name":"d","repository":"https://example.com","version":"1"}],"keywords":["a"],"maintainers":[{"name":"Ada Example"}],"name":"c","type":"application","version":"1.2.3"}
        4: Ada Example map[string]interface {} []interface {}
        3: Ada Example *chart.Maintainer []string
        d true "" [map[child:data parent:d]]
        4: y | y map
        3: y | y struct
    "#]].assert_eq(&text);
    let text = all_seen(&chart("c", &[]), &["{{ toJson .Chart.Annotations }} {{ toJson .Chart.Keywords }}"]);
    expect![[r#"
        null []
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_struct_has_no_other_fields_but_a_map_may() {
    let asks = chart("c", &["templates/a.yaml\na: {{ .Chart.Nope }}"]);
    assert_eq!(printed_by(&asks, Rules::V4), "---\n# Source: c/templates/a.yaml\na:\n");
    expect![[r#"
        template: c/templates/a.yaml:1:12: executing "c/templates/a.yaml" at <.Chart.Nope>: can't evaluate field Nope in type interface {}
        hint: correct the template at the place named above, or the values that it is given
    "#]].assert_eq(&refused_by(asks, "", Rules::V3));
}

fn printed_by(chart: &Chart, rules: Rules) -> String {
    rendered(chart.clone(), rules).print(&Printed::default(), rules).unwrap()
}

#[test]
fn files() {
    let with_files =
        chart("c", &["conf/a.txt\none\ntwo\n", "conf/b.txt\nthree", "conf/deep/a.txt\nfour", "empty.txt\n"]);
    let text = all_seen(
        &with_files,
        &[
            "{{ .Files.Get \"conf/b.txt\" }} {{ .Files.Get \"none\" | quote }} {{ kindOf (.Files.GetBytes \"conf/b.txt\") }}",
            "{{ .Files.Lines \"conf/a.txt\" | toJson }} {{ .Files.Lines \"none\" | toJson }} {{ .Files.Lines \"empty.txt\" | toJson }}",
            "{{ range $path, $content := .Files.Glob \"conf/*\" }}{{ $path }}={{ len $content }} {{ end }}",
            "{{ (.Files.Glob \"conf/*\").AsConfig | toJson }}",
            "{{ (.Files.Glob \"conf/**\").AsSecrets | toJson }}",
            "{{ (.Files.Glob \"none/*\").AsConfig }} {{ toJson (.Files.Glob \"conf/b*\") }}",
        ],
    );
    expect![[r#"
        three "" slice
        ["one","two"] [] []
        conf/a.txt=8 conf/b.txt=5
        "a.txt: |\n  one\n  two\nb.txt: three"
        "a.txt: Zm91cg==\nb.txt: dGhyZWU="
        {} {"conf/b.txt":"dGhyZWU="}
    "#]]
    .assert_eq(&text);
}

#[test]
fn values_of_charts_above_and_below() {
    let mut parent = chart(
        "parent",
        &[
            "values.yaml\nname: p\nchild: {name: given}\nglobal: {zone: z}\n",
            "templates/p.yaml\nparent: {{ .Values.name }} {{ .Values.child.name }} {{ .Subcharts.child.Values.own }} {{ .Subcharts.child.Chart.Name }}\nadded: {{ .Values.child.added }}",
        ],
    );
    let child = "templates/c.yaml\n{{- $_ := set .Values \"added\" \"seen above\" }}\nchild: {{ .Values.name }} {{ .Values.own }} {{ .Values.global.zone }} {{ .Values.parent }}|{{ .Chart.IsRoot }}";
    parent.dependencies.push(chart("child", &["values.yaml\nname: c\nown: o\n", child]));
    expect![[r#"
        ---
        # Source: parent/charts/child/templates/c.yaml
        child: given o z |false
        ---
        # Source: parent/templates/p.yaml
        parent: p given o child
        added: seen above
    "#]]
    .assert_eq(&printed(&parent));
}

#[test]
fn values_have_methods() {
    let text = all_seen(
        &chart("c", &["values.yaml\na: {b: {c: 1}}\n"]),
        &[
            "{{ .Values.PathValue \"a.b.c\" }} {{ (.Values.Table \"a.b\").c }} {{ typeOf (.Values.Table \"a\") }} {{ typeOf .Values.AsMap }}",
            "{{ .Values.YAML | quote }}",
        ],
    );
    expect![[r#"
        4: 1 1 common.Values map[string]interface {}
        3: 1 1 chartutil.Values map[string]interface {}
        "a:\n  b:\n    c: 1\n"
    "#]]
    .assert_eq(&text);
}

#[test]
fn library_charts_lend_partials_only() {
    let mut parent = chart("parent", &["templates/p.yaml\np: {{ include \"lib.name\" . }}"]);
    let mut library = chart(
        "lib",
        &[
            "templates/_names.tpl\n{{ define \"lib.name\" }}{{ .Release.Name }}-lib{{ end }}",
            "templates/visible.yaml\nlib: visible",
        ],
    );
    library.metadata.kind = "library".to_owned();
    parent.dependencies.push(library);
    expect![[r#"
        ---
        # Source: parent/templates/p.yaml
        p: web-lib
    "#]]
    .assert_eq(&printed(&parent));
}
