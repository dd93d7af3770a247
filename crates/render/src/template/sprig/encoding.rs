//! Base64, base32 and checksums.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha512};

use crate::template::function::{Function, text};
use crate::template::value::Type;

const S: Type = Type::String;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("b64enc", &[S], |call, given| text(call, STANDARD.encode(given.text(0)))),
    Function::new("b64dec", &[S], |call, given| {
        let encoded = given.text(0);
        match decode_base64(encoded) {
            Ok(bytes) => text(call, bytes),
            Err(place) => text(call, format!("illegal base64 data at input byte {place}")),
        }
    }),
    Function::new("b32enc", &[S], |call, given| text(call, encode_base32(given.text(0)))),
    Function::new("b32dec", &[S], |call, given| match decode_base32(given.text(0)) {
        Ok(bytes) => text(call, bytes),
        Err(place) => text(call, format!("illegal base32 data at input byte {place}")),
    }),
    Function::new("sha1sum", &[S], |call, given| text(call, hex::encode(sha1::Sha1::digest(given.text(0))))),
    Function::new("sha256sum", &[S], |call, given| text(call, hex::encode(Sha256::digest(given.text(0))))),
    Function::new("sha512sum", &[S], |call, given| text(call, hex::encode(Sha512::digest(given.text(0))))),
    Function::new("adler32sum", &[S], |call, given| text(call, adler32(given.text(0)).to_string())),
];

/// The bytes of Base64, or where it is none. Line breaks do not count, and bits that are left over are ignored.
fn decode_base64(encoded: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(encoded.len() / 4 * 3);
    let mut symbols = encoded.iter().enumerate().filter(|(_, byte)| !matches!(byte, b'\n' | b'\r'));
    let (mut bits, mut count) = (0u32, 0);
    while let Some((place, byte)) = symbols.next() {
        if *byte == b'=' {
            match (count, symbols.next()) {
                (2, Some((_, b'='))) => {}
                (2, Some((place, _))) | (3, Some((place, _))) => return Err(place),
                (2, None) => return Err(encoded.len()),
                (3, None) => {}
                _ => return Err(place),
            }
            if let Some((place, _)) = symbols.next() {
                return Err(place);
            }
            out.extend_from_slice(&(bits << (6 * (4 - count))).to_be_bytes()[1..count]);
            return Ok(out);
        }
        let symbol = BASE64.iter().position(|symbol| symbol == byte).ok_or(place)?;
        // A position in an alphabet of 64.
        bits = bits << 6 | symbol as u32;
        count += 1;
        if count == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    if count == 0 { Ok(out) } else { Err(encoded.len() - count) }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn encode_base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut group = [0; 8];
        group[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(group);
        let symbols = (chunk.len() * 8).div_ceil(5);
        for index in 0..8 {
            if index < symbols {
                let symbol = (bits >> (35 - 5 * index)) & 31;
                out.push(char::from(BASE32[symbol as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

fn decode_base32(encoded: &[u8]) -> Result<Vec<u8>, usize> {
    let plain: Vec<u8> = encoded.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let symbols = plain.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    if let Some(place) = plain[..symbols].iter().position(|byte| !BASE32.contains(byte)) {
        return Err(place);
    }
    if !plain.len().is_multiple_of(8) || matches!(symbols % 8, 1 | 3 | 6) {
        return Err(plain.len() / 8 * 8);
    }
    let mut out = Vec::new();
    let (mut bits, mut count) = (0u64, 0);
    for (place, byte) in plain[..symbols].iter().enumerate() {
        let symbol = BASE32.iter().position(|symbol| symbol == byte).ok_or(place)?;
        bits = bits << 5 | symbol as u64;
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    Ok(out)
}

fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (mut low, mut high) = (1, 0);
    for byte in bytes {
        low = (low + u32::from(*byte)) % MODULUS;
        high = (high + low) % MODULUS;
    }
    high << 16 | low
}
