//! Files that SOPS 3.13 encrypted, with keys that are used for nothing else, beside what `sops decrypt` makes of them.

use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use manifest::yaml::{Limits, Profile, read_value};
use proptest::prelude::*;

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sops")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(file(name)).unwrap()
}

fn age() -> Keys {
    let mut keys = Keys::default();
    keys.add_age(&text("ada.agekey")).unwrap();
    keys
}

fn openpgp() -> Keys {
    let mut keys = Keys::default();
    keys.add_openpgp(&file("throwaway.asc")).unwrap();
    keys
}

fn decrypted(name: &str, keys: &Keys) -> Result<Vec<u8>, SopsError> {
    let format = Format::of_path(name);
    decrypt_file(&file(name), format, format, keys).map(|found| found.expect("an encrypted file"))
}

/// Byte by byte what `sops decrypt` writes.
#[track_caller]
fn check(encrypted: &str, plain: &str, keys: &Keys) {
    let found = String::from_utf8_lossy(&decrypted(encrypted, keys).unwrap()).into_owned();
    assert_eq!(found, String::from_utf8_lossy(&file(plain)));
}

#[test]
fn files_of_every_format_become_what_sops_makes_of_them() {
    let keys = age();
    check("values.yaml", "values.plain.yaml", &keys);
    check("config.json", "config.plain.json", &keys);
    check("app.env", "app.plain.env", &keys);
    check("blob.bin", "blob.plain.bin", &keys);
    check("secret.only.yaml", "secret.plain.yaml", &keys);
    // SOPS takes comments in lists for items when it decrypts, and so refuses its own file but for `--ignore-mac`.
    check("comments.yaml", "comments.plain.yaml", &keys);
}

#[test]
fn whoever_it_is_encrypted_for_opens_it() {
    check("secret.age.yaml", "secret.plain.yaml", &age());
    check("secret.pgp.yaml", "secret.plain.yaml", &openpgp());
    check("secret.both.yaml", "secret.plain.yaml", &openpgp());
    let mut both = age();
    both.add_openpgp(&file("throwaway.asc")).unwrap();
    // Two of three groups have to come together.
    check("secret.groups.yaml", "secret.plain.yaml", &both);
}

fn object(name: &str) -> Value {
    read_value(&text(name), name, Profile::Kubectl, &Limits::default()).unwrap()
}

#[test]
fn objects_are_decrypted_with_what_a_build_added() {
    let mut secret = object("secret.age.yaml");
    assert!(is_encrypted(&secret) && !is_encrypted(&object("secret.plain.yaml")));
    secret["metadata"]["labels"] = serde_json::json!({"team": "shop"});
    let mut expected = object("secret.plain.yaml");
    expected["metadata"]["labels"] = serde_json::json!({"team": "shop"});
    assert_eq!(decrypt_object(&secret, &age()).unwrap(), expected);
}

#[test]
fn values_of_secrets_may_be_whole_files() {
    let keys = age();
    let entry = |key: &str, name: &str| decrypt_entry(key, &file(name), &keys);
    assert_eq!(entry("values.yaml", "values.yaml").unwrap().unwrap(), file("values.plain.yaml"));
    assert_eq!(entry(".env", "app.env").unwrap().unwrap(), file("app.plain.env"));
    assert_eq!(entry("blob", "blob.bin").unwrap().unwrap(), file("blob.plain.bin"));
    assert_eq!(entry("config.json", "config.json").unwrap().unwrap(), file("config.plain.json"));
    assert_eq!(entry("values.yaml", "values.plain.yaml").unwrap(), None);
    let as_json = String::from_utf8(entry("secret.json", "secret.age.yaml").unwrap().unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&as_json).unwrap(), object("secret.plain.yaml"));
}

#[track_caller]
fn refuses(found: Result<Option<Vec<u8>>, SopsError>, expected: Expect) {
    expected.assert_eq(&found.unwrap_err().to_string());
}

#[test]
fn refusals_name_the_cause_and_show_no_value() {
    let yaml = |text: &str, keys: &Keys| decrypt_file(text.as_bytes(), Format::Yaml, Format::Yaml, keys);
    let secret = text("secret.age.yaml");
    refuses(
        yaml(&secret, &Keys::default()),
        expect![
            "cannot get sops data key: no given key fits (0 of age, 0 of OpenPGP); it is encrypted for age age1de0gc9lsahr4z4zmgs23wcn9uze65435a8lsnffky59gq046qc8qhtj5gw; put the private key of one of them into the Secret of spec.decryption, or encrypt it for another key with `sops updatekeys`"
        ],
    );
    refuses(
        yaml(&text("secret.groups.yaml"), &age()),
        expect![
            "cannot get sops data key: no given key fits (1 of age, 0 of OpenPGP); it is encrypted for age age1de0gc9lsahr4z4zmgs23wcn9uze65435a8lsnffky59gq046qc8qhtj5gw, OpenPGP EF5133D5574C4ACA2B52D2C1DF3E8941D9EDF1C5, age age1gaqlmxlrc3kyp48ykzje62p8ytn6wsmxg60w9gsja5dc2w6xwv7sd7e3fw; put the private key of one of them into the Secret of spec.decryption, or encrypt it for another key with `sops updatekeys`"
        ],
    );
    refuses(
        yaml(&secret.replace("namespace: default", "namespace: shop"), &age()),
        expect![
            "failed to verify sops data integrity: MAC mismatch: something was changed without sops; edit it with `sops edit`, or encrypt it again"
        ],
    );
    refuses(
        yaml(&secret.replace("    username:", "    usurname:"), &age()),
        expect![
            "the value at stringData.usurname cannot be decrypted: it was changed, or moved here from another place (AES-GCM does not authenticate it)"
        ],
    );
    refuses(
        yaml(&secret.replace("username: ENC[", "username: hunter2 ENC["), &age()),
        expect![
            "the value at stringData.username cannot be decrypted: it does not match sops' data format: it is not encrypted, though it should be"
        ],
    );
    refuses(
        yaml(&secret.replace("username: ENC[AES256_GCM,data:", "username: ENC[AES256_GCM,data:!"), &age()),
        expect!["the value at stringData.username cannot be decrypted: its data is not base64"],
    );
    refuses(
        yaml(&secret.replace("encrypted_regex:", "encrypted_comment_regex:"), &age()),
        expect![
            "the sops metadata cannot be used: encrypted_comment_regex is not supported; choose by keys, with encrypted_regex for example"
        ],
    );
    refuses(
        yaml(&secret.replace("^(data|", "^(data|("), &age()),
        expect!["the sops metadata cannot be used: encrypted_regex is no regular expression"],
    );
    refuses(
        yaml(&format!("{secret}---\na: 1\n"), &age()),
        expect![
            "failed to load encrypted YAML data: it is broken, or has several documents, anchors or tags; encrypt each document as a file of its own"
        ],
    );
    refuses(yaml("mac: ENC[\n", &age()), expect!["sops metadata not found"]);
    refuses(
        yaml("a: x\nsops:\n  kms: [{arn: 'arn:aws:kms:eu:1:key/2', enc: x}]\n  mac: ENC[\n", &age()),
        expect![
            "cannot get sops data key: no given key fits (1 of age, 0 of OpenPGP); it is encrypted for AWS KMS arn:aws:kms:eu:1:key/2 (not asked); put the private key of one of them into the Secret of spec.decryption, or encrypt it for another key with `sops updatekeys`"
        ],
    );
    refuses(
        decrypt_file(b"[sops]\n", Format::Ini, Format::Ini, &age()),
        expect!["files in the format INI are not decrypted into it; encrypt the file in the format that its name says"],
    );
    refuses(
        decrypt_entry("a.yaml", &file("config.json"), &age()),
        expect![
            "files in the format YAML are not decrypted into it; encrypt the file in the format that its name says"
        ],
    );
    refuses(
        decrypt_entry("a", &file("config.json"), &age()),
        expect!["failed to emit decrypted binary data: there is no member `data` with a text"],
    );
}

#[test]
fn keys_are_read_and_never_shown() {
    let said = |found: Result<(), KeysError>| format!("{}\n", found.unwrap_err());
    let mut keys = age();
    let shown = [
        said(keys.add_age("# a comment\n\nhunter2\n")),
        said(keys.add_age("AGE-PLUGIN-YUBIKEY-1X\n")),
        said(keys.add_openpgp(b"hunter2")),
    ]
    .concat();
    expect![[r#"
        line 3 is no private key of age: invalid Bech32 encoding; `age-keygen` writes one as AGE-SECRET-KEY-1…
        line 1 is no private key of age: keys of plugins are held by other programs; `age-keygen` writes one as AGE-SECRET-KEY-1…
        it holds no private key of OpenPGP: not enough bytes in buffer: armor header; export one with `gpg --export-secret-keys --armor`
    "#]].assert_eq(&shown);
    assert_eq!(format!("{keys:?}"), "Keys(1 of age, 0 of OpenPGP)");
    let public = crate::openpgp::testing::Person::new("Ada").armored();
    assert_eq!(
        said(keys.add_openpgp(public.as_bytes())),
        "it holds no private key of OpenPGP: there are public ones only; export one with `gpg --export-secret-keys --armor`\n"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_content_panics(
        name in prop::sample::select(vec!["values.yaml", "config.json", "app.env", "secret.age.yaml"]),
        at in any::<prop::sample::Index>(),
        byte in 9u8..127,
        cut in any::<prop::sample::Index>(),
    ) {
        let format = Format::of_path(name);
        let mut content = file(name);
        let at = at.index(content.len());
        content[at] = byte;
        let _ = decrypt_file(&content, format, format, &Keys::default());
        let _ = decrypt_file(&content, format, Format::Json, &age());
        let _ = decrypt_file(&content[..cut.index(content.len())], format, format, &age());
    }
}
