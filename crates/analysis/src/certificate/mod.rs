//! Certificates, as far as anybody here asks: is it one, is it its time, what key does it have, and who signed it.

mod der;
pub(crate) mod issuer;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

pub(crate) use der::{Certificate, Key, Signature};

/// The bytes of a text in Base64, as Secrets hold them; line breaks are passed over.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).ok()
}

/// Why a PEM text gives no certificate to present at a time, if it does not. Only its first block counts. Without a time,
/// nothing is said about when it is valid.
pub(crate) fn problem(pem: &[u8], now: Option<Timestamp>) -> Option<&'static str> {
    let Some(certificates) = first_block(pem).and_then(|der| der::read(&der)) else {
        return Some("holds no certificate that can be read");
    };
    let now = now?;
    let is_over = certificates.iter().any(|found| now > found.end);
    let is_to_come = certificates.iter().any(|found| now < found.start);
    match (is_over, is_to_come) {
        (true, _) => Some("holds a certificate whose time is over"),
        (false, true) => Some("holds a certificate whose time has not begun"),
        (false, false) => None,
    }
}

/// The certificates of a PEM text, all its blocks together; `None` if some of it is no certificate.
pub(crate) fn certificates(pem: &[u8]) -> Option<Vec<Certificate>> {
    let mut rest = std::str::from_utf8(pem).ok()?;
    let mut found = Vec::new();
    while let Some(start) = rest.find("-----BEGIN ") {
        rest = &rest[start..];
        found.extend(der::read(&first_block(rest.as_bytes())?)?);
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

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_is_written_is_read_or_refused(
            place in 0..200_usize, byte: u8, rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40),
        ) {
            let mut der = certificate("200101000000Z", "300101000000Z");
            if let Some(changed) = der.get_mut(place) {
                *changed = byte;
            }
            for der in [der, rest] {
                let found = der::read(&der).unwrap_or_default();
                let _ = issuer::issued_by_one_of(&found, &found);
                for certificate in &found {
                    let _ = (certificate.key(), certificate.signature());
                }
            }
        }
    }
}
