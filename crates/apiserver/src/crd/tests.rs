//! Definitions: what is wrong with them, what they serve, their status.

use expect_test::{Expect, expect};

use super::*;
use crate::registry::Registry;

fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.test.example"},
        "spec": {
            "group": "test.example",
            "scope": "Namespaced",
            "names": {"plural": "gadgets", "kind": "Gadget", "shortNames": ["gd"], "categories": ["all"]},
            "versions": [
                {
                    "name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "properties": {"n": {"type": "integer"}}}}}},
                    "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n"}},
                    "additionalPrinterColumns": [{"name": "N", "type": "integer", "jsonPath": ".spec.n"}],
                    "selectableFields": [{"jsonPath": ".spec.n"}],
                },
                {
                    "name": "v1beta1", "served": true, "storage": false,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
                },
                {
                    "name": "v1alpha1", "served": false, "storage": false,
                    "schema": {"openAPIV3Schema": {"type": "object"}},
                },
            ],
        },
    })
}

#[test]
fn every_served_version_is_a_resource() {
    let resources = resources_of(&definition());
    let shown: Vec<String> = resources
        .iter()
        .map(|resource| {
            format!(
                "{} {} stored as {} status={} scale={} columns={:?} selectable={:?}",
                resource.gvk,
                resource.qualified_name(),
                resource.storage_version,
                resource.has_status,
                resource.scale.is_some(),
                resource.columns.iter().map(|column| &column.name).collect::<Vec<_>>(),
                resource.selectable_fields,
            )
        })
        .collect();
    expect![[r#"
        test.example/v1 Gadget gadgets.test.example stored as v1 status=true scale=true columns=["N"] selectable=[".spec.n"]
        test.example/v1beta1 Gadget gadgets.test.example stored as v1 status=false scale=false columns=["Age"] selectable=[]"#]].assert_eq(&shown.join("\n"));
}

#[track_caller]
fn check(change: impl Fn(&mut Value), expected: Expect) {
    let mut crd = definition();
    default(&mut crd);
    change(&mut crd);
    let errors: Vec<String> = validate(&crd).iter().map(ToString::to_string).collect();
    expected.assert_eq(&errors.join("\n"));
}

#[test]
fn what_is_wrong_with_definitions() {
    check(|_| {}, expect![[""]]);
    check(
        |crd| {
            crd["metadata"]["name"] = json!("gadget");
            crd["spec"]["group"] = json!("test");
            crd["spec"]["scope"] = json!("Everywhere");
            crd["spec"]["names"]["kind"] = json!("");
            crd["spec"]["names"]["shortNames"] = json!(["G D"]);
        },
        expect![[r#"
            metadata.name: Invalid value: "gadget": must be spec.names.plural+"."+spec.group
            spec.group: Invalid value: "test": should be a domain with at least one dot
            spec.scope: Unsupported value: "Everywhere": supported values: "Cluster", "Namespaced"
            spec.names.kind: Required value
            spec.names.shortNames[0]: Invalid value: "G D": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"#]],
    );
    check(
        |crd| {
            crd["spec"]["versions"][1]["storage"] = json!(true);
            crd["spec"]["versions"][2]["name"] = json!("v1");
            crd["spec"]["conversion"] = json!({"strategy": "Webhook"});
            crd["spec"]["versions"][0]["additionalPrinterColumns"] =
                json!([{"name": "", "type": "text", "jsonPath": "spec"}]);
            crd["spec"]["versions"][1]["schema"] = json!({});
        },
        expect![[r#"
            spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook
            spec.conversion.conversionReviewVersions: Required value
            spec.versions[1].schema.openAPIV3Schema: Required value
            spec.versions: Invalid value: [{"additionalPrinterColumns":[{"jsonPath":"spec","name":"","type":"text"}],"name":"v1","schema":{"openAPIV3Schema":{"properties":{"spec":{"properties":{"n":{"type":"integer"}},"type":"object"}},"type":"object"}},"selectableFields":[{"jsonPath":".spec.n"}],"served":true,"storage":true,"subresources":{"scale":{"specReplicasPath":".spec.n","statusReplicasPath":".status.n"},"status":{}}},{"name":"v1beta1","schema":{},"served":true,"storage":true},{"name":"v1","schema":{"openAPIV3Schema":{"type":"object"}},"served":false,"storage":false}]: must contain unique version names
            spec.versions: Invalid value: [{"additionalPrinterColumns":[{"jsonPath":"spec","name":"","type":"text"}],"name":"v1","schema":{"openAPIV3Schema":{"properties":{"spec":{"properties":{"n":{"type":"integer"}},"type":"object"}},"type":"object"}},"selectableFields":[{"jsonPath":".spec.n"}],"served":true,"storage":true,"subresources":{"scale":{"specReplicasPath":".spec.n","statusReplicasPath":".status.n"},"status":{}}},{"name":"v1beta1","schema":{},"served":true,"storage":true},{"name":"v1","schema":{"openAPIV3Schema":{"type":"object"}},"served":false,"storage":false}]: must have exactly one version marked as storage version
            status.storedVersions: Invalid value: ["v1"]: must have the storage version v1beta1
            spec.versions[0].additionalPrinterColumns[0].name: Required value
            spec.versions[0].additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string
            spec.versions[0].additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with ."#]],
    );
    check(
        |crd| {
            crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = json!({
                "type": "object",
                "properties": {
                    "metadata": {"type": "object", "properties": {"labels": {"type": "object"}}},
                    "untyped": {},
                    "list": {"type": "array"},
                    "both": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}},
                    "unique": {"type": "array", "uniqueItems": true, "items": {"type": "string"}},
                    "keyed": {
                        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a", "b"],
                        "items": {"type": "object", "properties": {"a": {"type": "string"}}},
                    },
                    "pattern": {"type": "string", "pattern": "["},
                    "logic": {"type": "string", "anyOf": [{"type": "string"}, {"default": "x"}]},
                    "rule": {"type": "string", "x-kubernetes-validations": [{"rule": "self ==="}]},
                },
            });
        },
        expect![[r#"
            spec.versions[0].schema.openAPIV3Schema.properties[list].items: Required value: must be specified
            spec.versions[0].schema.openAPIV3Schema.properties[logic].anyOf[0].type: Forbidden: must be empty to be structural
            spec.versions[0].schema.openAPIV3Schema.properties[logic].anyOf[1].default: Forbidden: must be undefined to be structural
            spec.versions[0].schema.openAPIV3Schema.properties[pattern].pattern: Invalid value: "[": must be a valid regular expression, but isn't: unclosed character class
            spec.versions[0].schema.openAPIV3Schema.properties[untyped].type: Required value: must not be empty for specified object fields
            spec.versions[0].schema.openAPIV3Schema.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified
            spec.versions[0].schema.openAPIV3Schema.properties[both].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive
            spec.versions[0].schema.openAPIV3Schema.properties[keyed].items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property
            spec.versions[0].schema.openAPIV3Schema.properties[keyed].x-kubernetes-list-map-keys: Invalid value: ["a","b"]: entries must all be names of item properties
            spec.versions[0].schema.openAPIV3Schema.properties[unique].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic
            spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".spec.n": is an invalid path: does not refer to a valid field"#]],
    );
}

#[test]
fn schemas_that_cannot_be_read() {
    for (word, value) in [("$ref", json!("#/x")), ("$schema", json!("x")), ("items", json!([{"type": "string"}]))] {
        let mut schema = json!({"type": "array", "items": {"type": "string"}});
        schema[word] = value;
        check(
            |crd| crd["spec"]["versions"][2]["schema"]["openAPIV3Schema"]["properties"] = json!({"a": schema}),
            match word {
                "$ref" => expect![
                    "spec.versions[2].schema.openAPIV3Schema.properties[a].$ref: Forbidden: $ref is not supported"
                ],
                "$schema" => expect![[
                    r#"spec.versions[2].schema.openAPIV3Schema: Invalid value: "": OpenAPIV3Schema 'schema' is not supported"#
                ]],
                _ => expect![
                    "spec.versions[2].schema.openAPIV3Schema.properties[a].items: Forbidden: items must be a schema object and not an array"
                ],
            },
        );
    }
}

#[test]
fn what_a_definition_may_not_change() {
    let mut old = definition();
    default(&mut old);
    old["status"] = json!({"storedVersions": ["v1"], "conditions": [{"type": "Established", "status": "True"}]});
    let mut new = old.clone();
    new["spec"]["scope"] = json!("Cluster");
    new["spec"]["versions"].as_array_mut().expect("versions").remove(0);
    new["spec"]["versions"][0]["storage"] = json!(true);
    let errors: Vec<String> = validate_update(&old, &new).iter().map(ToString::to_string).collect();
    expect![[r#"
        spec.scope: Invalid value: "Cluster": field is immutable
        status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions"#]].assert_eq(&errors.join("\n"));
}

#[test]
fn status_says_whether_the_kind_is_served() {
    let mut registry = Registry::default();
    let mut crd = definition();
    default(&mut crd);
    let names = Names::of(&crd, &registry);
    assert_eq!(refresh_status(&mut crd, &names, "2026-11-21T03:00:00Z"), Established::Yes);
    expect![[r#"{"acceptedNames":{"categories":["all"],"kind":"Gadget","listKind":"GadgetList","plural":"gadgets","shortNames":["gd"],"singular":"gadget"},"conditions":[{"lastTransitionTime":"2026-11-21T03:00:00Z","message":"no conflicts found","reason":"NoConflicts","status":"True","type":"NamesAccepted"},{"lastTransitionTime":"2026-11-21T03:00:00Z","message":"the initial names have been accepted","reason":"InitialNamesAccepted","status":"True","type":"Established"}],"storedVersions":["v1"]}"#]].assert_eq(&crd["status"].to_string());
    resources_of(&crd).into_iter().for_each(|resource| registry.insert(resource));
    assert_eq!(Names::of(&crd, &registry), names, "its own resources are no conflict");

    let mut other = definition();
    other["metadata"]["name"] = json!("widgets.test.example");
    other["spec"]["names"] = json!({"plural": "widgets", "kind": "Gadget"});
    default(&mut other);
    let names = Names::of(&other, &registry);
    assert_eq!(refresh_status(&mut other, &names, "2026-11-21T03:00:00Z"), Established::No);
    expect![[r#"[{"lastTransitionTime":"2026-11-21T03:00:00Z","message":"\"GadgetList\" is already in use","reason":"ListKindConflict","status":"False","type":"NamesAccepted"},{"lastTransitionTime":"2026-11-21T03:00:00Z","message":"not all names are accepted","reason":"NotAccepted","status":"False","type":"Established"}]"#]].assert_eq(&other["status"]["conditions"].to_string());
}

#[test]
fn every_preinstalled_definition_is_valid() {
    let mut kinds = 0;
    for mut crd in kinds::crd::all() {
        let name = crd["metadata"]["name"].to_string();
        default(&mut crd);
        let errors = validate(&crd);
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        let resources = resources_of(&crd);
        kinds += 1;
        let mut registry = Registry::default();
        for resource in resources {
            let rules = resource.schema.rules();
            let problems = rules.map(crate::cel::Rules::problems).unwrap_or_default();
            assert!(problems.is_empty(), "{name}: {problems:?}");
            registry.insert(resource);
        }
    }
    assert!(kinds >= 36, "{kinds} kinds");
}

#[test]
fn preinstalled_kinds_report_what_is_wrong() {
    use crate::schema::{FieldValidation, Rejection, admit_create};
    let check = |mut object: Value, expected: Expect| {
        let gvk = GroupVersionKind::of(&object).expect("a type");
        let resources = kinds::crd::all().into_iter().flat_map(|crd| resources_of(&crd));
        let resource = resources.into_iter().find(|resource| resource.gvk == gvk).expect("a kind");
        let text = match admit_create(&resource, &mut object, FieldValidation::Strict) {
            Ok(_) => object["spec"].to_string(),
            Err(Rejection::Invalid(errors)) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            Err(rejection) => rejection.to_string(),
        };
        expected.assert_eq(&text);
    };
    let metadata = json!({"name": "a", "namespace": "b"});
    check(
        json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1beta2", "kind": "Kustomization", "metadata": metadata,
            "spec": {"interval": "1h", "sourceRef": {"kind": "GitRepository", "name": "x"}, "prune": true, "validation": "client"},
        }),
        expect![[
            r#"{"force":false,"interval":"1h","prune":true,"sourceRef":{"kind":"GitRepository","name":"x"},"validation":"client"}"#
        ]],
    );
    check(
        json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata,
            "spec": {"interval": "soon", "sourceRef": {"kind": "Git"}, "path": 1},
        }),
        expect![[r#"
            spec.prune: Required value
            spec.interval: Invalid value: "soon": spec.interval in body should match '^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$'
            spec.path: Invalid value: "integer": spec.path in body must be of type string: "integer"
            spec.sourceRef.name: Required value
            spec.sourceRef.kind: Unsupported value: "Git": supported values: "OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"
            <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"#]],
    );
    check(
        json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2beta1", "kind": "HelmRelease", "metadata": metadata,
            "spec": {"interval": "5m", "values": {"a": [1, {"b": null}]}},
        }),
        expect![[r#"spec: Invalid value: "object": either chart or chartRef must be set"#]],
    );
    check(
        json!({
            "apiVersion": "flagger.app/v1beta1", "kind": "Canary", "metadata": metadata,
            "spec": {"targetRef": {"apiVersion": "apps/v1", "kind": "Job", "name": "x"}, "service": {}, "analysis": {"interval": "1m", "threshold": 1}},
        }),
        expect![[r#"
            spec.analysis: Invalid value: "": "spec.analysis" must validate one and only one schema (oneOf). Found none valid
            spec.analysis.iterations: Required value
            spec.service.port: Required value
            spec.targetRef.kind: Unsupported value: "Job": supported values: "DaemonSet", "Deployment", "Service"
            <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"#]],
    );
    check(
        json!({
            "apiVersion": "networking.istio.io/v1alpha3", "kind": "VirtualService", "metadata": metadata,
            "spec": {"hosts": ["x"], "http": [{"route": [], "mirrorPercents": 5}]},
        }),
        expect![[r#"strict decoding error: unknown field "spec.http[0].mirrorPercents""#]],
    );
    check(
        json!({
            "apiVersion": "networking.istio.io/v1alpha3", "kind": "VirtualService", "metadata": metadata,
            "spec": {"hosts": ["x"], "http": [{"route": [{"weight": "5"}]}]},
        }),
        expect![[r#"
            spec.http[0].route[0].destination: Required value
            spec.http[0].route[0].weight: Invalid value: "string": spec.http[0].route[0].weight in body must be of type integer: "string"
            <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"#]],
    );
    check(
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": metadata,
            "spec": {"parentRefs": [{"name": "gw"}], "rules": [{"backendRefs": [{"name": "web", "port": 80}]}]},
        }),
        expect![[
            r#"{"parentRefs":[{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"gw"}],"rules":[{"backendRefs":[{"group":"","kind":"Service","name":"web","port":80,"weight":1}],"matches":[{"path":{"type":"PathPrefix","value":"/"}}]}]}"#
        ]],
    );
}
