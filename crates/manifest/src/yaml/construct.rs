//! From nodes to JSON: aliases, merge keys, and keys as text.

use std::collections::BTreeMap;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::node::{Content, NodeId, Tree};
use super::resolve::{self, Scalar};
use super::{Document, Limits, Profile, Spelling, number, problem};
use crate::{Diagnostic, Location};

const MERGE_TAG: &str = "tag:yaml.org,2002:merge";

/// What may still be spent on the documents of one stream.
pub(super) struct Budget {
    limits: Limits,
    values_left: usize,
    exhausted: bool,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Budget {
        Budget { limits: *limits, values_left: limits.max_nodes, exhausted: false }
    }

    /// Whether a document needed more than was left, and has reported that.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted
    }
}

/// The document that `tree` writes.
///
/// # Errors
///
/// Everything about it that has no meaning in JSON, or to Go.
pub(super) fn construct(
    tree: &Tree,
    file: &Arc<str>,
    profile: Profile,
    budget: &mut Budget,
) -> Result<Document, Vec<Diagnostic>> {
    let mut constructor = Constructor {
        tree,
        file,
        profile,
        budget,
        pointer: String::new(),
        fields: BTreeMap::new(),
        spelling: Spelling::default(),
        open: Vec::new(),
        aliases: Vec::new(),
        problems: Vec::new(),
    };
    let value = constructor.value(tree.root).unwrap_or(Value::Null);
    if !constructor.problems.is_empty() {
        return Err(constructor.problems);
    }
    let location = constructor.location(tree.root);
    Ok(Document { value, location, fields: Arc::new(constructor.fields), spelling: constructor.spelling })
}

/// A limit is reached: nothing more of this document is worth reading.
struct Exhausted;

struct Constructor<'a> {
    tree: &'a Tree,
    file: &'a Arc<str>,
    profile: Profile,
    budget: &'a mut Budget,
    /// JSON pointer of the value under construction.
    pointer: String,
    fields: BTreeMap<String, (u32, u32)>,
    spelling: Spelling,
    /// Collections under construction, outermost first.
    open: Vec<NodeId>,
    /// Aliases being expanded, outermost first.
    aliases: Vec<NodeId>,
    problems: Vec<Diagnostic>,
}

impl Constructor<'_> {
    fn value(&mut self, id: NodeId) -> Result<Value, Exhausted> {
        self.spend(id)?;
        let tree = self.tree;
        match &tree.node(id).content {
            Content::Scalar { text, plain } => {
                let value = self.scalar(id, text, *plain);
                if *plain && self.profile == Profile::Kustomize && tree.node(id).tag.is_none() {
                    self.spelling.note(&self.pointer, text, &value);
                }
                Ok(value)
            }
            Content::Alias(target) => self.alias(id, *target),
            Content::Sequence(items) => {
                self.enter(id)?;
                let mut values = Vec::with_capacity(items.len());
                for (index, &item) in items.iter().enumerate() {
                    let value = self.at(&index.to_string(), item, |constructor| constructor.value(item))?;
                    values.push(value);
                }
                self.open.pop();
                Ok(Value::Array(values))
            }
            Content::Mapping(_) => {
                self.enter(id)?;
                let mut members = Map::new();
                self.members(id, &mut members)?;
                self.open.pop();
                Ok(Value::Object(members))
            }
        }
    }

    fn scalar(&mut self, id: NodeId, text: &str, plain: bool) -> Value {
        let tag = self.tree.node(id).tag.as_deref();
        let resolved = match resolve::resolve(text, tag, plain, self.profile) {
            Ok(resolved) => resolved,
            Err(message) => {
                self.problem(id, message, "Correct the value or remove its tag.");
                return Value::Null;
            }
        };
        let number = match resolved {
            Scalar::Null => return Value::Null,
            Scalar::Bool(truth) => return Value::Bool(truth),
            Scalar::Text(text) | Scalar::Time(text) => return Value::String(text),
            Scalar::Integer(integer) => number::integer(integer),
            Scalar::Float(float) => number::float(float),
        };
        match number {
            Some(number) => Value::Number(number),
            None => {
                self.problem(id, format!("`{text}` is no number that JSON can hold"), "Put the value in quotes.");
                Value::Null
            }
        }
    }

    fn alias(&mut self, id: NodeId, target: NodeId) -> Result<Value, Exhausted> {
        if self.open.contains(&target) {
            self.problem(id, "the alias stands inside the value that it names".into(), "Write the value out.");
            return Err(Exhausted);
        }
        self.aliases.push(id);
        let value = self.value(target)?;
        self.aliases.pop();
        Ok(value)
    }

    /// Adds the members of the mapping `id`, and of what it merges, to `members`.
    fn members(&mut self, id: NodeId, members: &mut Map<String, Value>) -> Result<(), Exhausted> {
        let tree = self.tree;
        let Content::Mapping(pairs) = &tree.node(id).content else { return Ok(()) };
        self.report_duplicates(pairs);
        match self.profile {
            Profile::Kubectl => {
                for &(key, value) in pairs {
                    if self.is_merge(key) {
                        self.merge(value, members)?;
                    } else {
                        self.member(key, value, members)?;
                    }
                }
            }
            Profile::Kustomize => {
                let (merges, written): (Vec<_>, Vec<_>) = pairs.iter().partition(|(key, _)| self.is_merge(*key));
                for (key, value) in written {
                    self.member(key, value, members)?;
                }
                for (_, value) in merges {
                    self.merge(value, members)?;
                }
            }
        }
        Ok(())
    }

    /// Sets one member; what is there already is replaced by kubectl and kept by kustomize, where it can only have come
    /// from a mapping that goes before this one.
    fn member(&mut self, key: NodeId, value: NodeId, members: &mut Map<String, Value>) -> Result<(), Exhausted> {
        self.spend(key)?;
        let Some(name) = self.key(key) else { return Ok(()) };
        if self.profile == Profile::Kustomize && members.contains_key(&name) {
            return Ok(());
        }
        let escaped = name.replace('~', "~0").replace('/', "~1");
        if matches!(members.get(&name), Some(Value::Object(_) | Value::Array(_))) {
            self.forget_fields_below(&escaped);
        }
        let value = self.at(&escaped, key, |constructor| constructor.value(value))?;
        members.insert(name, value);
        Ok(())
    }

    /// Drops the places of everything inside the member `name`, whose value is about to be replaced.
    fn forget_fields_below(&mut self, name: &str) {
        let below = format!("{}/{name}/", self.pointer);
        let inside = self.fields.range(below.clone()..).take_while(|(field, _)| field.starts_with(&below));
        for field in inside.map(|(field, _)| field.clone()).collect::<Vec<_>>() {
            self.fields.remove(&field);
        }
    }

    /// Merges a mapping, an alias of one, or a sequence of those, of which the first one to have a key wins.
    fn merge(&mut self, id: NodeId, members: &mut Map<String, Value>) -> Result<(), Exhausted> {
        self.spend(id)?;
        let tree = self.tree;
        let target = tree.target(id);
        match &tree.node(target).content {
            Content::Mapping(_) => self.merge_mapping(id, target, members),
            Content::Sequence(items) if target == id => {
                let ordered: Vec<NodeId> = match self.profile {
                    Profile::Kubectl => items.iter().rev().copied().collect(),
                    Profile::Kustomize => items.clone(),
                };
                for item in ordered {
                    let mapping = tree.target(item);
                    if matches!(tree.node(mapping).content, Content::Mapping(_)) {
                        self.merge_mapping(item, mapping, members)?;
                    } else {
                        self.no_mapping_to_merge(item);
                    }
                }
                Ok(())
            }
            Content::Scalar { .. } | Content::Sequence(_) | Content::Alias(_) => {
                self.no_mapping_to_merge(id);
                Ok(())
            }
        }
    }

    fn merge_mapping(
        &mut self,
        id: NodeId,
        mapping: NodeId,
        members: &mut Map<String, Value>,
    ) -> Result<(), Exhausted> {
        if self.open.contains(&mapping) {
            self.problem(id, "the mapping merges itself".into(), "Write the values out.");
            return Err(Exhausted);
        }
        if id != mapping {
            self.aliases.push(id);
        }
        self.enter(mapping)?;
        self.members(mapping, members)?;
        self.open.pop();
        if id != mapping {
            self.aliases.pop();
        }
        Ok(())
    }

    fn no_mapping_to_merge(&mut self, id: NodeId) {
        let message = "`<<` merges mappings, and this is none".into();
        self.problem(id, message, "Give it `*name` of an anchored mapping or a list of those, or quote the key.");
    }

    fn is_merge(&self, key: NodeId) -> bool {
        let node = self.tree.node(key);
        match (&node.content, node.tag.as_deref()) {
            (Content::Scalar { text, plain }, None) => *plain && text == "<<",
            (Content::Scalar { text, .. }, Some(tag)) => tag == MERGE_TAG && text == "<<",
            (Content::Sequence(_) | Content::Mapping(_) | Content::Alias(_), _) => false,
        }
    }

    /// The text of a key; keys that are no text become text for kubectl and are an error for kustomize.
    fn key(&mut self, id: NodeId) -> Option<String> {
        let tree = self.tree;
        let node = tree.node(tree.target(id));
        let Content::Scalar { text, plain } = &node.content else {
            self.problem(
                id,
                "a mapping or a list is used as a key".into(),
                "Put the text in quotes; `{{ … }}` is template text that must be rendered first.",
            );
            return None;
        };
        let resolved = match resolve::resolve(text, node.tag.as_deref(), *plain, self.profile) {
            Ok(resolved) => resolved,
            Err(message) => {
                self.problem(id, message, "Correct the key or remove its tag.");
                return None;
            }
        };
        match (resolved, self.profile) {
            (Scalar::Text(text), _) => Some(text),
            (Scalar::Bool(truth), Profile::Kubectl) => Some(truth.to_string()),
            (Scalar::Integer(integer), Profile::Kubectl) => Some(integer.to_string()),
            (Scalar::Float(float), Profile::Kubectl) => Some(number::format_float_key(float)),
            // Nothing at all is the empty key to kustomize.
            (Scalar::Null, Profile::Kustomize) if text.is_empty() => Some(String::new()),
            (Scalar::Null, _) => {
                self.problem(id, "a key is null or missing".into(), "Name the key, or put it in quotes.");
                None
            }
            (Scalar::Bool(_) | Scalar::Integer(_) | Scalar::Float(_) | Scalar::Time(_), _) => {
                self.problem(
                    id,
                    format!("the key `{text}` is no text, as kustomize needs it"),
                    "Put the key in quotes.",
                );
                None
            }
        }
    }

    fn report_duplicates(&mut self, pairs: &[(NodeId, NodeId)]) {
        if self.profile == Profile::Kubectl {
            return;
        }
        let tree = self.tree;
        let mut seen: HashMap<&str, NodeId> = HashMap::with_capacity(pairs.len());
        for &(key, _) in pairs {
            let Content::Scalar { text, .. } = &tree.node(key).content else { continue };
            match seen.entry(text) {
                Entry::Vacant(vacant) => {
                    vacant.insert(key);
                }
                Entry::Occupied(first) => {
                    let (line, _) = tree.node(*first.get()).place;
                    let message = format!("the key `{text}` stands twice in this mapping, first at line {line}");
                    self.problem(key, message, "Remove one of the two.");
                }
            }
        }
    }

    /// Runs `construct` one level further down the pointer, and notes the place of `id` for it.
    fn at<T>(
        &mut self,
        name: &str,
        id: NodeId,
        construct: impl FnOnce(&mut Self) -> Result<T, Exhausted>,
    ) -> Result<T, Exhausted> {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(name);
        self.fields.insert(self.pointer.clone(), self.tree.node(id).place);
        let constructed = construct(self);
        self.pointer.truncate(length);
        constructed
    }

    fn enter(&mut self, id: NodeId) -> Result<(), Exhausted> {
        self.open.push(id);
        if self.open.len() > self.budget.limits.max_depth {
            let location = self.location(self.written_at(id));
            self.problems.push(problem::too_deep(self.budget.limits.max_depth, location));
            return Err(Exhausted);
        }
        Ok(())
    }

    fn spend(&mut self, id: NodeId) -> Result<(), Exhausted> {
        if let Some(values_left) = self.budget.values_left.checked_sub(1) {
            self.budget.values_left = values_left;
            return Ok(());
        }
        self.budget.exhausted = true;
        let (limit, location) = (self.budget.limits.max_nodes, self.location(self.written_at(id)));
        self.problems.push(if self.aliases.is_empty() {
            problem::too_many_values(limit, location)
        } else {
            problem::alias_bomb(limit, location)
        });
        Err(Exhausted)
    }

    /// The alias that stands in the place of `id`, or `id` itself where none does.
    fn written_at(&self, id: NodeId) -> NodeId {
        self.aliases.first().copied().unwrap_or(id)
    }

    fn problem(&mut self, id: NodeId, message: String, hint: &str) {
        let location = self.location(id);
        self.problems.push(Diagnostic::error(message).at(location).with_hint(hint));
    }

    fn location(&self, id: NodeId) -> Location {
        let (line, column) = self.tree.node(id).place;
        Location { file: self.file.clone(), line, column }
    }
}
