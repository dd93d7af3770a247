//! Istio's codes that no rule reports here, and why.

use crate::Code;

/// A code of Istio's that is not reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undecidable {
    /// The code.
    pub code: Code,
    /// Its name in Istio.
    pub name: &'static str,
    /// Why nothing reports it.
    pub reason: &'static str,
}

/// All of them, by code.
pub const UNDECIDABLE: &[Undecidable] = &[
    Undecidable {
        code: Code("IST0001"),
        name: "InternalError",
        reason: "Istio emits it nowhere; what goes wrong in an analysis is not a finding about the configuration",
    },
    Undecidable {
        code: Code("IST0141"),
        name: "InsufficientPermissions",
        reason: "what the caller may create is for the API server to say, and no manifest holds it",
    },
    Undecidable {
        code: Code("IST0143"),
        name: "LocalhostListener",
        reason: "Istio emits it nowhere; it needs the sockets of running pods",
    },
    Undecidable {
        code: Code("IST0168"),
        name: "UnknownUpgradeCompatibility",
        reason: "Istio emits it nowhere; it needs the answers of running proxies",
    },
    Undecidable {
        code: Code("IST0169"),
        name: "UpdateIncompatibility",
        reason: "it compares with the release that runs before an upgrade from 1.21 or older, and manifests say only what is to run",
    },
];
