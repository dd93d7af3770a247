//! Private keys that open what SOPS encrypted.

use std::fmt;

use pgp::composed::SignedSecretKey;

use super::{age_keys, openpgp_keys};

/// Private keys. Their `Debug` form shows none.
#[derive(Default)]
pub struct Keys {
    pub(super) age: Vec<age::x25519::Identity>,
    pub(super) openpgp: Vec<SignedSecretKey>,
}

/// A private key that cannot be read. It is not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// A line is no key of age.
    #[error("line {line} is no private key of age: {why}; `age-keygen` writes one as AGE-SECRET-KEY-1…")]
    Age {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// There is no private key of OpenPGP.
    #[error("it holds no private key of OpenPGP: {0}; export one with `gpg --export-secret-keys --armor`")]
    OpenPgp(String),
}

impl Keys {
    /// Adds the keys of a file of `age-keygen`: one in a line, with comments.
    ///
    /// # Errors
    /// A line that is neither.
    pub fn add_age(&mut self, text: &str) -> Result<(), KeysError> {
        self.age.extend(age_keys::read(text)?);
        Ok(())
    }

    /// Adds the keys of an armored export of GnuPG. They have no passphrase, since nobody could be asked.
    ///
    /// # Errors
    /// Something else, or no private key in it.
    pub fn add_openpgp(&mut self, armored: &[u8]) -> Result<(), KeysError> {
        self.openpgp.extend(openpgp_keys::read(armored)?);
        Ok(())
    }

    /// How many there are, for people.
    pub(super) fn shown(&self) -> String {
        format!("{} of age, {} of OpenPGP", self.age.len(), self.openpgp.len())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.shown())
    }
}
