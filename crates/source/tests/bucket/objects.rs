//! Objects: which are files, and which are fetched.

use expect_test::expect;
use source::{BucketRequest, Fetched};

use crate::memory::Bucket;
use crate::{files, new};

#[tokio::test]
async fn objects_are_files_and_rules_apply() {
    let bucket = Bucket::with(&[
        (".sourceignore", "*.md\n"),
        ("a.yaml", "a"),
        ("d/.sourceignore", "*.yaml"),
        ("d/b.yaml", "b"),
        ("d/c.md", "c"),
        ("d/logo.png", "x"),
        ("d/", ""),
        ("e.txt", "e"),
    ])
    .await;
    let request = BucketRequest { ignore: Some("/e.txt".to_owned()), ..bucket.request() };
    let artifact = new(bucket.sources.bucket(&request, None).await.unwrap());
    expect![[r#"
        a.yaml: a
        d/.sourceignore: *.yaml
        d/b.yaml: b
    "#]]
    .assert_eq(&files(&artifact));
    assert_eq!(artifact.digest, artifact.tree.digest());
    // What is left out by default counts all the same for the revision, as in Flux.
    let line = "a.yaml etag-a\nd/.sourceignore etag-*.yaml\nd/b.yaml etag-b\nd/logo.png etag-x\n";
    let digest = testkit::registry::digest_of(line.as_bytes());
    assert_eq!(artifact.revision, digest);
}

#[tokio::test]
async fn only_what_changed_is_fetched() {
    let bucket = Bucket::with(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")]).await;
    let first = new(bucket.sources.bucket(&bucket.request(), None).await.unwrap());
    let mut asked = bucket.take_asked();
    asked.sort();
    assert_eq!(asked, [".sourceignore", "a", "b", "c", "d"]);
    let same = bucket.sources.bucket(&bucket.request(), Some(&first.revision)).await.unwrap();
    assert_eq!(same, Fetched::Unchanged);
    assert_eq!(bucket.take_asked(), [".sourceignore"]);
    bucket.put("b", "2");
    bucket.remove("c");
    let second = new(bucket.sources.bucket(&bucket.request(), Some(&first.revision)).await.unwrap());
    assert_eq!(bucket.take_asked(), [".sourceignore", "b"]);
    expect![[r#"
        a: 1
        b: 2
        d: 1
    "#]]
    .assert_eq(&files(&second));
    // With nobody using them, nothing is kept.
    drop((first, second, same));
    new(bucket.sources.bucket(&bucket.request(), None).await.unwrap());
    assert_eq!(bucket.take_asked().len(), 4);
}

#[tokio::test]
async fn a_prefix_limits_the_bucket_but_stays_in_the_paths() {
    let bucket = Bucket::with(&[("app/a", "1"), ("app/b", "2"), ("other/c", "3")]).await;
    let request = BucketRequest { prefix: "app/".to_owned(), ..bucket.request() };
    expect![[r#"
        app/a: 1
        app/b: 2
    "#]]
    .assert_eq(&files(&new(bucket.sources.bucket(&request, None).await.unwrap())));
}

#[tokio::test]
async fn mirrors_lead_elsewhere() {
    let bucket = Bucket::with(&[("a", "1")]).await;
    let rule = format!("https://s3.example.com={}", bucket.server.base()).parse().unwrap();
    let options = source::Options { mirrors: source::Mirrors::new([rule]), ..source::Options::default() };
    let cache = tempfile::tempdir().unwrap();
    let sources = source::Sources::with_options(cache.path(), options);
    new(sources.bucket(&BucketRequest::new("https://s3.example.com", "app"), None).await.unwrap());
}
