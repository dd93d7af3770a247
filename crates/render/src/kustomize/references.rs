//! Name references: when an object's name changes, the fields that name it follow.

use std::collections::{BTreeMap, HashMap};

use manifest::{Diagnostic, GroupVersionKind, Value};

use super::fieldspec::{self, FieldError, FieldSpec, Leaf, Referrers};
use super::id::{NO_NAMESPACE, ResourceId, TypePattern};
use super::problem::{Failure, Problem};
use super::resource::Resource;
use super::set::ResourceSet;

/// Rewrites every reference to a resource that has changed its name or namespace.
pub(crate) fn rewrite(resources: &mut ResourceSet, referrers: &Referrers) -> Result<(), Failure> {
    let candidates = Candidates::of(resources);
    let mut fields_by_type: HashMap<GroupVersionKind, Vec<(&TypePattern, &FieldSpec)>> = HashMap::new();
    let mut problems: Vec<Diagnostic> = Vec::new();
    for position in 0..resources.as_slice().len() {
        let original = resources.as_slice()[position].original_id();
        let gvk = GroupVersionKind { group: original.group, version: original.version, kind: original.kind };
        let fields = fields_by_type.entry(gvk).or_insert_with_key(|gvk| fields_of(referrers, gvk));
        if fields.is_empty() {
            continue;
        }
        let referrer = match Referrer::new(&resources.as_slice()[position]) {
            Ok(referrer) => referrer,
            Err(problem) => {
                problems.push(*problem);
                continue;
            }
        };
        if candidates.all.is_empty() {
            continue;
        }
        let resource = &mut resources.contents_mut()[position];
        for (target, spec) in fields.iter() {
            // The type that counts is the original one; the resource may have another by now.
            let spec = FieldSpec { types: TypePattern::default(), ..(*spec).clone() };
            let rewriter = Rewriter { referrer: &referrer, target, candidates: &candidates, spec: &spec };
            let result =
                fieldspec::apply(&mut resource.value, &spec, Leaf::Existing, &mut |value| rewriter.rewrite(value));
            if let Err(error) = result {
                let problem = Problem::Field { path: spec.path.clone(), error };
                problems.push(problem.at(resource.location()).about(resource.id().to_object_id()));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure(problems)) }
}

/// The fields of a type that hold names, each with the type it names.
fn fields_of<'a>(referrers: &'a Referrers, gvk: &GroupVersionKind) -> Vec<(&'a TypePattern, &'a FieldSpec)> {
    let of_type = |spec: &&FieldSpec| spec.types.matches(&gvk.group, &gvk.version, &gvk.kind);
    let fields = referrers
        .0
        .iter()
        .map(|reference| reference.referrers.iter().filter(of_type).map(|spec| (&reference.target, spec)));
    fields.flatten().collect()
}

/// A resource that may be referred to, as it was when the rewriting began: rewriting changes no names.
struct Candidate {
    id: ResourceId,
    original_namespace: String,
    previous: Vec<ResourceId>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

/// Every resource whose name or namespace has changed.
struct Candidates {
    all: Vec<Candidate>,
    /// By a previous name, then by the namespace that counts now: many namespaces may use one name.
    by_previous_name: HashMap<String, BTreeMap<String, Vec<usize>>>,
}

impl Candidates {
    fn of(resources: &ResourceSet) -> Candidates {
        let mut all = Vec::new();
        let mut by_previous_name: HashMap<String, BTreeMap<String, Vec<usize>>> = HashMap::new();
        for resource in resources.iter().filter(|resource| !resource.previous.is_empty()) {
            let position = all.len();
            let namespace = resource.id().effective_namespace().to_owned();
            for previous in &resource.previous {
                let namespaces = by_previous_name.entry(previous.name.clone()).or_default();
                let positions = namespaces.entry(namespace.clone()).or_default();
                if positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
            all.push(Candidate {
                id: resource.id(),
                original_namespace: resource.original_id().effective_namespace().to_owned(),
                previous: resource.previous_ids(),
                prefixes: resource.prefixes.clone(),
                suffixes: resource.suffixes.clone(),
            });
        }
        Candidates { all, by_previous_name }
    }

    /// Those that had a name and that `referrer` reaches, in their order.
    fn named(&self, name: &str, referrer: &Referrer) -> Vec<&Candidate> {
        let Some(namespaces) = self.by_previous_name.get(name) else { return Vec::new() };
        let mut positions: Vec<usize> = if referrer.id.is_cluster_scoped() {
            namespaces.values().flatten().copied().collect()
        } else {
            let own = [referrer.id.effective_namespace(), NO_NAMESPACE];
            let subjects = referrer.subject_namespaces.iter().map(String::as_str);
            let reached = own.into_iter().chain(subjects).filter_map(|namespace| namespaces.get(namespace));
            reached.flatten().copied().collect()
        };
        positions.sort_unstable();
        positions.dedup();
        let candidates = positions.into_iter().map(|position| &self.all[position]);
        candidates.filter(|candidate| referrer.reaches(candidate)).collect()
    }
}

/// The resource whose fields are rewritten.
struct Referrer {
    id: ResourceId,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    /// Group and kind that a binding's `roleRef` names.
    role: Option<(String, String)>,
    /// Namespaces of the service accounts that a RoleBinding names.
    subject_namespaces: Vec<String>,
}

impl Referrer {
    fn new(resource: &Resource) -> Result<Referrer, Box<Diagnostic>> {
        let id = resource.id();
        let text = |field: &str| resource.value.pointer(&format!("/roleRef/{field}")).and_then(Value::as_str);
        let role = text("apiGroup").zip(text("kind")).map(|(group, kind)| (group.to_owned(), kind.to_owned()));
        let mut subject_namespaces = Vec::new();
        if id.kind == "RoleBinding"
            && let Some(Value::Array(subjects)) = resource.value.get("subjects")
        {
            for (index, subject) in subjects.iter().enumerate() {
                let is_account = subject.get("kind").and_then(Value::as_str) == Some("ServiceAccount");
                match subject.get("namespace").filter(|_| is_account) {
                    None => {}
                    Some(Value::String(namespace)) => subject_namespaces.push(namespace.clone()),
                    Some(_) => {
                        let place = resource.origin.field(&format!("/subjects/{index}/namespace"));
                        let problem = Problem::BlankNamespace(id.to_string()).at(place);
                        return Err(Box::new(problem.about(id.to_object_id())));
                    }
                }
            }
        }
        let (prefixes, suffixes) = (resource.prefixes.clone(), resource.suffixes.clone());
        Ok(Referrer { id, prefixes, suffixes, role, subject_namespaces })
    }

    /// Whether it can refer to a resource at all, by where the two are.
    fn reaches(&self, candidate: &Candidate) -> bool {
        self.id.is_cluster_scoped()
            || candidate.id.is_cluster_scoped()
            || candidate.id.effective_namespace() == self.id.effective_namespace()
            || self.subject_namespaces.contains(&candidate.id.namespace)
    }

    /// Whether a name without a namespace can mean a resource.
    fn shares_namespace(&self, candidate: &Candidate) -> bool {
        self.id.is_cluster_scoped()
            || candidate.id.is_cluster_scoped()
            || candidate.id.kind == "ServiceAccount"
            || candidate.id.effective_namespace() == self.id.effective_namespace()
    }
}

/// One kind of reference of one referrer.
struct Rewriter<'a> {
    referrer: &'a Referrer,
    target: &'a TypePattern,
    candidates: &'a Candidates,
    spec: &'a FieldSpec,
}

/// A reference as it is written.
enum Reference<'a> {
    /// A name.
    Name(&'a str),
    /// A map of name and namespace.
    NameIn { name: &'a str, namespace: Option<&'a str> },
}

impl Rewriter<'_> {
    fn rewrite(&self, value: &mut Value) -> Result<(), FieldError> {
        match value {
            Value::Null => Ok(()),
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.rewrite_one(item)),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => self.rewrite_one(value),
        }
    }

    fn rewrite_one(&self, value: &mut Value) -> Result<(), FieldError> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
            Value::Array(items) => items.iter_mut().try_for_each(|item| match item {
                Value::Array(_) => Err(FieldError::Value("expected a name, found a list".to_owned())),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                    self.rewrite(item)
                }
            }),
            Value::String(name) => {
                if let Some(referral) = self.referral(&Reference::Name(name))? {
                    name.clone_from(&referral.id.name);
                }
                Ok(())
            }
            Value::Object(fields) => {
                let name = match fields.get("name") {
                    None => return Err(FieldError::Value("the reference has no `name`".to_owned())),
                    Some(Value::String(name)) => name,
                    // Nothing has such a name.
                    Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                        return Ok(());
                    }
                };
                let namespace = fields.get("namespace").and_then(Value::as_str);
                if let Some(referral) = self.referral(&Reference::NameIn { name, namespace })? {
                    let (name, namespace) = (referral.id.name.clone(), referral.id.namespace.clone());
                    fields.insert("name".to_owned(), Value::String(name));
                    if !namespace.is_empty() {
                        fields.insert("namespace".to_owned(), Value::String(namespace));
                    }
                }
                Ok(())
            }
        }
    }

    /// The resource that a reference means, if it is one that has changed.
    fn referral(&self, reference: &Reference<'_>) -> Result<Option<&Candidate>, FieldError> {
        let (name, namespace) = match reference {
            Reference::Name(name) => (*name, None),
            Reference::NameIn { name, namespace } => (*name, *namespace),
        };
        let reachable = self.candidates.named(name, self.referrer);
        let reachable = match namespace {
            None => reachable,
            Some(namespace) => in_namespace(reachable, namespace),
        };
        let mut found: Vec<&Candidate> = reachable
            .into_iter()
            .filter(|candidate| {
                candidate.previous.iter().any(|id| self.target.matches_id(id))
                    && self.is_role(candidate)
                    && self.referrer.shares_namespace(candidate)
            })
            .collect();
        if let [only] = found.as_slice() {
            return Ok(Some(only));
        }
        found.retain(|candidate| self.same_context(candidate, Unset::Matches));
        if found.len() > 1 {
            found.retain(|candidate| self.same_context(candidate, Unset::Differs));
        }
        let Some(first) = found.first() else { return Ok(None) };
        let identical = found.iter().all(|other| {
            other.id.name == first.id.name
                && (matches!(reference, Reference::Name(_)) || other.id.namespace == first.id.namespace)
        });
        if identical {
            return Ok(Some(first));
        }
        let candidates = found.iter().map(|candidate| candidate.id.to_string()).collect();
        Err(FieldError::Ambiguous { name: name.to_owned(), candidates })
    }

    /// A `roleRef` also says what kind of role it means.
    fn is_role(&self, candidate: &Candidate) -> bool {
        let Some((group, kind)) = self.referrer.role.as_ref().filter(|_| self.spec.path.ends_with("roleRef/name"))
        else {
            return true;
        };
        let role = TypePattern { group: group.clone(), version: String::new(), kind: kind.clone() };
        candidate.previous.iter().any(|id| role.matches_id(id))
    }

    /// Whether referrer and candidate got their prefixes and suffixes from the same kustomizations.
    fn same_context(&self, candidate: &Candidate, unset: Unset) -> bool {
        same_ending(&candidate.prefixes, &self.referrer.prefixes, unset)
            && same_ending(&candidate.suffixes, &self.referrer.suffixes, unset)
    }
}

/// Those that were, or else those that are in a namespace.
fn in_namespace<'a>(candidates: Vec<&'a Candidate>, namespace: &str) -> Vec<&'a Candidate> {
    let namespaced = |candidate: &&&Candidate| !candidate.id.is_cluster_scoped();
    let original: Vec<&Candidate> = candidates
        .iter()
        .filter(namespaced)
        .filter(|candidate| candidate.original_namespace == namespace)
        .copied()
        .collect();
    if !original.is_empty() {
        return original;
    }
    candidates
        .iter()
        .filter(namespaced)
        .filter(|candidate| candidate.id.effective_namespace() == namespace)
        .copied()
        .collect()
}

/// What a missing prefix or suffix is compared to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unset {
    /// The same as any.
    Matches,
    /// The same as none.
    Differs,
}

/// Whether the shorter of two lists is the end of the longer one.
fn same_ending(left: &[String], right: &[String], unset: Unset) -> bool {
    if left.is_empty() || right.is_empty() {
        return unset == Unset::Matches || (left.is_empty() && right.is_empty());
    }
    let (short, long) = if left.len() < right.len() { (left, right) } else { (right, left) };
    long.ends_with(short)
}
