//! Field paths of replacements and variables: `spec.template.spec.containers.[name=app].image`, `data.*`, `args.0`.

use manifest::Value;
use manifest::yaml;
use regex::Regex;
use serde_json::Map;

use super::fieldspec::split_path;
use super::resource::scalar_text;

/// Why a path does not lead anywhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathError {
    /// A list was expected.
    #[error("`{0}` needs a list, and there is none")]
    NotAList(String),
    /// A map was expected.
    #[error("`{0}` needs a map, and there is none")]
    NotAMap(String),
    /// The list is too short.
    #[error("index {index} specified but only {length} elements found")]
    OutOfBounds { index: usize, length: usize },
    /// `[name]` without a value.
    #[error("`{0}` must be `[field=value]`")]
    NoCondition(String),
    /// The value of `[field=value]` is no regular expression.
    #[error("`{0}` is not a regular expression")]
    Regex(String),
    /// `*` where one field is wanted.
    #[error("`*` cannot be used here")]
    Wildcard,
}

/// One step of a path.
#[derive(Debug, Clone)]
enum Step {
    Field(String),
    Index(usize),
    Last,
    Every,
    /// Items whose field (or, if it is empty, who themselves) match.
    Where {
        field: String,
        value: String,
    },
}

/// A field path.
#[derive(Debug, Clone)]
pub(crate) struct FieldPath(Vec<Step>);

/// Where one match of a path is: names and positions, from the root.
pub(crate) type Place = Vec<Part>;

/// One step to a [`Place`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Key(String),
    Item(usize),
}

/// What a path makes where it leads to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Create {
    /// Nothing.
    Never,
    /// The missing maps and lists, and null at the end.
    Missing,
}

impl FieldPath {
    /// Of names separated by dots; dots in brackets or after a backslash belong to names.
    pub(crate) fn parse(path: &str) -> Result<FieldPath, PathError> {
        split(path, '.').into_iter().map(|part| Step::parse(&part)).collect::<Result<_, _>>().map(FieldPath)
    }

    /// The same with slashes, without brackets being special.
    pub(crate) fn parse_slashes(path: &str) -> Result<FieldPath, PathError> {
        split_path(path, '/').into_iter().map(|part| Step::parse(&part)).collect::<Result<_, _>>().map(FieldPath)
    }

    /// Of a variable, where `name[0]` is an item of a list.
    pub(crate) fn parse_variable(path: &str) -> Result<FieldPath, PathError> {
        let mut steps = Vec::new();
        for part in split(path, '.') {
            match part.strip_suffix(']').and_then(|part| part.rsplit_once('[')) {
                Some((name, index)) if !name.is_empty() && index.parse::<usize>().is_ok() => {
                    steps.push(Step::Field(name.to_owned()));
                    steps.push(Step::parse(index)?);
                }
                Some(_) | None => steps.push(Step::parse(&part)?),
            }
        }
        Ok(FieldPath(steps))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The first `length` steps, and the others.
    pub(crate) fn split_at(&self, length: usize) -> (FieldPath, FieldPath) {
        let (head, tail) = self.0.split_at(length);
        (FieldPath(head.to_vec()), FieldPath(tail.to_vec()))
    }

    /// The one value the path leads to and where it is, if there is one.
    pub(crate) fn lookup<'a>(&self, root: &'a Value) -> Result<Option<(Place, &'a Value)>, PathError> {
        let mut value = root;
        let mut place = Place::new();
        for step in &self.0 {
            let next = match (step, value) {
                (Step::Every, _) => return Err(PathError::Wildcard),
                (_, Value::Null) => return Ok(None),
                (Step::Field(name), Value::Object(fields)) => {
                    fields.get(name).map(|field| (Part::Key(name.clone()), field))
                }
                (Step::Field(name), _) => return Err(PathError::NotAMap(name.clone())),
                (Step::Index(index), Value::Array(items)) => items.get(*index).map(|item| (Part::Item(*index), item)),
                (Step::Last, Value::Array(items)) => items.last().map(|item| (Part::Item(items.len() - 1), item)),
                (Step::Where { field, value }, Value::Array(items)) => {
                    let matching = |(_, item): &(usize, &Value)| {
                        let found = if field.is_empty() { Some(*item) } else { item.get(field) };
                        found.is_some_and(|found| scalar_text(found) == *value)
                    };
                    items.iter().enumerate().find(matching).map(|(index, item)| (Part::Item(index), item))
                }
                (Step::Index(_) | Step::Last | Step::Where { .. }, _) => {
                    return Err(PathError::NotAList(step.to_string()));
                }
            };
            match next {
                None => return Ok(None),
                Some((part, next)) => {
                    place.push(part);
                    value = next;
                }
            }
        }
        Ok(Some((place, value)))
    }

    /// Every place the path leads to, made where it is missing if `create` says so; null then stands there.
    pub(crate) fn places(&self, root: &mut Value, create: Create) -> Result<Vec<Place>, PathError> {
        let mut places = Vec::new();
        walk(root, &self.0, create, &mut Vec::new(), &mut places)?;
        Ok(places)
    }
}

impl Step {
    fn parse(part: &str) -> Result<Step, PathError> {
        if let Some(inner) = part.strip_prefix('[').and_then(|part| part.strip_suffix(']')) {
            let (field, value) = inner.split_once('=').ok_or_else(|| PathError::NoCondition(part.to_owned()))?;
            return Ok(Step::Where { field: field.to_owned(), value: value.to_owned() });
        }
        Ok(match part {
            "*" => Step::Every,
            "-" => Step::Last,
            _ => part.parse().map_or_else(|_| Step::Field(part.to_owned()), Step::Index),
        })
    }

    /// What a value must be for this step to be taken from it.
    fn container(&self) -> Value {
        match self {
            Step::Field(_) | Step::Last => Value::Object(Map::new()),
            Step::Index(_) | Step::Every | Step::Where { .. } => Value::Array(Vec::new()),
        }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Step::Field(name) => f.write_str(name),
            Step::Index(index) => write!(f, "{index}"),
            Step::Last => f.write_str("-"),
            Step::Every => f.write_str("*"),
            Step::Where { field, value } => write!(f, "[{field}={value}]"),
        }
    }
}

fn walk(
    value: &mut Value,
    steps: &[Step],
    create: Create,
    here: &mut Place,
    places: &mut Vec<Place>,
) -> Result<(), PathError> {
    let Some((step, rest)) = steps.split_first() else {
        places.push(here.clone());
        return Ok(());
    };
    let made = || rest.first().map_or(Value::Null, Step::container);
    if create == Create::Missing && value.is_null() {
        *value = step.container();
    }
    match step {
        Step::Field(name) => {
            let fields = match value {
                Value::Null => return Ok(()),
                Value::Object(fields) => fields,
                Value::Array(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    return Err(PathError::NotAMap(name.clone()));
                }
            };
            if create == Create::Missing && !fields.contains_key(name) {
                fields.insert(name.clone(), made());
            }
            match fields.get_mut(name) {
                None => Ok(()),
                Some(field) => into(field, Part::Key(name.clone()), rest, create, here, places),
            }
        }
        // Only where one value is looked up is `-` the last item.
        Step::Last => walk(value, &[&[Step::Field("-".to_owned())], rest].concat(), create, here, places),
        Step::Index(_) | Step::Every | Step::Where { .. } => {
            let items = match value {
                Value::Array(items) => items,
                Value::Null if matches!(step, Step::Every | Step::Where { .. }) => return Ok(()),
                Value::Null | Value::Object(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    return Err(PathError::NotAList(step.to_string()));
                }
            };
            let mut positions = matching(items, step)?;
            if positions.is_empty()
                && create == Create::Missing
                && let Some(item) = created_item(step, items.len(), made())
            {
                positions.push(items.len());
                items.push(item);
            }
            if let (Step::Index(index), true) = (step, positions.is_empty()) {
                return Err(PathError::OutOfBounds { index: *index, length: items.len() });
            }
            for position in positions {
                into(&mut items[position], Part::Item(position), rest, create, here, places)?;
            }
            Ok(())
        }
    }
}

fn into(
    value: &mut Value,
    part: Part,
    rest: &[Step],
    create: Create,
    here: &mut Place,
    places: &mut Vec<Place>,
) -> Result<(), PathError> {
    here.push(part);
    let result = walk(value, rest, create, here, places);
    here.pop();
    result
}

/// The positions of the items a step leads to. Conditions are regular expressions that need not match as a whole.
fn matching(items: &[Value], step: &Step) -> Result<Vec<usize>, PathError> {
    Ok(match step {
        Step::Field(_) | Step::Last => Vec::new(),
        Step::Index(index) => Vec::from_iter((*index < items.len()).then_some(*index)),
        Step::Every => (0..items.len()).collect(),
        Step::Where { field, value } => {
            let pattern = Regex::new(value).map_err(|_| PathError::Regex(value.clone()))?;
            let matches = |item: &Value| {
                let found = if field.is_empty() { Some(item) } else { item.get(field) };
                found.is_some_and(|found| pattern.is_match(scalar_text(found).trim()))
            };
            items.iter().enumerate().filter(|(_, item)| matches(item)).map(|(position, _)| position).collect()
        }
    })
}

/// The item that a step makes at the end of a list of `length` items.
fn created_item(step: &Step, length: usize, made: Value) -> Option<Value> {
    match step {
        Step::Index(index) if *index == length => Some(made),
        Step::Where { field, value } if field.is_empty() => Some(plain(value)),
        Step::Where { field, value } => Some(Value::Object(Map::from_iter([(field.clone(), plain(value))]))),
        Step::Field(_) | Step::Index(_) | Step::Last | Step::Every => None,
    }
}

/// A place as a JSON pointer.
pub(crate) fn pointer(place: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Key(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
        Part::Item(index) => format!("/{index}"),
    };
    place.iter().map(part).collect()
}

/// The value at a place.
pub(crate) fn at<'a>(root: &'a mut Value, place: &[Part]) -> Option<&'a mut Value> {
    place.iter().try_fold(root, |value, part| match part {
        Part::Key(name) => value.get_mut(name),
        Part::Item(index) => value.get_mut(*index),
    })
}

/// What a text means when it stands in YAML without quotes: a number, a boolean, null or itself.
pub(crate) fn plain(text: &str) -> Value {
    yaml::plain(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Splits at `delimiter`, keeping `[a.b=c.d]` together and taking the brackets off `[a.b]`.
fn split(path: &str, delimiter: char) -> Vec<String> {
    let mut parts = Vec::new();
    let mut pending: Option<String> = None;
    for part in split_path(path, delimiter) {
        let joined = match pending.take() {
            Some(open) => format!("{open}{delimiter}{part}"),
            None if part.starts_with('[') && !part.ends_with(']') => {
                pending = Some(part);
                continue;
            }
            None => {
                parts.push(part);
                continue;
            }
        };
        if part.ends_with(']') {
            parts.push(closed(&joined));
        } else {
            pending = Some(joined);
        }
    }
    parts.extend(pending.map(|open| closed(&open)));
    parts
}

fn closed(bracketed: &str) -> String {
    if bracketed.contains('=') { bracketed.to_owned() } else { bracketed.trim_matches(['[', ']']).to_owned() }
}
