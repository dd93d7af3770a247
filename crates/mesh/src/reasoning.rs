//! Why a decision is what it is: one kind of tree for all of them.

use std::fmt;

use manifest::{Location, ObjectId};
use serde::Serialize;

use crate::{Field, Resource};

/// What became of one thing that was considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// A fact on the way; nothing was at stake.
    Noted,
    /// A condition that holds, or an object that applies.
    Holds,
    /// A condition that does not hold, or an object that does not apply; the steps below say which one and why.
    Fails,
    /// What settled it.
    Decides,
}

/// One thing that was considered, what became of it, where it is written, and what was considered for its sake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reasoning {
    /// What was considered, as a sentence without a final stop.
    pub step: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The object that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectId>,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What was considered for its sake, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Reasoning>,
}

impl Reasoning {
    fn new(outcome: Outcome, step: impl Into<String>) -> Reasoning {
        Reasoning { step: step.into(), outcome, object: None, location: None, steps: Vec::new() }
    }

    /// A fact on the way.
    pub fn noted(step: impl Into<String>) -> Reasoning {
        Reasoning::new(Outcome::Noted, step)
    }

    /// Something that holds.
    pub fn holds(step: impl Into<String>) -> Reasoning {
        Reasoning::new(Outcome::Holds, step)
    }

    /// Something that does not hold.
    pub fn fails(step: impl Into<String>) -> Reasoning {
        Reasoning::new(Outcome::Fails, step)
    }

    /// What settles the matter.
    pub fn decides(step: impl Into<String>) -> Reasoning {
        Reasoning::new(Outcome::Decides, step)
    }

    /// The same, written at a value.
    pub fn at(mut self, field: Field<'_>) -> Reasoning {
        self.location = field.location();
        self.object = Some(field.manifest().id());
        self
    }

    /// The same, about an object as a whole.
    pub fn about(mut self, resource: Resource<'_>) -> Reasoning {
        self.location = resource.location();
        self.object = Some(resource.id().clone());
        self
    }

    /// The same with what was considered for its sake.
    pub fn because(mut self, steps: impl IntoIterator<Item = Reasoning>) -> Reasoning {
        self.steps.extend(steps);
        self
    }

    /// Adds what was considered for its sake.
    pub fn push(&mut self, step: Reasoning) {
        self.steps.push(step);
    }

    /// Every object that had a say: those that apply or decide, and not those that were only considered.
    pub fn effective_objects(&self) -> Vec<&ObjectId> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found.sort();
        found.dedup();
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a ObjectId>) {
        match self.outcome {
            Outcome::Holds | Outcome::Decides => found.extend(&self.object),
            Outcome::Noted | Outcome::Fails => {}
        }
        if self.outcome != Outcome::Fails {
            self.steps.iter().for_each(|step| step.collect(found));
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, before: &str) -> fmt::Result {
        let sign = match self.outcome {
            Outcome::Noted => "·",
            Outcome::Holds => "✓",
            Outcome::Fails => "✗",
            Outcome::Decides => "→",
        };
        write!(f, "{sign} {}", self.step)?;
        if let Some(location) = &self.location {
            write!(f, " ({location})")?;
        }
        for (position, step) in self.steps.iter().enumerate() {
            let (branch, below) =
                if position + 1 < self.steps.len() { ("├─ ", "│  ") } else { ("└─ ", "   ") };
            write!(f, "\n{before}{branch}")?;
            step.write(f, &format!("{before}{below}"))?;
        }
        Ok(())
    }
}

/// A tree of lines: `→` what decided, `✓` what holds, `✗` what does not, `·` facts; each with its place in brackets.
impl fmt::Display for Reasoning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "")
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_tree_is_printed_with_its_branches() {
        let tree = Reasoning::decides("sent to b").because([
            Reasoning::fails("route `a`").because([Reasoning::fails("the method is GET")]),
            Reasoning::holds("route `b`").because([Reasoning::noted("the path starts with /")]),
        ]);
        expect![[r#"
            → sent to b
            ├─ ✗ route `a`
            │  └─ ✗ the method is GET
            └─ ✓ route `b`
               └─ · the path starts with /"#]]
        .assert_eq(&tree.to_string());
    }
}
