//! What went wrong on the way to a server, told from the errors below and from its answers.

use std::error::Error;
use std::io;

use reqwest::StatusCode;

use crate::error::SourceError;

/// Explains an error of the HTTP client.
pub(crate) fn explain(url: &str, error: &reqwest::Error) -> SourceError {
    let chain = Chain::of(error);
    if let Some(tls) = chain.find::<rustls::Error>() {
        return explain_tls(url.to_owned(), tls);
    }
    if chain.says("proxy authorization required") || chain.says("proxy authentication required") {
        let hint = "the proxy wants credentials (407); check the proxy secret";
        return SourceError::AuthenticationFailed { url: url.to_owned(), hint: hint.to_owned() };
    }
    if error.is_connect() || error.is_timeout() {
        return SourceError::Unreachable { url: url.to_owned(), cause: chain.last() };
    }
    if error.is_redirect() {
        return SourceError::Protocol {
            url: url.to_owned(),
            cause: format!("it redirects without end: {}", chain.last()),
        };
    }
    SourceError::Protocol {
        url: url.to_owned(),
        cause: format!("the answer broke off or is no HTTP: {}", chain.last()),
    }
}

/// Explains an error of TLS.
pub(crate) fn explain_tls(url: String, error: &rustls::Error) -> SourceError {
    match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            SourceError::Certificate { url, cause: error.to_string() }
        }
        rustls::Error::AlertReceived(alert) => SourceError::AuthenticationFailed {
            url,
            hint: format!("the server ended the TLS handshake ({alert:?}); it may want a client certificate"),
        },
        other => SourceError::Unreachable { url, cause: other.to_string() },
    }
}

/// Explains an answer that is not what was asked for. `missing` says what to check if there is nothing.
pub(crate) fn refused(url: &str, status: StatusCode, missing: &str) -> SourceError {
    let url = url.to_owned();
    match status {
        StatusCode::UNAUTHORIZED => SourceError::AuthenticationFailed {
            url,
            hint: "the server wants other credentials (401); check secretRef and what the secret holds".to_owned(),
        },
        StatusCode::FORBIDDEN => SourceError::AuthenticationFailed {
            url,
            hint: "the server forbids it (403); check that these credentials may read it".to_owned(),
        },
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => SourceError::AuthenticationFailed {
            url,
            hint: "the proxy wants credentials (407); check the proxy secret".to_owned(),
        },
        StatusCode::NOT_FOUND | StatusCode::GONE => SourceError::NotFound { url, hint: missing.to_owned() },
        StatusCode::TOO_MANY_REQUESTS => SourceError::Protocol {
            url,
            cause: "the server allows no more requests for now (429); raise spec.interval or use credentials with \
                    a higher limit"
                .to_owned(),
        },
        other => SourceError::Protocol { url, cause: format!("the server answered {other}") },
    }
}

/// An error and everything below it.
pub(crate) struct Chain<'a>(Vec<&'a (dyn Error + 'static)>);

impl<'a> Chain<'a> {
    /// Of one error.
    pub(crate) fn of(error: &'a (dyn Error + 'static)) -> Chain<'a> {
        Chain::of_all([error])
    }

    /// Of several errors that were reported as one.
    pub(crate) fn of_all(errors: impl IntoIterator<Item = &'a (dyn Error + 'static)>) -> Chain<'a> {
        let mut found = Vec::new();
        for error in errors {
            collect(error, &mut found, 0);
        }
        Chain(found)
    }

    /// The first error of a type.
    pub(crate) fn find<T: Error + 'static>(&self) -> Option<&'a T> {
        self.0.iter().find_map(|error| error.downcast_ref())
    }

    /// Whether any of them has this in its message.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.0.iter().any(|error| error.to_string().contains(text))
    }

    /// The message of the innermost one.
    pub(crate) fn last(&self) -> String {
        self.0.last().map(|error| one_line(*error)).unwrap_or_default()
    }

    /// All of it in one line, each message once.
    pub(crate) fn text(&self) -> String {
        let mut messages: Vec<String> = Vec::new();
        for error in &self.0 {
            let message = one_line(*error);
            if !messages.iter().any(|known| known.contains(&message)) {
                messages.push(message);
            }
        }
        messages.join(": ")
    }
}

fn one_line(error: &dyn Error) -> String {
    error.to_string().lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// How far down errors are followed.
const DEEPEST: usize = 16;

/// The error, what it wraps (an I/O error hides that from `source`), and its sources.
fn collect<'a>(error: &'a (dyn Error + 'static), found: &mut Vec<&'a (dyn Error + 'static)>, depth: usize) {
    if depth > DEEPEST || found.iter().any(|known| std::ptr::addr_eq(*known, error)) {
        return;
    }
    found.push(error);
    if let Some(wrapped) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        collect(wrapped, found, depth + 1);
    }
    if let Some(source) = error.source() {
        collect(source, found, depth + 1);
    }
}
