//! Helm charts in registries.

use expect_test::{Expect, expect};
use source::{Fetched, HelmChartRequest, HelmRepositoryRequest, SourceKind, Verification};
use testkit::registry::{Artifact, Content, digest_of};

use crate::{Fixture, new};

async fn fixture() -> Fixture {
    let mut content = Content::default();
    for tag in ["6.0.0", "6.1.0_build.1", "7.0.0-rc.1", "latest"] {
        content.push(tag, &Artifact::chart(format!("chart {tag}")));
    }
    content.push("5.0.0", &Artifact::flux("files", &[]));
    Fixture::new(content).await
}

fn request(fixture: &Fixture, version: &str) -> HelmChartRequest {
    let repository = HelmRepositoryRequest::new(format!("oci://{}/charts/", fixture.server.host()));
    HelmChartRequest {
        repository,
        name: "podinfo".to_owned(),
        version: version.to_owned(),
        verification: Verification::None,
    }
}

async fn check(version: &str, expected: Expect) {
    let fixture = fixture().await;
    let shown = match fixture.sources.helm_chart(&request(&fixture, version), None).await {
        Ok(found) => {
            let chart = new(found);
            assert_eq!(chart.digest, digest_of(&chart.archive));
            format!("{}: {}", chart.revision, String::from_utf8_lossy(&chart.archive))
        }
        Err(error) => {
            format!("({}) {error}", error.reason(SourceKind::HelmChart)).replace(fixture.server.host(), "HOST")
        }
    };
    let asked: Vec<String> = fixture
        .server
        .take_asked()
        .into_iter()
        .filter(|asked| !asked.contains("/blobs/") && !asked.contains("@") && !asked.contains("sha256"))
        .collect();
    expected.assert_eq(&format!("{shown}\n{}", asked.join("\n")));
}

#[tokio::test]
async fn versions_are_tags() {
    check(
        "6.0.0",
        expect![[r#"
        6.0.0: chart 6.0.0
        HEAD /v2/charts/podinfo/manifests/6.0.0"#]],
    )
    .await;
    check(
        "",
        expect![[r#"
        6.1.0+build.1: chart 6.1.0_build.1
        GET /v2/charts/podinfo/tags/list?n=1000
        HEAD /v2/charts/podinfo/manifests/6.1.0_build.1"#]],
    )
    .await;
    check(
        "6.1.0+build.1",
        expect![[r#"
        6.1.0+build.1: chart 6.1.0_build.1
        HEAD /v2/charts/podinfo/manifests/6.1.0_build.1"#]],
    )
    .await;
    check(
        ">=6.0.0-0",
        expect![[r#"
        7.0.0-rc.1: chart 7.0.0-rc.1
        GET /v2/charts/podinfo/tags/list?n=1000
        HEAD /v2/charts/podinfo/manifests/7.0.0-rc.1"#]],
    )
    .await;
    check("<1", expect![[r#"
        (InvalidChartReference) oci://HOST/charts/podinfo: no version of "podinfo" matches "<1"; similar ones: 7.0.0-rc.1, 6.1.0+build.1, 6.0.0, 5.0.0
        GET /v2/charts/podinfo/tags/list?n=1000"#]]).await;
    check(
        "6.0.9",
        expect![[r#"
            (ChartPullError) oci://HOST/charts/podinfo:6.0.9: not found; check the name of the chart and its version
            HEAD /v2/charts/podinfo/manifests/6.0.9"#]],
    )
    .await;
    check(
        "5.0.0",
        expect![[r#"
        (ChartPackageError) oci://HOST/charts/podinfo:5.0.0: it is no Helm chart, but an artifact of another kind
        HEAD /v2/charts/podinfo/manifests/5.0.0"#]],
    )
    .await;
}

#[tokio::test]
async fn an_exact_version_is_not_asked_for_again() {
    let fixture = fixture().await;
    let request = request(&fixture, "6.0.0");
    let chart = new(fixture.sources.helm_chart(&request, None).await.unwrap());
    fixture.server.take_asked();
    assert_eq!(fixture.sources.helm_chart(&request, Some(&chart)).await.unwrap(), Fetched::Unchanged);
    assert_eq!(fixture.server.take_asked(), Vec::<String>::new());
}

#[tokio::test]
async fn registries_have_no_index() {
    let fixture = fixture().await;
    let error = fixture.sources.helm_index(&request(&fixture, "").repository, None).await.unwrap_err();
    expect!["(URLInvalid) oci://HOST/charts/: not a usable address: a registry has no index; charts are found by their names"]
        .assert_eq(&crate::shown::<()>(Err(error), fixture.server.host()));
}

#[tokio::test]
async fn provenance_is_a_layer_of_the_chart() {
    let mut content = Content::default();
    content.push("1.0.0_build.1", &Artifact::signed_chart("a chart", "a provenance"));
    content.push("2.0.0", &Artifact::chart("another chart"));
    let fixture = Fixture::new(content).await;
    let signed = request(&fixture, "1.0.0+build.1");
    let chart = new(fixture.sources.helm_chart(&signed, None).await.unwrap());
    let found = fixture.sources.chart_provenance(&signed, &chart).await.unwrap();
    assert_eq!((found.file.as_str(), &*found.content), ("podinfo-1.0.0+build.1.tgz", &b"a provenance"[..]));
    let unsigned = request(&fixture, "2.0.0");
    let chart = new(fixture.sources.helm_chart(&unsigned, None).await.unwrap());
    let missing = fixture.sources.chart_provenance(&unsigned, &chart).await;
    expect!["(OCIArtifactPullFailed) oci://HOST/charts/podinfo:2.0.0.prov: not found; the chart was pushed without a signature; package it with `helm package --sign`, and push it with the .prov file beside it"].assert_eq(&crate::shown(missing, fixture.server.host()));
}
