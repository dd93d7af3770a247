//! Retries of requests.

use mesh::Field;

use super::super::durations;
use super::super::problem::Problems;
use super::says;

/// What Envoy can retry on, besides status codes.
const POLICIES: [&str; 16] = [
    "5xx",
    "gateway-error",
    "reset",
    "reset-before-request",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "retriable-headers",
    "envoy-ratelimited",
    "http3-post-connect-failure",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
];

/// Istio's `HTTPRetry`.
pub(in super::super) fn check<'w>(retries: Field<'w>, problems: &mut Problems<'w>) {
    let attempts = retries.integer("attempts").unwrap_or_default();
    if let (Some(field), ..0) = (retries.get("attempts"), attempts) {
        problems.error(field, format!("`attempts` is {attempts}, and must not be negative"));
    }
    let more = ["perTryTimeout", "retryRemoteLocalities"].iter().any(|name| retries.get(name).is_some());
    if attempts == 0 && (more || says(retries, "retryOn")) {
        problems.error(retries, "`attempts` is 0, which turns retries off, and yet it is said how to retry");
    }
    durations::check(retries, "perTryTimeout", problems);
    durations::check(retries, "backoff", problems);
    if let Some(field) = retries.get("retryOn").filter(|_| says(retries, "retryOn")) {
        for policy in retries.text("retryOn").split(',').filter(|policy| !is_policy(policy)) {
            problems.error(field, format!("`retryOn` has `{policy}`, which is nothing that can be retried on"));
        }
    }
}

fn is_policy(text: &str) -> bool {
    POLICIES.contains(&text) || text.parse().is_ok_and(is_status)
}

/// Whether a status of HTTP has a name.
fn is_status(status: u16) -> bool {
    matches!(
        status,
        100..=103 | 200..=208 | 226 | 300..=305 | 307..=308 | 400..=418 | 421..=426 | 428..=429 | 431 | 451 | 500..=508 | 510..=511
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_words_or_named_statuses() {
        for (text, expect) in
            [("5xx", true), ("503", true), ("+503", true), ("599", false), ("0", false), (" 5xx", false), ("", false)]
        {
            assert_eq!(is_policy(text), expect, "{text}");
        }
    }
}
