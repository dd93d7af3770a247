//! Flux objects as people see them in a row of a table.

use cluster::{Cluster, ClusterError};
use manifest::{GroupVersionKind, Value};

/// A kind that is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Listing {
    GitRepository,
    OciRepository,
    Bucket,
    HelmRepository,
    HelmChart,
    Kustomization,
    HelmRelease,
}

impl Listing {
    /// Those that files come from.
    pub(crate) const SOURCES: [Listing; 5] =
        [Listing::GitRepository, Listing::OciRepository, Listing::Bucket, Listing::HelmRepository, Listing::HelmChart];

    /// All of them, sources first.
    pub(crate) const ALL: [Listing; 7] = [
        Listing::GitRepository,
        Listing::OciRepository,
        Listing::Bucket,
        Listing::HelmRepository,
        Listing::HelmChart,
        Listing::Kustomization,
        Listing::HelmRelease,
    ];

    /// Whether files come from it.
    pub(crate) fn is_source(self) -> bool {
        Listing::SOURCES.contains(&self)
    }

    /// The listing of a kind, if there is one.
    pub(crate) fn of(kind: &str) -> Option<Listing> {
        Listing::ALL.into_iter().find(|listing| listing.kind() == kind)
    }

    /// API group.
    pub(crate) fn group(self) -> &'static str {
        match self {
            Listing::Kustomization => "kustomize.toolkit.fluxcd.io",
            Listing::HelmRelease => "helm.toolkit.fluxcd.io",
            Listing::GitRepository
            | Listing::OciRepository
            | Listing::Bucket
            | Listing::HelmRepository
            | Listing::HelmChart => "source.toolkit.fluxcd.io",
        }
    }

    /// Kind.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Listing::GitRepository => "GitRepository",
            Listing::OciRepository => "OCIRepository",
            Listing::Bucket => "Bucket",
            Listing::HelmRepository => "HelmRepository",
            Listing::HelmChart => "HelmChart",
            Listing::Kustomization => "Kustomization",
            Listing::HelmRelease => "HelmRelease",
        }
    }

    /// The type at the version the cluster prefers.
    pub(crate) async fn gvk(self, cluster: &Cluster) -> Result<GroupVersionKind, ClusterError> {
        Ok(cluster.preferred(self.group(), self.kind()).await?.gvk)
    }

    /// The same; none if the cluster does not serve the kind.
    pub(crate) async fn served(self, cluster: &Cluster) -> Result<Option<GroupVersionKind>, ClusterError> {
        match self.gvk(cluster).await {
            Ok(gvk) => Ok(Some(gvk)),
            Err(ClusterError::NoSuchKind { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// One object's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Applied revision (Kustomization), chart version (HelmRelease) or stored revision (source), with the hash shortened;
    /// empty if none.
    pub(crate) revision: String,
    pub(crate) suspended: bool,
    pub(crate) readiness: Readiness,
    /// Reason of the Ready condition.
    pub(crate) reason: String,
    /// What it does or why it fails.
    pub(crate) message: String,
}

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// Its latest spec is reconciled.
    Ready,
    /// It is being worked on, or nobody has looked at it yet.
    InProgress,
    /// It failed.
    Failed,
}

impl Readiness {
    /// As in flux' READY column.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Readiness::Ready => "True",
            Readiness::InProgress => "Unknown",
            Readiness::Failed => "False",
        }
    }
}

impl Row {
    /// Of a source, a Kustomization or a HelmRelease.
    pub(crate) fn of(object: &Value) -> Row {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (metadata, status) = (&object["metadata"], &object["status"]);
        let condition = |kind: &str| {
            let conditions = status["conditions"].as_array().into_iter().flatten();
            conditions.into_iter().find(|condition| condition["type"] == kind)
        };
        let ready = condition("Ready");
        let suspended = object["spec"]["suspend"] == true;
        // Nobody looks at the spec of what is suspended, so what was found last still stands.
        let observed = suspended || status["observedGeneration"] == metadata["generation"];
        let readiness = match ready.and_then(|ready| ready["status"].as_str()) {
            Some("True") if observed => Readiness::Ready,
            Some("False") => Readiness::Failed,
            Some(_) | None => Readiness::InProgress,
        };
        // While work goes on, what it is doing says more than that it is not done.
        let telling = match (readiness, condition("Reconciling")) {
            (Readiness::InProgress, Some(reconciling)) => Some(reconciling),
            _ => ready,
        };
        let revision = match Listing::of(&text(&object["kind"])) {
            Some(Listing::Kustomization) => text(&status["lastAppliedRevision"]),
            Some(Listing::HelmRelease) => match text(&status["history"][0]["chartVersion"]) {
                none if none.is_empty() => text(&status["lastAppliedRevision"]),
                version => version,
            },
            Some(_) | None => text(&status["artifact"]["revision"]),
        };
        Row {
            kind: text(&object["kind"]),
            namespace: text(&metadata["namespace"]),
            name: text(&metadata["name"]),
            revision: short_revision(&revision),
            suspended,
            readiness,
            reason: ready.map(|ready| text(&ready["reason"])).unwrap_or_default(),
            message: telling.map(|condition| short_hashes(&text(&condition["message"]))).unwrap_or_default(),
        }
    }
}

/// How many digits of a hash are shown.
const DIGITS: usize = 8;

/// A sentence with the hashes of the revisions in it shortened, as flux prints it.
fn short_hashes(message: &str) -> String {
    let mut parts = message.split_inclusive("@sha1:").flat_map(|part| part.split_inclusive("@sha256:"));
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hash = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        short.push_str(&part[..hash.min(DIGITS)]);
        short.push_str(&part[hash..]);
    }
    short
}

/// `main@sha1:4f2c1a9e`: eight digits of the hash, as flux prints it.
pub(crate) fn short_revision(revision: &str) -> String {
    match revision.rsplit_once(':') {
        Some((before, hash)) if hash.len() > DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("{before}:{}", &hash[..DIGITS])
        }
        _ => revision.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn revisions_are_shortened_to_what_tells_them_apart() {
        for (revision, short) in [
            ("main@sha1:4f2c1a9e0b7d4f2c1a9e0b7d4f2c1a9e0b7d1234", "main@sha1:4f2c1a9e"),
            ("latest@sha256:00112233445566778899", "latest@sha256:00112233"),
            ("6.0.3", "6.0.3"),
            ("", ""),
        ] {
            assert_eq!(short_revision(revision), short);
        }
    }

    #[test]
    fn hashes_in_sentences_are_shortened() {
        for (message, short) in [
            ("Applied revision: main@sha1:4f2c1a9e0b7d4f2c1 (pinned)", "Applied revision: main@sha1:4f2c1a9e (pinned)"),
            (
                "from latest@sha256:00112233445566 to v1@sha1:123456789",
                "from latest@sha256:00112233 to v1@sha1:12345678",
            ),
            ("nothing of the kind @sha1:", "nothing of the kind @sha1:"),
            ("", ""),
        ] {
            assert_eq!(short_hashes(message), short);
        }
    }

    #[test]
    fn a_row_tells_where_an_object_stands() {
        let object = |generation: i64, status: &str| {
            Row::of(&json!({
                "kind": "Kustomization",
                "metadata": {"namespace": "flux-system", "name": "apps", "generation": generation},
                "status": {"observedGeneration": 1, "conditions": [
                    {"type": "Reconciling", "status": "True", "reason": "Progressing", "message": "at work"},
                    {"type": "Ready", "status": status, "reason": "Because", "message": "said so"},
                ]},
            }))
        };
        assert_eq!((object(1, "True").readiness, object(1, "True").message.as_str()), (Readiness::Ready, "said so"));
        // A new spec that nobody has looked at makes an old "True" worthless.
        assert_eq!(object(2, "True").readiness, Readiness::InProgress);
        assert_eq!(
            (object(1, "Unknown").readiness, object(1, "Unknown").message.as_str()),
            (Readiness::InProgress, "at work")
        );
        assert_eq!((object(1, "False").readiness, object(1, "False").message.as_str()), (Readiness::Failed, "said so"));
    }
}
