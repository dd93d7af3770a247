//! Ranges of addresses.

use core::net::IpAddr;

/// A range of addresses, such as `10.0.0.0/8`; an address alone is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: u128,
    bits: u8,
    family: Family,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl Family {
    fn width(self) -> u8 {
        match self {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }
}

fn number(address: IpAddr) -> (u128, Family) {
    match address.to_canonical() {
        IpAddr::V4(address) => (u128::from(address.to_bits()), Family::V4),
        IpAddr::V6(address) => (address.to_bits(), Family::V6),
    }
}

impl Cidr {
    /// A range by its text; `None` for a text that is none.
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let (address, family) = number(address.parse().ok()?);
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= family.width())?,
            None => family.width(),
        };
        Some(Cidr { address, bits, family })
    }

    /// Whether an address is in it.
    pub fn contains(self, address: IpAddr) -> bool {
        let (address, family) = number(address);
        let shift = u32::from(family.width() - self.bits.min(family.width()));
        family == self.family && address.checked_shr(shift) == self.address.checked_shr(shift)
    }

    /// Whether every address of another range is in it.
    pub fn covers(self, other: Cidr) -> bool {
        let shift = u32::from(self.family.width() - self.bits.min(self.family.width()));
        other.family == self.family
            && self.bits <= other.bits
            && other.address.checked_shr(shift) == self.address.checked_shr(shift)
    }

    /// Whether every address of its family is in it.
    pub fn is_everything(self) -> bool {
        self.bits == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_in_ranges_of_their_family() {
        for (range, address, expect) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "::1", true),
            ("fd00::/8", "fd12::1", true),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ] {
            let range = Cidr::parse(range).expect("a range");
            assert_eq!(range.contains(address.parse().expect("an address")), expect, "{range:?} {address}");
        }
        for text in ["", "a", "1.2.3.4/33", "1.2.3.4/x", "::/129", "1.2.3"] {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ranges_cover_those_inside_of_them() {
        for (outer, inner, expect) in [
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.1.0.0/16", "10.0.0.0/8", false),
            ("10.0.0.0/8", "11.0.0.0/16", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "fd00::/8", true),
            ("fd00::/8", "fe80::/10", false),
        ] {
            let range = |text| Cidr::parse(text).expect("a range");
            assert_eq!(range(outer).covers(range(inner)), expect, "{outer} {inner}");
        }
    }
}
