//! Which files of a source are left out, exactly as Flux's source-controller decides it.
//!
//! The rules look like `.gitignore`'s but are not the same: they are matched against whole file paths, the last rule
//! that matches decides, and a file can come back although its folder is left out.

mod pattern;

use pattern::{Effect, Pattern};

/// The file that holds a folder's rules.
pub(crate) const IGNORE_FILE: &str = ".sourceignore";

/// Left out unless a later rule says otherwise.
const VERSION_CONTROL: [&str; 4] = [".git/", ".gitignore", ".gitmodules", ".gitattributes"];

/// Left out only where a source has no rule of its own.
const DEFAULTS: [&str; 20] = [
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    "**/.goreleaser.yml",
    "**/.sops.yaml",
    "**/.flux.yaml",
];

/// The rules of one source.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Later ones win.
    patterns: Vec<Pattern>,
}

impl Rules {
    /// The rules of a source whose `.sourceignore` files are given as folder and content, and of `spec.ignore`.
    ///
    /// Rules of deeper folders come after those of their parents; `spec.ignore` comes last. A single rule anywhere
    /// removes all default exclusions but those of version control.
    pub fn new(files: &[(String, String)], spec: Option<&str>) -> Rules {
        let own = Rules::without_defaults(files, spec).patterns;
        let defaults: &[&str] = if own.is_empty() { &DEFAULTS } else { &[] };
        let built_in = VERSION_CONTROL.iter().chain(defaults).map(|line| Pattern::parse(line, &[]));
        Rules { patterns: built_in.chain(own).collect() }
    }

    /// As [`Rules::new`], without any default exclusions.
    pub(crate) fn without_defaults(files: &[(String, String)], spec: Option<&str>) -> Rules {
        let mut files: Vec<(Vec<&str>, &str)> =
            files.iter().map(|(folder, content)| (components(folder), content.as_str())).collect();
        files.sort();
        let own = files
            .iter()
            .map(|(folder, content)| (folder.as_slice(), *content))
            .chain(spec.map(|content| ([].as_slice(), content)))
            .flat_map(|(folder, content)| lines(content).map(|line| Pattern::parse(line, folder)));
        Rules { patterns: own.collect() }
    }

    /// Whether the file at `path` stays in the source.
    pub fn keeps(&self, path: &str) -> bool {
        let path = components(path);
        let effect = self.patterns.iter().rev().find_map(|pattern| pattern.matches(&path).then_some(pattern.effect));
        match effect {
            Some(Effect::Exclude) => false,
            Some(Effect::Include) | None => true,
        }
    }
}

fn components(path: &str) -> Vec<&str> {
    if path.is_empty() { Vec::new() } else { path.split('/').collect() }
}

fn lines(content: &str) -> impl Iterator<Item = &str> {
    content.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

#[cfg(test)]
mod tests;
