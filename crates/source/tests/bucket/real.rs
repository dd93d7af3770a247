//! A real S3 server, which checks signatures.

use std::fs;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use source::{AccessKeys, BucketRequest, Fetched, Sources};
use testkit::servers::{PASSWORD, Server, USER};
use testkit::tools::{Tool, find_or_skip};

use crate::{files, new, shown};

const REGION: &str = "eu-test-1";

/// Puts an object, signed without the code under test, and returns its ETag. `path` is escaped.
async fn put(server: &Server, path: &str, content: &str) -> String {
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &time[..8];
    let mac = |key: &[u8], text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let hash = hex::encode(Sha256::digest(content));
    let host = server.host();
    let names = "host;x-amz-content-sha256;x-amz-date";
    let canonical =
        format!("PUT\n{path}\n\nhost:{host}\nx-amz-content-sha256:{hash}\nx-amz-date:{time}\n\n{names}\n{hash}");
    let scope = format!("{day}/{REGION}/s3/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
    let mut key = mac(format!("AWS4{PASSWORD}").as_bytes(), day);
    for part in [REGION, "s3", "aws4_request"] {
        key = mac(&key, part);
    }
    let signature = hex::encode(mac(&key, &text));
    let answer = reqwest::Client::new()
        .put(format!("http://{host}{path}"))
        .header("x-amz-content-sha256", &hash)
        .header("x-amz-date", &time)
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={USER}/{scope}, SignedHeaders={names}, Signature={signature}"),
        )
        .body(content.to_owned())
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    answer.headers()["etag"].to_str().unwrap().trim_matches('"').to_owned()
}

#[tokio::test]
async fn a_bucket_becomes_files() {
    let Some(program) = find_or_skip(Tool::S3) else { return };
    let server = Server::s3(&program, REGION).unwrap();
    let cache = tempfile::tempdir().unwrap();
    let sources = Sources::new(cache.path());
    let keys = |secret: &str| Some(AccessKeys { id: USER.to_owned(), secret: secret.to_owned() });
    let request = BucketRequest {
        keys: keys(PASSWORD),
        region: REGION.to_owned(),
        ..BucketRequest::new(format!("http://{}", server.host()), "app")
    };
    let missing = shown(sources.bucket(&request, None).await, server.host());
    assert!(missing.contains("there is no bucket \"app\" there"), "{missing}");

    fs::create_dir(server.folder().join("app")).unwrap();
    let one = put(&server, "/app/deploy/a.yaml", "a: 1").await;
    let two = put(&server, "/app/odd%20n%2Bame%26/%C3%A9%25.yaml", "b: 2").await;
    let artifact = new(sources.bucket(&request, None).await.unwrap());
    expect_test::expect![[r#"
        deploy/a.yaml: a: 1
        odd n+ame&/é%.yaml: b: 2
    "#]]
    .assert_eq(&files(&artifact));
    let lines = format!("deploy/a.yaml {one}\nodd n+ame&/é%.yaml {two}\n");
    assert_eq!(artifact.revision, testkit::registry::digest_of(lines.as_bytes()));
    assert_eq!(sources.bucket(&request, Some(&artifact.revision)).await.unwrap(), Fetched::Unchanged);
    put(&server, "/app/deploy/a.yaml", "a: 2").await;
    let changed = new(sources.bucket(&request, Some(&artifact.revision)).await.unwrap());
    assert_eq!(&**changed.tree.read("deploy/a.yaml").unwrap(), b"a: 2");

    let wrong = BucketRequest { keys: keys("wrong"), ..request.clone() };
    let refused = shown(sources.bucket(&wrong, None).await, server.host());
    assert!(refused.contains("the signature is wrong"), "{refused}");
    let stranger = BucketRequest { keys: None, ..request };
    let refused = shown(sources.bucket(&stranger, None).await, server.host());
    assert!(refused.starts_with("(AuthenticationFailed)"), "{refused}");
}

#[tokio::test]
async fn a_large_bucket_is_listed_to_its_end() {
    let Some(program) = find_or_skip(Tool::S3) else { return };
    let server = Server::s3(&program, REGION).unwrap();
    let bucket = server.folder().join("app");
    fs::create_dir_all(bucket.join("folder")).unwrap();
    for number in 0..1100 {
        fs::write(bucket.join(format!("folder/{number:04}.yaml")), "x").unwrap();
    }
    fs::write(bucket.join("elsewhere.yaml"), "x").unwrap();
    let cache = tempfile::tempdir().unwrap();
    let request = BucketRequest {
        keys: Some(AccessKeys { id: USER.to_owned(), secret: PASSWORD.to_owned() }),
        region: REGION.to_owned(),
        prefix: "folder/".to_owned(),
        ..BucketRequest::new(format!("http://{}", server.host()), "app")
    };
    let artifact = new(Sources::new(cache.path()).bucket(&request, None).await.unwrap());
    assert_eq!(artifact.tree.entries().count(), 1100);
}
