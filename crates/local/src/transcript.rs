//! Test support: prints decisions, and plays them against a small world in memory.

use crate::action::Step;

/// One line per action, and when to look again.
pub(crate) fn print(step: &Step) -> String {
    let mut lines: String = step.actions.iter().map(|action| format!("{action}\n")).collect();
    if let Some(wake) = step.wake {
        lines.push_str(&format!("look again at {wake}\n"));
    }
    lines
}
