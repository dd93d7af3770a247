//! What a release is called, and what is being done with it.

use crate::template::{Environment, Error, Limits, Rendering, Value, sprig};

/// The longest name of a release, which leaves room for what charts append to it.
const MAX_NAME: usize = 53;

/// What `.Release` tells templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// The namespace it is installed in.
    pub namespace: String,
    /// The revision that is being made, from 1.
    pub revision: u32,
    /// What is being done.
    pub operation: Operation,
}

/// What is being done with a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Its first revision is made.
    Install,
    /// A revision is followed by another one; rollbacks count as such.
    Upgrade,
}

/// A name that no release may have. The text is Helm's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// None at all.
    #[error("release name \"\": no name provided")]
    Empty,
    /// One with other characters, or a longer one.
    #[error(
        "release name {0:?}: invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than {MAX_NAME}"
    )]
    Malformed(String),
}

impl Release {
    /// Checks the name: at most 53 characters, lower-case letters, digits, `-` and `.`.
    ///
    /// # Errors
    ///
    /// If no release may be called that.
    pub fn check_name(&self) -> Result<(), InvalidName> {
        if self.name.is_empty() {
            return Err(InvalidName::Empty);
        }
        let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_part = |part: &str| {
            let bytes = part.as_bytes();
            bytes.first().copied().is_some_and(is_alphanumeric)
                && bytes.last().copied().is_some_and(is_alphanumeric)
                && bytes.iter().all(|byte| is_alphanumeric(*byte) || *byte == b'-')
        };
        if self.name.len() <= MAX_NAME && self.name.split('.').all(is_part) {
            Ok(())
        } else {
            Err(InvalidName::Malformed(self.name.clone()))
        }
    }
}

/// The name that a template makes: `helm template --name-template`. It sees no data and has sprig's functions.
///
/// # Errors
///
/// If the text is no template or cannot be executed.
pub fn name_from_template(template: &str, environment: Environment) -> Result<String, Error> {
    const NAME: &str = "name-template";
    let mut rendering = Rendering::new(NAME, sprig::functions(), environment, Limits::default());
    rendering.parse(NAME, template)?;
    let name = rendering.execute(NAME, Value::Nil)?;
    Ok(String::from_utf8_lossy(&name).into_owned())
}
