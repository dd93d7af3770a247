//! Charts: whatever an archive or a folder holds. A folder is text in which `## path` begins a file.

use manifest::Tree;
use manifest::tree::normalise;
use render::helm::chart::load::{self, Limits, Loaded};
use render::helm::chart::{Chart, dependencies, schema};
use render::helm::values::{Defaults, Rules, coalesce};
use render::template::value::Map;

use crate::{Law, text};

/// Any bytes are a chart or refused. Any folder is a chart or refused, and what is packed of it loads as the same chart;
/// its dependencies are processed and its values checked, or it is said why not.
pub const ARCHIVE: Law = Law {
    name: "chart_archive",
    check: archive,
    seeds: &[
        "## Chart.yaml\napiVersion: v2\nname: app\nversion: 1.2.3\ndependencies:\n- {name: one, version: 1.x, alias: two, condition: 'two.on,one.on', tags: [t], import-values: [data, {child: a.b, parent: c}]}\n## values.yaml\ntags: {t: true}\ntwo: {on: true}\nglobal: {x: 1}\n## charts/one/Chart.yaml\nname: one\nversion: 1.0.0\n## charts/one/values.yaml\nexports: {data: {y: 1}}\na: {b: {z: null}}\n## templates/a.yaml\na\n## crds/c.yaml\nc\n",
        "## Chart.yaml\napiVersion: v1\nname: app\nversion: v1\n## requirements.yaml\ndependencies: [{name: one, version: '*'}]\n## requirements.lock\ndigest: x\n## .helmignore\n*.md\n!a\n/b/\n## a.md\na\n## charts/_off/x\nx\n",
        "## Chart.yaml\napiVersion: v2\nname: app\nversion: 1.0.0-rc.1\n## values.yaml\na: 1\nb: [x]\n## values.schema.json\n{\"$ref\": \"#/$defs/r\", \"$defs\": {\"r\": {\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"string\"}, \"b\": {\"contains\": {\"pattern\": \"^y\"}}}, \"required\": [\"c\"], \"oneOf\": [{\"not\": {}}, {\"unevaluatedProperties\": false}]}}}\n",
    ],
};

fn archive(input: &[u8]) {
    let limits = Limits { max_file: 64 << 10, max_total: 256 << 10, max_files: 200, max_depth: 4 };
    let _ = load::archive("input.tgz", input, &limits);
    let Some(text) = text(input) else { return };
    let files = text.split("## ").skip(1).filter_map(|file| file.split_once('\n'));
    // As a tree demands of its paths.
    let files = files.filter(|(path, _)| !path.is_empty() && normalise(path).as_deref() == Some(path));
    match load::directory(&Tree::from_texts(files), "", &limits) {
        Ok(Loaded { chart, .. }) => {
            packs(&chart);
            processes(chart);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A packed chart is the same chart, unless its files have names that are none in an archive.
fn packs(chart: &Chart) {
    let Ok(packed) = chart.package() else { return };
    let Ok(Loaded { chart: again, .. }) = load::archive("packed.tgz", &packed, &Limits::default()) else { return };
    assert_eq!(again.metadata, chart.metadata);
    assert_eq!(again.values, chart.values);
    assert_eq!(again.templates, chart.templates);
    let repacked = again.package().ok();
    assert_eq!(repacked.as_ref(), Some(&packed));
}

fn processes(mut chart: Chart) {
    let given = Map::default();
    if let Err(error) = dependencies::process(&mut chart, &given, Rules::V4) {
        assert!(!error.to_string().is_empty());
        return;
    }
    match coalesce(&Defaults::of(&chart), &given, Rules::V4) {
        Ok(coalesced) => {
            if let Err(errors) = schema::validate(&chart, &coalesced.values) {
                assert!(!errors.0.is_empty());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
