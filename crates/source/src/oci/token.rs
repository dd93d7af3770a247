//! Tokens that registries want, from the service that gives them.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use super::credentials::Login;
use crate::error::SourceError;
use crate::http;

/// The largest answer.
const MAX_ANSWER: u64 = 1 << 20;

/// What a token is wanted for.
pub(super) struct Wanted<'a> {
    pub(super) realm: &'a str,
    pub(super) service: Option<&'a str>,
    pub(super) scope: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
}

/// A token; `None` if the service gives this user none.
pub(super) async fn fetch(
    client: &Client,
    registry: &Url,
    login: &Login,
    wanted: &Wanted<'_>,
    shown: &str,
) -> Result<Option<String>, SourceError> {
    let failed = |cause: String| SourceError::Protocol { url: shown.to_owned(), cause };
    let unusable = |reason: String| SourceError::InvalidCredentials { url: shown.to_owned(), reason };
    let mut realm = registry
        .join(wanted.realm)
        .map_err(|_| failed(format!("it wants a token from {:?}, which is no address", wanted.realm)))?;
    if registry.scheme() == "https" && realm.scheme() != "https" {
        let reason = format!("it wants them sent to {realm} without encryption, which is refused");
        return Err(unusable(reason));
    }
    let fields = wanted.service.map(|service| ("service", service)).into_iter().chain([("scope", wanted.scope)]);
    let request = match login {
        Login::Refresh { token } => {
            let fields = fields.chain([
                ("grant_type", "refresh_token"),
                ("client_id", "tenter"),
                ("refresh_token", token.as_str()),
            ]);
            let mut form = Url::parse("form:").map_err(|error| failed(error.to_string()))?;
            form.query_pairs_mut().extend_pairs(fields);
            let body = form.query().unwrap_or_default().to_owned();
            client.post(realm.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
        }
        Login::Anonymous { .. } | Login::Basic { .. } | Login::Bearer { .. } => {
            realm.query_pairs_mut().extend_pairs(fields);
            let request = client.get(realm.clone());
            match login {
                Login::Basic { username, password } => {
                    request.header(AUTHORIZATION, http::basic(username, password).map_err(unusable)?)
                }
                Login::Anonymous { .. } | Login::Bearer { .. } | Login::Refresh { .. } => request,
            }
        }
    };
    let service = crate::url::redact(realm.as_str());
    let answer = http::send(request, &service).await?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Ok(None),
        status => return Err(http::failure::refused(&service, status, "the registry's token service is not there")),
    }
    let bytes = http::body(answer, &service, MAX_ANSWER).await?;
    let answer: Answer = serde_json::from_slice(&bytes)
        .map_err(|_| failed(format!("{service} answers with something that is no token")))?;
    Ok(answer.token.or(answer.access_token).filter(|token| !token.is_empty()))
}
