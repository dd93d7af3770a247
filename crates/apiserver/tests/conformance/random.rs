//! Random writes of several managers to the same objects.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::corpus::{Scenario, Step, Topic};

/// How many objects, and how many writes to each.
const OBJECTS: u64 = 24;
const WRITES: u64 = 14;

/// The same writes for the same seed.
pub(crate) fn applies(seed: u64) -> Topic {
    let scenario = |object: u64| {
        let mut dice = Dice(seed.wrapping_mul(OBJECTS).wrapping_add(object).wrapping_mul(2).wrapping_add(1));
        let steps =
            (0..WRITES).map(|_| if object.is_multiple_of(2) { config_map(&mut dice) } else { deployment(&mut dice) });
        Scenario { scenario: format!("seed {seed}, object {object}"), steps: steps.collect() }
    };
    Topic { name: format!("random-{seed}"), scenarios: (0..OBJECTS).map(scenario).collect() }
}

/// Steele, Lea and Flood's SplitMix64: good enough to choose by.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let at = self.below(of.len() as u64);
        of[usize::try_from(at).expect("a small number")]
    }

    /// Some of the names, each with a value.
    fn fields(&mut self, names: &[&str]) -> Map<String, Value> {
        let mut fields = Map::new();
        for name in names {
            if self.below(2) == 0 {
                fields.insert((*name).to_owned(), self.one(&["1", "2", "3"]).into());
            }
        }
        fields
    }
}

/// A write of a body to a path: mostly an apply, else a merge.
fn write(dice: &mut Dice, path: &str, body: Value) -> Step {
    let manager = dice.one(&["ada", "bea", "cleo"]);
    let (media, query) = match dice.below(6) {
        0 => ("merge", ""),
        1 | 2 => ("apply", "&force=true"),
        _ => ("apply", ""),
    };
    Step {
        ask: format!("PATCH {path}?fieldManager={manager}{query}"),
        send: Some(body),
        media: Some(media.to_owned()),
        accept: None,
        save: BTreeMap::new(),
        until: BTreeMap::new(),
        keep: None,
    }
}

fn config_map(dice: &mut Dice) -> Step {
    let mut body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    for (field, names) in [("data", ["a", "b", "c"]), ("binaryData", ["x", "y", "z"])] {
        let fields = dice.fields(&names);
        if !fields.is_empty() {
            let encoded = |value: Value| if field == "data" { value } else { "AAEC".into() };
            body[field] = fields.into_iter().map(|(name, value)| (name, encoded(value))).collect();
        }
    }
    for field in ["labels", "annotations"] {
        let fields = dice.fields(&["k", "l"]);
        if !fields.is_empty() {
            body["metadata"][field] = Value::Object(fields);
        }
    }
    if dice.below(3) == 0 {
        body["metadata"]["finalizers"] = json!([format!("example.com/{}", dice.one(&["f", "g"]))]);
    }
    write(dice, "/api/v1/namespaces/$ns/configmaps/a", body)
}

fn deployment(dice: &mut Dice) -> Step {
    let mut containers = vec![json!({"name": "main", "image": dice.one(&["i:1", "i:2"])})];
    if dice.below(2) == 0 {
        containers.push(json!({"name": dice.one(&["proxy", "log"]), "image": "p:1"}));
    }
    for container in &mut containers {
        let variables = dice.fields(&["A", "B", "C"]);
        if !variables.is_empty() {
            container["env"] =
                variables.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        }
        if dice.below(3) == 0 {
            // Two containers with the same port are warned about.
            let first = container["name"].as_str().map_or(0, str::len) as u64 * 10;
            let port = dice.below(2) + first;
            container["ports"] = json!([{"containerPort": port, "protocol": "TCP", "name": format!("p{port}")}]);
        }
        if dice.below(4) == 0 {
            container["args"] = json!([dice.one(&["-v", "-q"])]);
        }
    }
    let mut body = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
        "spec": {
            "selector": {"matchLabels": {"app": "a"}},
            "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": containers}},
        },
    });
    if dice.below(2) == 0 {
        body["spec"]["replicas"] = dice.below(3).into();
    }
    let extra = dice.fields(&["k", "l"]);
    if !extra.is_empty() {
        body["spec"]["template"]["metadata"]["annotations"] = Value::Object(extra);
    }
    if dice.below(3) == 0 {
        body["spec"]["template"]["spec"]["nodeSelector"] = json!({"zone": dice.one(&["1", "2"])});
    }
    write(dice, "/apis/apps/v1/namespaces/$ns/deployments/a", body)
}
