//! OCIRepositories: files, or the chart that they are.

use kinds::flux::{OciRepository, oci_repository};
use render::helm::chart::{Chart, load};
use source::{
    Artifact, LayerOperation, LayerSelector, OciReference, OciReferenceFields, OciRequest, Registry, SourceKind,
    Verification,
};

use super::connection::{Reached, connection, only_generic, registry_credentials};
use super::failure::Failure;
use super::found::{Found, Observed, Summary};
use super::look::{Look, facts};
use super::secrets::Secrets;
use super::verification;
use crate::artifacts::{HeldChart, Origin};

/// The annotation that names where an artifact was made from.
const ORIGIN: &str = "org.opencontainers.image.source";

/// The annotation that names the revision it was made from.
const ORIGIN_REVISION: &str = "org.opencontainers.image.revision";

/// Looks for another artifact.
pub(super) async fn fetch(look: &Look<'_>, repository: &OciRepository) -> Result<Found, Failure> {
    let request = request(&look.secrets, repository)?;
    let held = look.held_from(|origin| matches!(origin, Origin::Oci(known) if *known == request));
    let last = held.as_ref().map(|held| held.artifact.revision.as_str());
    let fetched = look.engine.sources.oci(&request, last).await;
    let fetched = fetched.map_err(|error| Failure::of(&error, SourceKind::OciRepository))?;
    let is_verified = request.verification != Verification::None;
    let (artifact, news) = look.keep(fetched, held, Origin::Oci(request));
    keep_chart(look, &artifact).await;
    let revision = &artifact.revision;
    let origin = |what: &str, annotation: &str| {
        artifact.metadata.get(annotation).map(|value| format!(", {what} '{value}'")).unwrap_or_default()
    };
    let (source, commit) = (origin("origin source", ORIGIN), origin("origin revision", ORIGIN_REVISION));
    Ok(Found {
        artifact: Some(facts(&artifact, artifact.metadata.clone())),
        news,
        summary: Summary::succeeded(format!("stored artifact for digest '{revision}'")),
        told: format!("stored artifact with revision '{revision}' from '{}'{source}{commit}", repository.spec.url),
        verified: is_verified.then(|| format!("verified signature of revision {revision}")),
        observed: Observed {
            ignore: repository.spec.ignore.clone(),
            layer_selector: (repository.spec.layer_selector != oci_repository::LayerSelector::default())
                .then(|| repository.spec.layer_selector.clone()),
            ..Observed::default()
        },
    })
}

/// Keeps the chart that the artifact is, if it is one. A broken one is none, and its users say so.
async fn keep_chart(look: &Look<'_>, artifact: &Artifact) {
    let artifacts = &look.engine.artifacts;
    let is_known = artifacts.chart(&look.source).is_some_and(|held| {
        held.generation == look.generation && held.revision == artifact.revision && held.digest == artifact.digest
    });
    if is_known {
        return;
    }
    match artifacts.shared(&artifact.digest, || chart(artifact)).await {
        Ok(chart) => {
            artifacts.put_chart(
                look.source.clone(),
                HeldChart {
                    chart,
                    revision: artifact.revision.clone(),
                    digest: artifact.digest.clone(),
                    generation: look.generation,
                },
            );
        }
        Err(error) => {
            tracing::debug!(source = %look.source.key, %error, "the artifact is no chart");
            artifacts.remove_chart(&look.source);
        }
    }
}

/// The chart that an artifact is.
pub(super) fn chart(artifact: &Artifact) -> Result<Chart, load::LoadError> {
    let limits = load::Limits::default();
    let loaded = match (&artifact.layer, chart_folder(artifact)) {
        (Some(packed), _) => load::archive(&artifact.revision, packed, &limits),
        (None, Some(folder)) => load::directory(&artifact.tree, &folder, &limits),
        (None, None) => Err(load::LoadError::NoMetadata),
    };
    Ok(loaded?.chart)
}

/// The folder with the chart: the root, or the only one in it, as charts are packed.
fn chart_folder(artifact: &Artifact) -> Option<String> {
    let is_chart = |folder: &str| artifact.tree.is_file(&format!("{folder}Chart.yaml"));
    if is_chart("") {
        return Some(String::new());
    }
    match artifact.tree.list("").ok()?.as_slice() {
        [(name, true)] if is_chart(&format!("{name}/")) => Some(name.clone()),
        _ => None,
    }
}

/// Puts together what the object and its Secrets say.
pub(super) fn request(secrets: &Secrets, repository: &OciRepository) -> Result<OciRequest, Failure> {
    let spec = &repository.spec;
    only_generic(spec.provider.as_deref())?;
    if spec.service_account_name.as_deref().is_some_and(|name| !name.is_empty()) {
        return Err(Failure::unsupported("spec.serviceAccountName"));
    }
    let secret = secrets.get_if_given("secretRef", spec.secret_ref.as_ref())?;
    let reached = Reached { certificates: spec.cert_secret_ref.as_ref(), proxy: spec.proxy_secret_ref.as_ref() };
    let verification = match &spec.verify {
        None => Verification::None,
        Some(verify) if verify.trusted_root_secret_ref.is_some() => {
            return Err(Failure::unsupported("spec.verify.trustedRootSecretRef"));
        }
        Some(verify) => verification::demanded(secrets, &verify.provider, verify.secret_ref.as_ref())?,
    };
    let reference = spec.reference.clone();
    let media_type = &spec.layer_selector.media_type;
    Ok(OciRequest {
        url: spec.url.clone(),
        reference: OciReference::from(OciReferenceFields {
            digest: reference.digest,
            semver: reference.semver,
            semver_filter: reference.semver_filter,
            tag: reference.tag,
        }),
        layer: LayerSelector {
            media_type: (!media_type.is_empty()).then(|| media_type.clone()),
            operation: match spec.layer_selector.operation {
                oci_repository::LayerOperation::Extract => LayerOperation::Extract,
                oci_repository::LayerOperation::Copy => LayerOperation::Copy,
            },
        },
        credentials: registry_credentials(&secret)?,
        connection: connection(secrets, reached, &secret, repository.timeout())?,
        registry: if spec.insecure { Registry::Plain } else { Registry::Secure },
        ignore: spec.ignore.clone(),
        verification,
    })
}
