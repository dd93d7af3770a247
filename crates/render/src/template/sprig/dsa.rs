//! DSA keys from given entropy. Nothing signs with them any more; `genPrivateKey "dsa"` still makes them.

use num_bigint::BigUint;

use super::der;
use super::rsa::{is_prime, may_be_prime, prime, random};
use crate::template::function::Call;

/// The length of the modulus of Helm's keys.
pub(super) const MODULUS: u64 = 2048;
/// The length of the order of their group.
pub(super) const ORDER: u64 = 256;

/// A new key with parameters of its own: version, modulus, order, generator, public and private number.
pub(super) fn generate(call: &mut Call<'_>, modulus: u64, order: u64) -> Vec<u8> {
    let one = BigUint::from(1u32);
    let q = prime(call, order);
    let p = modulus_for(call, &q, modulus);
    let exponent = (&p - &one) / &q;
    // Nearly every number yields a generator.
    let mut base = BigUint::from(2u32);
    let mut generator = base.modpow(&exponent, &p);
    while generator == one {
        base += 1u32;
        generator = base.modpow(&exponent, &p);
    }
    let private = random(call, order) % (&q - &one) + &one;
    let public = generator.modpow(&private, &p);
    let numbers = [BigUint::default(), p, q, generator, public, private];
    let parts: Vec<Vec<u8>> = numbers.iter().map(|number| der::integer(&number.to_bytes_be())).collect();
    der::tagged(der::SEQUENCE, &parts.concat())
}

/// A prime that is one more than a multiple of another one.
fn modulus_for(call: &mut Call<'_>, q: &BigUint, bits: u64) -> BigUint {
    let step = q * 2u32;
    let mut candidate = first_candidate(call, &step, bits);
    loop {
        if candidate.bits() != bits {
            candidate = first_candidate(call, &step, bits);
        }
        if may_be_prime(&candidate) && is_prime(call, &candidate, bits) {
            return candidate;
        }
        // Entropy that repeats itself must not make this endless.
        candidate += &step;
    }
}

fn first_candidate(call: &mut Call<'_>, step: &BigUint, bits: u64) -> BigUint {
    let mut start = random(call, bits);
    start.set_bit(bits - 1, true);
    // Far from the end, so that steps do not leave it at once.
    start.set_bit(bits - 2, false);
    let past = &start % step;
    start - past + step + 1u32
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::template::run::{Run, Set};
    use crate::template::testing::environment;
    use crate::template::{Functions, Limits};

    #[test]
    fn the_numbers_belong_together() {
        let mut run = Run::new(Functions::none(), environment(), Limits::default());
        let set: Rc<Set> = Rc::default();
        let key = generate(&mut Call { run: &mut run, set: &set }, 512, 160);
        let mut outer = der::Reader::new(&key);
        let mut fields = der::Reader::new(outer.expect(der::SEQUENCE).unwrap());
        let mut number = || BigUint::from_bytes_be(fields.expect(der::INTEGER).unwrap());
        let [version, p, q, generator, public, private] = std::array::from_fn(|_| number());
        let one = BigUint::from(1u32);
        assert_eq!((version, p.bits(), q.bits()), (BigUint::default(), 512, 160));
        assert_eq!((&p - &one) % &q, BigUint::default());
        assert!(generator > one && generator.modpow(&q, &p) == one);
        assert!(private > BigUint::default() && private < q);
        assert_eq!(generator.modpow(&private, &p), public);
    }
}
