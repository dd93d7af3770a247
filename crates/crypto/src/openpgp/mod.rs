//! OpenPGP: key rings and the signatures that their keys made, judged as `ProtonMail/go-crypto` judges them, which Helm
//! and Flux use.

mod certificate;
mod clearsign;
mod keyring;
mod verify;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use clearsign::Clearsigned;
pub use keyring::{Keyring, KeyringError};
pub use verify::{Rejected, Signer};
