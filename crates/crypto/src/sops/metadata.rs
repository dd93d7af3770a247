//! What SOPS needs to know: who can read it, and which values are encrypted.

use regex::Regex;

use super::{Node, SopsError};

/// What SOPS needs to know.
#[derive(Debug)]
pub(super) struct Metadata {
    /// Whoever is in one group can read that group's part of the key.
    pub(super) groups: Vec<Group>,
    /// How many groups have to come together.
    pub(super) threshold: usize,
    pub(super) last_modified: String,
    pub(super) mac: String,
    /// Whether the code is over encrypted values only.
    pub(super) only_encrypted_count: bool,
    pub(super) rule: Rule,
}

/// Readers, each of whom has the same key.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) readers: Vec<Reader>,
}

/// A reader, and the key as it was encrypted for them.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) encrypted: String,
}

/// How the key was encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Age,
    OpenPgp,
    /// By a service that holds the key, which is not asked here.
    Service(&'static str),
}

/// Lists of readers, what they are, and the fields that name one.
const READERS: [(&str, Kind, &[&str]); 7] = [
    ("age", Kind::Age, &["recipient"]),
    ("pgp", Kind::OpenPgp, &["fp"]),
    ("kms", Kind::Service("AWS KMS"), &["arn"]),
    ("gcp_kms", Kind::Service("GCP KMS"), &["resource_id"]),
    ("hckms", Kind::Service("HuaweiCloud KMS"), &["key_id"]),
    ("azure_kv", Kind::Service("Azure Key Vault"), &["vault_url", "name"]),
    ("hc_vault", Kind::Service("Vault"), &["vault_address", "key_name"]),
];

/// Which values are encrypted, by the keys on their paths.
#[derive(Debug)]
pub(super) enum Rule {
    /// Those below a key that ends so.
    EncryptedSuffix(String),
    /// All but those below a key that ends so.
    UnencryptedSuffix(String),
    /// Those below a key that matches.
    Encrypted(Regex),
    /// All but those below a key that matches.
    Unencrypted(Regex),
}

/// How keys end whose values are not encrypted, where nothing else is said.
const DEFAULT_SUFFIX: &str = "_unencrypted";

impl Rule {
    pub(super) fn is_encrypted(&self, path: &[String]) -> bool {
        let any = |matches: &dyn Fn(&str) -> bool| path.iter().any(|key| matches(key));
        match self {
            Rule::EncryptedSuffix(suffix) => any(&|key| key.ends_with(suffix)),
            Rule::UnencryptedSuffix(suffix) => !any(&|key| key.ends_with(suffix)),
            Rule::Encrypted(pattern) => any(&|key| pattern.is_match(key)),
            Rule::Unencrypted(pattern) => !any(&|key| pattern.is_match(key)),
        }
    }

    fn read(metadata: &Node) -> Result<Rule, SopsError> {
        let given = |field: &str| metadata.member(field).and_then(Node::text);
        for field in ["encrypted_comment_regex", "unencrypted_comment_regex"] {
            if given(field).is_some() {
                let why = format!("{field} is not supported; choose by keys, with encrypted_regex for example");
                return Err(SopsError::Metadata(why));
            }
        }
        let pattern = |field: &str, text: &str| {
            Regex::new(text).map_err(|_| SopsError::Metadata(format!("{field} is no regular expression")))
        };
        let mut rules = Vec::new();
        if let Some(suffix) = given("unencrypted_suffix") {
            rules.push(Rule::UnencryptedSuffix(suffix.to_owned()));
        }
        if let Some(suffix) = given("encrypted_suffix") {
            rules.push(Rule::EncryptedSuffix(suffix.to_owned()));
        }
        if let Some(text) = given("unencrypted_regex") {
            rules.push(Rule::Unencrypted(pattern("unencrypted_regex", text)?));
        }
        if let Some(text) = given("encrypted_regex") {
            rules.push(Rule::Encrypted(pattern("encrypted_regex", text)?));
        }
        if rules.len() > 1 {
            let why =
                "more than one of encrypted_suffix, unencrypted_suffix, encrypted_regex and unencrypted_regex is set";
            return Err(SopsError::Metadata(why.to_owned()));
        }
        Ok(rules.pop().unwrap_or_else(|| Rule::UnencryptedSuffix(DEFAULT_SUFFIX.to_owned())))
    }
}

impl Metadata {
    pub(super) fn read(metadata: &Node) -> Result<Metadata, SopsError> {
        let text = |field: &str| metadata.member(field).and_then(Node::text).unwrap_or_default().to_owned();
        let own = Group::read(metadata);
        let groups = match metadata.member("key_groups") {
            Some(Node::List(groups)) if own.readers.is_empty() => groups.iter().map(Group::read).collect(),
            _ => vec![own],
        };
        let threshold = match metadata.member("shamir_threshold") {
            Some(Node::Int(threshold)) => usize::try_from(*threshold).unwrap_or_default(),
            Some(Node::Text(threshold)) => threshold.parse().unwrap_or_default(),
            _ => 0,
        };
        let only_encrypted_count = match metadata.member("mac_only_encrypted") {
            Some(Node::Bool(value)) => *value,
            Some(Node::Text(text)) => text == "true",
            _ => false,
        };
        let rule = Rule::read(metadata)?;
        let (last_modified, mac) = (text("lastmodified"), text("mac"));
        Ok(Metadata { groups, threshold, last_modified, mac, only_encrypted_count, rule })
    }
}

impl Group {
    fn read(node: &Node) -> Group {
        let mut readers = Vec::new();
        for (list, kind, names) in READERS {
            let Some(Node::List(entries)) = node.member(list) else { continue };
            readers.extend(entries.iter().map(|entry| {
                let text = |field: &str| entry.member(field).and_then(Node::text).unwrap_or_default();
                let name = names.iter().map(|field| text(field)).collect::<Vec<_>>().join("/");
                Reader { kind, name, encrypted: text("enc").to_owned() }
            }));
        }
        Group { readers }
    }
}

impl Reader {
    /// Who they are, for people.
    pub(super) fn shown(&self) -> String {
        match self.kind {
            Kind::Age => format!("age {}", self.name),
            Kind::OpenPgp => format!("OpenPGP {}", self.name),
            Kind::Service(service) => format!("{service} {} (not asked)", self.name),
        }
    }
}
