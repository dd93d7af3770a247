//! One source, Kustomization or HelmRelease that a command is about.

use std::time::Duration;

use cluster::{Cluster, Event, ObjectRef, Scope, Selector};
use kinds::flux::REQUESTED_AT;
use manifest::Value;
use plan::labels::Applier;
use serde_json::json;

use crate::cli::TargetKind;
use crate::entry::MANAGER;
use crate::error::Failure;
use crate::output;
use crate::view::{Listing, Readiness, Row};

/// An object and the cluster it is in.
pub(crate) struct Target<'a> {
    cluster: &'a Cluster,
    reference: ObjectRef,
}

impl<'a> Target<'a> {
    /// The object of a kind by name; it must exist.
    pub(crate) async fn find(
        cluster: &'a Cluster,
        listing: Listing,
        namespace: &str,
        name: &str,
    ) -> Result<(Target<'a>, Value), Failure> {
        let reference = ObjectRef::new(listing.gvk(cluster).await?, namespace, name);
        let target = Target { cluster, reference };
        let object = target.read().await?;
        Ok((target, object))
    }

    /// The object as it is now.
    pub(crate) async fn read(&self) -> Result<Value, Failure> {
        self.cluster.get(&self.reference).await?.ok_or_else(|| self.not_found())
    }

    /// Changes it by a merge patch.
    pub(crate) async fn patch(&self, patch: &Value) -> Result<Value, Failure> {
        Ok(self.cluster.merge_patch(&self.reference, MANAGER, patch).await?)
    }

    /// Asks for a reconciliation, with further changes in the same write, and waits for its result. `wishes` are further
    /// annotations that hold for this reconciliation alone.
    pub(crate) async fn reconcile(&self, change: Value, wishes: &[&str], timeout: Duration) -> Result<Row, Failure> {
        let token = jiff::Timestamp::now().to_string();
        let mut patch = change;
        for annotation in wishes.iter().chain([&REQUESTED_AT]) {
            patch["metadata"]["annotations"][*annotation] = json!(token);
        }
        let selector = Selector::fields(format!("metadata.name={}", self.reference.name));
        let scope = Scope::Namespace(self.reference.namespace.clone());
        let mut events = self.cluster.watch(&self.reference.gvk, scope, selector);
        self.patch(&patch).await?;
        let mut told = String::new();
        let handled = async {
            loop {
                let object = match events.next().await {
                    Event::Applied(object) => object,
                    Event::Restarted(objects) => match objects.into_iter().next() {
                        Some(object) => object,
                        None => continue,
                    },
                    Event::Deleted(_) => return Err(self.not_found()),
                };
                let row = Row::of(&object);
                if object["status"]["lastHandledReconcileAt"] == token.as_str()
                    && row.readiness != Readiness::InProgress
                {
                    return Ok(row);
                }
                // Whoever waits wants to see what for.
                if row.readiness == Readiness::InProgress && !row.message.is_empty() && row.message != told {
                    output::error(&format!("► {} {}/{}: {}", row.kind, row.namespace, row.name, row.message));
                    told = row.message;
                }
            }
        };
        match tokio::time::timeout(timeout, handled).await {
            Ok(row) => row,
            Err(_) => Err(Failure::Timeout {
                what: format!("{} '{}' was not reconciled", self.reference.gvk.kind, self.reference.name),
                seconds: timeout.as_secs(),
            }),
        }
    }

    fn not_found(&self) -> Failure {
        Failure::NotFound {
            kind: self.reference.gvk.kind.clone(),
            namespace: self.reference.namespace.clone(),
            name: self.reference.name.clone(),
        }
    }
}

/// What applies objects, by name: `apps`, `kustomization/apps` or `helmrelease/istiod`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    /// A Kustomization or a HelmRelease.
    pub(crate) applier: Applier,
    /// Its name.
    pub(crate) name: String,
}

impl Applied {
    /// Reads what was typed.
    pub(crate) fn parse(text: &str) -> Result<Applied, Failure> {
        let (kind, name) = text.split_once('/').unwrap_or(("kustomization", text));
        let applier = match kind.to_lowercase().as_str() {
            "kustomization" | "kustomizations" | "ks" => Applier::Kustomization,
            "helmrelease" | "helmreleases" | "hr" => Applier::HelmRelease,
            _ => {
                return Err(Failure::Usage(format!(
                    "{text:?} names neither a Kustomization nor a HelmRelease; write `NAME`, `kustomization/NAME` or \
                     `helmrelease/NAME`"
                )));
            }
        };
        Ok(Applied { applier, name: name.to_owned() })
    }

    /// Its kind among those that are listed.
    pub(crate) fn listing(&self) -> Listing {
        match self.applier {
            Applier::Kustomization => Listing::Kustomization,
            Applier::HelmRelease => Listing::HelmRelease,
        }
    }
}

impl From<TargetKind> for Listing {
    fn from(kind: TargetKind) -> Listing {
        match kind {
            TargetKind::Kustomization => Listing::Kustomization,
            TargetKind::Helmrelease => Listing::HelmRelease,
            TargetKind::Source => Listing::GitRepository,
            TargetKind::Ocirepository => Listing::OciRepository,
            TargetKind::Bucket => Listing::Bucket,
            TargetKind::Helmrepository => Listing::HelmRepository,
            TargetKind::Helmchart => Listing::HelmChart,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_is_a_kustomizations() {
        for (text, applier, name) in [
            ("apps", Applier::Kustomization, "apps"),
            ("ks/apps", Applier::Kustomization, "apps"),
            ("HelmRelease/istiod", Applier::HelmRelease, "istiod"),
            ("hr/istiod", Applier::HelmRelease, "istiod"),
        ] {
            assert_eq!(Applied::parse(text).unwrap(), Applied { applier, name: name.to_owned() });
        }
        assert!(Applied::parse("deployment/web").is_err());
    }
}
