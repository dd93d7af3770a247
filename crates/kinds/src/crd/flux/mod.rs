//! Flux: sources, appliers, notifications, images.

mod appliers;
mod images;
mod notifications;
mod sources;

use super::definition::Definition;
use super::schema::{Schema, list, object, one_of, optional, required, string, strings, texts};

/// Every Flux kind.
pub(super) fn definitions() -> Vec<Definition> {
    let groups = [sources::definitions(), appliers::definitions(), notifications::definitions(), images::definitions()];
    groups.into_iter().flatten().collect()
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
        optional("value", super::schema::any()),
    ]);
    list(object([required("patch", list(operation)), required("target", selector())]))
}
