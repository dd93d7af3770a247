//! From everything a source holds to the files that count: includes, ignore rules and limits.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use manifest::Tree;
use manifest::tree::Entry;

use crate::error::SourceError;
use crate::ignore::{IGNORE_FILE, Rules};
use crate::include;
use crate::limits::{Limits, Meter};
use crate::request::Include;

/// Where files are read from, once it is known that they count.
pub(crate) trait Store {
    /// What names a file or link in the store.
    type Handle;

    /// The size in bytes, without reading the content.
    fn size(&mut self, path: &str, handle: &Self::Handle) -> Result<u64, SourceError>;

    /// The file or link.
    fn load(&mut self, path: &str, handle: &Self::Handle) -> Result<Entry, SourceError>;
}

/// Where one entry of the source comes from.
enum Origin<H> {
    Stored(H),
    Included(Entry),
}

/// Everything a source holds, by path.
pub(crate) type Listing<H> = BTreeMap<String, H>;

/// The files of the source that count: the listing, overlaid with the includes, without what the rules leave out. Only
/// what is kept is read.
pub(crate) fn assemble<S: Store>(
    store: &mut S,
    listing: Listing<S::Handle>,
    includes: &[Include],
    ignore: Option<&str>,
    limits: &Limits,
) -> Result<Tree, SourceError> {
    let mut origins: BTreeMap<String, Origin<S::Handle>> =
        listing.into_iter().map(|(path, handle)| (path, Origin::Stored(handle))).collect();
    for include in includes {
        include::place(&mut origins, include, Origin::Included)?;
    }
    let rules = rules(store, &origins, ignore, limits)?;
    let mut meter = Meter::new(limits);
    let mut entries: BTreeMap<Arc<str>, Entry> = BTreeMap::new();
    for (path, origin) in origins {
        if !rules.keeps(&path) {
            continue;
        }
        let entry = match origin {
            Origin::Stored(handle) => {
                meter.count(&path, store.size(&path, &handle)?)?;
                store.load(&path, &handle)?
            }
            Origin::Included(entry) => {
                meter.count(&path, size_of(&entry))?;
                entry
            }
        };
        entries.insert(path.into(), entry);
    }
    Ok(Tree::new(entries))
}

/// A path that stands below another one, which then cannot be a folder.
pub(crate) fn blocked<K: Ord + Borrow<str>, V>(files: &BTreeMap<K, V>) -> Option<&str> {
    let mut paths = files.keys().map(Borrow::borrow);
    paths.find(|path| path.match_indices('/').any(|(at, _)| files.contains_key(&path[..at])))
}

fn rules<S: Store>(
    store: &mut S,
    origins: &BTreeMap<String, Origin<S::Handle>>,
    ignore: Option<&str>,
    limits: &Limits,
) -> Result<Rules, SourceError> {
    let mut files = Vec::new();
    for (path, origin) in origins {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if name != IGNORE_FILE {
            continue;
        }
        let entry = match origin {
            Origin::Stored(handle) => {
                Meter::new(limits).count(path, store.size(path, handle)?)?;
                &store.load(path, handle)?
            }
            Origin::Included(entry) => entry,
        };
        if let Entry::File { content, .. } = entry {
            files.push((folder.to_owned(), String::from_utf8_lossy(content).into_owned()));
        }
    }
    Ok(Rules::new(&files, ignore))
}

fn size_of(entry: &Entry) -> u64 {
    match entry {
        Entry::File { content, .. } => content.len() as u64,
        Entry::Link(target) => target.len() as u64,
    }
}
