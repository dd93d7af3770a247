//! Objects of every kind, made up by the table, are read as they were written.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::decode;
use super::super::table::{Field, Kind, MessageId, Shape, Table, Zero};
use super::encoder;

/// Choices, from bytes that a property test made up; when they are used up, every choice is the first.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn below(&mut self, count: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or_default()) % count
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

fn message(table: &Table, id: MessageId, choices: &mut Choices<'_>) -> Map<String, Value> {
    let mut object = Map::new();
    for field in table.fields(id) {
        match (field.shape, field.kind) {
            (Shape::Inline, Kind::Message(inner)) => object.extend(message(table, inner, choices)),
            _ if choices.below(3) == 0 => {}
            (Shape::One | Shape::Inline, _) => {
                object.insert(field.name.to_owned(), value(table, field, choices));
            }
            (Shape::List, _) => {
                let items = (0..=choices.below(2)).map(|_| value(table, field, choices));
                object.insert(field.name.to_owned(), items.collect());
            }
            (Shape::Map, _) => {
                let keys = choices.one(&[vec![""], vec!["a", "ключ"]]);
                let entries = keys.into_iter().map(|key| (key.to_owned(), value(table, field, choices)));
                object.insert(field.name.to_owned(), Value::Object(entries.collect()));
            }
        }
    }
    object
}

fn value(table: &Table, field: &Field, choices: &mut Choices<'_>) -> Value {
    let mut values = match field.kind {
        Kind::Text => vec![json!("x"), json!("два"), json!("")],
        Kind::Bool => vec![json!(true), json!(false)],
        Kind::Int => vec![json!(7), json!(-1), json!(i64::MAX), json!(i64::MIN), json!(0)],
        Kind::Bytes => vec![json!("AP8="), json!("")],
        Kind::Texts => vec![json!([]), json!(["a", ""])],
        Kind::Quantity => vec![json!("250m"), json!("0")],
        Kind::IntOrString => vec![json!("25%"), json!(-3), json!(""), json!(0)],
        Kind::Time => vec![json!("2026-11-21T03:04:05Z"), json!("1969-12-31T23:59:59Z")],
        Kind::MicroTime => vec![json!("2026-11-21T03:04:05.000067Z"), json!("2026-11-21T03:04:05.000000Z")],
        Kind::RawJson => vec![json!({"f:a": {}}), json!([1, null])],
        Kind::Message(inner) => return Value::Object(message(table, inner, choices)),
    };
    // A zero of such a field says that the field is absent.
    if field.shape == Shape::One && field.zero == Zero::Absent && values.len() > 1 {
        values.pop();
        values.retain(|value| value != "" || field.kind == Kind::IntOrString);
    }
    choices.one(&values)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(seed: prop::sample::Index, noise in prop::collection::vec(any::<u8>(), 0..600)) {
        let table = Table::get();
        let mut kinds: Vec<_> = table.messages().filter(|(group, ..)| *group != "meta/v1").collect();
        kinds.sort_by_key(|(group, name, _)| (*group, *name));
        let (group, name, id) = *seed.get(&kinds);
        let mut object = message(table, id, &mut Choices(noise.iter()));
        let body = encoder::body(group, name, &encoder::message(table, id, &object));
        object.insert("apiVersion".to_owned(), group.into());
        object.insert("kind".to_owned(), name.into());
        prop_assert_eq!(decode(&body), Ok(Value::Object(object)));
    }

    #[test]
    fn no_body_makes_it_panic(cut: prop::sample::Index, flip: prop::sample::Index, with: u8) {
        let table = Table::get();
        let id = table.kind("apps/v1", "Deployment").expect("a kind of the table");
        let noise: Vec<u8> = (0..=255).collect();
        let object = encoder::message(table, id, &message(table, id, &mut Choices(noise.iter())));
        let mut body = encoder::body("apps/v1", "Deployment", &object);
        let place = flip.index(body.len());
        body[place] ^= with;
        drop(decode(&body));
        body.truncate(cut.index(body.len()));
        drop(decode(&body));
    }
}

#[test]
fn the_table_is_sound() {
    fn depth(table: &Table, id: MessageId, above: usize) -> usize {
        assert!(above < 32, "a message stands in itself: {id:?}");
        let fields = table.fields(id);
        let mut numbers: Vec<_> = fields.iter().map(|field| field.number).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), fields.len(), "{id:?} has a number twice");
        let inner = fields.iter().filter_map(|field| match field.kind {
            Kind::Message(inner) => Some(depth(table, inner, above + 1)),
            _ => None,
        });
        inner.max().unwrap_or_default() + 1
    }
    let table = Table::get();
    let deepest = table.messages().map(|(.., id)| depth(table, id, 0)).max();
    assert!(deepest > Some(5), "{deepest:?}");
}

/// What the server serves can be written by a typed client, but for what aggregates other servers and for kinds whose
/// schemas have a JSON form of their own.
#[test]
fn every_built_in_kind_is_in_the_table() {
    let missing: Vec<String> = crate::builtin::resources()
        .iter()
        .filter(|resource| resource.verbs.contains(&"create"))
        .filter(|resource| Table::get().kind(&resource.gvk.api_version(), &resource.gvk.kind).is_err())
        .map(|resource| format!("{} {}", resource.gvk.api_version(), resource.gvk.kind))
        .collect();
    assert_eq!(
        missing,
        [
            "apiextensions.k8s.io/v1 CustomResourceDefinition",
            "apiregistration.k8s.io/v1 APIService",
            // An older version of what v2 is.
            "autoscaling/v2beta2 HorizontalPodAutoscaler",
        ]
    );
}
