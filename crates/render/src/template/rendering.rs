//! Reading and executing templates that belong together.

use std::rc::Rc;

use super::environment::Environment;
use super::error::Error;
use super::function::Functions;
use super::limits::Limits;
use super::parse::ParseError;
use super::run::{Demands, MissingKey, Run, Set};
use super::value::{Map, Value};

/// Templates that may call each other, and the state of executing them.
///
/// At its end, maps that templates changed are emptied, because they may contain themselves: data given to
/// [`Rendering::execute`] is not to be used any more.
pub struct Rendering {
    run: Run,
    set: Rc<Set>,
}

impl Rendering {
    /// No templates yet. `group` is how errors call them together: Helm's is `gotpl`.
    pub fn new(group: &str, functions: Functions, environment: Environment, limits: Limits) -> Rendering {
        let mut run = Run::new(functions, environment, limits);
        run.group = group.to_owned();
        Rendering { run, set: Rc::default() }
    }

    /// Sets what a missing key of a map yields.
    #[must_use]
    pub fn with_missing_key(mut self, missing_key: MissingKey) -> Rendering {
        self.run.missing_key = missing_key;
        self
    }

    /// Sets what becomes of `required` and `fail`.
    #[must_use]
    pub fn with_demands(mut self, demands: Demands) -> Rendering {
        self.run.demands = demands;
        self
    }

    /// Makes sure that a map is emptied at the end, because templates may put it into itself.
    pub fn keep(&mut self, map: &Map) {
        self.run.changed.push(map.clone());
    }

    /// Reads a template and those it defines. Later templates replace earlier ones of their name, unless they are
    /// empty.
    ///
    /// # Errors
    ///
    /// If the text is not a template.
    pub fn parse(&mut self, name: &str, text: &str) -> Result<(), ParseError> {
        let templates = self.run.parse(name, text)?;
        let mut set = match Rc::try_unwrap(std::mem::take(&mut self.set)) {
            Ok(set) => set,
            Err(shared) => Set::inside(&shared),
        };
        for template in templates {
            set.add(template);
        }
        self.set = Rc::new(set);
        Ok(())
    }

    /// The template of a name as Go prints its syntax tree.
    pub fn syntax(&self, name: &str) -> Option<String> {
        self.set.find(name).map(|template| template.to_string())
    }

    /// The output of a template.
    ///
    /// # Errors
    ///
    /// If there is no such template, if an action cannot be executed, or if it costs more than the limits allow.
    pub fn execute(&mut self, name: &str, data: Value) -> Result<Vec<u8>, Error> {
        self.run.execute(&self.set, name, data)
    }
}
