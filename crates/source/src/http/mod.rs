//! HTTP for every source that is not git: shared clients, bounded bodies, and failures that say what to check.

mod answer;
mod authority;
mod client;
pub(crate) mod failure;

pub(crate) use answer::{body, send, within};
pub(crate) use authority::{authorities, given_proxy, identity, install_crypto, is_loopback};
pub(crate) use client::Clients;

use reqwest::Url;
use reqwest::header::HeaderValue;

use crate::error::SourceError;
use crate::request::Credentials;

/// A header that never shows in logs.
pub(crate) fn secret_header(value: &str) -> Result<HeaderValue, String> {
    let mut header =
        HeaderValue::from_str(value).map_err(|_| "the token holds a line break or other control character")?;
    header.set_sensitive(true);
    Ok(header)
}

/// The `Authorization` header for a name and a password.
pub(crate) fn basic(username: &str, password: &str) -> Result<HeaderValue, String> {
    secret_header(&format!(
        "Basic {}",
        base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("{username}:{password}"))
    ))
}

/// An address of `http://` or `https://`, and the credentials to use there: those in it count where no others are given.
pub(crate) fn address(url: &str, credentials: &Credentials) -> Result<(Url, Credentials), SourceError> {
    let shown = crate::url::redact(url);
    let invalid = |reason: String| SourceError::InvalidUrl { url: shown.clone(), reason };
    let mut parsed = Url::parse(url).map_err(|error| invalid(format!("{error}; use https:// or http://")))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(invalid(format!("{}:// is not supported here; use https:// or http://", parsed.scheme())));
    }
    if parsed.host_str().is_none_or(str::is_empty) {
        return Err(invalid("it names no host".to_owned()));
    }
    let (user, password) = (parsed.username().to_owned(), parsed.password().unwrap_or_default().to_owned());
    let mut credentials = credentials.clone();
    if credentials == Credentials::None && !(user.is_empty() && password.is_empty()) {
        let decode = crate::url::percent_decode;
        credentials = Credentials::Basic { username: decode(&user), password: decode(&password) };
    }
    if !user.is_empty() || !password.is_empty() {
        // Both can be taken off any address that has a host.
        let _without_user = parsed.set_username("");
        let _without_password = parsed.set_password(None);
    }
    Ok((parsed, credentials))
}

/// Whether both addresses are of one service, so that what is sent to one may be sent to the other.
pub(crate) fn is_same_service(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}
