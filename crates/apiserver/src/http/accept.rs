//! Content negotiation.

use crate::error::ApiError;

/// How an object is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Representation {
    /// As it is.
    Object,
    /// `as=Table`: rows for people.
    Table,
    /// `as=PartialObjectMetadata` and `as=PartialObjectMetadataList`.
    Metadata,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// `application/json`
    Json,
    /// `application/yaml`
    Yaml,
}

impl Format {
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Yaml => "application/yaml",
        }
    }
}

/// What is sent to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) representation: Representation,
    pub(crate) format: Format,
}

/// Chooses the first of the client's media types that we can write. No header means JSON.
pub(crate) fn negotiate(header: Option<&str>) -> Result<Accepted, ApiError> {
    let header = header.filter(|text| !text.trim().is_empty()).unwrap_or("application/json");
    header.split(',').find_map(accepted).ok_or_else(ApiError::not_acceptable)
}

fn accepted(range: &str) -> Option<Accepted> {
    let mut parts = range.split(';').map(str::trim);
    let format = match parts.next()? {
        "application/json" | "application/*" | "*/*" => Format::Json,
        "application/yaml" => Format::Yaml,
        _ => return None,
    };
    let mut representation = Representation::Object;
    for parameter in parts {
        match parameter.split_once('=') {
            Some(("as", "Table")) => representation = Representation::Table,
            Some(("as", "PartialObjectMetadata" | "PartialObjectMetadataList")) => {
                representation = Representation::Metadata;
            }
            Some(("as", _)) => return None,
            Some(("g", group)) if group != "meta.k8s.io" => return None,
            Some(("v", version)) if !matches!(version, "v1" | "v1beta1") => return None,
            Some(_) | None => {}
        }
    }
    Some(Accepted { representation, format })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(header: &str, expected: Expect) {
        let text = match negotiate(Some(header)) {
            Ok(Accepted { representation, format }) => format!("{representation:?} {format:?}"),
            Err(error) => error.code.to_string(),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn the_first_writable_type_wins() {
        check("", expect!["Object Json"]);
        check("*/*", expect!["Object Json"]);
        check("application/json", expect!["Object Json"]);
        check("application/yaml", expect!["Object Yaml"]);
        check("application/vnd.kubernetes.protobuf,application/json", expect!["Object Json"]);
        check("application/vnd.kubernetes.protobuf", expect!["406"]);
        check("text/html", expect!["406"]);
        check("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", expect!["Table Json"]);
        check("application/json;as=Table;g=meta.k8s.io;v=v1beta1, application/json", expect!["Table Json"]);
        check("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", expect!["Metadata Json"]);
        check("application/json;as=Other;g=meta.k8s.io;v=v1,application/json", expect!["Object Json"]);
        check("application/json;as=Table;g=other;v=v1", expect!["406"]);
    }
}
