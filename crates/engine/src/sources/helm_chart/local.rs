//! Charts in the files of a git repository or bucket: a folder, or an archive.

use kinds::flux::HelmChart;
use kinds::flux::helm_chart::ReconcileStrategy;
use manifest::{Tree, tree};
use render::helm::chart::Chart;
use render::helm::chart::load::{self, LoadError};
use sha2::{Digest, Sha256};

use super::super::failure::{Failure, Remedy};
use super::super::found::Found;
use super::super::look::Look;
use super::dependencies::Remotes;
use super::fault::Fault;
use super::values::{Missing, Place};
use super::{Made, MadeFrom, Packaging, Signature, dependencies, keep, known, no_source, source, values, version};
use crate::directory::Kind;

/// A chart as it stands in the files.
struct Standing {
    /// The normalised path.
    path: String,
    form: Form,
    chart: Chart,
}

/// What stands at the path of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Folder,
    Archive,
}

/// Looks at the chart in the newest files of the source.
pub(super) async fn fetch(look: &mut Look<'_>, chart: &HelmChart, kind: Kind) -> Result<Found, Failure> {
    let source = source(chart, kind);
    let held = look.engine.artifacts.get(&source).ok_or_else(|| no_source(look, &source, kind))?;
    let (revision, files) = (held.artifact.revision.clone(), &held.artifact.tree);
    let from = || MadeFrom::Files { revision: revision.clone(), digest: held.artifact.digest.clone() };
    let last = look.resolved.as_ref().filter(|resolved| resolved.generation == look.generation);
    let is_same = last.is_some_and(|resolved| match &resolved.from {
        MadeFrom::Files { revision: known, digest } => *known == revision && *digest == held.artifact.digest,
        MadeFrom::Repository { .. } => false,
    });
    let last = last.map(|resolved| resolved.found.clone());
    if is_same && let Some(found) = known(look, None, revision.clone()) {
        return Ok(found);
    }
    let reading = look.engine.build_permit().await;
    let standing = crate::blocking::compute(|| read(files, &chart.spec.chart));
    drop(reading);
    let standing = standing?;
    let values_files = values::wanted(chart.spec.all_values_files());
    let added = build_metadata(chart, &revision, look.generation, &values_files);
    let version = version::with_metadata(&standing.chart.metadata.version, &added)?;
    // A chart is made anew if its name or version says so, as in Flux.
    let is_made = last.is_some_and(|found| {
        found.observed.chart_name == standing.chart.metadata.name
            && found.artifact.is_some_and(|artifact| artifact.revision == version)
    });
    if is_made && let Some(found) = known(look, Some(from()), revision.clone()) {
        return Ok(found);
    }
    let made = make(look, chart, files, standing, Wanted { version, values_files }).await?;
    Ok(keep(look, chart, made, from(), revision.clone()))
}

/// What the object asks for beyond what stands in the files.
struct Wanted {
    version: String,
    values_files: Vec<String>,
}

async fn make(
    look: &Look<'_>,
    object: &HelmChart,
    files: &Tree,
    standing: Standing,
    wanted: Wanted,
) -> Result<Made, Failure> {
    let is_as_packed = standing.form == Form::Archive
        && wanted.values_files.is_empty()
        && standing.chart.metadata.version == wanted.version;
    let held = Some((&look.engine.artifacts, object.metadata.namespace.as_str()));
    let remotes = Remotes { sources: &look.engine.sources, held };
    let (chart, values_files) = assemble(&remotes, object, files, standing, &wanted).await?;
    let digest = content_digest(&chart);
    let name = chart.metadata.name.clone();
    let Ok(chart) = look.engine.artifacts.shared(&digest, || Ok::<_, std::convert::Infallible>(chart)).await;
    let packaging = if is_as_packed { Packaging::Pulled } else { Packaging::Packaged };
    Ok(Made {
        name,
        version: wanted.version,
        digest,
        chart,
        packaging,
        values_files,
        signature: Signature::NotDemanded,
    })
}

/// The chart with everything that the object asks for, and the values files that were there.
async fn assemble(
    remotes: &Remotes<'_>,
    object: &HelmChart,
    files: &Tree,
    standing: Standing,
    wanted: &Wanted,
) -> Result<(Chart, Vec<String>), Failure> {
    let Standing { path, form, mut chart } = standing;
    let mut values_files = Vec::new();
    if !wanted.values_files.is_empty() {
        let missing = if object.spec.ignore_missing_values_files { Missing::Ignore } else { Missing::Fail };
        values_files = values::merge(&mut chart, &wanted.values_files, missing, Place::Source(files))?;
    }
    chart.metadata.version.clone_from(&wanted.version);
    if form == Form::Folder {
        dependencies::complete(remotes, &mut chart, files, &path).await?;
    }
    Ok((chart, values_files))
}

/// The chart as it would be made of these files, by nobody's status.
pub(in crate::sources) async fn preview(
    remotes: &Remotes<'_>,
    object: &HelmChart,
    files: &Tree,
) -> Result<Chart, Failure> {
    let standing = crate::blocking::compute(|| read(files, &object.spec.chart))?;
    let values_files = values::wanted(object.spec.all_values_files());
    let revision = &object.status.observed_source_artifact_revision;
    // Without a revision, the version says nothing of it.
    let added = if revision.is_empty() && object.spec.reconcile_strategy == ReconcileStrategy::Revision {
        String::new()
    } else {
        build_metadata(object, revision, object.metadata.generation, &values_files)
    };
    let version = version::with_metadata(&standing.chart.metadata.version, &added)?;
    let (chart, _) = assemble(remotes, object, files, standing, &Wanted { version, values_files }).await?;
    Ok(chart)
}

/// Loads what stands at the path.
fn read(files: &Tree, path: &str) -> Result<Standing, Failure> {
    let normal = tree::normalise(path)
        .ok_or_else(|| Fault::Reference.because(format!("path {path:?} leads out of the source")))?;
    let limits = load::Limits::default();
    let (form, loaded) = if files.is_folder(&normal) {
        (Form::Folder, load::directory(files, &normal, &limits))
    } else if let Ok(packed) = files.read(&normal) {
        (Form::Archive, load::archive(path, packed, &limits))
    } else {
        let hint = "correct spec.chart, or look whether an ignore rule leaves it out";
        return Err(Fault::Reference.because(format!("path {path:?} not found in the source; {hint}")));
    };
    let chart = loaded.map_err(|error| fault(&error))?.chart;
    Ok(Standing { path: normal, form, chart })
}

/// What is wrong with `Chart.yaml` means that there is no chart at the path; anything else, that it is a broken one. Only
/// other files help.
fn fault(error: &LoadError) -> Failure {
    match error {
        LoadError::NoMetadata | LoadError::Invalid(_) => Fault::Reference.because(error),
        LoadError::Unreadable { file, .. } if file == "Chart.yaml" => Fault::Reference.because(error),
        _ => Failure { remedy: Remedy::OtherContent, ..Fault::Package.because(error) },
    }
}

/// What the version says of the source's revision and of the values files, so that others see that the chart is new.
fn build_metadata(chart: &HelmChart, revision: &str, generation: i64, values_files: &[String]) -> String {
    let revision = match chart.spec.reconcile_strategy {
        ReconcileStrategy::ChartVersion => None,
        ReconcileStrategy::Revision => Some(version::short(revision).to_owned()),
    };
    let generation = (!values_files.is_empty()).then(|| generation.to_string());
    revision.into_iter().chain(generation).collect::<Vec<_>>().join(".")
}

/// The digest of everything that a chart renders from.
fn content_digest(chart: &Chart) -> String {
    let mut hash = Sha256::new();
    add_content(&mut hash, chart);
    format!("sha256:{}", hex::encode(hash.finalize()))
}

fn add_content(hash: &mut Sha256, chart: &Chart) {
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(chart.metadata.name.as_bytes());
    add(chart.metadata.version.as_bytes());
    for file in &chart.raw {
        add(file.name.as_bytes());
        add(&file.data);
    }
    add(&(chart.dependencies.len() as u64).to_be_bytes());
    for dependency in &chart.dependencies {
        add_content(hash, dependency);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(files: &[(&str, &str)], path: &str, expected: Expect) {
        let shown = match read(&Tree::from_texts(files.iter().copied()), path) {
            Ok(Standing { path, form, chart }) => {
                format!("{form:?} {path:?}: {} {}", chart.metadata.name, chart.metadata.version)
            }
            Err(failure) => format!("{} {:?}: {}", failure.reason, failure.remedy, failure.message),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn what_stands_at_a_path() {
        let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
        check(&[("charts/web/Chart.yaml", chart)], "./charts/web", expect![[r#"Folder "charts/web": web 1.0.0"#]]);
        check(&[("Chart.yaml", chart)], ".", expect![[r#"Folder "": web 1.0.0"#]]);
        check(
            &[("charts/web/Chart.yaml", chart)],
            "./charts/wbe",
            expect![[
                r#"InvalidChartReference Person: invalid chart reference: path "./charts/wbe" not found in the source; correct spec.chart, or look whether an ignore rule leaves it out"#
            ]],
        );
        check(
            &[("charts/web/Chart.yaml", chart)],
            "../web",
            expect![[
                r#"InvalidChartReference Person: invalid chart reference: path "../web" leads out of the source"#
            ]],
        );
        check(
            &[("charts/web/Chart.yaml", chart)],
            "charts",
            expect!["InvalidChartReference Person: invalid chart reference: Chart.yaml file is missing"],
        );
        check(
            &[("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: one\n")],
            "web",
            expect![[
                r#"InvalidChartReference Person: invalid chart reference: validation: chart.metadata.version "one" is invalid"#
            ]],
        );
        check(
            &[("web/Chart.yaml", "a: [\n")],
            "web",
            expect![
                "InvalidChartReference Person: invalid chart reference: cannot load Chart.yaml: line 2: a value is expected here: a bracket before this place is probably not closed, or a comma is too much"
            ],
        );
        check(
            &[("web/Chart.yaml", chart), ("web/values.yaml", "a: [\n")],
            "web",
            expect![
                "ChartPackageError OtherContent: chart package error: cannot load values.yaml: failed to parse values.yaml: line 2: a value is expected here: a bracket before this place is probably not closed, or a comma is too much"
            ],
        );
        check(
            &[("web.tgz", "no archive")],
            "web.tgz",
            expect![[
                r#"ChartPackageError OtherContent: chart package error: file "web.tgz" does not appear to be a gzipped archive; got "text/plain; charset=utf-8""#
            ]],
        );
    }

    #[test]
    fn versions_say_what_a_chart_was_made_from() {
        let check = |strategy: &str, files: &[&str]| {
            let chart = json!({
                "metadata": {"name": "web", "namespace": "apps"},
                "spec": {"chart": "x", "interval": "1m", "sourceRef": {"kind": "GitRepository", "name": "repo"}, "reconcileStrategy": strategy},
            });
            let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
            build_metadata(&HelmChart::read(&chart).unwrap(), "main@sha1:0123456789abcdef", 7, &files)
        };
        assert_eq!(check("ChartVersion", &[]), "");
        assert_eq!(check("ChartVersion", &["a.yaml"]), "7");
        assert_eq!(check("Revision", &[]), "0123456789ab");
        assert_eq!(check("Revision", &["a.yaml"]), "0123456789ab.7");
    }
}
