//! What the routes of a VirtualService have in common: destinations, headers, matched texts.

use super::super::schema::{Field, Schema, object, optional, required, string, strings, texts};
use super::{items, signed, unsigned};

/// Istio's `Destination`.
pub(super) fn destination() -> Schema {
    object([
        required("host", string()),
        optional("subset", string()),
        optional("port", object([optional("number", unsigned())])),
    ])
}

/// Destinations with weights, and what an HTTP route adds to each.
pub(super) fn weighted(more: impl IntoIterator<Item = Field>) -> Schema {
    let fields = [required("destination", destination()), optional("weight", signed())];
    items(fields.into_iter().chain(more))
}

/// Istio's `Headers`.
pub(super) fn headers() -> Schema {
    let operations = || object([optional("set", texts()), optional("add", texts()), optional("remove", strings())]);
    object([optional("request", operations()), optional("response", operations())])
}

/// Istio's `StringMatch`, of which one word is given.
pub(super) fn text_match() -> Schema {
    object([optional("exact", string()), optional("prefix", string()), optional("regex", string())])
        .at_most_one_of(&["exact", "prefix", "regex"])
}
