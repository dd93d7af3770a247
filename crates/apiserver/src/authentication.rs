//! Who a request comes from.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::identity::{self, NoRandomness};
use crate::reviews::User;

/// The bearer tokens the server knows: the administrator's, and those it issued to service accounts.
#[derive(Debug)]
pub(crate) struct Tokens {
    administrator: String,
    issued: Mutex<HashMap<String, User>>,
}

impl Tokens {
    pub(crate) fn new(administrator: String) -> Tokens {
        Tokens { administrator, issued: Mutex::default() }
    }

    /// Whose token it is.
    pub(crate) fn user(&self, token: &str) -> Option<User> {
        if same(token.as_bytes(), self.administrator.as_bytes()) {
            return Some(administrator());
        }
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    /// A new token for a service account, good until the process ends.
    pub(crate) fn issue(&self, namespace: &str, account: &str) -> Result<String, NoRandomness> {
        let token = new_token()?;
        let user = User::service_account(namespace, account);
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), user);
        Ok(token)
    }

    /// The administrator's.
    pub(crate) fn administrator(&self) -> &str {
        &self.administrator
    }
}

/// 256 random bits, as text.
pub(crate) fn new_token() -> Result<String, NoRandomness> {
    Ok(hex::encode(identity::random::<32>()?))
}

/// Compares in a time that does not depend on where the texts differ.
fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |different, (a, b)| different | (a ^ b)) == 0
}

/// May do everything; in-process clients are this one too.
pub(crate) fn administrator() -> User {
    User {
        name: "kubernetes-admin".to_owned(),
        groups: vec!["system:masters".to_owned(), "system:authenticated".to_owned()],
        ..User::default()
    }
}

/// Where a request comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Door {
    /// A client in this process.
    InProcess,
    /// The network, with a certificate of ours.
    Certificate,
    /// The network, with at most a token.
    Network,
}

impl Door {
    /// The client, or `None` when it is unknown.
    pub(crate) fn user(&self, authorization: Option<&str>, tokens: &Tokens) -> Option<User> {
        let token = authorization.and_then(|header| header.strip_prefix("Bearer ")).map(str::trim);
        match (self, token) {
            (Door::InProcess | Door::Certificate, None) => Some(administrator()),
            (Door::InProcess | Door::Certificate, Some(token)) => tokens.user(token).or_else(|| Some(administrator())),
            (Door::Network, Some(token)) => tokens.user(token),
            (Door::Network, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_name_their_users() {
        let tokens = Tokens::new("secret".to_owned());
        assert_eq!(tokens.user("secret"), Some(administrator()));
        assert_eq!(tokens.user("secreT"), None);
        assert_eq!(tokens.user(""), None);
        let issued = tokens.issue("prod", "deployer").expect("randomness");
        assert_eq!(tokens.user(&issued).map(|user| user.name), Some("system:serviceaccount:prod:deployer".to_owned()));
    }

    #[test]
    fn the_network_needs_a_credential() {
        let tokens = Tokens::new("secret".to_owned());
        assert_eq!(Door::Network.user(None, &tokens), None);
        assert_eq!(Door::Network.user(Some("Bearer wrong"), &tokens), None);
        assert_eq!(Door::Network.user(Some("Bearer secret"), &tokens), Some(administrator()));
        assert_eq!(Door::Certificate.user(None, &tokens), Some(administrator()));
        assert_eq!(Door::InProcess.user(None, &tokens), Some(administrator()));
    }
}
