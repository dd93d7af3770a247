//! Buckets.

use std::collections::BTreeMap;

use kinds::flux::Bucket;
use kinds::flux::bucket::BucketProvider;
use source::{AccessKeys, Addressing, BucketRequest, SourceKind};

use super::connection::{Reached, connection};
use super::failure::Failure;
use super::found::{Found, Observed, Summary};
use super::look::{Look, facts};
use super::secrets::Secret;
use crate::artifacts::Origin;

/// Looks for other objects.
pub(super) async fn fetch(look: &Look<'_>, bucket: &Bucket) -> Result<Found, Failure> {
    let request = request(look, bucket)?;
    let held = look.held_from(|origin| matches!(origin, Origin::Bucket(known) if *known == request));
    let last = held.as_ref().map(|held| held.artifact.revision.as_str());
    let fetched = look.engine.sources.bucket(&request, last).await;
    let fetched = fetched.map_err(|error| Failure::of(&error, SourceKind::Bucket))?;
    let (artifact, news) = look.keep(fetched, held, Origin::Bucket(request));
    let count = artifact.tree.entries().count();
    Ok(Found {
        artifact: Some(facts(&artifact, BTreeMap::new())),
        news,
        summary: Summary::succeeded(format!("stored artifact: revision '{}'", artifact.revision)),
        told: format!("stored artifact with {count} fetched files from '{}' bucket", bucket.spec.bucket_name),
        verified: None,
        observed: Observed { ignore: bucket.spec.ignore.clone(), ..Observed::default() },
    })
}

/// Puts together what the object and its Secrets say.
fn request(look: &Look<'_>, bucket: &Bucket) -> Result<BucketRequest, Failure> {
    let spec = &bucket.spec;
    if spec.sts.is_some() {
        return Err(Failure::unsupported("spec.sts"));
    }
    if spec.service_account_name.as_deref().is_some_and(|name| !name.is_empty()) {
        return Err(Failure::unsupported("spec.serviceAccountName"));
    }
    let secret = look.secrets.get_if_given("secretRef", spec.secret_ref.as_ref())?;
    let addressing = match spec.provider {
        BucketProvider::Generic => Addressing::Path,
        BucketProvider::Aws if secret.is_empty() => {
            return Err(Failure::unsupported("spec.provider aws without a secretRef"));
        }
        BucketProvider::Aws => Addressing::Host,
        BucketProvider::Gcp => return Err(Failure::unsupported("spec.provider gcp")),
        BucketProvider::Azure => return Err(Failure::unsupported("spec.provider azure")),
    };
    let reached = Reached { certificates: spec.cert_secret_ref.as_ref(), proxy: spec.proxy_secret_ref.as_ref() };
    // Of an endpoint, the host is what is asked for; people write the scheme all the same.
    let host = spec.endpoint.trim_start_matches("https://").trim_start_matches("http://");
    let scheme = if spec.insecure { "http" } else { "https" };
    Ok(BucketRequest {
        endpoint: format!("{scheme}://{host}"),
        name: spec.bucket_name.clone(),
        prefix: spec.prefix.clone(),
        region: spec.region.clone(),
        addressing,
        keys: keys(&secret)?,
        connection: connection(&look.secrets, reached, &Secret::default(), bucket.timeout())?,
        ignore: spec.ignore.clone(),
    })
}

/// `accesskey` and `secretkey`; none where there is no Secret.
fn keys(secret: &Secret) -> Result<Option<AccessKeys>, Failure> {
    match (secret.text("accesskey"), secret.text("secretkey")) {
        (Some(id), Some(key)) => Ok(Some(AccessKeys { id, secret: key })),
        (None, None) if secret.is_empty() => Ok(None),
        _ => Err(secret.lacks("`accesskey` or `secretkey`", "a bucket")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_in_pairs() {
        let check = |entries: &[(&str, &str)]| {
            let found = keys(&Secret::of("auth", entries)).map_err(|failure| failure.message);
            found.map(|found| found.map(|keys| (keys.id, keys.secret)))
        };
        assert_eq!(check(&[]), Ok(None));
        let both = check(&[("accesskey", "a\n"), ("secretkey", "b")]);
        assert_eq!(both, Ok(Some(("a".to_owned(), "b".to_owned()))));
        let missing = Err("secret 'auth' lacks `accesskey` or `secretkey`, which a bucket needs".to_owned());
        assert_eq!(check(&[("accesskey", "a")]), missing);
        assert_eq!(check(&[("username", "a")]), missing);
    }
}
