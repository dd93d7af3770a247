//! Linkerd: policies, service profiles, workloads outside the cluster. Nobody serves them here; manifests are judged by them.

mod profiles;
mod routes;

use super::definition::{Definition, Scope, Spec, Status, age};
use super::schema::{
    Field, Schema, boolean, int_or_string, integer, list, object, one_of, open, optional, required, string, strings,
};

/// A DNS name in lower case.
const NAME: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// A DNS label in lower case.
const LABEL: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

/// Every kind of Linkerd's.
pub(super) fn definitions() -> Vec<Definition> {
    const FIRST: &[&str] = &["v1alpha1"];
    let policy = |kind, plural, versions, about, spec| define("policy.linkerd.io", kind, plural, versions, about, spec);
    vec![
        policy(
            "Server",
            "servers",
            &["v1beta3", "v1beta2", "v1beta1", "v1alpha1"],
            "A port of workloads, and who may use it if no policy says so.",
            server(),
        ),
        policy(
            "ServerAuthorization",
            "serverauthorizations",
            &["v1beta1", "v1alpha1"],
            "Who may use the ports of servers.",
            server_authorization(),
        ),
        policy(
            "AuthorizationPolicy",
            "authorizationpolicies",
            FIRST,
            "Which proofs a target wants of its clients.",
            authorization_policy(),
        ),
        policy(
            "MeshTLSAuthentication",
            "meshtlsauthentications",
            FIRST,
            "Identities of clients.",
            mesh_tls_authentication(),
        ),
        policy(
            "NetworkAuthentication",
            "networkauthentications",
            FIRST,
            "Networks of clients.",
            object([required("networks", networks())]),
        ),
        policy(
            "HTTPLocalRateLimitPolicy",
            "httplocalratelimitpolicies",
            FIRST,
            "How many requests a server takes in a second.",
            rate_limit(),
        ),
        policy(
            "EgressNetwork",
            "egressnetworks",
            FIRST,
            "Networks outside the cluster, and whether they may be reached.",
            object([required("trafficPolicy", one_of(&["Allow", "Deny"])), optional("networks", networks())]),
        ),
        policy(
            "HTTPRoute",
            "httproutes",
            &["v1beta3", "v1beta2", "v1beta1", "v1alpha1"],
            "Requests by path, method and headers, and where they go.",
            routes::http_route(),
        ),
        Definition {
            presence: Spec::Optional,
            ..define(
                "linkerd.io",
                "ServiceProfile",
                "serviceprofiles",
                &["v1alpha2", "v1alpha1"],
                "The routes of a service, and which of its requests may be repeated.",
                profiles::service_profile(),
            )
        },
        define(
            "workload.linkerd.io",
            "ExternalWorkload",
            "externalworkloads",
            &["v1beta1", "v1alpha1"],
            "A workload outside the cluster.",
            profiles::external_workload(),
        ),
    ]
}

fn define(
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    versions: &'static [&'static str],
    about: &'static str,
    spec: Schema,
) -> Definition {
    Definition {
        group,
        kind,
        plural,
        short_names: &[],
        categories: &[],
        scope: Scope::Namespaced,
        versions,
        about,
        spec,
        presence: Spec::Required,
        status: Status::Kept,
        columns: vec![age()],
    }
}

/// The type and name of an object.
fn reference() -> [Field; 3] {
    [
        optional("group", string().length(0, 253).pattern(&format!("^$|{NAME}"))),
        required("kind", string().length(1, 63).pattern("^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$")),
        required("name", string().length(1, 253)),
    ]
}

fn selector() -> Schema {
    let expression = object([
        required("key", string()),
        required("operator", one_of(&["In", "NotIn", "Exists", "DoesNotExist"])),
        optional("values", strings()),
    ]);
    object([optional("matchLabels", open([])), optional("matchExpressions", list(expression))])
}

fn networks() -> Schema {
    list(object([required("cidr", string()), optional("except", strings())]))
}

fn server() -> Schema {
    object([
        optional("podSelector", selector()),
        optional("externalWorkloadSelector", selector()),
        required("port", int_or_string()),
        optional("proxyProtocol", string()),
        optional("accessPolicy", string()),
    ])
    .exactly_one_of(&[&["podSelector"], &["externalWorkloadSelector"]])
}

fn server_authorization() -> Schema {
    let accounts =
        list(object([required("name", string().pattern(LABEL)), optional("namespace", string().pattern(LABEL))]));
    let identity = string().pattern(r"^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$");
    let mesh_tls = object([
        optional("unauthenticatedTLS", boolean()),
        optional("identities", list(identity)),
        optional("serviceAccounts", accounts),
    ]);
    let server = object([optional("name", string().pattern(LABEL)), optional("selector", selector())])
        .exactly_one_of(&[&["name"], &["selector"]]);
    let client = object([
        optional("networks", networks()),
        optional("unauthenticated", boolean()),
        optional("meshTLS", mesh_tls),
    ]);
    object([required("server", server), required("client", client)])
}

fn authorization_policy() -> Schema {
    let proof = object(reference().into_iter().chain([optional("namespace", string().length(0, 253))]));
    object([required("targetRef", object(reference())), required("requiredAuthenticationRefs", list(proof))])
}

fn mesh_tls_authentication() -> Schema {
    let [group, kind, _] = reference();
    let identity = object([
        group,
        kind,
        optional("name", string().length(1, 253)),
        optional("namespace", string().length(0, 253)),
    ]);
    object([optional("identities", strings().at_least(1)), optional("identityRefs", list(identity).at_least(1))])
        .exactly_one_of(&[&["identities"], &["identityRefs"]])
}

fn rate_limit() -> Schema {
    let rate = || required("requestsPerSecond", integer().format("int64"));
    let client = object(reference().into_iter().chain([optional("namespace", string().length(1, 63).pattern(LABEL))]));
    object([
        required("targetRef", object(reference())),
        optional("total", object([rate()])),
        optional("identity", object([rate()])),
        optional("overrides", list(object([rate(), required("clientRefs", list(client))]))),
    ])
}
