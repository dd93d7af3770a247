//! Text kept small: packed with LZ4 against an earlier text that it resembles.
//!
//! Kubernetes objects of one type mostly say the same: field names, `managedFields`, defaults. Packed against one of them,
//! of another one only about a tenth is left: what it alone says.

use std::fmt;
use std::sync::Arc;

use lz4_flex::block::{compress_with_dict, decompress_with_dict};

/// How far LZ4 refers back: a longer text is no use as a sample.
const REACH: usize = 64 * 1024 - 1;

/// A text of which more than one in so many bytes is left does not resemble the sample.
const RESEMBLES: usize = 4;

/// How many texts have to differ from the first sample before another one takes its place.
const FIRST_PATIENCE: usize = 8;

/// A text that is kept packed. Clones share nothing but the sample.
#[derive(Clone)]
pub struct Packed {
    bytes: Box<[u8]>,
    length: usize,
    sample: Option<Arc<Vec<u8>>>,
}

impl Packed {
    /// The text as it was.
    pub fn unpack(&self) -> Vec<u8> {
        // Only `Packer::pack` makes these, with the sample they still hold, so they always unpack.
        decompress_with_dict(&self.bytes, self.length, dictionary(&self.sample)).unwrap_or_default()
    }

    /// How many bytes it takes, but for the sample that it shares.
    pub fn size(&self) -> usize {
        size_of::<Packed>() + self.bytes.len()
    }
}

/// Packed texts are the same when the texts are.
impl PartialEq for Packed {
    fn eq(&self, other: &Packed) -> bool {
        self.unpack() == other.unpack()
    }
}

impl Eq for Packed {}

/// The text.
impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.unpack()))
    }
}

/// Packs texts of one sort.
///
/// The first text is the sample for those after it. Once enough of them did not resemble it, the latest takes its place;
/// each change takes twice as many as the one before, so that texts which resemble nothing cost few samples.
#[derive(Debug)]
pub struct Packer {
    sample: Option<Arc<Vec<u8>>>,
    different: usize,
    patience: usize,
}

impl Default for Packer {
    fn default() -> Packer {
        Packer { sample: None, different: 0, patience: FIRST_PATIENCE }
    }
}

impl Packer {
    /// Packs a text.
    pub fn pack(&mut self, text: &[u8]) -> Packed {
        if text.len() > REACH {
            return self.with_sample(text);
        }
        if self.sample.is_none() {
            self.sample = Some(Arc::new(text.to_vec()));
        }
        let packed = self.with_sample(text);
        if packed.bytes.len() * RESEMBLES <= text.len() {
            return packed;
        }
        self.different += 1;
        if self.different < self.patience {
            return packed;
        }
        (self.different, self.patience) = (0, self.patience * 2);
        self.sample = Some(Arc::new(text.to_vec()));
        self.with_sample(text)
    }

    fn with_sample(&self, text: &[u8]) -> Packed {
        let bytes = compress_with_dict(text, dictionary(&self.sample)).into_boxed_slice();
        Packed { bytes, length: text.len(), sample: self.sample.clone() }
    }
}

fn dictionary(sample: &Option<Arc<Vec<u8>>>) -> &[u8] {
    sample.as_ref().map_or(&[], |sample| sample.as_slice())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// An object of a kind whose fields are called as those of no other kind, nor as each other.
    fn object(kind: &str, index: usize, fields: u64) -> String {
        let seed: u64 = kind.bytes().map(u64::from).sum();
        let name = |field: u64| format!("{:016x}", (seed * 10_000 + field).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let spec: serde_json::Map<_, _> = (0..fields).map(|field| (name(field), json!({}))).collect();
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": format!("web-{index}")}, "spec": spec})
            .to_string()
    }

    #[test]
    fn of_what_resembles_a_sample_little_is_left() {
        let mut packer = Packer::default();
        packer.pack(object("Web", 0, 50).as_bytes());
        for index in 1..20 {
            let text = object("Web", index, 50);
            let packed = packer.pack(text.as_bytes());
            assert_eq!(packed.unpack(), text.as_bytes());
            assert!(packed.size() * 10 < text.len(), "{} of {}", packed.size(), text.len());
        }
    }

    #[test]
    fn samples_follow_what_texts_look_like_and_live_as_long_as_they_are_needed() {
        let mut packer = Packer::default();
        let first = packer.pack(object("Web", 0, 50).as_bytes());
        let mut sizes = |kind: &str, count: usize| -> Vec<usize> {
            (0..count).map(|index| packer.pack(object(kind, index, 50).as_bytes()).size()).collect()
        };
        let batch = sizes("Batch", FIRST_PATIENCE);
        assert!(batch[FIRST_PATIENCE - 1] * 3 < batch[0], "{batch:?}");
        let other = sizes("Other", 2 * FIRST_PATIENCE);
        assert!(other[FIRST_PATIENCE] * 2 > other[0], "it takes twice as many now: {other:?}");
        assert!(other[2 * FIRST_PATIENCE - 1] * 3 < other[0], "{other:?}");
        assert_eq!(first.unpack(), object("Web", 0, 50).as_bytes());
    }

    #[test]
    fn what_is_out_of_reach_is_packed_and_no_sample() {
        let mut packer = Packer::default();
        let large = object("Large", 0, 3000);
        assert!(large.len() > REACH);
        assert_eq!(packer.pack(large.as_bytes()).unpack(), large.as_bytes());
        assert!(packer.sample.is_none());
        packer.pack(object("Small", 0, 1).as_bytes());
        assert_eq!(packer.pack(large.as_bytes()).unpack(), large.as_bytes());
    }

    #[test]
    fn no_length_of_text_or_sample_is_an_exception() {
        // Letters that repeat at odd distances, so that matches cross from the text into the sample.
        let text = |length: usize| -> Vec<u8> { (0..length).map(|index| b'a' + (index * index % 23) as u8).collect() };
        let lengths = [0, 1, 3, 4, 5, 12, 13, 63, 64, 4096, REACH - 1, REACH, REACH + 1, 2 * REACH + 7];
        for sample in lengths {
            for length in lengths {
                let mut packer = Packer::default();
                packer.pack(&text(sample));
                assert_eq!(packer.pack(&text(length)).unpack(), text(length), "{length} after {sample}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_packed_comes_back(texts in proptest::collection::vec("[a-c\"{}:]{0,300}", 1..30)) {
            let mut packer = Packer::default();
            let packed: Vec<Packed> = texts.iter().map(|text| packer.pack(text.as_bytes())).collect();
            for (text, packed) in texts.iter().zip(packed) {
                prop_assert_eq!(packed.unpack(), text.as_bytes());
            }
        }
    }
}
