//! Both dialects, case by case.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Dialect, apply};
use crate::GroupVersionKind;
use crate::topology::builtin;

fn show(result: Result<Option<Value>, super::StrategicError>) -> String {
    match result {
        Ok(Some(value)) => value.to_string(),
        Ok(None) => "deleted".to_owned(),
        Err(error) => format!("error: {error}"),
    }
}

/// The pod spec of a Deployment after a patch of its pod spec.
fn pod_spec(target: Value, patch: Value, dialect: Dialect) -> String {
    let deployment =
        |spec: Value| json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": {"spec": spec}}});
    let topology = builtin(&GroupVersionKind::from_api_version("apps/v1", "Deployment"));
    let topology = topology.as_deref().filter(|_| dialect == Dialect::Kubernetes);
    let result = apply(&deployment(target), &deployment(patch), topology, dialect);
    show(result.map(|value| value.map(|value| value["spec"]["template"]["spec"].clone())))
}

#[track_caller]
fn kubernetes(target: Value, patch: Value, expected: Expect) {
    expected.assert_eq(&pod_spec(target, patch, Dialect::Kubernetes));
}

#[track_caller]
fn kustomize(target: Value, patch: Value, expected: Expect) {
    expected.assert_eq(&pod_spec(target, patch, Dialect::Kustomize));
}

/// A whole object of another kind, in kustomize's dialect.
#[track_caller]
fn kustomize_object(kind: &str, target: Value, patch: Value, expected: Expect) {
    let object = |mut value: Value| {
        value["apiVersion"] = json!("v1");
        value["kind"] = json!(kind);
        value
    };
    let mut result = apply(&object(target), &object(patch), None, Dialect::Kustomize);
    if let Ok(Some(Value::Object(object))) = &mut result {
        object.retain(|key, _| key != "apiVersion" && key != "kind");
    }
    expected.assert_eq(&show(result));
}

fn two() -> Value {
    json!({"containers": [
        {"name": "a", "image": "a1", "env": [{"name": "X", "value": "x"}]},
        {"name": "b", "image": "b1"},
    ]})
}

mod kubernetes_dialect {
    use super::*;

    #[test]
    fn items_merge_by_key_in_the_order_of_the_patch() {
        kubernetes(
            two(),
            json!({"containers": [{"name": "b", "image": "b2"}]}),
            expect![[
                r#"{"containers":[{"env":[{"name":"X","value":"x"}],"image":"a1","name":"a"},{"image":"b2","name":"b"}]}"#
            ]],
        );
        kubernetes(
            two(),
            json!({"containers": [{"name": "c", "image": "c1"}, {"name": "a", "env": [{"name": "Y", "value": "y"}]}]}),
            expect![[
                r#"{"containers":[{"image":"c1","name":"c"},{"env":[{"name":"Y","value":"y"},{"name":"X","value":"x"}],"image":"a1","name":"a"},{"image":"b1","name":"b"}]}"#
            ]],
        );
    }

    #[test]
    fn lists_without_a_strategy_are_replaced() {
        kubernetes(
            json!({"tolerations": [{"key": "a"}], "containers": [{"name": "a", "command": ["x", "y"]}]}),
            json!({"tolerations": [{"key": "b"}], "containers": [{"name": "a", "command": ["z"]}]}),
            expect![[r#"{"containers":[{"command":["z"],"name":"a"}],"tolerations":[{"key":"b"}]}"#]],
        );
    }

    #[test]
    fn nulls_delete_and_are_never_added() {
        kubernetes(
            two(),
            json!({"containers": [{"name": "a", "image": null, "env": null}], "dnsConfig": {"options": null, "x": 1}, "nodeName": null}),
            expect![[r#"{"containers":[{"name":"a"},{"image":"b1","name":"b"}],"dnsConfig":{"x":1}}"#]],
        );
    }

    #[test]
    fn directives_in_lists() {
        kubernetes(
            two(),
            json!({"containers": [{"name": "a", "$patch": "delete"}, {"name": "gone", "$patch": "delete"}]}),
            expect![[r#"{"containers":[{"image":"b1","name":"b"}]}"#]],
        );
        kubernetes(
            two(),
            json!({"containers": [{"$patch": "replace"}, {"name": "c", "image": "c1"}]}),
            expect![[r#"{"containers":[{"image":"c1","name":"c"}]}"#]],
        );
        kubernetes(
            two(),
            json!({"containers": [{"name": "a", "$patch": "merge"}]}),
            expect![
                "error: spec.template.spec.containers: `$patch: merge` means nothing here: use `delete` or `replace`"
            ],
        );
        kubernetes(
            json!({}),
            json!({"containers": [{"name": "a", "$patch": "delete"}, {"name": "b", "resources": {"$patch": "replace", "limits": {}}}]}),
            expect![[r#"{"containers":[{"name":"b"}]}"#]],
        );
    }

    #[test]
    fn directives_on_objects() {
        kubernetes(
            json!({"securityContext": {"runAsUser": 1, "fsGroup": 2}, "dnsConfig": {"a": 1}}),
            json!({"securityContext": {"$patch": "replace", "runAsUser": 3}, "dnsConfig": {"$patch": "delete"}}),
            expect![[r#"{"dnsConfig":{},"securityContext":{"runAsUser":3}}"#]],
        );
        kubernetes(
            json!({"securityContext": {}}),
            json!({"securityContext": {"$patch": "remove"}}),
            expect![
                "error: spec.template.spec.securityContext: `$patch: remove` means nothing here: use `replace` or `delete`"
            ],
        );
    }

    #[test]
    fn the_order_of_items_can_be_set() {
        kubernetes(
            json!({"containers": [{"name": "a"}, {"name": "b"}, {"name": "server"}]}),
            json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "c"}, {"name": "a"}], "containers": [{"name": "c", "image": "c1"}]}),
            expect![[r#"{"containers":[{"name":"b"},{"image":"c1","name":"c"},{"name":"a"},{"name":"server"}]}"#]],
        );
        kubernetes(
            json!({"containers": [{"name": "first"}, {"name": "a"}, {"name": "b"}]}),
            json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}),
            expect![[r#"{"containers":[{"name":"first"},{"name":"b"},{"name":"a"}]}"#]],
        );
        kubernetes(
            two(),
            json!({"$setElementOrder/containers": [{"name": "a"}, {"name": "b"}], "containers": [{"name": "b"}, {"name": "a"}]}),
            expect![
                "error: spec.template.spec: the items of `containers` are not in the order that `$setElementOrder/containers` lists them in"
            ],
        );
        kubernetes(
            json!({}),
            json!({"$setElementOrder/volumes": [{"name": "v"}], "volumes": [{"name": "v", "emptyDir": {}}]}),
            expect![[r#"{"volumes":[{"emptyDir":{},"name":"v"}]}"#]],
        );
        kubernetes(
            json!({}),
            json!({"$setElementOrder/volumes": "v"}),
            expect!["error: spec.template.spec: `$setElementOrder/volumes` must be a list"],
        );
    }

    #[test]
    fn retained_keys_are_the_only_ones_that_stay() {
        kubernetes(
            json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
            json!({"volumes": [{"name": "v", "$retainKeys": ["name", "configMap"], "configMap": {"name": "c"}}]}),
            expect![[r#"{"volumes":[{"configMap":{"name":"c"},"name":"v"}]}"#]],
        );
        kubernetes(
            json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
            json!({"volumes": [{"name": "v", "$retainKeys": ["name"], "configMap": {"name": "c"}}]}),
            expect![
                "error: spec.template.spec.volumes[name=v]: the patch sets `configMap`, which its `$retainKeys` leaves out: add it there"
            ],
        );
    }

    #[test]
    fn a_missing_merge_key_is_an_error() {
        kubernetes(
            two(),
            json!({"containers": [{"image": "x"}]}),
            expect![[
                r#"error: spec.template.spec.containers: this list is merged by `name`, which this item does not have: {"image":"x"}"#
            ]],
        );
        kubernetes(
            two(),
            json!({"containers": ["x"]}),
            expect![
                "error: spec.template.spec.containers: items of a merged list must all be objects or all be scalars of one type"
            ],
        );
    }

    #[test]
    fn finalizers_are_a_list_of_scalars_that_merges() {
        let topology = builtin(&GroupVersionKind::from_api_version("v1", "ConfigMap"));
        let merge = |target: Value, patch: Value| {
            show(apply(
                &json!({"metadata": target}),
                &json!({"metadata": patch}),
                topology.as_deref(),
                Dialect::Kubernetes,
            ))
        };
        expect![[r#"{"metadata":{"finalizers":["x","y","z"]}}"#]]
            .assert_eq(&merge(json!({"finalizers": ["x", "y"]}), json!({"finalizers": ["y", "z"]})));
        expect![[r#"{"metadata":{"finalizers":["y"]}}"#]].assert_eq(&merge(
            json!({"finalizers": ["x", "y"]}),
            json!({"$deleteFromPrimitiveList/finalizers": ["x", "gone"]}),
        ));
        expect![[r#"{"metadata":{"finalizers":["z","y"]}}"#]].assert_eq(&merge(
            json!({"finalizers": ["x", "y"]}),
            json!({"$deleteFromPrimitiveList/finalizers": ["x"], "$setElementOrder/finalizers": ["z", "y"], "finalizers": ["z"]}),
        ));
        expect!["error: metadata.finalizers: items of a merged list must all be objects or all be scalars of one type"]
            .assert_eq(&merge(json!({"finalizers": ["x"]}), json!({"finalizers": [{"a": 1}]})));
    }

    #[test]
    fn a_strategy_of_replace_holds_for_objects_too() {
        let topology = builtin(&GroupVersionKind::from_api_version("policy/v1", "PodDisruptionBudget"));
        let target = json!({"spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "1"}}}});
        let patch = json!({"spec": {"selector": {"matchLabels": {"b": "2"}}}});
        expect![[r#"{"spec":{"minAvailable":1,"selector":{"matchLabels":{"b":"2"}}}}"#]].assert_eq(&show(apply(
            &target,
            &patch,
            topology.as_deref(),
            Dialect::Kubernetes,
        )));
    }

    #[test]
    fn service_ports_merge_by_port_alone() {
        let topology = builtin(&GroupVersionKind::from_api_version("v1", "Service"));
        let target = json!({"spec": {"ports": [{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}});
        let patch = json!({"spec": {"ports": [{"port": 53, "targetPort": 5353}]}});
        expect![[
            r#"{"spec":{"ports":[{"port":80,"protocol":"TCP"},{"port":53,"protocol":"UDP","targetPort":5353}]}}"#
        ]]
        .assert_eq(&show(apply(&target, &patch, topology.as_deref(), Dialect::Kubernetes)));
    }

    #[test]
    fn without_a_topology_lists_are_replaced() {
        let result = apply(&json!({"l": [{"name": "a"}]}), &json!({"l": [{"name": "b"}]}), None, Dialect::Kubernetes);
        expect![[r#"{"l":[{"name":"b"}]}"#]].assert_eq(&show(result));
    }
}

mod kustomize_dialect {
    use super::*;

    #[test]
    fn lists_that_the_patch_does_not_name_lose_their_duplicates() {
        let untouched = |spec: Value, expected: Expect| kustomize(spec, json!({}), expected);
        untouched(
            json!({"volumes": [{"name": "a", "hostPath": {}}, {"name": "b"}, {"name": "a", "emptyDir": {}}]}),
            expect![[r#"{"volumes":[{"emptyDir":{},"name":"a"},{"name":"b"}]}"#]],
        );
        untouched(
            json!({"containers": [{"name": "a", "ports": [
                {"containerPort": 1, "protocol": "TCP", "name": "x"},
                {"containerPort": 1, "protocol": "UDP", "name": "y"},
                {"containerPort": 1, "protocol": "TCP", "name": "z"},
            ]}]}),
            expect![[
                r#"{"containers":[{"name":"a","ports":[{"containerPort":1,"name":"y","protocol":"UDP"},{"containerPort":1,"name":"z","protocol":"TCP"}]}]}"#
            ]],
        );
        // Without keys nothing tells items apart, and no merge key is asked of what nobody patches.
        untouched(
            json!({"containers": [{"name": "a", "args": ["x", "x"], "env": [{"value": "1"}, {"name": "b"}]}]}),
            expect![[r#"{"containers":[{"args":["x","x"],"env":[{"value":"1"},{"name":"b"}],"name":"a"}]}"#]],
        );
        untouched(
            json!({"containers": [], "hostNetwork": null, "nodeSelector": {"a": null}, "securityContext": {}}),
            expect![[r#"{"containers":[],"hostNetwork":null,"nodeSelector":{"a":null},"securityContext":{}}"#]],
        );
    }

    #[test]
    fn items_of_the_patch_come_first() {
        kustomize(
            two(),
            json!({"containers": [{"name": "b", "image": "b2"}]}),
            expect![[
                r#"{"containers":[{"image":"b2","name":"b"},{"env":[{"name":"X","value":"x"}],"image":"a1","name":"a"}]}"#
            ]],
        );
        kustomize(
            two(),
            json!({"containers": [{"name": "b", "volumeMounts": [{"mountPath": "/x", "name": "q"}], "env": [{"name": "N", "value": null}, {"name": "M", "$patch": "delete"}]}]}),
            expect![[
                r#"{"containers":[{"env":[{"name":"N"}],"image":"b1","name":"b","volumeMounts":[{"mountPath":"/x","name":"q"}]},{"env":[{"name":"X","value":"x"}],"image":"a1","name":"a"}]}"#
            ]],
        );
    }

    #[test]
    fn directives_in_lists() {
        kustomize(
            two(),
            json!({"containers": [{"name": "b", "$patch": "delete"}, {"name": "c", "image": "c1"}]}),
            expect![[
                r#"{"containers":[{"image":"c1","name":"c"},{"env":[{"name":"X","value":"x"}],"image":"a1","name":"a"}]}"#
            ]],
        );
        kustomize(
            two(),
            json!({"containers": [{"$patch": "replace"}, {"name": "c", "image": "c1"}]}),
            expect![[r#"{"containers":[{"image":"c1","name":"c"}]}"#]],
        );
        kustomize(two(), json!({"containers": [{"$patch": "delete"}]}), expect!["{}"]);
        // As upstream: replacing a single item of a list has no effect.
        kustomize(
            two(),
            json!({"containers": [{"name": "b", "$patch": "replace", "command": ["x"]}]}),
            expect![[
                r#"{"containers":[{"image":"b1","name":"b"},{"env":[{"name":"X","value":"x"}],"image":"a1","name":"a"}]}"#
            ]],
        );
        kustomize(
            two(),
            json!({"initContainers": [{"$patch": "replace"}, {"name": "c", "image": "c1"}]}),
            expect![[
                r#"{"containers":[{"env":[{"name":"X","value":"x"}],"image":"a1","name":"a"},{"image":"b1","name":"b"}],"initContainers":[{"image":"c1","name":"c"}]}"#
            ]],
        );
        kustomize(
            json!({"containers": [{"name": "a"}]}),
            json!({"containers": [{"name": "a", "$patch": "delete"}]}),
            expect![[r#"{"containers":[]}"#]],
        );
    }

    #[test]
    fn empty_lists() {
        kustomize(
            json!({"containers": []}),
            json!({"containers": [{"name": "a", "image": "x"}, {"name": "b", "$patch": "delete"}]}),
            expect![[r#"{"containers":[{"image":"x","name":"a"}]}"#]],
        );
        kustomize(
            json!({"containers": [{"name": "a"}]}),
            json!({"containers": []}),
            expect![[r#"{"containers":[{"name":"a"}]}"#]],
        );
    }

    #[test]
    fn nulls_delete_also_in_what_is_added() {
        kustomize(two(), json!({"containers": null}), expect!["{}"]);
        kustomize(
            json!({"containers": [{"name": "a", "image": "x", "env": []}]}),
            json!({
                "containers": [{"name": "a", "image": null, "env": null}],
                "volumes": [{"name": "a", "emptyDir": null, "configMap": {"name": "x", "items": null}}],
                "nodeSelector": {"a": null, "b": "c"},
                "tolerations": [{"key": null}],
            }),
            expect![[
                r#"{"containers":[{"name":"a"}],"nodeSelector":{"b":"c"},"tolerations":[{"key":null}],"volumes":[{"configMap":{"name":"x"},"name":"a"}]}"#
            ]],
        );
    }

    #[test]
    fn kinds_of_values_must_agree() {
        kustomize(
            two(),
            json!({"containers": "foo"}),
            expect!["error: spec.template.spec.containers: the object has a list here, the patch has a scalar"],
        );
        kustomize_object(
            "ConfigMap",
            json!({"data": {"a": "b"}}),
            json!({"data": {"a": {"b": "c"}}}),
            expect!["error: data.a: the object has a scalar here, the patch has an object"],
        );
        kustomize_object(
            "ConfigMap",
            json!({"data": {"a": "b"}}),
            json!({"data": "foo"}),
            expect!["error: data: the object has an object here, the patch has a scalar"],
        );
    }

    #[test]
    fn a_missing_merge_key_is_an_error() {
        kustomize(
            two(),
            json!({"containers": [{"image": "c1"}]}),
            expect![[
                r#"error: spec.template.spec.containers: this list is merged by `name`, which this item does not have: {"image":"c1"}"#
            ]],
        );
    }

    #[test]
    fn ports_have_two_keys_of_which_one_may_be_absent() {
        let ports = |target: Value, patch: Value, expected: Expect| {
            kustomize_object(
                "Service",
                json!({"spec": {"ports": target}}),
                json!({"spec": {"ports": patch}}),
                expected,
            );
        };
        ports(
            json!([{"port": 80, "name": "a"}, {"port": 80, "protocol": "UDP", "name": "b"}]),
            json!([{"port": 80, "protocol": "UDP", "name": "c"}]),
            expect![[r#"{"spec":{"ports":[{"name":"a","port":80},{"name":"c","port":80,"protocol":"UDP"}]}}"#]],
        );
        ports(
            json!([{"port": 80, "name": "a"}, {"port": 81, "protocol": "UDP", "name": "b"}]),
            json!([{"port": 80, "targetPort": 8080}]),
            expect![[
                r#"{"spec":{"ports":[{"name":"a","port":80,"targetPort":8080},{"name":"b","port":81,"protocol":"UDP"}]}}"#
            ]],
        );
        ports(
            json!([{"port": 80, "protocol": "TCP"}, {"port": 80, "protocol": "UDP"}]),
            json!([{"port": 82, "targetPort": 8080}]),
            expect![[
                r#"{"spec":{"ports":[{"port":82,"targetPort":8080},{"port":80,"protocol":"TCP"},{"port":80,"protocol":"UDP"}]}}"#
            ]],
        );
        ports(
            json!([{"port": 80, "protocol": "TCP"}, {"port": 80, "protocol": "UDP"}]),
            json!([{"port": 80, "protocol": "TCP", "$patch": "delete"}]),
            expect![[r#"{"spec":{"ports":[{"port":80,"protocol":"UDP"}]}}"#]],
        );
        ports(
            json!([{"port": 80, "name": "a"}]),
            json!([{"port": 80, "protocol": "TCP", "targetPort": 8080}]),
            expect![[r#"{"spec":{"ports":[{"name":"a","port":80}]}}"#]],
        );
        kustomize(
            json!({"topologySpreadConstraints": [{"topologyKey": "a", "whenUnsatisfiable": "X"}]}),
            json!({"topologySpreadConstraints": [{"topologyKey": "a", "whenUnsatisfiable": "Y"}, {"topologyKey": "b", "maxSkew": 1}]}),
            expect![[
                r#"{"topologySpreadConstraints":[{"topologyKey":"a","whenUnsatisfiable":"Y"},{"maxSkew":1,"topologyKey":"b"},{"topologyKey":"a","whenUnsatisfiable":"X"}]}"#
            ]],
        );
    }

    #[test]
    fn whole_objects() {
        kustomize_object("ConfigMap", json!({"data": {"a": "b"}}), json!({"$patch": "delete"}), expect!["deleted"]);
        kustomize_object(
            "ConfigMap",
            json!({"metadata": {"name": "a"}, "data": {"a": "b", "c": null}}),
            json!({"$patch": "replace", "data": {"a": "x", "n": null, "l": [null, {"a": null}]}}),
            expect![[r#"{"data":{"a":"x","l":[null,{"a":null}]}}"#]],
        );
        kustomize_object(
            "ConfigMap",
            json!({"data": {"a": "b", "c": null}}),
            json!({"data": {"a": null, "e": {"$patch": "merge", "f": null}}}),
            expect![[r#"{"data":{"c":null,"e":{}}}"#]],
        );
        kustomize_object(
            "ConfigMap",
            json!({}),
            json!({"data": {"x": {"$patch": "delete"}, "y": {"$patch": "replace", "z": "q"}, "w": {"z": {"$patch": "replace", "m": "n"}}}}),
            expect![[r#"{"data":{"w":{"z":{"m":"n"}},"y":{"z":"q"}}}"#]],
        );
        kustomize_object(
            "ConfigMap",
            json!({}),
            json!({"$patch": "foo"}),
            expect!["error: the object: `$patch: foo` means nothing here: use `delete`, `replace` or `merge`"],
        );
    }

    #[test]
    fn scalars_of_the_patch_come_first() {
        kustomize_object(
            "ConfigMap",
            json!({"metadata": {"finalizers": ["x", "y"]}}),
            json!({"metadata": {"finalizers": ["z", "y"]}}),
            expect![[r#"{"metadata":{"finalizers":["z","y","x"]}}"#]],
        );
    }

    #[test]
    fn unknown_kinds_replace_lists_but_objects_inside_them_are_known() {
        kustomize_object(
            "Unknown",
            json!({"l": [{"name": "a"}], "template": {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a"}, {"name": "b"}]}}}),
            json!({"l": [{"name": "b"}], "template": {"spec": {"containers": [{"name": "b", "image": "x"}]}}}),
            expect![[
                r#"{"l":[{"name":"b"}],"template":{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"image":"x","name":"b"},{"name":"a"}]}}}"#
            ]],
        );
    }
}
