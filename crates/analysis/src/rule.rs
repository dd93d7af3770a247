//! What a rule is.

use std::fmt;

use manifest::Severity;
use mesh::{Resource, World};

use crate::{Findings, Fleet};

/// A stable code, such as `IST0101`. Never reused: scripts and suppressions name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// One thing to look for. Several rules may report under one code, where Istio gave one code to several situations.
pub struct Rule {
    /// The code it reports under.
    pub code: Code,
    /// The name of the code, such as `ReferencedResourceNotFound`.
    pub name: &'static str,
    /// How much a finding matters.
    pub severity: Severity,
    /// The analyzer of `istioctl analyze` that looks for the same, by its registered name; `None` for rules of our own.
    pub analyzer: Option<&'static str>,
    /// The text of the rule's own file, of which the doc comment is the documentation.
    pub source: &'static str,
    /// How it looks.
    pub check: Check,
}

/// How a rule looks, which says when it must look again.
pub enum Check {
    /// At one object at a time, without any other: what it found holds as long as the object is the same.
    Resource(fn(Resource<'_>, &mut Findings)),
    /// At one namespace after another, and whatever of the world belongs to what is there: what it found in one holds as
    /// long as all that it looked at is the same. Objects without a namespace are in the one with the empty name. A namespace
    /// is looked at if it is declared or anything is in it.
    Namespace(fn(&World, &str, &mut Findings)),
    /// At the whole world.
    World(fn(&World, &mut Findings)),
    /// At the clusters of a mesh together, for what a single one cannot show.
    Fleet(fn(&Fleet<'_>, &mut Findings)),
    /// Not at all: whoever reads and renders the files reports it, for the rest can be analysed all the same.
    Reading,
}

impl Rule {
    /// The documentation: the doc comment at the head of the rule's file, as Markdown.
    pub fn documentation(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        let mut text: String = lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect();
        text.truncate(text.trim_end().len());
        text
    }

    /// The first sentence of the documentation.
    pub fn summary(&self) -> String {
        let documentation = self.documentation();
        let paragraph = documentation.split("\n\n").next().unwrap_or_default();
        paragraph.replace('\n', " ")
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({} {})", self.code, self.name)
    }
}
