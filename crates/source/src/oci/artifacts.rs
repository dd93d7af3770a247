//! From an `OCIRepository` to its artifact.

use std::sync::Arc;

use manifest::Tree;
use manifest::semver_range::{self, VersionRange};
use regex::Regex;

use super::manifest::{Descriptor, Manifest};
use super::registries::{Registries, Session};
use super::request::{LayerOperation, OciReference, OciRequest};
use super::{CHART, layer, verify};
use crate::artifact::{Artifact, Fetched};
use crate::candidates::highest_versions;
use crate::error::SourceError;

/// Where a reference leads.
struct Target {
    revision: String,
    digest: String,
}

impl Registries {
    /// The artifact of a reference, unless it still stands at `last`.
    pub(crate) async fn artifact(&self, request: &OciRequest, last: Option<&str>) -> Result<Fetched, SourceError> {
        let OciRequest { url, credentials, connection, registry, .. } = request;
        let session = self.session(url, credentials, connection, *registry).await?;
        let target = target(&session, request).await?;
        if last == Some(target.revision.as_str()) {
            return Ok(Fetched::Unchanged);
        }
        self.read(&session, request, target).await.map(Fetched::New)
    }

    /// The artifact of a past revision, as far as the registry still has it.
    pub(crate) async fn artifact_at(&self, request: &OciRequest, revision: &str) -> Result<Artifact, SourceError> {
        let OciRequest { url, credentials, connection, registry, .. } = request;
        let session = self.session(url, credentials, connection, *registry).await?;
        let digest = revision.rsplit_once('@').map_or(revision, |(_, digest)| digest).to_owned();
        self.read(&session, request, Target { revision: revision.to_owned(), digest }).await
    }

    async fn read(&self, session: &Session<'_>, request: &OciRequest, target: Target) -> Result<Artifact, SourceError> {
        verify(session, &target.digest, &request.verification).await?;
        let manifest = session.manifest(&target.digest).await?;
        let selected = select(session, request, &manifest)?;
        let bytes = session.blob(&selected.digest, self.limits.total).await?;
        let mut artifact = match request.layer.operation {
            LayerOperation::Copy => Artifact {
                digest: selected.digest.clone(),
                layer: Some(bytes),
                ..Artifact::new(target.revision, Tree::new(Default::default()), None)
            },
            LayerOperation::Extract => {
                let (shown, ignore) = (session.name.to_string(), request.ignore.clone());
                let tree = extract(shown, bytes, ignore, self.limits.clone()).await?;
                Artifact::new(target.revision, tree, None)
            }
        };
        artifact.metadata = manifest.annotations;
        Ok(artifact)
    }
}

async fn target(session: &Session<'_>, request: &OciRequest) -> Result<Target, SourceError> {
    let tag = match &request.reference {
        OciReference::Digest(digest) => return Ok(Target { revision: digest.clone(), digest: digest.clone() }),
        OciReference::Tag(tag) => tag.clone(),
        OciReference::SemVer { range, filter } => {
            let tags = session.tags().await?;
            let of_chart = request.layer.media_type.as_deref() == Some(CHART);
            highest(&session.name.to_string(), &tags, range, filter.as_deref(), of_chart.into())?
        }
    };
    let digest = session.resolve(&tag, "check spec.url and the tag").await?.digest;
    Ok(Target { revision: format!("{tag}@{digest}"), digest })
}

/// How versions are written as tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagStyle {
    /// As they are.
    Plain,
    /// With `_` for `+`, which tags cannot have: Helm's way.
    Chart,
}

impl From<bool> for TagStyle {
    fn from(of_chart: bool) -> TagStyle {
        if of_chart { TagStyle::Chart } else { TagStyle::Plain }
    }
}

impl TagStyle {
    /// The version that a tag stands for.
    pub(super) fn version(self, tag: &str) -> String {
        match self {
            TagStyle::Plain => tag.to_owned(),
            TagStyle::Chart => tag.replace('_', "+"),
        }
    }

    /// The tag of a version.
    pub(super) fn tag(self, version: &str) -> String {
        match self {
            TagStyle::Plain => version.to_owned(),
            TagStyle::Chart => version.replace('+', "_"),
        }
    }
}

/// The tag with the highest version in a range, of those that the filter lets pass.
fn highest(
    url: &str,
    tags: &[String],
    range: &str,
    filter: Option<&str>,
    style: TagStyle,
) -> Result<String, SourceError> {
    let invalid = |reference: String, reason: String| SourceError::InvalidReference { reference, reason };
    let parsed: VersionRange = range
        .parse()
        .map_err(|error: semver_range::RangeError| invalid(format!("version {range:?}"), error.to_string()))?;
    let filter = filter
        .map(Regex::new)
        .transpose()
        .map_err(|error| invalid("spec.ref.semverFilter".to_owned(), error.to_string()))?;
    let passing = tags.iter().filter(|tag| filter.as_ref().is_none_or(|filter| filter.is_match(tag)));
    let versions: Vec<String> = passing.map(|tag| style.version(tag)).collect();
    match semver_range::highest(&parsed, versions.iter().map(String::as_str)).first() {
        Some(version) => Ok(style.tag(version)),
        None => Err(SourceError::NoVersion {
            url: url.to_owned(),
            name: url.rsplit('/').next().unwrap_or(url).to_owned(),
            range: range.to_owned(),
            candidates: highest_versions(tags.iter().map(String::as_str)),
        }),
    }
}

fn select<'m>(
    session: &Session<'_>,
    request: &OciRequest,
    manifest: &'m Manifest,
) -> Result<&'m Descriptor, SourceError> {
    let missing = |cause: String| SourceError::InvalidArtifact { url: session.name.to_string(), cause };
    match request.layer.media_type.as_deref().filter(|kind| !kind.is_empty()) {
        None => manifest.layers.first().ok_or_else(|| missing("the artifact has no layer; push it again".to_owned())),
        Some(wanted) => manifest.layers.iter().find(|layer| layer.media_type == wanted).ok_or_else(|| {
            let has: Vec<&str> = manifest.layers.iter().map(|layer| layer.media_type.as_str()).collect();
            missing(format!("no layer has the media type {wanted:?}; the artifact has: {}", has.join(", ")))
        }),
    }
}

/// Off the threads that serve everybody, since a layer can be large.
async fn extract(
    shown: String,
    layer: Arc<[u8]>,
    ignore: Option<String>,
    limits: crate::limits::Limits,
) -> Result<Tree, SourceError> {
    let gone = SourceError::Protocol { url: shown.clone(), cause: "given up, since the process ends".to_owned() };
    let unpacking = tokio::task::spawn_blocking(move || layer::unpack(&shown, &layer, ignore.as_deref(), &limits));
    match unpacking.await {
        Ok(tree) => tree,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_ended) => Err(gone),
        },
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(tags: &str, range: &str, filter: Option<&str>, style: TagStyle, expected: Expect) {
        let tags: Vec<String> = tags.split_whitespace().map(str::to_owned).collect();
        let found = highest("oci://example.com/org/app", &tags, range, filter, style);
        expected.assert_eq(&found.unwrap_or_else(|error| error.to_string()));
    }

    #[test]
    fn chooses_tags() {
        let tags = "latest 1.0.0 v1.1.0 1.2.0-rc.1 1.3 2.0.0-rc.1 0.9.0_one sha256-ab.sig";
        check(tags, "*", None, TagStyle::Plain, expect!["v1.1.0"]);
        check(tags, ">=1.2.0-0 <2", None, TagStyle::Plain, expect!["2.0.0-rc.1"]);
        check(tags, ">=1.0.0-0", Some(".*-rc.*"), TagStyle::Plain, expect!["2.0.0-rc.1"]);
        check(tags, ">=1.0.0-0", Some("^1"), TagStyle::Plain, expect!["1.2.0-rc.1"]);
        check(tags, "0.x", None, TagStyle::Chart, expect!["0.9.0_one"]);
        check(
            tags,
            "0.x",
            None,
            TagStyle::Plain,
            expect![[
                r#"oci://example.com/org/app: no version of "app" matches "0.x"; similar ones: 2.0.0-rc.1, 1.2.0-rc.1, v1.1.0, 1.0.0"#
            ]],
        );
        check(
            tags,
            ">=1",
            Some("("),
            TagStyle::Plain,
            expect![[r#"
            spec.ref.semverFilter is not a valid reference: regex parse error:
                (
                ^
            error: unclosed group"#]],
        );
        check(
            tags,
            "none",
            None,
            TagStyle::Plain,
            expect![[
                r#"version "none" is not a valid reference: "none" is not a version range: cannot read "none"; examples: ">=1.2.0 <2.0.0", "~1.4", "^2", "1.x""#
            ]],
        );
    }
}
