//! What changes documents after templates made them.

use std::convert::Infallible;

use expect_test::expect;
use manifest::{Manifest, Origin};
use serde_json::json;

use super::*;

fn some() -> Rendered {
    rendered(
        chart(
            "c",
            &[
                "templates/a.yaml\n# A comment.\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: b, annotations: {x: z}}",
                "templates/hook.yaml\napiVersion: batch/v1\nkind: Job\nmetadata: {name: h, annotations: {helm.sh/hook: pre-install}}",
            ],
        ),
        Rules::V4,
    )
}

fn shown(rendered: &Rendered) -> String {
    let hooks: String = rendered
        .sorted
        .hooks
        .iter()
        .map(|hook| format!("hook {} {}:\n{}", hook.path, hook.name, hook.manifest))
        .collect();
    rendered.manifest(CustomResources::Exclude) + &hooks
}

/// Labels everything, and adds an object each time.
fn labelled(calls: &mut Vec<String>, manifests: Vec<Manifest>) -> Result<Vec<Manifest>, Infallible> {
    calls.push(manifests.iter().map(|manifest| manifest.id().to_string()).collect::<Vec<_>>().join(" "));
    let mut changed: Vec<Manifest> = manifests
        .into_iter()
        .map(|mut manifest| {
            manifest.value["metadata"]["labels"] = json!({"team": "shop"});
            manifest
        })
        .collect();
    let added =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("added-{}", calls.len())}});
    changed.push(Manifest::new(added, Origin::default()).unwrap());
    Ok(changed)
}

fn with(strategy: Strategy, rules: Rules) -> String {
    let mut calls = Vec::new();
    let changed = some().post_render(strategy, rules, |manifests| labelled(&mut calls, manifests)).unwrap();
    format!("{}\n{}", calls.join("\n"), shown(&changed))
}

#[test]
fn helm_4_gives_everything_at_once() {
    expect![[r#"
        Secret/b Service/a Job/h
        ---
        # Source: c/templates/a.yaml
        apiVersion: v1
        kind: Secret
        metadata:
          annotations:
            x: z
          labels:
            team: shop
          name: b

        ---
        # Source: generated-by-postrender-3.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: added-1

        ---
        # Source: c/templates/a.yaml
        apiVersion: v1
        kind: Service
        metadata:
          labels:
            team: shop
          name: a

        hook c/templates/hook.yaml h:
        apiVersion: batch/v1
        kind: Job
        metadata:
          annotations:
            helm.sh/hook: pre-install
          labels:
            team: shop
          name: h
    "#]]
    .assert_eq(&with(Strategy::Combined, Rules::V4));
}

#[test]
fn hooks_may_go_separately_or_not_at_all() {
    expect![[r#"
        Job/h
        Secret/b Service/a
        ---
        # Source: c/templates/a.yaml
        apiVersion: v1
        kind: Secret
        metadata:
          annotations:
            x: z
          labels:
            team: shop
          name: b

        ---
        # Source: generated-by-postrender-hooks-1.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: added-1

        ---
        # Source: generated-by-postrender-manifests-2.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: added-2

        ---
        # Source: c/templates/a.yaml
        apiVersion: v1
        kind: Service
        metadata:
          labels:
            team: shop
          name: a

        hook c/templates/hook.yaml h:
        apiVersion: batch/v1
        kind: Job
        metadata:
          annotations:
            helm.sh/hook: pre-install
          labels:
            team: shop
          name: h
    "#]]
    .assert_eq(&with(Strategy::Separate, Rules::V4));
    expect![[r#"
        Secret/b Service/a
        ---
        # Source: c/templates/a.yaml
        apiVersion: v1
        kind: Secret
        metadata:
          annotations:
            x: z
          labels:
            team: shop
          name: b

        ---
        # Source: generated-by-postrender-manifests-2.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: added-1

        ---
        # Source: c/templates/a.yaml
        apiVersion: v1
        kind: Service
        metadata:
          labels:
            team: shop
          name: a

        hook c/templates/hook.yaml h:
        apiVersion: batch/v1
        kind: Job
        metadata: {name: h, annotations: {helm.sh/hook: pre-install}}
    "#]]
    .assert_eq(&with(Strategy::NoHooks, Rules::V4));
}

#[test]
fn helm_3_gives_no_hooks_and_forgets_templates() {
    expect![[r#"
        Secret/b Service/a
        ---
        apiVersion: v1
        kind: Secret
        metadata:
          annotations:
            x: z
          labels:
            team: shop
          name: b

        ---
        apiVersion: v1
        kind: Service
        metadata:
          labels:
            team: shop
          name: a

        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: added-1

        hook c/templates/hook.yaml h:
        apiVersion: batch/v1
        kind: Job
        metadata: {name: h, annotations: {helm.sh/hook: pre-install}}"#]]
    .assert_eq(&with(Strategy::Combined, Rules::V3));
}

#[test]
fn objects_become_hooks_and_cease_to_be_ones() {
    let swap = |manifests: Vec<Manifest>| {
        let swapped = manifests.into_iter().map(|mut manifest| {
            let is_job = manifest.gvk().kind == "Job";
            let annotations = &mut manifest.value["metadata"]["annotations"];
            if is_job {
                annotations.as_object_mut().unwrap().remove("helm.sh/hook");
            } else {
                annotations["helm.sh/hook"] = json!("test");
            }
            manifest
        });
        Ok::<_, Infallible>(swapped.collect())
    };
    expect![[r#"
        ---
        # Source: c/templates/hook.yaml
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: h

        hook c/templates/a.yaml b:
        apiVersion: v1
        kind: Secret
        metadata:
          annotations:
            helm.sh/hook: test
            x: z
          name: b
        hook c/templates/a.yaml a:
        apiVersion: v1
        kind: Service
        metadata:
          annotations:
            helm.sh/hook: test
          name: a
    "#]]
    .assert_eq(&shown(&some().post_render(Strategy::Combined, Rules::V4, swap).unwrap()));
}

#[test]
fn failures_say_whose_they_are() {
    let failed = some().post_render(Strategy::Combined, Rules::V4, |_| Err("no such image"));
    expect!["error while running post render on files: no such image"].assert_eq(&failed.unwrap_err().to_string());
    let nameless = rendered(chart("c", &["templates/a.yaml\nkind: A"]), Rules::V4);
    let refused = nameless.post_render(Strategy::Combined, Rules::V4, Ok::<_, Infallible>);
    expect!["c/templates/a.yaml: a Kubernetes object needs `apiVersion` and `kind`"]
        .assert_eq(&refused.unwrap_err().to_string());
}
