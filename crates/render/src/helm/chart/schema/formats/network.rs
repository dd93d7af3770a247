//! Addresses.

use core::net::Ipv6Addr;

use super::{Checked, ensure, other_than};
use crate::template::format::quote::quoted;
use crate::template::sprig::url::Url;

pub(super) fn ipv4(text: &str) -> Checked {
    let groups: Vec<&str> = text.split('.').collect();
    ensure(groups.len() == 4, "expected four decimals")?;
    for group in groups {
        ensure(!(group.len() > 1 && group.starts_with('0')), "leading zeros")?;
        let number: i64 =
            group.parse().map_err(|_| format!("strconv.Atoi: parsing {}: invalid syntax", quoted(group.as_bytes())))?;
        ensure((0..=255).contains(&number), "decimal must be between 0 and 255")?;
    }
    Ok(())
}

pub(super) fn ipv6(text: &str) -> Checked {
    ensure(text.contains(':'), "missing colon")?;
    let (address, zone) = text.split_once('%').unwrap_or((text, ""));
    let parsed: Result<Ipv6Addr, _> = address.parse();
    ensure(parsed.is_ok(), format!("ParseAddr({}): invalid IPv6 address", quoted(text.as_bytes())))?;
    ensure(zone.is_empty(), "zone id is not a part of ipv6 address")
}

pub(super) fn hostname(text: &str) -> Checked {
    let text = text.strip_suffix('.').unwrap_or(text);
    ensure(text.len() <= 253, "more than 253 characters long")?;
    for label in text.split('.') {
        ensure((1..=63).contains(&label.len()), "label must be 1 to 63 characters long")?;
        ensure(!label.starts_with('-'), "label starts with hyphen")?;
        ensure(!label.ends_with('-'), "label ends with hyphen")?;
        if let Some(character) = other_than(label, |character| character.is_ascii_alphanumeric() || character == '-') {
            return Err(format!("invalid character {character}"));
        }
    }
    Ok(())
}

pub(super) fn email(text: &str) -> Checked {
    ensure(text.len() <= 254, "more than 255 characters long")?;
    let Some((local, domain)) = text.rsplit_once('@') else { return Err("missing @".to_owned()) };
    ensure(local.len() <= 64, "local part more than 64 characters long")?;
    match local.strip_prefix('"').and_then(|local| local.strip_suffix('"')) {
        Some(inner) => {
            ensure(!inner.contains(['\\', '"']), "backslash and quote are not allowed within quoted local part")?;
        }
        None => {
            ensure(!local.starts_with('.'), "starts with dot")?;
            ensure(!local.ends_with('.'), "ends with dot")?;
            ensure(!local.contains(".."), "consecutive dots")?;
            let is_allowed =
                |character: char| character.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(character);
            if let Some(character) = other_than(local, is_allowed) {
                return Err(format!("invalid character {character}"));
            }
        }
    }
    match domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']')) {
        Some(address) => match address.strip_prefix("IPv6:") {
            Some(address) => ipv6(address).map_err(|reason| format!("invalid ipv6 address: {reason}")),
            None => ipv4(address).map_err(|reason| format!("invalid ipv4 address: {reason}")),
        },
        None => hostname(domain).map_err(|reason| format!("invalid domain: {reason}")),
    }
}

pub(super) fn uri(text: &str) -> Checked {
    let url = url(text)?;
    ensure(!url.scheme.is_empty(), "relative url")
}

pub(super) fn uri_reference(text: &str) -> Checked {
    ensure(!text.contains('\\'), "contains \\")?;
    url(text).map(|_| ())
}

pub(super) fn uri_template(text: &str) -> Checked {
    let url = url(text)?;
    for part in url.path.split('/') {
        let mut is_open = false;
        for brace in part.chars().filter(|character| matches!(character, '{' | '}')) {
            ensure((brace == '{') != is_open, "nested curly braces")?;
            is_open = !is_open;
        }
        ensure(!is_open, "no matching closing brace")?;
    }
    Ok(())
}

fn url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)?;
    let bracketed = url.host.strip_prefix('[').and_then(|host| host.split_once(']')).map(|(address, _)| address);
    match bracketed {
        Some(address) => ipv6(address).map_err(|reason| format!("invalid ipv6 address: {reason}"))?,
        None => ensure(url.host.matches(':').count() < 2, "ipv6 address not enclosed in brackets")?,
    }
    Ok(url)
}
