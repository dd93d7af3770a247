//! What values annotations take, as Istio's injector checks them.

use core::net::IpAddr;

use super::proxy_config;

/// The form of an annotation's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules::istio) enum ValueForm {
    /// How traffic gets into the proxy.
    InterceptionMode,
    /// One port.
    Port,
    /// A number that is not negative and fits 32 bits.
    Unsigned,
    /// Ranges of addresses with commas between.
    Ranges,
    /// The same, or `*`.
    RangesOrAll,
    /// Ports with commas between.
    Ports,
    /// The same, or `*`.
    PortsOrAll,
    /// Names of network interfaces with commas between.
    Interfaces,
    /// A truth value as Go reads them.
    Boolean,
    /// A Kubernetes quantity.
    Quantity,
    /// A `ProxyConfig` as YAML.
    ProxyConfig,
}

impl ValueForm {
    /// What is wrong with a value, if something is.
    pub(in crate::rules::istio) fn problem(self, value: &str) -> Option<String> {
        match self {
            ValueForm::InterceptionMode => interception_mode(value),
            ValueForm::Port => port(value),
            ValueForm::Unsigned => value.parse::<u32>().is_err().then(|| format!("`{value}` is no number from 0 up")),
            ValueForm::RangesOrAll if value == "*" => None,
            ValueForm::Ranges | ValueForm::RangesOrAll => each(value, range),
            ValueForm::PortsOrAll if value == "*" => None,
            ValueForm::Ports | ValueForm::PortsOrAll => each(value.trim(), port),
            ValueForm::Interfaces => each(value, interface),
            ValueForm::Boolean => boolean(value),
            ValueForm::Quantity => {
                (!is_quantity(value)).then(|| format!("`{value}` is no quantity such as `100m` or `128Mi`"))
            }
            ValueForm::ProxyConfig => proxy_config::problem(value),
        }
    }
}

/// The first problem of the items of a list with commas between; an empty text is an empty list.
fn each(value: &str, problem: impl Fn(&str) -> Option<String>) -> Option<String> {
    if value.is_empty() { None } else { value.split(',').find_map(problem) }
}

fn interception_mode(value: &str) -> Option<String> {
    let known = ["REDIRECT", "TPROXY", "NONE"].contains(&value);
    (!known).then(|| format!("`{value}` is none of `REDIRECT`, `TPROXY` and `NONE`"))
}

fn port(value: &str) -> Option<String> {
    value.trim().parse::<u16>().is_err().then(|| format!("`{value}` is no port"))
}

fn range(value: &str) -> Option<String> {
    let is_range = value.split_once('/').is_some_and(|(address, length)| {
        let most = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        let plain = length == "0" || (!length.starts_with('0') && length.chars().all(|digit| digit.is_ascii_digit()));
        plain && length.parse::<u8>().is_ok_and(|length| length <= most)
    });
    (!is_range).then(|| format!("`{value}` is no range of addresses such as `10.0.0.0/8`"))
}

fn interface(value: &str) -> Option<String> {
    let name = value.trim();
    let first = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
    let rest = name.chars().all(|character| character.is_ascii_alphanumeric() || "_.-".contains(character));
    (!(first && rest && name.len() <= 15)).then(|| format!("`{value}` is no name of a network interface"))
}

fn boolean(value: &str) -> Option<String> {
    const VALUES: [&str; 12] = ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"];
    (!VALUES.contains(&value)).then(|| format!("`{value}` is neither `true` nor `false`"))
}

/// Whether a text is a quantity as Kubernetes reads them: a number with a unit or an exponent.
fn is_quantity(value: &str) -> bool {
    const UNITS: [&str; 16] = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
    let end =
        unsigned.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(unsigned.len());
    let (number, unit) = unsigned.split_at(end);
    let is_number = number.matches('.').count() <= 1 && number.chars().any(|digit| digit.is_ascii_digit());
    let exponent = || unit.strip_prefix(['e', 'E']).is_some_and(|exponent| exponent.parse::<i32>().is_ok());
    is_number && (UNITS.contains(&unit) || exponent())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: ValueForm, good: &[&str], bad: &[&str]) {
        for value in good {
            assert_eq!(form.problem(value), None, "{value}");
        }
        for value in bad {
            assert!(form.problem(value).is_some(), "{form:?} takes {value:?}");
        }
    }

    #[test]
    fn values_are_taken_as_the_injector_takes_them() {
        check(ValueForm::InterceptionMode, &["REDIRECT", "TPROXY", "NONE"], &["redirect", "", "FOO"]);
        check(ValueForm::Port, &["0", " 15020 ", "65535"], &["65536", "-1", "http", ""]);
        check(ValueForm::Unsigned, &["0", "4294967295"], &["-1", "4294967296", "1.5", ""]);
        check(
            ValueForm::Ranges,
            &["", "10.0.0.0/8,192.168.0.0/16", "fd00::/8"],
            &["*", "10.0.0.0", "10.0.0.0/33", "a/8"],
        );
        check(ValueForm::RangesOrAll, &["*", "0.0.0.0/0"], &["*,10.0.0.0/8", "10.0.0.0/08", "10.0.0.0/+8"]);
        check(ValueForm::Ports, &["", "80,443", " 80 , 443 "], &["*", "80,", "80;443", "99999"]);
        check(ValueForm::PortsOrAll, &["*", "80"], &["all"]);
        check(
            ValueForm::Interfaces,
            &["", "eth0", "veth-a.1, net_1"],
            &["0eth", "eth0,,eth1", "a234567890123456", "e/0"],
        );
        check(ValueForm::Boolean, &["true", "0", "T"], &["yes", "", "tRUE"]);
        check(
            ValueForm::Quantity,
            &["100m", "0.5", "128Mi", "1e3", "+1G", ".5"],
            &["", "m", "1.2.3", "100 m", "1KB", "1e"],
        );
    }
}
