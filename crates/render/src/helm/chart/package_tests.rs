use expect_test::expect;
use manifest::Tree;

use super::Chart;
use super::load::{Limits, archive, directory};

fn chart() -> Chart {
    let long = format!("app/files/{}", "long/".repeat(40));
    let files = [
        (
            "app/Chart.yaml",
            "apiVersion: v2\nname: app\nversion: 1.2.3\nappVersion: 2.0\ndependencies:\n- {name: one, version: 1.x, repository: \"\"}\n",
        ),
        ("app/Chart.lock", "digest: sha256:1\ngenerated: \"2026-01-02T03:04:05Z\"\n"),
        ("app/values.yaml", "# kept as it is\na: 1\n"),
        ("app/values.schema.json", "{}"),
        ("app/templates/a.yaml", "a"),
        ("app/README.md", "b"),
        (&format!("{long}x"), "c"),
        ("app/charts/one/Chart.yaml", "apiVersion: v1\nname: one\nversion: 1.0.0\n"),
        ("app/charts/one/requirements.yaml", "dependencies: []\n"),
    ];
    directory(&Tree::from_texts(files), "app", &Limits::default()).unwrap().chart
}

fn reloaded(chart: &Chart) -> Chart {
    archive("app.tgz", &chart.package().unwrap(), &Limits::default()).unwrap().chart
}

#[test]
fn what_is_packed_loads_as_it_was() {
    let chart = chart();
    let again = reloaded(&chart);
    assert_eq!(again.metadata, chart.metadata);
    assert_eq!(again.lock, chart.lock);
    assert_eq!(again.values, chart.values);
    assert_eq!(again.schema, chart.schema);
    assert_eq!(again.templates, chart.templates);
    assert_eq!(again.files, chart.files);
    assert_eq!(again.dependencies.len(), 1);
    assert_eq!(again.dependencies[0].metadata, chart.dependencies[0].metadata);
    let yaml = again.raw.iter().find(|file| file.name == "Chart.yaml").unwrap();
    expect![[r#"
        apiVersion: v2
        appVersion: "2"
        dependencies:
        - name: one
          repository: ""
          version: 1.x
        name: app
        version: 1.2.3
    "#]]
    .assert_eq(std::str::from_utf8(&yaml.data).unwrap());
}

#[test]
fn packing_twice_makes_the_same_bytes() {
    let chart = chart();
    assert_eq!(chart.package().unwrap(), chart.package().unwrap());
    assert_eq!(reloaded(&chart).package().unwrap(), chart.package().unwrap());
}

#[test]
fn values_can_be_replaced() {
    let mut chart = chart();
    let before = chart.digest();
    chart.set_values_file(b"b: 2\n").unwrap();
    assert_ne!(chart.digest(), before);
    expect![[r#"{"b":2}"#]].assert_eq(&serde_json::Value::from(reloaded(&chart).values).to_string());
    assert!(chart.set_values_file(b"[]").is_err());
    expect![[r#"{"b":2}"#]].assert_eq(&serde_json::Value::from(chart.values.clone()).to_string());
}

#[test]
fn names_that_are_no_folders_are_refused() {
    let mut chart = chart();
    chart.dependencies[0].metadata.name = "../one".to_owned();
    expect!["cannot pack app/charts/../one: the name of a chart is that of its folder"]
        .assert_eq(&chart.package().unwrap_err().to_string());
    chart.dependencies.clear();
    chart.files[0].name = "../x".to_owned();
    expect!["cannot pack app/../x: paths in archives must not have `..` when setting path for app"]
        .assert_eq(&chart.package().unwrap_err().to_string());
    chart.files[0].name = "a\\b".to_owned();
    expect![[r"cannot pack app/a\b: names in archives have no `\`"]]
        .assert_eq(&chart.package().unwrap_err().to_string());
}
