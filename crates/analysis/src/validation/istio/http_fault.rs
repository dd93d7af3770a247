//! Faults that a route injects.

use mesh::Field;

use super::super::durations;
use super::super::problem::Problems;
use super::number;

/// The codes of gRPC by name.
const GRPC: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

pub(super) fn check<'w>(fault: Field<'w>, problems: &mut Problems<'w>) {
    let (abort, delay) = (fault.get("abort"), fault.get("delay"));
    if abort.is_none() && delay.is_none() {
        problems.error(fault, "a fault must have `abort` or `delay`");
    }
    if let Some(abort) = abort {
        percentage(abort, problems);
        if let Some(status) = abort.get("grpcStatus") {
            let name = abort.text("grpcStatus");
            if !GRPC.contains(&name) {
                problems
                    .error(status, format!("`grpcStatus` is `{name}`, which is no code of gRPC such as `UNAVAILABLE`"));
            }
        } else if let Some(error) = abort.get("http2Error") {
            problems.error(error, "`http2Error` is not supported");
        } else if abort.get("httpStatus").is_some() {
            status(abort, "httpStatus", problems);
        } else {
            problems.warning(abort, "`abort` says no status, and so does nothing");
        }
    }
    if let Some(delay) = delay {
        percentage(delay, problems);
        durations::check(delay, "fixedDelay", problems);
        if let Some(exponential) = delay.get("exponentialDelay") {
            problems.error(exponential, "`exponentialDelay` is not supported");
        }
    }
}

/// The member `name`, which must be the status of an HTTP response.
pub(super) fn status<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    let status = around.integer(name).unwrap_or_default();
    // The upper bound is Istio's.
    if !(200..=600).contains(&status) {
        problems
            .error(around.get(name).unwrap_or(around), format!("`{name}` is {status}, and must be from 200 to 599"));
    }
}

/// Nothing, or at least a ten thousandth of a percent.
fn percentage<'w>(around: Field<'w>, problems: &mut Problems<'w>) {
    let Some(percentage) = around.get("percentage") else { return };
    let value = number(percentage, "value").unwrap_or_default();
    if value != 0.0 && !(0.0001..=100.0).contains(&value) {
        let field = percentage.get("value").unwrap_or(percentage);
        problems.error(field, format!("`percentage` is {value}, and must be 0 or from 0.0001 to 100"));
    }
}
