//! What the real GnuPG signs, with keys of every kind and age.
#![allow(clippy::unwrap_used, reason = "helpers of tests, outside of their functions")]

use crypto::openpgp::{Clearsigned, Keyring};
use expect_test::{Expect, expect};
use jiff::{SignedDuration, Timestamp};
use testkit::gnupg::Home;

const ADA: &str = "Ada Example <ada@example.com>";

/// What is said of a text that was signed just now, some seconds from now.
fn check(home: &Home, later: i64, expected: Expect) {
    let signed = home.gpg(&["--clearsign"], b"name: web\n- a \t\n\nlast  ");
    let keyring = Keyring::from_binary(&home.gpg(&["--export"], b"")).unwrap();
    judge(&signed, &keyring, later, expected);
}

fn judge(signed: &[u8], keyring: &Keyring, later: i64, expected: Expect) {
    let now = Timestamp::now() + SignedDuration::from_secs(later);
    let shown = match Clearsigned::find(signed).unwrap().verify(keyring, now) {
        Ok(signer) => signer.name.unwrap(),
        Err(rejected) => rejected.to_string(),
    };
    expected.assert_eq(&shown);
}

#[test]
fn keys_of_every_kind_sign() {
    for algorithm in ["rsa2048", "ed25519", "nistp256", "nistp384", "nistp521", "dsa2048"] {
        let Some(home) = Home::new_or_skip() else { return };
        home.make_key(ADA, algorithm, "sign", "never");
        check(&home, 0, expect!["Ada Example <ada@example.com>"]);
    }
}

#[test]
fn subkeys_sign_for_their_owner() {
    let Some(home) = Home::new_or_skip() else { return };
    home.make_key(ADA, "ed25519", "cert", "never");
    let listed = String::from_utf8(home.gpg(&["--list-keys", "--with-colons"], b"")).unwrap();
    let fingerprint = listed.lines().find_map(|line| line.strip_prefix("fpr:::::::::")).unwrap().trim_end_matches(':');
    let bare = home.gpg(&["--export"], b"");
    home.gpg(&["--passphrase", "", "--quick-add-key", fingerprint, "ed25519", "sign", "1d"], b"");
    check(&home, 0, expect!["Ada Example <ada@example.com>"]);
    check(&home, 3 * 24 * 3600, expect!["openpgp: key expired"]);
    let signed = home.gpg(&["--clearsign"], b"name: web\n");
    let found = Clearsigned::find(&signed).unwrap().verify(&Keyring::from_binary(&bare).unwrap(), Timestamp::now());
    assert!(matches!(found, Err(crypto::openpgp::Rejected::UnknownSigner(_))), "{found:?}");
}

#[test]
fn keys_and_signatures_end() {
    let Some(home) = Home::new_or_skip() else { return };
    home.make_key(ADA, "ed25519", "sign", "10d");
    check(&home, 0, expect!["Ada Example <ada@example.com>"]);
    check(&home, 11 * 24 * 3600, expect!["openpgp: key expired"]);
    check(&home, -3600, expect!["openpgp: key expired"]);
    let signed = home.gpg(&["--default-sig-expire", "1d", "--clearsign"], b"name: web\n");
    let keyring = Keyring::from_binary(&home.gpg(&["--export"], b"")).unwrap();
    judge(&signed, &keyring, 0, expect!["Ada Example <ada@example.com>"]);
    judge(&signed, &keyring, 2 * 24 * 3600, expect!["openpgp: signature expired"]);
}

#[test]
fn revoked_keys_prove_nothing() {
    let Some(home) = Home::new_or_skip() else { return };
    home.make_key(ADA, "ed25519", "sign", "never");
    let signed = home.gpg(&["--clearsign"], b"name: web\n");
    let revocations = home.path().join("openpgp-revocs.d");
    let file = std::fs::read_dir(revocations).unwrap().next().unwrap().unwrap().path();
    // GnuPG puts a colon before the armor, so that nobody revokes a key by accident.
    let revocation = std::fs::read_to_string(file).unwrap().replace(":-----BEGIN", "-----BEGIN");
    home.gpg(&["--import"], revocation.as_bytes());
    let keyring = Keyring::from_binary(&home.gpg(&["--export"], b"")).unwrap();
    judge(&signed, &keyring, 0, expect!["openpgp: signature made by revoked key"]);
}

#[test]
fn keys_for_other_things_sign_nothing() {
    let Some(home) = Home::new_or_skip() else { return };
    home.make_key(ADA, "rsa2048", "encr", "never");
    let keyring = Keyring::from_binary(&home.gpg(&["--export"], b""));
    let other = Home::new_or_skip().unwrap();
    other.make_key(ADA, "rsa2048", "sign", "never");
    let signed = other.gpg(&["--clearsign"], b"name: web\n");
    let found = Clearsigned::find(&signed).unwrap().verify(&keyring.unwrap(), Timestamp::now());
    assert!(matches!(found, Err(crypto::openpgp::Rejected::UnknownSigner(_))), "{found:?}");
}

#[test]
fn armored_keys_are_read_as_they_are_exported() {
    let Some(home) = Home::new_or_skip() else { return };
    home.make_key(ADA, "ed25519", "default", "never");
    let armored = home.gpg(&["--export", "--armor"], b"");
    let keyring = Keyring::from_armored(&armored).unwrap();
    let signature = home.gpg(&["--detach-sign", "--armor"], b"tree 0\n");
    let signature = String::from_utf8(signature).unwrap();
    assert_eq!(keyring.verify_armored(&signature, b"tree 0\n", Timestamp::now()).unwrap().name.as_deref(), Some(ADA));
}
