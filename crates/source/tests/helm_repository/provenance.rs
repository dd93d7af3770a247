//! Provenance files beside archives.

use source::{HelmChartRequest, HelmRepositoryRequest, SourceError, Verification};
use testkit::git::Wire;
use testkit::web::{Reply, WebServer};

use crate::{Fixture, listing, new, shown};

fn request(url: &str) -> HelmChartRequest {
    HelmChartRequest {
        repository: HelmRepositoryRequest::new(url),
        name: "podinfo".to_owned(),
        version: "1.x".to_owned(),
        verification: Verification::None,
    }
}

#[tokio::test]
async fn they_are_where_the_archives_are() {
    let server = WebServer::start(Wire::Plain, move |asked| match asked.target.as_str() {
        "/index.yaml?token=y" => Reply::ok(listing(&[("1.0.0", "x/podinfo-1.0.0+b.tgz", None)])),
        "/x/podinfo-1.0.0+b.tgz?token=y" => Reply::ok("a chart"),
        // As Helm asks, the suffix stands behind the query, too.
        "/x/podinfo-1.0.0+b.tgz?token=y.prov" => Reply::ok("a provenance"),
        _ => Reply::status(404),
    })
    .await
    .unwrap();
    let (fixture, request) = (Fixture::new(), request(&format!("{}?token=y", server.base())));
    let chart = new(fixture.sources.helm_chart(&request, None).await.unwrap());
    let found = fixture.sources.chart_provenance(&request, &chart).await.unwrap();
    assert_eq!((found.file.as_str(), &*found.content), ("podinfo-1.0.0+b.tgz", &b"a provenance"[..]));
}

#[tokio::test]
async fn a_chart_that_nobody_signed_has_none() {
    let server = WebServer::start(Wire::Plain, move |asked| match asked.path() {
        "/index.yaml" => Reply::ok(listing(&[("1.0.0", "a.tgz", None)])),
        "/a.tgz" => Reply::ok("a chart"),
        _ => Reply::status(404),
    })
    .await
    .unwrap();
    let (fixture, request) = (Fixture::new(), request(server.base()));
    let chart = new(fixture.sources.helm_chart(&request, None).await.unwrap());
    let missing = fixture.sources.chart_provenance(&request, &chart).await;
    assert!(matches!(missing, Err(SourceError::NotFound { .. })));
    expect_test::expect!["(ChartPullError) http://HOST/a.tgz.prov: not found; the chart was published without a signature; package it with `helm package --sign`, and publish the .prov file beside it"].assert_eq(&shown(missing, server.host()));
}
