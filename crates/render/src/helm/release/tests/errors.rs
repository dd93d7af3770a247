//! What is said about charts that cannot be rendered.

use expect_test::expect;

use super::*;
use crate::helm::chart::Dependency;

#[test]
fn charts_that_cannot_be_installed() {
    let mut library = chart("lib", &[]);
    library.metadata.kind = "library".to_owned();
    let mut incomplete = chart("c", &[]);
    incomplete.metadata.dependencies = vec![
        Dependency { name: "redis".to_owned(), ..Dependency::default() },
        Dependency { name: "db".to_owned(), ..Dependency::default() },
    ];
    let mut modern = chart("c", &[]);
    modern.metadata.kube_version = ">=1.99.0-0".to_owned();
    let mut broken_range = chart("c", &[]);
    broken_range.metadata.kube_version = "newest".to_owned();
    let all = [library, incomplete, modern, broken_range].map(|chart| refused(chart, ""));
    expect![[r#"
        library charts are not installable
        hint: name a chart that depends on it
        an error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: redis, db
        hint: put the missing charts into the folder charts/ of the chart, as folders or as .tgz
        chart requires kubeVersion: >=1.99.0-0 which is incompatible with Kubernetes v1.36.0
        hint: take a version of the chart that supports it, or name another Kubernetes with --kube-version
        chart requires kubeVersion: newest which is incompatible with Kubernetes v1.36.0
        hint: take a version of the chart that supports it, or name another Kubernetes with --kube-version
    "#]].assert_eq(&all.concat());
}

#[test]
fn names_of_releases() {
    let check = |name: &str| Release { name: name.to_owned(), ..release() }.check_name();
    for good in ["a", "web-1", "a.b-c.d0", &"a".repeat(53)] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for bad in ["-a", "a-", "a..b", "a.", "UPPER", "a_b", "ä", &"a".repeat(54)] {
        assert_eq!(check(bad), Err(InvalidName::Malformed(bad.to_owned())));
    }
    assert_eq!(check(""), Err(InvalidName::Empty));
    let named = |rules| RenderError::Name { error: InvalidName::Malformed("A".to_owned()), rules }.to_string();
    assert!(named(Rules::V4).starts_with("release name check failed: release name \"A\": invalid"));
    assert!(named(Rules::V3).starts_with("release name \"A\": invalid"));
    let made = name_from_template("{{ print \"a\" 1 | upper | lower }}", environment());
    assert_eq!(made.as_deref(), Ok("a1"));
    let text = ["{{ nope }}", "{{ fail \"x\" }}", "{{ .a }}"].map(|template| {
        format!("{:?}\n", name_from_template(template, environment()).map_err(|error| error.to_string()))
    });
    expect![[r#"
        Err("template: name-template:1: function \"nope\" not defined")
        Err("template: name-template:1:3: executing \"name-template\" at <fail \"x\">: error calling fail: x")
        Ok("<no value>")
    "#]]
    .assert_eq(&text.concat());
}

#[test]
fn versions_of_kubernetes() {
    let texts =
        ["1.29", "v1.29.3", "1.29.3-gke.100+x", "v1.29+", "01.29", "1", "x", "", "v", "1.x", "1.99999999999999999999"];
    let shown = |text: &str, rules| match KubeVersion::parse(text, rules) {
        Ok(KubeVersion { version, normalized, major, minor }) => format!("{version} {normalized} {major} {minor}"),
        Err(error) => error.to_string(),
    };
    let all: String = texts
        .iter()
        .map(|text| {
            let (new, old) = (shown(text, Rules::V4), shown(text, Rules::V3));
            if new == old { format!("{text:?}: {new}\n") } else { format!("{text:?}: 4: {new} 3: {old}\n") }
        })
        .collect();
    expect![[r#"
        "1.29": v1.29 v1.29 1 29
        "v1.29.3": v1.29.3 v1.29.3 1 29
        "1.29.3-gke.100+x": 4: v1.29.3-gke.100+x v1.29.3 1 29 3: v1.29.3 v1.29.3 1 29
        "v1.29+": 4: v1.29+ v1.29 1 29 3: v1.29 v1.29 1 29
        "01.29": 4: v01.29 v1.29 1 29 3: v1.29 v1.29 1 29
        "1": illegal version string "1"
        "x": could not parse "x" as version
        "": could not parse "" as version
        "v": could not parse "v" as version
        "1.x": illegal version string "1.x"
        "1.99999999999999999999": illegal non-numeric version component "99999999999999999999" in "1.99999999999999999999": strconv.ParseUint: parsing "99999999999999999999": value out of range
    "#]].assert_eq(&all);
    let version = KubeVersion::parse("v1.29.3-gke.100", Rules::V4).unwrap();
    assert!(version.is_in(">=1.29.0") && version.is_in("1.x") && !version.is_in("<1.29.3") && !version.is_in("nope"));
}

#[test]
fn templates_that_fail() {
    let helpers = "templates/_h.tpl\n{{ define \"image\" }}{{ .Values.image.tag | upper }}{{ end }}";
    let mut parent = chart("parent", &[]);
    parent.dependencies.push(chart("child", &[helpers, "templates/a.yaml\nimage: {{ include \"image\" . }}"]));
    expect![[r#"
        parent/charts/child/templates/a.yaml:1:10
          executing "parent/charts/child/templates/a.yaml" at <include "image" .>:
            error calling include:
        parent/charts/child/templates/_h.tpl:1:30
          executing "image" at <.Values.image.tag>:
            nil pointer evaluating interface {}.tag
        hint: look at the value `child.image.tag`: give it, or correct its type
    "#]]
    .assert_eq(&refused(parent.clone(), ""));
    expect![[r#"
        template: parent/charts/child/templates/a.yaml:1:10: executing "parent/charts/child/templates/a.yaml" at <include "image" .>: error calling include: template: parent/charts/child/templates/_h.tpl:1:30: executing "image" at <.Values.image.tag>: nil pointer evaluating interface {}.tag
        hint: look at the value `child.image.tag`: give it, or correct its type
    "#]].assert_eq(&refused_by(parent.clone(), "", Rules::V3));
    let error = rendered_with(parent, "", &Options::default()).unwrap_err();
    let RenderError::Template(error) = error else { unreachable!("{error}") };
    assert_eq!(error.chart, "parent/charts/child");
    assert_eq!(error.values_path().as_deref(), Some("child.image.tag"));
    assert_eq!(
        error.places().join(" "),
        "parent/charts/child/templates/a.yaml:1:11 parent/charts/child/templates/_h.tpl:1:31"
    );

    let one = |template: &str| refused(chart("c", &[&format!("templates/a.yaml\n{template}")]), "");
    let all = [
        "a: {{ required \"name the host\" .Values.host }}",
        "a: {{ fail \"never\" }}",
        "a: {{ if }}",
        "a: {{ nope }}",
        "a: {{ template \"gone\" . }}",
        "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
        "a: {{ .Values.a.b }}",
        "a: {{ upper }}",
    ];
    expect![[r#"
        execution error at (c/templates/a.yaml:1:6): name the host
        hint: the chart asks for it: set the value `host`
        execution error at (c/templates/a.yaml:1:6): never
        hint: the chart's author forbids this: change the values that its message names
        parse error at (c/templates/a.yaml:1): missing value for if
        hint: correct the template at the place named above
        parse error at (c/templates/a.yaml:1): function "nope" not defined
        hint: correct the template at the place named above
        c/templates/a.yaml:1:15
          executing "c/templates/a.yaml" at <{{template "gone" .}}>:
            template "gone" not defined
        hint: correct the template at the place named above, or the values that it is given
        template: c/templates/a.yaml:1:47: executing "c/templates/a.yaml" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling incl … (90230 more bytes) … .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: template: c/templates/a.yaml:1:19: executing "a" at <include "a" .>: error calling include: rendering template has a nested reference name: a: unable to execute template
        hint: look for templates that include themselves, and for loops over huge lists
        c/templates/a.yaml:1:13
          executing "c/templates/a.yaml" at <.Values.a.b>:
            nil pointer evaluating interface {}.b
        hint: look at the value `a.b`: give it, or correct its type
        c/templates/a.yaml:1:6
          executing "c/templates/a.yaml" at <upper>:
            wrong number of args for upper: want 1 got 0
        hint: correct the template at the place named above, or the values that it is given
    "#]]
    .assert_eq(&all.map(one).concat());
}

#[test]
fn outputs_that_are_no_objects() {
    let one = |output: &str| {
        let chart = chart("c", &[&format!("templates/a.yaml\n{output}")]);
        let (new, old) = (refused(chart.clone(), ""), refused_by(chart, "", Rules::V3));
        let first = |text: &str| format!("{}\n", text.lines().next().unwrap());
        if new == old { first(&new) } else { format!("4: {}3: {}", first(&new), first(&old)) }
    };
    let all = [
        "just text",
        "[a]",
        "5",
        "kind: [a]",
        "apiVersion: {}",
        "metadata: x",
        "metadata: {annotations: x}",
        "metadata: {annotations: {a: [1]}}",
        "metadata: {name: {}}",
        "a: b: c",
        "a: *x",
        "a: b\n\tc: d",
        "kind: \"a\nb: c\n",
        "---\na: b\n---\nc: [\n",
    ];
    expect![[r#"
        4: YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type util.SimpleHead
        3: YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type releaseutil.SimpleHead
        4: YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type util.SimpleHead
        3: YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type releaseutil.SimpleHead
        4: YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go value of type util.SimpleHead
        3: YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go value of type releaseutil.SimpleHead
        YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field SimpleHead.kind of type string
        YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go struct field SimpleHead.apiVersion of type string
        YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go struct field SimpleHead.metadata of type struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }
        YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go struct field .metadata.annotations of type map[string]string
        YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field .metadata.annotations of type string
        YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go struct field .metadata.name of type string
        YAML parse error on c/templates/a.yaml: error converting YAML to JSON: yaml: mapping values are not allowed in this context
        YAML parse error on c/templates/a.yaml: error converting YAML to JSON: yaml: unknown anchor 'x' referenced
        YAML parse error on c/templates/a.yaml: error converting YAML to JSON: yaml: line 2: found a tab character that violates indentation
        4: YAML parse error on c/templates/a.yaml: error converting YAML to JSON: yaml: line 3: found unexpected end of stream
        3: YAML parse error on c/templates/a.yaml: error converting YAML to JSON: yaml: line 2: found unexpected end of stream
        YAML parse error on c/templates/a.yaml: error converting YAML to JSON: yaml: line 1: did not find expected node content
    "#]].assert_eq(&all.map(one).concat());
}

#[test]
fn debugging_shows_what_was_made() {
    let chart = chart(
        "c",
        &[
            "templates/a.yaml\nkind: A\nmetadata: {annotations: {helm.sh/hook: test}}",
            "templates/b.yaml\nb: [",
            "templates/c.yaml\nc: d",
        ],
    );
    let error = rendered_with(chart, "", &Options::default()).unwrap_err();
    expect![[r#"
        ---
        # Source: c/templates/a.yaml
        kind: A
        metadata: {annotations: {helm.sh/hook: test}}
        ---
        # Source: c/templates/b.yaml
        b: [
        ---
        # Source: c/templates/c.yaml
        c: d
        ---
        # Source: c/templates/a.yaml
        kind: A
        metadata: {annotations: {helm.sh/hook: test}}
    "#]]
    .assert_eq(&error.partial_output(&Printed::default()).unwrap());
}

#[test]
fn values_that_do_not_fit_the_schema() {
    let mut strict = chart("c", &["values.yaml\nreplicas: 1\n"]);
    let schema =
        r#"{"type": "object", "required": ["host"], "properties": {"replicas": {"type": "integer", "minimum": 1}}}"#;
    strict.schema = Some(Arc::from(schema.as_bytes()));
    expect![[r#"
        values don't meet the specifications of the schema(s) in the following chart(s):
        c:
        - at '': missing property 'host'
        - at '/replicas': minimum: got 0, want 1

        hint: correct the values at the paths named above, or look at values.schema.json of the chart
    "#]]
    .assert_eq(&refused(strict.clone(), "replicas: 0"));
    let skipped = Options { schema_checks: SchemaChecks::Skipped, ..Options::default() };
    assert!(rendered_with(strict, "replicas: 0", &skipped).is_ok());
}

#[test]
fn advice_is_given() {
    let mut old = chart(
        "c",
        &[
            "values.yaml\na: {b: 1}\n",
            "templates/a.yaml\nkind: A\nmetadata: {annotations: {helm.sh/hook: crd-install}}",
        ],
    );
    old.metadata.deprecated = true;
    let rendered = rendered_with(old, "a: text", &Options::default()).unwrap();
    let said: String = rendered.warnings.iter().map(|warning| format!("{warning}\n")).collect();
    expect![[r#"
        this chart is deprecated
        c/templates/a.yaml: skipped a hook for "crd-install": one of these moments does not exist
    "#]]
    .assert_eq(&said);
}
