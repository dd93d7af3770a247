//! Artifacts that must be signed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use expect_test::{Expect, expect};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use source::{OciRequest, Verification};
use testkit::registry::{Artifact, Content, Manifest};

use crate::{Fixture, archive};

/// What comes before the key itself in the DER of a public key.
const P256: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
const EDWARDS: &str = "302a300506032b6570032100";

type Sign = dyn Fn(&[u8]) -> Vec<u8>;

struct Signer {
    sign: Box<Sign>,
    public: Vec<u8>,
}

fn pem(prefix: &str, key: &[u8]) -> Vec<u8> {
    let der = [&hex::decode(prefix).unwrap(), key].concat();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64_STANDARD.encode(der)).into_bytes()
}

fn p256() -> Signer {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).unwrap();
    let public = pem(P256, pair.public_key().as_ref());
    Signer { sign: Box::new(move |message| pair.sign(&random, message).unwrap().as_ref().to_vec()), public }
}

fn ed25519() -> Signer {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let public = pem(EDWARDS, pair.public_key().as_ref());
    Signer { sign: Box::new(move |message| pair.sign(message).as_ref().to_vec()), public }
}

fn payload(digest: &str) -> String {
    format!(
        r#"{{"critical":{{"identity":{{"docker-reference":"example.com/app"}},"image":{{"docker-manifest-digest":"{digest}"}},"type":"cosign container image signature"}},"optional":null}}"#
    )
}

/// A registry with an artifact, and a signature of what `about` says under what `signer` is.
async fn signed(signer: &Signer, about: impl Fn(&str) -> String) -> Fixture {
    let mut content = Content::default();
    let digest = content.push("latest", &Artifact::flux(archive(&[("a.yaml", "a")]), &[]));
    let payload = payload(&about(&digest));
    let signature = BASE64_STANDARD.encode((signer.sign)(payload.as_bytes()));
    content.push(&format!("{}.sig", digest.replace(':', "-")), &Artifact::signature(payload, &signature));
    Fixture::new(content).await
}

fn requiring(fixture: &Fixture, keys: &[&Signer]) -> OciRequest {
    let keys = keys.iter().map(|signer| signer.public.clone()).collect();
    OciRequest { verification: Verification::CosignKeys(keys), ..fixture.request("latest") }
}

async fn check_refused(fixture: &Fixture, request: &OciRequest, expected: Expect) {
    let shown = fixture.failure(request).await;
    let (before, rest) = shown.split_once("@sha256:").unwrap();
    expected.assert_eq(&format!("{before}@{}", &rest[64..]));
}

#[tokio::test]
async fn one_of_the_keys_suffices() {
    for signer in [p256(), ed25519()] {
        let fixture = signed(&signer, str::to_owned).await;
        fixture.fetch(&requiring(&fixture, &[&p256(), &signer])).await.unwrap();
    }
}

#[tokio::test]
async fn others_are_refused() {
    let signer = p256();
    let fixture = signed(&signer, str::to_owned).await;
    check_refused(&fixture, &requiring(&fixture, &[&p256(), &ed25519()]), expect!["(VerificationError) oci://HOST/org/app@: the signature cannot be verified: no signature of one of these keys was found for this digest; sign it with `cosign sign --key`"]).await;
    check_refused(&fixture, &requiring(&fixture, &[]), expect!["(VerificationError) oci://HOST/org/app@: the signature cannot be verified: the secret of spec.verify has no public key; give one under a name that ends with .pub"]).await;
    let unreadable = Verification::CosignKeys(vec![b"nonsense".to_vec()]);
    check_refused(&fixture, &OciRequest { verification: unreadable, ..fixture.request("latest") }, expect!["(VerificationError) oci://HOST/org/app@: the signature cannot be verified: a public key cannot be read; give the `cosign.pub` that `cosign generate-key-pair` writes (ECDSA P-256, ECDSA P-384, Ed25519 or RSA, as PEM)"]).await;
}

#[tokio::test]
async fn a_signature_of_something_else_is_none() {
    let signer = p256();
    let other = format!("sha256:{}", "0".repeat(64));
    let fixture = signed(&signer, |_| other.clone()).await;
    check_refused(&fixture, &requiring(&fixture, &[&signer]), expect!["(VerificationError) oci://HOST/org/app@: the signature cannot be verified: no signature of one of these keys was found for this digest; sign it with `cosign sign --key`"]).await;
}

#[tokio::test]
async fn what_is_not_signed_is_refused() {
    let mut content = Content::default();
    content.push("latest", &Artifact::flux(archive(&[("a.yaml", "a")]), &[]));
    let fixture = Fixture::new(content).await;
    check_refused(&fixture, &requiring(&fixture, &[&p256()]), expect!["(VerificationError) oci://HOST/org/app@: the signature cannot be verified: no signature of one of these keys was found for this digest; sign it with `cosign sign --key`"]).await;
}

#[tokio::test]
async fn charts_are_checked_too() {
    let signer = p256();
    let mut content = Content::default();
    let digest = content.push("1.0.0", &Artifact::chart("a chart"));
    let payload = payload(&digest);
    let signature = BASE64_STANDARD.encode((signer.sign)(payload.as_bytes()));
    content.push(&format!("{}.sig", digest.replace(':', "-")), &Artifact::signature(payload, &signature));
    let fixture = Fixture::new(content).await;
    let request = |signer: &Signer| source::HelmChartRequest {
        repository: source::HelmRepositoryRequest::new(format!("oci://{}/charts", fixture.server.host())),
        name: "podinfo".to_owned(),
        version: "1.0.0".to_owned(),
        verification: Verification::CosignKeys(vec![signer.public.clone()]),
    };
    assert!(fixture.sources.helm_chart(&request(&p256()), None).await.is_err());
    assert!(fixture.sources.helm_chart(&request(&signer), None).await.is_ok());
}

/// A bundle with a statement about a digest.
fn bundle(signer: &Signer, digest: &str) -> String {
    let kind = "application/vnd.in-toto+json";
    let digits = digest.trim_start_matches("sha256:");
    let statement = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"sha256":"{digits}"}}}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{{}}}}"#
    );
    let signature = (signer.sign)(format!("DSSEv1 {} {kind} {} {statement}", kind.len(), statement.len()).as_bytes());
    let (payload, signature) = (BASE64_STANDARD.encode(&statement), BASE64_STANDARD.encode(signature));
    format!(
        r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{"publicKey":{{}}}},"dsseEnvelope":{{"payload":"{payload}","payloadType":"{kind}","signatures":[{{"sig":"{signature}"}}]}}}}"#
    )
}

enum Listed {
    ByTheRegistry,
    ByATag,
}

async fn bundled(signer: &Signer, about: impl Fn(&str) -> String, listed: Listed) -> Fixture {
    let mut content = Content::default();
    let digest = content.push("latest", &Artifact::flux(archive(&[("a.yaml", "a")]), &[]));
    let bundle = Artifact::bundle(bundle(signer, &about(&digest)));
    content.push("bundle", &bundle);
    let referrers = Manifest::referrers(&[&bundle.manifest()]);
    match listed {
        Listed::ByTheRegistry => content.refer(&digest, referrers),
        Listed::ByATag => drop(content.push_manifest(&digest.replace(':', "-"), referrers)),
    }
    Fixture::new(content).await
}

#[tokio::test]
async fn bundles_are_signatures_too() {
    for signer in [p256(), ed25519()] {
        for listed in [Listed::ByTheRegistry, Listed::ByATag] {
            let fixture = bundled(&signer, str::to_owned, listed).await;
            fixture.fetch(&requiring(&fixture, &[&p256(), &signer])).await.unwrap();
            check_refused(&fixture, &requiring(&fixture, &[&p256()]), expect!["(VerificationError) oci://HOST/org/app@: the signature cannot be verified: no signature of one of these keys was found for this digest; sign it with `cosign sign --key`"]).await;
        }
    }
    let (signer, other) = (p256(), format!("sha256:{}", "0".repeat(64)));
    let fixture = bundled(&signer, |_| other.clone(), Listed::ByTheRegistry).await;
    check_refused(&fixture, &requiring(&fixture, &[&signer]), expect!["(VerificationError) oci://HOST/org/app@: the signature cannot be verified: no signature of one of these keys was found for this digest; sign it with `cosign sign --key`"]).await;
}
