//! AuthorizationPolicy, PeerAuthentication and RequestAuthentication.

use expect_test::{Expect, expect};

fn authorization(spec: &str, expected: Expect) {
    super::check("security.istio.io/v1", "AuthorizationPolicy", spec, expected);
}

fn tokens(rule: &str, expected: Expect) {
    super::check("security.istio.io/v1", "RequestAuthentication", &format!("jwtRules: [{{ {rule} }}]"), expected);
}

fn peers(spec: &str, expected: Expect) {
    super::check("security.istio.io/v1", "PeerAuthentication", spec, expected);
}

#[test]
fn actions() {
    authorization("{}", expect![[""]]);
    authorization("{ action: DENY, rules: [{}] }", expect![[""]]);
    authorization("{ action: CUSTOM, rules: [{}] }", expect!["/spec the action CUSTOM needs `provider.name`"]);
    authorization(
        "{ action: CUSTOM, provider: { name: opa } }",
        expect!["/spec the action CUSTOM without rules never applies; the rule `{}` is for every request"],
    );
    authorization(
        "{ action: CUSTOM, provider: { name: opa }, rules: [{ from: [{ source: { principals: [a] } }], when: [{ key: 'request.auth.claims[a]', values: [b] }] }] }",
        expect![[r#"
            /spec/rules/0/from/0/source/principals `principals` is not supported with the action CUSTOM
            /spec/rules/0/when/0/key the key `request.auth.claims[a]` is not supported with the action CUSTOM"#]],
    );
    authorization(
        "{ provider: { name: opa }, rules: [{}] }",
        expect!["/spec/provider `provider` is for the action CUSTOM, and the action is ALLOW"],
    );
}

#[test]
fn rules() {
    authorization(
        "{ rules: [{ from: [{}, { source: {} }], to: [{}, { operation: {} }] }] }",
        expect![[r#"
        /spec/rules/0/from/0 an item of `from` needs `source`
        /spec/rules/0/from/1/source `source` says nothing
        /spec/rules/0/to/0 an item of `to` needs `operation`
        /spec/rules/0/to/1/operation `operation` says nothing"#]],
    );
    authorization(
        "{ rules: [{ from: [{ source: { trustDomains: ['a*b', 'a/b'], notServiceAccounts: ['*'], remoteIpBlocks: [''] } }] }] }",
        expect![[r#"
            /spec/rules/0/from/0/source/notServiceAccounts/0 `notServiceAccounts` has `*`, and service accounts are named without wildcards
            /spec/rules/0/from/0/source/trustDomains/0 `trustDomains` has `a*b`, and a wildcard is at one end only
            /spec/rules/0/from/0/source/trustDomains/1 `trustDomains` has `a/b`, and a trust domain has no slash
            /spec/rules/0/from/0/source/remoteIpBlocks/0 `remoteIpBlocks` has an empty value"#]],
    );
    authorization(
        "{ rules: [{ to: [{ operation: { ports: ['0', '65536', '+1'], methods: [''], paths: ['/a/{b}'] } }] }] }",
        expect![[r#"
            /spec/rules/0/to/0/operation/ports/1 `ports` has `65536`, which is no port
            /spec/rules/0/to/0/operation/ports/2 `ports` has `+1`, which is no port
            /spec/rules/0/to/0/operation/methods/0 `methods` has an empty value
            /spec/rules/0/to/0/operation/paths/0 the path `/a/{b}` has the part `{b}`; braces are only in `{*}` and `{**}`"#]],
    );
    authorization(
        "{ rules: [{ when: [{ key: '' }, { key: source.ip }, { key: source.ip, values: [x] }, { key: destination.port, notValues: ['0'] }] }] }",
        expect![[r#"
            /spec/rules/0/when/0/key the condition has no key
            /spec/rules/0/when/1 the condition on `source.ip` has neither `values` nor `notValues`
            /spec/rules/0/when/2/values/0 `values` has `x`, which is neither an address nor a range"#]],
    );
    authorization(
        "{ action: DENY, rules: [{ from: [{ source: { requestPrincipals: ['*'] } }] }, { from: [{ source: { namespaces: [a] } }] }] }",
        expect![
            "/spec/rules/0 warning: the rule denies by what only HTTP has, and so denies everything on ports for TCP; say `ports`"
        ],
    );
}

#[test]
fn attachments() {
    authorization(
        "{ selector: { matchLabels: {} } }",
        expect!["/spec/selector warning: `selector` selects by no label, and so everything of the namespace"],
    );
    authorization(
        "{ targetRefs: [{ kind: Gateway, group: gateway.networking.k8s.io, name: a }, { kind: Service, name: b }] }",
        expect![[""]],
    );
    authorization(
        "{ targetRef: { kind: Service, group: core, name: b, namespace: other } }",
        expect!["/spec/targetRef/namespace the target is of another namespace, which is not supported"],
    );
    authorization(
        "{ targetRef: { kind: Service, name: b }, selector: { matchLabels: { a: b } } }",
        expect!["/spec/targetRef only one of `selector` and `targetRef` can be given"],
    );
}

#[test]
fn tokens_and_keys() {
    tokens("issuer: a, jwksUri: 'https://a.com/keys'", expect![[""]]);
    tokens(
        "issuer: a, jwksUri: a.com, jwks: '{}'",
        expect![[r#"
        /spec/jwtRules/0/jwks the keys of a rule come from `jwksUri` or from `jwks`, not from both
        /spec/jwtRules/0/jwksUri `jwksUri` is `a.com`, and must begin with `http://` or `https://`
        /spec/jwtRules/0/jwks the key 0 of `jwks` does not say by `kty` what it is"#]],
    );
    tokens(
        "jwksUri: 'https://a.com/keys', timeout: 0s",
        expect!["/spec/jwtRules/0/timeout `timeout` is `0s`, and must be at least 1ms"],
    );
    tokens(
        "issuer: a, jwks: '{\"keys\":[{\"kty\":\"oct\",\"k\":\"a\"}]}'",
        expect!["/spec/jwtRules/0/jwks warning: the key 0 of `jwks` is private; only public ones are needed to verify"],
    );
    tokens(
        "issuer: '', audiences: ['']",
        expect![[r#"
        /spec/jwtRules/0/audiences/0 `spec.jwtRules[0].audiences[0]` is empty
        /spec/jwtRules/0/issuer `spec.jwtRules[0].issuer` is empty
        /spec/jwtRules/0 a rule for tokens needs `issuer` or `jwksUri`"#]],
    );
    tokens(
        "issuer: a, fromHeaders: [{ prefix: x }], outputClaimToHeaders: [{ header: x }, { header: 'a b', claim: c }]",
        expect![[r#"
            /spec/jwtRules/0/fromHeaders/0 `spec.jwtRules[0].fromHeaders[0]` lacks `name`
            /spec/jwtRules/0/outputClaimToHeaders/0 `spec.jwtRules[0].outputClaimToHeaders[0]` lacks `claim`
            /spec/jwtRules/0/outputClaimToHeaders/1/header `spec.jwtRules[0].outputClaimToHeaders[1].header` is `a b`, which does not match `^[-_A-Za-z0-9]+$`"#]],
    );
}

#[test]
fn mutual_tls() {
    peers("{ mtls: { mode: STRICT } }", expect![[""]]);
    peers(
        "{ mtls: { mode: strict } }",
        expect![
            "/spec/mtls/mode `spec.mtls.mode` is the text `strict`, which is none of `UNSET`, `DISABLE`, `PERMISSIVE`, `STRICT`"
        ],
    );
    peers(
        "{ selector: { matchLabels: { a: b } }, portLevelMtls: { '80': { mode: DISABLE }, http: {}, '0': {} } }",
        expect![[r#"
            /spec/portLevelMtls/0 the port 0 is not in the range 1 to 65535
            /spec/portLevelMtls/http `portLevelMtls` has `http`, which is no port"#]],
    );
    peers("{ portLevelMtls: {} }", expect!["/spec/portLevelMtls `spec.portLevelMtls` is empty"]);
}
