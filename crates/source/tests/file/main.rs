//! Single files over real connections.

use std::time::Duration;

use expect_test::expect;
use source::{Connection, Mirrors, Options, Sources};
use testkit::git::Wire;
use testkit::web::{Reply, WebServer};

#[tokio::test]
async fn a_file_or_why_not() {
    let server = WebServer::start(Wire::Plain, |asked| match (asked.path(), asked.header("authorization")) {
        ("/a.yaml", "") => Reply::ok("a: 1"),
        ("/private.yaml", "Basic YWRhOnNlY3JldA==") => Reply::ok("b: 2"),
        ("/endless", _) => Reply::endless(),
        ("/stalled", _) => Reply::stalled(),
        _ => Reply::status(404),
    })
    .await
    .unwrap();
    let cache = tempfile::tempdir().unwrap();
    let rule = format!("https://raw.example.com={}", server.base()).parse().unwrap();
    let sources = Sources::with_options(cache.path(), Options { mirrors: Mirrors::new([rule]), ..Options::default() });
    let connection = Connection { timeout: Duration::from_secs(10), ..Connection::default() };
    let content = async |url: &str| sources.file(url, &connection).await;
    assert_eq!(content(&format!("{}/a.yaml", server.base())).await.unwrap(), b"a: 1");
    assert_eq!(content("https://raw.example.com/a.yaml").await.unwrap(), b"a: 1");
    let with_user = server.base().replace("http://", "http://ada:secret@");
    assert_eq!(content(&format!("{with_user}/private.yaml")).await.unwrap(), b"b: 2");
    let refused = async |path: &str, timeout: Duration| {
        let connection = Connection { timeout, ..Connection::default() };
        let error = sources.file(&format!("{}{path}", server.base()), &connection).await.unwrap_err();
        error.to_string().replace(server.host(), "HOST")
    };
    let long = Duration::from_secs(10);
    expect!["http://HOST/b.yaml: not found; check the URL; nothing is there"]
        .assert_eq(&refused("/b.yaml", long).await);
    expect!["http://HOST/endless: more than 10485760 bytes, which is the limit"]
        .assert_eq(&refused("/endless", long).await);
    expect!["http://HOST/stalled: not finished after 100ms; check the network, or raise spec.timeout"]
        .assert_eq(&refused("/stalled", Duration::from_millis(100)).await);
}
