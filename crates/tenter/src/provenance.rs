//! Whose charts are used: any, or those that somebody signed whose key is at hand, as `helm template --verify` decides.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crypto::openpgp::Keyring;
use jiff::Timestamp;
use source::{ChartArtifact, HelmChartRequest, Sources};

use crate::cli::Provenance;
use crate::error::Failure;

/// Whose charts are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Anybody's.
    Anybody,
    /// Those of the owners of the keys in a file.
    KeyOwners(PathBuf),
}

/// How the file with a chart's provenance is named after the chart's own.
const SUFFIX: &str = ".prov";

impl Trust {
    /// What a command line says.
    pub(crate) fn of(arguments: &Provenance) -> Trust {
        match arguments.verify {
            true => Trust::KeyOwners(arguments.keyring.clone().unwrap_or_else(default_keyring)),
            false => Trust::Anybody,
        }
    }

    /// Folders are never signed.
    pub(crate) fn check_folder(&self, folder: &Path) -> Result<(), Failure> {
        match self {
            Trust::Anybody => Ok(()),
            Trust::KeyOwners(_) => Err(unverified(folder.display(), "unpacked charts cannot be verified")),
        }
    }

    /// Looks for the provenance beside an archive.
    pub(crate) fn check_file(&self, path: &Path, archive: &[u8]) -> Result<(), Failure> {
        let Trust::KeyOwners(keyring) = self else { return Ok(()) };
        if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tgz")) {
            return Err(unverified(path.display(), "chart must be a tgz file"));
        }
        let mut provenance = path.as_os_str().to_owned();
        provenance.push(SUFFIX);
        let content = fs::read(&provenance).map_err(|error| {
            let file = Path::new(&provenance).display();
            unverified(path.display(), format!("could not load provenance file {file}: {error}"))
        })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        check(archive, &name, &content, keyring).map_err(|why| unverified(path.display(), why))
    }

    /// Fetches the provenance of a chart, which is where the chart is.
    pub(crate) async fn check_pulled(
        &self,
        sources: &Sources,
        request: &HelmChartRequest,
        chart: &ChartArtifact,
    ) -> Result<(), Failure> {
        let Trust::KeyOwners(keyring) = self else { return Ok(()) };
        let shown = format!("{} {}", request.name, chart.revision);
        let provenance = sources.chart_provenance(request, chart).await;
        let provenance =
            provenance.map_err(|error| unverified(&shown, format!("failed to fetch provenance: {error}")))?;
        check(&chart.archive, &provenance.file, &provenance.content, keyring).map_err(|why| unverified(&shown, why))
    }
}

fn check(archive: &[u8], name: &str, provenance: &[u8], keyring: &Path) -> Result<(), String> {
    let shown = keyring.display();
    let keys = fs::read(keyring).map_err(|error| format!("failed to load keyring: {shown}: {error}"))?;
    let keys = Keyring::from_binary(&keys).map_err(|error| format!("failed to load keyring: {shown}: {error}"))?;
    let signer = crypto::provenance::verify(archive, name, provenance, &keys, Timestamp::now());
    let signer = signer.map_err(|error| error.to_string())?;
    tracing::debug!(chart = name, key = signer.key_id, name = signer.name, "the chart is signed");
    Ok(())
}

fn unverified(chart: impl std::fmt::Display, why: impl Into<String>) -> Failure {
    Failure::Unverified { chart: chart.to_string(), why: why.into() }
}

/// Where GnuPG had its public keys, and Helm looks for them.
fn default_keyring() -> PathBuf {
    let home = env::var_os("GNUPGHOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".gnupg")));
    home.unwrap_or_default().join("pubring.gpg")
}
