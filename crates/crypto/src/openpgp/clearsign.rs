//! Texts with a signature below them.

use jiff::Timestamp;
use pgp::composed::CleartextSignedMessage;

use super::keyring::Keyring;
use super::verify::{Rejected, Signer};

/// What begins such a text.
const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";

/// What ends the signature below it.
const END: &str = "-----END PGP SIGNATURE-----";

/// A text with a signature below it.
#[derive(Debug)]
pub struct Clearsigned {
    message: CleartextSignedMessage,
}

impl Clearsigned {
    /// The first such text in a file, if there is one.
    pub fn find(file: &[u8]) -> Option<Clearsigned> {
        let file = std::str::from_utf8(file).ok()?;
        let begins = |position: &usize| *position == 0 || file.as_bytes().get(position - 1) == Some(&b'\n');
        let start = file.match_indices(BEGIN).map(|(position, _)| position).find(begins)?;
        let end = start + file[start..].find(&format!("\n{END}"))? + 1 + END.len();
        let (message, _headers) = CleartextSignedMessage::from_string(&file[start..end]).ok()?;
        Some(Clearsigned { message })
    }

    /// Checks the signature, as of now.
    ///
    /// # Errors
    /// Why it is not accepted.
    pub fn verify(&self, keyring: &Keyring, now: Timestamp) -> Result<Signer, Rejected> {
        keyring.verify(self.message.signatures(), self.message.signed_text().as_bytes(), now)
    }

    /// The text, with line breaks as in files. Trust it only after [`Clearsigned::verify`].
    pub fn text(&self) -> String {
        self.message.signed_text().replace("\r\n", "\n")
    }
}
