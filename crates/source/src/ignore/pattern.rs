//! One rule.

use manifest::Wildcard;

/// What a rule does to the files it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Leaves them out.
    Exclude,
    /// Brings them back.
    Include,
}

/// What a rule's last component may match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// Files and folders.
    Any,
    /// Folders only: the rule ends with a slash.
    Folder,
}

/// One rule, bound to the folder whose `.sourceignore` it stands in.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) effect: Effect,
    folder: Vec<String>,
    components: Vec<String>,
    target: Target,
}

impl Pattern {
    /// Reads a rule of the `.sourceignore` file in `folder`.
    pub(super) fn parse(line: &str, folder: &[&str]) -> Pattern {
        let (effect, line) = match line.strip_prefix('!') {
            Some(rest) => (Effect::Include, rest),
            None => (Effect::Exclude, line),
        };
        let line = if line.ends_with("\\ ") { line } else { line.trim_end_matches(' ') };
        let (target, line) = match line.strip_suffix('/') {
            Some(rest) => (Target::Folder, rest),
            None => (Target::Any, line),
        };
        Pattern {
            effect,
            folder: folder.iter().map(|name| (*name).to_owned()).collect(),
            components: line.split('/').map(str::to_owned).collect(),
            target,
        }
    }

    /// Whether the rule is about the file at `path`.
    pub(super) fn matches(&self, path: &[&str]) -> bool {
        let Some((folder, below)) = path.split_at_checked(self.folder.len()) else { return false };
        if below.is_empty() || folder.iter().zip(&self.folder).any(|(name, own)| name != own) {
            return false;
        }
        match self.components.as_slice() {
            [name] => self.matches_any_component(name, below),
            components => self.matches_from_the_start(components, below),
        }
    }

    /// A rule without an inner slash matches a file or folder of that name at any depth.
    fn matches_any_component(&self, name: &str, path: &[&str]) -> bool {
        match path.iter().position(|component| wildcard(name, component)) {
            Some(at) => self.target == Target::Any || at + 1 < path.len(),
            None => false,
        }
    }

    /// A rule with an inner slash matches from its folder on, and everything below what it matches.
    fn matches_from_the_start(&self, components: &[String], path: &[&str]) -> bool {
        let mut rest = path.iter();
        let mut matched = false;
        let mut skips_folders = false;
        for (at, component) in components.iter().enumerate() {
            match component.as_str() {
                "" => skips_folders = false,
                "**" if at + 1 == components.len() => break,
                "**" => skips_folders = true,
                mixed if mixed.contains("**") => return false,
                name if skips_folders => {
                    if rest.as_slice().is_empty() {
                        return false;
                    }
                    skips_folders = false;
                    matched = rest.any(|component| wildcard(name, component));
                }
                name => {
                    if !rest.next().is_some_and(|component| wildcard(name, component)) {
                        return false;
                    }
                    matched = true;
                }
            }
        }
        matched && (self.target == Target::Any || !rest.as_slice().is_empty())
    }
}

/// Whether a name without `/` matches; a malformed pattern matches nothing.
fn wildcard(pattern: &str, name: &str) -> bool {
    Wildcard::parse(pattern).is_some_and(|wildcard| wildcard.matches(name))
}
