//! All values of a tree, and the code over them.

use sha2::{Digest, Sha512};

use super::cipher::DataKey;
use super::metadata::Metadata;
use super::{Node, SopsError};

/// What the code over a tree begins with where only encrypted values count: so the two kinds of code never coincide. It
/// is the SHA-256 of `sops`.
const ONLY_ENCRYPTED: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b, 0x0b, 0x97, 0x5b,
    0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];

/// What has to be as it was encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Integrity {
    /// Each value by itself, at its place.
    OfValues,
    /// Also that there are these values and no others, encrypted or not.
    OfEverything,
}

/// The tree with its values decrypted.
pub(super) fn decrypt(
    tree: &Node,
    metadata: &Metadata,
    key: &DataKey,
    integrity: Integrity,
) -> Result<Node, SopsError> {
    let mut hash = Sha512::new();
    if metadata.only_encrypted_count {
        hash.update(ONLY_ENCRYPTED);
    }
    let mut walk = Walk { metadata, key, hash, path: Vec::new() };
    let decrypted = walk.node(tree)?;
    if integrity == Integrity::OfEverything {
        let found = hex::encode_upper(walk.hash.finalize());
        let written = key.decrypt_over(&metadata.mac, &metadata.last_modified);
        if written.as_deref() != Some(found.as_bytes()) {
            return Err(SopsError::Integrity);
        }
    }
    Ok(decrypted)
}

struct Walk<'a> {
    metadata: &'a Metadata,
    key: &'a DataKey,
    hash: Sha512,
    path: Vec<String>,
}

impl Walk<'_> {
    fn node(&mut self, node: &Node) -> Result<Node, SopsError> {
        match node {
            Node::Null => Ok(Node::Null),
            // Items of a list have the path of the list.
            Node::List(items) => items.iter().map(|item| self.node(item)).collect::<Result<_, _>>().map(Node::List),
            Node::Map(members) => {
                let mut decrypted = Vec::with_capacity(members.len());
                for (key, value) in members {
                    self.path.push(key.clone());
                    decrypted.push((key.clone(), self.node(value)?));
                    self.path.pop();
                }
                Ok(Node::Map(decrypted))
            }
            leaf => self.leaf(leaf),
        }
    }

    fn leaf(&mut self, leaf: &Node) -> Result<Node, SopsError> {
        let is_encrypted = self.metadata.rule.is_encrypted(&self.path);
        let value = match (is_encrypted, leaf) {
            (false, leaf) => leaf.clone(),
            (true, Node::Text(text)) => self.key.decrypt(text, &self.path).map_err(|why| self.refused(why))?,
            (true, _) => return Err(self.refused("it is no text, so that it is not encrypted".to_owned())),
        };
        if is_encrypted || !self.metadata.only_encrypted_count {
            self.hash.update(value.bytes().unwrap_or_default());
        }
        Ok(value)
    }

    fn refused(&self, why: String) -> SopsError {
        SopsError::Value { path: self.path.join("."), why }
    }
}
