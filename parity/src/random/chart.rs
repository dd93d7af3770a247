//! Charts that nobody would write, in folders.

use std::path::Path;

use super::expression::{any, fraction, list, table, text, truth, whole};
use super::rng::Rng;
use super::values;
use crate::Outcome;

/// Writes a chart for this case.
pub(super) fn write(rng: &mut Rng, folder: &Path) -> Outcome<()> {
    let files = files(rng);
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().ok_or("a file has a folder")?)?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

fn files(rng: &mut Rng) -> Vec<(String, String)> {
    let sub = rng.chance(25);
    let mut files = vec![
        ("Chart.yaml".to_owned(), head(rng, sub)),
        ("values.yaml".to_owned(), values::file(rng)),
        ("notes.txt".to_owned(), "a note\nof two lines".to_owned()),
        ("templates/_helpers.tpl".to_owned(), helpers(rng)),
    ];
    if rng.chance(50) {
        files.push(("given.yaml".to_owned(), values::given(rng)));
    }
    for index in 0..rng.between(1, 3) {
        files.push((format!("templates/{}{index}.yaml", rng.pick(&["a", "b", "sub/c"])), template(rng)));
    }
    if sub {
        let head = "apiVersion: v2\nname: sub\nversion: 0.1.0\n".to_owned();
        files.push(("charts/sub/Chart.yaml".to_owned(), head));
        files.push(("charts/sub/values.yaml".to_owned(), values::file(rng)));
        files.push(("charts/sub/templates/a.yaml".to_owned(), template(rng)));
    }
    files
}

fn head(rng: &mut Rng, sub: bool) -> String {
    let mut text =
        format!("apiVersion: v2\nname: chart\nversion: {}\n", rng.pick(&["1.2.3", "0.1.0-rc.1", "1.0.0+build.5"]));
    text += rng.pick(&["", "appVersion: \"2.0\"\n", "appVersion: 1.10\n", "appVersion: v3\n"]);
    if sub {
        text += "dependencies:\n- name: sub\n  version: \">=0\"\n";
        text += rng.pick(&[
            "",
            "  condition: flag\n",
            "  condition: table.enabled,flag\n",
            "  alias: other-sub\n",
            "  import-values: [table]\n",
            "  import-values:\n  - child: table\n    parent: imported\n",
            "  tags: [t]\n",
        ]);
    }
    text
}

fn helpers(rng: &mut Rng) -> String {
    let body = rng.pick(&[
        "{{ . | toYaml }}",
        "{{- printf \"%v\" . -}}",
        "<{{ kindOf . }}>",
        "{{ if . }}yes{{ else }}no{{ end }}",
        "\n{{- range $k, $v := . }}\n{{ $k }}={{ $v }}\n{{- end }}",
        "{{ template \"inner\" . }}",
    ]);
    format!(
        "{{{{- define \"helper\" -}}}}\n{body}\n{{{{- end -}}}}\n{{{{ define \"inner\" }}}}[{{{{ . }}}}]{{{{ end }}}}\n"
    )
}

fn template(rng: &mut Rng) -> String {
    let mut out = String::new();
    if rng.chance(20) {
        out += "{{- $set := .Values.text }}\n";
    }
    out += "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: demo\n";
    if rng.chance(10) {
        out += &format!(
            "  annotations:\n    helm.sh/hook: {}\n    helm.sh/hook-weight: \"{}\"\n",
            rng.pick(&["pre-install", "post-install,post-upgrade", "test", "crd-install", "pre-delete"]),
            rng.between(-2, 2)
        );
    }
    out += "data:\n";
    for index in 0..rng.between(1, 4) {
        out += &entry(rng, index);
    }
    if rng.chance(15) {
        out += "---\n# only a comment\n";
    }
    if rng.chance(15) {
        out += rng.pick(&[
            "---\nkind: Secret\napiVersion: v1\nmetadata: {name: s}\n",
            "---\n\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: x\n",
            "\n--- \napiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n",
        ]);
    }
    out
}

/// One key of the object, or several.
fn entry(rng: &mut Rng, index: i64) -> String {
    let depth = rng.between(0, 3) as usize;
    match rng.below(13) {
        0..=2 => format!("  k{index}: {{{{ {} | quote }}}}\n", any(rng, depth)),
        3 | 4 => format!("  k{index}: {{{{ {} | toJson | quote }}}}\n", any(rng, depth)),
        5 => format!("  k{index}:\n    {{{{- {} | toYaml | nindent 4 }}}}\n", any(rng, depth)),
        6 => format!("  k{index}: |-\n{{{{ {} | indent 4 }}}}\n", text(rng, depth)),
        7 => range(rng, index, depth),
        8 => format!(
            "  {{{{- if {} }}}}\n  k{index}: yes\n  {{{{- else if {} }}}}\n  k{index}: {{{{ {} }}}}\n  {{{{- else }}}}\n  k{index}: no\n  {{{{- end }}}}\n",
            truth(rng, depth),
            truth(rng, 1),
            whole(rng, depth)
        ),
        9 => format!(
            "  {{{{- with {} }}}}\n  k{index}: {{{{ . | toJson | squote }}}}\n  {{{{- else }}}}\n  k{index}: none\n  {{{{- end }}}}\n",
            table(rng, depth)
        ),
        10 => format!(
            "  {{{{- $v := {} }}}}\n  {{{{- $v = {} }}}}\n  k{index}: {{{{ $v | quote }}}}\n",
            any(rng, depth),
            any(rng, depth)
        ),
        11 => {
            format!("  k{index}: {{{{ {} }}}}\n", if rng.chance(50) { whole(rng, depth) } else { fraction(rng, depth) })
        }
        _ => format!("  k{index}: {{{{ {} | toString | b64enc }}}}\n", any(rng, depth)),
    }
}

fn range(rng: &mut Rng, index: i64, depth: usize) -> String {
    let over = if rng.chance(60) { list(rng, depth) } else { table(rng, depth) };
    let inside = rng.pick(&[
        "",
        "",
        "",
        "{{- if eq (toString $k) \"1\" }}{{ continue }}{{ end }}",
        "{{- if eq (toString $k) \"1\" }}{{ break }}{{ end }}",
    ]);
    format!(
        "  {{{{- range $k, $e := {over} }}}}{inside}\n  r{index}-{{{{ $k }}}}: {{{{ $e | toJson | quote }}}}\n  {{{{- else }}}}\n  k{index}: none\n  {{{{- end }}}}\n"
    )
}
