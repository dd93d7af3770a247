//! The filter that lets references follow names.

use manifest::{Origin, Value};
use serde_json::json;

use super::fields::{shown, spec};
use super::{Case, parsed, refused, same};
use crate::kustomize::fieldspec::{FieldSpecs, NameReference, Referrers};
use crate::kustomize::id::TypePattern;
use crate::kustomize::references;
use crate::kustomize::resource::{PreviousName, Resource};
use crate::kustomize::set::ResourceSet;

pub(super) fn run(case: &Case) -> Option<Result<(), String>> {
    if case.test == "TestApplyFilterToSeq" {
        return Some(in_list(case));
    }
    if case.test == "TestApplyFilterToSeqUnhappy" {
        // A helper of upstream's that takes nothing but lists.
        return None;
    }
    let rewritten = rewritten(case);
    let fails = case.test.ends_with("Unhappy") || case.fields["err"] == true;
    Some(if fails {
        refused(rewritten)
    } else {
        rewritten.and_then(|referrer| same(&[referrer], case.text("referrerFinal")))
    })
}

/// References in a list; that `aaa` is now `ccc` is code in upstream's test.
fn in_list(case: &Case) -> Result<(), String> {
    let object = |kind: &str, name: &str| json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    let mut renamed = Resource::new(object("ConfigMap", "aaa"), Origin::default());
    renamed.remember_id();
    renamed.set_name("ccc");
    let mut referrer = object("Foo", "foo");
    referrer["names"] = parsed(case.text("input"))?.into_iter().next().unwrap_or_default();
    let mut set = ResourceSet::default();
    set.append_all([renamed, Resource::new(referrer, Origin::default())]).map_err(shown)?;
    let target = TypePattern { kind: "ConfigMap".to_owned(), ..TypePattern::default() };
    let referrers = FieldSpecs(vec![spec(&json!({"path": "names"}))]);
    references::rewrite(&mut set, &Referrers(vec![NameReference { target, referrers }])).map_err(shown)?;
    let names = set.into_vec().pop().and_then(|referrer| referrer.value.get("names").cloned());
    same(&[names.unwrap_or_default()], case.text("expect"))
}

/// The referrer, after every candidate got its name.
fn rewritten(case: &Case) -> Result<Value, String> {
    let list = |field: &str, index: usize| {
        case.fields.get(field).and_then(|list| list.get(index)).and_then(Value::as_str).map(str::to_owned)
    };
    let affixes = |text: Option<String>| text.filter(|text| !text.is_empty()).into_iter().collect::<Vec<_>>();
    let mut set = ResourceSet::default();
    for (index, value) in parsed(case.text("candidates"))?.into_iter().enumerate() {
        let mut resource = Resource::new(value, Origin::default());
        let id = resource.id();
        if let Some(name) = list("originalNames", index).filter(|name| *name != id.name) {
            let namespace = id.effective_namespace().to_owned();
            resource.previous.push(PreviousName { kind: id.kind, namespace, name });
        }
        resource.prefixes = affixes(list("prefix", index));
        resource.suffixes = affixes(list("suffix", index));
        set.append(resource).map_err(|problem| problem.to_string())?;
    }
    let referrer = parsed(case.text("referrerOriginal"))?.into_iter().next().unwrap_or_default();
    let mut referrer = Resource::new(referrer, Origin::default());
    referrer.prefixes = affixes(Some(case.text("inputPrefix").to_owned()));
    referrer.suffixes = affixes(Some(case.text("inputSuffix").to_owned()));
    set.append(referrer).map_err(|problem| problem.to_string())?;
    let filter = &case.fields["filter"];
    let target = spec(&filter["ReferralTarget"]).types;
    let referrers = FieldSpecs(vec![spec(&filter["NameFieldToUpdate"])]);
    references::rewrite(&mut set, &Referrers(vec![NameReference { target, referrers }])).map_err(shown)?;
    Ok(set.into_vec().pop().map(|resource| resource.value).unwrap_or_default())
}
