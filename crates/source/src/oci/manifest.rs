//! Manifests: what an artifact is made of.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::SourceError;

/// What is asked for: manifests, and indexes of manifests for several platforms.
pub(super) const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json";

/// A manifest or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Document {
    /// One artifact.
    Manifest(Manifest),
    /// The same artifact for several platforms.
    Index(Vec<Descriptor>),
}

/// One artifact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Manifest {
    #[serde(default)]
    pub(super) config: Option<Descriptor>,
    #[serde(default)]
    pub(super) layers: Vec<Descriptor>,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
}

/// Where a part is, and what it has to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Descriptor {
    #[serde(default, rename = "mediaType")]
    pub(super) media_type: String,
    #[serde(default, rename = "artifactType")]
    pub(super) artifact_type: String,
    pub(super) digest: String,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
    #[serde(default)]
    platform: Option<Platform>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Platform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
}

/// Either form, told apart by what it lists.
#[derive(Deserialize)]
struct Either {
    #[serde(default)]
    manifests: Option<Vec<Descriptor>>,
    #[serde(default, rename = "schemaVersion")]
    schema_version: u64,
}

impl Document {
    /// Reads a manifest or an index.
    pub(super) fn parse(url: &str, bytes: &[u8]) -> Result<Document, SourceError> {
        let invalid = |cause: String| SourceError::InvalidArtifact { url: url.to_owned(), cause };
        let no_manifest = |error: serde_json::Error| invalid(format!("the manifest cannot be read: {error}"));
        // A list of its fields would pass for a manifest.
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(invalid("the manifest is no JSON object".to_owned()));
        }
        let either: Either = serde_json::from_slice(bytes).map_err(no_manifest)?;
        if either.schema_version == 1 {
            return Err(invalid(
                "the manifest has the first schema, which is no longer used; push it again".to_owned(),
            ));
        }
        match either.manifests {
            Some(manifests) => Ok(Document::Index(manifests)),
            None => serde_json::from_slice(bytes).map(Document::Manifest).map_err(no_manifest),
        }
    }
}

impl Document {
    /// The entries of an index; none of a manifest.
    pub(super) fn into_referrers(self) -> Vec<Descriptor> {
        match self {
            Document::Manifest(_) => Vec::new(),
            Document::Index(referrers) => referrers,
        }
    }
}

/// The manifest of an index that Flux takes: the one for `linux/amd64`, or one for no platform in particular.
pub(super) fn for_platform<'a>(url: &str, manifests: &'a [Descriptor]) -> Result<&'a Descriptor, SourceError> {
    let fits = |descriptor: &&Descriptor| {
        descriptor.platform.as_ref().is_none_or(|platform| platform.os == "linux" && platform.architecture == "amd64")
    };
    manifests.iter().find(fits).ok_or_else(|| SourceError::InvalidArtifact {
        url: url.to_owned(),
        cause: "it is an index without a manifest for linux/amd64; push the artifact itself".to_owned(),
    })
}

/// Whether the text is a digest that can be checked.
pub(super) fn is_sha256(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tells_manifests_from_indexes() {
        let parse = |text: &str| Document::parse("oci://example.com/a", text.as_bytes());
        let manifest =
            parse(r#"{"schemaVersion": 2, "layers": [{"mediaType": "m", "digest": "d", "size": 1}]}"#).unwrap();
        assert!(matches!(manifest, Document::Manifest(manifest) if manifest.layers[0].media_type == "m"));
        let index = r#"{"schemaVersion": 2, "manifests": [
            {"digest": "arm", "platform": {"os": "linux", "architecture": "arm64"}},
            {"digest": "amd", "platform": {"os": "linux", "architecture": "amd64"}}]}"#;
        let Document::Index(manifests) = parse(index).unwrap() else { panic!("an index is expected") };
        assert_eq!(for_platform("u", &manifests).unwrap().digest, "amd");
        assert!(for_platform("u", &manifests[..1]).is_err());
        assert!(parse(r#"{"schemaVersion": 1, "fsLayers": []}"#).unwrap_err().to_string().contains("first schema"));
        assert!(parse("[]").is_err());
    }

    #[test]
    fn knows_digests() {
        let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(is_sha256(&format!("sha256:{digits}")));
        assert!(!is_sha256(&format!("sha256:{}", digits.to_uppercase())));
        assert!(!is_sha256("sha256:../x"));
        assert!(!is_sha256(digits));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[\\[{\"a-z:0-9,}\\]]{0,80}") {
            let _ = Document::parse("u", text.as_bytes());
        }
    }
}
