//! What the rules about repositories, releases and posture find in a repository that people use: its true defects and
//! nothing false.

#![expect(clippy::print_stderr, reason = "a skipped test says that it is")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use analysis::{Suppressions, analyze, rules};
use expect_test::{Expect, expect};
use manifest::Manifest;
use manifest::yaml::{Limits, Profile, read_manifests};
use mesh::{World, WorldOptions};

/// The repository, unless it is not on this machine; in CI it must be.
fn repository() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    let corpora = std::env::var_os("TENTER_CORPORA").map_or_else(default, PathBuf::from);
    let repository = corpora.join("gitops-istio");
    if repository.is_dir() {
        return Some(repository);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", repository.display());
    eprintln!("skipped: {} is missing", repository.display());
    None
}

/// The objects of every file that holds only objects, as no renderer has touched them.
fn objects(folder: &Path, below: &Path, found: &mut Vec<Arc<Manifest>>) {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(below).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            objects(folder, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
            let text = std::fs::read(&path).expect("a file");
            // Patches and `kustomization.yaml` are no objects.
            let read = read_manifests(&text, &name, Profile::Kubectl, &Limits::default());
            found.extend(read.unwrap_or_default().into_iter().map(Arc::new));
        }
    }
}

/// What the rules with these codes find.
#[track_caller]
fn check(prefixes: &[&str], expect: Expect) {
    let Some(repository) = repository() else { return };
    let mut manifests = Vec::new();
    objects(&repository, &repository, &mut manifests);
    let world = World::new(manifests, WorldOptions::default());
    let chosen = rules::all().filter(|rule| prefixes.iter().any(|prefix| rule.code.0.starts_with(prefix)));
    let mut text = String::new();
    for finding in analyze(&world, chosen, &Suppressions::default()) {
        let place = finding.diagnostic.location.as_ref().map(ToString::to_string).unwrap_or_default();
        let (severity, code, resource) = (finding.severity(), finding.code, finding.resource());
        writeln!(text, "{place} {severity:?} {code} {resource}: {}", finding.diagnostic.message).expect("text");
    }
    expect.assert_eq(&text);
}

#[test]
fn how_it_is_applied() {
    check(
        &["RP"],
        expect![[r#"
        apps/backend/hpa.yaml:10:5 Error RP0007 HorizontalPodAutoscaler prod/backend: it scales `Deployment/prod/frontend`, and nothing scales `Deployment/prod/backend`, after which it is named
        apps/backend/hpa.yaml:10:5 Error RP0008 HorizontalPodAutoscaler prod/backend: it scales `Deployment/prod/frontend`, which `HorizontalPodAutoscaler/prod/frontend` scales too
    "#]],
    );
}

#[test]
fn its_releases() {
    check(
        &["FL"],
        expect![[r#"
        apps/backend/canary.yaml:19:5 Error FL0002 Canary prod/backend: its autoscaler `HorizontalPodAutoscaler/prod/backend` scales `Deployment/prod/frontend`, and not `Deployment/prod/backend`
    "#]],
    );
}

#[test]
fn how_well_it_is_protected() {
    check(
        &["MW"],
        expect![[r#"
            istio/system/namespace.yaml:1:1 Warning MW0001 Namespace istio-system: no PeerAuthentication in the root namespace `istio-system` requires mutual TLS in the mesh
            istio/gateway/public-gateway.yaml:13:9 Warning MW0006 Gateway istio-system/public-gateway: the port 80 serves clear text and does not redirect to HTTPS
            istio/gateway/public-gateway.yaml:15:11 Info MW0007 Gateway istio-system/public-gateway: the server takes every host, from every namespace
            istio/system/namespace.yaml:1:1 Info MW0017 Namespace istio-system: the mesh lets workloads call every address outside
            apps/backend/deployment.yaml:27:9 Info MW0220 Deployment prod/backend: the pods are below the restricted profile: without `allowPrivilegeEscalation: false`, `runAsNonRoot: true`, `seccompProfile`, `capabilities.drop: ["ALL"]`
            apps/loadtest/deployment.yaml:59:9 Info MW0220 Deployment prod/flagger-loadtester: the pods are below the restricted profile: without `allowPrivilegeEscalation: false`, `runAsNonRoot: true`, `seccompProfile`, `capabilities.drop: ["ALL"]`
            apps/frontend/deployment.yaml:27:9 Info MW0220 Deployment prod/frontend: the pods are below the restricted profile: without `allowPrivilegeEscalation: false`, `runAsNonRoot: true`, `seccompProfile`, `capabilities.drop: ["ALL"]`
        "#]],
    );
}

#[test]
fn its_configuration_of_istio() {
    check(&["IST"], expect![[""]]);
}

#[test]
fn its_mesh() {
    check(&["KIA", "LD", "GW"], expect![[""]]);
}
