//! Sources of other namespaces: whether they may be used, and by whom.

use engine::CrossNamespace;
use manifest::Value;
use serde_json::{Value as Json, json};

use crate::helm_world::helm_release;
use crate::world::{FLUX, World, condition, config_map, git_repository, kustomization, object, ready, told};

/// The namespace of those who use the sources of [`FLUX`].
const TEAM: &str = "team";

fn moved(mut object: Json) -> Json {
    object["metadata"]["namespace"] = json!(TEAM);
    object
}

/// A world with a repository in [`FLUX`], and a Kustomization and a HelmRelease of another namespace that use it.
async fn world(cross_namespace: CrossNamespace, repository: Json) -> (World, String) {
    let mut world = World::start().await;
    world.restart_engine(|options| options.cross_namespace = cross_namespace).await;
    for name in [TEAM, "apps"] {
        world.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})).await;
    }
    world.commit_chart("1.0.0", &[]);
    let revision = world.commit(&[("app/web.yaml", &config_map("web", "1"))], "first");
    world.apply(git_repository("repo", &world.repository.url(), repository)).await;
    let source = json!({"kind": "GitRepository", "name": "repo", "namespace": FLUX});
    world.apply(moved(kustomization("app", json!({"sourceRef": source})))).await;
    let chart = json!({"spec": {"chart": "./charts/web", "sourceRef": source}});
    world.apply(moved(helm_release("web", json!({"chart": chart})))).await;
    (world, revision)
}

async fn until(world: &World, status: &str, reason: Option<&str>) -> [Value; 2] {
    let is = |object: &Value| {
        ready(object) == status && reason.is_none_or(|reason| condition(object, "Ready")["reason"] == reason)
    };
    let app = object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", TEAM, "app");
    let web = object("helm.toolkit.fluxcd.io/v2", "HelmRelease", TEAM, "web");
    [world.until_is(&app, status, is).await, world.until_is(&web, status, is).await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_of_other_namespaces_may_be_used_unless_that_is_switched_off() {
    let (mut world, _) = world(CrossNamespace::Denied, json!({})).await;
    let [app, web] = until(&world, "False", Some("AccessDenied")).await;
    assert_eq!(
        told(&app, "Ready"),
        "AccessDenied: can't access 'GitRepository/flux-system/repo', cross-namespace references have been blocked; use a source of namespace 'team'"
    );
    assert_eq!(
        told(&web, "Ready"),
        "AccessDenied: cross-namespace references are not allowed: cannot access HelmChart flux-system/team-web; use a source of namespace 'team'"
    );
    for denied in [&app, &web] {
        assert_eq!(condition(denied, "Stalled")["reason"], "AccessDenied");
    }
    let chart = object("source.toolkit.fluxcd.io/v1", "HelmChart", FLUX, "team-web");
    assert!(world.get(&chart).await.is_none(), "nothing is made in the other namespace");

    world.restart_engine(|_| {}).await;
    until(&world, "True", None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chart_that_is_referred_to_is_a_source_like_any_other() {
    let mut world = World::with_chart("1.0.0", &[]).await;
    world.restart_engine(|options| options.cross_namespace = CrossNamespace::Denied).await;
    let reference = json!({"kind": "HelmChart", "name": "web", "namespace": "apps"});
    world.release("web", json!({"chart": null, "chartRef": reference})).await;
    let web = world.until_release_is("web", "Ready", "False", "AccessDenied").await;
    assert!(told(&web, "Ready").contains("cannot access HelmChart apps/web"), "{}", told(&web, "Ready"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_says_whom_it_is_for() {
    let access = json!({"accessFrom": {"namespaceSelectors": [{"matchLabels": {"tenant": "yes"}}]}});
    let (world, _) = world(CrossNamespace::Allowed, access).await;
    let [app, web] = until(&world, "False", Some("AccessDenied")).await;
    for denied in [&app, &web] {
        assert_eq!(
            told(denied, "Ready"),
            "AccessDenied: 'flux-system/repo' can't be accessed due to ACL labels mismatch on namespace 'team'; admit it by spec.accessFrom of the GitRepository"
        );
    }
    let labelled =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TEAM, "labels": {"tenant": "yes"}}});
    world.apply(labelled).await;
    let request = json!({"metadata": {"annotations": {kinds::flux::REQUESTED_AT: "now"}}});
    for denied in [app, web] {
        world.patch(&cluster::ObjectRef::of(&denied).unwrap(), "flux", request.clone()).await;
    }
    until(&world, "True", None).await;
}
