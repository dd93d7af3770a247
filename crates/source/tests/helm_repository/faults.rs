//! Servers that fail, lie or never end.

use std::time::Duration;

use expect_test::{Expect, expect};
use source::HelmRepositoryRequest;
use testkit::git::Wire;
use testkit::web::{Reply, WebServer};

use crate::{Fixture, listing, shown};

async fn check_index(reply: Reply, expected: Expect) {
    let server = WebServer::start(Wire::Plain, move |_| reply.clone()).await.unwrap();
    expected.assert_eq(&shown(Fixture::new().chart(server.base(), "*").await, server.host()));
}

async fn check_archive(reply: Reply, expected: Expect) {
    let server = WebServer::start(Wire::Plain, move |asked| match asked.path() {
        "/index.yaml" => Reply::ok(listing(&[("1.0.0", "a.tgz", None)])),
        _ => reply.clone(),
    })
    .await
    .unwrap();
    expected.assert_eq(&shown(Fixture::new().chart(server.base(), "*").await, server.host()));
}

#[tokio::test]
async fn of_indexes() {
    check_index(Reply::status(404), expect!["(ChartPullError) http://HOST/index.yaml: not found; check that spec.url is where index.yaml is, without that name"]).await;
    check_index(Reply::status(403), expect!["(AuthenticationFailed) http://HOST/index.yaml: authentication failed: the server forbids it (403); check that these credentials may read it"]).await;
    check_index(Reply::status(429), expect!["(ChartPullError) http://HOST/index.yaml: the server allows no more requests for now (429); raise spec.interval or use credentials with a higher limit"]).await;
    check_index(
        Reply::status(503),
        expect!["(ChartPullError) http://HOST/index.yaml: the server answered 503 Service Unavailable"],
    )
    .await;
    check_index(
        Reply::status(304),
        expect!["(ChartPullError) http://HOST/index.yaml: the server answered 304 Not Modified"],
    )
    .await;
    check_index(Reply::ok("<html>Please log in</html>"), expect![[r#"(IndexationFailed) http://HOST/index.yaml: not the index of a Helm repository: invalid type: string "<html>Please log in</html>", expected a mapping with apiVersion and entries"#]]).await;
    check_index(Reply::broken_off("apiVersion: v1\n"), expect!["(ChartPullError) http://HOST/index.yaml: the answer broke off or is no HTTP: connection closed before message completed"]).await;
    check_index(
        Reply::endless(),
        expect!["(ChartPullError) http://HOST/index.yaml: more than 52428800 bytes, which is the limit"],
    )
    .await;
    check_index(
        Reply::ok("x").with("content-encoding", "gzip"),
        expect!["(ChartPullError) http://HOST/index.yaml: it says gzip, and is not: unexpected end of file"],
    )
    .await;
    check_index(
        Reply::redirect("/again"),
        expect!["(ChartPullError) http://HOST/index.yaml: it redirects without end: too many redirects"],
    )
    .await;
}

#[tokio::test]
async fn of_archives() {
    check_archive(Reply::status(404), expect!["(ChartPullError) http://HOST/a.tgz: not found; the index lists this archive, but it is gone; publish it again, or use another version"]).await;
    check_archive(Reply::broken_off("half"), expect!["(ChartPullError) http://HOST/a.tgz: the answer broke off or is no HTTP: connection closed before message completed"]).await;
    check_archive(
        Reply::endless(),
        expect!["(ChartPullError) http://HOST/a.tgz: more than 10485760 bytes, which is the limit"],
    )
    .await;
}

#[tokio::test]
async fn a_packed_index_may_not_unpack_without_end() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &vec![b' '; (50 << 20) + 1]).unwrap();
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 1 << 20);
    check_index(
        Reply::ok(packed).with("content-encoding", "gzip"),
        expect!["(ChartPullError) http://HOST/index.yaml: more than 52428800 bytes, which is the limit"],
    )
    .await;
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let server = WebServer::start(Wire::Plain, |_| Reply::stalled()).await.unwrap();
    let mut request = HelmRepositoryRequest::new(server.base());
    request.connection.timeout = Duration::from_millis(100);
    expect!["(ChartPullError) http://HOST: not finished after 100ms; check the network, or raise spec.timeout"]
        .assert_eq(&shown(Fixture::new().index(&request).await, server.host()));
}

#[tokio::test]
async fn addresses_that_lead_nowhere() {
    let check = async |url: &str, expected: Expect| {
        expected.assert_eq(&shown(Fixture::new().chart(url, "*").await, "nothing"));
    };
    check("charts.example.com", expect!["(URLInvalid) charts.example.com: not a usable address: relative URL without a base; use https:// or http://"]).await;
    check("ftp://charts.example.com", expect!["(URLInvalid) ftp://charts.example.com: not a usable address: ftp:// is not supported here; use https:// or http://"]).await;
    check("http://127.0.0.1:1/charts", expect!["(ChartPullError) http://127.0.0.1:1/charts/index.yaml: unreachable: Connection refused (os error 111); check the host name, the network and the proxy"]).await;
}
