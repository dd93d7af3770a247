//! Limits of the connections that proxies accept.

use manifest::duration;
use mesh::Field;

use super::super::problem::Problems;

/// The least window of HTTP/2, which is what the protocol begins with.
const LEAST_WINDOW: i64 = 65_535;
/// Counts, each with the least that it may be.
const COUNTS: [(&str, i64); 7] = [
    ("listenerPerConnectionBufferLimitBytes", 0),
    ("clusterPerConnectionBufferLimitBytes", 0),
    ("httpMaxConcurrentStreams", 1),
    ("http2InitialStreamWindowSize", LEAST_WINDOW),
    ("http2InitialConnectionWindowSize", LEAST_WINDOW),
    ("listenerConnectionLimit", 1),
    ("globalDownstreamConnectionLimit", 1),
];
const DURATIONS: [&str; 7] = [
    "httpIdleTimeout",
    "httpMaxConnectionDuration",
    "httpDrainTimeout",
    "httpRequestTimeout",
    "httpRequestHeadersTimeout",
    "httpStreamIdleTimeout",
    "httpMaxStreamDuration",
];

pub(super) fn check<'w>(settings: Field<'w>, problems: &mut Problems<'w>) {
    for (name, least) in COUNTS {
        if let (Some(field), Some(count)) = (settings.get(name), settings.integer(name))
            && count < least
        {
            problems.error(field, format!("`{name}` is {count}, and must be at least {least}"));
        }
    }
    for name in DURATIONS {
        let Some(field) = settings.get(name) else { continue };
        if !duration::parse(settings.text(name)).is_ok_and(|given| given >= 0) {
            problems.error(field, format!("`{name}` is {}, which is no duration such as `5s`", field.value()));
        }
    }
}
