//! What to fetch from a bucket, and how to get in.

use std::fmt;

use crate::request::Connection;

/// One `Bucket`, as far as fetching it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketRequest {
    /// The server, with `https://`, or `http://` for `spec.insecure`.
    pub endpoint: String,
    /// The name of the bucket.
    pub name: String,
    /// What the names of all objects begin with; empty for all of the bucket.
    pub prefix: String,
    /// Where the bucket is; empty for `us-east-1`. A server that knows better is believed.
    pub region: String,
    /// How the bucket is named in addresses.
    pub addressing: Addressing,
    /// The keys to sign requests with; `None` for buckets that are open to everybody.
    pub keys: Option<AccessKeys>,
    /// How the server is reached.
    pub connection: Connection,
    /// `spec.ignore`: rules that follow those of the bucket's `.sourceignore`.
    pub ignore: Option<String>,
}

impl BucketRequest {
    /// A request for all of a bucket that is open to everybody.
    pub fn new(endpoint: impl Into<String>, name: impl Into<String>) -> BucketRequest {
        BucketRequest {
            endpoint: endpoint.into(),
            name: name.into(),
            prefix: String::new(),
            region: String::new(),
            addressing: Addressing::Path,
            keys: None,
            connection: Connection::default(),
            ignore: None,
        }
    }
}

/// How a bucket is named in addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addressing {
    /// `https://server/bucket/object`: the provider `generic`.
    #[default]
    Path,
    /// `https://bucket.server/object`: the provider `aws`.
    Host,
}

/// Keys to sign requests with. Their `Debug` form shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKeys {
    /// `accesskey` of the secret.
    pub id: String,
    /// `secretkey` of the secret.
    pub secret: String,
}

impl fmt::Debug for AccessKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKeys(…)")
    }
}
