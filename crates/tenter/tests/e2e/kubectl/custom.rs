//! Custom kinds: definitions, validation with every error at once, rules, columns, and the Flux kinds.

use super::Kubectl;

const DEFINITION: &str = r#"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: Colour, type: string, jsonPath: .spec.colour}
    - {name: Limit, type: integer, jsonPath: .spec.limit, priority: 1}
    schema:
      openAPIV3Schema:
        type: object
        description: A thing to be made.
        properties:
          spec:
            type: object
            required: [size]
            x-kubernetes-validations:
            - {rule: "self.size <= self.limit", message: size must not be above limit}
            properties:
              size: {type: integer, minimum: 1, description: How large it is.}
              limit: {type: integer, default: 10}
              colour: {type: string, enum: [red, green]}
"#;

#[test]
fn a_new_kind_is_served_checked_and_shown() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    let apply = ["apply", "-f", "-"];
    let widget = |spec: &str| {
        format!("apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: one, namespace: shop}}\nspec: {spec}\n")
    };
    kubectl.ok_with(&apply, DEFINITION);
    kubectl.ok(&["wait", "--for=condition=Established", "crd/widgets.example.com", "--timeout=30s"]);
    kubectl.refuses_with(
        &apply,
        &widget("{size: 0, colour: blue, limit: much}"),
        &[
            "The Widget \"one\" is invalid",
            "spec.colour: Unsupported value: \"blue\": supported values: \"red\", \"green\"",
            "spec.limit in body must be of type integer",
            "spec.size in body should be greater than or equal to 1",
        ],
    );
    kubectl.refuses_with(&apply, &widget("{size: 11}"), &["size must not be above limit"]);
    kubectl.refuses_with(&apply, &widget("{size: 1, colours: red}"), &["unknown field \"spec.colours\""]);
    assert_eq!(kubectl.ok_with(&apply, &widget("{size: 2, colour: red}")), "widget.example.com/one created\n");
    assert_eq!(kubectl.ok(&["-n", "shop", "get", "wd"]), "NAME   SIZE   COLOUR\none    2      red\n");
    assert_eq!(
        kubectl.ok(&["-n", "shop", "get", "widgets", "-o", "wide"]),
        "NAME   SIZE   COLOUR   LIMIT\none    2      red      10\n"
    );
    kubectl.shows(&["explain", "widget.spec.size"], &["How large it is.", "FIELD: size <integer>"]);
    kubectl.ok(&[
        "-n",
        "shop",
        "patch",
        "widget",
        "one",
        "--subresource=status",
        "--type=merge",
        "-p",
        r#"{"status":{"x":1}}"#,
    ]);
    kubectl.ok(&["delete", "crd", "widgets.example.com", "--timeout=60s"]);
    // The watch may tell of the end of the definition a moment before its kind is gone, as with any API server.
    kubectl.refuses_soon(&["get", "--raw", "/apis/example.com/v1/widgets"], &["NotFound"]);
}

#[test]
fn flux_kinds_are_at_home() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    let rows = kubectl.ok(&["get", "kustomizations", "-A"]);
    assert!(rows.lines().next().is_some_and(|header| header.contains("READY") && header.contains("STATUS")), "{rows}");
    assert!(rows.contains("Applied revision: main@sha1:"), "{rows}");
    kubectl.shows(&["-n", "flux-system", "get", "gitrepository"], &["URL", "file://", "stored artifact for revision"]);
    kubectl.ok(&["-n", "flux-system", "wait", "--for=condition=Ready", "kustomization", "--all", "--timeout=60s"]);
    kubectl.shows(
        &["-n", "flux-system", "describe", "kustomization", "apps"],
        &["Inventory:", "shop_web_apps_Deployment", "ReconciliationSucceeded"],
    );
    // Any version shows the same object.
    let old = kubectl.ok(&[
        "-n",
        "flux-system",
        "get",
        "kustomizations.v1beta1.kustomize.toolkit.fluxcd.io",
        "apps",
        "-o",
        "yaml",
    ]);
    assert!(old.contains("apiVersion: kustomize.toolkit.fluxcd.io/v1beta1"), "{old}");

    // What somebody deletes comes back.
    kubectl.ok(&["-n", "shop", "delete", "service", "web"]);
    kubectl.ok(&["-n", "shop", "wait", "--for=create", "service/web", "--timeout=60s"]);
    // And what is deleted with its Kustomization stays away.
    kubectl.ok(&[
        "-n",
        "flux-system",
        "patch",
        "kustomization",
        "flux-system",
        "--type=merge",
        "-p",
        r#"{"spec":{"suspend":true}}"#,
    ]);
    kubectl.ok(&["-n", "flux-system", "delete", "kustomization", "apps", "--timeout=60s"]);
    kubectl.ok(&["wait", "--for=delete", "namespace/shop", "--timeout=60s"]);
}
