//! Who may use whose sources.
//!
//! An object may always use the sources of its own namespace. Those of others it may use unless that is switched off for
//! the whole engine, and if the source says whom it is for (`spec.accessFrom`), only where it is among those. What a
//! `dependsOn` names is not used but waited for, so that it may be anywhere, as in Flux.

use std::fmt;

use cluster::{ClusterError, ObjectRef};
use manifest::{GroupVersionKind, Value};
use plan::labels::Applier;

use crate::Key;
use crate::artifacts::SourceKey;
use crate::directory::Kind;
use crate::engine::Engine;

/// Whether objects may use sources of other namespaces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CrossNamespace {
    /// They may, unless the source says otherwise.
    #[default]
    Allowed,
    /// They may not.
    Denied,
}

/// Why an object must not use a source of another namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    user: Applier,
    /// The namespace of who would use it.
    namespace: String,
    source: SourceKey,
    ground: Ground,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// It is switched off.
    CrossesNamespaces,
    /// The source is for others.
    NotAdmitted,
}

/// The words are those of kustomize-controller, helm-controller and fluxcd/pkg's `acl`, with what to do about it.
impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Denial { namespace, source: SourceKey { kind, key }, .. } = self;
        match (self.ground, self.user) {
            (Ground::CrossesNamespaces, Applier::Kustomization) => {
                write!(f, "can't access '{kind}/{key}', cross-namespace references have been blocked")?;
            }
            (Ground::CrossesNamespaces, Applier::HelmRelease) => {
                write!(f, "cross-namespace references are not allowed: cannot access {kind} {key}")?;
            }
            (Ground::NotAdmitted, _) => {
                write!(f, "'{key}' can't be accessed due to ACL labels mismatch on namespace '{namespace}'")?;
            }
        }
        match self.ground {
            Ground::CrossesNamespaces => write!(f, "; use a source of namespace '{namespace}'"),
            Ground::NotAdmitted => write!(f, "; admit it by spec.accessFrom of the {kind}"),
        }
    }
}

/// Says why an object must not use a source, if it must not. A source that does not exist keeps nobody out.
pub(crate) async fn denial(
    engine: &Engine,
    user: Applier,
    key: &Key,
    source: SourceKey,
) -> Result<Option<Denial>, ClusterError> {
    if source.key.namespace == key.namespace {
        return Ok(None);
    }
    let denied = |ground, source| Some(Denial { user, namespace: key.namespace.to_string(), source, ground });
    if engine.cross_namespace == CrossNamespace::Denied {
        return Ok(denied(Ground::CrossesNamespaces, source));
    }
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == source.kind);
    let Some(object) = kind.and_then(|kind| engine.directory.get(kind, &source.key)) else { return Ok(None) };
    let admitted = &object["spec"]["accessFrom"];
    if !admitted.is_object() {
        return Ok(None);
    }
    let namespaces = GroupVersionKind::from_api_version("v1", "Namespace");
    let namespace = engine.cluster.get(&ObjectRef::new(namespaces, "", &*key.namespace)).await?;
    let labels = namespace.map(|mut namespace| namespace["metadata"]["labels"].take()).unwrap_or_default();
    Ok(if admits(admitted, &labels) { None } else { denied(Ground::NotAdmitted, source) })
}

/// Whether a namespace with these labels is among those that an `accessFrom` selects.
fn admits(access_from: &Value, labels: &Value) -> bool {
    let mut selectors = access_from["namespaceSelectors"].as_array().into_iter().flatten();
    selectors.any(|selector| {
        let mut wanted = selector["matchLabels"].as_object().into_iter().flatten();
        wanted.all(|(label, value)| labels.get(label) == Some(value))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    #[test]
    fn namespaces_are_admitted_by_all_labels_of_any_selector() {
        let team = json!({"team": "a", "stage": "prod"});
        for (selectors, admitted) in [
            (json!(null), false),
            (json!([]), false),
            (json!([{}]), true),
            (json!([{"matchLabels": {}}]), true),
            (json!([{"matchLabels": {"team": "a"}}]), true),
            (json!([{"matchLabels": {"team": "b"}}]), false),
            (json!([{"matchLabels": {"team": "a", "stage": "test"}}]), false),
            (json!([{"matchLabels": {"team": "b"}}, {"matchLabels": {"stage": "prod"}}]), true),
        ] {
            assert_eq!(admits(&json!({ "namespaceSelectors": selectors }), &team), admitted, "{selectors}");
        }
        assert!(!admits(&json!({"namespaceSelectors": [{"matchLabels": {"team": "a"}}]}), &json!(null)));
    }

    #[test]
    fn the_words_are_those_that_flux_has() {
        let check = |user, kind: Kind, ground, expected: Expect| {
            let source = SourceKey::of(kind, &Key::new("flux-system", "repo"));
            expected.assert_eq(&Denial { user, namespace: "apps".to_owned(), source, ground }.to_string());
        };
        check(
            Applier::Kustomization,
            Kind::GitRepository,
            Ground::CrossesNamespaces,
            expect![
                "can't access 'GitRepository/flux-system/repo', cross-namespace references have been blocked; use a source of namespace 'apps'"
            ],
        );
        check(
            Applier::HelmRelease,
            Kind::HelmChart,
            Ground::CrossesNamespaces,
            expect![
                "cross-namespace references are not allowed: cannot access HelmChart flux-system/repo; use a source of namespace 'apps'"
            ],
        );
        check(
            Applier::HelmRelease,
            Kind::HelmRepository,
            Ground::NotAdmitted,
            expect![
                "'flux-system/repo' can't be accessed due to ACL labels mismatch on namespace 'apps'; admit it by spec.accessFrom of the HelmRepository"
            ],
        );
    }
}
