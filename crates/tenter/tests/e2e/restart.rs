//! `tenter up --data-dir`: the cluster outlives the process.

use crate::shop;
use crate::up::Up;

#[test]
fn a_data_folder_keeps_the_cluster_over_restarts() {
    let (repository, head) = shop::repository();
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().display().to_string();
    let arguments = || shop::arguments(&repository).into_iter().chain(["--data-dir".to_owned(), folder.clone()]);
    let uid = |up: &Up| {
        let apps = up.tenter(["get", "kustomizations", "apps", "-o", "json"]).ok();
        let apps: serde_json::Value = serde_json::from_str(&apps).unwrap();
        apps["metadata"]["uid"].clone()
    };

    let mut up = Up::start(arguments());
    up.says_all(&["✔ Kustomization flux-system/apps: Applied revision", &head[..8]]);
    let before = uid(&up);
    up.tenter(["suspend", "kustomization", "apps"]).ok();
    let home = up.kill();

    // What Git says while nobody looks must wait, because the Kustomization is still suspended.
    let next = repository.commit([("apps/web.yaml", shop::web("1.1.0"))], "Serve 1.1.0").unwrap();
    let mut up = Up::start_in(home, arguments());
    up.says_all(&["✔ GitRepository flux-system/flux-system", &next[..8]]);
    assert_eq!(uid(&up), before);
    let table = up.tenter(["get", "kustomizations", "apps"]).ok();
    assert!(table.contains(&head[..8]) && table.contains("True"), "{table}");
    assert!(!table.contains(&next[..8]), "{table}");
    let tree = up.tenter(["tree", "apps"]).ok();
    assert!(tree.contains("Deployment/shop/web") && tree.contains("Pod/shop/web-"), "{tree}");

    up.tenter(["resume", "kustomization", "apps"]).ok();
    up.says_all(&["✔ Kustomization flux-system/apps: Applied revision", &next[..8]]);
    let history = up.tenter(["history", "apps"]).ok();
    assert!(history.contains(&head[..8]) && history.contains(&next[..8]), "{history}");
}
