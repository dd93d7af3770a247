//! What `Chart.yaml` must say.

use std::collections::BTreeSet;

use manifest::semver_range;

use super::Invalid;
use crate::helm::chart::{Dependency, Metadata};
use crate::template::format::quote::is_printable;

/// Takes unprintable characters out of the texts and checks what Helm checks.
pub(super) fn metadata(metadata: &mut Metadata) -> Result<(), Invalid> {
    let texts = [
        &mut metadata.name,
        &mut metadata.description,
        &mut metadata.home,
        &mut metadata.icon,
        &mut metadata.condition,
        &mut metadata.tags,
        &mut metadata.app_version,
        &mut metadata.kube_version,
    ];
    for text in texts.into_iter().chain(&mut metadata.sources).chain(&mut metadata.keywords) {
        sanitise(text);
    }
    if metadata.api_version.is_empty() {
        return Err(Invalid::Missing("apiVersion"));
    }
    match metadata.name.as_str() {
        "" => return Err(Invalid::Missing("name")),
        "." | ".." => return Err(Invalid::NameNotAllowed(metadata.name.clone())),
        name if name.contains('/') => return Err(Invalid::Name(metadata.name.clone())),
        _ => {}
    }
    if metadata.version.is_empty() {
        return Err(Invalid::Missing("version"));
    }
    if semver_range::loose_version(&metadata.version).is_none() {
        return Err(Invalid::Version(metadata.version.clone()));
    }
    if !["", "application", "library"].contains(&metadata.kind.as_str()) {
        return Err(Invalid::Kind);
    }
    for maintainer in &mut metadata.maintainers {
        for text in [&mut maintainer.name, &mut maintainer.email, &mut maintainer.url] {
            sanitise(text);
        }
    }
    let mut names = BTreeSet::new();
    for dependency in &mut metadata.dependencies {
        self::dependency(dependency)?;
        let name = dependency.values_name();
        if !names.insert(name.to_owned()) {
            return Err(Invalid::DuplicateDependency(name.to_owned()));
        }
    }
    Ok(())
}

fn dependency(dependency: &mut Dependency) -> Result<(), Invalid> {
    let texts = [&mut dependency.name, &mut dependency.version, &mut dependency.repository, &mut dependency.condition];
    for text in texts.into_iter().chain(&mut dependency.tags) {
        sanitise(text);
    }
    if !dependency.alias.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
        return Err(Invalid::Alias(dependency.name.clone()));
    }
    Ok(())
}

/// Every kind of space becomes a space, and what cannot be shown goes.
fn sanitise(text: &mut String) {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return;
    }
    *text = text
        .chars()
        .map(|character| if character.is_whitespace() { ' ' } else { character })
        .filter(|character| is_printable(*character))
        .collect();
}
