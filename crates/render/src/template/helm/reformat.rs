//! How Helm 4 prints errors of templates.

use crate::template::error::{Error, ExecuteError, Failure, Problem};

/// The text of an error: where it is, or the chain of includes over several lines.
pub(super) fn reformat(error: &Error) -> String {
    match error {
        Error::Parse(problem) => parse_error(&problem.to_string()),
        Error::Execute(outermost) => execute_error(error, outermost),
        Error::Missing { .. } | Error::Limit(_) => error.to_string(),
    }
}

/// Only the place and the last part of the text are kept.
fn parse_error(text: &str) -> String {
    let mut tokens = text.split(": ");
    let place = tokens.nth(1).unwrap_or_default();
    let problem = text.rsplit(": ").next().unwrap_or_default();
    format!("parse error at ({place}): {problem}")
}

fn execute_error(error: &Error, outermost: &ExecuteError) -> String {
    if let Some(stated) = error.stated() {
        return format!("execution error at ({}): {stated}", place(outermost));
    }
    let mut out = String::new();
    let mut current = outermost;
    loop {
        let ExecuteError { template, context, problem, .. } = current;
        let template = crate::template::format::quote::quoted(template.as_bytes());
        out.push_str(&format!("{}\n  executing {template} at <{context}>:\n    ", place(current)));
        match problem {
            Problem::Message(message) => {
                out.push_str(message);
                return out;
            }
            Problem::Limit(limit) => {
                out.push_str(&limit.to_string());
                return out;
            }
            Problem::Call { function, failure: Failure::Template { context, error: inner } } if context.is_empty() => {
                out.push_str(&format!("error calling {function}:\n"));
                match &**inner {
                    Error::Execute(next) => current = next,
                    Error::Missing { .. } | Error::Limit(_) => {
                        out.push_str(&inner.to_string());
                        return out;
                    }
                    Error::Parse(_) => return error.to_string(),
                }
            }
            // Where a function has words of its own, Helm prints all on one line.
            Problem::Call { .. } => return error.to_string(),
        }
    }
}

fn place(error: &ExecuteError) -> String {
    format!("{}:{}:{}", error.name, error.line, error.column)
}
