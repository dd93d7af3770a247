//! `spec.valuesFiles`: files that are merged and take the place of a chart's `values.yaml`.

use std::sync::Arc;

use manifest::{Tree, tree};
use render::helm::chart::Chart;
use render::helm::values;
use serde_json::{Map, Value};

use super::super::failure::Failure;
use super::fault::Fault;

/// The file that values files take the place of.
const DEFAULTS: &str = "values.yaml";

/// What a file that is not there means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Fail,
    Ignore,
}

/// Where values files stand.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// In the chart.
    Chart,
    /// In the files of the source, whose root their paths start from.
    Source(&'a Tree),
}

/// The files to merge: naming only the chart's own defaults is naming none.
pub(super) fn wanted(files: Vec<String>) -> Vec<String> {
    match files.as_slice() {
        [only] if tree::normalise(only).as_deref() == Some(DEFAULTS) => Vec::new(),
        _ => files,
    }
}

/// Merges the files, each over those before, puts the result in the place of the chart's defaults, and returns the files
/// that were there.
pub(super) fn merge(
    chart: &mut Chart,
    files: &[String],
    missing: Missing,
    place: Place<'_>,
) -> Result<Vec<String>, Failure> {
    let mut merged = Map::new();
    let mut used = Vec::new();
    for file in files {
        match read(chart, file, place).map_err(|why| Fault::Values.because(why))? {
            Some(values) => put_over(&mut merged, values),
            None if missing == Missing::Ignore => continue,
            None => return Err(Fault::Values.because(format!("no values file found at path '{file}'"))),
        }
        used.push(file.clone());
    }
    let file = chart.raw.iter_mut().find(|file| file.name == DEFAULTS);
    let file = file.ok_or_else(|| Fault::Values.because(format!("failed to locate values file: {DEFAULTS}")))?;
    let values = Value::Object(merged);
    let text = if values == Value::Object(Map::new()) { String::new() } else { manifest::yaml::write(&values) };
    file.data = Arc::from(text.into_bytes());
    chart.values = match values {
        Value::Object(values) => values,
        _ => unreachable!("it was made of one"),
    };
    Ok(used)
}

fn read(chart: &Chart, file: &str, place: Place<'_>) -> Result<Option<Map<String, Value>>, String> {
    let Some(path) = tree::normalise(file) else { return Ok(None) };
    let content = match place {
        Place::Chart if path == DEFAULTS => return Ok(Some(chart.values.clone())),
        Place::Chart => chart.files.iter().find(|file| file.name == path).map(|file| &file.data),
        Place::Source(tree) => tree.read(&path).ok(),
    };
    let Some(content) = content else { return Ok(None) };
    let values = values::read_json(file, content);
    values.map(Some).map_err(|error| format!("unmarshaling values from '{file}' failed: {error}"))
}

/// Puts values over others, table by table. A null is a value like any other.
fn put_over(under: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Object(under)), Value::Object(over)) => put_over(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use render::helm::chart::ChartFile;
    use render::helm::chart::load;

    use super::*;

    const VALUES: &str = "image:\n  tag: a\n  name: web\nreplicas: 1\n";

    fn chart() -> Chart {
        let file = |(name, data): (&str, &str)| ChartFile { name: name.to_owned(), data: data.as_bytes().into() };
        let files = [
            ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            ("values.yaml", VALUES),
            ("prod.yaml", "image: {tag: b}\nreplicas: null\n"),
            ("ci/small.yaml", "replicas: 0.5\n"),
            ("broken.yaml", "a: [\n"),
        ];
        load::files(files.map(file).into(), &load::Limits::default()).unwrap().chart
    }

    fn check(files: &[&str], missing: Missing, place: Place<'_>, expected: Expect) {
        let mut chart = chart();
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        let shown = match merge(&mut chart, &files, missing, place) {
            Ok(used) => {
                let raw = chart.raw.iter().find(|file| file.name == DEFAULTS).map(|file| &*file.data);
                assert_eq!(values::read_json("x", raw.unwrap_or_default()).ok().as_ref(), Some(&chart.values));
                format!("{used:?}\n{}", String::from_utf8_lossy(raw.unwrap_or_default()))
            }
            Err(failure) => format!("{}: {}", failure.reason, failure.message),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn files_of_the_chart() {
        check(
            &["values.yaml", "./prod.yaml"],
            Missing::Fail,
            Place::Chart,
            expect![[r#"
                ["values.yaml", "./prod.yaml"]
                image:
                  name: web
                  tag: b
                replicas: null
            "#]],
        );
        check(
            &["ci/small.yaml"],
            Missing::Fail,
            Place::Chart,
            expect![[r#"
                ["ci/small.yaml"]
                replicas: 0.5
            "#]],
        );
        let missing = &["gone.yaml", "prod.yaml"];
        check(
            missing,
            Missing::Fail,
            Place::Chart,
            expect!["ValuesFilesError: values files merge error: no values file found at path 'gone.yaml'"],
        );
        check(
            missing,
            Missing::Ignore,
            Place::Chart,
            expect![[r#"
                ["prod.yaml"]
                image:
                  tag: b
                replicas: null
            "#]],
        );
        check(
            &["gone.yaml"],
            Missing::Ignore,
            Place::Chart,
            expect![[r#"
            []
        "#]],
        );
        check(
            &["broken.yaml"],
            Missing::Ignore,
            Place::Chart,
            expect![
                "ValuesFilesError: values files merge error: unmarshaling values from 'broken.yaml' failed: failed to parse broken.yaml: line 2: a value is expected here: a bracket before this place is probably not closed, or a comma is too much"
            ],
        );
    }

    #[test]
    fn files_of_the_source() {
        let tree = Tree::from_texts([("env/prod.yaml", "replicas: 3\n"), ("values.yaml", "not: the chart's\n")]);
        check(
            &["values.yaml", "env/prod.yaml"],
            Missing::Fail,
            Place::Source(&tree),
            expect![[r#"
                ["values.yaml", "env/prod.yaml"]
                not: the chart's
                replicas: 3
            "#]],
        );
        check(
            &["../prod.yaml"],
            Missing::Fail,
            Place::Source(&tree),
            expect!["ValuesFilesError: values files merge error: no values file found at path '../prod.yaml'"],
        );
    }

    #[test]
    fn naming_only_the_defaults_is_naming_none() {
        let check = |files: &[&str]| wanted(files.iter().map(|file| (*file).to_owned()).collect()).len();
        assert_eq!(
            [check(&[]), check(&["values.yaml"]), check(&["./values.yaml"]), check(&["values.yaml", "a"])],
            [0, 0, 0, 2]
        );
    }
}
