//! Single files by their URL, as kustomizations name them.

use reqwest::StatusCode;

use crate::error::SourceError;
use crate::http;
use crate::request::{Connection, Credentials};
use crate::sources::Sources;

/// The largest file: manifests have a few kilobytes, bundles of definitions a few megabytes.
const LARGEST: u64 = 10 << 20;

impl Sources {
    /// The content behind an `https://` or `http://` URL, at most 10 MiB.
    ///
    /// # Errors
    /// The URL is none, the host does not answer in time or answers with something else than the file, or the file is
    /// larger.
    pub async fn file(&self, url: &str, connection: &Connection) -> Result<Vec<u8>, SourceError> {
        let address = self.mirrors.apply(url);
        let shown = crate::url::redact(&address);
        let (address, credentials) = http::address(&address, &Credentials::None)?;
        let client = self.clients.of(&address, connection)?;
        let mut request = client.get(address);
        if let Credentials::Basic { username, password } = &credentials {
            request = request.basic_auth(username, Some(password));
        }
        http::within(connection.timeout, url, async {
            let answer = http::send(request, &shown).await?;
            if answer.status() != StatusCode::OK {
                return Err(http::failure::refused(&shown, answer.status(), "check the URL; nothing is there"));
            }
            http::body(answer, &shown, LARGEST).await
        })
        .await
    }
}
