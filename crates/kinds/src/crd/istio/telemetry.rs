//! Telemetry.

use super::super::schema::{Schema, list, map, number, object, one_of, optional, required, string};
use super::{attached_once, attachment, duration, items, maybe, traffic_mode};

pub(super) fn telemetry() -> Schema {
    let providers = || list(object([required("name", text())]));
    let mode = || object([optional("mode", traffic_mode())]);
    let logging = items([
        optional("match", mode()),
        optional("providers", providers()),
        optional("disabled", maybe()),
        optional("filter", object([optional("expression", string())])),
    ]);
    let tracing = items([
        optional("match", mode()),
        optional("providers", providers()),
        optional("randomSamplingPercentage", number().format("double").minimum(0).maximum(100).nullable()),
        optional("disableSpanReporting", maybe()),
        optional("disableContextPropagation", maybe()),
        optional("enableIstioTags", maybe()),
        optional("useRequestIdForTraceSampling", maybe()),
        optional("customTags", map(custom_tag())),
    ]);
    let metrics = items([
        optional("providers", providers()),
        optional("overrides", overrides()),
        optional("reportingInterval", duration()),
    ]);
    let own = [optional("tracing", tracing), optional("metrics", metrics), optional("accessLogging", logging)];
    attached_once(object(own.into_iter().chain(attachment())))
}

/// A text that is not empty.
fn text() -> Schema {
    string().at_least_characters(1)
}

fn custom_tag() -> Schema {
    let named = || object([required("name", text()), optional("defaultValue", string())]);
    object([
        optional("literal", object([required("value", text())])),
        optional("environment", named()),
        optional("header", named()),
        optional("formatter", object([required("value", text())])),
    ])
    .at_most_one_of(&["literal", "environment", "header", "formatter"])
}

fn overrides() -> Schema {
    let metric = one_of(&[
        "ALL_METRICS",
        "REQUEST_COUNT",
        "REQUEST_DURATION",
        "REQUEST_SIZE",
        "RESPONSE_SIZE",
        "TCP_OPENED_CONNECTIONS",
        "TCP_CLOSED_CONNECTIONS",
        "TCP_SENT_BYTES",
        "TCP_RECEIVED_BYTES",
        "GRPC_REQUEST_MESSAGES",
        "GRPC_RESPONSE_MESSAGES",
    ]);
    let selected =
        object([optional("metric", metric), optional("customMetric", text()), optional("mode", traffic_mode())])
            .at_most_one_of(&["metric", "customMetric"]);
    let tag = object([optional("operation", one_of(&["UPSERT", "REMOVE"])), optional("value", string())])
        .rule(
            "!has(self.operation) || self.operation != 'UPSERT' || (has(self.value) && self.value != '')",
            "UPSERT needs a value",
        )
        .rule("!has(self.operation) || self.operation != 'REMOVE' || !has(self.value)", "REMOVE takes no value");
    items([optional("match", selected), optional("disabled", maybe()), optional("tagOverrides", map(tag))])
}
