use expect_test::{Expect, expect};

use super::*;
use crate::openpgp::testing::{Person, later};

const ARCHIVE: &[u8] = b"a chart";
const SUM: &str = "sha256:84e5bb9b7f8c1eba2bb3ad09a1e2f16b5a55dbe56a22bd0ba4a2b6a5e8fbbf65";

fn check(text: &str, file: &str, expected: Expect) {
    let mut ada = Person::new("Ada");
    let keyring = Keyring::from_binary(&ada.binary()).unwrap();
    let sum = format!("sha256:{}", hex::encode(Sha256::digest(ARCHIVE)));
    let signed = ada.clearsign(&text.replace("SUM", &sum));
    let shown = match verify(ARCHIVE, file, signed.as_bytes(), &keyring, later()) {
        Ok(signer) => signer.name.unwrap_or_default(),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&shown.replace(&sum, "SUM"));
}

#[test]
fn an_archive_is_what_was_signed_under_its_name() {
    let text = "apiVersion: v2\nname: web\nversion: 1.0.0\n\n...\nfiles:\n  web-1.0.0.tgz: SUM\n";
    check(text, "web-1.0.0.tgz", expect!["Ada Example <ada@example.com>"]);
    check(
        text,
        "other-1.0.0.tgz",
        expect![[r#"provenance does not contain a SHA for a file named "other-1.0.0.tgz""#]],
    );
    check(
        &text.replace("SUM", SUM),
        "web-1.0.0.tgz",
        expect![[
            r#"sha256 sum does not match for web-1.0.0.tgz: "sha256:84e5bb9b7f8c1eba2bb3ad09a1e2f16b5a55dbe56a22bd0ba4a2b6a5e8fbbf65" != "SUM""#
        ]],
    );
    check("name: web\n", "web-1.0.0.tgz", expect!["message block must have at least two parts"]);
    check(
        "name: web\n\n...\n",
        "web-1.0.0.tgz",
        expect![[r#"provenance does not contain a SHA for a file named "web-1.0.0.tgz""#]],
    );
    check(
        "name: web\n\n...\nfiles: [\n",
        "web-1.0.0.tgz",
        expect![
            "the digests of the provenance file cannot be read: provenance:2:1: a value is expected here: a bracket before this place is probably not closed, or a comma is too much"
        ],
    );
    check(
        "name: web\n\n...\nfiles: 7\n",
        "web-1.0.0.tgz",
        expect!["the digests of the provenance file cannot be read: invalid type: integer `7`, expected a map"],
    );
}

#[test]
fn what_is_no_provenance_is_refused() {
    let ada = Person::new("Ada");
    let keyring = Keyring::from_binary(&ada.binary()).unwrap();
    for file in [&b""[..], b"<html>not found</html>", b"\xff\xfe"] {
        assert_eq!(verify(ARCHIVE, "a.tgz", file, &keyring, later()), Err(ProvenanceError::NoSignature));
    }
}
