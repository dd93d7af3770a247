//! sprig 3.3: one file per subject.

mod arithmetic;
mod cases;
mod certificates;
mod convert;
mod crypto;
mod dates;
mod decimal;
mod defaults;
mod der;
mod dicts;
mod dsa;
mod encoding;
mod flow;
mod json;
mod json_errors;
mod keys;
mod lists;
mod merge;
mod network;
mod parse_dates;
mod paths;
pub(crate) mod patterns;
mod random;
mod reflection;
mod regex;
mod rsa;
mod semver;
mod strings;
pub(crate) mod url;
mod words;
mod wrap;

pub(crate) use dates::round_to;
pub(crate) use json::decode;

use super::function::Functions;

/// All functions of sprig but `env` and `expandenv`: templates see no environment.
pub fn functions() -> Functions {
    Functions::none()
        .with(strings::FUNCTIONS)
        .with(cases::FUNCTIONS)
        .with(wrap::FUNCTIONS)
        .with(lists::FUNCTIONS)
        .with(dicts::FUNCTIONS)
        .with(defaults::FUNCTIONS)
        .with(arithmetic::FUNCTIONS)
        .with(decimal::FUNCTIONS)
        .with(json::FUNCTIONS)
        .with(encoding::FUNCTIONS)
        .with(dates::FUNCTIONS)
        .with(reflection::FUNCTIONS)
        .with(regex::FUNCTIONS)
        .with(semver::FUNCTIONS)
        .with(url::FUNCTIONS)
        .with(paths::FUNCTIONS)
        .with(flow::FUNCTIONS)
        .with(network::FUNCTIONS)
        .with(random::FUNCTIONS)
        .with(crypto::FUNCTIONS)
        .with(keys::FUNCTIONS)
        .with(certificates::FUNCTIONS)
}

#[cfg(test)]
mod tests;
