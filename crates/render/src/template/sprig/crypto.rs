//! Passwords and ciphers.

use aes::cipher::block_padding::{NoPadding, Pkcs7};
use aes::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::template::function::{Arguments, Call, Failure, Function, text};
use crate::template::value::{Type, Value};

const S: Type = Type::String;
/// What hashing a password counts as, in bytes produced: it is slow on purpose.
const HASHING: usize = 4 << 20;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("bcrypt", &[S], |call, given| {
        let hashed = hash(call, given.text(0))?;
        text(call, hashed)
    }),
    Function::new("htpasswd", &[S, S], |call, given| {
        let user = given.string(0);
        if user.contains(':') {
            return text(call, format!("invalid username: {user}"));
        }
        let hashed = hash(call, given.text(1))?;
        text(call, format!("{user}:{hashed}"))
    }),
    Function::new("derivePassword", &[Type::Int64, S, S, S, S], derive),
    Function::new("encryptAES", &[S, S], encrypt),
    Function::new("decryptAES", &[S, S], decrypt),
];

fn hash(call: &mut Call<'_>, password: &[u8]) -> Result<String, Failure> {
    const COST: u32 = 10;
    call.produce(HASHING)?;
    if password.len() > 72 {
        let problem = "bcrypt: password length exceeds 72 bytes";
        return Ok(format!("failed to encrypt string with bcrypt: {problem}"));
    }
    let salt = call.random();
    match bcrypt::hash_with_salt(password, COST, salt) {
        Ok(parts) => Ok(parts.format_for_version(bcrypt::Version::TwoA)),
        Err(error) => Ok(format!("failed to encrypt string with bcrypt: {error}")),
    }
}

/// Shapes of passwords; each letter stands for characters of a kind.
fn shapes(kind: &str) -> Option<&'static [&'static [u8]]> {
    Some(match kind {
        "maximum" => &[b"anoxxxxxxxxxxxxxxxxx", b"axxxxxxxxxxxxxxxxxno"],
        "long" => &[
            b"CvcvnoCvcvCvcv",
            b"CvcvCvcvnoCvcv",
            b"CvcvCvcvCvcvno",
            b"CvccnoCvcvCvcv",
            b"CvccCvcvnoCvcv",
            b"CvccCvcvCvcvno",
            b"CvcvnoCvccCvcv",
            b"CvcvCvccnoCvcv",
            b"CvcvCvccCvcvno",
            b"CvcvnoCvcvCvcc",
            b"CvcvCvcvnoCvcc",
            b"CvcvCvcvCvccno",
            b"CvccnoCvccCvcv",
            b"CvccCvccnoCvcv",
            b"CvccCvccCvcvno",
            b"CvcvnoCvccCvcc",
            b"CvcvCvccnoCvcc",
            b"CvcvCvccCvccno",
            b"CvccnoCvcvCvcc",
            b"CvccCvcvnoCvcc",
            b"CvccCvcvCvccno",
        ],
        "medium" => &[b"CvcnoCvc", b"CvcCvcno"],
        "short" => &[b"Cvcn"],
        "basic" => &[b"aaanaaan", b"aannaaan", b"aaannaaa"],
        "pin" => &[b"nnnn"],
        _ => return None,
    })
}

fn characters(kind: u8) -> &'static [u8] {
    match kind {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The Master Password algorithm.
fn derive(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    let kind = given.string(1);
    let Some(shapes) = shapes(&kind) else {
        return text(call, format!("cannot find password template {kind}"));
    };
    call.produce(HASHING)?;
    let counter = u32::try_from(given.int(0)).map_err(|_| Failure::message("the counter is not a uint32"))?;
    let (password, user, site) = (given.text(2), given.text(3), given.text(4));
    let length = |text: &[u8]| u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    let salt = [SEED, &length(user), user].concat();
    let broken = |error: &dyn std::fmt::Display| Failure::message(format!("failed to derive password: {error}"));
    let parameters = scrypt::Params::new(15, 8, 2, 64).map_err(|error| broken(&error))?;
    let mut key = [0; 64];
    scrypt::scrypt(password, &salt, &parameters, &mut key).map_err(|error| broken(&error))?;
    let mut hmac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| broken(&error))?;
    hmac.update(&[SEED, &length(site), site, &counter.to_be_bytes()].concat());
    let seed = hmac.finalize().into_bytes();
    let shape = shapes[usize::from(seed[0]) % shapes.len()];
    let derived: Vec<u8> = shape
        .iter()
        .zip(&seed[1..])
        .map(|(kind, byte)| {
            let characters = characters(*kind);
            characters[usize::from(*byte) % characters.len()]
        })
        .collect();
    text(call, derived)
}

/// A key of 32 bytes, filled up with zeros.
fn key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let length = password.len().min(key.len());
    key[..length].copy_from_slice(&password[..length]);
    key
}

fn encrypt(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    if given.text(1).is_empty() {
        return Ok(Value::string(""));
    }
    let vector: [u8; 16] = call.random();
    let cipher = cbc::Encryptor::<aes::Aes256>::new(&key(given.text(0)).into(), &vector.into());
    let sealed = cipher.encrypt_padded_vec_mut::<Pkcs7>(given.text(1));
    text(call, STANDARD.encode([vector.as_slice(), &sealed].concat()))
}

fn decrypt(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    if given.text(1).is_empty() {
        return Ok(Value::string(""));
    }
    let sealed = STANDARD.decode(given.text(1)).map_err(|error| Failure::message(error.to_string()))?;
    let broken = || Failure::message("crypto/cipher: input not full blocks");
    let (vector, sealed) = sealed.split_first_chunk::<16>().ok_or_else(broken)?;
    let cipher = cbc::Decryptor::<aes::Aes256>::new(&key(given.text(0)).into(), vector.into());
    let mut plain = cipher.decrypt_padded_vec_mut::<NoPadding>(sealed).map_err(|_| broken())?;
    // The last byte says how many were added; it is not checked, so that a wrong key yields nonsense.
    let added = usize::from(plain.last().copied().unwrap_or_default());
    plain.truncate(plain.len().checked_sub(added).ok_or_else(broken)?);
    text(call, plain)
}
