//! The one question that gateways have about a certificate: is it one, and is it its time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The bytes of a text in Base64, as Secrets hold them; line breaks are passed over.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).ok()
}

/// Why a PEM text gives no certificate to present at a time, if it does not. Only its first block counts. Without a time,
/// nothing is said about when it is valid.
pub(crate) fn problem(pem: &[u8], now: Option<Timestamp>) -> Option<&'static str> {
    let Some(certificates) = first_block(pem).and_then(|der| validities(&der)) else {
        return Some("holds no certificate that can be read");
    };
    let now = now?;
    let is_over = certificates.iter().any(|(_, end)| now > *end);
    let is_to_come = certificates.iter().any(|(start, _)| now < *start);
    match (is_over, is_to_come) {
        (true, _) => Some("holds a certificate whose time is over"),
        (false, true) => Some("holds a certificate whose time has not begun"),
        (false, false) => None,
    }
}

/// From when to when each certificate of a PEM text is valid, all its blocks together; `None` if some of it is no certificate.
pub(crate) fn periods(pem: &[u8]) -> Option<Vec<(Timestamp, Timestamp)>> {
    let mut rest = std::str::from_utf8(pem).ok()?;
    let mut found = Vec::new();
    while let Some(start) = rest.find("-----BEGIN ") {
        rest = &rest[start..];
        found.extend(validities(&first_block(rest.as_bytes())?)?);
        rest = &rest[1..];
    }
    (!found.is_empty()).then_some(found)
}

fn first_block(pem: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(pem).ok()?;
    let (_, after) = text.split_once("-----BEGIN ")?;
    let (label, after) = after.split_once("-----")?;
    let (body, _) = after.split_once(&format!("-----END {label}-----"))?;
    // Old files have headers before the bytes.
    let body: String = body.lines().filter(|line| !line.contains(':')).collect();
    decoded(&body)
}

/// From when to when each certificate of concatenated DER is valid; `None` if some of it is no certificate.
fn validities(mut der: &[u8]) -> Option<Vec<(Timestamp, Timestamp)>> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    let mut found = Vec::new();
    while !der.is_empty() {
        let (certificate, rest) = element(der, SEQUENCE)?;
        der = rest;
        let (signed, after) = element(certificate, SEQUENCE)?;
        let (_algorithm, signature) = element(after, SEQUENCE)?;
        let (_, nothing) = any_element(signature)?;
        if !nothing.is_empty() {
            return None;
        }
        let after_version = element(signed, VERSION).map_or(signed, |(_, rest)| rest);
        let (_, after_serial) = element(after_version, 0x02)?;
        let (_, after_algorithm) = element(after_serial, SEQUENCE)?;
        let (_, after_issuer) = element(after_algorithm, SEQUENCE)?;
        let (validity, after_validity) = element(after_issuer, SEQUENCE)?;
        let (_, after_subject) = element(after_validity, SEQUENCE)?;
        element(after_subject, SEQUENCE)?;
        let (_, after_start) = any_element(validity)?;
        found.push((time(validity)?, time(after_start)?));
    }
    (!found.is_empty()).then_some(found)
}

/// The content of the DER element at the start that has this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    if der.first() == Some(&tag) { any_element(der) } else { None }
}

fn any_element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, after) = der.get(1..)?.split_first()?;
    let (length, content) = if first < 0x80 {
        (usize::from(first), after)
    } else {
        let bytes = usize::from(first & 0x7f);
        if bytes == 0 || bytes > 4 {
            return None;
        }
        let (length, content) = after.split_at_checked(bytes)?;
        (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), content)
    };
    content.split_at_checked(length)
}

/// The point in time at the start: two digits of the year before 2050 (`UTCTime`), four after (`GeneralizedTime`).
fn time(der: &[u8]) -> Option<Timestamp> {
    let (content, _) = any_element(der)?;
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let (year, rest) = match der.first()? {
        0x17 => {
            let year = text.get(..2)?.parse::<i16>().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        0x18 => (text.get(..4)?.parse::<i16>().ok()?, text.get(4..)?),
        _ => return None,
    };
    let part = |place: usize| rest.get(place * 2..place * 2 + 2)?.parse::<i8>().ok();
    if rest.len() != 10 {
        return None;
    }
    let civil = DateTime::new(year, part(0)?, part(1)?, part(2)?, part(3)?, part(4)?, 0).ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A certificate without anything that nobody here reads, valid for the years given.
    pub(crate) fn certificate(start: &str, end: &str) -> Vec<u8> {
        let wrap = |tag: u8, content: &[u8]| {
            let length = u8::try_from(content.len()).expect("short");
            let head: &[u8] = if length < 0x80 { &[tag, length] } else { &[tag, 0x81, length] };
            [head, content].concat()
        };
        let sequence = |parts: &[Vec<u8>]| wrap(0x30, &parts.concat());
        let empty = sequence(&[]);
        let time = |text: &str| wrap(if text.len() == 13 { 0x17 } else { 0x18 }, text.as_bytes());
        let validity = sequence(&[time(start), time(end)]);
        let version = wrap(0xa0, &[2, 1, 2]);
        let serial = wrap(2, &[1]);
        let signed = sequence(&[version, serial, empty.clone(), empty.clone(), validity, empty.clone(), empty.clone()]);
        sequence(&[signed, empty, wrap(3, &[0])])
    }

    pub(crate) fn pem(der: &[u8]) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
    }

    fn check(pem: &str, expect: Option<&str>) {
        let now: Timestamp = "2026-06-01T00:00:00Z".parse().expect("a time");
        assert_eq!(problem(pem.as_bytes(), Some(now)), expect);
    }

    #[test]
    fn a_certificate_is_judged_by_its_form_and_its_time() {
        check(&pem(&certificate("200101000000Z", "300101000000Z")), None);
        check(&pem(&certificate("200101000000Z", "21220101000000Z")), None);
        let over = Some("holds a certificate whose time is over");
        check(&pem(&certificate("200101000000Z", "230101000000Z")), over);
        check(
            &pem(&certificate("300101000000Z", "310101000000Z")),
            Some("holds a certificate whose time has not begun"),
        );
        let both = [certificate("200101000000Z", "300101000000Z"), certificate("200101000000Z", "230101000000Z")];
        check(&pem(&both.concat()), over);
        let unreadable = Some("holds no certificate that can be read");
        let whole = certificate("200101000000Z", "300101000000Z");
        for length in [0, 1, 2, 10, whole.len() - 1] {
            check(&pem(&whole[..length]), unreadable);
        }
        for text in ["", "text", "-----BEGIN CERTIFICATE-----", "-----BEGIN A-----\n*\n-----END A-----"] {
            check(text, unreadable);
        }
        assert_eq!(problem(pem(&certificate("200101000000Z", "230101000000Z")).as_bytes(), None), None);
    }
}
