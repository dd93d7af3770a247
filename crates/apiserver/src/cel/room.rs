//! Stack for expressions: to read, to check and to evaluate one recurses, and whoever defines a kind writes them.

use kube_cel::cel::common::ast::{EntryExpr, Expr, IdedExpr};

/// Bytes of the longest expression that is taken.
const LONGEST: usize = 20_000;
/// The deepest one.
const DEEPEST: usize = 1000;
/// Stack to read one, in bytes. The parser takes up to 200 KiB for each bracket, of which it reads a hundred, and 40 KiB for
/// each operator in builds that are not optimised; only what is used is ever taken.
const READING: usize = 512 << 20;
/// Stack for each level that is evaluated, in bytes, and how many levels the stack of any thread has room for.
const LEVEL: usize = 48 << 10;
const LEVELS: usize = 16;

/// Reads an expression, and turns a panic of the parser into an error.
pub(super) fn to_read<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    let outcome = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(READING).spawn_scoped(scope, work).ok()?;
        thread.join().ok()
    });
    outcome.unwrap_or_else(|| Err("ERROR: <input>: the expression cannot be read; simplify it".to_owned()))
}

/// That an expression is not too long to be read.
pub(super) fn check_length(text: &str) -> Result<(), String> {
    let size = text.len();
    if size <= LONGEST {
        return Ok(());
    }
    Err(format!("ERROR: <input>:-1:0: expression code point size exceeds limit: size: {size}, limit {LONGEST}"))
}

/// Evaluates something of this depth.
pub(super) fn to_evaluate<T>(depth: usize, work: impl FnOnce() -> T) -> T {
    if depth <= LEVELS { work() } else { stacker::maybe_grow(depth * LEVEL, depth * LEVEL, work) }
}

/// How deep an expression is, or that it is too deep.
pub(super) fn measure(expression: &IdedExpr) -> Result<usize, String> {
    let mut deepest = 0;
    // Nothing recurses here: how deep it is is what is asked.
    let mut open = vec![(expression, 1)];
    while let Some((part, depth)) = open.pop() {
        deepest = deepest.max(depth);
        open.extend(parts(part).into_iter().map(|part| (part, depth + 1)));
    }
    if deepest > DEEPEST {
        return Err(format!("ERROR: <input>: expression recursion limit exceeded: {DEEPEST}"));
    }
    Ok(deepest)
}

/// The expressions right below one.
fn parts(of: &IdedExpr) -> Vec<&IdedExpr> {
    match &of.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Select(select) => vec![&*select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
        Expr::Struct(fields) => fields.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
        Expr::Comprehension(of) => vec![&of.iter_range, &of.accu_init, &of.loop_cond, &of.loop_step, &of.result],
    }
}

fn of_entry(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}
