use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::openpgp::testing::{Person, later};

const PAYLOAD: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nmessage\n";

fn check(keys: &TrustedKeys, signature: &str, expected: Expect) {
    let signed = Signed { signature: signature.to_owned(), payload: PAYLOAD.to_vec() };
    expected.assert_eq(&match keys.verify(&signed, later()) {
        Ok(key) => format!("{} digits", key.len()),
        Err(error) => error.to_string(),
    });
}

#[test]
fn every_key_ring_is_tried() {
    let (mut ada, bob) = (Person::new("Ada"), Person::new("Bob"));
    let signature = ada.sign(PAYLOAD);
    let keyrings = |texts: &[&[u8]]| TrustedKeys {
        keyrings: texts.iter().map(|text| text.to_vec()).collect(),
        ..TrustedKeys::default()
    };
    let (ada, bob) = (ada.armored(), bob.armored());
    check(&keyrings(&[b"broken", bob.as_bytes(), ada.as_bytes()]), &signature, expect!["16 digits"]);
    check(
        &keyrings(&[&[bob.as_bytes(), ada.as_bytes()].concat()]),
        &format!("\n{signature}\n"),
        expect![
            "unable to verify payload with any of the given key rings: no matching key: openpgp: signature made by unknown entity: the key ring has no key for signing with the id 78D7BB9B8A4D2EE50D9277BA3DE6DB1966E2F870"
        ],
    );
    check(
        &keyrings(&[]),
        &signature,
        expect!["PGP signature detected but no PGP public keys found in secret (keys with .asc suffix)"],
    );
    check(
        &keyrings(&[b"broken"]),
        &signature,
        expect![
            "unable to read the public keys: openpgp: invalid argument: no armored data found; export the keys with `gpg --export --armor`"
        ],
    );
    check(&keyrings(&[ada.as_bytes()]), "", expect!["unsupported signature type: empty"]);
    check(&keyrings(&[ada.as_bytes()]), "something", expect!["unsupported signature type: unknown"]);
    check(
        &keyrings(&[ada.as_bytes()]),
        "-----BEGIN SIGNED MESSAGE-----\n",
        expect!["unsupported signature type: x509"],
    );
    check(
        &keyrings(&[ada.as_bytes()]),
        "-----BEGIN SSH SIGNATURE-----\n",
        expect!["SSH signature detected but no SSH public keys found in secret (keys with .sshpub suffix)"],
    );
}

#[test]
fn keys_of_ssh_stand_in_lines() {
    let keys = |text: &str| TrustedKeys { authorized_keys: vec![text.as_bytes().to_vec()], ..TrustedKeys::default() };
    let broken = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n";
    check(
        &keys("ssh-ed25519 AAAA"),
        broken,
        expect!["unable to unarmor SSH signature: PEM Base64 error: invalid Base64 length"],
    );
    let ada = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
    for (text, count) in [
        ("", 0),
        ("# nobody\n\n", 0),
        (ada, 1),
        (&format!("  {ada} ada@example.com and more\r\n# more\n{ada}\n"), 2),
        (&format!("no-pty {ada} ada@example.com"), 1),
    ] {
        assert_eq!(authorized(text.as_bytes()).unwrap().len(), count, "{text}");
    }
    for text in ["ssh-ed25519 AAAA", "something else", &format!("{ada}\nnone\n")] {
        assert!(authorized(text.as_bytes()).unwrap_err().starts_with("unable to parse authorized keys: "), "{text}");
    }
}

#[test]
fn tags_end_with_their_signature() {
    let split = |object: &str| {
        let signed = Signed::tag(object.as_bytes());
        assert_eq!(signed.is_signed(), !signed.signature.is_empty());
        (String::from_utf8(signed.payload).unwrap().len(), signed.signature.len())
    };
    let (tag, signature) = ("object x\ntag v1\n\nnews\n", "-----BEGIN PGP SIGNATURE-----\nx\n");
    assert_eq!(split(tag), (tag.len(), 0));
    assert_eq!(split(&format!("{tag}{signature}")), (tag.len(), signature.len()));
    // A signature that is quoted in the message is a part of it.
    let quoting = format!("{tag}{signature}\n");
    assert_eq!(split(&format!("{quoting}{signature}")), (quoting.len(), signature.len()));
    assert_eq!(split(&format!("{tag} {signature}")).1, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_signature_panics(text in "[-A-Za-z0-9+/= \n]{0,200}", kind in 0..KINDS.len()) {
        let ada = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
        let keys = TrustedKeys {
            keyrings: vec![Person::new("Ada").armored().into_bytes()],
            authorized_keys: vec![ada.as_bytes().to_vec(), text.clone().into_bytes()],
        };
        let signature = format!("{}\n{text}", KINDS[kind].0);
        let end = signature.replace("BEGIN", "END");
        for signature in [signature.clone(), format!("{signature}\n{}", end.lines().next().unwrap())] {
            let signed = Signed { signature, payload: Vec::new() };
            prop_assert!(keys.verify(&signed, later()).is_err());
        }
    }
}
