//! Tests of meshes: given objects, a request is routed, an access decided, a connection encrypted as expected.
//!
//! A test is an object like any other, so that a file of tests is YAML with as many documents as it needs:
//!
//! ```yaml
//! apiVersion: tenter.dev/v1alpha1
//! kind: MeshTest
//! metadata: { name: canary }
//! world: [../manifests]            # paths whose objects are the world; whoever runs the test reads them
//! tests:
//!   - name: one request in ten goes to the canary
//!     because: https://istio.io/latest/docs/reference/config/networking/virtual-service/
//!     route: { from: shop/web, url: "http://reviews:9080/", headers: { end-user: ada } }
//!     expect:
//!       destinations: [{ host: reviews.shop, subset: v1, weight: 90 }, { subset: v2, weight: 10 }]
//! ```
//!
//! Every other document of the file is an object of the world too, and `with` of a test lays objects over it for that test
//! alone. `expect` says only what matters: members that it does not name may be anything, lists have the length that is
//! written. Pure: whoever runs it reads the files.

mod compare;
mod coverage;
mod parse;
mod run;

pub use crate::access::ExternalAnswer as External;
pub use coverage::{Coverage, RuleId};
pub use parse::{AccessQuestion, Question, RouteQuestion, Sender, Suite, TestCase, TransportQuestion, suites};
pub use run::{Answer, CaseResult, QuestionError, ask, run};

/// The `apiVersion` of tests.
pub const API_VERSION: &str = "tenter.dev/v1alpha1";
/// The `kind` of tests.
pub const KIND: &str = "MeshTest";
