//! The table of Helm's functions.

use super::{durations, include, toml, yaml};
use crate::template::function::Functions;
use crate::template::sprig;

/// Helm's functions over sprig's.
pub fn functions() -> Functions {
    sprig::functions().with(yaml::FUNCTIONS).with(toml::FUNCTIONS).with(durations::FUNCTIONS).with(include::FUNCTIONS)
}
