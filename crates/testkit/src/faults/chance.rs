//! Randomness that follows from a seed alone.

/// A stream of numbers. Equal seeds give equal streams.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// The stream of what happens to something for the `count`th time.
    pub fn of(seed: u64, what: &str, count: u64) -> Chance {
        // FNV-1a over the text, then over the numbers.
        let bytes = what.bytes().chain(seed.to_le_bytes()).chain(count.to_le_bytes());
        Chance(bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)))
    }

    /// The next number (SplitMix64).
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`, which is at least one.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound.max(1)
    }

    /// Whether something comes to pass that does so in `per_mille` of a thousand cases.
    pub fn comes(&mut self, per_mille: u16) -> bool {
        self.below(1000) < u64::from(per_mille)
    }

    /// One of several; none of none.
    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(choices.len()).ok().filter(|count| *count > 0)?;
        choices.get(usize::try_from(self.below(count)).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_depends_on_the_seed_the_subject_and_the_count_alone() {
        let first = |seed, what, count| Chance::of(seed, what, count).draw();
        assert_eq!(first(1, "GET /a", 0), first(1, "GET /a", 0));
        let others = [first(2, "GET /a", 0), first(1, "GET /b", 0), first(1, "GET /a", 1)];
        assert!(others.iter().all(|other| *other != first(1, "GET /a", 0)));
    }

    #[test]
    fn rates_are_kept() {
        let mut chance = Chance::new(7);
        let came = (0..10_000).filter(|_| chance.comes(100)).count();
        assert!((900..1100).contains(&came), "{came}");
        assert!(!(0..1000).any(|_| chance.comes(0)) && (0..1000).all(|_| chance.comes(1000)));
        assert_eq!(chance.one_of::<u8>(&[]), None);
    }
}
