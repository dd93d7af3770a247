use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::encoding::decode_up_to;
use super::*;

/// A release with everything in it, as Helm 3 writes it.
fn full() -> Value {
    json!({
        "name": "web",
        "info": {
            "first_deployed": "2026-01-02T03:04:05.120000000+00:00",
            "last_deployed": "2026-01-02T04:04:05.123456789+01:00",
            "deleted": "",
            "description": "Install complete <&>",
            "status": "deployed",
            "notes": "a\u{1}\u{8}\u{c}\u{2028}\u{7f}é\n",
        },
        "chart": {
            "metadata": {
                "name": "web", "version": "1.2.3+abc", "apiVersion": "v2", "appVersion": "9", "deprecated": false,
                "annotations": {"b": "2", "a": "1"},
                "maintainers": [{"name": "Ada Example", "email": "ada@example.com"}],
                "sources": ["https://example.com/?a=1&b=2"],
                "dependencies": [{
                    "name": "db", "version": "1.x.x", "repository": "", "enabled": true, "tags": ["t"],
                    "import-values": ["data", {"parent": "p", "child": "c"}],
                }],
                "type": "application",
            },
            "lock": null,
            "templates": [{"name": "templates/a.yaml", "data": "YTogMQo="}],
            "values": {"a": 1},
            "schema": "e30=",
            "files": null,
        },
        "config": {
            "replicas": 3, "big": 12345678901234567890_u64, "huge": 1e21, "small": 1e-7, "f": 1.5, "neg": -4,
            "yes": "yes", "num": "0x1f", "null": null, "t": true, "empty": {}, "none": [], "s": "",
            "long": "aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll mmmm nnnn oooo pppp qqqq rrrr",
            "multi": "l1\nl2\n", "list": [{"b": 1, "a": [1, 2, [3]]}, "x"], "a10": 1, "a9": 2, "A": 3,
            "key: x": "v: y", "é": "ü", "date": "2024-01-01", "tab": "a\tb", "lt": "<b>",
        },
        "manifest": "---\nkind: ConfigMap\n",
        "hooks": [
            {
                "name": "t", "kind": "Pod", "path": "web/templates/t.yaml", "manifest": "kind: Pod\n",
                "events": ["test"], "last_run": {"started_at": "", "completed_at": "", "phase": ""},
            },
            {
                "name": "pre", "kind": "Job", "path": "web/templates/p.yaml", "manifest": "kind: Job\n",
                "events": ["pre-install", "post-upgrade"],
                "last_run": {
                    "started_at": "2026-01-02T03:04:05Z", "completed_at": "2026-01-02T03:04:06.5Z",
                    "phase": "Succeeded",
                },
                "weight": -5, "delete_policies": ["hook-succeeded"], "output_log_policies": ["hook-failed"],
            },
        ],
        "version": 3,
        "namespace": "apps",
        "apply_method": "ssa",
    })
}

fn read(json: &Value) -> Release {
    serde_json::from_value(json.clone()).unwrap()
}

fn sha256(text: &str) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(text)))
}

/// The text and the digests are what helm-controller 1.6.3 computes of this release.
#[test]
fn observations_are_those_of_helm_controller() {
    let observed = observation(&read(&full())).unwrap();
    expect![[r#"{"name":"web","version":3,"info":{"first_deployed":"2026-01-02T03:04:05.12Z","last_deployed":"2026-01-02T04:04:05.123456789+01:00","description":"Install complete \u003c\u0026\u003e","status":"deployed","notes":"a\u0001\b\f\u2028é\n"},"chartMetadata":{"name":"web","sources":["https://example.com/?a=1\u0026b=2"],"version":"1.2.3+abc","maintainers":[{"name":"Ada Example","email":"ada@example.com"}],"apiVersion":"v2","appVersion":"9","annotations":{"a":"1","b":"2"},"dependencies":[{"name":"db","version":"1.x.x","repository":"","tags":["t"],"enabled":true,"import-values":["data",{"child":"c","parent":"p"}]}],"type":"application"},"config":{"A":3,"a10":1,"a9":2,"big":12345678901234567000,"date":"2024-01-01","empty":{},"f":1.5,"huge":1e+21,"key: x":"v: y","list":[{"a":[1,2,[3]],"b":1},"x"],"long":"aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll mmmm nnnn oooo pppp qqqq rrrr","lt":"\u003cb\u003e","multi":"l1\nl2\n","neg":-4,"none":[],"null":null,"num":"0x1f","replicas":3,"s":"","small":1e-7,"t":true,"tab":"a\tb","yes":"yes","é":"ü"},"manifest":"---\nkind: ConfigMap\n","hooks":[{"name":"pre","kind":"Job","path":"web/templates/p.yaml","manifest":"kind: Job\n","events":["pre-install","post-upgrade"],"last_run":{"started_at":"2026-01-02T03:04:05Z","completed_at":"2026-01-02T03:04:06.5Z","phase":"Succeeded"},"weight":-5,"delete_policies":["hook-succeeded"],"output_log_policies":["hook-failed"]}],"namespace":"apps"}"#]]
    .assert_eq(&observed.replace('\u{7f}', ""));
    assert_eq!(
        sha256(&format!("{observed}\n")),
        "sha256:2c880d75889386aee31d50d76df53ecf3759abec87fb921f03159e0fcce1806c"
    );
}

#[test]
fn nothing_is_null_in_observations() {
    let observed = observation(&read(&json!({"name": "a", "version": 1, "chart": null}))).unwrap();
    expect![[r#"{"name":"a","version":1,"info":{},"chartMetadata":{},"config":null,"manifest":"","hooks":null,"namespace":""}"#]]
        .assert_eq(&observed);
}

/// The digests are what helm-controller 1.6.3 computes.
#[test]
fn values_have_the_digests_of_helm_controller() {
    #[track_caller]
    fn check(values: Value, expected: Expect) {
        expected.assert_eq(&config_digest(values.as_object().unwrap()));
    }
    check(json!({}), expect!["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]);
    check(
        json!({"replicas": 3, "image": {"tag": "latest", "repository": "nginx"},
               "ports": [{"protocol": "TCP", "port": 8080}, {"port": 9090, "protocol": "UDP"}]}),
        expect!["sha256:fcdc2b0de1581a3633ada4afee3f918f6eaa5b5ab38c3fef03d5b48d3f85d9f6"],
    );
    check(
        json!({"replicas": 3, "test": {
            "632bd80235a05f4192aefade": "value1", "632bd80ddf416cf32fd50679": "value2",
            "632bd817c559818a52307da2": "value3", "632bd82398e71231a98004b6": "value4",
        }}),
        expect!["sha256:8a980fcbeadd6f05818f07e8aec14070c22250ca3d96af1fcd5f93b3e85b4d70"],
    );
    check(full()["config"].clone(), expect!["sha256:fb3cedd4e0b12a9fe13bc4dfd91adac3797d005337044c160321b3de7a50d02f"]);
    let checksum = config_checksum(full()["config"].as_object().unwrap());
    assert_eq!(checksum, "db0e3b2feb6c414ee2410d51913a185c289c428c");
}

#[test]
fn secrets_look_as_helm_makes_them() {
    let mut release = read(&full());
    release.labels.insert("team".to_owned(), "web".to_owned());
    let mut object = secret(&release, "storage", Written::Created(1_767_323_045)).unwrap();
    assert_eq!(read_object(&object).unwrap(), release);
    object["data"]["release"] = json!("…");
    expect![[r#"
        {
          "apiVersion": "v1",
          "data": {
            "release": "…"
          },
          "kind": "Secret",
          "metadata": {
            "labels": {
              "createdAt": "1767323045",
              "name": "web",
              "owner": "helm",
              "status": "deployed",
              "team": "web",
              "version": "3"
            },
            "name": "sh.helm.release.v1.web.v3",
            "namespace": "storage"
          },
          "type": "helm.sh/release.v1"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&object).unwrap());
    let modified = secret(&release, "storage", Written::Modified(5)).unwrap();
    assert_eq!(modified["metadata"]["labels"]["modifiedAt"], "5");
    assert_eq!(modified["metadata"]["labels"]["createdAt"], Value::Null);
}

#[test]
fn config_maps_and_uncompressed_releases_are_read() {
    let release = read(&full());
    let config_map = json!({"kind": "ConfigMap", "data": {"release": encode(&release).unwrap()}});
    assert_eq!(read_object(&config_map).unwrap(), release);
    assert_eq!(decode(STANDARD.encode(full().to_string()).as_bytes()).unwrap(), release);
}

#[test]
fn what_is_no_release_is_refused() {
    #[track_caller]
    fn check(object: Value, expected: Expect) {
        expected.assert_eq(&read_object(&object).unwrap_err().to_string());
    }
    let named = |data: Value| json!({"kind": "Secret", "metadata": {"name": "sh.helm.release.v1.a.v1"}, "data": data});
    let stored = |text: &str| named(json!({"release": STANDARD.encode(text)}));
    check(
        named(json!({})),
        expect![
            "sh.helm.release.v1.a.v1 has no data `release`: it was not made by Helm, or what made it was stopped; delete it"
        ],
    );
    check(
        stored("?"),
        expect![
            "the stored release is no base64 (Invalid symbol 63, offset 0.): it was damaged or edited; delete its Secret to forget this revision"
        ],
    );
    check(
        stored(&STANDARD.encode([0x1f, 0x8b, 0x08, 0xff])),
        expect![
            "the stored release cannot be decompressed (unexpected end of file); delete its Secret to forget this revision"
        ],
    );
    check(
        stored(&STANDARD.encode("{\"version\": \"x\"}")),
        expect![
            "the stored release is no release of Helm 3 or 4: invalid type: string \"x\", expected u32 at line 1 column 15"
        ],
    );
    let mut long = read(&full());
    long.manifest = "a".repeat(5000);
    let text = encode(&long).unwrap();
    assert!(matches!(decode_up_to(text.as_bytes(), 5000), Err(StorageError::TooLong)));
    assert_eq!(decode_up_to(text.as_bytes(), 100_000).unwrap(), long);
}

#[test]
fn unknown_fields_are_kept_and_go_zero_values_left_out() {
    let mut json = full();
    json["future"] = json!({"a": 1});
    json["info"]["later"] = json!("x");
    json["chart"]["modtime"] = json!("2026-01-02T03:04:05Z");
    json["chart"]["templates"][0]["modtime"] = json!("2026-01-02T03:04:05Z");
    json["hooks"][0]["more"] = json!([1]);
    let release = read(&json);
    let written = serde_json::to_value(&release).unwrap();
    assert_eq!(read(&written), release);
    // What is left of the differences are zero values.
    json["info"].as_object_mut().unwrap().remove("deleted");
    json["hooks"][0]["last_run"] = json!({"phase": ""});
    json["chart"]["metadata"].as_object_mut().unwrap().remove("deprecated");
    json["chart"]["files"] = json!([]);
    assert_eq!(written, json);
}

#[test]
fn charts_become_what_helm_stores() {
    let file =
        |name: &str, data: &str| crate::helm::chart::ChartFile { name: name.to_owned(), data: data.as_bytes().into() };
    let mut chart = crate::helm::chart::Chart::default();
    chart.metadata.name = "web".to_owned();
    chart.metadata.app_version = "9".to_owned();
    chart.templates = vec![file("templates/a.yaml", "a: 1\n")];
    chart.files = vec![file("README.md", "Hello")];
    chart.schema = Some(b"{}".as_slice().into());
    expect![[r#"{"metadata":{"name":"web","appVersion":"9"},"lock":null,"templates":[{"name":"templates/a.yaml","data":"YTogMQo="}],"values":{},"schema":"e30=","files":[{"name":"README.md","data":"SGVsbG8="}]}"#]]
        .assert_eq(&serde_json::to_string(&Chart::of(&chart).unwrap()).unwrap());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~é<&\\n]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..4).prop_map(|all| all.into_iter().collect()),
        ]
    })
}

fn any_release() -> impl Strategy<Value = Release> {
    let table = || prop::collection::btree_map("[a-z0-9]{1,5}", any_json(), 0..5);
    let time = || prop::option::of(Just("2026-01-02T03:04:05.5+01:00".to_owned()));
    let hook = ("[a-z]{0,5}", any::<i16>(), prop::collection::vec("[a-z-]{1,9}", 0..3), time()).prop_map(
        |(name, weight, events, started_at)| Hook {
            name,
            weight: i64::from(weight),
            events,
            last_run: HookRun { started_at, ..HookRun::default() },
            ..Hook::default()
        },
    );
    let file = ("[a-z/]{1,9}", prop::collection::vec(any::<u8>(), 0..9)).prop_map(|(name, data)| File {
        name,
        data,
        other: Map::new(),
    });
    (
        table(),
        table(),
        "\\PC{0,30}",
        1_u32..9,
        prop::collection::vec(hook, 0..3),
        prop::collection::vec(file, 0..3),
        time(),
    )
        .prop_map(|(config, values, manifest, version, hooks, templates, deleted)| Release {
            name: "web".to_owned(),
            info: Info { status: "deployed".to_owned(), deleted, ..Info::default() },
            chart: Some(Chart { values: values.into_iter().collect(), templates, ..Chart::default() }),
            config: config.into_iter().collect(),
            manifest,
            hooks,
            version,
            ..Release::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_again(release in any_release()) {
        let object = secret(&release, "apps", Written::Created(1)).unwrap();
        prop_assert_eq!(&read_object(&object).unwrap(), &release);
        // Reading and writing change nothing that helm-controller looks at.
        prop_assert_eq!(observation(&read_object(&object).unwrap()).unwrap(), observation(&release).unwrap());
    }

    #[test]
    fn no_data_is_too_strange_to_be_refused(data in prop::collection::vec(any::<u8>(), 0..64), compressed: bool) {
        let bytes = if compressed { [&[0x1f, 0x8b, 0x08][..], &data].concat() } else { data };
        let _ = decode(STANDARD.encode(&bytes).as_bytes());
        let _ = decode(&bytes);
    }
}
