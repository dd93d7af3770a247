//! Servers that refuse, fail or lie.

use expect_test::{Expect, expect};
use source::{AccessKeys, BucketRequest, Limits, Options, Sources};
use testkit::git::Wire;
use testkit::web::{Reply, WebServer};

use crate::memory::{Bucket, refused};
use crate::{new, shown};

async fn check(reply: Reply, expected: Expect) {
    let server = WebServer::start(Wire::Plain, move |_| reply.clone()).await.unwrap();
    let cache = tempfile::tempdir().unwrap();
    let request = BucketRequest::new(server.base(), "app");
    expected.assert_eq(&shown(Sources::new(cache.path()).bucket(&request, None).await, server.host()));
}

#[tokio::test]
async fn refusals() {
    check(refused(404, "NoSuchBucket"), expect![[r#"(BucketOperationFailed) http://HOST/app: not found; there is no bucket "app" there; check spec.bucketName and spec.endpoint"#]]).await;
    check(refused(403, "AccessDenied"), expect!["(AuthenticationFailed) http://HOST/app/.sourceignore: authentication failed: the bucket is not open to everybody; set secretRef to a secret with `accesskey` and `secretkey`"]).await;
    check(refused(403, "InvalidAccessKeyId"), expect!["(AuthenticationFailed) http://HOST/app/.sourceignore: authentication failed: the server does not know the access key; check `accesskey` in the secret"]).await;
    check(refused(403, "SignatureDoesNotMatch"), expect!["(AuthenticationFailed) http://HOST/app/.sourceignore: authentication failed: the signature is wrong; check `secretkey` in the secret, and spec.region"]).await;
    check(refused(403, "RequestTimeTooSkewed"), expect!["(AuthenticationFailed) http://HOST/app/.sourceignore: authentication failed: this machine's clock and the server's differ too much; set them right"]).await;
    check(refused(503, "SlowDown"), expect!["(BucketOperationFailed) http://HOST/app/.sourceignore: the server answered 503 Service Unavailable: SlowDown: no"]).await;
    check(
        Reply::status(404),
        expect!["(BucketOperationFailed) http://HOST/app: not found; check spec.endpoint and spec.bucketName"],
    )
    .await;
    check(
        Reply::status(500),
        expect!["(BucketOperationFailed) http://HOST/app/.sourceignore: the server answered 500 Internal Server Error"],
    )
    .await;
    check(Reply::ok("<html></html>"), expect!["(BucketOperationFailed) http://HOST/app: the server does not list the bucket as S3 does: it is no listing of objects"]).await;
    check(
        Reply::endless(),
        expect!["(BucketOperationFailed) http://HOST/app/.sourceignore: more than 10485760 bytes, which is the limit"],
    )
    .await;
}

#[tokio::test]
async fn names_that_are_no_paths() {
    let check = async |keys: &[(&str, &str)], expected: Expect| {
        let bucket = Bucket::with(keys).await;
        expected.assert_eq(&shown(bucket.sources.bucket(&bucket.request(), None).await, bucket.server.host()));
    };
    check(&[("../a", "")], expect![[r#"(ArchiveOperationFailed) http://HOST/app: the object "../a" has a name that is no path; leave it out with spec.ignore"#]]).await;
    check(&[("a//b", "")], expect![[r#"(ArchiveOperationFailed) http://HOST/app: the object "a//b" has a name that is no path; leave it out with spec.ignore"#]]).await;
    check(&[("a", ""), ("a/b", "")], expect![[r#"(ArchiveOperationFailed) http://HOST/app: the object "a/b" stands in a folder that is an object itself; rename one of them"#]]).await;
    check(&[(&"d/".repeat(64), ""), (&format!("{}a", "d/".repeat(64)), "")], expect!["(ArchiveOperationFailed) d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/a: more than 64 folders deep; flatten it"]).await;
}

#[tokio::test]
async fn limits_hold_before_anything_is_fetched() {
    let bucket = Bucket::with(&[("a", "0123456789"), ("b", "x"), ("c", "x")]).await;
    let check = async |limits: Limits, expected: Expect| {
        let cache = tempfile::tempdir().unwrap();
        let sources = Sources::with_options(cache.path(), Options { limits, ..Options::default() });
        expected.assert_eq(&shown(sources.bucket(&bucket.request(), None).await, bucket.server.host()));
        assert_eq!(bucket.take_asked(), [".sourceignore"]);
    };
    check(Limits { file: 5, ..Limits::default() }, expect![[r#"(ArchiveOperationFailed) a: 10 bytes, and a file may have 5; leave it out with a line "a" in .sourceignore"#]]).await;
    check(Limits { count: 2, ..Limits::default() }, expect!["(ArchiveOperationFailed) more than 2 files; leave out what is not needed with .sourceignore or spec.sparseCheckout"]).await;
    check(Limits { total: 11, ..Limits::default() }, expect!["(ArchiveOperationFailed) the files have more than 11 bytes together; leave out what is not needed with .sourceignore. The largest: a (10 bytes)"]).await;
}

#[tokio::test]
async fn a_bucket_in_another_region_is_asked_again() {
    let server = WebServer::start(Wire::Plain, |asked| {
        if asked.header("authorization").contains("/eu-test-1/s3/") {
            return if asked.path() == "/app" {
                Reply::ok("<ListBucketResult></ListBucketResult>")
            } else {
                refused(404, "NoSuchKey")
            };
        }
        let error = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-test-1</Region></Error>";
        Reply::refused(400, error)
    })
    .await
    .unwrap();
    let cache = tempfile::tempdir().unwrap();
    let keys = Some(AccessKeys { id: "ada".to_owned(), secret: "secret".to_owned() });
    let request = BucketRequest { keys, ..BucketRequest::new(server.base(), "app") };
    new(Sources::new(cache.path()).bucket(&request, None).await.unwrap());
    let wrong = BucketRequest { region: "us-test-1".to_owned(), ..request };
    new(Sources::new(cache.path()).bucket(&wrong, None).await.unwrap());
}

#[tokio::test]
async fn names_of_buckets() {
    let cache = tempfile::tempdir().unwrap();
    let check = async |endpoint: &str, name: &str, expected: Expect| {
        let outcome = Sources::new(cache.path()).bucket(&BucketRequest::new(endpoint, name), None).await;
        expected.assert_eq(&shown(outcome, "nothing"));
    };
    check(
        "https://s3.example.com",
        "a/b",
        expect![[r#"(URLInvalid) https://s3.example.com: not a usable address: "a/b" is no name of a bucket"#]],
    )
    .await;
    check(
        "https://s3.example.com",
        "",
        expect![[r#"(URLInvalid) https://s3.example.com: not a usable address: "" is no name of a bucket"#]],
    )
    .await;
    check("s3.example.com", "app", expect!["(URLInvalid) s3.example.com/app: not a usable address: relative URL without a base; use https:// or http://"]).await;
}
