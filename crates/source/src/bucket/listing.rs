//! What servers answer: pages of objects, and errors.

use super::xml;

/// An object, as it is listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Object {
    /// Its whole name.
    pub(super) key: String,
    /// What changes when its content does, without quotes.
    pub(super) etag: String,
    /// Its size in bytes.
    pub(super) size: u64,
}

/// A page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) objects: Vec<Object>,
    /// What to ask for the next page with, if there is one.
    pub(super) next: Option<String>,
}

/// An error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Such as `NoSuchKey`.
    pub(super) code: String,
    pub(super) message: String,
    /// Where the bucket is, if the request named another region.
    pub(super) region: Option<String>,
}

impl Page {
    /// Reads a `ListBucketResult`.
    pub(super) fn parse(text: &str) -> Result<Page, String> {
        let mut page = Page::default();
        let mut object = Object::default();
        let (mut is_truncated, mut is_listing, mut is_encoded) = (false, false, false);
        xml::read(text, &mut |path, content| match (path, content) {
            (["ListBucketResult", "Contents", "Key"], Some(key)) => object.key = key,
            (["ListBucketResult", "Contents", "ETag"], Some(etag)) => object.etag = unquoted(&etag).to_owned(),
            (["ListBucketResult", "Contents", "Size"], Some(size)) => {
                object.size = size.trim().parse().unwrap_or(u64::MAX)
            }
            (["ListBucketResult", "Contents"], _) => page.objects.push(std::mem::take(&mut object)),
            (["ListBucketResult", "IsTruncated"], Some(truncated)) => is_truncated = truncated.trim() == "true",
            (["ListBucketResult", "NextContinuationToken"], Some(token)) => page.next = Some(token),
            (["ListBucketResult", "EncodingType"], Some(encoding)) => is_encoded = encoding.trim() == "url",
            (["ListBucketResult"], _) => is_listing = true,
            _ => {}
        })
        .map_err(|problem| problem.to_string())?;
        if !is_listing {
            return Err("it is no listing of objects".to_owned());
        }
        if is_encoded {
            for object in &mut page.objects {
                object.key = crate::url::percent_decode(&object.key.replace('+', " "));
            }
        }
        match (is_truncated, &page.next) {
            (true, None) => Err("it is cut off, and does not say where to go on".to_owned()),
            (true, Some(_)) => Ok(page),
            (false, _) => Ok(Page { next: None, ..page }),
        }
    }
}

impl Refusal {
    /// Reads an `Error`; empty for anything else.
    pub(super) fn parse(text: &str) -> Refusal {
        let mut refusal = Refusal::default();
        // What is broken tells no more than what was read of it.
        let _read = xml::read(text, &mut |path, content| match (path, content) {
            (["Error", "Code"], Some(code)) => refusal.code = code,
            (["Error", "Message"], Some(message)) => refusal.message = message,
            (["Error", "Region"], Some(region)) => refusal.region = Some(region).filter(|region| !region.is_empty()),
            _ => {}
        });
        refusal
    }
}

/// An ETag without its quotes.
pub(super) fn unquoted(etag: &str) -> &str {
    let etag = etag.trim();
    etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"')).unwrap_or(etag)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn object(key: &str, etag: &str, size: u64) -> Object {
        Object { key: key.to_owned(), etag: etag.to_owned(), size }
    }

    #[test]
    fn reads_pages() {
        let text = "<ListBucketResult><Name>b</Name><IsTruncated>true</IsTruncated><NextContinuationToken>n/1=</NextContinuationToken>\
             <Contents><Key>a/b.yaml</Key><ETag>&quot;1-2&quot;</ETag><Size>3</Size><Owner><ID>x</ID></Owner></Contents>\
             <Contents><Key>c&amp;d</Key><ETag>4</ETag></Contents></ListBucketResult>";
        let page = Page::parse(text).unwrap();
        assert_eq!(page.objects, [object("a/b.yaml", "1-2", 3), object("c&d", "4", 0)]);
        assert_eq!(page.next.as_deref(), Some("n/1="));
        let last = "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\
             <NextContinuationToken>x</NextContinuationToken><Contents><Key>a+b%2Bc%C3%A9</Key></Contents></ListBucketResult>";
        let page = Page::parse(last).unwrap();
        assert_eq!((page.objects[0].key.as_str(), page.next), ("a b+cé", None));
        assert!(Page::parse("<html></html>").is_err());
        assert!(Page::parse("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>").is_err());
    }

    #[test]
    fn reads_errors() {
        let refusal = Refusal::parse("<Error><Code>NoSuchKey</Code><Message>no</Message><Region>eu</Region></Error>");
        assert_eq!((refusal.code.as_str(), refusal.region.as_deref()), ("NoSuchKey", Some("eu")));
        assert_eq!(Refusal::parse("nonsense"), Refusal::default());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(<(/?)(ListBucketResult|Contents|Key|ETag|Size|Error|Code)>|[a&;%+]){0,24}") {
            let _ = Page::parse(&text);
            let _ = Refusal::parse(&text);
        }
    }
}
