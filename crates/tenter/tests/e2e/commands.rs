//! The verbs of the command line against a running `tenter up`.

use std::process::Command;

use serde_json::Value;
use testkit::git::Repository;

use crate::process::run;
use crate::shop;
use crate::up::{Up, tenter};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn opened() -> (Repository, String, Up) {
    let (repository, head) = shop::repository();
    let up = shop::serve(&repository, &head);
    (repository, head, up)
}

#[test]
fn get_lists_sources_and_kustomizations_as_flux_does() {
    let (repository, head, up) = opened();
    let table = up.tenter(["get", "kustomizations"]).ok();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "REVISION", "SUSPENDED", "READY", "MESSAGE"]);
    let revision = format!("main@sha1:{}", &head[..8]);
    assert_eq!(rows[1][..5], ["apps", &revision, "False", "True", "Applied"]);
    assert_eq!(rows[2][0], "flux-system");
    assert!(!table.contains(&head), "hashes are shortened: {table}");
    assert!(table.lines().all(|line| line == line.trim_end()), "{table:?}");

    let all = up.tenter(["get", "all", "-A", "-o", "wide"]).ok();
    for text in ["NAMESPACE", "REASON", "gitrepository/flux-system", "kustomization/apps", "ReconciliationSucceeded"] {
        assert!(all.contains(text), "{all}");
    }
    let source = json(&up.tenter(["get", "sources", "flux-system", "-o", "json"]).ok());
    assert_eq!(source["spec"]["url"], format!("file://{}", repository.path().canonicalize().unwrap().display()));
    assert_eq!(source["metadata"]["managedFields"], Value::Null);
    assert_eq!(json(&up.tenter(["get", "all", "-o", "json"]).ok())["items"].as_array().map(Vec::len), Some(3));
    assert!(
        up.tenter(["get", "ks", "apps", "-o", "yaml"]).ok().starts_with("apiVersion: kustomize.toolkit.fluxcd.io/")
    );
    let missing = up.tenter(["get", "kustomizations", "nope"]);
    assert_eq!(missing.code, Some(2));
    assert_eq!(
        missing.refused(),
        "error: Kustomization 'nope' not found in namespace 'flux-system'\nhint: list what there is with `tenter get all -A`\n"
    );
}

#[test]
fn tree_trace_events_and_history_tell_where_things_come_from() {
    let (_repository, head, up) = opened();
    let tree = up.tenter(["tree", "flux-system"]).ok();
    assert!(tree.starts_with(&format!("Kustomization/flux-system/flux-system @ main@sha1:{}\n", &head[..8])), "{tree}");
    for branch in
        ["└── Kustomization/flux-system/apps", "    ├── Secret/shop/login", "ReplicaSet/shop/web-", "Pod/shop/web-"]
    {
        assert!(tree.contains(branch), "{tree}");
    }
    let pod = tree.lines().find_map(|line| line.split_once("Pod/shop/")).unwrap().1.trim().to_owned();
    let tree = json(&up.tenter(["tree", "apps", "-o", "json"]).ok());
    assert!(tree.to_string().contains("Deployment"), "{tree}");

    for object in ["deployment/web", "deploy/web", "Deployments/web"] {
        let traced = up.tenter(["trace", object, "-n", "shop"]).ok();
        for line in [
            "Object:        Deployment/shop/web",
            "Kustomization: flux-system/apps",
            "Author:        Ada Example",
            "Commit:        Open the shop",
        ] {
            assert!(traced.contains(line), "{traced}");
        }
        assert!(traced.contains(&head), "{traced}");
    }
    let traced = json(&up.tenter(["trace", &format!("pod/{pod}"), "-n", "shop", "-o", "json"]).ok());
    assert_eq!(traced["owners"].as_array().map(Vec::len), Some(2), "{traced}");
    let foreign = up.tenter(["trace", "configmap/kube-root-ca.crt", "-n", "shop"]);
    assert_eq!(foreign.code, Some(2));
    assert!(foreign.refused().contains("was not applied by a Kustomization"));

    let events = up.tenter(["events", "--for", "kustomization/apps"]).ok();
    for text in ["LAST SEEN", "ReconciliationSucceeded", "Progressing"] {
        assert!(events.contains(text), "{events}");
    }
    let created = events.find("Progressing").unwrap();
    assert!(created < events.find("ReconciliationSucceeded").unwrap(), "oldest first: {events}");
    assert!(up.tenter(["events", "-A"]).ok().contains("Pod/web-"));
    let history = json(&up.tenter(["history", "apps", "-o", "json"]).ok());
    assert_eq!(history["history"][0]["metadata"]["author"], "Ada Example");
    let history = up.tenter(["history", "apps"]).ok();
    assert!(history.contains(&head[..8]) && history.contains("Ada Example"), "{history}");
}

#[test]
fn suspend_resume_and_reconcile_steer_what_is_applied() {
    let (repository, head, mut up) = opened();
    assert!(up.tenter(["suspend", "kustomization", "apps"]).ok().contains("suspended"));
    let row = up.tenter(["get", "kustomizations", "apps"]).ok();
    let row: Vec<&str> = row.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[2..4], ["True", "True"], "suspended, and as ready as it was");
    let refused = up.tenter(["reconcile", "kustomization", "apps"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.refused().contains("suspended; resume it first"));

    let next = repository.commit([("apps/web.yaml", shop::web("1.1.0"))], "Serve 1.1.0").unwrap();
    up.says_all(&["✔ GitRepository flux-system/flux-system", &next[..8]]);
    assert!(up.tenter(["get", "ks", "apps"]).ok().contains(&head[..8]));
    assert!(up.tenter(["resume", "kustomization", "apps"]).ok().contains("resumed"));
    up.says_all(&["✔ Kustomization flux-system/apps: Applied revision", &next[..8]]);
    let told = up.tenter(["reconcile", "kustomization", "apps", "--with-source"]).ok();
    let first = told.find("✔ GitRepository flux-system/flux-system: stored artifact").unwrap();
    assert!(first < told.find("✔ Kustomization flux-system/apps: Applied revision").unwrap(), "{told}");
    assert!(up.tenter(["reconcile", "source", "flux-system"]).ok().contains(&next[..8]));

    // A commit that cannot be built: reconcile says why, with its place, and what runs stays.
    repository.commit([("apps/web.yaml", "a: [\n")], "Break it").unwrap();
    let broken = up.tenter(["reconcile", "kustomization", "apps", "--with-source"]);
    assert_eq!(broken.code, Some(1), "{broken:#?}");
    assert!(broken.refused().contains("apps/web.yaml:2:1"));
    assert!(up.tenter(["get", "ks", "apps"]).ok().contains(&next[..8]));
}

#[test]
fn a_rollback_pins_a_revision_until_it_is_released() {
    let (repository, first, mut up) = opened();
    let none = up.tenter(["rollback", "apps"]);
    assert_eq!(none.code, Some(2));
    assert!(none.refused().contains("no other revision"));
    let second = repository.commit([("apps/web.yaml", shop::web("1.1.0"))], "Serve 1.1.0").unwrap();
    up.says_all(&["✔ Kustomization flux-system/apps: Applied revision", &second[..8]]);

    let pinned = up.tenter(["rollback", "apps"]).ok();
    assert!(pinned.contains(&first[..8]) && pinned.contains("pinned by a rollback until it is released"), "{pinned}");
    assert!(up.tenter(["history", "apps"]).ok().contains("(pinned)"));
    let third = repository.commit([("apps/web.yaml", shop::web("1.2.0"))], "Serve 1.2.0").unwrap();
    up.says_all(&["✔ GitRepository flux-system/flux-system", &third[..8]]);
    let row = up.tenter(["get", "kustomizations", "apps"]).ok();
    assert!(row.contains(&first[..8]) && row.contains("pinned"), "{row}");

    assert!(up.tenter(["rollback", "apps", "--to", &second[..10]]).ok().contains(&second[..8]));
    let released = up.tenter(["rollback", "apps", "--release"]).ok();
    assert!(released.contains(&third[..8]) && !released.contains("pinned"), "{released}");
    let both = up.tenter(["rollback", "apps", "--release", "--to", "x"]);
    assert_eq!(both.code, Some(2));
}

#[test]
fn build_and_diff_compare_files_with_the_cluster_and_hide_secrets() {
    let (repository, _, up) = opened();
    let root = repository.path().to_str().unwrap();
    let built = up.tenter(["build", "apps", "--path", root, "--origins"]).ok();
    assert!(built.contains("# apps/web.yaml:2:1\n") && built.contains("kind: Deployment"), "{built}");
    assert!(!built.contains("first-secret"), "{built}");
    assert_eq!(up.tenter(["diff", "apps", "--path", root]).ok(), "");

    repository.write("apps/web.yaml", shop::web("2.0.0")).unwrap();
    let secret = std::fs::read_to_string(repository.path().join("apps/secret.yaml")).unwrap();
    repository.write("apps/secret.yaml", secret.replace("first-secret", "second-secret")).unwrap();
    repository
        .write("apps/extra.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra, namespace: shop}\n")
        .unwrap();
    let different = up.tenter(["diff", "apps", "--path", root]).ended_with(1);
    for text in [
        "► Deployment/shop/web configured",
        "-      - image: registry.example.com/web:1.0.0",
        "+      - image: registry.example.com/web:2.0.0",
        "► Secret/shop/login configured",
        "► ConfigMap/shop/extra created",
    ] {
        assert!(different.contains(text), "{text} is not in\n{different}");
    }
    for hidden in ["first-secret", "second-secret", "Zmlyc3Qtc2VjcmV0", "c2Vjb25kLXNlY3JldA=="] {
        assert!(!different.contains(hidden), "{different}");
    }
    let fields = json(&up.tenter(["diff", "apps", "--path", root, "-o", "json"]).ended_with(1));
    assert!(fields.to_string().contains("spec.template.spec.containers[name=web].image"), "{fields}");
    // A file that goes takes its objects along.
    std::fs::remove_file(repository.path().join("apps/secret.yaml")).unwrap();
    assert!(up.tenter(["diff", "apps", "--path", root]).ended_with(1).contains("► Secret/shop/login deleted"));

    repository.write("apps/extra.yaml", "kind: [").unwrap();
    assert!(up.tenter(["diff", "apps", "--path", root]).ended_with(2).is_empty());
    let broken = up.tenter(["build", "apps", "--path", root]);
    assert_eq!(broken.code, Some(2));
    let said = broken.refused();
    assert!(said.contains("error: apps/extra.yaml:2:1: ") && said.contains("hint: "), "{said}");
}

#[test]
fn wrong_arguments_and_absent_clusters_end_with_a_hint() {
    let home = tempfile::tempdir().unwrap();
    let command = |arguments: &[&str]| -> Command {
        let mut command = tenter(&home);
        command.args(arguments);
        command
    };
    for arguments in [&["nonsense"][..], &["get", "pods"], &["rollback"], &["get", "-o", "xml"], &["up"]] {
        let outcome = run(command(arguments), "");
        assert_eq!(outcome.code, Some(2), "{outcome:#?}");
        assert!(outcome.refused().contains("--help"), "{arguments:?}");
    }
    let outcome = run(command(&["get", "all"]), "");
    assert_eq!(outcome.code, Some(2));
    let said = outcome.refused();
    assert!(
        said.starts_with("error: no cluster: ") && said.contains("hint: start one with `tenter up PATH`"),
        "{said}"
    );
    let outcome = run(command(&["up", "does/not/exist"]), "");
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.refused().contains("cannot read"));

    // Nothing listens there any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let kubeconfig = home.path().join("gone");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters: [{{name: a, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\n\
         contexts: [{{name: a, context: {{cluster: a, user: a}}}}]\nusers: [{{name: a, user: {{token: hush}}}}]\n"
    );
    std::fs::write(&kubeconfig, text).unwrap();
    let outcome = run(command(&["get", "all", "--kubeconfig", kubeconfig.to_str().unwrap()]), "");
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    let said = outcome.refused();
    assert!(said.contains("hint: is the cluster running? Start a local one with `tenter up PATH`"), "{said}");

    // A file that is no kubeconfig is not printed: it may hold a secret.
    std::fs::write(&kubeconfig, "token hush\nmore: hush").unwrap();
    let outcome = run(command(&["get", "all", "--kubeconfig", kubeconfig.to_str().unwrap()]), "");
    assert_eq!(outcome.code, Some(2), "{outcome:#?}");
    let said = outcome.refused();
    assert!(said.contains("cannot use the kubeconfig") && !said.contains("hush"), "{said}");
}

#[test]
fn completion_is_printed_for_every_shell() {
    let home = tempfile::tempdir().unwrap();
    for (shell, text) in [("bash", "complete -F _tenter"), ("zsh", "#compdef tenter"), ("fish", "complete -c tenter")] {
        let mut command = tenter(&home);
        command.args(["completion", shell]);
        let script = run(command, "").ok();
        assert!(script.contains(text) && script.contains("assume-ready"), "{shell}");
    }
}

#[test]
fn nothing_is_coloured_where_it_is_not_wanted() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [&["--help"][..], &["get", "all", "-vv"], &["nonsense"]] {
        let mut command = tenter(&home);
        command.args(arguments).env("NO_COLOR", "1").env("CLICOLOR_FORCE", "0");
        let outcome = run(command, "");
        assert!(!format!("{}{}", outcome.stdout, outcome.stderr).contains('\u{1b}'), "{outcome:#?}");
    }
}
