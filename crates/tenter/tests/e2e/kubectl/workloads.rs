//! Deployments and their pods: rolling out, looking at them, waiting, deleting.

use testkit::kubernetes::Selected;

use super::Kubectl;

#[test]
fn a_rollout_is_followed_undone_restarted_paused_and_scaled() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    let (web, timeout) = ("deployment/web", "--timeout=60s");
    kubectl.ok(&["create", "namespace", "try"]);
    let run = |arguments: &[&str]| kubectl.ok(&[&["-n", "try"], arguments].concat());
    let status = || run(&["rollout", "status", web, timeout]);
    run(&["create", "deployment", "web", "--image=registry.example.com/web:1", "--replicas=2", "--port=80"]);
    assert!(status().contains("deployment \"web\" successfully rolled out"));

    assert_eq!(run(&["set", "image", web, "web=registry.example.com/web:2"]), "deployment.apps/web image updated\n");
    status();
    let history = run(&["rollout", "history", web]);
    let revisions: Vec<_> = history.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(revisions, ["deployment.apps/web", "REVISION", "1", "2"], "{history}");
    assert!(run(&["rollout", "history", web, "--revision=1"]).contains("registry.example.com/web:1"));
    assert_eq!(run(&["rollout", "undo", web]), "deployment.apps/web rolled back\n");
    status();
    let image = "jsonpath={.spec.template.spec.containers[0].image}";
    assert_eq!(run(&["get", web, "-o", image]), "registry.example.com/web:1");

    run(&["rollout", "restart", web]);
    status();
    run(&["rollout", "pause", web]);
    run(&["set", "image", web, "web=registry.example.com/web:3"]);
    assert!(run(&["get", "replicasets", "-o", "wide"]).lines().all(|line| !line.contains("web:3")));
    run(&["rollout", "resume", web]);
    status();
    assert!(run(&["get", "replicasets", "-o", "wide"]).contains("web:3"));

    run(&["scale", web, "--replicas=3"]);
    run(&["wait", "--for=jsonpath={.status.readyReplicas}=3", web, timeout]);
    run(&["wait", "--for=condition=Available", web, timeout]);
    run(&["autoscale", web, "--min=1", "--max=3"]);
    run(&["wait", "--for=jsonpath={.spec.maxReplicas}=3", "hpa/web", timeout]);
    run(&["set", "env", web, "MODE=fast"]);
    run(&["set", "resources", web, "--limits=cpu=1"]);
    status();
    kubectl.shows(&["-n", "try", "get", web, "-o", "yaml"], &["name: MODE", "cpu: \"1\""]);
}

#[test]
fn pods_are_listed_described_watched_and_have_no_inside() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    let run = |arguments: &[&str]| kubectl.ok(&[&["-n", "shop"], arguments].concat());
    let pods = run(&["get", "pods", "-l", "app=web", "-o", "name"]);
    assert_eq!(pods.lines().count(), 2, "{pods}");
    assert_eq!(run(&["get", "pods", "-l", "app!=web", "-o", "name"]), "");
    let chunked = kubectl.ok(&["get", "pods", "-A", "--chunk-size=1", "-o", "name"]);
    assert_eq!(chunked, pods);
    let running = run(&["get", "pods", "--field-selector=status.phase=Running,metadata.namespace=shop", "-o", "name"]);
    assert_eq!(running, pods);
    let wide = run(&["get", "pods", "-o", "wide"]);
    for column in ["READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "1/1", "Running", "tenter-local"] {
        assert!(wide.contains(column), "{wide}");
    }
    assert_eq!(
        run(&["get", "deployment", "-o", "custom-columns=NAME:.metadata.name,READY:.status.readyReplicas"]),
        "NAME   READY\nweb    2\n"
    );
    for (what, texts) in [
        (["describe", "deployment", "web"], ["2 desired | 2 updated | 2 total | 2 available", "ScalingReplicaSet"]),
        (["describe", "pods", "-l=app=web"], ["Controlled By:  ReplicaSet/web-", "Started container web"]),
        (["describe", "service", "web"], ["Selector:", "TargetPort:"]),
        (["describe", "node", "tenter-local"], ["Ready", "Allocated resources"]),
        (["describe", "namespace", "shop"], ["Active", "No resource quota"]),
    ] {
        let printed = run(&what);
        assert!(texts.iter().all(|text| printed.contains(text)), "{what:?}: {printed}");
    }
    kubectl.shows(&["-n", "shop", "events"], &["Scheduled", "Pod/web-"]);
    let scheduled = run(&["get", "events", "--field-selector=reason=Scheduled", "--no-headers"]);
    assert_eq!(scheduled.lines().count(), 2, "{scheduled}");

    // A real server looks for the kubelet, which is not there.
    if Selected::from_environment() == Selected::Embedded {
        let pod = pods.lines().next().unwrap().trim_start_matches("pod/").to_owned();
        for (arguments, what) in [
            (vec!["logs", &pod], "log"),
            (vec!["exec", &pod, "--", "ls"], "exec"),
            (vec!["cp", "shop/x:/etc/hosts", "hosts"], "not found"),
            (vec!["attach", &pod], "attach"),
        ] {
            kubectl.refuses(&[&["-n", "shop"], arguments.as_slice()].concat(), &[what]);
        }
        kubectl.refuses(&["-n", "shop", "logs", &pod], &["this cluster's pods are stand-ins without containers"]);
    }

    // A watch ends with its first event of the wanted kind.
    run(&["run", "one", "--image=registry.example.com/one:1"]);
    run(&["wait", "--for=condition=Ready", "pod/one", "--timeout=60s"]);
    let watched = kubectl.run(&["-n", "shop", "get", "pods", "one", "-w", "--request-timeout=2s"]);
    assert!(watched.stdout.contains("one") && watched.stdout.contains("Running"), "{watched:#?}");
    run(&["delete", "pod", "one", "--wait=false"]);
    run(&["wait", "--for=delete", "pod/one", "--timeout=60s"]);
}

#[test]
fn deletion_cascades_as_asked() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    kubectl.ok(&["create", "namespace", "try"]);
    let run = |arguments: &[&str]| kubectl.ok(&[&["-n", "try"], arguments].concat());
    let create = || {
        run(&["create", "deployment", "web", "--image=registry.example.com/web:1"]);
        run(&["rollout", "status", "deployment/web", "--timeout=60s"]);
    };
    let left = || run(&["get", "deployments,replicasets,pods", "-o", "name"]);
    create();
    run(&["delete", "deployment", "web", "--cascade=orphan"]);
    assert_eq!(left().lines().count(), 2, "the ReplicaSet and its pod stay: {}", left());
    run(&["delete", "replicasets", "-l", "app=web", "--cascade=foreground", "--timeout=60s"]);
    assert_eq!(left(), "");
    create();
    run(&["delete", "deployment", "--all"]);
    run(&["wait", "--for=delete", "pods", "-l", "app=web", "--timeout=60s"]);
    assert_eq!(left(), "");
    create();
    kubectl.ok(&["delete", "namespace", "try", "--timeout=60s"]);
    kubectl.refuses(&["get", "namespace", "try"], &["namespaces \"try\" not found"]);
    assert_eq!(left(), "");
}
