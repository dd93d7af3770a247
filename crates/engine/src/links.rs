//! What a Flux object points at: the objects it depends on, and the sources it is made from.

use manifest::Value;

use crate::Key;
use crate::artifacts::SourceKey;
use crate::directory::Kind;

/// What an object points at.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Links {
    /// The objects of its own kind that it depends on.
    pub(crate) depends_on: Vec<Key>,
    /// The sources it takes its files or its chart from.
    pub(crate) sources: Vec<SourceKey>,
}

impl Links {
    /// The links of an object, which may be incomplete: what cannot be read points nowhere.
    pub(crate) fn of(kind: Kind, object: &Value, key: &Key) -> Links {
        let spec = &object["spec"];
        let own = &*key.namespace;
        match kind {
            Kind::HelmRepository | Kind::OciRepository | Kind::Bucket => Links::default(),
            Kind::GitRepository => Links { depends_on: Vec::new(), sources: included(&spec["include"], own) },
            Kind::HelmChart => {
                let source = SourceKey {
                    kind: given(&spec["sourceRef"]["kind"]).unwrap_or(Kind::HelmRepository.name()).to_owned(),
                    key: Key::new(own, text(&spec["sourceRef"]["name"])),
                };
                Links { depends_on: Vec::new(), sources: vec![source] }
            }
            Kind::Kustomization => Links {
                depends_on: dependencies(&spec["dependsOn"], own),
                sources: vec![referenced(&spec["sourceRef"], own)],
            },
            Kind::HelmRelease => {
                Links { depends_on: dependencies(&spec["dependsOn"], own), sources: vec![chart(spec, key)] }
            }
        }
    }
}

/// The other repositories whose files a GitRepository includes.
fn included(entries: &Value, namespace: &str) -> Vec<SourceKey> {
    let entries = entries.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| {
            Some(SourceKey::git_repository(&Key::new(namespace, entry["repository"]["name"].as_str()?)))
        })
        .collect()
}

fn dependencies(entries: &Value, namespace: &str) -> Vec<Key> {
    let entries = entries.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| Some(Key::new(given(&entry["namespace"]).unwrap_or(namespace), entry["name"].as_str()?)))
        .collect()
}

/// Where the chart of a HelmRelease comes from: what it refers to, or the HelmChart that is made for it.
fn chart(spec: &Value, release: &Key) -> SourceKey {
    if spec["chartRef"].is_object() {
        return referenced(&spec["chartRef"], &release.namespace);
    }
    let namespace = given(&spec["chart"]["spec"]["sourceRef"]["namespace"]).unwrap_or(&release.namespace);
    SourceKey::of(Kind::HelmChart, &Key::new(namespace, format!("{}-{}", release.namespace, release.name)))
}

fn referenced(reference: &Value, namespace: &str) -> SourceKey {
    SourceKey {
        kind: text(&reference["kind"]).to_owned(),
        key: Key::new(given(&reference["namespace"]).unwrap_or(namespace), text(&reference["name"])),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn given(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(kind: Kind, spec: Value, expected: Expect) {
        let links = Links::of(kind, &json!({"spec": spec}), &Key::new("apps", "web"));
        let sources = links.sources.iter().map(|source| format!("{} {}", source.kind, source.key));
        let shown: Vec<String> = links.depends_on.iter().map(|key| format!("after {key}")).chain(sources).collect();
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn kustomizations() {
        check(
            Kind::Kustomization,
            json!({
                "dependsOn": [{"name": "infra"}, {"name": "crds", "namespace": "base"}, {"nothing": 1}],
                "sourceRef": {"kind": "OCIRepository", "name": "repo", "namespace": "flux-system"},
            }),
            expect![[r#"
                after apps/infra
                after base/crds
                OCIRepository flux-system/repo"#]],
        );
    }

    #[test]
    fn releases() {
        check(
            Kind::HelmRelease,
            json!({"chart": {"spec": {"sourceRef": {"name": "repo"}}}}),
            expect!["HelmChart apps/apps-web"],
        );
        check(
            Kind::HelmRelease,
            json!({"chart": {"spec": {"sourceRef": {"name": "repo", "namespace": "flux-system"}}}}),
            expect!["HelmChart flux-system/apps-web"],
        );
        check(
            Kind::HelmRelease,
            json!({"dependsOn": [{"name": "db"}], "chartRef": {"kind": "OCIRepository", "name": "web"}}),
            expect![[r#"
                after apps/db
                OCIRepository apps/web"#]],
        );
        check(
            Kind::HelmRelease,
            json!({"chartRef": {"kind": "HelmChart", "name": "web", "namespace": "charts"}}),
            expect!["HelmChart charts/web"],
        );
    }

    #[test]
    fn sources() {
        check(Kind::HelmChart, json!({"sourceRef": {"name": "repo"}}), expect!["HelmRepository apps/repo"]);
        check(Kind::HelmChart, json!({"sourceRef": {"kind": "Bucket", "name": "b"}}), expect!["Bucket apps/b"]);
        check(
            Kind::GitRepository,
            json!({"include": [{"repository": {"name": "lib"}}, {"repository": {}}]}),
            expect!["GitRepository apps/lib"],
        );
        check(Kind::OciRepository, json!({"url": "oci://example.com/x"}), expect![""]);
    }
}
