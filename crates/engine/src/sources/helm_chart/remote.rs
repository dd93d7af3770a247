//! Charts of Helm repositories and registries.

use std::sync::Arc;

use kinds::flux::HelmChart;
use render::helm::chart::{Chart, load};
use sha2::{Digest, Sha256};
use source::{ChartArtifact, Fetched, HelmChartRequest, HelmRepositoryRequest, Sources, Verification};

use super::super::failure::Failure;
use super::super::found::Found;
use super::super::look::Look;
use super::super::verification;
use super::fault::Fault;
use super::values::{Missing, Place};
use super::{Made, MadeFrom, Packaging, Signature, keep, known, no_source, source, values, version};
use crate::directory::Kind;

/// Looks for the version to use in the index, or among the tags of a registry.
pub(super) async fn fetch(look: &mut Look<'_>, chart: &HelmChart) -> Result<Found, Failure> {
    check_name(&chart.spec.chart)?;
    let repository = source(chart, Kind::HelmRepository);
    let held = look.engine.artifacts.repository(&repository);
    let held = held.ok_or_else(|| no_source(look, &repository, Kind::HelmRepository))?;
    let verification = match &chart.spec.verify {
        None => Verification::None,
        Some(verify) => verification::demanded(&look.secrets, &verify.provider, verify.secret_ref.as_ref())?,
    };
    let request = HelmChartRequest {
        repository: (*held.request).clone(),
        name: chart.spec.chart.clone(),
        version: chart.spec.version().to_owned(),
        verification,
    };
    let last = look.resolved.as_ref().filter(|resolved| resolved.generation == look.generation);
    let last = last.and_then(|resolved| match &resolved.from {
        MadeFrom::Repository { request: known, pulled } if **known == request => Some(pulled),
        MadeFrom::Repository { .. } | MadeFrom::Files { .. } => None,
    });
    let fetched = look.engine.sources.helm_chart(&request, last).await.map_err(|error| Fault::of(&error))?;
    let source_revision = held.revision.unwrap_or_default();
    match fetched {
        Fetched::Unchanged => known(look, None, source_revision)
            .ok_or_else(|| Fault::Pull.because("the chart is said to be unchanged, but none is held")),
        Fetched::New(pulled) => {
            let made = make(look, chart, &pulled).await?;
            let pulled = ChartArtifact { archive: Arc::default(), ..pulled };
            Ok(keep(look, chart, made, MadeFrom::Repository { request: Box::new(request), pulled }, source_revision))
        }
    }
}

/// The chart in an archive, with the values that are wanted.
async fn make(look: &Look<'_>, chart: &HelmChart, pulled: &ChartArtifact) -> Result<Made, Failure> {
    let artifacts = &look.engine.artifacts;
    let archive = format!("{}-{}.tgz", pulled.name, pulled.revision);
    let read = || load::archive(&archive, &pulled.archive, &load::Limits::default()).map(|loaded| loaded.chart);
    let files = values::wanted(chart.spec.all_values_files());
    let fault = if files.is_empty() { Fault::Pull } else { Fault::Package };
    let content = artifacts.shared(&pulled.digest, read).await.map_err(|error| fault.because(error))?;
    let made = Made {
        name: pulled.name.clone(),
        version: pulled.revision.clone(),
        digest: pulled.digest.clone(),
        chart: content,
        packaging: Packaging::Pulled,
        values_files: Vec::new(),
        signature: if chart.spec.verify.is_some() { Signature::Verified } else { Signature::NotDemanded },
    };
    if files.is_empty() {
        return Ok(made);
    }
    let mut content = Chart::clone(&made.chart);
    let values_files = put_in(chart, &mut content, &files, &pulled.revision, look.generation)?;
    let version = content.metadata.version.clone();
    let digest = digest_with(&made.digest, &version, &content);
    let Ok(content) = artifacts.shared(&digest, || Ok::<_, std::convert::Infallible>(content)).await;
    Ok(Made { version, digest, chart: content, packaging: Packaging::Packaged, values_files, ..made })
}

/// Puts the values of these files into a chart, and returns those that were there. The version says so with every
/// generation, so that a change of the list is noticed.
fn put_in(
    object: &HelmChart,
    content: &mut Chart,
    files: &[String],
    version: &str,
    generation: i64,
) -> Result<Vec<String>, Failure> {
    let missing = if object.spec.ignore_missing_values_files { Missing::Ignore } else { Missing::Fail };
    let version = version::with_metadata(version, &generation.to_string())?;
    let values_files = values::merge(content, files, missing, Place::Chart)?;
    content.metadata.version = version;
    Ok(values_files)
}

/// The chart as it would be fetched now, by nobody's status.
pub(in crate::sources) async fn preview(
    sources: &Sources,
    object: &HelmChart,
    repository: HelmRepositoryRequest,
    verification: Verification,
) -> Result<Chart, Failure> {
    check_name(&object.spec.chart)?;
    let (name, version) = (object.spec.chart.clone(), object.spec.version().to_owned());
    let request = HelmChartRequest { repository, name, version, verification };
    let pulled = match sources.helm_chart(&request, None).await.map_err(|error| Fault::of(&error))? {
        Fetched::New(pulled) => pulled,
        Fetched::Unchanged => unreachable!("nothing was said to be held, so that nothing is unchanged"),
    };
    let archive = format!("{}-{}.tgz", pulled.name, pulled.revision);
    let loaded = load::archive(&archive, &pulled.archive, &load::Limits::default());
    let mut chart = loaded.map_err(|error| Fault::Pull.because(error))?.chart;
    let files = values::wanted(object.spec.all_values_files());
    if !files.is_empty() {
        put_in(object, &mut chart, &files, &pulled.revision, object.metadata.generation)?;
    }
    Ok(chart)
}

/// The digest of an archive with another version and other values.
fn digest_with(archive: &str, version: &str, chart: &Chart) -> String {
    let values = serde_json::to_string(&chart.values).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [archive, version, &values] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    format!("sha256:{}", hex::encode(hash.finalize()))
}

/// The names that source-controller takes: words of small letters, digits and dashes, with slashes and periods between.
fn check_name(name: &str) -> Result<(), Failure> {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let bytes = name.as_bytes();
    let is_valid = bytes.first().is_some_and(|first| is_word(*first))
        && bytes.iter().all(|byte| is_word(*byte) || matches!(byte, b'/' | b'.'))
        // After a word there may be one slash, then one period, and then the next word.
        && bytes.windows(2).all(|pair| !matches!(pair, [b'/', b'/'] | [b'.', b'.' | b'/']));
    if is_valid {
        return Ok(());
    }
    Err(Fault::Reference.because(format!(
        "invalid chart name {name:?}: it has small letters, digits and dashes, with slashes and periods between"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_charts() {
        for valid in ["podinfo", "cert-manager", "a/b", "web.v2", "web2", "a/.b", "a.", "a/"] {
            assert!(check_name(valid).is_ok(), "{valid}");
        }
        for invalid in ["", "Podinfo", "../x", "/a", ".a", "a//b", "a..b", "a./b", "a b", "a_b", "é"] {
            assert!(check_name(invalid).is_err(), "{invalid}");
        }
    }
}
