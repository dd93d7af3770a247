//! What an expression may cost at most, told before it runs, in the steps of kube-apiserver's estimate.
//!
//! Definitions are refused by this number, so that it must come out the same, where its rules are odd too.

use std::collections::HashMap;
use std::sync::Arc;

use kube_cel::cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, MapExpr};

use crate::calls;
use crate::check::{Call, Checked};
use crate::declared::{Declared, Shape};
use crate::functions::Style;
use crate::types::Type;

/// What making a list or a map costs.
const NEW_LIST: u64 = 10;
const NEW_MAP: u64 = 30;
const NEW_STRUCT: u64 = 40;

/// How large a value is: characters, bytes or entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

impl Size {
    pub(crate) const UNKNOWN: Size = Size { least: 0, most: u64::MAX };

    pub(crate) fn exactly(size: u64) -> Size {
        Size { least: size, most: size }
    }

    pub(crate) fn plus(self, other: Size) -> Size {
        Size { least: self.least.saturating_add(other.least), most: self.most.saturating_add(other.most) }
    }

    pub(crate) fn times(self, other: Size) -> Size {
        Size { least: self.least.saturating_mul(other.least), most: self.most.saturating_mul(other.most) }
    }

    pub(crate) fn or(self, other: Size) -> Size {
        Size { least: self.least.min(other.least), most: self.most.max(other.most) }
    }
}

/// A part of a number of steps, rounded up.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "as upstream counts"
)]
pub(crate) fn scaled(steps: u64, by: f64) -> u64 {
    // The conversion stops at the largest number.
    (steps as f64 * by).ceil() as u64
}

/// How large the entries of a list or map are.
#[derive(Debug, Clone, Copy)]
struct Entries {
    of: Container,
    keys: Size,
    values: Size,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    List,
    Map,
}

impl Entries {
    fn or(self, other: Entries) -> Entries {
        Entries { of: self.of, keys: self.keys.or(other.keys), values: self.values.or(other.values) }
    }
}

/// One step from a variable to what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Name(String),
    /// Items of a list, values of a map.
    Entries,
    Keys,
}

/// A variable of a loop.
#[derive(Debug, Clone, Default)]
struct Local {
    path: Vec<Step>,
    size: Option<Size>,
    entries: Option<Entries>,
}

/// Reckons what a checked expression about `root` costs.
pub(crate) fn estimate(expression: &IdedExpr, checked: &Checked, root: &Arc<Declared>) -> u64 {
    let mut meter = Meter {
        checked,
        root,
        paths: HashMap::new(),
        sizes: HashMap::new(),
        entries: HashMap::new(),
        locals: Vec::new(),
    };
    meter.cost(expression)
}

/// An argument as the costs of functions see it.
#[derive(Debug)]
pub(crate) struct Argument<'a> {
    pub(crate) expression: &'a IdedExpr,
    pub(crate) ty: &'a Type,
    /// Empty where it comes from no variable.
    path: Vec<Step>,
    known: Option<Size>,
}

impl Argument<'_> {
    pub(crate) fn size(&self) -> Size {
        self.known.unwrap_or(Size::UNKNOWN)
    }
}

pub(crate) struct Meter<'a> {
    checked: &'a Checked,
    root: &'a Arc<Declared>,
    paths: HashMap<u64, Vec<Step>>,
    sizes: HashMap<u64, Size>,
    entries: HashMap<u64, Entries>,
    locals: Vec<(String, Local)>,
}

impl<'a> Meter<'a> {
    fn cost(&mut self, of: &'a IdedExpr) -> u64 {
        match &of.expr {
            Expr::Literal(_) | Expr::Unspecified => 0,
            Expr::Ident(name) => {
                let path = match self.local(name) {
                    Some(local) => local.path.clone(),
                    None => vec![Step::Name(name.clone())],
                };
                self.paths.insert(of.id, path);
                1
            }
            Expr::Select(select) => {
                let below = self.cost(&select.operand);
                if select.test {
                    return below;
                }
                let mut path = self.path(&select.operand);
                path.push(Step::Name(select.field.clone()));
                self.paths.insert(of.id, path);
                let has_own =
                    matches!(self.checked.ty(&select.operand), Type::Map(..) | Type::Object(_) | Type::Library(_));
                below.saturating_add(u64::from(has_own))
            }
            Expr::Call(_) => self.call(of),
            Expr::List(list) => self.list(of.id, list),
            Expr::Map(map) => self.map(of.id, map),
            Expr::Struct(fields) => fields.entries.iter().fold(NEW_STRUCT, |sum, field| match &field.expr {
                EntryExpr::StructField(field) => sum.saturating_add(self.cost(&field.value)),
                EntryExpr::MapEntry(_) => sum,
            }),
            Expr::Comprehension(comprehension) => self.comprehension(of.id, comprehension),
        }
    }

    fn local(&self, name: &str) -> Option<&Local> {
        self.locals.iter().rev().find(|(known, _)| known == name).map(|(_, local)| local)
    }

    fn path(&self, of: &IdedExpr) -> Vec<Step> {
        if let Expr::Ident(name) = &of.expr
            && let Some(local) = self.local(name)
        {
            return local.path.clone();
        }
        self.paths.get(&of.id).cloned().unwrap_or_default()
    }

    /// The size that a schema gives to what a path leads to. What a path begins with is not looked at.
    pub(crate) fn declared(&self, path: &[Step]) -> Option<Size> {
        let (_, steps) = path.split_first()?;
        let mut at = Ok(self.root);
        for step in steps {
            at = match (step, at) {
                (Step::Name(name), Ok(at)) => Ok(at.field(name)?),
                (Step::Entries, Ok(at)) => Ok(at.entries()?),
                (Step::Keys, Ok(at)) if matches!(at.shape, Shape::Map(_)) => Err(()),
                (Step::Name(_) | Step::Entries | Step::Keys, _) => return None,
            };
        }
        // Keys are texts of which nothing is declared.
        Some(Size { least: 0, most: at.map_or(0, |declared| declared.most) })
    }

    /// The size of an expression, as far as it is known.
    fn size(&mut self, of: &IdedExpr) -> Option<Size> {
        if let Some(known) = self.sizes.get(&of.id) {
            return Some(*known);
        }
        match &of.expr {
            Expr::Literal(LiteralValue::String(text)) => {
                return Some(Size::exactly(text.inner().chars().count() as u64));
            }
            Expr::Literal(LiteralValue::Bytes(bytes)) => return Some(Size::exactly(bytes.inner().len() as u64)),
            Expr::Literal(_) => return Some(Size::exactly(1)),
            Expr::List(list) => return Some(Size::exactly(list.elements.len() as u64)),
            Expr::Map(map) => return Some(Size::exactly(map.entries.len() as u64)),
            Expr::Ident(_)
            | Expr::Select(_)
            | Expr::Call(_)
            | Expr::Struct(_)
            | Expr::Comprehension(_)
            | Expr::Unspecified => {}
        }
        if let Some(size) = self.declared(&self.path(of)) {
            self.sizes.insert(of.id, size);
            return Some(size);
        }
        if self.checked.ty(of).is_scalar() {
            return Some(Size::exactly(1));
        }
        match &of.expr {
            Expr::Ident(name) => self.local(name).and_then(|local| local.size),
            _ => None,
        }
    }

    fn entries(&self, of: &IdedExpr) -> Option<Entries> {
        if let Some(known) = self.entries.get(&of.id) {
            return Some(*known);
        }
        match &of.expr {
            Expr::Ident(name) => self.local(name).and_then(|local| local.entries),
            _ => None,
        }
    }

    fn argument(&mut self, expression: &'a IdedExpr) -> Argument<'a> {
        let path = self.path(expression);
        Argument { expression, ty: self.checked.ty(expression), path, known: self.size(expression) }
    }

    /// The type and the size of the items of a list; nothing for a text.
    pub(crate) fn items(&self, of: &Argument<'a>) -> Option<(&'a Type, Size)> {
        let item = *of.ty.parameters().first()?;
        let size = if of.path.is_empty() {
            None
        } else {
            let mut path = of.path.clone();
            path.push(Step::Entries);
            self.declared(&path)
        };
        Some((item, size.unwrap_or(Size::UNKNOWN)))
    }

    fn call(&mut self, of: &'a IdedExpr) -> u64 {
        let (Expr::Call(call), Some(resolved)) = (&of.expr, self.checked.call(of)) else { return 0 };
        let costs: Vec<u64> = call.args.iter().map(|argument| self.cost(argument)).collect();
        let all = costs.iter().fold(0, |sum: u64, cost| sum.saturating_add(*cost));
        if resolved.function == "dyn"
            && let [argument] = call.args.as_slice()
        {
            self.copy(of.id, argument);
            return all.saturating_add(1);
        }
        let arguments: Vec<Argument<'_>> = call.args.iter().map(|argument| self.argument(argument)).collect();
        let target = call.target.as_deref().filter(|_| resolved.style == Style::Member);
        let before = target.map_or(0, |target| self.cost(target));
        let target = target.map(|target| self.argument(target));
        let mut own = 0;
        let mut size: Option<Size> = None;
        for overload in &resolved.overloads {
            let (cost, result) = self.overload(of.id, resolved, overload, target.as_ref(), &arguments, &costs, all);
            own = own.max(cost);
            size = match (size, result) {
                (Some(one), Some(other)) => Some(one.or(other)),
                (one, other) => one.or(other),
            };
            if let ("index_list" | "index_map", Some(list)) = (*overload, call.args.first()) {
                size = self.entries(list).map(|entries| entries.values);
                let mut path = self.path(list);
                path.push(Step::Entries);
                self.paths.insert(of.id, path);
            }
            size = size.or_else(|| self.size(of));
        }
        if let Some(size) = size {
            self.sizes.insert(of.id, size);
        }
        before.saturating_add(own)
    }

    /// What one way to call a function costs with its arguments, and how large its result is.
    #[allow(clippy::too_many_arguments, reason = "what is known of one call")]
    fn overload(
        &mut self,
        id: u64,
        call: &Call,
        overload: &str,
        target: Option<&Argument<'a>>,
        arguments: &[Argument<'a>],
        costs: &[u64],
        all: u64,
    ) -> (u64, Option<Size>) {
        match (overload, arguments, costs) {
            ("conditional", [_, yes, no], [test, if_yes, if_no]) => {
                let both = self.entries(yes.expression).zip(self.entries(no.expression));
                if let Some((yes, no)) = both {
                    self.entries.insert(id, yes.or(no));
                }
                return (test.saturating_add(*if_yes.max(if_no)), Some(yes.size().or(no.size())));
            }
            ("add_string" | "add_bytes" | "add_list", [left, right], _) => {
                let both = self.entries(left.expression).zip(self.entries(right.expression));
                if let Some((left, right)) = both {
                    self.entries.insert(id, left.or(right));
                }
                let sum = left.size().plus(right.size());
                let own = if overload == "add_list" { 1 } else { scaled(sum.most, calls::READING) };
                return (own.saturating_add(all), Some(sum));
            }
            ("logical", ..) => return (all, None),
            _ => {}
        }
        let cost = calls::cost(self, &call.function, overload, target, arguments);
        (cost.steps.saturating_add(all), cost.result)
    }

    fn copy(&mut self, to: u64, from: &IdedExpr) {
        if let Some(size) = self.size(from) {
            self.sizes.insert(to, size);
        }
        if let Some(entries) = self.entries(from) {
            self.entries.insert(to, entries);
        }
    }

    fn list(&mut self, id: u64, list: &'a ListExpr) -> u64 {
        let mut sum = NEW_LIST;
        let mut items: Option<Size> = None;
        for element in &list.elements {
            sum = sum.saturating_add(self.cost(element));
            let size = self.size(element).unwrap_or(Size::UNKNOWN);
            items = Some(items.map_or(size, |items| items.or(size)));
        }
        let values = items.unwrap_or(Size::exactly(0));
        self.entries.insert(id, Entries { of: Container::List, keys: Size::exactly(1), values });
        sum
    }

    fn map(&mut self, id: u64, map: &'a MapExpr) -> u64 {
        let mut sum = NEW_MAP;
        let (mut keys, mut values): (Option<Size>, Option<Size>) = (None, None);
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else { continue };
            sum = sum.saturating_add(self.cost(&entry.key)).saturating_add(self.cost(&entry.value));
            for (all, part) in [(&mut keys, &entry.key), (&mut values, &entry.value)] {
                let size = self.size(part).unwrap_or(Size::UNKNOWN);
                *all = Some(all.map_or(size, |all| all.or(size)));
            }
        }
        let [keys, values] = [keys, values].map(|size| size.unwrap_or(Size::exactly(0)));
        self.entries.insert(id, Entries { of: Container::Map, keys, values });
        sum
    }

    fn comprehension(&mut self, id: u64, of: &'a ComprehensionExpr) -> u64 {
        let around = self.cost(&of.iter_range).saturating_add(self.cost(&of.accu_init));
        let sum = Local {
            path: self.path(&of.accu_init),
            size: self.size(&of.accu_init),
            entries: self.entries(&of.accu_init),
        };
        self.locals.push((of.accu_var.clone(), sum));
        let each = self.each(&of.iter_range);
        self.locals.push((of.iter_var.clone(), each));
        let step = self.cost(&of.loop_cond).saturating_add(self.cost(&of.loop_step));
        self.locals.pop();
        let result = self.cost(&of.result);
        self.locals.pop();
        let count = self.size(&of.iter_range).unwrap_or(Size::UNKNOWN);
        match &of.accu_init.expr {
            Expr::Literal(_) => {
                if let Some(size) = self.size(&of.accu_init) {
                    self.sizes.insert(id, size);
                }
            }
            Expr::List(_) | Expr::Map(_) => {
                self.sizes.insert(id, count);
                if let Some(entries) = self.entries(&of.loop_step) {
                    self.entries.insert(id, entries);
                }
            }
            _ => {}
        }
        around.saturating_add(result).saturating_add(count.most.saturating_mul(step))
    }

    /// The variable that stands for each item of a list, or each key of a map.
    fn each(&self, range: &IdedExpr) -> Local {
        let entries = self.entries(range);
        let is_list = match (entries, self.checked.ty(range)) {
            (Some(entries), _) => entries.of == Container::List,
            (None, ty) => matches!(ty, Type::List(_)),
        };
        let mut path = self.path(range);
        path.push(if is_list { Step::Entries } else { Step::Keys });
        let size = entries.map(|entries| if is_list { entries.values } else { entries.keys });
        Local { path, size, entries: None }
    }
}
