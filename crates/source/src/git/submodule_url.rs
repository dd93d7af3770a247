//! Where submodules are, as `.gitmodules` tells it.

use gix::bstr::ByteSlice;

use super::remote::Address;
use super::submodules::Place;
use crate::error::SourceError;
use crate::request::Credentials;
use crate::url::local_path;

/// The URL that `.gitmodules` gives for the submodule at `path`.
pub(super) fn url_of(gitmodules: &[u8], path: &str) -> Result<String, SourceError> {
    let invalid = |reason: &str| SourceError::InvalidSubmodule { path: path.to_owned(), reason: reason.to_owned() };
    let file = gix::config::File::try_from(gitmodules.to_str_lossy().as_ref())
        .map_err(|_| invalid(".gitmodules cannot be read"))?;
    let sections = file.sections_by_name("submodule").into_iter().flatten();
    let section = sections
        .filter(|section| section.value("path").is_some_and(|own| own.as_bytes() == path.as_bytes()))
        .last()
        .ok_or_else(|| invalid(".gitmodules does not describe it; run `git submodule add`, or remove the folder"))?;
    let url = section.value("url").ok_or_else(|| invalid(".gitmodules gives no url for it"))?;
    Ok(url.to_str_lossy().into_owned())
}

/// Where the submodule is. A relative URL is relative to its parent; credentials go along to the same server only;
/// and nothing on a server leads to files of this machine.
pub(super) fn place_of(parent: &Place, url: &str, path: &str) -> Result<Place, SourceError> {
    let invalid = |reason: &str| SourceError::InvalidSubmodule { path: path.to_owned(), reason: reason.to_owned() };
    let is_relative = url.starts_with("./") || url.starts_with("../");
    match parent {
        Place::Local(folder) if is_relative => {
            let folder = folder.canonicalize().map_err(|source| SourceError::Io { path: folder.clone(), source })?;
            let joined = relative(&folder.to_string_lossy(), url).ok_or_else(|| invalid("its url leads nowhere"))?;
            Ok(Place::Local(joined.into()))
        }
        Place::Remote(address) if is_relative => {
            let mut address = address.clone();
            let joined =
                relative(&address.url.path.to_str_lossy(), url).ok_or_else(|| invalid("its url leads nowhere"))?;
            address.url.path = joined.into();
            address.shown = crate::url::redact(&address.url.to_bstring().to_str_lossy());
            Ok(Place::Remote(address))
        }
        Place::Local(_) => match local_path(url) {
            Some(folder) => Ok(Place::Local(folder)),
            None => Ok(Place::Remote(Box::new(Address::of(url, &Credentials::None)?))),
        },
        Place::Remote(parent) => {
            if local_path(url).is_some() {
                return Err(invalid("its url is a path of this machine, which a remote repository may not name"));
            }
            let mut address = Box::new(Address::of(url, &Credentials::None)?);
            if address.is_same_server(parent) {
                address.credentials = parent.credentials.clone();
            }
            Ok(Place::Remote(address))
        }
    }
}

/// `url`, which begins with `./` or `../`, seen from `base`; `None` if it leaves the root.
fn relative(base: &str, url: &str) -> Option<String> {
    let mut base = base.trim_end_matches('/');
    let mut rest = url;
    loop {
        if let Some(below) = rest.strip_prefix("./") {
            rest = below;
        } else if let Some(above) = rest.strip_prefix("../") {
            rest = above;
            base = base.rsplit_once('/')?.0;
        } else {
            return (!rest.is_empty()).then(|| format!("{base}/{rest}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULES: &str =
        "[submodule \"lib\"]\n\tpath = vendor/lib\n\turl = ../lib.git\n[submodule \"odd\"]\n\tpath = odd\n";

    #[test]
    fn reads_urls() {
        let url = |path: &str| url_of(MODULES.as_bytes(), path).map_err(|error| error.to_string());
        assert_eq!(url("vendor/lib"), Ok("../lib.git".to_owned()));
        assert_eq!(url("odd"), Err("submodule odd: .gitmodules gives no url for it".to_owned()));
        assert_eq!(
            url("nope"),
            Err("submodule nope: .gitmodules does not describe it; run `git submodule add`, or remove the folder"
                .to_owned())
        );
    }

    #[test]
    fn places_and_credentials() {
        let credentials = Credentials::Bearer { token: "x".into() };
        let parent = Place::Remote(Box::new(Address::of("https://example.com/team/app.git", &credentials).unwrap()));
        let place = |url: &str| match place_of(&parent, url, "lib") {
            Ok(Place::Remote(address)) => format!("{} {:?}", address.shown, address.credentials),
            Ok(Place::Local(path)) => path.display().to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(place("../lib.git"), "https://example.com/team/lib.git Bearer(…)");
        assert_eq!(place("../../other/lib.git"), "https://example.com/other/lib.git Bearer(…)");
        assert_eq!(place("./lib"), "https://example.com/team/app.git/lib Bearer(…)");
        assert_eq!(place("https://example.com/lib"), "https://example.com/lib Bearer(…)");
        assert_eq!(place("https://example.com:8443/lib"), "https://example.com:8443/lib None");
        assert_eq!(place("http://example.com/lib"), "http://example.com/lib None");
        assert_eq!(place("https://elsewhere.example/lib"), "https://elsewhere.example/lib None");
        for local in ["file:///etc", "/etc", "lib"] {
            assert_eq!(
                place(local),
                "submodule lib: its url is a path of this machine, which a remote repository may not name"
            );
        }
        assert_eq!(place("../../../../lib"), "submodule lib: its url leads nowhere");
    }
}
