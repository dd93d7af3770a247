//! Archives: where they are found, and that they are the right ones.

use source::{Fetched, HelmChartRequest, HelmRepositoryRequest, Options, Sources, Verification};
use testkit::git::Wire;
use testkit::web::{Reply, WebServer};

use crate::{Fixture, digest, listing, new, shown};

#[tokio::test]
async fn addresses_are_relative_or_absolute() {
    let elsewhere = WebServer::start(Wire::Plain, |_| Reply::ok("far")).await.unwrap();
    let far = format!("{}/x/podinfo-2.0.0.tgz?signature=1", elsewhere.base());
    let server = WebServer::start(Wire::Plain, move |asked| match asked.target.as_str() {
        "/charts/index.yaml?token=x" => Reply::ok(listing(&[
            ("1.0.0", "archives/podinfo-1.0.0.tgz", None),
            ("2.0.0", &far, None),
            ("3.0.0", "/top/podinfo-3.0.0.tgz", None),
        ])),
        "/charts/archives/podinfo-1.0.0.tgz?token=x" => Reply::ok("near"),
        "/top/podinfo-3.0.0.tgz?token=x" => Reply::ok("top"),
        _ => Reply::status(404),
    })
    .await
    .unwrap();
    let fixture = Fixture::new();
    let url = format!("{}/charts?token=x", server.base());
    for (version, content) in [("1.0.0", "near"), ("~2", "far"), ("", "top")] {
        let chart = fixture.chart(&url, version).await.unwrap();
        assert_eq!(&*chart.archive, content.as_bytes());
        assert_eq!(chart.digest, format!("sha256:{}", digest(content.as_bytes())));
    }
    assert_eq!(elsewhere.take_asked(), ["GET /x/podinfo-2.0.0.tgz?signature=1"]);
}

#[tokio::test]
async fn an_archive_is_downloaded_once_and_survives_a_restart() {
    let sum = digest(b"an archive");
    let server = WebServer::start(Wire::Plain, move |asked| match asked.path() {
        "/index.yaml" => Reply::ok(listing(&[("1.0.0", "a.tgz", Some(&sum)), ("0.9.0", "b.tgz", Some(&sum))])),
        _ => Reply::ok("an archive"),
    })
    .await
    .unwrap();
    let fixture = Fixture::new();
    let first = fixture.chart(server.base(), "1").await.unwrap();
    // Another version with the same content is the same archive.
    assert_eq!(fixture.chart(server.base(), "0.9").await.unwrap().digest, first.digest);
    assert_eq!(server.take_asked(), ["GET /index.yaml", "GET /a.tgz"]);
    let restarted = Sources::new(fixture.cache.path());
    let request = HelmChartRequest {
        repository: HelmRepositoryRequest::new(server.base()),
        name: "podinfo".to_owned(),
        version: "*".to_owned(),
        verification: Verification::None,
    };
    assert_eq!(new(restarted.helm_chart(&request, None).await.unwrap()), first);
    assert_eq!(server.take_asked(), ["GET /index.yaml"]);
    assert_eq!(restarted.helm_chart(&request, Some(&first)).await.unwrap(), Fetched::Unchanged);
    assert_eq!(server.take_asked(), Vec::<String>::new());
}

#[tokio::test]
async fn an_archive_that_was_replaced_is_refused() {
    let server = WebServer::start(Wire::Plain, |asked| match asked.path() {
        "/index.yaml" => Reply::ok(listing(&[("1.0.0", "a.tgz", Some(&digest(b"announced")))])),
        _ => Reply::ok("replaced"),
    })
    .await
    .unwrap();
    expect_test::expect!["(ChartPullError) http://HOST/a.tgz: the digest is sha256:6c1aa50442a93e42c0eb2907cf4e017cd19547891fa190f3ea473582b0479290, and sha256:3cf46ab4906eb199effdf0e8354e6a065a0213c5febbf8edb534b762bed6194a was announced; the file was replaced or damaged on the way. If it was published again, publish its index or tag again too"]
        .assert_eq(&shown(Fixture::new().chart(server.base(), "*").await, server.host()));
}

#[tokio::test]
async fn a_version_that_is_published_again_is_noticed() {
    let server = WebServer::start(Wire::Plain, |asked| match asked.path() {
        "/index.yaml" => Reply::ok(listing(&[("1.0.0", "a.tgz", Some(&digest(b"now")))])),
        _ => Reply::ok("now"),
    })
    .await
    .unwrap();
    let fixture = Fixture::new();
    let now = fixture.chart(server.base(), "*").await.unwrap();
    let before = source::ChartArtifact { digest: "sha256:before".to_owned(), ..now.clone() };
    let request = HelmChartRequest {
        repository: HelmRepositoryRequest::new(server.base()),
        name: "podinfo".to_owned(),
        version: "1.0.0".to_owned(),
        verification: Verification::None,
    };
    assert_eq!(new(fixture.sources.helm_chart(&request, Some(&before)).await.unwrap()), now);
}

#[tokio::test]
async fn mirrors_lead_elsewhere_also_from_within_an_index() {
    let server = WebServer::start(Wire::Plain, |asked| match asked.path() {
        "/mirror/index.yaml" => Reply::ok(listing(&[("1.0.0", "https://releases.example.com/v1/a.tgz", None)])),
        "/releases/v1/a.tgz" => Reply::ok("an archive"),
        _ => Reply::status(404),
    })
    .await
    .unwrap();
    let base = server.base();
    let rules =
        [format!("https://charts.example.com={base}/mirror"), format!("https://releases.example.com={base}/releases")];
    let mirrors = source::Mirrors::new(rules.iter().map(|rule| rule.parse().unwrap()));
    let fixture = Fixture::with(Options { mirrors, ..Options::default() });
    assert_eq!(&*fixture.chart("https://charts.example.com/", "1").await.unwrap().archive, b"an archive");
}
