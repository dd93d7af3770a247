//! What a HelmRelease would apply, without applying it.

use std::collections::BTreeSet;
use std::sync::Arc;

use cluster::{Cluster, ClusterError, KindScope};
use futures::future::join_all;
use jiff::Timestamp;
use kinds::flux::HelmRelease;
use kinds::flux::helm_release::CrdPolicy;
use manifest::{Definition, GroupVersionKind, Manifest, Value};
use plan::labels::{Applier, Owner, set_owner_labels};
use plan::normalize::normalize;
use plan::release::release_name;
use render::helm::chart::Chart;
use render::helm::release::{
    Capabilities, CustomResources, LiveObjects, Lookups, Operation, Options, Query, Release as Identity, RenderError,
    Rules, SchemaChecks, render,
};
use render::kustomize::is_cluster_scoped;
use render::template::value::Value as TemplateValue;
use render::template::{Environment, Seeded};
use serde_json::Map;

use super::halt::Halt;
use super::rendering::{LOOKUP_ROUNDS, seed};
use super::{capabilities, crds, objects, post_render};
use crate::clock;

/// What a release would apply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    /// The chart's definitions of custom resources; none if the release leaves them out.
    pub definitions: Vec<Manifest>,
    /// What becomes of those.
    pub definition_policy: CrdPolicy,
    /// The objects of the release, as they are applied.
    pub objects: Vec<Manifest>,
    /// The objects of hooks, as they are applied at their moments.
    pub hooks: Vec<Manifest>,
}

/// Renders a release with these values.
///
/// It is rendered as the revision that is there, if one is, and not as the next: what is seen to change is what the chart
/// or the values change. Capabilities and what templates look up come from the cluster; without one they are those of
/// `helm template`.
///
/// # Errors
///
/// If the chart cannot be rendered with the values, or the cluster does not answer.
pub async fn preview(
    release: &HelmRelease,
    chart: &Chart,
    values: &Map<String, Value>,
    cluster: Option<&Cluster>,
) -> Result<Preview, Halt> {
    let identity = identity(release);
    let (definition_policy, schema_checks) = match identity.operation {
        Operation::Install => (release.spec.install.crds, release.spec.install.disable_schema_validation),
        Operation::Upgrade => (release.spec.upgrade.crds, release.spec.upgrade.disable_schema_validation),
    };
    let mut capabilities = match cluster {
        Some(cluster) => capabilities::of(cluster).await?,
        None => Capabilities::offline(),
    };
    let mut definitions = match definition_policy {
        CrdPolicy::Skip => Vec::new(),
        CrdPolicy::Create | CrdPolicy::CreateReplace => crds::read(&chart.crds()).map_err(Halt::Manifest)?,
    };
    capabilities.api_versions.extend(definitions.iter().flat_map(defined));
    set_owner_labels(&mut definitions, &owner(release));

    let order = Order {
        release,
        chart,
        values,
        identity: &identity,
        capabilities: &capabilities,
        schema_checks: if schema_checks { SchemaChecks::Skipped } else { SchemaChecks::Enforced },
        started: clock::timestamp(),
        seed: seed()?,
    };
    let mut lookups = Lookups::default();
    for _ in 0..LOOKUP_ROUNDS {
        let known = cluster.map(|_| &lookups);
        let asked = match (rendered(&order, known)?, cluster) {
            (Outcome::Rendered(mut objects, mut hooks), _) => {
                place(&mut objects, &definitions, cluster, &identity.namespace).await?;
                place(&mut hooks, &definitions, cluster, &identity.namespace).await?;
                objects::mark(&mut objects, &identity.name, &identity.namespace);
                normalize(&mut objects);
                normalize(&mut definitions);
                return Ok(Preview { definitions, definition_policy, objects, hooks });
            }
            (Outcome::Lookups(asked), Some(cluster)) => {
                let answers = join_all(asked.iter().map(|query| capabilities::answer(cluster, query))).await;
                asked.into_iter().zip(answers)
            }
            (Outcome::Lookups(_), None) => unreachable!("without a cluster, lookups find nothing and ask nobody"),
        };
        asked.for_each(|(query, answer)| lookups.insert(query, answer));
    }
    Err(Halt::Render(format!("templates look up further objects after {LOOKUP_ROUNDS} rounds of answers")))
}

fn identity(release: &HelmRelease) -> Identity {
    let current = release.status.history.latest().map(|snapshot| snapshot.version);
    Identity {
        name: release_name(release),
        namespace: release.release_namespace().to_owned(),
        revision: current.unwrap_or(1),
        operation: if current.is_some_and(|revision| revision > 1) { Operation::Upgrade } else { Operation::Install },
    }
}

fn owner(release: &HelmRelease) -> Owner {
    Owner::new(Applier::HelmRelease, &release.metadata.namespace, &release.metadata.name)
}

/// What templates see of a definition once it is applied.
fn defined(definition: &Manifest) -> Vec<String> {
    let served = Definition::of(&definition.value).into_iter().flat_map(Definition::served);
    served.flat_map(|gvk| [gvk.api_version(), format!("{}/{}", gvk.api_version(), gvk.kind)]).collect()
}

/// Everything that rendering depends on.
struct Order<'a> {
    release: &'a HelmRelease,
    chart: &'a Chart,
    values: &'a Map<String, Value>,
    identity: &'a Identity,
    capabilities: &'a Capabilities,
    schema_checks: SchemaChecks,
    started: Timestamp,
    seed: [u8; 32],
}

/// What one round of rendering ends with.
enum Outcome {
    /// The objects of the release, and those of its hooks.
    Rendered(Vec<Manifest>, Vec<Manifest>),
    /// Templates ask for objects that are not known yet.
    Lookups(Vec<Query>),
}

fn rendered(order: &Order<'_>, lookups: Option<&Lookups>) -> Result<Outcome, Halt> {
    let live_objects = lookups.map_or(LiveObjects::None, |known| LiveObjects::Known(Arc::new(known.clone())));
    let options = Options { rules: Rules::V4, live_objects, schema_checks: order.schema_checks, ..Options::default() };
    let TemplateValue::Map(given) = TemplateValue::from_json(&Value::Object(order.values.clone())) else {
        unreachable!("a table is read as a map");
    };
    let environment = Environment::new(order.started, Box::new(Seeded::new(order.seed)));
    let rendered = match render(order.chart.clone(), &given, order.identity, order.capabilities, &options, environment)
    {
        Ok(rendered) => post_render::apply(order.release, rendered)?,
        Err(RenderError::Lookups(asked)) => return Ok(Outcome::Lookups(asked.into_iter().collect())),
        Err(error) => return Err(Halt::Render(format!("{error}; {}", error.hint()))),
    };
    let objects = objects::read(&rendered.manifest(CustomResources::Exclude)).map_err(Halt::Manifest)?;
    let hooks: Result<Vec<Vec<Manifest>>, _> = rendered.sorted.hooks.iter().map(|hook| hook.manifests()).collect();
    Ok(Outcome::Rendered(objects, hooks.map_err(Halt::Manifest)?.concat()))
}

/// Puts namespaced objects without a namespace into `namespace`. What neither the cluster nor a definition knows, and
/// everything where there is no cluster, is taken to be namespaced unless it is known not to be.
async fn place(
    manifests: &mut [Manifest],
    definitions: &[Manifest],
    cluster: Option<&Cluster>,
    namespace: &str,
) -> Result<(), Halt> {
    let mut declared = objects::declared_scopes(definitions);
    declared.extend(objects::declared_scopes(manifests));
    let unplaced = manifests.iter().filter(|manifest| manifest.id().namespace.is_empty());
    let kinds: BTreeSet<GroupVersionKind> = unplaced.map(Manifest::gvk).collect();
    let mut namespaced = BTreeSet::new();
    for gvk in kinds {
        let known = match cluster {
            None => None,
            Some(cluster) => match cluster.kind(&gvk).await {
                Ok(kind) => Some(kind.scope),
                Err(ClusterError::NoSuchKind { .. }) => None,
                Err(error) => return Err(error.into()),
            },
        };
        let scope = known.or_else(|| declared.get(&(gvk.group.clone(), gvk.kind.clone())).copied());
        let is_namespaced = match scope {
            Some(scope) => scope == KindScope::Namespaced,
            None => !is_cluster_scoped(&gvk.group, &gvk.kind),
        };
        if is_namespaced {
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

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use manifest::Tree;
    use render::helm::chart::load;
    use serde_json::json;

    use super::*;

    const CHART: [(&str, &str); 4] = [
        ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        (
            "crds/widgets.yaml",
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\nspec:\n  group: example.com\n  scope: Cluster\n  names: {kind: Widget, plural: widgets}\n  versions: [{name: v1, served: true, storage: true}]\n",
        ),
        (
            "templates/all.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  revision: {{ .Release.Revision | quote }}\n  upgrade: {{ .Release.IsUpgrade | quote }}\n  color: {{ .Values.color | quote }}\n  widgets: {{ .Capabilities.APIVersions.Has \"example.com/v1/Widget\" | quote }}\n  found: {{ lookup \"v1\" \"ConfigMap\" \"\" \"\" | len | quote }}\n---\napiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: one\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: web\n",
        ),
        (
            "templates/hook.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: check\n  annotations: {helm.sh/hook: test}\n",
        ),
    ];

    async fn check(spec: Value, status: Value, expected: Expect) {
        let mut release = json!({
            "metadata": {"name": "web", "namespace": "flux-system"},
            "spec": {"interval": "1h", "targetNamespace": "shop", "chartRef": {"kind": "HelmChart", "name": "web"}},
            "status": status,
        });
        if let (Some(all), Value::Object(more)) = (release["spec"].as_object_mut(), spec) {
            all.extend(more);
        }
        let release = HelmRelease::read(&release).unwrap();
        let chart = load::directory(&Tree::from_texts(CHART), "", &load::Limits::default()).unwrap().chart;
        let values = Map::from_iter([("color".to_owned(), json!("blue"))]);
        let shown = match preview(&release, &chart, &values, None).await {
            Err(halt) => halt.to_string(),
            Ok(preview) => {
                let ids = |manifests: &[Manifest]| {
                    manifests.iter().map(|manifest| manifest.id().to_string()).collect::<Vec<_>>().join(" ")
                };
                let config = preview.objects.iter().find(|manifest| manifest.gvk().kind == "ConfigMap").unwrap();
                format!(
                    "{}\n{}\n{}\n{}\n{}",
                    ids(&preview.definitions),
                    ids(&preview.objects),
                    ids(&preview.hooks),
                    config.value["metadata"],
                    config.value["data"],
                )
            }
        };
        expected.assert_eq(&shown);
    }

    #[tokio::test]
    async fn everything_that_is_applied_is_shown_as_it_is_applied() {
        check(json!({}), json!({}), expect![[r#"
            CustomResourceDefinition/widgets.example.com
            ConfigMap/shop/shop-web ClusterRole/web Widget/one
            Pod/shop/check
            {"annotations":{"meta.helm.sh/release-name":"shop-web","meta.helm.sh/release-namespace":"shop"},"labels":{"app.kubernetes.io/managed-by":"Helm","helm.toolkit.fluxcd.io/name":"web","helm.toolkit.fluxcd.io/namespace":"flux-system"},"name":"shop-web","namespace":"shop"}
            {"color":"blue","found":"0","revision":"1","upgrade":"false","widgets":"true"}"#]]).await;
    }

    #[tokio::test]
    async fn what_is_there_is_rendered_as_it_is_there() {
        let history = json!([{
            "digest": "sha256:0", "name": "shop-web", "namespace": "shop", "version": 3, "status": "deployed",
            "chartName": "web", "chartVersion": "1.0.0", "configDigest": "sha256:0", "firstDeployed": null, "lastDeployed": null,
        }]);
        check(json!({"upgrade": {"crds": "Skip"}}), json!({ "history": history }), expect![[r#"

            ConfigMap/shop/shop-web ClusterRole/web Widget/shop/one
            Pod/shop/check
            {"annotations":{"meta.helm.sh/release-name":"shop-web","meta.helm.sh/release-namespace":"shop"},"labels":{"app.kubernetes.io/managed-by":"Helm","helm.toolkit.fluxcd.io/name":"web","helm.toolkit.fluxcd.io/namespace":"flux-system"},"name":"shop-web","namespace":"shop"}
            {"color":"blue","found":"0","revision":"3","upgrade":"true","widgets":"false"}"#]]).await;
    }
}
