//! Single values: AES-256 in Galois counter mode, over the path of the value.

use aes_gcm::AesGcm;
use aes_gcm::aead::generic_array::ArrayLength;
use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::aead::generic_array::typenum::{U12, U16, U32};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::aes::Aes256;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::Node;

/// The key of all values of a file.
pub(super) struct DataKey([u8; 32]);

impl DataKey {
    pub(super) fn new(bytes: &[u8]) -> Option<DataKey> {
        bytes.try_into().ok().map(DataKey)
    }

    /// The value that a text holds at a path.
    ///
    /// # Errors
    /// What is wrong with it, without showing it.
    pub(super) fn decrypt(&self, text: &str, path: &[String]) -> Result<Node, String> {
        if text.is_empty() {
            return Ok(Node::Text(String::new()));
        }
        let encrypted = Encrypted::parse(text)?;
        // After each part of the path stands a colon, and one where there is none.
        let place = format!("{}:", path.join(":"));
        let bytes = self.open(&encrypted, place.as_bytes())?;
        encrypted.typed(bytes)
    }

    /// The text that was encrypted over something.
    pub(super) fn decrypt_over(&self, text: &str, over: &str) -> Option<Vec<u8>> {
        self.open(&Encrypted::parse(text).ok()?, over.as_bytes()).ok()
    }

    fn open(&self, encrypted: &Encrypted<'_>, place: &[u8]) -> Result<Vec<u8>, String> {
        match encrypted.nonce.len() {
            32 => self.open_with::<U32>(encrypted, place),
            16 => self.open_with::<U16>(encrypted, place),
            12 => self.open_with::<U12>(encrypted, place),
            other => Err(format!("its nonce has {other} bytes, and SOPS makes nonces of 32")),
        }
    }

    fn open_with<N: ArrayLength<u8>>(&self, encrypted: &Encrypted<'_>, place: &[u8]) -> Result<Vec<u8>, String> {
        let cipher = AesGcm::<Aes256, N>::new(GenericArray::from_slice(&self.0));
        let message = [encrypted.data.as_slice(), &encrypted.tag].concat();
        let nonce = GenericArray::<u8, N>::from_slice(&encrypted.nonce);
        cipher.decrypt(nonce, Payload { msg: &message, aad: place }).map_err(|_| {
            "it was changed, or moved here from another place (AES-GCM does not authenticate it)".to_owned()
        })
    }
}

/// The parts of `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.
struct Encrypted<'a> {
    data: Vec<u8>,
    nonce: Vec<u8>,
    tag: Vec<u8>,
    kind: &'a str,
}

impl Encrypted<'_> {
    fn parse(text: &str) -> Result<Encrypted<'_>, String> {
        let part = |name: &str| format!("its {name} is not base64");
        let parts = text.strip_prefix("ENC[AES256_GCM,data:").and_then(|rest| {
            let (rest, _) = rest.rsplit_once(']')?;
            let (rest, kind) = rest.rsplit_once(",type:")?;
            let (rest, tag) = rest.rsplit_once(",tag:")?;
            let (data, nonce) = rest.rsplit_once(",iv:")?;
            Some((data, nonce, tag, kind))
        });
        let (data, nonce, tag, kind) =
            parts.ok_or("it does not match sops' data format: it is not encrypted, though it should be")?;
        let decode = |name: &str, text: &str| BASE64_STANDARD.decode(text).map_err(|_| part(name));
        let (data, nonce, tag) = (decode("data", data)?, decode("iv", nonce)?, decode("tag", tag)?);
        if tag.len() != 16 {
            return Err("its tag has not 16 bytes".to_owned());
        }
        Ok(Encrypted { data, nonce, tag, kind })
    }

    /// The value that decrypted bytes are.
    fn typed(&self, bytes: Vec<u8>) -> Result<Node, String> {
        let no = || format!("what was decrypted is no {}", self.kind);
        let text = || std::str::from_utf8(&bytes).map_err(|_| no());
        Ok(match self.kind {
            "str" | "bytes" | "time" => Node::from_bytes(bytes),
            "comment" => Node::Comment(text()?.to_owned()),
            "int" => Node::Int(text()?.parse().map_err(|_| no())?),
            "float" => Node::Float(text()?.parse().map_err(|_| no())?),
            "bool" => match text()? {
                "True" | "true" | "TRUE" | "t" | "T" | "1" => Node::Bool(true),
                "False" | "false" | "FALSE" | "f" | "F" | "0" => Node::Bool(false),
                _ => return Err(no()),
            },
            other => return Err(format!("Unknown datatype: {other}")),
        })
    }
}
