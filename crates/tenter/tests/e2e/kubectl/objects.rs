//! Creating, changing and reading single objects.

use testkit::kubernetes::Selected;

use super::Kubectl;

#[test]
fn every_kind_that_kubectl_creates_is_taken() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    kubectl.ok(&["create", "namespace", "try"]);
    let image = "--image=registry.example.com/job:1";
    for arguments in [
        vec!["configmap", "settings", "--from-literal=colour=red"],
        vec!["secret", "generic", "login", "--from-literal=password=hush"],
        vec!["serviceaccount", "robot"],
        vec!["role", "reader", "--verb=get,list", "--resource=pods,deployments.apps"],
        vec!["rolebinding", "reader", "--role=reader", "--serviceaccount=try:robot"],
        vec!["clusterrole", "watcher", "--verb=watch", "--resource=nodes"],
        vec!["clusterrolebinding", "watcher", "--clusterrole=watcher", "--user=ada"],
        vec!["deployment", "web", image, "--replicas=2", "--port=80"],
        vec!["job", "once", image],
        vec!["cronjob", "daily", image, "--schedule=0 0 * * *"],
        vec!["ingress", "web", "--rule=web.example.com/*=web:80"],
        vec!["service", "clusterip", "web", "--tcp=80:8080"],
        vec!["service", "nodeport", "node", "--tcp=80"],
        vec!["service", "loadbalancer", "balanced", "--tcp=80"],
        vec!["service", "externalname", "outside", "--external-name=example.com"],
        vec!["poddisruptionbudget", "web", "--selector=app=web", "--min-available=50%"],
        vec!["quota", "few", "--hard=pods=10,cpu=2"],
        vec!["priorityclass", "high", "--value=1000"],
    ] {
        kubectl.ok(&[&["-n", "try", "create"], arguments.as_slice()].concat());
    }
    let value = |object: &str, path: &str| kubectl.ok(&["-n", "try", "get", object, "-o", &format!("jsonpath={path}")]);
    assert_eq!(value("secret/login", "{.data.password}"), "aHVzaA==");
    assert_eq!(value("role/reader", "{.rules[*].resources}"), r#"["pods"] ["deployments"]"#);
    assert_eq!(value("deployment/web", "{.spec.replicas} {.spec.strategy.type}"), "2 RollingUpdate");
    assert_eq!(value("pdb/web", "{.spec.minAvailable}"), "50%");
    assert_eq!(value("quota/few", "{.spec.hard.cpu}"), "2");
    assert_eq!(value("ingress/web", "{.spec.rules[0].http.paths[0].backend.service.port.number}"), "80");
    assert_eq!(value("service/web", "{.spec.ports[0].targetPort}"), "8080");
    kubectl.ok(&["-n", "try", "wait", "--for=condition=complete", "job/once", "--timeout=60s"]);
    kubectl.refuses(&["-n", "try", "create", "serviceaccount", "robot"], &["already exists"]);

    let can = |more: &[&str]| {
        let robot = ["-n", "try", "auth", "can-i", "--as=system:serviceaccount:try:robot"];
        kubectl.run(&[&robot, more].concat()).stdout
    };
    assert_eq!(can(&["list", "pods"]), "yes\n");
    assert_eq!(can(&["delete", "pods"]), "no\n");
    assert!(can(&["--list"]).contains("deployments.apps"), "{}", can(&["--list"]));
    assert_eq!(kubectl.ok(&["auth", "can-i", "delete", "nodes"]), "yes\n");
    kubectl.refuses(
        &["-n", "try", "get", "secrets", "--as=system:serviceaccount:try:robot"],
        &["secrets is forbidden", "cannot list resource \"secrets\""],
    );
    let token = kubectl.ok(&["-n", "try", "create", "token", "robot"]);
    assert!(token.len() > 20, "{token}");
}

#[test]
fn objects_are_labelled_annotated_patched_and_edited() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    let web = ["-n", "shop"];
    let run = |arguments: &[&str]| kubectl.ok(&[&web, arguments].concat());
    let value = |path: &str| run(&["get", "deployment", "web", "-o", &format!("jsonpath={path}")]);
    run(&["label", "deployment", "web", "tier=front"]);
    kubectl.refuses(&["-n", "shop", "label", "deployment", "web", "tier=back"], &["--overwrite is false"]);
    run(&["label", "deployment", "web", "tier=back", "--overwrite"]);
    assert_eq!(run(&["get", "deployments", "-l", "tier in (back)", "-o", "name"]), "deployment.apps/web\n");
    run(&["label", "deployment", "web", "tier-"]);
    assert_eq!(value("{.metadata.labels.tier}"), "");
    run(&["annotate", "deployment", "web", "note=hello"]);
    assert_eq!(value("{.metadata.annotations.note}"), "hello");

    run(&[
        "patch",
        "deployment",
        "web",
        "-p",
        r#"{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"A","value":"1"}]}]}}}}"#,
    ]);
    assert_eq!(value("{.spec.template.spec.containers[0].env[0].name}"), "A");
    assert!(value("{.spec.template.spec.containers[0].image}").starts_with("registry.example.com/web:"));
    run(&["patch", "deployment", "web", "--type=merge", "-p", r#"{"metadata":{"annotations":{"note":null}}}"#]);
    assert_eq!(value("{.metadata.annotations.note}"), "");
    run(&[
        "patch",
        "deployment",
        "web",
        "--type=json",
        "-p",
        r#"[{"op":"add","path":"/metadata/annotations/b","value":"2"}]"#,
    ]);
    assert_eq!(value("{.metadata.annotations.b}"), "2");
    kubectl.refuses(
        &[
            "-n",
            "shop",
            "patch",
            "deployment",
            "web",
            "--type=json",
            "-p",
            r#"[{"op":"test","path":"/spec/paused","value":true}]"#,
        ],
        match Selected::from_environment() {
            Selected::Embedded => &["/spec/paused"],
            Selected::Kubernetes => &["The request is invalid"],
        },
    );
    kubectl.refuses(
        &["-n", "shop", "patch", "deployment", "web", "-p", r#"{"spec":{"selector":{"matchLabels":{"app":"other"}}}}"#],
        &["field is immutable"],
    );

    run(&["expose", "deployment", "web", "--name=second", "--port=80"]);
    let mut edit = kubectl.up.kubectl(&kubectl.program);
    edit.args(["-n", "shop", "edit", "service", "second"]).env("KUBE_EDITOR", "sed -i 's/port: 80$/port: 81/'");
    assert_eq!(crate::process::run(edit, "").ok(), "service/second edited\n");
    assert_eq!(run(&["get", "service", "second", "-o", "jsonpath={.spec.ports[0].port}"]), "81");
    for output in ["yaml", "json"] {
        let printed = run(&["get", "service", "second", "-o", output]);
        assert!(printed.contains("clusterIP") && !printed.contains("managedFields"), "{printed}");
    }
}
