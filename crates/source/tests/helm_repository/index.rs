//! Indexes: asked for once, read once, and not sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use source::{Fetched, HelmRepositoryRequest};
use testkit::git::Wire;
use testkit::web::{Reply, WebServer};

use crate::{Fixture, listing};

#[tokio::test]
async fn an_unchanged_index_is_not_sent_again() {
    let server = WebServer::start(Wire::Plain, |asked| match asked.header("if-none-match") {
        "\"one\"" => Reply::status(304),
        _ => Reply::ok(listing(&[("1.0.0", "a.tgz", None)])).with("etag", "\"one\""),
    })
    .await
    .unwrap();
    let fixture = Fixture::new();
    let request = HelmRepositoryRequest::new(format!("{}/charts/?token=x", server.base()));
    let first = fixture.index(&request).await.unwrap();
    let again = fixture.index(&request).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!(server.take_asked(), ["GET /charts/index.yaml?token=x", "GET /charts/index.yaml?token=x"]);
    let unchanged = fixture.sources.helm_index(&request, Some(first.revision())).await.unwrap();
    assert_eq!(unchanged, Fetched::Unchanged);
}

#[tokio::test]
async fn without_conditional_requests_an_unchanged_index_is_not_read_again() {
    let version = Arc::new(AtomicUsize::new(1));
    let server = WebServer::start(Wire::Plain, {
        let version = Arc::clone(&version);
        move |_| Reply::ok(listing(&[(&format!("{}.0.0", version.load(Ordering::SeqCst)), "a.tgz", None)]))
    })
    .await
    .unwrap();
    let fixture = Fixture::new();
    let request = HelmRepositoryRequest::new(server.base());
    let first = fixture.index(&request).await.unwrap();
    assert!(Arc::ptr_eq(&first, &fixture.index(&request).await.unwrap()));
    version.store(2, Ordering::SeqCst);
    let second = fixture.index(&request).await.unwrap();
    assert_ne!(first.revision(), second.revision());
    assert_eq!(&*second.versions("podinfo")[0].version, "2.0.0");
}

#[tokio::test]
async fn a_packed_index_is_unpacked() {
    let server = WebServer::start(Wire::Plain, |asked| {
        assert_eq!(asked.header("accept-encoding"), "gzip");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packed, listing(&[("1.0.0", "a.tgz", None)]).as_bytes()).unwrap();
        Reply::ok(packed.finish().unwrap()).with("content-encoding", "gzip")
    })
    .await
    .unwrap();
    let index = Fixture::new().index(&HelmRepositoryRequest::new(server.base())).await.unwrap();
    assert_eq!(index.versions("podinfo").len(), 1);
}

#[tokio::test]
async fn all_who_ask_at_once_share_one_answer() {
    let server = WebServer::start(Wire::Plain, |asked| match asked.path() {
        "/index.yaml" => Reply::ok(listing(&[("1.0.0", "a.tgz", None)])),
        _ => Reply::ok("an archive"),
    })
    .await
    .unwrap();
    let fixture = Fixture::new();
    let charts = futures::future::join_all((0..20).map(|_| fixture.chart(server.base(), "*"))).await;
    let charts: Vec<_> = charts.into_iter().map(Result::unwrap).collect();
    assert!(charts.iter().all(|chart| Arc::ptr_eq(&chart.archive, &charts[0].archive)));
    assert_eq!(server.take_asked(), ["GET /index.yaml", "GET /a.tgz"]);
}
