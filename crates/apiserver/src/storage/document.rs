//! Stored JSON, packed against an object of the same resource.
//!
//! The objects of a resource mostly say the same: field names, `managedFields`, defaults. Each document is compressed with
//! an earlier one as the dictionary, which leaves about a tenth of it: mostly what only this object says.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use lz4_flex::block::{compress_with_dict, decompress_with_dict};

/// How far LZ4 refers back: what is longer is no use as a sample.
const REACH: usize = 64 * 1024 - 1;
/// A document of which more than one byte in this many is left was packed against a sample that does not suit it.
const SUITED: usize = 6;
/// How many documents have to come out badly before the first sample is replaced.
const PATIENCE: usize = 8;

/// JSON that is kept packed.
#[derive(Clone)]
pub(super) struct Document {
    packed: Box<[u8]>,
    length: usize,
    sample: Option<Arc<Vec<u8>>>,
}

impl Document {
    /// The JSON as it was stored.
    pub(super) fn json(&self) -> Bytes {
        let sample = self.sample.as_ref().map_or(&[][..], |sample| sample.as_slice());
        // A document is only ever made by `Packer::pack`, with the sample it still holds, so it unpacks.
        decompress_with_dict(&self.packed, self.length, sample).unwrap_or_default().into()
    }

    /// Bytes that it takes, but for the sample it shares.
    pub(super) fn size(&self) -> usize {
        size_of::<Document>() + self.packed.len()
    }
}

/// Documents are the same when their JSON is.
impl PartialEq for Document {
    fn eq(&self, other: &Document) -> bool {
        self.json() == other.json()
    }
}

impl Eq for Document {}

/// The JSON.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.json()))
    }
}

/// Packs the documents of one resource.
///
/// The first document is the sample of those that follow. When as many documents came out badly as made the sample before
/// this one give way, and as many again, the latest of them takes over: the samples follow what the documents look like,
/// and where no two are alike, there are no more samples than doublings of the documents.
#[derive(Debug)]
pub(super) struct Packer {
    sample: Option<Arc<Vec<u8>>>,
    unsuited: usize,
    patience: usize,
}

impl Packer {
    pub(super) fn new() -> Packer {
        Packer { sample: None, unsuited: 0, patience: PATIENCE }
    }

    pub(super) fn pack(&mut self, json: &[u8]) -> Document {
        if self.sample.is_none() {
            self.take(json);
        }
        let document = self.compress(json);
        if document.packed.len() * SUITED <= json.len() || json.len() > REACH {
            return document;
        }
        self.unsuited += 1;
        if self.unsuited < self.patience {
            return document;
        }
        self.unsuited = 0;
        self.patience *= 2;
        self.take(json);
        self.compress(json)
    }

    fn take(&mut self, json: &[u8]) {
        if json.len() <= REACH {
            self.sample = Some(Arc::new(json.to_vec()));
        }
    }

    fn compress(&self, json: &[u8]) -> Document {
        let sample = self.sample.as_ref().map_or(&[][..], |sample| sample.as_slice());
        let packed = compress_with_dict(json, sample).into_boxed_slice();
        Document { packed, length: json.len(), sample: self.sample.clone() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn object(kind: &str, index: usize, fields: usize) -> String {
        let spec: serde_json::Map<String, serde_json::Value> =
            (0..fields).map(|field| (format!("{kind}Field{field}"), json!({"f:is": {}, "value": field * 7}))).collect();
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": format!("n{index}")}, "spec": spec}).to_string()
    }

    #[test]
    fn objects_of_a_kind_leave_what_only_they_say() {
        let mut packer = Packer::new();
        let documents: Vec<Document> = (0..20).map(|index| packer.pack(object("Web", index, 40).as_bytes())).collect();
        for (index, document) in documents.iter().enumerate() {
            let json = object("Web", index, 40);
            assert_eq!(document.json(), json);
            assert!(document.packed.len() * 10 < json.len(), "{} of {}", document.packed.len(), json.len());
        }
    }

    #[test]
    fn a_sample_gives_way_to_what_documents_look_like_now() {
        let mut packer = Packer::new();
        let first = packer.pack(object("Web", 0, 40).as_bytes());
        let sizes = |packer: &mut Packer, kind: &str, count: usize| -> Vec<usize> {
            (0..count).map(|index| packer.pack(object(kind, index, 40).as_bytes()).packed.len()).collect()
        };
        let changed = sizes(&mut packer, "Batch", 10);
        assert!(changed[8] * 3 < changed[0], "{changed:?}");
        // The next change takes twice as many.
        let again = sizes(&mut packer, "Other", 20);
        assert!(again[8] * 2 > again[0] && again[16] * 3 < again[0], "{again:?}");
        assert_eq!(first.json(), object("Web", 0, 40), "the old sample lives as long as what needs it");
    }

    #[test]
    fn a_document_out_of_reach_is_no_sample() {
        let mut packer = Packer::new();
        let large = object("Large", 0, 4000);
        assert!(large.len() > REACH);
        assert_eq!(packer.pack(large.as_bytes()).json(), large);
        assert!(packer.sample.is_none());
        packer.pack(object("Small", 0, 3).as_bytes());
        assert!(packer.sample.is_some());
        assert_eq!(packer.pack(large.as_bytes()).json(), large);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_packed_comes_back(texts in proptest::collection::vec("[a-c\"{}:]{0,200}", 1..30)) {
            let mut packer = Packer::new();
            let documents: Vec<Document> = texts.iter().map(|text| packer.pack(text.as_bytes())).collect();
            for (text, document) in texts.iter().zip(documents) {
                prop_assert_eq!(document.json(), text.as_bytes());
            }
        }
    }
}
