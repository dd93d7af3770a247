//! Charts that a command line names: where they are, and what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifest::Tree;
use manifest::tree::Entry;
use render::helm::chart::load::{self, Limits, Loaded};
use source::{
    ChartArtifact, ClientCertificate, Connection, Credentials, Fetched, HelmChartRequest, HelmRepositoryRequest,
    Mirrors, PassCredentials, Registry, Sources, Verification,
};
use tempfile::TempDir;

use crate::cli::{Mirroring, RemoteChart};
use crate::error::Failure;
use crate::provenance::Trust;

/// How deep folders may stand in each other: only links that lead back make them deeper.
const MAX_DEPTH: usize = 64;

/// Where a chart is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChartSource {
    /// A folder on this machine.
    Folder(PathBuf),
    /// A packed chart on this machine.
    Archive(PathBuf),
    /// A chart in a repository or registry.
    Reference(Box<HelmChartRequest>),
}

impl ChartSource {
    /// What a command line means: a path if something stands there and no repository is named.
    pub(crate) fn named(chart: &str, remote: &RemoteChart) -> Result<ChartSource, Failure> {
        let chart = chart.trim();
        let path = Path::new(chart);
        match (&remote.repo, fs::metadata(path)) {
            (None, Ok(_)) if remote.version.is_some() => Err(Failure::Usage(format!(
                "--version: {chart} is on this machine and has the version that it has; leave the flag out, or name a \
                 repository with --repo"
            ))),
            (None, Ok(found)) if found.is_dir() => Ok(ChartSource::Folder(path.to_owned())),
            (None, Ok(_)) => Ok(ChartSource::Archive(path.to_owned())),
            (None, Err(_)) if path.is_absolute() || chart.starts_with('.') => {
                Err(Failure::Chart(Box::new(load::LoadError::NoFolder(chart.to_owned()))))
            }
            (repository, Err(_)) | (repository @ Some(_), Ok(_)) => {
                let (repository, name) = reference(chart, repository.as_deref())?;
                request(repository, name, remote).map(|request| ChartSource::Reference(Box::new(request)))
            }
        }
    }

    /// The chart, if it is to be trusted.
    pub(crate) fn load(&self, mirroring: &Mirroring, trust: &Trust) -> Result<Loaded, Failure> {
        let limits = Limits::default();
        let loaded = match self {
            ChartSource::Folder(folder) => {
                trust.check_folder(folder)?;
                load::directory(&files_below(folder, &limits)?, "", &limits)
            }
            ChartSource::Archive(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let content = read(path, limits.max_total)?;
                trust.check_file(path, &content)?;
                load::archive(&name, &content, &limits)
            }
            ChartSource::Reference(request) => {
                let pulled = pull(request, mirroring, trust)?;
                load::archive(&format!("{}-{}.tgz", pulled.name, pulled.revision), &pulled.archive, &limits)
            }
        };
        loaded.map_err(|error| Failure::Chart(Box::new(error)))
    }
}

/// The repository and the name in it.
fn reference(chart: &str, repository: Option<&str>) -> Result<(String, String), Failure> {
    if let Some(repository) = repository {
        return Ok((repository.to_owned(), chart.to_owned()));
    }
    match (chart.strip_prefix("oci://").and_then(|path| path.rsplit_once('/')), chart.contains("://")) {
        (Some((registry, name)), _) if !registry.is_empty() && !name.is_empty() => {
            Ok((format!("oci://{registry}"), name.to_owned()))
        }
        (Some(_), _) | (None, true) => Err(Failure::ChartReference {
            chart: chart.to_owned(),
            why: "no folder, .tgz, or oci://REGISTRY/CHART; charts of other addresses come from a repository with an index",
        }),
        (None, false) => Err(Failure::ChartReference {
            chart: chart.to_owned(),
            why: "no such folder or .tgz, and the names of repositories that `helm repo add` keeps are not read",
        }),
    }
}

fn request(repository: String, name: String, remote: &RemoteChart) -> Result<HelmChartRequest, Failure> {
    if remote.insecure_skip_tls_verify {
        return Err(Failure::Usage(
            "--insecure-skip-tls-verify: a server that cannot prove who it is is not trusted with charts; name its \
             certificate with --ca-file"
                .to_owned(),
        ));
    }
    let file = |path: &PathBuf| fs::read(path).map_err(|source| Failure::Read { path: path.clone(), source });
    let client_certificate = match (&remote.cert_file, &remote.key_file) {
        (Some(certificate), Some(key)) => Some(ClientCertificate { certificate: file(certificate)?, key: file(key)? }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(Failure::Usage("--cert-file and --key-file belong together".to_owned()));
        }
    };
    let credentials = match (&remote.username, &remote.password) {
        (None, None) => Credentials::None,
        (username, password) => Credentials::Basic {
            username: username.clone().unwrap_or_default(),
            password: password.clone().unwrap_or_default(),
        },
    };
    let repository = HelmRepositoryRequest {
        credentials,
        pass_credentials: if remote.pass_credentials { PassCredentials::AllHosts } else { PassCredentials::SameHost },
        connection: Connection {
            ca: remote.ca_file.as_ref().map(file).transpose()?,
            client_certificate,
            ..Connection::default()
        },
        registry: if remote.plain_http { Registry::Plain } else { Registry::Secure },
        ..HelmRepositoryRequest::new(repository)
    };
    // Like Helm, a name that is asked for without a version is its newest release.
    let version = remote.version.clone().unwrap_or_default();
    Ok(HelmChartRequest { repository, name, version, verification: Verification::None })
}

fn pull(request: &HelmChartRequest, mirroring: &Mirroring, trust: &Trust) -> Result<ChartArtifact, Failure> {
    waiting(async {
        let (sources, _cache) = sources(mirroring)?;
        let pulled = match sources.helm_chart(request, None).await.map_err(Failure::Fetch)? {
            Fetched::New(pulled) => pulled,
            Fetched::Unchanged => unreachable!("nothing was said to be held, so that nothing is unchanged"),
        };
        trust.check_pulled(&sources, request, &pulled).await?;
        Ok(pulled)
    })
}

/// Sources for one command, and the folder that they keep what they fetch in while it runs.
pub(crate) fn sources(mirroring: &Mirroring) -> Result<(Sources, TempDir), Failure> {
    let cache = tempfile::tempdir().map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
    let mirrors = Mirrors::new(mirroring.mirrors.iter().cloned());
    let options = source::Options { mirrors, ..source::Options::default() };
    Ok((Sources::with_options(cache.path(), options), cache))
}

/// Waits for something. Commands without a cluster are not asynchronous, and a thread of its own may wait whoever calls.
pub(crate) fn waiting<T: Send>(work: impl Future<Output = Result<T, Failure>> + Send) -> Result<T, Failure> {
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
            runtime.block_on(work)
        });
        waiting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Every file below a folder, links followed as Helm follows them: wherever they lead.
fn files_below(folder: &Path, limits: &Limits) -> Result<Tree, Failure> {
    let mut entries = BTreeMap::new();
    add(&mut entries, folder, "", 0, limits)?;
    Ok(Tree::new(entries))
}

fn add(
    entries: &mut BTreeMap<Arc<str>, Entry>,
    folder: &Path,
    below: &str,
    depth: usize,
    limits: &Limits,
) -> Result<(), Failure> {
    let failed = |path: &Path, source| Failure::Read { path: path.to_owned(), source };
    if depth > MAX_DEPTH {
        return Err(Failure::Usage(format!("{}: folders lead into themselves: look for links", folder.display())));
    }
    for entry in fs::read_dir(folder).map_err(|source| failed(folder, source))? {
        let path = entry.map_err(|source| failed(folder, source))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(Failure::Usage(format!("{} is not UTF-8", path.display())));
        };
        let below = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        let kind = fs::metadata(&path).map_err(|source| failed(&path, source))?;
        if kind.is_dir() {
            add(entries, &path, &below, depth + 1, limits)?;
        } else if kind.is_file() {
            // A file that is too large is refused by its first bytes, unless an ignore rule leaves it out.
            let content = read(&path, limits.max_file.saturating_add(1))?.into();
            entries.insert(below.into(), Entry::File { content, executable: false });
        }
    }
    Ok(())
}

/// The first `most` bytes of a file.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::Read { path: path.to_owned(), source };
    let mut content = Vec::new();
    fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut content)).map_err(failed)?;
    Ok(content)
}
