use expect_test::{Expect, expect};
use jiff::Timestamp;
use proptest::prelude::*;

use super::testing::{Person, later};
use super::*;

fn ring(people: &[&Person]) -> Keyring {
    let bytes: Vec<u8> = people.iter().flat_map(|person| person.binary()).collect();
    Keyring::from_binary(&bytes).unwrap()
}

fn check(found: Result<Signer, Rejected>, expected: Expect) {
    expected.assert_eq(&match found {
        Ok(signer) => signer.name.unwrap_or_default(),
        Err(rejected) => rejected.to_string(),
    });
}

#[test]
fn a_signature_is_of_a_key_and_of_a_text() {
    let (mut ada, bob) = (Person::new("Ada"), Person::new("Bob"));
    let signature = ada.sign(b"the text");
    check(
        ring(&[&bob, &ada]).verify_armored(&signature, b"the text", later()),
        expect!["Ada Example <ada@example.com>"],
    );
    check(
        ring(&[&ada]).verify_armored(&signature, b"the Text", later()),
        expect!["openpgp: invalid signature: it was not made over this content with that key"],
    );
    let unknown = ring(&[&bob]).verify_armored(&signature, b"the text", later()).unwrap_err();
    assert!(matches!(&unknown, Rejected::UnknownSigner(id) if id.len() == 40), "{unknown}");
    check(
        ring(&[&ada]).verify_armored(&signature, b"the text", Timestamp::UNIX_EPOCH),
        expect!["openpgp: key expired"],
    );
    check(
        ring(&[&ada]).verify_armored("no signature", b"the text", later()),
        expect!["openpgp: invalid data: not enough bytes in buffer: armor header"],
    );
}

#[test]
fn key_rings_are_binary_or_armored() {
    let ada = Person::new("Ada");
    assert_eq!(Keyring::from_binary(&ada.binary()).unwrap().certificates.len(), 1);
    assert_eq!(Keyring::from_binary(&ada.secret()).unwrap().certificates.len(), 1);
    assert_eq!(Keyring::from_armored(ada.armored().as_bytes()).unwrap().certificates.len(), 1);
    let said = |found: Result<Keyring, KeyringError>| format!("{}\n", found.unwrap_err());
    let mut damaged = ada.binary();
    let last = damaged.len() - 3;
    damaged[last] ^= 1;
    let keybox = [&[0, 0, 0, 0x20, 1, 1, 0, 2][..], b"KBXf", &[0; 20]].concat();
    expect![[r#"
        openpgp: invalid data: tag byte does not have MSB set; it is armored text, which `gpg --dearmor` turns into a key ring
        openpgp: invalid data: it is a keybox of GnuPG, which nothing else reads; export the keys with `gpg --export --output pubring.gpg`
        openpgp: invalid data: user ID self-signature invalid: signature error: Verification equation was not satisfied
        openpgp: invalid argument: no armored data found; export the keys with `gpg --export --armor`
        openpgp: invalid data: unexpected block type: PGP SIGNATURE
    "#]].assert_eq(
        &[
            said(Keyring::from_binary(ada.armored().as_bytes())),
            said(Keyring::from_binary(&keybox)),
            said(Keyring::from_binary(&damaged)),
            said(Keyring::from_armored(&ada.binary())),
            said(Keyring::from_armored(b"-----BEGIN PGP SIGNATURE-----\n\niHU=\n-----END PGP SIGNATURE-----\n")),
        ]
        .concat(),
    );
    assert!(Keyring::from_binary(b"").unwrap().certificates.is_empty());
    let one_of_two = [damaged, Person::new("Bob").binary()].concat();
    assert_eq!(Keyring::from_binary(&one_of_two).unwrap().certificates.len(), 1);
}

#[test]
fn signed_texts_are_found_in_files() {
    let mut ada = Person::new("Ada");
    let text = "name: web\n- dashes\n\ntrailing\n...\nlast";
    let signed = ada.clearsign(text);
    for file in [signed.clone(), format!("before\n{signed}after\n"), signed.replace('\n', "\r\n")] {
        let found = Clearsigned::find(file.as_bytes()).unwrap();
        check(found.verify(&ring(&[&ada]), later()), expect!["Ada Example <ada@example.com>"]);
        assert_eq!(found.text(), "name: web\n- dashes\n\ntrailing\n...\nlast");
    }
    let changed = signed.replace("name: web", "name: wob");
    check(
        Clearsigned::find(changed.as_bytes()).unwrap().verify(&ring(&[&ada]), later()),
        expect!["openpgp: invalid signature: it was not made over this content with that key"],
    );
    for file in ["", "text", &format!(" {signed}"), &signed[..signed.len() - 40]] {
        assert!(Clearsigned::find(file.as_bytes()).is_none(), "{file}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_key_ring_panics(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = Person::new("Ada").secret();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let cut = cut.index(bytes.len());
        let _ = Keyring::from_binary(&bytes);
        let _ = Keyring::from_binary(&bytes[..cut]);
        let _ = Keyring::from_binary(&bytes[cut..]);
    }

    #[test]
    fn nothing_changed_passes(at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let mut ada = Person::new("Ada");
        let mut file = ada.clearsign("name: web\nversion: 1.2.3").into_bytes();
        let at = at.index(file.len());
        file[at] ^= 1 << bit;
        if let Some(found) = Clearsigned::find(&file)
            && found.verify(&ring(&[&ada]), later()).is_ok()
        {
            prop_assert_eq!(found.text(), "name: web\nversion: 1.2.3");
        }
    }
}
