//! Checks an expression against what is declared, and tells the type of each of its parts.

use std::collections::{HashMap, HashSet};

use chrono::DateTime;
use kube_cel::cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, MapExpr, SelectExpr, operators,
};
use manifest::duration;
use regex::Regex;

use crate::expression::Variables;
use crate::functions::{CIDR, Functions, IP, Style};
use crate::syntax;
use crate::types::{Substitutions, Type};

/// What is known of an expression that makes sense.
#[derive(Debug)]
pub(crate) struct Checked {
    types: HashMap<u64, Type>,
    calls: HashMap<u64, Call>,
    /// The variables it speaks of.
    used: HashSet<String>,
}

/// Which function a call turned out to be.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Its whole name: `sets.contains`, where the syntax has a call of `contains` on `sets`.
    pub(crate) function: String,
    pub(crate) style: Style,
    /// All that fit: there are several where a type is known only when the expression runs.
    pub(crate) overloads: Vec<&'static str>,
}

impl Checked {
    pub(crate) fn ty(&self, of: &IdedExpr) -> &Type {
        self.types.get(&of.id).unwrap_or(&Type::Dyn)
    }

    pub(crate) fn uses(&self, variable: &str) -> bool {
        self.used.contains(variable)
    }

    pub(crate) fn call(&self, of: &IdedExpr) -> Option<&Call> {
        self.calls.get(&of.id)
    }
}

/// Checks an expression in which `variables` may be spoken of: what is known of it, and all that is wrong with it.
pub(crate) fn check(expression: &IdedExpr, variables: Variables<'_>) -> (Checked, Vec<String>) {
    let mut checker = Checker::default();
    match variables {
        Variables::Declared(declared) => {
            checker.scope = declared.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect();
        }
        Variables::Any => checker.others = Others::Dynamic,
    }
    checker.declared = checker.scope.len();
    checker.visit(expression);
    let Checker { types, substitutions, .. } = &mut checker;
    types.values_mut().for_each(|ty| *ty = substitutions.settle(ty));
    if checker.errors.is_empty() {
        checker.literals(expression, Literals::Alike);
    }
    let Checker { types, calls, used, errors, .. } = checker;
    (Checked { types, calls, used }, errors)
}

/// Types that can be named.
pub(crate) const TYPE_NAMES: [&str; 18] = [
    "bool",
    "bytes",
    "double",
    "duration",
    "dyn",
    "google.protobuf.Duration",
    "google.protobuf.Timestamp",
    "int",
    "list",
    "map",
    "net.CIDR",
    "net.IP",
    "null_type",
    "optional_type",
    "string",
    "timestamp",
    "type",
    "uint",
];

/// The type of such a name.
pub(crate) fn named_type(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "bytes" => Type::Bytes,
        "double" => Type::Double,
        "duration" | "google.protobuf.Duration" => Type::Duration,
        "dyn" => Type::Dyn,
        "int" => Type::Int,
        "list" => Type::list(Type::Dyn),
        "map" => Type::map(Type::Dyn, Type::Dyn),
        "null_type" => Type::Null,
        "string" => Type::String,
        "timestamp" | "google.protobuf.Timestamp" => Type::Timestamp,
        "type" => Type::Named(Box::new(Type::Dyn)),
        "uint" => Type::Uint,
        "optional_type" => Type::optional(Type::Dyn),
        "net.IP" => IP,
        "net.CIDR" => CIDR,
        _ => return None,
    })
}

/// A name with dots, if an expression may be one.
pub(crate) fn qualified(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => Some(format!("{}.{}", qualified(&select.operand.expr)?, select.field)),
        _ => None,
    }
}

/// Whether the parts of lists and maps must have one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Literals {
    Alike,
    /// Among the arguments of `format`.
    Mixed,
}

/// What names are that nothing is known of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Others {
    #[default]
    Unknown,
    Dynamic,
}

#[derive(Debug, Default)]
struct Checker {
    types: HashMap<u64, Type>,
    calls: HashMap<u64, Call>,
    substitutions: Substitutions,
    /// Innermost last.
    scope: Vec<(String, Type)>,
    /// How many of the outermost are not from loops.
    declared: usize,
    others: Others,
    variables: u32,
    used: HashSet<String>,
    errors: Vec<String>,
}

impl Checker {
    fn fresh(&mut self) -> Type {
        self.variables += 1;
        Type::Variable(self.variables)
    }

    fn fail(&mut self, why: String) -> Type {
        self.errors.push(why);
        Type::Error
    }

    fn mismatch(&mut self, expected: &Type, found: &Type) -> Type {
        let (expected, found) = (self.substitutions.apply(expected), self.substitutions.apply(found));
        self.fail(format!("expected type '{expected}' but found '{found}'"))
    }

    /// Checks an expression and all below it.
    fn visit(&mut self, expression: &IdedExpr) -> Type {
        let ty = match &expression.expr {
            Expr::Literal(literal) => literal_type(literal),
            Expr::Ident(name) => self.identifier(name),
            Expr::Select(select) => self.select(&expression.expr, select),
            Expr::Call(call) => self.call(expression.id, call),
            Expr::List(list) => self.list(list),
            Expr::Map(map) => self.map(map),
            Expr::Struct(of) => self.undeclared(&of.type_name),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::Unspecified => Type::Error,
        };
        self.types.insert(expression.id, ty.clone());
        ty
    }

    fn undeclared(&mut self, name: &str) -> Type {
        self.fail(format!("undeclared reference to '{name}' (in container '')"))
    }

    fn identifier(&mut self, name: &str) -> Type {
        if let Some(place) = self.scope.iter().rposition(|(known, _)| known == name) {
            if place < self.declared {
                self.used.insert(name.to_owned());
            }
            return self.scope[place].1.clone();
        }
        match (self.others, named_type(name)) {
            // An object may have a field of that name, which then is meant.
            (Others::Dynamic, _) => Type::Dyn,
            (Others::Unknown, Some(ty)) => Type::Named(Box::new(ty)),
            (Others::Unknown, None) => self.undeclared(name),
        }
    }

    fn select(&mut self, whole: &Expr, select: &SelectExpr) -> Type {
        if let Some(ty) = qualified(whole).and_then(|name| named_type(&name)) {
            return Type::Named(Box::new(ty));
        }
        let of = self.visit(&select.operand);
        let field = match self.substitutions.apply(&of) {
            Type::Optional(of) => Type::optional(self.field(&of, &select.field)),
            of => self.field(&of, &select.field),
        };
        if select.test { Type::Bool } else { self.substitutions.apply(&field) }
    }

    /// `of.?field`: what the field holds, if it is there.
    fn optional_select(&mut self, id: u64, of: &IdedExpr, field: &IdedExpr) -> Type {
        let Expr::Literal(LiteralValue::String(name)) = &field.expr else {
            return self.fail("unsupported optional field selection".to_owned());
        };
        let of = self.visit(of);
        let held = match self.substitutions.apply(&of) {
            Type::Optional(of) => self.field(&of, name.inner()),
            of => self.field(&of, name.inner()),
        };
        let overloads = vec!["select_optional_field"];
        self.calls.insert(id, Call { function: operators::OPT_SELECT.to_owned(), style: Style::Global, overloads });
        Type::optional(self.substitutions.apply(&held))
    }

    /// What an element `?element` of a list or map adds to it, if there is anything.
    fn held(&mut self, ty: Type) -> Type {
        match self.substitutions.apply(&ty) {
            Type::Optional(of) => *of,
            ty @ (Type::Dyn | Type::Error) => ty,
            other => self.mismatch(&Type::optional(Type::Dyn), &other),
        }
    }

    fn field(&mut self, of: &Type, name: &str) -> Type {
        let undefined = format!("undefined field '{name}'");
        match of {
            Type::Map(_, values) => (**values).clone(),
            Type::Object(object) => match object.declared.field(name) {
                Some(field) => field.ty(),
                None => self.fail(undefined),
            },
            Type::Library(_) => self.fail(undefined),
            Type::Variable(_) => {
                self.substitutions.accepts(&Type::Dyn, of);
                Type::Dyn
            }
            Type::Dyn | Type::Error => Type::Dyn,
            Type::Null
            | Type::Bool
            | Type::Int
            | Type::Uint
            | Type::Double
            | Type::String
            | Type::Bytes
            | Type::Duration
            | Type::Timestamp
            | Type::List(_)
            | Type::Optional(_)
            | Type::Named(_) => {
                self.errors.push(format!("type '{of}' does not support field selection"));
                Type::Dyn
            }
        }
    }

    fn call(&mut self, id: u64, call: &CallExpr) -> Type {
        let name = call.func_name.as_str();
        if let (operators::OPT_SELECT, [of, field]) = (name, call.args.as_slice()) {
            return self.optional_select(id, of, field);
        }
        let mut arguments: Vec<Type> = call.args.iter().map(|argument| self.visit(argument)).collect();
        let Some(target) = &call.target else { return self.resolve(id, name, Style::Global, &arguments) };
        let whole = qualified(&target.expr).map(|prefix| format!("{prefix}.{name}"));
        if let Some(whole) = whole.filter(|whole| Functions::all().find(whole).is_some()) {
            return self.resolve(id, &whole, Style::Global, &arguments);
        }
        arguments.insert(0, self.visit(target));
        self.resolve(id, name, Style::Member, &arguments)
    }

    /// Finds the overloads that arguments fit; the type is that of all their results.
    fn resolve(&mut self, id: u64, name: &str, style: Style, arguments: &[Type]) -> Type {
        let Some(overloads) = Functions::all().find(name) else { return self.undeclared(name) };
        if let "_&&_" | "_||_" = name {
            return self.logic(id, name, arguments);
        }
        let mut fitting = Vec::new();
        let mut result: Option<Type> = None;
        for overload in overloads.iter().filter(|overload| overload.style == style) {
            let fresh = [self.fresh(), self.fresh()];
            let wanted: Vec<Type> = overload.parameters.iter().map(|ty| instance(ty, &fresh)).collect();
            let given: Vec<&Type> = arguments.iter().collect();
            if !self.substitutions.accepts_all(&given, &wanted.iter().collect::<Vec<_>>()) {
                continue;
            }
            fitting.push(overload.id);
            let one = self.substitutions.apply(&instance(&overload.result, &fresh));
            result = Some(match result {
                None => one,
                Some(before) if before.is_dynamic() || before == one => before,
                Some(_) => Type::Dyn,
            });
        }
        let Some(result) = result else {
            let shown: Vec<String> = arguments.iter().map(|ty| self.substitutions.settle(ty).to_string()).collect();
            let signature = match (style, shown.split_first()) {
                (Style::Member, Some((target, others))) => format!("{target}.({})", others.join(", ")),
                _ => format!("({})", shown.join(", ")),
            };
            return self.fail(format!("found no matching overload for '{name}' applied to '{signature}'"));
        };
        self.calls.insert(id, Call { function: name.to_owned(), style, overloads: fitting });
        result
    }

    fn logic(&mut self, id: u64, name: &str, arguments: &[Type]) -> Type {
        for argument in arguments {
            if !self.substitutions.accepts(argument, &Type::Bool) {
                self.mismatch(&Type::Bool, argument);
            }
        }
        let call = Call { function: name.to_owned(), style: Style::Global, overloads: vec!["logical"] };
        self.calls.insert(id, call);
        Type::Bool
    }

    fn list(&mut self, list: &ListExpr) -> Type {
        let mut joint = None;
        for (index, element) in list.elements.iter().enumerate() {
            let ty = self.visit(element);
            let ty = if list.optional_indices.contains(&index) { self.held(ty) } else { ty };
            joint = Some(self.join(joint, ty));
        }
        Type::list(joint.unwrap_or_else(|| self.fresh()))
    }

    fn map(&mut self, map: &MapExpr) -> Type {
        let (mut keys, mut values) = (None, None);
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else { continue };
            let key = self.visit(&entry.key);
            keys = Some(self.join(keys, key));
            let value = self.visit(&entry.value);
            let value = if entry.optional { self.held(value) } else { value };
            values = Some(self.join(values, value));
        }
        Type::map(keys.unwrap_or_else(|| self.fresh()), values.unwrap_or_else(|| self.fresh()))
    }

    /// The type of what has had one type so far, and now has another part.
    fn join(&mut self, before: Option<Type>, next: Type) -> Type {
        let Some(before) = before else { return next };
        // Literals that mix types are looked for later.
        if self.substitutions.accepts(&before, &next) { before.or_more_general(next) } else { Type::Dyn }
    }

    /// A loop; nobody writes one but by the macros, which know one variable only.
    fn comprehension(&mut self, of: &ComprehensionExpr) -> Type {
        let range = self.visit(&of.iter_range);
        let sum = self.visit(&of.accu_init);
        let outer = self.scope.len();
        self.scope.push((of.accu_var.clone(), sum.clone()));
        let range = self.substitutions.apply(&range);
        let each = match range {
            Type::List(item) => *item,
            Type::Map(key, _) => *key,
            Type::Dyn | Type::Error => Type::Dyn,
            Type::Variable(_) => {
                self.substitutions.accepts(&Type::Dyn, &range);
                Type::Dyn
            }
            other => self.fail(format!(
                "expression of type '{other}' cannot be range of a comprehension (must be list, map, or dynamic)"
            )),
        };
        self.scope.push((of.iter_var.clone(), each));
        let condition = self.visit(&of.loop_cond);
        self.expect(&Type::Bool, &condition);
        let step = self.visit(&of.loop_step);
        self.expect(&sum, &step);
        self.scope.truncate(outer + 1);
        let result = self.visit(&of.result);
        self.scope.truncate(outer);
        self.substitutions.apply(&result)
    }

    fn expect(&mut self, wanted: &Type, found: &Type) {
        if !self.substitutions.accepts(wanted, found) {
            self.mismatch(wanted, found);
        }
    }

    /// What is wrong with literals although their types fit.
    fn literals(&mut self, within: &IdedExpr, how: Literals) {
        let mut how = how;
        match &within.expr {
            Expr::List(list) => {
                let elements = list.elements.iter().enumerate();
                let plain = elements.filter(|(index, _)| !list.optional_indices.contains(index));
                self.alike(plain.map(|(_, element)| element), how);
            }
            Expr::Map(map) => {
                let entries = || {
                    map.entries.iter().filter_map(|entry| match &entry.expr {
                        EntryExpr::MapEntry(entry) => Some(entry),
                        EntryExpr::StructField(_) => None,
                    })
                };
                self.alike(entries().map(|entry| &entry.key), how);
                self.alike(entries().filter(|entry| !entry.optional).map(|entry| &entry.value), how);
            }
            Expr::Call(call) => {
                if call.func_name == "format" {
                    how = Literals::Mixed;
                }
                if let Some(IdedExpr { expr: Expr::Literal(LiteralValue::String(text)), .. }) = call.args.first()
                    && !is_valid_argument(&call.func_name, text.inner())
                {
                    self.errors.push(format!("invalid {} argument", call.func_name));
                }
            }
            Expr::Select(_)
            | Expr::Comprehension(_)
            | Expr::Struct(_)
            | Expr::Unspecified
            | Expr::Ident(_)
            | Expr::Literal(_) => {}
        }
        syntax::parts(within).into_iter().for_each(|part| self.literals(part, how));
    }

    fn alike<'a>(&mut self, parts: impl Iterator<Item = &'a IdedExpr>, how: Literals) {
        if how == Literals::Mixed {
            return;
        }
        let mut first: Option<&Type> = None;
        let different = parts.filter_map(|part| self.types.get(&part.id)).find_map(|ty| {
            let first = *first.get_or_insert(ty);
            (first != ty).then(|| (first.clone(), ty.clone()))
        });
        if let Some((expected, found)) = different {
            self.mismatch(&expected, &found);
        }
    }
}

/// Whether a function can do anything with a text.
fn is_valid_argument(function: &str, text: &str) -> bool {
    match function {
        "matches" => Regex::new(text).is_ok(),
        "duration" => duration::parse(text).is_ok(),
        "timestamp" => DateTime::parse_from_rfc3339(text).is_ok(),
        _ => true,
    }
}

fn literal_type(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Type::Bool,
        LiteralValue::Bytes(_) => Type::Bytes,
        LiteralValue::Double(_) => Type::Double,
        LiteralValue::Int(_) => Type::Int,
        LiteralValue::Null => Type::Null,
        LiteralValue::String(_) => Type::String,
        LiteralValue::UInt(_) => Type::Uint,
    }
}

/// A type of a signature, with variables of this call for its parameters.
fn instance(of: &Type, fresh: &[Type; 2]) -> Type {
    match of {
        Type::Variable(number) => fresh.get(*number as usize).unwrap_or(of).clone(),
        other => other.with_parts(&mut |part| instance(part, fresh)),
    }
}
