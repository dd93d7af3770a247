//! HelmRepositories: an index over HTTP, or a registry, which has nothing to fetch until a chart is asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use kinds::flux::HelmRepository;
use kinds::flux::helm_repository::RepositoryKind;
use source::{Fetched, HelmRepositoryRequest, PassCredentials, Registry, SourceKind};

use super::connection::{Reached, connection, only_generic, registry_credentials};
use super::failure::Failure;
use super::found::{Facts, Found, News, Observed, Summary};
use super::look::Look;
use super::secrets::Secrets;
use crate::artifacts::HeldRepository;

/// Looks for a new index.
pub(super) async fn fetch(look: &Look<'_>, repository: &HelmRepository) -> Result<Found, Failure> {
    let request = request(&look.secrets, repository)?;
    match repository.spec.kind {
        RepositoryKind::Default => index(look, request).await,
        RepositoryKind::Oci => Ok(registry(look, request)),
    }
}

async fn index(look: &Look<'_>, request: HelmRepositoryRequest) -> Result<Found, Failure> {
    let held = look.engine.artifacts.repository(&look.source).filter(|held| *held.request == request);
    let last = held.as_ref().and_then(|held| held.revision.as_deref());
    let fetched = look.engine.sources.helm_index(&request, last).await;
    let fetched = fetched.map_err(|error| {
        let failure = Failure::of(&error, SourceKind::HelmRepository);
        let what = match failure.reason {
            "IndexationFailed" => "failed to load Helm repository from index YAML",
            _ => "failed to fetch Helm repository index",
        };
        Failure { message: format!("{what}: {}", failure.message), ..failure }
    })?;
    let url = request.url.clone();
    let (revision, charts) = match (&fetched, last) {
        (Fetched::New(index), _) => (index.revision().to_owned(), Some(index.charts().count())),
        (Fetched::Unchanged, Some(last)) => (last.to_owned(), None),
        (Fetched::Unchanged, None) => unreachable!("nothing was said to be held, so that nothing is unchanged"),
    };
    let is_new = look.engine.artifacts.put_repository(
        look.source.clone(),
        HeldRepository { request: Arc::new(request), revision: Some(revision.clone()) },
    );
    let count = charts.map(|charts| format!(" of {charts} charts")).unwrap_or_default();
    Ok(Found {
        summary: Summary::succeeded(format!("stored artifact: revision '{revision}'")),
        told: format!("stored fetched index{count} from '{url}'"),
        // The index is its own content: what is not in it cannot change.
        artifact: Some(Facts { digest: revision.clone(), revision, metadata: BTreeMap::new() }),
        news: News::if_so(is_new),
        verified: None,
        observed: Observed::default(),
    })
}

fn registry(look: &Look<'_>, request: HelmRepositoryRequest) -> Found {
    let held = HeldRepository { request: Arc::new(request), revision: None };
    Found {
        artifact: None,
        news: News::if_so(look.engine.artifacts.put_repository(look.source.clone(), held)),
        summary: Summary::succeeded("Helm repository is ready".to_owned()),
        told: String::new(),
        verified: None,
        observed: Observed::default(),
    }
}

/// Puts together what the object and its Secrets say.
pub(super) fn request(secrets: &Secrets, repository: &HelmRepository) -> Result<HelmRepositoryRequest, Failure> {
    let spec = &repository.spec;
    let is_registry = spec.url.starts_with("oci://");
    match spec.kind {
        RepositoryKind::Default if is_registry => {
            let why = "invalid Helm repository URL: 'oci' URL scheme cannot be used with 'default' HelmRepository type";
            return Err(Failure::stalled("URLInvalid", format!("{why}; set spec.type to oci")));
        }
        RepositoryKind::Oci if !is_registry => {
            let why = format!("invalid OCI registry URL: {}; it begins with oci://", spec.url);
            return Err(Failure::stalled("URLInvalid", why));
        }
        RepositoryKind::Default | RepositoryKind::Oci => {}
    }
    only_generic(spec.provider.as_deref())?;
    let secret = secrets.get_if_given("secretRef", spec.secret_ref.as_ref())?;
    let credentials = match spec.kind {
        RepositoryKind::Default => secret.basic("a Helm repository")?,
        RepositoryKind::Oci => registry_credentials(&secret)?,
    };
    let reached = Reached { certificates: spec.cert_secret_ref.as_ref(), proxy: None };
    Ok(HelmRepositoryRequest {
        url: spec.url.clone(),
        credentials,
        pass_credentials: if spec.pass_credentials { PassCredentials::AllHosts } else { PassCredentials::SameHost },
        connection: connection(secrets, reached, &secret, repository.timeout())?,
        registry: if spec.insecure { Registry::Plain } else { Registry::Secure },
    })
}
