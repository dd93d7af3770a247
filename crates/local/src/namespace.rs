//! What every namespace gets: a `default` ServiceAccount and the API server's CA certificate.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;

use crate::action::{Action, Step, Story};

/// The ConfigMap pods mount to trust the API server.
pub(crate) const ROOT_CERTIFICATE: &str = "kube-root-ca.crt";
/// The ServiceAccount of pods that name none.
pub(crate) const DEFAULT_ACCOUNT: &str = "default";

/// What a namespace is decided by.
pub(crate) struct Observed<'a> {
    pub(crate) namespace: &'a Namespace,
    pub(crate) has_account: bool,
    pub(crate) has_certificate: bool,
    pub(crate) certificate_authority: &'a str,
}

/// One look at a namespace.
pub(crate) fn step(observed: &Observed<'_>) -> Step {
    let mut step = Step::default();
    if observed.namespace.metadata.deletion_timestamp.is_some() {
        return step;
    }
    let meta = |name: &str| ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(observed.namespace.name_any()),
        ..ObjectMeta::default()
    };
    if !observed.has_account {
        let account = ServiceAccount { metadata: meta(DEFAULT_ACCOUNT), ..ServiceAccount::default() };
        step.push(Action::create(&account, Story::Silent));
    }
    if !observed.has_certificate {
        let description = "Contains a CA bundle that can be used to verify the API server";
        let mut metadata = meta(ROOT_CERTIFICATE);
        metadata.annotations = Some(BTreeMap::from([("kubernetes.io/description".to_owned(), description.to_owned())]));
        let certificate = ConfigMap {
            metadata,
            data: Some(BTreeMap::from([("ca.crt".to_owned(), observed.certificate_authority.to_owned())])),
            ..ConfigMap::default()
        };
        step.push(Action::create(&certificate, Story::Silent));
    }
    step
}
