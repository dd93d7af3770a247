//! Istio: networking, security, telemetry, extensions.
//!
//! What every field at the top is, and which fields the main structures below cannot do without; anything deeper, and
//! any spelling of older versions, is kept as written.

mod networking;
mod policies;

use super::definition::{Column, Definition, Scope, Spec, Status};
use super::schema::{Field, Schema, list, object, open, optional, required, string, texts};

/// Every Istio kind.
pub(super) fn definitions() -> Vec<Definition> {
    networking::definitions().into_iter().chain(policies::definitions()).collect()
}

/// The names of one kind, and what it looks like.
struct Kind {
    kind: &'static str,
    plural: &'static str,
    short_names: &'static [&'static str],
    versions: &'static [&'static str],
    about: &'static str,
    spec: Schema,
    presence: Spec,
    columns: Vec<Column>,
}

fn define(group: &'static str, categories: &'static [&'static str], kind: Kind) -> Definition {
    Definition {
        group,
        kind: kind.kind,
        plural: kind.plural,
        short_names: kind.short_names,
        categories,
        scope: Scope::Namespaced,
        versions: kind.versions,
        about: kind.about,
        spec: kind.spec,
        presence: kind.presence,
        status: Status::Kept,
        columns: kind.columns,
    }
}

/// A list of objects that have at least these fields.
fn items(fields: impl IntoIterator<Item = Field>) -> Schema {
    list(open(fields))
}

/// `selector.matchLabels`.
fn workload_selector() -> Schema {
    open([optional("matchLabels", texts())])
}

/// The object a policy is for.
fn target() -> Schema {
    object([
        optional("group", string()),
        required("kind", string()),
        required("name", string()),
        optional("namespace", string()),
    ])
}
