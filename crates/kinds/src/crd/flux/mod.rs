//! Flux: sources, appliers, notifications, images.

mod appliers;
mod images;
mod notifications;
mod sources;

use super::definition::{Column, Definition, Scope, Spec, Status};
use super::schema::{Field, Schema, any, boolean, list, object, one_of, optional, required, string, strings, texts};

/// Every Flux kind.
pub(super) fn definitions() -> Vec<Definition> {
    let groups = [sources::definitions(), appliers::definitions(), notifications::definitions(), images::definitions()];
    groups.into_iter().flatten().collect()
}

/// Kinds that belong together.
struct Family {
    group: &'static str,
    categories: &'static [&'static str],
}

/// What a kind is called.
struct Names {
    kind: &'static str,
    plural: &'static str,
    short: &'static [&'static str],
}

impl Family {
    /// A kind of the family, with what all kinds of Flux have in common. The newest version comes first.
    fn kind(
        &self,
        names: Names,
        versions: &'static [&'static str],
        about: &'static str,
        spec: Schema,
        columns: Vec<Column>,
    ) -> Definition {
        Definition {
            group: self.group,
            kind: names.kind,
            plural: names.plural,
            short_names: names.short,
            categories: self.categories,
            scope: Scope::Namespaced,
            versions,
            about,
            spec,
            presence: Spec::Optional,
            status: Status::Unobserved,
            columns,
        }
    }
}

/// A Go duration down to milliseconds, with hours.
fn interval() -> Schema {
    string().pattern(r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$")
}

/// A reference to an object of a known kind in the same namespace.
fn name_reference() -> Schema {
    object([required("name", string())])
}

/// A reference to a secret, with the key to read from it.
fn keyed_reference() -> Schema {
    object([required("name", string()), optional("key", string())])
}

/// A reference to an object, which may be in another namespace.
fn reference(kind: Schema) -> Schema {
    object([
        optional("apiVersion", string()),
        required("kind", kind),
        required("name", string()),
        optional("namespace", string()),
    ])
}

/// How to prove to a server who one is, and to know who it is.
fn access() -> [Field; 4] {
    [
        optional("secretRef", name_reference()),
        optional("certSecretRef", name_reference()),
        optional("proxySecretRef", name_reference()),
        optional("serviceAccountName", string()),
    ]
}

/// A commit of a Git repository.
fn git_reference() -> Schema {
    object(["branch", "tag", "semver", "name", "commit"].map(|field| optional(field, string())))
}

/// What a chart is made from, wherever it is described.
fn chart(name: Schema) -> Vec<Field> {
    vec![
        required("chart", name.about("Name in a Helm repository, or path in a source.")),
        optional("version", string().default("*").about("Version or range; ignored for charts from a path.")),
        optional("reconcileStrategy", one_of(&["ChartVersion", "Revision"]).default("ChartVersion")),
        optional("valuesFiles", strings()),
        optional("valuesFile", string().about("The one values file of older versions.")),
        optional("ignoreMissingValuesFiles", boolean()),
    ]
}

/// What kustomize does to manifests that are there.
fn overlay() -> [Field; 4] {
    [
        optional("images", images()),
        optional("patches", patches()),
        optional("patchesStrategicMerge", list(any()).about("Patches of older versions.")),
        optional("patchesJson6902", json_patches().about("Patches of older versions.")),
    ]
}

/// Which namespaces may use a source.
fn access_from() -> Schema {
    object([required("namespaceSelectors", list(object([optional("matchLabels", texts())])))])
        .about("Namespaces that may refer to this object.")
}

/// Labels and annotations for everything that is applied.
fn common_metadata() -> Schema {
    object([optional("annotations", texts()), optional("labels", texts())])
}

/// How to reach another cluster.
fn kube_config() -> Schema {
    object([optional("configMapRef", name_reference()), optional("secretRef", keyed_reference())])
        .rule(
            "has(self.configMapRef) || has(self.secretRef)",
            "exactly one of spec.kubeConfig.secretRef or spec.kubeConfig.configMapRef must be specified",
        )
        .rule(
            "!has(self.configMapRef) || !has(self.secretRef)",
            "exactly one of spec.kubeConfig.secretRef or spec.kubeConfig.configMapRef must be specified",
        )
}

/// Which objects a patch or rule is for.
fn selector() -> Schema {
    object([
        optional("group", string()),
        optional("version", string()),
        optional("kind", string()),
        optional("name", string()),
        optional("namespace", string()),
        optional("labelSelector", string()),
        optional("annotationSelector", string()),
    ])
}

/// `dependsOn`.
fn depends_on() -> Schema {
    list(object([
        required("name", string()),
        optional("namespace", string()),
        optional(
            "readyExpr",
            string().about("CEL over `self` and `dep`, in place of the dependency's Ready condition."),
        ),
    ]))
}

/// `healthCheckExprs`.
fn health_expressions() -> Schema {
    list(object([
        required("apiVersion", string()),
        optional("kind", string()),
        required("current", string()),
        optional("failed", string()),
        optional("inProgress", string()),
    ]))
}

/// Fields that drift detection leaves alone.
fn ignore_rules() -> Schema {
    list(object([required("paths", strings()), optional("target", selector())]))
}

/// Kustomize's `images`.
fn images() -> Schema {
    list(object([
        required("name", string()),
        optional("newName", string()),
        optional("newTag", string()),
        optional("digest", string()),
    ]))
}

/// Kustomize's `patches`.
fn patches() -> Schema {
    list(object([required("patch", string()), optional("target", selector())]))
}

/// The `patchesJson6902` of older versions.
fn json_patches() -> Schema {
    let operation = object([
        required("op", one_of(&["test", "remove", "add", "replace", "move", "copy"])),
        required("path", string()),
        optional("from", string()),
        optional("value", any()),
    ]);
    list(object([required("patch", list(operation)), required("target", selector())]))
}
