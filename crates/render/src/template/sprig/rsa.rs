//! RSA keys from given entropy: generation, signatures.

use num_bigint::{BigInt, BigUint};
use sha2::{Digest, Sha256};

use super::der;
use crate::template::function::Call;

/// The public exponent everybody uses.
const EXPONENT: u32 = 65_537;
/// Rounds of the primality test: an error is less likely than one of the hardware.
const ROUNDS: usize = 20;
/// What precedes a SHA-256 digest that is signed.
const DIGEST_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

pub(super) struct RsaKey {
    modulus: BigUint,
    private: BigUint,
    primes: [BigUint; 2],
}

impl RsaKey {
    /// A new key.
    pub(super) fn generate(call: &mut Call<'_>, bits: u64) -> RsaKey {
        let one = BigUint::from(1u32);
        loop {
            let (p, q) = (prime(call, bits / 2), prime(call, bits / 2));
            let totient = (&p - &one) * (&q - &one);
            if let (true, Some(private)) = (p != q, inverse(&BigUint::from(EXPONENT), &totient)) {
                return RsaKey { modulus: &p * &q, private, primes: [p, q] };
            }
        }
    }

    /// The key of a PKCS #1 structure.
    pub(super) fn from_pkcs1(bytes: &[u8]) -> Option<RsaKey> {
        let mut outer = der::Reader::new(bytes);
        let mut fields = der::Reader::new(outer.expect(der::SEQUENCE)?);
        fields.expect(der::INTEGER)?;
        let mut number = || fields.expect(der::INTEGER).map(BigUint::from_bytes_be);
        let modulus = number()?;
        number()?;
        let private = number()?;
        let primes = [number()?, number()?];
        // Anything else would loop or divide by zero later.
        let usable = modulus.bits() >= 512 && modulus.bit(0) && &primes[0] * &primes[1] == modulus;
        usable.then_some(RsaKey { modulus, private, primes })
    }

    pub(super) fn to_pkcs1(&self) -> Vec<u8> {
        let one = BigUint::from(1u32);
        let [p, q] = &self.primes;
        let coefficient = inverse(q, p).unwrap_or_default();
        let numbers = [
            BigUint::default(),
            self.modulus.clone(),
            BigUint::from(EXPONENT),
            self.private.clone(),
            p.clone(),
            q.clone(),
            &self.private % (p - &one),
            &self.private % (q - &one),
            coefficient,
        ];
        let parts: Vec<Vec<u8>> = numbers.iter().map(|number| der::integer(&number.to_bytes_be())).collect();
        der::tagged(der::SEQUENCE, &parts.concat())
    }

    /// Modulus and exponent.
    pub(super) fn public(&self) -> Vec<u8> {
        let exponent = der::integer(&EXPONENT.to_be_bytes());
        der::sequence(&[&der::integer(&self.modulus.to_bytes_be()), &exponent])
    }

    /// A PKCS #1 v1.5 signature over SHA-256.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let size = usize::try_from(self.modulus.bits().div_ceil(8)).unwrap_or_default();
        let digest = Sha256::digest(message);
        let padding = size.saturating_sub(3 + DIGEST_INFO.len() + digest.len());
        let block = [&[0, 1], vec![0xff; padding].as_slice(), &[0], &DIGEST_INFO, &digest].concat();
        let signature = BigUint::from_bytes_be(&block).modpow(&self.private, &self.modulus).to_bytes_be();
        [vec![0; size.saturating_sub(signature.len())], signature].concat()
    }
}

/// The inverse of a number, if it has one.
fn inverse(number: &BigUint, modulus: &BigUint) -> Option<BigUint> {
    let modulus = BigInt::from(modulus.clone());
    let (mut old, mut new) = (modulus.clone(), BigInt::from(number.clone()));
    let (mut old_factor, mut factor) = (BigInt::ZERO, BigInt::from(1));
    while new != BigInt::ZERO {
        let quotient = &old / &new;
        (old, new) = (new.clone(), &old - &quotient * &new);
        (old_factor, factor) = (factor.clone(), &old_factor - &quotient * &factor);
    }
    if old != BigInt::from(1) {
        return None;
    }
    let positive = ((old_factor % &modulus) + &modulus) % &modulus;
    positive.to_biguint()
}

/// A number of at most that many bits, a multiple of eight.
pub(super) fn random(call: &mut Call<'_>, bits: u64) -> BigUint {
    let mut bytes = vec![0; usize::try_from(bits / 8).unwrap_or_default()];
    call.run.environment.entropy.fill(&mut bytes);
    BigUint::from_bytes_be(&bytes)
}

/// A prime whose two highest bits are set, so that the product of two has full length.
pub(super) fn prime(call: &mut Call<'_>, bits: u64) -> BigUint {
    let small = small_primes();
    let mut candidate = random(call, bits);
    loop {
        candidate.set_bit(0, true);
        candidate.set_bit(bits - 1, true);
        candidate.set_bit(bits - 2, true);
        let congruent = &candidate % EXPONENT == BigUint::from(1u32);
        if !congruent && !has_divisor(&candidate, &small) && is_prime(call, &candidate, bits) {
            return candidate;
        }
        // Entropy that repeats itself must not make this endless.
        candidate += 2u32;
        if candidate.bits() > bits {
            candidate = random(call, bits);
        }
    }
}

fn small_primes() -> Vec<u32> {
    (3..2_000).step_by(2).filter(|n| (3..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0)).collect()
}

fn has_divisor(number: &BigUint, divisors: &[u32]) -> bool {
    divisors.iter().any(|divisor| number % *divisor == BigUint::default())
}

/// Whether no small prime divides an odd number, which is asked first because it is cheap.
pub(super) fn may_be_prime(number: &BigUint) -> bool {
    !has_divisor(number, &small_primes())
}

/// Miller and Rabin's test.
pub(super) fn is_prime(call: &mut Call<'_>, number: &BigUint, bits: u64) -> bool {
    let one = BigUint::from(1u32);
    let minus_one = number - &one;
    let twos = minus_one.trailing_zeros().unwrap_or_default();
    let odd = &minus_one >> twos;
    (0..ROUNDS).all(|_| {
        let base = random(call, bits) % (&minus_one - &one) + 2u32;
        let mut power = base.modpow(&odd, number);
        if power == one || power == minus_one {
            return true;
        }
        for _ in 1..twos {
            power = &power * &power % number;
            if power == minus_one {
                return true;
            }
        }
        false
    })
}
