//! Live objects that are fetched between two attempts.

use expect_test::expect;
use serde_json::json;

use super::*;

fn asking() -> Chart {
    chart(
        "c",
        &[
            "templates/a.yaml\n{{- $secret := lookup \"v1\" \"Secret\" .Release.Namespace \"login\" }}\nkind: A\npassword: {{ $secret.data.password }}\n{{- if $secret }}\nowner: {{ (lookup \"v1\" \"Namespace\" \"\" .Release.Namespace).metadata.name }}\n{{- end }}\npods: {{ len (lookup \"v1\" \"Pod\" \"\" \"\").items }}",
        ],
    )
}

fn attempt(known: &Lookups) -> Result<String, RenderError> {
    let live_objects = LiveObjects::Known(Arc::new(known.clone()));
    let rendered = rendered_with(asking(), "", &Options { live_objects, ..Options::default() })?;
    Ok(rendered.print(&Printed::default(), Rules::V4).unwrap())
}

#[test]
fn what_is_not_known_is_asked_until_all_is_known() {
    let cluster = [
        ("v1", "Secret", "shop", "login", json!({"data": {"password": "c2VjcmV0"}})),
        ("v1", "Namespace", "", "shop", json!({"metadata": {"name": "shop"}})),
        ("v1", "Pod", "", "", json!({"items": [{}, {}]})),
    ];
    let mut known = Lookups::default();
    let mut asked = String::new();
    let printed = loop {
        match attempt(&known) {
            Ok(printed) => break printed,
            Err(error) => {
                asked.push_str(&format!("{error}\n"));
                let RenderError::Lookups(queries) = error else { unreachable!("{error}") };
                for query in queries {
                    let found = cluster.iter().find(|(_, kind, _, name, _)| *kind == query.kind && *name == query.name);
                    known.insert(query, Answer::Found(Arc::new(found.unwrap().4.clone())));
                }
            }
        }
    };
    expect![[r#"
        live objects are needed: v1 Secret shop/login
        live objects are needed: v1 Namespace shop
        live objects are needed: v1 Pod *
    "#]]
    .assert_eq(&asked);
    expect![[r#"
        ---
        # Source: c/templates/a.yaml
        kind: A
        password: c2VjcmV0
        owner: shop
        pods: 2
    "#]]
    .assert_eq(&printed);
}

#[test]
fn objects_may_be_absent_or_forbidden() {
    let absent =
        chart("c", &["templates/a.yaml\na: {{ if lookup \"v1\" \"Pod\" \"x\" \"y\" }}there{{ else }}gone{{ end }}"]);
    let query =
        Query { api_version: "v1".to_owned(), kind: "Pod".to_owned(), namespace: "x".to_owned(), name: "y".to_owned() };
    let with = |answer: Answer| {
        let mut known = Lookups::default();
        known.insert(query.clone(), answer);
        let live_objects = LiveObjects::Known(Arc::new(known));
        match rendered_with(absent.clone(), "", &Options { live_objects, ..Options::default() }) {
            Ok(rendered) => rendered.sorted.documents[0].text.clone(),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(with(Answer::Absent), "a: gone");
    expect![[r#"template: c/templates/a.yaml:1:9: executing "c/templates/a.yaml" at <lookup "v1" "Pod" "x" "y">: error calling lookup: pods "y" is forbidden"#]].assert_eq(&with(Answer::Failed("pods \"y\" is forbidden".to_owned())));
}
