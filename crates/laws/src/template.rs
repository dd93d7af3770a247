//! Templates: whatever a chart holds, rendering ends, within its bounds.

use render::template::{Entropy, Environment, Limits, MissingKey, Rendering, Value, helm};

use crate::{Law, text};

/// Any text is a template or refused, and any template yields output within the limits or an error with its place.
pub const RENDER: Law = Law {
    name: "template_render",
    check: render,
    seeds: &[
        "{{- define \"a\" -}}{{ .b.c | default \"x\" | quote | nindent 2 }}{{- end -}}{{ include \"a\" . }}",
        "{{ range $k, $v := .m }}{{ $k }}={{ toYaml $v | trunc 9 }}{{ else }}{{ break }}{{ end }}{{ range 3 }}{{ . }}{{ end }}",
        "{{ $d := dict \"k\" (list 1 2.5 \"s\" nil) }}{{ $_ := set $d \"d\" $d }}{{ merge $d .m | toJson }}",
        "{{ printf \"%-5.2f|%+v|%#x|%[2]*d|%U\" 1.5 .l \"hi\" 7 'x' }}{{ tpl \"{{ .s }}\" . }}",
        "{{ with (regexReplaceAll \"(a+)b\" .s \"${1}\") }}{{ . }}{{ else with splitList \",\" .s }}{{ index . 0 }}{{ end }}",
    ],
};

struct Zeros;

impl Entropy for Zeros {
    fn fill(&mut self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

fn render(input: &[u8]) {
    const MAX_TEXT: usize = 1 << 16;
    let (Some(template), Ok(now)) = (text(input), "2026-01-02T03:04:05Z".parse()) else { return };
    // Keys and hashed passwords take seconds by design, which a search for crashes cannot afford.
    let slow = ["genCA", "genPrivateKey", "genSelfSignedCert", "genSignedCert", "bcrypt", "htpasswd", "derivePassword"];
    let functions = helm::functions().without(&slow);
    let limits = Limits { max_depth: 60, max_steps: 5_000, max_text: MAX_TEXT, max_produced: 1 << 20 };
    let mut rendering = Rendering::new("fuzz", functions, Environment::new(now, Box::new(Zeros)), limits)
        .with_missing_key(MissingKey::Zero);
    if rendering.parse("fuzz", template).is_err() {
        return;
    }
    let data =
        serde_json::json!({"s": "aab,c", "n": 7, "m": {"a": {"b": [1, null]}}, "l": [1, "two", {}], "nil": null});
    match rendering.execute("fuzz", Value::from_json(&data)) {
        Ok(output) => assert!(output.len() <= MAX_TEXT),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
