//! What is said of a mesh without a cluster: `tenter analyze`, `explain`, `test`, `changelog` and `split`.

use std::path::Path;

use expect_test::{Expect, expect};
use serde_json::Value;
use tempfile::TempDir;
use testkit::git::Repository;

use crate::folders::folder;
use crate::gitops_istio::corpus;
use crate::process::{Outcome, run};
use crate::up::tenter;

/// `tenter` with these arguments, run in `place`, with `input` on its standard input.
#[track_caller]
fn with_input(place: &Path, arguments: &[&str], input: &str) -> Outcome {
    let home: TempDir = tempfile::tempdir().unwrap();
    let mut command = tenter(&home);
    command.current_dir(place).args(arguments);
    run(command, input)
}

#[track_caller]
fn at(place: &Path, arguments: &[&str]) -> Outcome {
    with_input(place, arguments, "")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// `severity code object file:line` of every finding that is worth more than a note.
fn findings(report: &str) -> String {
    let mut lines = String::new();
    for finding in json(report)["findings"].as_array().unwrap() {
        if finding["severity"] != "info" {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (object, location) = (&finding["object"], &finding["location"]);
            lines.push_str(&format!(
                "{} {} {}/{} {}:{}\n",
                text(&finding["severity"]),
                text(&finding["code"]),
                text(&object["kind"]),
                text(&object["name"]),
                text(&location["file"]),
                location["line"]
            ));
        }
    }
    lines
}

#[test]
fn the_defects_of_gitops_istio_are_found_and_nothing_else() {
    let Some(repository) = corpus() else { return };
    let outcome = at(&repository, &["analyze", "-o", "json"]);
    expect![[r#"
        error FL0002 Canary/backend apps/backend/canary.yaml:19
        error RP0007 HorizontalPodAutoscaler/backend apps/backend/hpa.yaml:10
        error RP0008 HorizontalPodAutoscaler/backend apps/backend/hpa.yaml:10
        warning MW0001 Namespace/istio-system istio/system/namespace.yaml:1
        warning MW0006 Gateway/public-gateway istio/gateway/public-gateway.yaml:13
        warning RP0012 Deployment/backend apps/backend/deployment.yaml:26
        warning RP0012 Deployment/flagger-loadtester apps/loadtest/deployment.yaml:20
        warning RP0012 Deployment/frontend apps/frontend/deployment.yaml:26
    "#]]
    .assert_eq(&findings(&outcome.ended_with(1)));
}

/// A namespace with two labels that contradict each other: one warning.
const TWO_LABELS: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    istio-injection: enabled\n    istio.io/rev: canary\n";

/// An autoscaler of nothing: one error.
const OF_NOTHING: &str = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web, namespace: shop}\nspec:\n  maxReplicas: 3\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n";

/// A workload beside it: only where some are declared is another one missed. It has no findings but notes.
const OTHER: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other, namespace: shop, labels: {istio.io/rev: canary}}\nspec:\n  selector: {matchLabels: {app: other}}\n  template:\n    metadata: {labels: {app: other}}\n    spec: {containers: [{name: web, image: web}]}\n";

#[track_caller]
fn check_text(files: &[(&str, &str)], arguments: &[&str], code: i32, expected: Expect) {
    let folder = folder(files);
    let outcome = at(folder.path(), &[&["analyze"], arguments].concat());
    assert_eq!(outcome.code, Some(code), "{outcome:#?}");
    expected.assert_eq(&format!("{}---\n{}", outcome.stdout, outcome.stderr));
}

/// Leaves out what a warning about two labels is not about.
const ONLY_LABELS: [&str; 2] = ["-S", "MW0001=*"];

#[test]
fn a_finding_shows_the_line_it_is_about() {
    check_text(
        &[("shop.yaml", TWO_LABELS)],
        &ONLY_LABELS,
        0,
        expect![[r#"
        warning[IST0123] NamespaceMultipleInjectionLabels: the namespace has both the label `istio-injection` and the label `istio.io/rev`; the first one wins
         --> shop.yaml:7:5
          |
        7 |     istio.io/rev: canary
          |     ^^^^^^^^^^^^^^^^^^^^
         --> shop.yaml:6:5
          |
        6 |     istio-injection: enabled
          |     ^^^^^^^^^^^^^^^^^^^^^^^^ `istio-injection` is set here
          = object: Namespace shop
          = hint: Remove one of them: the label `istio-injection` to follow `istio.io/rev`.

        info[MW0004] NoDefaultDeny: whatever no AuthorizationPolicy speaks of is allowed in the namespace
         --> shop.yaml:1:1
          |
        1 | apiVersion: v1
          | ^^^^^^^^^^^^^^
          = object: Namespace shop
          = hint: Declare an AuthorizationPolicy with an empty `spec`, and allow what is needed.

        ---
        0 errors, 1 warning, 1 info in 1 object
    "#]],
    );
}

#[test]
fn findings_point_through_kustomize_and_flux_and_each_overlay_is_a_cluster() {
    let overlay = |name: &str| format!("resources: [../../base]\nlabels: [{{pairs: {{cluster: {name}}}}}]\n");
    let (staging, production) = (overlay("staging"), overlay("production"));
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\nspec:\n  interval: 10m\n  path: ./apps\n  prune: true\n  sourceRef: {kind: GitRepository, name: flux-system}\n  postBuild: {substitute: {revision: canary}}\n";
    let substituted = TWO_LABELS.replace("canary", "${revision}").replace("name: shop", "name: store");
    check_text(
        &[
            ("base/kustomization.yaml", "resources: [shop.yaml]\n"),
            ("base/shop.yaml", TWO_LABELS),
            ("overlays/staging/kustomization.yaml", &staging),
            ("overlays/production/kustomization.yaml", &production),
            ("clusters/one/apps.yaml", flux),
            ("apps/store.yaml", &substituted),
        ],
        &ONLY_LABELS,
        0,
        expect![[r#"
            warning[IST0123] NamespaceMultipleInjectionLabels: the namespace has both the label `istio-injection` and the label `istio.io/rev`; the first one wins
             --> base/shop.yaml:7:5
              |
            7 |     istio.io/rev: canary
              |     ^^^^^^^^^^^^^^^^^^^^
             --> base/shop.yaml:6:5
              |
            6 |     istio-injection: enabled
              |     ^^^^^^^^^^^^^^^^^^^^^^^^ `istio-injection` is set here
              = object: Namespace shop
              = hint: Remove one of them: the label `istio-injection` to follow `istio.io/rev`.

            warning[IST0123] NamespaceMultipleInjectionLabels: the namespace has both the label `istio-injection` and the label `istio.io/rev`; the first one wins
             --> apps/store.yaml:7:5
              |
            7 |     istio.io/rev: ${revision}
              |     ^^^^^^^^^^^^^^^^^^^^^^^^^
             --> apps/store.yaml:6:5
              |
            6 |     istio-injection: enabled
              |     ^^^^^^^^^^^^^^^^^^^^^^^^ `istio-injection` is set here
              = object: Namespace store
              = hint: Remove one of them: the label `istio-injection` to follow `istio.io/rev`.

            info[MW0004] NoDefaultDeny: whatever no AuthorizationPolicy speaks of is allowed in the namespace
             --> base/shop.yaml:1:1
              |
            1 | apiVersion: v1
              | ^^^^^^^^^^^^^^
              = object: Namespace shop
              = hint: Declare an AuthorizationPolicy with an empty `spec`, and allow what is needed.

            info[MW0004] NoDefaultDeny: whatever no AuthorizationPolicy speaks of is allowed in the namespace
             --> apps/store.yaml:1:1
              |
            1 | apiVersion: v1
              | ^^^^^^^^^^^^^^
              = object: Namespace store
              = hint: Declare an AuthorizationPolicy with an empty `spec`, and allow what is needed.

            ---
            0 errors, 2 warnings, 2 infos in 3 objects of 2 clusters
        "#]],
    );
}

#[test]
fn broken_files_are_findings_and_the_rest_is_analysed_all_the_same() {
    check_text(
        &[
            ("broken.yaml", "a: [\n"),
            ("shop.yaml", TWO_LABELS),
            ("app/kustomization.yaml", "resources: [missing.yaml]\n"),
            ("chart/Chart.yaml", "name: x\n"),
            ("chart/templates/a.yaml", "{{ nonsense }}: [\n"),
            (".github/workflow.yaml", "on: [push]\n"),
        ],
        &ONLY_LABELS,
        1,
        expect![[r#"
            error[TN0001] UnreadableFile: a value is expected here: a bracket before this place is probably not closed, or a comma is too much
             --> broken.yaml:2:1
              = hint: Close the bracket; put a text that starts with a bracket in quotes.

            error[TN0002] DoesNotRender: `missing.yaml`: no such file or folder; looked for `app/missing.yaml`
             --> app/kustomization.yaml:1:13
              |
            1 | resources: [missing.yaml]
              |             ^^^^^^^^^^^^^
              = hint: Check the spelling, and whether an ignore rule leaves the file out.

            warning[IST0123] NamespaceMultipleInjectionLabels: the namespace has both the label `istio-injection` and the label `istio.io/rev`; the first one wins
             --> shop.yaml:7:5
              |
            7 |     istio.io/rev: canary
              |     ^^^^^^^^^^^^^^^^^^^^
             --> shop.yaml:6:5
              |
            6 |     istio-injection: enabled
              |     ^^^^^^^^^^^^^^^^^^^^^^^^ `istio-injection` is set here
              = object: Namespace shop
              = hint: Remove one of them: the label `istio-injection` to follow `istio.io/rev`.

            info[MW0004] NoDefaultDeny: whatever no AuthorizationPolicy speaks of is allowed in the namespace
             --> shop.yaml:1:1
              |
            1 | apiVersion: v1
              | ^^^^^^^^^^^^^^
              = object: Namespace shop
              = hint: Declare an AuthorizationPolicy with an empty `spec`, and allow what is needed.

            ---
            2 errors, 1 warning, 1 info in 1 object
        "#]],
    );
}

#[test]
fn the_threshold_counts_in_every_format() {
    let folder = folder(&[("shop.yaml", TWO_LABELS)]);
    for format in [&["-o", "json"][..], &["-o", "yaml"], &["-o", "sarif"], &["-o", "junit"], &["-o", "github"], &[]] {
        let run = |threshold: &str| {
            let arguments = [&["analyze", "--failure-threshold", threshold][..], &ONLY_LABELS, format].concat();
            at(folder.path(), &arguments).code
        };
        assert_eq!((run("warning"), run("error"), run("never")), (Some(1), Some(0), Some(0)), "{format:?}");
    }
    let wrong = at(folder.path(), &["get", "all", "-o", "sarif"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.refused().contains("-o sarif is for reports"));
}

#[test]
fn other_programs_can_read_what_is_found() {
    let folder = folder(&[("shop.yaml", TWO_LABELS)]);
    let report = |format: &str| at(folder.path(), &[&["analyze", "-o", format][..], &ONLY_LABELS].concat()).ok();
    let sarif = json(&report("sarif"));
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    assert_eq!(
        (&sarif["version"], &result["ruleId"], &result["level"]),
        (&"2.1.0".into(), &"IST0123".into(), &"warning".into())
    );
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!((&place["artifactLocation"]["uri"], &place["region"]["startLine"]), (&"shop.yaml".into(), &7.into()));
    let described = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(described.iter().any(|rule| rule["id"] == "IST0123"), "a result's rule is described");
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="tenter analyze" tests="2" failures="2">
          <testsuite name="tenter analyze" tests="2" failures="2">
            <testcase classname="IST0123 NamespaceMultipleInjectionLabels" name="Namespace shop shop.yaml:7:5">
              <failure type="warning" message="the namespace has both the label `istio-injection` and the label `istio.io/rev`; the first one wins">Remove one of them: the label `istio-injection` to follow `istio.io/rev`.</failure>
            </testcase>
            <testcase classname="MW0004 NoDefaultDeny" name="Namespace shop shop.yaml:1:1">
              <failure type="info" message="whatever no AuthorizationPolicy speaks of is allowed in the namespace">Declare an AuthorizationPolicy with an empty `spec`, and allow what is needed.</failure>
            </testcase>
          </testsuite>
        </testsuites>
    "#]].assert_eq(&report("junit"));
    expect![[r#"
        ::warning file=shop.yaml,line=7,col=5,title=IST0123 NamespaceMultipleInjectionLabels::Namespace shop: the namespace has both the label `istio-injection` and the label `istio.io/rev`; the first one wins%0ARemove one of them: the label `istio-injection` to follow `istio.io/rev`.
        ::notice file=shop.yaml,line=1,col=1,title=MW0004 NoDefaultDeny::Namespace shop: whatever no AuthorizationPolicy speaks of is allowed in the namespace%0ADeclare an AuthorizationPolicy with an empty `spec`, and allow what is needed.
    "#]].assert_eq(&report("github"));
}

#[test]
fn what_nobody_wants_to_hear_of_is_not_said() {
    let annotated =
        TWO_LABELS.replace("  labels:", "  annotations: {galley.istio.io/analyze-suppress: IST0123}\n  labels:");
    let ours = annotated.replace("galley.istio.io", "tenter.dev");
    let run = |files: &[(&str, &str)], arguments: &[&str]| {
        let folder = folder(files);
        let arguments =
            [&["analyze", "-o", "json", "--failure-threshold", "never"][..], &ONLY_LABELS, arguments].concat();
        findings(&at(folder.path(), &arguments).ok())
    };
    assert_ne!(run(&[("shop.yaml", TWO_LABELS)], &[]), "");
    assert_eq!(run(&[("shop.yaml", &annotated)], &[]), "");
    assert_eq!(run(&[("shop.yaml", &ours)], &[]), "");
    assert_eq!(run(&[("shop.yaml", TWO_LABELS)], &["-S", "IST0123=Namespace sh*"]), "");
    assert_ne!(run(&[("shop.yaml", TWO_LABELS)], &["-S", "IST0123=Namespace other"]), "");
    let decided = ".tenter.yaml";
    assert_eq!(run(&[("shop.yaml", TWO_LABELS), (decided, "analyze: {suppress: ['IST0123=*']}\n")], &[]), "");
    let folder = folder(&[("shop.yaml", TWO_LABELS), (decided, "analyze: {failureThreshold: warning}\n")]);
    assert_eq!(at(folder.path(), &["analyze"]).code, Some(1));
    std::fs::write(folder.path().join(decided), "analyze: {failureTreshold: warning}\n").unwrap();
    let refused = at(folder.path(), &["analyze"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.refused().contains("failureTreshold"));
}

#[test]
fn manifests_of_other_programs_come_on_stdin() {
    let folder = folder(&[]);
    let outcome = with_input(
        folder.path(),
        &["analyze", "-", "-o", "json"],
        &format!("{TWO_LABELS}---\n{OF_NOTHING}---\n{OTHER}"),
    );
    expect![[r#"
        error RP0006 HorizontalPodAutoscaler/web stdin:14
        warning IST0123 Namespace/shop stdin:7
    "#]]
    .assert_eq(&findings(&outcome.ended_with(1)));
}

#[test]
fn only_what_a_branch_brings_in_is_said_of_it() {
    let repository = Repository::create().unwrap();
    repository.commit([("mesh/autoscaler.yaml", OF_NOTHING), ("mesh/other.yaml", OTHER)], "an old error").unwrap();
    let folder = repository.path();
    assert_eq!(at(folder, &["analyze"]).code, Some(1), "there is an error");
    assert_eq!(at(folder, &["analyze", "--diff", "HEAD"]).code, Some(0), "what was there before is not new");
    // An error that moved to another line is no new one.
    std::fs::write(folder.join("mesh/autoscaler.yaml"), format!("# moved\n\n{OF_NOTHING}")).unwrap();
    std::fs::write(folder.join("mesh/shop.yaml"), TWO_LABELS).unwrap();
    let arguments = ["analyze", "mesh", "--diff", "HEAD", "-o", "json", "--failure-threshold", "warning"];
    expect![[r#"
        warning IST0123 Namespace/shop mesh/shop.yaml:7
    "#]]
    .assert_eq(&findings(&at(folder, &arguments).ended_with(1)));
    let unknown = at(folder, &["analyze", "--diff", "nowhere"]);
    assert!(unknown.refused().contains("nowhere"));
}

#[test]
fn clusters_of_one_mesh_are_compared() {
    let service = |port: u16| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\nspec: {{selector: {{app: web}}, ports: [{{name: http, port: {port}}}]}}\n"
        )
    };
    let folder = folder(&[("one/web.yaml", &service(80)), ("two/web.yaml", &service(8080))]);
    let run = |arguments: &[&str]| {
        findings(&at(folder.path(), &[&["analyze", "one", "two", "-o", "json"], arguments].concat()).ok())
    };
    assert!(!run(&[]).contains("IST0170"));
    assert!(run(&["--one-mesh"]).contains("warning IST0170 Service/web"), "{}", run(&["--one-mesh"]));
}

#[test]
fn rules_are_listed_and_explained() {
    let folder = folder(&[]);
    let listed = at(folder.path(), &["analyze", "--list-rules"]).ok();
    assert!(listed.lines().any(|line| line.starts_with("IST0123")), "{listed}");
    let explained = at(folder.path(), &["analyze", "--explain", "ist0123"]).ok();
    assert!(explained.starts_with("# IST0123 ") && explained.contains("## Why it matters"), "{explained}");
    assert_eq!(at(folder.path(), &["analyze", "--explain", "IST9999"]).code, Some(2));
}

const SHOP: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: reviews, namespace: shop}\nspec:\n  selector: {app: reviews}\n  ports: [{name: http, port: 80, targetPort: 8080}]\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: reviews, namespace: shop}\nspec:\n  selector: {matchLabels: {app: reviews}}\n  template:\n    metadata: {labels: {app: reviews, version: v1}}\n    spec: {serviceAccountName: reviews, containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {serviceAccountName: web, containers: [{name: web, image: web}]}\n---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: reviews, namespace: shop}\nspec:\n  host: reviews\n  subsets: [{name: v1, labels: {version: v1}}]\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: reviews, namespace: shop}\nspec:\n  hosts: [reviews]\n  http:\n    - name: ada\n      match: [{headers: {end-user: {exact: ada}}}]\n      route: [{destination: {host: reviews, subset: v1}}]\n      timeout: 2s\n    - name: all\n      route: [{destination: {host: reviews}}]\n---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: shop}\nspec: {mtls: {mode: STRICT}}\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: reviews, namespace: shop}\nspec:\n  selector: {matchLabels: {app: reviews}}\n  rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}], to: [{operation: {methods: [GET]}}]}]\n";

#[test]
fn routes_access_and_encryption_are_explained() {
    let folder = folder(&[("mesh/shop.yaml", SHOP)]);
    let explain =
        |arguments: &[&str]| json(&at(folder.path(), &[&["explain"], arguments, &["-o", "json"]].concat()).ok());
    let route = explain(&["route", "http://reviews/", "--from", "shop/web", "-H", "end-user: ada"]);
    let decision = &route[0]["decision"];
    assert_eq!(decision["destinations"][0]["subset"], "v1", "{decision:#}");
    let other = explain(&["route", "http://reviews/", "--from", "shop/web"]);
    assert_eq!(other[0]["decision"]["matched"]["rule"], "all", "{other:#}");
    let tree = at(folder.path(), &["explain", "route", "http://reviews/", "--from", "shop/web"]).ok();
    assert!(tree.contains("end-user") && tree.contains("mesh/shop.yaml:"), "why the first rule does not match: {tree}");

    let access = |method: &str, from: &str| {
        let arguments = ["access", "--from", from, "--to", "shop/reviews", "--port", "8080", "-X", method];
        explain(&arguments)[0]["decision"]["verdict"].clone()
    };
    assert_eq!((access("GET", "shop/web"), access("POST", "shop/web")), ("allow".into(), "deny".into()));
    assert_eq!(access("GET", "shop/reviews"), "deny");

    let transport = explain(&["transport", "--from", "shop/web", "--to", "shop/reviews", "--port", "8080"]);
    assert!(transport[0]["decision"].to_string().to_lowercase().contains("strict"), "{transport:#}");
    let nobody = at(folder.path(), &["explain", "transport", "--from", "a/b", "--to", "shop/web", "--port", "1"]);
    assert_eq!(nobody.code, Some(2));
    assert!(nobody.refused().contains("there is no workload `a/b`"));
}

const TESTS: &str = "apiVersion: tenter.dev/v1alpha1\nkind: MeshTest\nmetadata: {name: reviews}\nworld: [../mesh]\ntests:\n  - name: ada gets the new version\n    route: {from: shop/web, url: \"http://reviews/\", headers: {end-user: ada}}\n    expect: {destinations: [{host: reviews.shop, subset: v1}]}\n  - name: nobody posts\n    access: {from: shop/web, to: shop/reviews, port: 8080, method: POST}\n    expect: VERDICT\n";

#[test]
fn tests_of_a_mesh_hold_or_say_why_not() {
    let (good, bad) = (TESTS.replace("VERDICT", "deny"), TESTS.replace("VERDICT", "allow"));
    let folder = folder(&[("mesh/shop.yaml", SHOP), ("tests/reviews_test.mesh.yaml", &good)]);
    let held = at(folder.path(), &["test"]);
    assert!(held.stderr.contains("2 of 2 tests hold"), "{held:#?}");
    held.ok();
    std::fs::write(folder.path().join("tests/reviews_test.mesh.yaml"), &bad).unwrap();
    let failed = at(folder.path(), &["test", "tests", "--coverage", "--reasoning"]).ended_with(1);
    assert!(failed.contains("✗ nobody posts (tests/reviews_test.mesh.yaml:9:"), "{failed}");
    assert!(failed.contains("No test exercised:\n  VirtualService/shop/reviews all"), "{failed}");
    let junit = at(folder.path(), &["test", "-o", "junit"]).ended_with(1);
    assert!(junit.contains("<testsuite name=\"reviews\" tests=\"2\" failures=\"1\">"), "{junit}");
    let only = at(folder.path(), &["test", "--filter", "ada"]);
    assert!(only.stderr.contains("1 of 1 tests hold"), "{only:#?}");
    assert_eq!(at(&folder.path().join("mesh"), &["test"]).code, Some(2), "no tests are no success");
}

#[test]
fn what_changed_is_told_in_the_words_of_the_mesh() {
    let chart = |tag: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec:\n      containers: [{{name: web, image: \"web:{tag}\", args: [\"{{{{ .Values.level }}}}\"]}}]\n"
        )
    };
    let folder = folder(&[
        ("a/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("a/values.yaml", "level: info\n"),
        ("a/templates/web.yaml", &chart("1")),
        ("b/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.1.0\n"),
        ("b/values.yaml", "level: debug\n"),
        ("b/templates/web.yaml", &chart("2")),
    ]);
    expect![[r#"
        Images
          Deployment/web
            container web: image: web:1 → web:2
        Settings
          Chart/web
            level: info → debug
            version: 1.0.0 → 1.1.0
          Deployment/web
            container web: args: ["info"] → ["debug"]
    "#]]
    .assert_eq(&at(folder.path(), &["changelog", "a", "b"]).ok());

    let repository = Repository::create().unwrap();
    let before = repository.commit([("shop.yaml", SHOP)], "a mesh").unwrap();
    repository.commit([("shop.yaml", &SHOP.replace("timeout: 2s", "timeout: 4s"))], "more patience").unwrap();
    expect![[r#"
        Traffic
          VirtualService/shop/reviews
            http[0].timeout: 2s → 4s
    "#]]
    .assert_eq(&at(repository.path(), &["changelog", &before, "HEAD"]).ok());
}

#[test]
fn a_file_is_split_into_one_for_each_object() {
    let folder = folder(&[("mesh.yaml", &format!("# the namespace\n{TWO_LABELS}---\n{OF_NOTHING}"))]);
    let split = |arguments: &[&str]| {
        at(folder.path(), &[&["split", "mesh.yaml", "--output-dir", "out"], arguments].concat()).ok()
    };
    assert_eq!(split(&[]), "horizontalpodautoscaler.shop.web.yaml\nnamespace.shop.yaml\n");
    let written = std::fs::read_to_string(folder.path().join("out/namespace.shop.yaml")).unwrap();
    assert_eq!(written, format!("# the namespace\n{TWO_LABELS}"));
    // What somebody else put there stays, what an earlier split wrote goes.
    std::fs::write(folder.path().join("out/values.yaml"), "a: 1\n").unwrap();
    std::fs::write(folder.path().join("mesh.yaml"), TWO_LABELS).unwrap();
    assert_eq!(split(&["--prune"]), "namespace.shop.yaml\nhorizontalpodautoscaler.shop.web.yaml (removed)\n");
    assert!(folder.path().join("out/values.yaml").exists());
}
