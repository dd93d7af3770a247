//! Keys for tests, made here.

use jiff::Timestamp;
use pgp::composed::{
    ArmorOptions, CleartextSignedMessage, DetachedSignature, KeyType, SecretKeyParamsBuilder, SignedSecretKey,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::ser::Serialize;
use pgp::types::Password;
use rand::SeedableRng;
use rand::rngs::StdRng;

/// A key for signing, the same for the same name.
pub(crate) struct Person {
    key: SignedSecretKey,
    random: StdRng,
}

impl Person {
    pub(crate) fn new(name: &str) -> Person {
        let mut random = StdRng::seed_from_u64(name.bytes().map(u64::from).sum());
        let mut parameters = SecretKeyParamsBuilder::default();
        parameters.key_type(KeyType::Ed25519Legacy).can_certify(true).can_sign(true);
        parameters.created_at(pgp::types::Timestamp::from_secs(1_767_225_600));
        parameters.primary_user_id(format!("{name} Example <{}@example.com>", name.to_lowercase()));
        let key = parameters.build().unwrap().generate(&mut random).unwrap();
        Person { key, random }
    }

    pub(crate) fn binary(&self) -> Vec<u8> {
        self.key.to_public_key().to_bytes().unwrap()
    }

    pub(crate) fn armored(&self) -> String {
        self.key.to_public_key().to_armored_string(ArmorOptions::default()).unwrap()
    }

    pub(crate) fn secret(&self) -> Vec<u8> {
        self.key.to_bytes().unwrap()
    }

    pub(crate) fn clearsign(&mut self, text: &str) -> String {
        let signed =
            CleartextSignedMessage::sign(&mut self.random, text, &self.key.primary_key, &Password::empty()).unwrap();
        signed.to_armored_string(ArmorOptions::default()).unwrap()
    }

    pub(crate) fn sign(&mut self, data: &[u8]) -> String {
        let (random, key) = (&mut self.random, &self.key.primary_key);
        let signature =
            DetachedSignature::sign_binary_data(random, key, &Password::empty(), HashAlgorithm::Sha512, data).unwrap();
        signature.to_armored_string(ArmorOptions::default()).unwrap()
    }
}

/// Long after every key and signature of tests was made.
pub(crate) fn later() -> Timestamp {
    "2100-01-01T00:00:00Z".parse().unwrap()
}
