//! What to fetch from a registry, and how to get in.

use std::fmt;

use crate::helm_repository::Registry;
use crate::request::{Connection, Credentials};

/// One `OCIRepository`, as far as fetching it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OciRequest {
    /// `oci://host/path`, without a tag.
    pub url: String,
    /// Which artifact.
    pub reference: OciReference,
    /// Which of its layers, and what becomes of it.
    pub layer: LayerSelector,
    /// How to authenticate: with a `.dockerconfigjson`, or a name and a password.
    pub credentials: Credentials,
    /// How the registry is reached.
    pub connection: Connection,
    /// How it is spoken to.
    pub registry: Registry,
    /// `spec.ignore`: rules that follow those of all `.sourceignore` files.
    pub ignore: Option<String>,
    /// Who must have signed it.
    pub verification: Verification,
}

impl OciRequest {
    /// A request for an artifact's first layer, unpacked, without credentials or rules.
    pub fn new(url: impl Into<String>, reference: OciReference) -> OciRequest {
        OciRequest {
            url: url.into(),
            reference,
            layer: LayerSelector::default(),
            credentials: Credentials::None,
            connection: Connection::default(),
            registry: Registry::Secure,
            ignore: None,
            verification: Verification::None,
        }
    }
}

/// Which artifact of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OciReference {
    /// What a tag stands for now.
    Tag(String),
    /// The highest tag in a range.
    SemVer {
        /// The range; see [`manifest::semver_range::VersionRange`].
        range: String,
        /// `spec.ref.semverFilter`: a regular expression that tags have to match first.
        filter: Option<String>,
    },
    /// Exactly this: `sha256:<hex>`.
    Digest(String),
}

/// `spec.ref` as written: any of its fields may be given together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OciReferenceFields {
    /// `spec.ref.digest`.
    pub digest: Option<String>,
    /// `spec.ref.semver`.
    pub semver: Option<String>,
    /// `spec.ref.semverFilter`.
    pub semver_filter: Option<String>,
    /// `spec.ref.tag`.
    pub tag: Option<String>,
}

impl From<OciReferenceFields> for OciReference {
    /// The field that counts: digest, semver, tag, in this order, and else the tag `latest`. Empty fields count as
    /// absent.
    fn from(fields: OciReferenceFields) -> OciReference {
        let given = |field: Option<String>| field.filter(|text| !text.is_empty());
        if let Some(digest) = given(fields.digest) {
            return OciReference::Digest(digest);
        }
        match given(fields.semver) {
            Some(range) => OciReference::SemVer { range, filter: given(fields.semver_filter) },
            None => OciReference::Tag(given(fields.tag).unwrap_or_else(|| "latest".to_owned())),
        }
    }
}

impl fmt::Display for OciReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OciReference::Tag(tag) => write!(f, "tag {tag:?}"),
            OciReference::SemVer { range, .. } => write!(f, "version {range:?}"),
            OciReference::Digest(digest) => write!(f, "digest {digest:?}"),
        }
    }
}

/// `spec.layerSelector`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LayerSelector {
    /// The first layer of this media type; `None` for the first of all.
    pub media_type: Option<String>,
    /// What becomes of it.
    pub operation: LayerOperation,
}

/// What becomes of a layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LayerOperation {
    /// Its files are the source's.
    #[default]
    Extract,
    /// It is taken as it is, such as the archive of a chart: see [`crate::Artifact::layer`].
    Copy,
}

/// Who must have signed an artifact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Verification {
    /// Nobody.
    #[default]
    None,
    /// The owner of one of these public keys (PEM), with cosign: `spec.verify` with the provider `cosign` and a
    /// `secretRef`, of which all keys that end with `.pub` count.
    CosignKeys(Vec<Vec<u8>>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_exact_field_counts() {
        let all = OciReferenceFields {
            digest: Some("sha256:x".into()),
            semver: Some(">=1".into()),
            semver_filter: Some(".*-ok".into()),
            tag: Some("v1".into()),
        };
        let mut shown = vec![OciReference::from(all.clone()).to_string()];
        let without_digest = OciReferenceFields { digest: Some(String::new()), ..all };
        shown.push(OciReference::from(without_digest.clone()).to_string());
        let only_tag = OciReferenceFields { semver: None, ..without_digest };
        shown.push(OciReference::from(only_tag).to_string());
        shown.push(OciReference::from(OciReferenceFields::default()).to_string());
        assert_eq!(shown, [r#"digest "sha256:x""#, r#"version ">=1""#, r#"tag "v1""#, r#"tag "latest""#]);
    }
}
