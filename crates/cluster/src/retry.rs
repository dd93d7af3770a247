//! When and how often a request is tried again.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, header::RETRY_AFTER};

/// Exponential backoff with full jitter, bounded in tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent at most, counting the first time.
    pub attempts: u32,
    /// Upper bound of the first delay; it doubles with each further one.
    pub base: Duration,
    /// Upper bound of every delay; one that the server asks for is followed by up to `base`.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy { attempts: 5, base: Duration::from_millis(100), cap: Duration::from_secs(10) }
    }
}

/// How a try failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The server answered with this status, and perhaps said when to come back.
    Status(StatusCode, Option<Duration>),
    /// No answer came.
    Connection,
}

impl RetryPolicy {
    /// How long to wait before trying again, after `tries` tries; none if it should not be tried again. `random` is from
    /// 0 to 1.
    pub(crate) fn delay(&self, method: &Method, tries: u32, failure: Failure, random: f64) -> Option<Duration> {
        if tries >= self.attempts || !may_repeat(method, failure) {
            return None;
        }
        let asked = match failure {
            Failure::Status(_, asked) => asked,
            Failure::Connection => None,
        };
        Some(self.pause(tries, asked, random))
    }

    /// The delay after `tries` failures: what the server asks for and a little more, so that never sooner and not all at
    /// once; else [`RetryPolicy::backoff`].
    pub(crate) fn pause(&self, tries: u32, asked: Option<Duration>, random: f64) -> Duration {
        match asked {
            Some(asked) => asked.min(self.cap) + self.backoff(1, random),
            None => self.backoff(tries, random),
        }
    }

    /// The delay after `tries` failures: anything up to a bound that doubles, so that many clients do not come back
    /// together.
    pub(crate) fn backoff(&self, tries: u32, random: f64) -> Duration {
        let doubled = self.base.saturating_mul(1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX));
        doubled.min(self.cap).mul_f64(random.clamp(0.0, 1.0))
    }
}

/// Whether sending the request twice does no harm. A POST may have been carried out although its answer was lost; only
/// 429 and 503 say that it was not.
fn may_repeat(method: &Method, failure: Failure) -> bool {
    let repeatable = *method != Method::POST;
    match failure {
        Failure::Connection => repeatable,
        Failure::Status(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, _) => true,
        Failure::Status(status, _) => repeatable && status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED,
    }
}

/// `Retry-After` in seconds; the date form is not used by API servers.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: f64 = 1.0;

    #[track_caller]
    fn check(method: Method, tries: u32, failure: Failure, expected: Option<u64>) {
        let delay = RetryPolicy::default().delay(&method, tries, failure, ONE);
        assert_eq!(delay.map(|delay| delay.as_millis()), expected.map(u128::from), "{method} {tries} {failure:?}");
    }

    fn status(code: u16) -> Failure {
        Failure::Status(StatusCode::from_u16(code).expect("a status"), None)
    }

    #[test]
    fn overload_and_faults_are_tried_again_with_doubling_bounds() {
        check(Method::GET, 1, status(429), Some(100));
        check(Method::GET, 2, status(500), Some(200));
        check(Method::PATCH, 3, status(502), Some(400));
        check(Method::DELETE, 4, status(504), Some(800));
        check(Method::GET, 5, status(503), None);
        check(Method::GET, 1, Failure::Connection, Some(100));
    }

    #[test]
    fn answers_about_the_request_itself_are_final() {
        for code in [400, 401, 403, 404, 409, 410, 413, 415, 422, 501] {
            check(Method::PATCH, 1, status(code), None);
        }
    }

    #[test]
    fn a_post_is_repeated_only_when_it_was_surely_not_carried_out() {
        check(Method::POST, 1, status(429), Some(100));
        check(Method::POST, 1, status(503), Some(100));
        check(Method::POST, 1, status(500), None);
        check(Method::POST, 1, Failure::Connection, None);
    }

    #[test]
    fn the_server_says_when_to_come_back() {
        let asked = |seconds| Failure::Status(StatusCode::TOO_MANY_REQUESTS, Some(Duration::from_secs(seconds)));
        check(Method::GET, 1, asked(1), Some(1100));
        check(Method::GET, 1, asked(3600), Some(10_100));
        check(Method::GET, 5, asked(1), None);
    }

    #[test]
    fn jitter_only_shortens() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.backoff(1, 0.0), Duration::ZERO);
        assert_eq!(policy.backoff(3, 0.5), Duration::from_millis(200));
        assert_eq!(policy.backoff(60, 1.0), policy.cap);
    }
}
