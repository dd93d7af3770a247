//! What clients discover.

use expect_test::expect;

use super::*;

fn registry() -> Registry {
    let mut registry = Registry::default();
    crate::builtin::resources().into_iter().for_each(|resource| registry.insert(resource));
    for mut crd in kinds::crd::all() {
        crate::crd::default(&mut crd);
        crate::crd::resources_of(&crd).into_iter().for_each(|resource| registry.insert(resource));
    }
    registry
}

#[test]
fn versions_are_ranked() {
    let mut versions = vec!["v1alpha1", "v2beta1", "v1", "foo", "v10", "v2", "v1beta1", "v2beta2", "v11alpha2"];
    versions.sort_by_key(|version| std::cmp::Reverse(version_rank(version)));
    expect!["v10 v2 v1 v2beta2 v2beta1 v1beta1 v11alpha2 v1alpha1 foo"].assert_eq(&versions.join(" "));
}

#[test]
fn groups_and_their_versions() {
    let groups = api_groups(&registry());
    let lines: Vec<String> = groups["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| {
            let versions: Vec<&str> = group["versions"]
                .as_array()
                .expect("versions")
                .iter()
                .filter_map(|version| version["version"].as_str())
                .collect();
            assert_eq!(group["preferredVersion"], group["versions"][0]);
            format!("{} {}", group["name"].as_str().expect("a name"), versions.join(","))
        })
        .collect();
    expect![[r#"
        apiregistration.k8s.io v1
        apps v1
        events.k8s.io v1
        authentication.k8s.io v1
        authorization.k8s.io v1
        autoscaling v2,v1,v2beta2
        batch v1
        certificates.k8s.io v1
        networking.k8s.io v1
        policy v1
        rbac.authorization.k8s.io v1
        storage.k8s.io v1
        admissionregistration.k8s.io v1
        apiextensions.k8s.io v1
        scheduling.k8s.io v1
        coordination.k8s.io v1
        node.k8s.io v1
        discovery.k8s.io v1
        flowcontrol.apiserver.k8s.io v1
        extensions.istio.io v1alpha1
        flagger.app v1beta1
        gateway.networking.k8s.io v1,v1beta1,v1alpha3,v1alpha2
        helm.toolkit.fluxcd.io v2,v2beta2,v2beta1
        image.toolkit.fluxcd.io v1,v1beta2,v1beta1
        kustomize.toolkit.fluxcd.io v1,v1beta2,v1beta1
        networking.istio.io v1,v1beta1,v1alpha3
        notification.toolkit.fluxcd.io v1,v1beta3,v1beta2,v1beta1
        security.istio.io v1,v1beta1
        source.toolkit.fluxcd.io v1,v1beta2,v1beta1
        telemetry.istio.io v1,v1alpha1"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn resources_of_a_version() {
    let list = api_resources(&registry(), "apps", "v1").expect("apps/v1");
    let lines: Vec<String> = list["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .map(|resource| {
            let group =
                resource.get("group").map_or(String::new(), |group| format!(" of {group}/{}", resource["version"]));
            format!("{} {}{group} {} {}", resource["name"], resource["kind"], resource["shortNames"], resource["verbs"])
        })
        .collect();
    expect![[r#"
        "controllerrevisions" "ControllerRevision" null ["create","delete","deletecollection","get","list","patch","update","watch"]
        "daemonsets" "DaemonSet" ["ds"] ["create","delete","deletecollection","get","list","patch","update","watch"]
        "daemonsets/status" "DaemonSet" null ["get","patch","update"]
        "deployments" "Deployment" ["deploy"] ["create","delete","deletecollection","get","list","patch","update","watch"]
        "deployments/scale" "Scale" of "autoscaling"/"v1" null ["get","patch","update"]
        "deployments/status" "Deployment" null ["get","patch","update"]
        "replicasets" "ReplicaSet" ["rs"] ["create","delete","deletecollection","get","list","patch","update","watch"]
        "replicasets/scale" "Scale" of "autoscaling"/"v1" null ["get","patch","update"]
        "replicasets/status" "ReplicaSet" null ["get","patch","update"]
        "statefulsets" "StatefulSet" ["sts"] ["create","delete","deletecollection","get","list","patch","update","watch"]
        "statefulsets/scale" "Scale" of "autoscaling"/"v1" null ["get","patch","update"]
        "statefulsets/status" "StatefulSet" null ["get","patch","update"]"#]].assert_eq(&lines.join("\n"));
    assert_eq!(api_resources(&registry(), "apps", "v9"), None);
    assert_eq!(api_group(&registry(), "apps").expect("apps")["preferredVersion"]["groupVersion"], "apps/v1");
}

#[test]
fn aggregated_documents_hold_everything() {
    let registry = registry();
    let core = aggregated(&registry, Root::Core, AggregatedVersion::V2);
    let pods = core["items"][0]["versions"][0]["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .find(|entry| entry["resource"] == "pods");
    expect![[r#"{"categories":["all"],"resource":"pods","responseKind":{"group":"","kind":"Pod","version":""},"scope":"Namespaced","shortNames":["po"],"singularResource":"pod","subresources":[{"responseKind":{"group":"","kind":"Binding","version":""},"subresource":"binding","verbs":["create"]},{"responseKind":{"group":"policy","kind":"Eviction","version":"v1"},"subresource":"eviction","verbs":["create"]},{"responseKind":{"group":"","kind":"Pod","version":""},"subresource":"log","verbs":["get"]},{"responseKind":{"group":"","kind":"Pod","version":""},"subresource":"status","verbs":["get","patch","update"]}],"verbs":["create","delete","deletecollection","get","list","patch","update","watch"]}"#]].assert_eq(&pods.expect("pods").to_string());
    let groups = aggregated(&registry, Root::Groups, AggregatedVersion::V2Beta1);
    assert_eq!(groups["apiVersion"], "apidiscovery.k8s.io/v2beta1");
    let kustomize = groups["items"]
        .as_array()
        .expect("groups")
        .iter()
        .find(|group| group["metadata"]["name"] == "kustomize.toolkit.fluxcd.io");
    expect![[r#"{"freshness":"Current","resources":[{"categories":["all","fluxcd","fluxcd-appliers"],"resource":"kustomizations","responseKind":{"group":"kustomize.toolkit.fluxcd.io","kind":"Kustomization","version":"v1beta2"},"scope":"Namespaced","shortNames":["ks"],"singularResource":"kustomization","subresources":[{"responseKind":{"group":"kustomize.toolkit.fluxcd.io","kind":"Kustomization","version":"v1beta2"},"subresource":"status","verbs":["get","patch","update"]}],"verbs":["delete","deletecollection","get","list","patch","create","update","watch"]}],"version":"v1beta2"}"#]].assert_eq(&kustomize.expect("kustomize")["versions"][1].to_string());
}
