//! Randomness, from the bytes that the environment gives.

use super::convert::count;
use crate::template::function::{Arguments, Call, Failure, Function, text};
use crate::template::value::{Type, Value};

const I: Type = Type::Int;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("randAlphaNum", &[I], |call, given| random(call, given, |c| c.is_ascii_alphanumeric())),
    Function::new("randAlpha", &[I], |call, given| random(call, given, |c| c.is_ascii_alphabetic())),
    Function::new("randNumeric", &[I], |call, given| random(call, given, |c| c.is_ascii_digit())),
    Function::new("randAscii", &[I], |call, given| random(call, given, |c| (32..127).contains(c))),
    Function::new("randBytes", &[I], |call, given| {
        use base64::Engine as _;
        let length = count(given.int(0));
        call.produce(length)?;
        let mut bytes = vec![0; length];
        call.run.environment.entropy.fill(&mut bytes);
        text(call, base64::engine::general_purpose::STANDARD.encode(bytes))
    }),
    Function::new("shuffle", &[Type::String], shuffle),
    Function::new("uuidv4", &[], |call, _| {
        let mut bytes: [u8; 16] = call.random();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let digits = hex::encode(bytes);
        let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
        text(call, parts.join("-"))
    }),
];

/// Characters of a kind, each as likely as the others.
fn random(call: &mut Call<'_>, given: &Arguments<'_>, allowed: fn(&u8) -> bool) -> Result<Value, Failure> {
    let alphabet: Vec<u8> = (0..128).filter(allowed).collect();
    let length = count(given.int(0));
    call.produce(length)?;
    let bytes: Vec<u8> = (0..length).map(|_| alphabet[call.random_below(alphabet.len() as u64) as usize]).collect();
    Ok(Value::string(bytes))
}

fn shuffle(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let mut characters: Vec<char> = given.string(0).chars().collect();
    for last in (1..characters.len()).rev() {
        let other = call.random_below(last as u64 + 1) as usize;
        characters.swap(last, other);
    }
    text(call, characters.into_iter().collect::<String>())
}
