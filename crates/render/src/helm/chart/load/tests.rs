use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use expect_test::{Expect, expect};
use flate2::Compression;
use flate2::write::GzEncoder;
use manifest::tree::Entry;
use proptest::prelude::*;
use tar::{Builder, EntryType, Header};

use super::*;

const CHART: &str = "apiVersion: v2\nname: app\nversion: 1.2.3\n";

/// Everything about a chart, a line each, those below it further in.
fn shown(chart: &Chart, indent: &str, out: &mut String) {
    let metadata = &chart.metadata;
    let names = |files: &[ChartFile]| files.iter().map(|file| file.name.clone()).collect::<Vec<_>>().join(" ");
    out.push_str(&format!("{indent}{} {} {}", metadata.api_version, metadata.name, metadata.version));
    if !chart.values.is_empty() {
        out.push_str(&format!(" {}", serde_json::Value::from(chart.values.clone())));
    }
    for (label, names) in [("templates", names(&chart.templates)), ("files", names(&chart.files))] {
        if !names.is_empty() {
            out.push_str(&format!(" {label}: {names}"));
        }
    }
    out.push('\n');
    for child in &chart.dependencies {
        shown(child, &format!("{indent}  "), out);
    }
}

fn outcome(loaded: Result<Loaded, LoadError>) -> String {
    match loaded {
        Ok(Loaded { chart, warnings }) => {
            let mut out = String::new();
            shown(&chart, "", &mut out);
            for warning in warnings {
                out.push_str(&format!("{warning}\n"));
            }
            out
        }
        Err(error) => format!("error: {error}"),
    }
}

fn check(files: &[(&str, &str)], expected: Expect) {
    check_links(files, &[], expected);
}

fn check_links(files: &[(&str, &str)], links: &[(&str, &str)], expected: Expect) {
    let mut entries: BTreeMap<Arc<str>, Entry> = BTreeMap::new();
    for (path, text) in files {
        entries.insert(Arc::from(*path), Entry::File { content: text.as_bytes().into(), executable: false });
    }
    for (path, target) in links {
        entries.insert(Arc::from(*path), Entry::Link(Arc::from(*target)));
    }
    expected.assert_eq(&outcome(directory(&Tree::new(entries), "app", &Limits::default())));
}

fn packed(fill: impl FnOnce(&mut Builder<GzEncoder<Vec<u8>>>)) -> Vec<u8> {
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    fill(&mut builder);
    builder.into_inner().unwrap().finish().unwrap()
}

/// Adds an entry with its path as it is, which the builder would refuse.
fn add(builder: &mut Builder<GzEncoder<Vec<u8>>>, path: &str, kind: EntryType, content: &[u8]) {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    builder.append(&header, content).unwrap();
}

fn archive_of(files: &[(&str, &str)]) -> Vec<u8> {
    packed(|builder| files.iter().for_each(|(path, text)| add(builder, path, EntryType::Regular, text.as_bytes())))
}

fn check_archive(files: &[(&str, &str)], expected: Expect) {
    expected.assert_eq(&outcome(archive("app-1.2.3.tgz", &archive_of(files), &Limits::default())));
}

fn check_bytes(bytes: &[u8], limits: &Limits, expected: Expect) {
    expected.assert_eq(&outcome(archive("app-1.2.3.tgz", bytes, limits)));
}

#[test]
fn a_folder_is_a_chart() {
    check(
        &[
            ("app/Chart.yaml", CHART),
            ("app/values.yaml", "a: 1\n---\nb: {c: on}\n"),
            ("app/templates/a.yaml", "a"),
            ("app/templates/.hidden", "a"),
            ("app/templates.txt", "a"),
            ("app/.helmignore", "*.md\nignored/"),
            ("app/README.md", "a"),
            ("app/ignored/a", "a"),
            ("app/crds/b.yaml", "b"),
            ("app/charts/one/Chart.yaml", "name: one\nversion: 1\n"),
            ("app/charts/one/charts/two/Chart.yaml", "name: two\nversion: v0.1\n"),
            ("app/charts/_off/a", "a"),
            ("app/charts/.off/a", "a"),
            ("app/charts/one.tgz.prov", "a"),
            ("other/Chart.yaml", ""),
        ],
        expect![[r#"
            v2 app 1.2.3 {"a":1,"b":{"c":true}} templates: templates/a.yaml files: .helmignore charts/one.tgz.prov crds/b.yaml templates.txt
              v1 one 1
                v1 two v0.1
        "#]],
    );
}

#[test]
fn every_file_has_its_place() {
    let files = [
        ("app/Chart.yaml", "\u{feff}apiVersion: v2\nname: app\nversion: 1.2.3\n"),
        (
            "app/Chart.lock",
            "digest: sha256:1\ngenerated: \"2026-01-02T03:04:05Z\"\ndependencies:\n- {name: one, version: 1.0.0, repository: r}\n",
        ),
        ("app/values.schema.json", "\u{feff}{}"),
        ("app/charts/one/Chart.yaml", "name: one\nversion: 1.0.0\n"),
    ];
    let Loaded { chart, .. } = directory(&Tree::from_texts(files), "./app/", &Limits::default()).unwrap();
    expect![[r#"
        Some(
            Lock {
                generated: "2026-01-02T03:04:05Z",
                digest: "sha256:1",
                dependencies: [
                    Dependency {
                        name: "one",
                        version: "1.0.0",
                        repository: "r",
                        condition: "",
                        tags: [],
                        enabled: false,
                        import_values: [],
                        alias: "",
                    },
                ],
            },
        )
    "#]]
    .assert_debug_eq(&chart.lock);
    assert_eq!(chart.schema.as_deref(), Some(b"{}".as_slice()));
    let raw: Vec<_> = chart.raw.iter().map(|file| (file.name.as_str(), file.data.first())).collect();
    expect![[r#"[("Chart.lock", Some(100)), ("Chart.yaml", Some(97)), ("charts/one/Chart.yaml", Some(110)), ("values.schema.json", Some(123))]"#]]
        .assert_eq(&format!("{raw:?}"));
}

#[test]
fn charts_of_version_one_have_files_for_dependencies() {
    let files = |version: &str| {
        [
            ("app/Chart.yaml".to_owned(), format!("apiVersion: {version}\nname: app\nversion: 1.2.3\n")),
            ("app/requirements.yaml".to_owned(), "dependencies:\n- name: one\n  version: 1.x\n".to_owned()),
            ("app/requirements.lock".to_owned(), "digest: sha256:1\n".to_owned()),
        ]
    };
    let load = |version: &str| {
        let loaded = directory(&Tree::from_texts(files(version)), "app", &Limits::default()).unwrap();
        assert_eq!(loaded.chart.metadata.dependencies.len(), 1);
        assert_eq!(loaded.chart.lock.clone().unwrap().digest, "sha256:1");
        outcome(Ok(loaded))
    };
    expect![[r#"
        v1 app 1.2.3 files: requirements.lock requirements.yaml
    "#]]
    .assert_eq(&load("v1"));
    expect![[r#"
        v2 app 1.2.3
        Warning: Dependency locking is handled in Chart.lock since apiVersion "v2". We recommend migrating to Chart.lock.
        Warning: Dependencies are handled in Chart.yaml since apiVersion "v2". We recommend migrating dependencies to Chart.yaml.
    "#]]
    .assert_eq(&load("v2"));
}

#[test]
fn descriptions_are_checked() {
    let check = |text: &str, expected: Expect| check(&[("app/Chart.yaml", text)], expected);
    check("", expect!["error: validation: chart.metadata.name is required"]);
    check("name: a", expect!["error: validation: chart.metadata.version is required"]);
    check("name: a\nversion: one", expect![[r#"error: validation: chart.metadata.version "one" is invalid"#]]);
    check("name: a\nversion: 1.2.3.4", expect![[r#"error: validation: chart.metadata.version "1.2.3.4" is invalid"#]]);
    check(
        "name: a\nversion: 1.10",
        expect![[r#"
        v1 a 1.1
    "#]],
    );
    check("name: a/b\nversion: 1", expect![[r#"error: validation: chart.metadata.name "a/b" is invalid"#]]);
    check("name: ..\nversion: 1", expect![[r#"error: validation: chart.metadata.name ".." is not allowed"#]]);
    check(
        "name: a\nversion: 1\ntype: x",
        expect!["error: validation: chart.metadata.type must be application or library"],
    );
    check(
        "NAME: a\nVersion: 1\nname: b",
        expect![[r#"
        v1 b 1
    "#]],
    );
    check(
        "name: \"a\\u200bb\\tc\"\nversion: 1",
        expect![[r#"
        v1 ab c 1
    "#]],
    );
    check("name: null\nversion: 1", expect!["error: validation: chart.metadata.name is required"]);
    check(
        "name: a\nversion: 1\nmaintainers: [null]",
        expect!["error: validation: maintainers must not contain empty or null nodes"],
    );
    check(
        "name: a\nversion: 1\ndependencies: [null]",
        expect!["error: validation: dependencies must not contain empty or null nodes"],
    );
    check(
        "name: a\nversion: 1\ndependencies: [{name: x, alias: a.b}]",
        expect![[r#"error: validation: dependency "x" has disallowed characters in the alias"#]],
    );
    check(
        "name: a\nversion: 1\ndependencies: [{name: x}, {name: y, alias: x}]",
        expect![[r#"error: validation: more than one dependency with name or alias "x""#]],
    );
    check(
        "name: [a]",
        expect![
            "error: cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field Metadata.name of type string"
        ],
    );
    check(
        "dependencies: [{name: {}}]",
        expect![
            "error: cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go struct field Dependency.dependencies.name of type string"
        ],
    );
    check(
        "- a",
        expect![
            "error: cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type v2.Metadata"
        ],
    );
    check(
        "name: a: b",
        expect![
            "error: cannot load Chart.yaml: line 1: a `:` that starts a value is not allowed here: either the line is indented too far, or a text that contains `: ` is not quoted"
        ],
    );
}

#[test]
fn a_folder_that_is_no_chart() {
    check(&[("other/a", "")], expect![[r#"error: path "app" not found"#]]);
    check(&[("app", "")], expect![[r#"error: path "app" not found"#]]);
    check(&[("app/values.yaml", "")], expect!["error: Chart.yaml file is missing"]);
    check(
        &[("app/Chart.yaml", CHART), ("app/values.yaml", "[]")],
        expect![
            "error: cannot load values.yaml: failed to parse values.yaml: line 1 starts a list, but values are a mapping: `name: value`"
        ],
    );
    check(
        &[("app/Chart.yaml", CHART), ("app/.helmignore", "a/**")],
        expect![[r#"error: app/.helmignore: line 1: double-star (**) syntax is not supported: "a/**""#]],
    );
    check(
        &[("app/Chart.yaml", CHART), ("app/charts/README.md", "")],
        expect!["error: error unpacking subchart README.md in app: Chart.yaml file is missing"],
    );
    check(
        &[("app/Chart.yaml", CHART), ("app/charts/one.tgz/Chart.yaml", "")],
        expect!["error: error unpacking subchart tar in app: expected one.tgz, got one.tgz/Chart.yaml"],
    );
    check(
        &[("app/Chart.yaml", CHART), ("app/charts/one.tgz", "<html>")],
        expect![[
            r#"error: error unpacking subchart one.tgz in app: file "one.tgz" does not appear to be a gzipped archive; got "text/html; charset=utf-8""#
        ]],
    );
    check(
        &[("app/Chart.yaml", CHART), ("app/charts/one/Chart.yaml", CHART), ("app/charts/one/charts/two/a", "")],
        expect![
            "error: error unpacking subchart one in app: error unpacking subchart two in app: Chart.yaml file is missing"
        ],
    );
}

#[test]
fn links_are_followed_within_the_source() {
    let files = [("app/Chart.yaml", CHART), ("shared/values.yaml", "a: 1"), ("shared/one/Chart.yaml", CHART)];
    check_links(
        &files,
        &[("app/values.yaml", "../shared/values.yaml"), ("app/charts", "../shared")],
        expect!["error: error unpacking subchart values.yaml in app: Chart.yaml file is missing"],
    );
    check_links(
        &files,
        &[("app/values.yaml", "../shared/values.yaml"), ("app/charts/one", "../../shared/one")],
        expect![[r#"
            v2 app 1.2.3 {"a":1}
              v2 app 1.2.3
        "#]],
    );
    check_links(
        &files,
        &[("app/a", "nowhere")],
        expect![
            "error: error evaluating symlink app/a: app/a: no such file or folder in the source; check its name and whether an ignore rule leaves it out"
        ],
    );
    check_links(
        &files,
        &[("app/a", "../../etc/passwd")],
        expect![
            "error: error evaluating symlink app/a: app/a: leads out of the source, which is not allowed; copy what it points at into the repository"
        ],
    );
    check_links(
        &files,
        &[("app/a/b", ".")],
        expect![
            "error: error evaluating symlink app/a/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b: app/a/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b: too many symbolic links; one of them probably points at itself"
        ],
    );
    check_links(
        &files,
        &[("app/a/b", "."), ("app/a/c", ".")],
        expect![
            "error: error evaluating symlink app/a/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b: app/a/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b/b: too many symbolic links; one of them probably points at itself"
        ],
    );
}

#[test]
fn archives_are_charts() {
    check_archive(
        &[("app/Chart.yaml", CHART), ("app/templates/a.yaml", ""), ("app/./values.yaml", "a: 1"), ("app/x/../b", "")],
        expect![[r#"
            v2 app 1.2.3 {"a":1} templates: templates/a.yaml files: b
        "#]],
    );
    check_archive(
        &[("app\\Chart.yaml", CHART), ("app\\templates\\a.yaml", "")],
        expect![[r#"
        v2 app 1.2.3 templates: templates/a.yaml
    "#]],
    );
    // Rules are not evaluated in archives.
    check_archive(
        &[("app/Chart.yaml", CHART), ("app/.helmignore", "*.md"), ("app/a.md", "")],
        expect![[r#"
        v2 app 1.2.3 files: .helmignore a.md
    "#]],
    );
    check_archive(
        &[("app/Chart.yaml", CHART), ("app/Chart.yaml", "version: 2")],
        expect![[r#"
        v2 app 2
    "#]],
    );
}

#[test]
fn archives_within_charts() {
    let one = archive_of(&[("one/Chart.yaml", "name: one\nversion: 1\n")]);
    let two = packed(|builder| {
        add(builder, "two/Chart.yaml", EntryType::Regular, b"name: two\nversion: 2\n");
        add(builder, "two/charts/one-1.tgz", EntryType::Regular, &one);
    });
    let all = packed(|builder| {
        add(builder, "pax_global_header", EntryType::XGlobalHeader, b"20 comment=something\n");
        add(builder, "app/", EntryType::Directory, b"");
        add(builder, "app/Chart.yaml", EntryType::Regular, CHART.as_bytes());
        add(builder, "app/charts/two-2.tgz", EntryType::Regular, &two);
    });
    check_bytes(
        &all,
        &Limits::default(),
        expect![[r#"
        v2 app 1.2.3
          v1 two 2
            v1 one 1
    "#]],
    );
    let shallow = Limits { max_depth: 2, ..Limits::default() };
    check_bytes(
        &all,
        &shallow,
        expect![
            "error: error unpacking subchart two-2.tgz in app: error unpacking subchart one-1.tgz in two: more than 2 charts inside each other"
        ],
    );
    let few = Limits { max_files: 6, ..Limits::default() };
    check_bytes(
        &all,
        &few,
        expect![
            "error: error unpacking subchart two-2.tgz in app: error unpacking subchart one-1.tgz in two: chart has more than 6 files"
        ],
    );
}

#[test]
fn hostile_archives_are_refused() {
    let check = |path: &str, expected: Expect| check_archive(&[("app/Chart.yaml", CHART), (path, "")], expected);
    check("app//etc/passwd", expect![[r#"error: chart illegally contains absolute paths: "app//etc/passwd""#]]);
    check(
        "/etc/passwd",
        expect![[r#"
        v2 app 1.2.3 files: etc/passwd
    "#]],
    );
    check(
        "app/../../etc/passwd",
        expect![[r#"error: chart illegally references parent directory: "app/../../etc/passwd""#]],
    );
    check("app/..", expect![[r#"error: chart illegally references parent directory: "app/..""#]]);
    check("app/x/../../y", expect![[r#"error: chart illegally references parent directory: "app/x/../../y""#]]);
    check("README.md", expect![[r#"error: chart illegally contains content outside the base directory: "README.md""#]]);
    check("app/.", expect![[r#"error: chart illegally contains content outside the base directory: "app/.""#]]);
    check("app\\c:\\x", expect![[r#"error: chart contains illegally named files: "app\\c:\\x""#]]);
    check("Chart.yaml/x", expect![[r#"error: chart yaml not in base directory: "Chart.yaml/x""#]]);
    for (kind, expected) in [
        (
            EntryType::Symlink,
            expect![[
                r#"error: chart contains "app/x", which is a symbolic link and no file; pack the chart with what it stands for"#
            ]],
        ),
        (
            EntryType::Link,
            expect![[
                r#"error: chart contains "app/x", which is a hard link and no file; pack the chart with what it stands for"#
            ]],
        ),
        (
            EntryType::Char,
            expect![[
                r#"error: chart contains "app/x", which is a device and no file; pack the chart with what it stands for"#
            ]],
        ),
        (
            EntryType::Fifo,
            expect![[
                r#"error: chart contains "app/x", which is a named pipe and no file; pack the chart with what it stands for"#
            ]],
        ),
    ] {
        check_bytes(&packed(|builder| add(builder, "app/x", kind, b"")), &Limits::default(), expected);
    }
}

#[test]
fn damaged_archives_are_refused() {
    let limits = Limits::default();
    check_bytes(
        b"",
        &limits,
        expect![[r#"error: file "app-1.2.3.tgz" does not appear to be a gzipped archive; got "nothing""#]],
    );
    check_bytes(
        b"apiVersion: v2",
        &limits,
        expect![[
            r#"error: file "app-1.2.3.tgz" does not appear to be a gzipped archive; got "text/plain; charset=utf-8""#
        ]],
    );
    check_bytes(
        b"PK\x03\x04\0",
        &limits,
        expect![[r#"error: file "app-1.2.3.tgz" does not appear to be a gzipped archive; got "application/zip""#]],
    );
    check_bytes(&packed(|_| {}), &limits, expect![[r#"error: no files in chart archive "app-1.2.3.tgz""#]]);
    let whole = archive_of(&[("app/Chart.yaml", CHART)]);
    assert!(
        outcome(archive("a", &whole[..whole.len() / 2], &limits)).contains("does not appear to be a valid chart file")
    );
    let mut text = GzEncoder::new(Vec::new(), Compression::fast());
    text.write_all(&[b'x'; 1024]).unwrap();
    assert!(
        outcome(archive("a", &text.finish().unwrap(), &limits)).contains("does not appear to be a valid chart file")
    );
}

#[test]
fn bombs_are_refused() {
    let small = Limits { max_file: 1000, max_total: 2000, max_files: 10, max_depth: 3 };
    let file = [b'x'; 1000];
    let many = |count: usize| {
        packed(|builder| (0..count).for_each(|at| add(builder, &format!("app/{at}"), EntryType::Regular, &file)))
    };
    check_bytes(&many(3), &small, expect!["error: decompressed chart is larger than the maximum size 2000"]);
    let large = packed(|builder| add(builder, "app/x", EntryType::Regular, &[b'x'; 1001]));
    check_bytes(&large, &small, expect![[r#"error: chart file "app/x" is larger than the maximum file size 1000"#]]);
    let empty = packed(|builder| (0..11).for_each(|at| add(builder, &format!("app/{at}"), EntryType::Regular, b"")));
    check_bytes(&empty, &small, expect!["error: chart has more than 10 files"]);
    let folders =
        packed(|builder| (0..11).for_each(|at| add(builder, &format!("app/{at}/"), EntryType::Directory, b"")));
    check_bytes(&folders, &small, expect!["error: chart has more than 10 files"]);
    // A name is content to who unpacks.
    let name = packed(|builder| add(builder, "././@LongLink", EntryType::GNULongName, &vec![b'x'; 1 << 20]));
    check_bytes(&name, &small, expect!["error: decompressed chart is larger than the maximum size 2000"]);
}

#[test]
fn folders_without_end_are_refused() {
    let deep = format!("app/{}x", "a/".repeat(500));
    check(
        &[("app/Chart.yaml", CHART), (&deep, "")],
        expect!["error: path a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/… has more than 128 names"],
    );
}

#[test]
fn definitions_of_custom_resources_come_with_their_paths() {
    let files = [
        ("app/Chart.yaml", CHART),
        ("app/crds/b.yaml", "b"),
        ("app/crds/a.YML", "a"),
        ("app/crds/sub/c.json", "c"),
        ("app/crds/README.md", "no"),
        ("app/charts/one/Chart.yaml", "name: one\nversion: 1\n"),
        ("app/charts/one/crds/a.yaml", "a"),
    ];
    let Loaded { chart, .. } = directory(&Tree::from_texts(files), "app", &Limits::default()).unwrap();
    let names: Vec<String> = chart.crds().into_iter().map(|crd| crd.full_name).collect();
    expect!["app/crds/a.YML app/crds/b.yaml app/crds/sub/c.json app/charts/one/crds/a.yaml"]
        .assert_eq(&names.join(" "));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_load_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..600), is_gzip in any::<bool>()) {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&bytes).unwrap();
        let packed = if is_gzip { packed.finish().unwrap() } else { bytes };
        let _ = outcome(archive("a.tgz", &packed, &Limits::default()));
    }

    #[test]
    fn damage_is_refused_or_does_not_matter(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut tar = Builder::new(Vec::new());
        let mut header = Header::new_gnu();
        header.set_size(CHART.len() as u64);
        header.set_cksum();
        tar.append_data(&mut header, "app/Chart.yaml", CHART.as_bytes()).unwrap();
        let mut bytes = tar.into_inner().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&bytes).unwrap();
        let _ = outcome(archive("a.tgz", &packed.finish().unwrap(), &Limits::default()));
    }

    #[test]
    fn any_files_are_a_chart_or_refused(
        files in prop::collection::btree_map(
            "(app/)?(charts/|templates/|one/|two.tgz|Chart.yaml|values.yaml|requirements.yaml|.helmignore|[a-z.!*/]{1,4}){1,4}",
            "(name: |version: |1|a|dependencies:|\n|- |\\*|\\[|\\]|\\{\\}){0,8}",
            0..8,
        )
    ) {
        let files = files.into_iter().filter_map(|(path, text)| Some((manifest::tree::normalise(&path)?, text)));
        let tree = Tree::from_texts(files);
        for folder in ["", "app"] {
            let _ = outcome(directory(&tree, folder, &Limits::default()));
        }
    }
}
