//! Dependencies of a chart in a folder that are not below its `charts/`: other folders of the source, and charts of
//! repositories.

use std::sync::Arc;

use manifest::semver_range::{VersionRange, loose_version};
use manifest::{Tree, tree};
use render::helm::chart::load::{self, LoadError};
use render::helm::chart::{Chart, Dependency};
use source::{Fetched, HelmChartRequest, HelmRepositoryRequest, SourceError, Sources, Verification};

use super::super::failure::Failure;
use super::fault::Fault;
use crate::artifacts::Artifacts;

/// Why a dependency could not be added.
#[derive(Debug, thiserror::Error)]
enum Gap {
    #[error("path {0:?} leads out of the source")]
    Outside(String),
    #[error("no chart found at '{path}' (reference '{reference}')")]
    NoChart { path: String, reference: String },
    #[error("failed to load chart from '{path}' (reference '{reference}'): {error}")]
    Unloadable { path: String, reference: String, error: LoadError },
    #[error("invalid version/constraint format '{0}'")]
    Range(String),
    #[error("can't get a valid version for constraint '{range}'; the chart at '{path}' has version {found}")]
    OtherVersion { range: String, path: String, found: String },
    #[error("{0:?} is the name of a repository that only Helm on somebody's machine knows; write its URL")]
    Alias(String),
    #[error("failed to get chart '{name}' version '{version}' from '{repository}': {error}")]
    NotFetched { name: String, version: String, repository: String, error: SourceError },
    #[error("failed to load downloaded archive of version '{version}': {error}")]
    Damaged { version: String, error: LoadError },
}

/// Where charts of repositories come from.
pub(in crate::sources) struct Remotes<'a> {
    pub(in crate::sources) sources: &'a Sources,
    /// What the engine holds, and the namespace whose repositories count.
    pub(in crate::sources) held: Option<(&'a Artifacts, &'a str)>,
}

/// Adds the dependencies that are missing. The lock says which versions, if there is one.
pub(super) async fn complete(
    remotes: &Remotes<'_>,
    chart: &mut Chart,
    files: &Tree,
    folder: &str,
) -> Result<(), Failure> {
    for wanted in missing(chart) {
        let name = wanted.values_name().to_owned();
        let (place, added) = if wanted.repository.is_empty() || wanted.repository.starts_with("file://") {
            ("local", local(files, folder, &wanted))
        } else {
            ("remote", remote(remotes, &wanted).await)
        };
        let mut added = added
            .map_err(|gap| Fault::Dependency.because(format!("failed to add {place} dependency '{name}': {gap}")))?;
        if !wanted.alias.is_empty() {
            added.metadata.name.clone_from(&wanted.alias);
        }
        chart.dependencies.push(added);
    }
    Ok(())
}

/// What is asked for and not there; nothing if as many are there as are asked for.
fn missing(chart: &Chart) -> Vec<Dependency> {
    let wanted = match &chart.lock {
        Some(lock) => &lock.dependencies,
        None => &chart.metadata.dependencies,
    };
    if wanted.len() == chart.dependencies.len() {
        return Vec::new();
    }
    let is_there = |wanted: &Dependency| chart.dependencies.iter().any(|there| there.name() == wanted.values_name());
    wanted.iter().filter(|wanted| !is_there(wanted)).cloned().collect()
}

/// A chart in another folder, or an archive, of the same source.
fn local(files: &Tree, folder: &str, wanted: &Dependency) -> Result<Chart, Gap> {
    let reference = &wanted.repository;
    let below = match reference.strip_prefix("file://") {
        Some(path) => path.to_owned(),
        None => format!("charts/{}", wanted.name),
    };
    let path = tree::join(folder, &below).ok_or_else(|| Gap::Outside(reference.clone()))?;
    let limits = load::Limits::default();
    let loaded = crate::blocking::compute(|| match files.read(&path) {
        Ok(packed) => Some(load::archive(&path, packed, &limits)),
        Err(_) if files.is_folder(&path) => Some(load::directory(files, &path, &limits)),
        Err(_) => None,
    });
    let (shown, reference) = (path.clone(), reference.clone());
    let chart = match loaded {
        None => return Err(Gap::NoChart { path, reference }),
        Some(Err(error)) => return Err(Gap::Unloadable { path, reference, error }),
        Some(Ok(loaded)) => loaded.chart,
    };
    let range = if wanted.version.is_empty() { "*" } else { &wanted.version };
    let accepted: VersionRange = range.parse().map_err(|_| Gap::Range(range.to_owned()))?;
    let found = &chart.metadata.version;
    if !loose_version(found).is_some_and(|version| accepted.matches(&version)) {
        return Err(Gap::OtherVersion { range: range.to_owned(), path: shown, found: found.clone() });
    }
    Ok(chart)
}

/// A chart of a repository; a HelmRepository of the namespace with the same URL says how to get in.
async fn remote(remotes: &Remotes<'_>, wanted: &Dependency) -> Result<Chart, Gap> {
    let url = &wanted.repository;
    if url.starts_with('@') || url.starts_with("alias:") {
        return Err(Gap::Alias(url.clone()));
    }
    let known = remotes.held.and_then(|(artifacts, namespace)| artifacts.repository_with_url(namespace, url));
    let repository =
        known.map_or_else(|| HelmRepositoryRequest::new(url), |held| HelmRepositoryRequest::clone(&held.request));
    let request = HelmChartRequest {
        repository,
        name: wanted.name.clone(),
        version: wanted.version.clone(),
        verification: Verification::None,
    };
    let not_fetched = |error| Gap::NotFetched {
        name: wanted.name.clone(),
        version: wanted.version.clone(),
        repository: url.clone(),
        error,
    };
    let pulled = match remotes.sources.helm_chart(&request, None).await.map_err(not_fetched)? {
        Fetched::New(pulled) => pulled,
        Fetched::Unchanged => unreachable!("nothing was said to be held, so that nothing is unchanged"),
    };
    let archive = format!("{}-{}.tgz", pulled.name, pulled.revision);
    let read = || load::archive(&archive, &pulled.archive, &load::Limits::default()).map(|loaded| loaded.chart);
    let chart = match remotes.held {
        Some((artifacts, _)) => artifacts.shared(&pulled.digest, read).await.map(Arc::unwrap_or_clone),
        None => read(),
    };
    chart.map_err(|error| Gap::Damaged { version: pulled.revision.clone(), error })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn tree() -> Tree {
        Tree::from_texts([
            ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            ("charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.4.2\n"),
            ("charts/broken/Chart.yaml", "apiVersion: v2\nname: broken\n"),
        ])
    }

    fn check(repository: &str, version: &str, expected: Expect) {
        let wanted = Dependency {
            name: "lib".to_owned(),
            version: version.to_owned(),
            repository: repository.to_owned(),
            ..Dependency::default()
        };
        let shown = match local(&tree(), "charts/web", &wanted) {
            Ok(chart) => format!("{} {}", chart.metadata.name, chart.metadata.version),
            Err(gap) => gap.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn folders_of_the_source() {
        check("file://../lib", "^1.0.0", expect!["lib 1.4.2"]);
        check("file://../lib", "", expect!["lib 1.4.2"]);
        check(
            "file://../lib",
            "2.x",
            expect!["can't get a valid version for constraint '2.x'; the chart at 'charts/lib' has version 1.4.2"],
        );
        check("file://../lib", "two", expect!["invalid version/constraint format 'two'"]);
        check("file://../../../lib", "1.x", expect![[r#"path "file://../../../lib" leads out of the source"#]]);
        check(
            "file://../library",
            "1.x",
            expect!["no chart found at 'charts/library' (reference 'file://../library')"],
        );
        check(
            "file://../broken",
            "1.x",
            expect![
                "failed to load chart from 'charts/broken' (reference 'file://../broken'): validation: chart.metadata.version is required"
            ],
        );
        check("", "1.x", expect!["no chart found at 'charts/web/charts/lib' (reference '')"]);
    }

    #[test]
    fn what_is_there_is_not_added_again() {
        let dependency = |name: &str, alias: &str| Dependency {
            name: name.to_owned(),
            alias: alias.to_owned(),
            ..Dependency::default()
        };
        let mut chart = Chart::default();
        chart.metadata.dependencies = vec![dependency("lib", ""), dependency("db", "store")];
        let names =
            |chart: &Chart| missing(chart).iter().map(|wanted| wanted.values_name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&chart), ["lib", "store"]);
        let mut lib = Chart::default();
        lib.metadata.name = "lib".to_owned();
        chart.dependencies.push(lib.clone());
        assert_eq!(names(&chart), ["store"]);
        chart.dependencies.push(lib);
        assert!(names(&chart).is_empty());
    }
}
