//! Talking to a remote: listing its references, and fetching from it.

use std::any::Any;

use gix::protocol::handshake::Ref;
use gix::protocol::transport::client::blocking_io::Transport;
use gix::remote::fetch::{Shallow, Status, Tags};
use gix::remote::{Direction, ref_map};
use gix::url::Scheme;
use gix::{ObjectId, Repository, progress};

use super::cancel::Cancel;
use super::resolve::{Advertised, Wanted};
use super::{failure, http, ssh};
use crate::error::SourceError;
use crate::request::{Credentials, GitRequest};

/// Where a remote is and how to get in, with the credentials taken out of the URL.
#[derive(Clone)]
pub(super) struct Address {
    /// Without name and password, but for the user of ssh.
    pub(super) url: gix::Url,
    /// For messages.
    pub(super) shown: String,
    pub(super) credentials: Credentials,
}

impl Address {
    /// The address of a request. A name and a password in the URL count where no others are given.
    pub(super) fn of(url: &str, credentials: &Credentials) -> Result<Address, SourceError> {
        let shown = crate::url::redact(url);
        let invalid = |reason: &str| {
            let reason = format!("{reason}; use https://, http://, ssh://, file:// or a path");
            SourceError::InvalidUrl { url: shown.clone(), reason }
        };
        let mut parsed = gix::url::parse(url).map_err(|_| invalid("it cannot be read"))?;
        let mut credentials = credentials.clone();
        match parsed.scheme {
            Scheme::Https | Scheme::Http => {
                let user = parsed.user().unwrap_or_default().to_owned();
                let password = parsed.password().unwrap_or_default().to_owned();
                match &mut credentials {
                    Credentials::None if !user.is_empty() || !password.is_empty() => {
                        credentials = Credentials::Basic { username: user, password };
                    }
                    Credentials::Basic { username, .. } if username.is_empty() => *username = user,
                    Credentials::None
                    | Credentials::Basic { .. }
                    | Credentials::Bearer { .. }
                    | Credentials::Ssh { .. }
                    | Credentials::DockerConfig { .. } => {}
                }
                parsed.set_user(None);
                parsed.set_password(None);
            }
            Scheme::Ssh => {
                parsed.set_password(None);
            }
            _ => return Err(invalid("this kind of address is not supported")),
        }
        if parsed.host().is_none_or(str::is_empty) {
            return Err(invalid("it names no host"));
        }
        Ok(Address { url: parsed, shown, credentials })
    }

    /// Whether the other address is on the same server, so that it may get the same credentials.
    pub(super) fn is_same_server(&self, other: &Address) -> bool {
        self.url.scheme == other.url.scheme
            && self.url.host() == other.url.host()
            && self.url.port_or_default() == other.url.port_or_default()
    }
}

/// A remote, and the bare repository that its objects go into.
pub(super) struct Remote<'a> {
    pub(super) address: Address,
    pub(super) request: &'a GitRequest,
    pub(super) store: &'a Repository,
    pub(super) cancel: &'a Cancel,
}

impl Remote<'_> {
    /// The references of the remote that are wanted.
    pub(super) fn advertised(&self, wanted: &Wanted) -> Result<Vec<Advertised>, SourceError> {
        let pattern = match wanted {
            Wanted::Commit(_) => return Ok(Vec::new()),
            Wanted::Exactly(name) => name.clone(),
            // Nothing is stored, but a pattern has to have two sides.
            Wanted::Under(prefix) => format!("{prefix}*:refs/tenter/{prefix}*"),
        };
        let references = self.with_connection(&pattern, |connection| {
            let (map, _handshake) = connection.ref_map(progress::Discard, ref_map::Options::default())?;
            Ok(map.remote_refs)
        })?;
        Ok(references
            .into_iter()
            .filter_map(|reference| match reference {
                Ref::Peeled { full_ref_name, object, .. }
                | Ref::Direct { full_ref_name, object }
                | Ref::Symbolic { full_ref_name, object, .. } => {
                    Some(Advertised { name: full_ref_name.to_string(), commit: object })
                }
                Ref::Unborn { .. } => None,
            })
            .collect())
    }

    /// Fetches a reference, or a commit by its id, and returns the object it leads to.
    pub(super) fn fetch(&self, name: &str, depth: Shallow) -> Result<ObjectId, SourceError> {
        // Flat, so that a branch `a/b` can follow a branch `a` that is gone.
        let pattern = match name.strip_suffix("/*") {
            Some(folder) => format!("+{name}:refs/tenter/{}/*", folder.replace('/', "+")),
            None => format!("+{name}:refs/tenter/{}", name.replace('/', "+")),
        };
        let outcome = self.with_connection(&pattern, |connection| {
            connection
                .prepare_fetch(progress::Discard, ref_map::Options::default())?
                .with_shallow(depth)
                .receive(progress::Discard, self.cancel.flag())
        })?;
        if let Status::Change { write_pack_bundle, .. } = &outcome.status
            && let Some(keep) = &write_pack_bundle.keep_path
        {
            // It only protects the pack from git's garbage collection, which never runs here.
            let _removed = std::fs::remove_file(keep);
        }
        let mapping = outcome.ref_map.mappings.first().and_then(|mapping| mapping.remote.as_id());
        mapping.map(ToOwned::to_owned).ok_or_else(|| SourceError::Protocol {
            url: self.address.shown.clone(),
            cause: format!("the server did not send {name}"),
        })
    }

    /// Connects, and explains what goes wrong then or in `act`.
    fn with_connection<R>(
        &self,
        pattern: &str,
        act: impl FnOnce(gix::remote::Connection<'_, '_, '_, Box<dyn Transport + Send>>) -> gix::Result<R>,
    ) -> Result<R, SourceError> {
        let url = &self.address.shown;
        if self.cancel.is_stopped() {
            return Err(SourceError::Timeout { url: url.clone(), after: self.request.timeout });
        }
        let remote = self
            .store
            .remote_at_without_url_rewrite(self.address.url.clone())
            .and_then(|remote| remote.with_fetch_tags(Tags::None).with_refspecs([pattern], Direction::Fetch))
            .map_err(|error| failure::explain(url, &error))?;
        let (transport, options, session) = self.connect()?;
        let mut connection =
            remote.to_connection_with_transport(transport).with_credentials(|_| Err(http::no_prompt()));
        if let Some(options) = options {
            connection.set_transport_options(options);
        }
        let outcome = act(connection);
        // With the connection gone, ssh ends by itself, and what it printed is complete.
        let printed = session.map(|mut session| {
            if outcome.is_ok() {
                self.cancel.end_children();
            }
            session.output()
        });
        outcome.map_err(|error| {
            printed
                .and_then(|printed| failure::explain_ssh(url, &printed))
                .unwrap_or_else(|| failure::explain(url, &error))
        })
    }

    fn connect(&self) -> Result<Connected, SourceError> {
        match self.address.url.scheme {
            Scheme::Ssh => {
                let (transport, session) = ssh::connect(&self.address, self.cancel)?;
                Ok((transport, None, Some(session)))
            }
            _ => {
                let (transport, options) = http::connect(&self.address, self.request, self.cancel)?;
                Ok((transport, options, None))
            }
        }
    }
}

type Connected = (Box<dyn Transport + Send>, Option<Box<dyn Any>>, Option<ssh::Session>);
