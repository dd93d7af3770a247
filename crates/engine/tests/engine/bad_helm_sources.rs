//! Charts that cannot be had: the HelmRepository or HelmChart says why, and recovers by itself.

use expect_test::{Expect, expect};
use manifest::Value;
use serde_json::json;
use testkit::registry::digest_of;
use testkit::web::Reply;

use crate::bad_sources::without_port;
use crate::charts::{ChartServer, archive, chart_files, helm_chart, helm_repository, packed, source_ref};
use crate::world::{World, condition, ready, text, told};

/// Whether a failure lets the object rest until something changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stalled {
    Yes,
    No,
}

/// Waits until a source fails in its present generation, and checks what it says.
async fn refuses(world: &World, of: (&str, &str), step: &str, stalled: Stalled, expected: Expect) {
    let (kind, name) = of;
    let failed = |found: &Value| {
        let failed = condition(found, step);
        failed["status"] == "True" && failed["observedGeneration"] == found["metadata"]["generation"]
    };
    let failed = world.until_is(&source_ref(kind, name), step, failed).await;
    assert_eq!(ready(&failed), "False");
    assert_eq!(told(&failed, step), told(&failed, "Ready"));
    expected.assert_eq(&without_port(&told(&failed, "Ready")));
    let present = ["FetchFailed", "BuildFailed", "Stalled", "Reconciling"]
        .into_iter()
        .filter(|kind| condition(&failed, kind)["status"] == "True");
    let rests = match stalled {
        Stalled::Yes => "Stalled",
        Stalled::No => "Reconciling",
    };
    assert_eq!(present.collect::<Vec<_>>(), [step, rests]);
    let is_observed = failed["status"]["observedGeneration"] == failed["metadata"]["generation"];
    assert_eq!(is_observed, stalled == Stalled::Yes, "only who is stalled has looked at it for good");
    let ready = condition(&failed, "Ready");
    world.until_event(name, text(&ready["reason"]), |event| event == ready["message"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repositories_that_have_no_index() {
    let world = World::start().await;
    let server = ChartServer::start().await;
    let repository = |spec| world.apply(helm_repository("charts", &server.url(), spec));
    let refuses = async |stalled, expected| {
        refuses(&world, ("HelmRepository", "charts"), "FetchFailed", stalled, expected).await;
    };
    repository(json!({"url": format!("http://{}/elsewhere", server.host())})).await;
    refuses(Stalled::No, expect!["Failed: failed to fetch Helm repository index: http://127.0.0.1:<port>/elsewhere/index.yaml: not found; check that spec.url is where index.yaml is, without that name"]).await;
    server.serve("/charts/index.yaml", Reply::ok("<html>a page</html>"));
    repository(json!({"timeout": "50s"})).await;
    refuses(Stalled::No, expect![[r#"IndexationFailed: failed to load Helm repository from index YAML: http://127.0.0.1:<port>/charts/index.yaml: not the index of a Helm repository: invalid type: string "<html>a page</html>", expected a mapping with apiVersion and entries"#]]).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    repository(json!({"url": format!("http://{closed}/charts")})).await;
    refuses(Stalled::No, expect!["Failed: failed to fetch Helm repository index: http://127.0.0.1:<port>/charts/index.yaml: unreachable: Connection refused (os error 111); check the host name, the network and the proxy"]).await;
    repository(json!({"url": "oci://example.com/charts"})).await;
    refuses(Stalled::Yes, expect!["URLInvalid: invalid Helm repository URL: 'oci' URL scheme cannot be used with 'default' HelmRepository type; set spec.type to oci"]).await;
    repository(json!({"type": "oci"})).await;
    refuses(
        Stalled::Yes,
        expect!["URLInvalid: invalid OCI registry URL: http://127.0.0.1:<port>/charts; it begins with oci://"],
    )
    .await;
    repository(json!({"type": "oci", "url": "oci://example.com/charts", "provider": "aws"})).await;
    refuses(Stalled::Yes, expect!["Unsupported: spec.provider aws is not supported yet, and fetching without it would be less safe than you asked for"]).await;
    server.list();
    repository(json!({})).await;
    let healed =
        world.until_is(&source_ref("HelmRepository", "charts"), "healed", |found| ready(found) == "True").await;
    assert_eq!([condition(&healed, "FetchFailed"), condition(&healed, "Stalled")], [&Value::Null; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn charts_that_cannot_be_had() {
    let world = World::start().await;
    let server = ChartServer::start().await;
    server.publish("podinfo", "1.0.0", packed("podinfo", "1.0.0"));
    server.publish("podinfo", "1.1.0", packed("podinfo", "1.1.0"));
    world.apply(helm_repository("charts", &server.url(), json!({}))).await;
    world.until_is(&source_ref("HelmRepository", "charts"), "fetched", |found| ready(found) == "True").await;
    let chart = |name: &'static str, spec| world.apply(helm_chart("chart", name, spec));
    let refuses = async |step, stalled, expected| {
        refuses(&world, ("HelmChart", "chart"), step, stalled, expected).await;
    };
    let request = async |token: &str| {
        let annotations = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token}}});
        let repository = source_ref("HelmRepository", "charts");
        world.patch(&repository, "flux", annotations).await;
        let is_handled = |found: &Value| found["status"]["lastHandledReconcileAt"] == *token;
        world.until_is(&repository, "handled", is_handled).await;
    };
    chart("podinof", json!({})).await;
    refuses(
        "FetchFailed",
        Stalled::Yes,
        expect![[r#"InvalidChartReference: invalid chart reference: http://127.0.0.1:<port>/charts: no chart "podinof"; it has "podinfo""#]],
    )
    .await;
    chart("podinfo", json!({"version": "3.x"})).await;
    refuses("FetchFailed", Stalled::Yes, expect![[r#"InvalidChartReference: invalid chart reference: http://127.0.0.1:<port>/charts: no version of "podinfo" matches "3.x"; similar ones: 1.1.0, 1.0.0"#]]).await;
    // Another index is looked into at once.
    server.publish("podinfo", "3.0.0", packed("podinfo", "3.0.0"));
    request("1").await;
    let is_third = |found: &Value| found["status"]["artifact"]["revision"] == "3.0.0" && ready(found) == "True";
    world.until_is(&source_ref("HelmChart", "chart"), "3.0.0", is_third).await;

    chart("podinfo", json!({"version": "one"})).await;
    refuses("FetchFailed", Stalled::Yes, expect![[r#"InvalidChartReference: invalid chart reference: version "one" of chart "podinfo" is not a valid reference: "one" is not a version range: cannot read "one"; examples: ">=1.2.0 <2.0.0", "~1.4", "^2", "1.x""#]]).await;
    chart("../podinfo", json!({})).await;
    refuses("FetchFailed", Stalled::Yes, expect![[r#"InvalidChartReference: invalid chart reference: invalid chart name "../podinfo": it has small letters, digits and dashes, with slashes and periods between"#]]).await;
    chart("podinfo", json!({"version": "1.0.0", "valuesFiles": ["gone.yaml"]})).await;
    refuses(
        "BuildFailed",
        Stalled::Yes,
        expect!["ValuesFilesError: values files merge error: no values file found at path 'gone.yaml'"],
    )
    .await;
    chart("podinfo", json!({"version": "1.0.0", "verify": {"provider": "notation", "secretRef": {"name": "x"}}})).await;
    refuses("FetchFailed", Stalled::Yes, expect!["Unsupported: spec.verify.provider notation is not supported yet, and fetching without it would be less safe than you asked for"]).await;

    server.announce("podinfo", "4.0.0", &digest_of(b"gone"));
    request("2").await;
    chart("podinfo", json!({"version": "4.0.0"})).await;
    refuses("FetchFailed", Stalled::No, expect!["ChartPullError: chart pull error: http://127.0.0.1:<port>/charts/podinfo-4.0.0.tgz: not found; the index lists this archive, but it is gone; publish it again, or use another version"]).await;
    server.serve("/charts/podinfo-4.0.0.tgz", Reply::ok("something else"));
    chart("podinfo", json!({"version": "4.0.0", "interval": "59m"})).await;
    refuses("FetchFailed", Stalled::No, expect!["ChartPullError: chart pull error: http://127.0.0.1:<port>/charts/podinfo-4.0.0.tgz: the digest is sha256:f41f3fa625ff120ddca7ef456bf66371ecea23c129f4e4c32367101edb516cf8, and sha256:283bb9deef02e6843abfb538efa1eca70801bd8a701c3f98191e123496339247 was announced; the file was replaced or damaged on the way. If it was published again, publish its index or tag again too"]).await;
    server.serve("/charts/podinfo-4.0.0.tgz", Reply::ok("gone"));
    chart("podinfo", json!({"version": "4.0.0", "interval": "58m"})).await;
    refuses("FetchFailed", Stalled::No, expect![[r#"ChartPullError: chart pull error: file "podinfo-4.0.0.tgz" does not appear to be a gzipped archive; got "text/plain; charset=utf-8""#]]).await;
    let files = chart_files("podinfo", "5.0.0");
    let escaping = files.iter().map(|(path, content)| (format!("podinfo/../../{path}"), content.as_str()));
    server.publish("podinfo", "5.0.0", archive(escaping));
    request("3").await;
    chart("podinfo", json!({"version": "5.0.0"})).await;
    refuses("FetchFailed", Stalled::No, expect![[r#"ChartPullError: chart pull error: chart illegally references parent directory: "podinfo/../../Chart.yaml""#]]).await;
    let mut cut = packed("podinfo", "6.0.0");
    cut.truncate(cut.len() / 2);
    server.publish("podinfo", "6.0.0", cut);
    request("4").await;
    chart("podinfo", json!({"version": "6.0.0"})).await;
    refuses("FetchFailed", Stalled::No, expect![[r#"ChartPullError: chart pull error: file "podinfo-6.0.0.tgz" does not appear to be a valid chart file (details: incomplete deflate stream)"#]]).await;

    let found = world.get(&source_ref("HelmChart", "chart")).await.unwrap();
    assert_eq!(found["status"]["artifact"]["revision"], "3.0.0", "the last artifact stays");
    chart("podinfo", json!({"version": "1.x"})).await;
    let is_healed = |found: &Value| found["status"]["artifact"]["revision"] == "1.1.0" && ready(found) == "True";
    let healed = world.until_is(&source_ref("HelmChart", "chart"), "healed", is_healed).await;
    assert_eq!([condition(&healed, "FetchFailed"), condition(&healed, "BuildFailed")], [&Value::Null; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_that_comes_back() {
    let world = World::start().await;
    let server = ChartServer::start().await;
    server.publish("podinfo", "1.0.0", packed("podinfo", "1.0.0"));
    server.serve("/charts/index.yaml", Reply::status(503));
    world.apply(helm_chart("chart", "podinfo", json!({}))).await;
    world.apply(helm_repository("charts", &server.url(), json!({}))).await;
    let repeats = |found: &Value| told(found, "Ready").contains("503");
    let waits = world.until_is(&source_ref("HelmChart", "chart"), "waits", repeats).await;
    expect!["NoSourceArtifact: no artifact available for HelmRepository source 'charts': failed to fetch Helm repository index: http://127.0.0.1:<port>/charts/index.yaml: the server answered 503 Service Unavailable"].assert_eq(&without_port(&told(&waits, "Ready")));
    server.list();
    let is_there = |found: &Value| found["status"]["artifact"]["revision"] == "1.0.0";
    world.until_is(&source_ref("HelmChart", "chart"), "recovered", is_there).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn charts_of_a_git_repository_that_are_none() {
    let world = World::start().await;
    world.commit(&[("web/values.yaml", "a: 1\n"), ("odd/Chart.yaml", "apiVersion: v2\nname: odd\nversion: 1.0.0\ndependencies:\n- {name: lib, version: 1.x, repository: 'file://../lib'}\n")], "first");
    world.source(json!({})).await;
    world.until_is(&source_ref("GitRepository", "repo"), "fetched", |found| ready(found) == "True").await;
    let chart = |path: &'static str, mut spec: Value| {
        spec["sourceRef"] = json!({"kind": "GitRepository", "name": "repo"});
        world.apply(helm_chart("chart", path, spec))
    };
    let refuses = async |step, stalled, expected| {
        refuses(&world, ("HelmChart", "chart"), step, stalled, expected).await;
    };
    chart("./wbe", json!({})).await;
    refuses(
        "FetchFailed",
        Stalled::Yes,
        expect![[r#"InvalidChartReference: invalid chart reference: path "./wbe" not found in the source; correct spec.chart, or look whether an ignore rule leaves it out"#]],
    )
    .await;
    chart("./web", json!({})).await;
    refuses(
        "FetchFailed",
        Stalled::Yes,
        expect!["InvalidChartReference: invalid chart reference: Chart.yaml file is missing"],
    )
    .await;
    chart("./odd", json!({})).await;
    refuses("BuildFailed", Stalled::No, expect!["DependencyBuildError: dependency build error: failed to add local dependency 'lib': no chart found at 'lib' (reference 'file://../lib')"]).await;
    world.commit(&[("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\n")], "second");
    let is_there = |found: &Value| found["status"]["artifact"]["revision"] == "1.0.0";
    world.until_is(&source_ref("HelmChart", "chart"), "a commit is looked at", is_there).await;
}
