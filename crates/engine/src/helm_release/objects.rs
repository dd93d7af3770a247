//! The objects of a release: what its stored manifest says, as it is applied.

use std::collections::{BTreeMap, BTreeSet};

use cluster::{ClusterError, KindScope};
use manifest::yaml::{Limits, Profile, read_manifests};
use manifest::{Definition, Diagnostic, GroupVersionKind, Manifest, Value};
use plan::inventory::{Entry, Inventory};
use plan::labels::set_common_metadata;
use plan::normalize::normalize;
use render::helm::storage::Release;

use super::halt::Halt;
use super::run::Run;

/// The label by which Helm knows what it manages, and its value.
pub(super) const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "Helm");

/// The annotation that names the Helm release.
pub(super) const RELEASE_NAME: &str = "meta.helm.sh/release-name";

/// The annotation that names its namespace.
pub(super) const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// The objects of a release with Helm's marks on them, each in its namespace.
pub(super) async fn of_release(run: &Run<'_>, release: &Release) -> Result<Vec<Manifest>, Halt> {
    let mut manifests = read(&release.manifest).map_err(Halt::Manifest)?;
    place(run, &mut manifests, &release.namespace).await?;
    mark(&mut manifests, &release.name, &release.namespace);
    normalize(&mut manifests);
    Ok(manifests)
}

/// Puts Helm's marks on the objects of a release.
pub(super) fn mark(manifests: &mut [Manifest], name: &str, namespace: &str) {
    let label = BTreeMap::from([(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned())]);
    let annotations = BTreeMap::from([
        (RELEASE_NAME.to_owned(), name.to_owned()),
        (RELEASE_NAMESPACE.to_owned(), namespace.to_owned()),
    ]);
    set_common_metadata(manifests, &label, &annotations);
}

/// What a release lists: every object of its manifest.
pub(super) async fn inventory(run: &Run<'_>, release: &Release) -> Result<Inventory, Halt> {
    let mut manifests = read(&release.manifest).map_err(Halt::Manifest)?;
    place(run, &mut manifests, &release.namespace).await?;
    Ok(Inventory { entries: manifests.iter().filter_map(|manifest| Entry::of(&manifest.value)).collect() })
}

/// The objects of a manifest as Helm writes it. Places name the template that an object comes from, with the line in what
/// it became.
pub(super) fn read(text: &str) -> Result<Vec<Manifest>, Vec<Diagnostic>> {
    let mut manifests = Vec::new();
    let mut problems = Vec::new();
    for document in documents(text) {
        let source = document.lines().find_map(|line| line.strip_prefix("# Source: "));
        match read_manifests(document.as_bytes(), source.unwrap_or("manifest"), Profile::Kubectl, &Limits::default()) {
            Ok(read) => manifests.extend(read),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(manifests) } else { Err(problems) }
}

/// The parts between lines that begin with `---`.
fn documents(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let (mut start, mut position) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            documents.push(&text[start..position]);
            start = position + "---".len();
        }
        position += line.len();
    }
    documents.push(&text[start..]);
    documents.retain(|document| !document.trim().is_empty());
    documents
}

/// Puts namespaced objects without a namespace into `namespace`, and takes it off all others.
pub(super) async fn place(run: &Run<'_>, manifests: &mut [Manifest], namespace: &str) -> Result<(), Halt> {
    let declared = declared_scopes(manifests);
    let unplaced = manifests.iter().filter(|manifest| manifest.id().namespace.is_empty());
    let kinds: BTreeSet<GroupVersionKind> = unplaced.map(Manifest::gvk).collect();
    let mut namespaced = BTreeSet::new();
    for gvk in kinds {
        let scope = match run.work.cluster.kind(&gvk).await {
            Ok(kind) => Some(kind.scope),
            Err(ClusterError::NoSuchKind { .. }) => declared.get(&(gvk.group.clone(), gvk.kind.clone())).copied(),
            Err(error) => return Err(error.into()),
        };
        if scope == Some(KindScope::Namespaced) {
            namespaced.insert(gvk);
        }
    }
    for manifest in manifests {
        if manifest.id().namespace.is_empty() && namespaced.contains(&manifest.gvk()) {
            manifest.value["metadata"]["namespace"] = Value::String(namespace.to_owned());
        }
    }
    Ok(())
}

/// The scopes of the kinds that the definitions among the manifests bring.
pub(super) fn declared_scopes(manifests: &[Manifest]) -> BTreeMap<(String, String), KindScope> {
    let definitions = manifests.iter().filter_map(|manifest| Definition::of(&manifest.value));
    definitions
        .map(|definition| {
            let scope = if definition.is_namespaced() { KindScope::Namespaced } else { KindScope::Cluster };
            ((definition.group().to_owned(), definition.kind().to_owned()), scope)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Expect) {
        let told = match read(text) {
            Ok(manifests) => manifests
                .iter()
                .map(|manifest| {
                    let place = manifest.origin.location.as_ref().map(ToString::to_string).unwrap_or_default();
                    format!("{place}: {}", manifest.id())
                })
                .collect::<Vec<_>>(),
            Err(problems) => problems.iter().map(ToString::to_string).collect(),
        };
        expected.assert_eq(&told.join("\n"));
    }

    #[test]
    fn documents_are_split_where_helm_splits_them() {
        check("", expect![[""]]);
        check("---\n# Source: web/templates/a.yaml\n\n", expect![[""]]);
        check(
            "---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: |-\n  ---}\n",
            expect!["web/templates/a.yaml:6:11: a value cannot start with `|`"],
        );
        check(
            "---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n---\n# Source: web/templates/b.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: b\n",
            expect![[r#"
                web/templates/a.yaml:3:1: ConfigMap/a
                web/templates/b.yaml:3:1: Secret/b"#]],
        );
    }
}
