//! `spec.analysis`.

use super::super::schema::{Schema, boolean, list, map, number, object, one_of, optional, required, string, texts};

/// Minutes or seconds.
fn period() -> Schema {
    string().pattern("^[0-9]+(m|s)")
}

fn named() -> Schema {
    object([required("name", string()), optional("namespace", string())])
}

pub(super) fn analysis() -> Schema {
    object([
        optional("interval", period().about("Time between checks.")),
        optional("iterations", number().about("Checks of a release that gets no weight or only matched requests.")),
        optional("threshold", number().about("Failed checks before the rollback.")),
        optional("primaryReadyThreshold", number()),
        optional("canaryReadyThreshold", number()),
        optional("maxWeight", number()),
        optional("stepWeight", number()),
        optional("stepWeights", list(number())),
        optional("stepWeightPromotion", number()),
        optional("mirror", boolean()),
        optional("mirrorWeight", number()),
        optional("match", matches()),
        optional("metrics", metrics()),
        optional("alerts", alerts()),
        optional("webhooks", webhooks()),
        optional("sessionAffinity", session_affinity()),
    ])
    .exactly_one_of(&[
        &["interval", "threshold", "iterations"],
        &["interval", "threshold", "stepWeight"],
        &["interval", "threshold", "stepWeights"],
    ])
}

fn matches() -> Schema {
    const WORDS: [&str; 4] = ["exact", "prefix", "suffix", "regex"];
    let text_match = || map(object(WORDS.map(|word| optional(word, string()))).at_most_one_of(&WORDS));
    list(object([
        optional("headers", text_match()),
        optional("queryParams", text_match()),
        optional("sourceLabels", texts()),
    ]))
}

fn metrics() -> Schema {
    list(object([
        required("name", string()),
        optional("interval", period()),
        optional("threshold", number()),
        optional("thresholdRange", object([optional("min", number()), optional("max", number())])),
        optional("query", string()),
        optional("templateRef", named()),
        optional("templateVariables", texts()),
    ]))
}

fn alerts() -> Schema {
    list(object([
        required("name", string()),
        optional("severity", one_of(&["", "info", "warn", "error"])),
        required("providerRef", named()),
    ]))
}

fn webhooks() -> Schema {
    const TYPES: &[&str] = &[
        "",
        "confirm-rollout",
        "pre-rollout",
        "rollout",
        "confirm-promotion",
        "post-rollout",
        "event",
        "rollback",
        "confirm-traffic-increase",
    ];
    list(object([
        required("name", string()),
        optional("type", one_of(TYPES)),
        required("url", string().format("url")),
        optional("muteAlert", boolean()),
        optional("timeout", period()),
        optional("retries", number()),
        optional("disableTLS", boolean()),
        optional("metadata", texts()),
    ]))
}

fn session_affinity() -> Schema {
    object([
        required("cookieName", string()),
        optional("primaryCookieName", string()),
        optional("domain", string()),
        optional("httpOnly", boolean()),
        optional("maxAge", number().default(86_400)),
        optional("partitioned", boolean()),
        optional("path", string()),
        optional("sameSite", one_of(&["Strict", "Lax", "None"])),
        optional("secure", boolean()),
    ])
}
