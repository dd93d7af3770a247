//! The formats of encrypted files.

use std::fmt;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `*.yaml`, `*.yml`.
    Yaml,
    /// `*.json`, `.dockerconfigjson`.
    Json,
    /// `*.env`.
    Dotenv,
    /// `*.ini`.
    Ini,
    /// Anything else: one value in a JSON document.
    Binary,
}

/// What a file of a format holds if it is encrypted, in the order in which formats are tried.
const MARKS: [(Format, &str); 4] = [
    (Format::Json, "\"mac\": \"ENC["),
    (Format::Yaml, "mac: ENC["),
    (Format::Dotenv, "sops_mac=ENC["),
    (Format::Ini, "[sops]"),
];

impl Format {
    /// The format that a name says.
    pub fn of_path(path: &str) -> Format {
        let ends = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
        match () {
            () if ends(&[".yaml", ".yml"]) => Format::Yaml,
            () if ends(&[".json", ".dockerconfigjson"]) => Format::Json,
            () if ends(&[".env"]) => Format::Dotenv,
            () if ends(&[".ini"]) => Format::Ini,
            () => Format::Binary,
        }
    }

    /// The format of a content that is encrypted.
    pub(super) fn marked(content: &[u8]) -> Option<Format> {
        MARKS.iter().map(|(format, _)| *format).find(|format| format.marks(content))
    }

    /// Whether a content of this format is encrypted.
    pub(super) fn marks(self, content: &[u8]) -> bool {
        let same = if self == Format::Binary { Format::Json } else { self };
        let marks = MARKS.iter().filter(|(format, _)| *format == same);
        marks.into_iter().any(|(_, mark)| content.windows(mark.len()).any(|window| window == mark.as_bytes()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Yaml => "YAML",
            Format::Json => "JSON",
            Format::Dotenv => "dotenv",
            Format::Ini => "INI",
            Format::Binary => "binary",
        })
    }
}
