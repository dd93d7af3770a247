//! Sending a request, and reading an answer within limits.

use std::future::Future;
use std::time::Duration;

use reqwest::{RequestBuilder, Response};

use super::failure;
use crate::error::SourceError;

/// Sends a request. Answers of every status come back.
pub(crate) async fn send(request: RequestBuilder, shown: &str) -> Result<Response, SourceError> {
    request.send().await.map_err(|error| failure::explain(shown, &error))
}

/// The body of an answer, if it has at most `limit` bytes.
pub(crate) async fn body(mut response: Response, shown: &str, limit: u64) -> Result<Vec<u8>, SourceError> {
    let too_large = || SourceError::TooLarge { what: shown.to_owned(), limit };
    let announced = response.content_length().unwrap_or_default();
    if announced > limit {
        return Err(too_large());
    }
    // Nobody is believed about the size before the bytes are there.
    let mut bytes = Vec::with_capacity(usize::try_from(announced.min(1 << 20)).unwrap_or_default());
    while let Some(chunk) = response.chunk().await.map_err(|error| failure::explain(shown, &error))? {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The outcome of `work`, if it has one in time.
pub(crate) async fn within<T>(
    timeout: Duration,
    url: &str,
    work: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    match tokio::time::timeout(timeout, work).await {
        Ok(outcome) => outcome,
        Err(_elapsed) => Err(SourceError::Timeout { url: crate::url::redact(url), after: timeout }),
    }
}
