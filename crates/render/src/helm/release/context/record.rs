//! Go structs without behaviour.

use std::any::Any;
use std::rc::Rc;

use crate::template::Value;
use crate::template::value::{Method, Object};

/// A struct that has fields and no methods.
pub(super) struct Record {
    name: &'static str,
    fields: Vec<(&'static str, Value)>,
    json: Vec<(&'static str, Value)>,
    /// Fields of a struct inside, which templates find and printing shows inside.
    embedded: Option<Rc<Record>>,
}

impl Record {
    /// A struct, or a pointer to one if the name starts with `*`, whose JSON has all its fields by their names.
    pub(super) fn new(name: &'static str, fields: Vec<(&'static str, Value)>) -> Record {
        let json = fields.clone();
        Record { name, fields, json, embedded: None }
    }

    /// The same with other names in JSON, or without some fields there.
    pub(super) fn with_json(mut self, json: Vec<(&'static str, Value)>) -> Record {
        self.json = json;
        self
    }

    /// The same with the fields of another struct in front.
    pub(super) fn around(mut self, embedded: Record) -> Record {
        let mut json = embedded.json.clone();
        json.append(&mut self.json);
        self.json = json;
        self.embedded = Some(Rc::new(embedded));
        self
    }

    /// As a value.
    pub(super) fn value(self) -> Value {
        Value::Object(Rc::new(self))
    }
}

impl Object for Record {
    fn type_name(&self) -> &str {
        self.name
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.clone()
    }

    fn all_fields(&self) -> Vec<(&'static str, Value)> {
        let embedded = self.embedded.iter().map(|embedded| {
            let value: Rc<dyn Object> = embedded.clone();
            ("Metadata", Value::Object(value))
        });
        embedded.chain(self.fields.iter().cloned()).collect()
    }

    fn field(&self, name: &str) -> Option<Value> {
        let own = self.all_fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value);
        own.or_else(|| self.embedded.as_ref()?.field(name))
    }

    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        self.json.clone()
    }

    fn method(&self, _: &str) -> Option<Method> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
