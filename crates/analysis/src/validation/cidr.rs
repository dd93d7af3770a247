//! Addresses and ranges of addresses, as Go's `netip` reads them.

use core::net::{IpAddr, Ipv6Addr};

/// Whether a text is an address: IPv4 without leading zeros, or IPv6, also with a zone.
pub(super) fn is_address(text: &str) -> bool {
    match text.split_once('%') {
        Some((address, zone)) => !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok(),
        None => text.parse::<IpAddr>().is_ok(),
    }
}

/// An address.
pub(super) fn address(text: &str) -> Result<(), String> {
    if is_address(text) { Ok(()) } else { Err(format!("`{text}` is no IP address")) }
}

/// A range such as `10.0.0.0/8`.
fn range(text: &str) -> Result<(), String> {
    let error = || Err(format!("`{text}` is no range of IP addresses such as `10.0.0.0/8`"));
    let Some((address, bits)) = text.rsplit_once('/') else { return error() };
    let Ok(address) = address.parse::<IpAddr>() else { return error() };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let plain = bits.bytes().all(|byte| byte.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0'));
    match bits.parse::<u8>() {
        Ok(length) if plain && length <= most => Ok(()),
        Ok(_) | Err(_) => error(),
    }
}

/// An address or a range.
pub(super) fn address_or_range(text: &str) -> Result<(), String> {
    if text.contains('/') { range(text) } else { address(text) }
}

/// A text of host and port, as Go's `net.SplitHostPort` divides it: `host:port`, `[::1]:port`, `:port`.
pub(super) fn host_and_port(text: &str) -> Result<(&str, &str), String> {
    let error = |why: &str| Err(format!("`{text}` is no host with a port: {why}"));
    let Some((host, port)) = text.rsplit_once(':') else { return error("it has no port") };
    match host.strip_prefix('[') {
        Some(rest) => match rest.strip_suffix(']') {
            Some(host) if !host.contains(['[', ']']) => Ok((host, port)),
            Some(_) | None => error("its brackets do not match"),
        },
        None if host.contains(':') => error("it has too many colons"),
        None if text.contains(['[', ']']) => error("its brackets do not match"),
        None => Ok((host, port)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ranges() {
        for (text, expect) in [
            ("1.2.3.4", true),
            ("01.2.3.4", false),
            ("1.2.3", false),
            ("001:db8::", true),
            ("fe80::1%eth0", true),
            ("fe80::1%", false),
            ("1.2.3.4%eth0", false),
            ("10.0.0.0/8", true),
            ("10.0.0.0/33", false),
            ("10.0.0.0/08", false),
            ("10.0.0.0/+8", false),
            ("10.0.0.0/", false),
            ("::/0", true),
            ("fe80::1%eth0/64", false),
            ("10.0.0.0/8/8", false),
            ("", false),
        ] {
            assert_eq!(address_or_range(text).is_ok(), expect, "{text}");
        }
    }

    #[test]
    fn a_host_stands_before_the_last_colon() {
        assert_eq!(host_and_port("a.com:80"), Ok(("a.com", "80")));
        assert_eq!(host_and_port("[::1]:80"), Ok(("::1", "80")));
        assert_eq!(host_and_port(":80"), Ok(("", "80")));
        for text in ["a.com", "::1:80", "[::1:80", "a]:80", "[[a]]:80"] {
            assert!(host_and_port(text).is_err(), "{text}");
        }
    }
}
