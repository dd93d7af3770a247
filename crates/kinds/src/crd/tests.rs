//! Which kinds there are, under which names.

use expect_test::expect;
use serde_json::Value;

use super::{all, linkerd};

fn texts(value: &Value) -> String {
    let texts: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    texts.join(",")
}

/// Name, versions and short names of each definition.
fn listed(definitions: &[Value]) -> String {
    let lines: Vec<String> = definitions
        .iter()
        .map(|crd| {
            let spec = &crd["spec"];
            let versions: Vec<&str> = spec["versions"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|version| version["name"].as_str())
                .collect();
            let name = crd["metadata"]["name"].as_str().unwrap_or_default();
            format!("{name} {} {}", versions.join(","), texts(&spec["names"]["shortNames"])).trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}

#[test]
fn kinds_versions_and_short_names() {
    expect![[r#"
        gitrepositories.source.toolkit.fluxcd.io v1,v1beta2,v1beta1 gitrepo
        ocirepositories.source.toolkit.fluxcd.io v1,v1beta2 ocirepo
        helmrepositories.source.toolkit.fluxcd.io v1,v1beta2,v1beta1 helmrepo
        helmcharts.source.toolkit.fluxcd.io v1,v1beta2,v1beta1 hc
        buckets.source.toolkit.fluxcd.io v1,v1beta2,v1beta1
        externalartifacts.source.toolkit.fluxcd.io v1 ea
        kustomizations.kustomize.toolkit.fluxcd.io v1,v1beta2,v1beta1 ks
        helmreleases.helm.toolkit.fluxcd.io v2,v2beta2,v2beta1 hr
        alerts.notification.toolkit.fluxcd.io v1beta3,v1beta2,v1beta1
        providers.notification.toolkit.fluxcd.io v1beta3,v1beta2,v1beta1
        receivers.notification.toolkit.fluxcd.io v1,v1beta2,v1beta1
        imagerepositories.image.toolkit.fluxcd.io v1,v1beta2,v1beta1 imgrepo,imagerepo
        imagepolicies.image.toolkit.fluxcd.io v1,v1beta2,v1beta1 imgpol,imagepol
        imageupdateautomations.image.toolkit.fluxcd.io v1,v1beta2,v1beta1 iua,imgupd,imgauto
        canaries.flagger.app v1beta1
        metrictemplates.flagger.app v1beta1
        alertproviders.flagger.app v1beta1
        virtualservices.networking.istio.io v1,v1beta1,v1alpha3 vs
        destinationrules.networking.istio.io v1,v1beta1,v1alpha3 dr
        gateways.networking.istio.io v1,v1beta1,v1alpha3 gw
        serviceentries.networking.istio.io v1,v1beta1,v1alpha3 se
        sidecars.networking.istio.io v1,v1beta1,v1alpha3
        workloadentries.networking.istio.io v1,v1beta1,v1alpha3 we
        workloadgroups.networking.istio.io v1,v1beta1,v1alpha3 wg
        envoyfilters.networking.istio.io v1alpha3
        proxyconfigs.networking.istio.io v1beta1
        authorizationpolicies.security.istio.io v1,v1beta1 ap
        peerauthentications.security.istio.io v1,v1beta1 pa
        requestauthentications.security.istio.io v1,v1beta1 ra
        telemetries.telemetry.istio.io v1,v1alpha1 telemetry
        wasmplugins.extensions.istio.io v1alpha1
        trafficextensions.extensions.istio.io v1alpha1
        gatewayclasses.gateway.networking.k8s.io v1,v1beta1 gc
        gateways.gateway.networking.k8s.io v1,v1beta1 gtw
        httproutes.gateway.networking.k8s.io v1,v1beta1
        listenersets.gateway.networking.k8s.io v1 lset
        grpcroutes.gateway.networking.k8s.io v1,v1alpha2
        referencegrants.gateway.networking.k8s.io v1,v1beta1,v1alpha2 refgrant
        tlsroutes.gateway.networking.k8s.io v1,v1alpha3,v1alpha2
        tcproutes.gateway.networking.k8s.io v1,v1alpha2
        udproutes.gateway.networking.k8s.io v1,v1alpha2
        backendtlspolicies.gateway.networking.k8s.io v1,v1alpha3 btlspolicy"#]]
    .assert_eq(&listed(&all()));
}

#[test]
fn kinds_that_are_judged_and_not_served() {
    expect![[r#"
        servers.policy.linkerd.io v1beta3,v1beta2,v1beta1,v1alpha1
        serverauthorizations.policy.linkerd.io v1beta1,v1alpha1
        authorizationpolicies.policy.linkerd.io v1alpha1
        meshtlsauthentications.policy.linkerd.io v1alpha1
        networkauthentications.policy.linkerd.io v1alpha1
        httplocalratelimitpolicies.policy.linkerd.io v1alpha1
        egressnetworks.policy.linkerd.io v1alpha1
        httproutes.policy.linkerd.io v1beta3,v1beta2,v1beta1,v1alpha1
        serviceprofiles.linkerd.io v1alpha2,v1alpha1
        externalworkloads.workload.linkerd.io v1beta1,v1alpha1"#]]
    .assert_eq(&listed(&linkerd()));
}

#[test]
fn every_version_has_the_same_schema_and_the_newest_is_stored() {
    for crd in all() {
        let versions = crd["spec"]["versions"].as_array().expect("versions");
        for (index, version) in versions.iter().enumerate() {
            assert_eq!(version["schema"], versions[0]["schema"], "{}", crd["metadata"]["name"]);
            assert_eq!(version["storage"], index == 0, "{}", crd["metadata"]["name"]);
        }
    }
}

#[test]
fn definitions_are_named_after_plural_and_group() {
    for crd in all() {
        let spec = &crd["spec"];
        let plural = spec["names"]["plural"].as_str().expect("a plural");
        let group = spec["group"].as_str().expect("a group");
        assert_eq!(crd["metadata"]["name"], format!("{plural}.{group}"));
    }
}
