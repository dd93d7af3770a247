//! RequestAuthentication: which tokens a workload accepts.

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{durations, headers, selectors, urls};
use super::{json_web_keys, objects, says};

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    selectors::attachment(spec, problems);
    for rule in objects(spec, "jwtRules") {
        self::rule(rule, problems);
    }
}

fn rule<'w>(rule: Field<'w>, problems: &mut Problems<'w>) {
    for name in ["audiences", "fromParams", "fromCookies", "spaceDelimitedClaims"] {
        for field in rule.list(name).filter(|field| field.as_str() == Some("")) {
            problems.error(field, format!("`{name}` has an empty value"));
        }
    }
    let addresses = ["jwksUri", "jwks_uri"];
    if !says(rule, "issuer") && addresses.iter().all(|name| !says(rule, name)) {
        problems.error(rule, "a rule for tokens needs `issuer` or `jwksUri`");
    }
    let given: Vec<Field<'w>> = addresses.into_iter().chain(["jwks"]).filter_map(|name| rule.get(name)).collect();
    if let [_, second, ..] = given.as_slice() {
        problems.error(*second, "the keys of a rule come from `jwksUri` or from `jwks`, not from both");
    }
    for name in addresses.into_iter().filter(|name| says(rule, name)) {
        if let Some(field) = rule.get(name) {
            problems.judge(field, address(name, rule.text(name)));
        }
    }
    if let Some(field) = rule.get("jwks").filter(|_| says(rule, "jwks")) {
        match json_web_keys::read(rule.text("jwks")) {
            Err(why) => problems.error(field, why),
            Ok(keys) => {
                for index in keys.private {
                    problems.warning(
                        field,
                        format!("the key {index} of `jwks` is private; only public ones are needed to verify"),
                    );
                }
            }
        }
    }
    for header in objects(rule, "fromHeaders").filter(|header| !says(*header, "name")) {
        problems.error(header.get("name").unwrap_or(header), "an item of `fromHeaders` needs a name");
    }
    for copied in objects(rule, "outputClaimToHeaders") {
        if !says(copied, "header") || !says(copied, "claim") {
            problems.error(copied, "an item of `outputClaimToHeaders` needs `header` and `claim`");
        } else {
            problems.judge(copied.get("header").unwrap_or(copied), headers::of_claim(copied.text("header")));
        }
    }
    durations::check(rule, "timeout", problems);
}

fn address(name: &str, text: &str) -> Result<(), String> {
    let url = urls::parse(text)?;
    if matches!(url.scheme.as_str(), "http" | "https") {
        Ok(())
    } else {
        Err(format!("`{name}` is `{text}`, and must begin with `http://` or `https://`"))
    }
}
