//! One rendering: the templates that know each other, and what executing them has used so far.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::builtin;
use super::environment::Environment;
use super::error::Error;
use super::function::Functions;
use super::limits::{Budget, LimitError, Limits};
use super::parse::{self, ParseError, Template};
use super::value::{Map, Value};

/// What a missing key of a map yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingKey {
    /// No value, of which fields may be asked: Go's default.
    #[default]
    Invalid,
    /// The zero of the map's values, which for most maps is a `nil` that has no fields: Helm.
    Zero,
    /// An error: Helm with `--strict`.
    Error,
}

/// Templates that may call each other.
#[derive(Default)]
pub(crate) struct Set {
    /// The set that this one adds to.
    outer: Option<Rc<Set>>,
    templates: HashMap<String, Arc<Template>>,
}

impl Set {
    /// A set that sees another one.
    pub(crate) fn inside(outer: &Rc<Set>) -> Set {
        Set { outer: Some(outer.clone()), templates: HashMap::new() }
    }

    /// The template of a name, the innermost one.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Template>> {
        let mut set = self;
        loop {
            if let Some(template) = set.templates.get(name) {
                return Some(template);
            }
            set = set.outer.as_deref()?;
        }
    }

    /// Adds a template; an empty one does not replace another one.
    pub(crate) fn add(&mut self, template: Arc<Template>) {
        if !(template.is_empty() && self.find(&template.name).is_some()) {
            self.templates.insert(template.name.clone(), template);
        }
    }
}

/// The state of one rendering.
pub(crate) struct Run {
    pub(crate) functions: Functions,
    pub(crate) environment: Environment,
    pub(crate) budget: Budget,
    pub(crate) missing_key: MissingKey,
    /// The name of the set, which errors mention.
    pub(crate) group: String,
    /// How often each name is being included at the moment.
    pub(crate) included: HashMap<String, usize>,
    /// Maps that were changed. Those that contain themselves would never be freed.
    pub(crate) changed: Vec<Map>,
    /// Whether `required` and `fail` let rendering go on, as linting does.
    pub(crate) demands: Demands,
}

/// What becomes of `required` and `fail`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Demands {
    /// They end rendering.
    #[default]
    Enforced,
    /// They yield nothing: Helm's linting.
    Waived,
}

impl Run {
    pub(crate) fn new(functions: Functions, environment: Environment, limits: Limits) -> Run {
        Run {
            functions,
            environment,
            budget: Budget::new(limits),
            missing_key: MissingKey::default(),
            group: String::new(),
            included: HashMap::new(),
            changed: Vec::new(),
            demands: Demands::default(),
        }
    }

    /// The templates of a text, the one that is the text itself last.
    pub(crate) fn parse(&self, name: &str, text: &str) -> Result<Vec<Arc<Template>>, ParseError> {
        let is_function = |name: &str| self.functions.find(name).is_some() || builtin::find(name).is_some();
        parse::parse(name, text, &is_function)
    }

    /// The output of a template.
    pub(crate) fn execute(&mut self, set: &Rc<Set>, name: &str, data: Value) -> Result<Vec<u8>, Error> {
        let Some(template) = set.find(name).cloned() else {
            return Err(Error::Missing { name: name.to_owned(), group: self.group.clone() });
        };
        self.execute_template(set, &template, data)
    }

    /// The output of a template that need not be in the set.
    pub(crate) fn execute_template(
        &mut self,
        set: &Rc<Set>,
        template: &Template,
        data: Value,
    ) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.budget.enter()?;
        let result = super::exec::execute(self, set, template, data, &mut out);
        self.budget.leave();
        result.map(|()| out)
    }

    pub(crate) fn step(&mut self) -> Result<(), LimitError> {
        self.budget.step()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        for map in self.changed.drain(..) {
            map.clear();
        }
    }
}
