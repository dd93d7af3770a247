//! Routes and matches of a VirtualService that no request reaches, because an earlier one takes all of theirs.

use std::collections::{BTreeMap, HashMap};

use manifest::Value;
use mesh::{Field, kind};

use super::super::subject::Subject;
use super::objects;

/// How many are told of one object.
const MOST: usize = 100;

/// What no request reaches.
#[derive(Debug, Clone)]
pub enum Reach<'w> {
    /// A whole route.
    Route {
        /// The route.
        route: Field<'w>,
        /// Its name, or its place in the list.
        name: String,
        /// Why.
        why: &'static str,
        /// The earlier route that takes its requests, if it is one.
        earlier: Option<Field<'w>>,
    },
    /// One match of a route.
    Match {
        /// The match.
        matched: Field<'w>,
        /// The name of its route, or its place in the list.
        route: String,
        /// Its own name, or its place in the route's list.
        name: String,
        /// The earlier match that takes its requests.
        earlier: Field<'w>,
        /// The name or place of the earlier one's route.
        earlier_route: String,
    },
}

/// Everything in a VirtualService that no request reaches; nothing for any other object.
pub fn unused_routes(subject: Subject<'_>) -> Vec<Reach<'_>> {
    if !subject.is(kind::VIRTUAL_SERVICE) {
        return Vec::new();
    }
    let mut unused = Vec::new();
    for list in ["http", "tcp", "tls"] {
        of_list(subject.spec(), list, &mut unused);
    }
    overlapping(subject.spec(), &mut unused);
    unused.truncate(MOST);
    unused
}

fn of_list<'w>(spec: Field<'w>, list: &str, unused: &mut Vec<Reach<'w>>) {
    let mut known: HashMap<String, (String, Field<'w>)> = HashMap::new();
    let mut takes_all: Option<Field<'w>> = None;
    for (index, route) in objects(spec, list).enumerate() {
        let name = name(route, index);
        let unreached = |why, earlier| Reach::Route { route, name: name.clone(), why, earlier };
        let matches = route.list("match");
        if matches.len() == 0 {
            if let Some(earlier) = takes_all {
                unused
                    .push(unreached("a route before it has no matches either and takes every request", Some(earlier)));
            }
            takes_all = Some(route);
            continue;
        }
        if let Some(earlier) = takes_all {
            unused.push(unreached("a route before it has no matches and takes every request", Some(earlier)));
            continue;
        }
        let mut repeated = 0;
        for (position, matched) in matches.clone().enumerate() {
            match known.get(&identity(matched)) {
                Some((earlier_route, earlier)) => {
                    repeated += 1;
                    unused.push(Reach::Match {
                        matched,
                        route: name.clone(),
                        name: self::name(matched, position),
                        earlier: *earlier,
                        earlier_route: earlier_route.clone(),
                    });
                }
                None => {
                    known.insert(identity(matched), (name.clone(), matched));
                }
            }
        }
        if repeated == matches.len() {
            unused.push(unreached("routes before it have all of its matches", None));
        }
    }
}

/// The name of a route or match, or its place in the list.
fn name(named: Field<'_>, index: usize) -> String {
    match named.text("name") {
        "" => format!("#{index}"),
        name => format!("`{name}`"),
    }
}

/// What a match is, without its name and what says nothing.
fn identity(matched: Field<'_>) -> String {
    let says = |name: &str, value: &Value| name != "name" && !value.is_null() && value != &Value::Bool(false);
    let members: BTreeMap<&str, &Value> = matched
        .members()
        .map(|(name, field)| (name, field.value()))
        .filter(|(name, value)| says(name, value))
        .collect();
    members.into_iter().map(|(name, value)| format!("{name}={value};")).collect()
}

/// A match by the prefix of a path.
struct ByPrefix<'w> {
    position: usize,
    prefix: &'w str,
    matched: Field<'w>,
    route: String,
    name: String,
}

/// Matches by a prefix of which an earlier match has a shorter one and asks for no more. Sorted by prefix, the shorter
/// ones of each are those that stand open before it.
fn overlapping<'w>(spec: Field<'w>, unused: &mut Vec<Reach<'w>>) {
    let mut matches: Vec<ByPrefix<'w>> = Vec::new();
    for (index, route) in objects(spec, "http").enumerate() {
        if route.list("match").len() == 0 {
            break;
        }
        for (place, matched) in route.list("match").enumerate() {
            let prefix = matched.get("uri").map_or("", |uri| uri.text("prefix"));
            if !prefix.is_empty() {
                let (route, name) = (name(route, index), name(matched, place));
                matches.push(ByPrefix { position: matches.len(), prefix, matched, route, name });
            }
        }
    }
    matches.sort_by_key(|matched| (matched.prefix, matched.position));
    let mut open: Vec<&ByPrefix<'w>> = Vec::new();
    let mut found: Vec<(usize, usize, Reach<'w>)> = Vec::new();
    for later in &matches {
        while open.last().is_some_and(|shorter| !later.prefix.starts_with(shorter.prefix)) {
            open.pop();
        }
        let shorter = open.iter().filter(|earlier| earlier.position < later.position && earlier.prefix != later.prefix);
        for earlier in shorter.filter(|earlier| covers(earlier.matched, later.matched)).take(MOST) {
            let reach = Reach::Match {
                matched: later.matched,
                route: later.route.clone(),
                name: later.name.clone(),
                earlier: earlier.matched,
                earlier_route: earlier.route.clone(),
            };
            found.push((earlier.position, later.position, reach));
        }
        open.push(later);
        if found.len() > MOST {
            break;
        }
    }
    found.sort_by_key(|(earlier, later, _)| (*earlier, *later));
    unused.extend(found.into_iter().map(|(_, _, reach)| reach));
}

/// Whether one match asks for nothing that another one does not ask for too, as Istio compares them: a method that is
/// not said is GET, and headers and parameters are compared name by name.
fn covers(earlier: Field<'_>, later: Field<'_>) -> bool {
    let method = |matched: Field<'_>| match word(matched.get("method")) {
        text if text.is_empty() => "exact:GET".to_owned(),
        text => text,
    };
    let maps = ["headers", "queryParams", "withoutHeaders"];
    earlier.integer("port").unwrap_or_default() == later.integer("port").unwrap_or_default()
        && method(earlier).starts_with(&method(later))
        && word(earlier.get("authority")).starts_with(&word(later.get("authority")))
        && maps.iter().all(|name| {
            let later: HashMap<&str, String> = later.map(name).map(|(key, value)| (key, word(Some(value)))).collect();
            earlier.map(name).count() == later.len()
                && earlier
                    .map(name)
                    .all(|(key, value)| later.get(key).is_some_and(|later| word(Some(value)).starts_with(later)))
        })
}

/// A match of a text as one word; empty for a regular expression, of which nothing is known.
fn word(matched: Option<Field<'_>>) -> String {
    let Some(matched) = matched else { return String::new() };
    match (matched.text("exact"), matched.text("prefix")) {
        ("", "") => String::new(),
        ("", prefix) => format!("prefix:{prefix}"),
        (exact, _) => format!("exact:{exact}"),
    }
}
