//! SOPS: files and objects in which every value is encrypted by itself, under one key that is encrypted for its readers.
//!
//! A value is bound to its place: its path is a part of what AES-GCM authenticates. A code over all values (MAC) tells
//! whether any of them, or one that is not encrypted, was changed. As in kustomize-controller, there is no code to check
//! for objects that a build has made from such a file, because builds add to them; of whole files it is checked.

mod age_keys;
mod cipher;
mod data_key;
mod decrypt;
mod dotenv;
mod error;
mod format;
mod json;
mod keys;
mod metadata;
mod node;
mod openpgp_keys;
mod shamir;
mod yaml;

pub use error::SopsError;
pub use format::Format;
pub use keys::{Keys, KeysError};

use manifest::Value;

use decrypt::Integrity;
use metadata::Metadata;
use node::Node;

/// The member that holds what SOPS needs to know.
const METADATA: &str = "sops";

/// Whether an object has values that SOPS encrypted.
pub fn is_encrypted(object: &Value) -> bool {
    object[METADATA]["mac"].as_str().is_some_and(|mac| !mac.is_empty())
}

/// An object with its values decrypted, and without what SOPS added.
///
/// # Errors
/// [`SopsError`]; no value is ever a part of it.
pub fn decrypt_object(object: &Value, keys: &Keys) -> Result<Value, SopsError> {
    let (tree, metadata) = split(Node::from(object))?;
    let key = data_key::find(&metadata, keys)?;
    let decrypted = decrypt::decrypt(&tree, &metadata, &key, Integrity::OfValues)?;
    Ok(decrypted.into())
}

/// A file with its values decrypted; none if it is not encrypted in this format. `output` is the format to write, where it
/// is another one.
///
/// # Errors
/// [`SopsError`]; no value is ever a part of it.
pub fn decrypt_file(content: &[u8], input: Format, output: Format, keys: &Keys) -> Result<Option<Vec<u8>>, SopsError> {
    if !input.marks(content) {
        return Ok(None);
    }
    let unreadable = |why: &str| SopsError::Unreadable { format: input, why: why.to_owned() };
    let text = std::str::from_utf8(content).map_err(|_| unreadable("it is not UTF-8"))?;
    match (input, output) {
        (Format::Yaml, Format::Yaml) => yaml::decrypt(text, keys).map(|text| Some(text.into_bytes())),
        (Format::Dotenv, Format::Dotenv) => dotenv::decrypt(text, keys).map(|text| Some(text.into_bytes())),
        (input, output) => {
            let tree = match input {
                Format::Yaml => yaml::read(text)?,
                Format::Dotenv => dotenv::read(text)?,
                Format::Json | Format::Binary => json::read(text)?,
                Format::Ini => return Err(SopsError::Format(Format::Ini)),
            };
            let (tree, metadata) = split(tree)?;
            let key = data_key::find(&metadata, keys)?;
            let decrypted = decrypt::decrypt(&tree, &metadata, &key, Integrity::OfEverything)?;
            write(&decrypted, output).map(Some)
        }
    }
}

/// A value of a Secret that is a whole encrypted file; none if it is not. `key` is its key in the Secret, which tells the
/// format to write.
///
/// # Errors
/// As [`decrypt_file`].
pub fn decrypt_entry(key: &str, content: &[u8], keys: &Keys) -> Result<Option<Vec<u8>>, SopsError> {
    match Format::marked(content) {
        Some(input) => decrypt_file(content, input, Format::of_path(key), keys),
        None => Ok(None),
    }
}

fn write(tree: &Node, format: Format) -> Result<Vec<u8>, SopsError> {
    match format {
        Format::Json => json::write(tree).map(String::into_bytes),
        Format::Binary => match tree.member("data") {
            Some(Node::Text(text)) => Ok(text.clone().into_bytes()),
            Some(Node::Bytes(bytes)) => Ok(bytes.clone()),
            _ => Err(SopsError::Output { format, why: "there is no member `data` with a text" }),
        },
        Format::Dotenv => dotenv::write(tree).map(String::into_bytes),
        Format::Yaml | Format::Ini => Err(SopsError::Format(format)),
    }
}

/// The values, and what SOPS needs to know.
fn split(tree: Node) -> Result<(Node, Metadata), SopsError> {
    let Node::Map(mut members) = tree else { return Err(SopsError::NoMetadata) };
    let position = members.iter().position(|(key, _)| key == METADATA).ok_or(SopsError::NoMetadata)?;
    let (_, metadata) = members.remove(position);
    Ok((Node::Map(members), Metadata::read(&metadata)?))
}

#[cfg(test)]
mod tests;
