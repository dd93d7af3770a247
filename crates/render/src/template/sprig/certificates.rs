//! Certificates: authorities, self-signed and signed ones.

use core::net::IpAddr;
use std::any::Any;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use sha1::Digest as _;

use super::der::{self, Reader};
use super::keys::PrivateKey;
use crate::template::format;
use crate::template::function::{Arguments, Call, Failure, Function};
use crate::template::value::{Kind, Method, Object, Text, Type, Value};

const S: Type = Type::String;
const I: Type = Type::Int;
const L: Type = Type::List;
const NAME: &str = "sprig.certificate";
const CERTIFICATE: Type = Type::Named(NAME);
/// Bits of the RSA keys that are made.
const BITS: u64 = 2048;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("genCA", &[S, I], |call, given| {
        let key = PrivateKey::rsa(call, BITS)?;
        authority(call, given, key)
    }),
    Function::new("genCAWithKey", &[S, I, S], |call, given| {
        let key = key_of(given, 2)?;
        authority(call, given, key)
    }),
    Function::new("genSelfSignedCert", &[S, L, L, I], |call, given| {
        let key = PrivateKey::rsa(call, BITS)?;
        self_signed(call, given, key)
    }),
    Function::new("genSelfSignedCertWithKey", &[S, L, L, I, S], |call, given| {
        let key = key_of(given, 4)?;
        self_signed(call, given, key)
    }),
    Function::new("genSignedCert", &[S, L, L, I, CERTIFICATE], |call, given| {
        let key = PrivateKey::rsa(call, BITS)?;
        signed(call, given, key)
    }),
    Function::new("genSignedCertWithKey", &[S, L, L, I, CERTIFICATE, S], |call, given| {
        let key = key_of(given, 5)?;
        signed(call, given, key)
    }),
    Function::new("buildCustomCert", &[S, S], build),
];

/// A certificate and its key, both PEM.
struct Certificate {
    certificate: Text,
    key: Text,
}

impl Object for Certificate {
    fn type_name(&self) -> &str {
        NAME
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Cert", self.certificate.clone().into()), ("Key", self.key.clone().into())]
    }

    fn method(&self, _name: &str) -> Option<Method> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn key_of(given: &Arguments<'_>, index: usize) -> Result<PrivateKey, Failure> {
    PrivateKey::from_pem(&given.string(index))
        .map_err(|failure| Failure::message(format!("parsing private key: {failure}")))
}

/// What a certificate says.
struct Contents {
    name: String,
    addresses: Vec<IpAddr>,
    names: Vec<String>,
    days: i64,
    role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Authority,
    Leaf,
}

/// Who signs.
struct Signer<'k> {
    key: &'k PrivateKey,
    /// The name, as it is encoded.
    name: Vec<u8>,
    /// The identifier of the signer's key, if the signer is another one and has one.
    key_id: Option<Vec<u8>>,
}

impl Contents {
    fn leaf(given: &Arguments<'_>) -> Result<Contents, Failure> {
        let addresses = given.list(1).iter().map(|value| match value {
            Value::String(text) => {
                let text = text.lossy();
                text.parse().map_err(|_| Failure::message(format!("error parsing ip: {text}")))
            }
            other => Err(not_text("error parsing ip", other)),
        });
        let names = given.list(2).iter().map(|value| match value {
            Value::String(text) => Ok(text.lossy().into_owned()),
            other => Err(not_text("error processing alternate dns name", other)),
        });
        Ok(Contents {
            name: given.string(0).into_owned(),
            addresses: addresses.collect::<Result<_, _>>()?,
            names: names.collect::<Result<_, _>>()?,
            days: given.int(3),
            role: Role::Leaf,
        })
    }

    /// The DER of the certificate for a key.
    fn issue(&self, call: &mut Call<'_>, key: &PrivateKey, signer: &Signer<'_>) -> Result<Vec<u8>, Failure> {
        let now = call.run.environment.now;
        let hours = self.days.checked_mul(24).and_then(SignedDuration::try_from_hours);
        let end = hours.and_then(|hours| now.checked_add(hours).ok());
        let end = end.ok_or_else(|| Failure::message("error creating certificate: it would be valid for too long"))?;
        let serial: [u8; 16] = call.random();
        let algorithm = signer.key.signature_algorithm();
        let to_be_signed = der::sequence(&[
            &der::tagged(0xa0, &der::integer(&[2])),
            &der::integer(&serial),
            &algorithm,
            &signer.name,
            &der::sequence(&[&time(now), &time(end)]),
            &name(&self.name),
            &key.public(),
            &der::tagged(0xa3, &self.extensions(key, signer)),
        ]);
        let signature = der::bits(&signer.key.sign(&to_be_signed), 0);
        Ok(der::sequence(&[&to_be_signed, &algorithm, &signature]))
    }

    fn extensions(&self, key: &PrivateKey, signer: &Signer<'_>) -> Vec<u8> {
        const CRITICAL: &[u8] = &[0x01, 0x01, 0xff];
        let extension = |identifier: u8, critical: &[u8], content: &[u8]| {
            let identifier = der::tagged(der::OBJECT_IDENTIFIER, &[0x55, 0x1d, identifier]);
            der::sequence(&[&identifier, critical, &der::tagged(der::OCTET_STRING, content)])
        };
        // Digital signature and key encipherment; certificate signing.
        let usage = match self.role {
            Role::Authority => der::bits(&[0xa4], 2),
            Role::Leaf => der::bits(&[0xa0], 5),
        };
        let purpose = |last: u8| der::tagged(der::OBJECT_IDENTIFIER, &[0x2b, 6, 1, 5, 5, 7, 3, last]);
        let constraints = match self.role {
            Role::Authority => der::sequence(&[CRITICAL]),
            Role::Leaf => der::sequence(&[]),
        };
        let mut extensions = vec![
            extension(0x0f, CRITICAL, &usage),
            extension(0x25, &[], &der::sequence(&[&purpose(1), &purpose(2)])),
            extension(0x13, CRITICAL, &constraints),
        ];
        if self.role == Role::Authority {
            extensions.push(extension(0x0e, &[], &der::tagged(der::OCTET_STRING, &key_id(key))));
        }
        if let Some(signer) = &signer.key_id {
            extensions.push(extension(0x23, &[], &der::sequence(&[&der::tagged(0x80, signer)])));
        }
        let names = self.names.iter().map(|name| der::tagged(0x82, name.as_bytes()));
        let addresses = self.addresses.iter().map(|address| match address {
            IpAddr::V4(address) => der::tagged(0x87, &address.octets()),
            IpAddr::V6(address) => der::tagged(0x87, &address.octets()),
        });
        let alternatives: Vec<u8> = names.chain(addresses).flatten().collect();
        if !alternatives.is_empty() {
            let critical: &[u8] = if self.name.is_empty() { CRITICAL } else { &[] };
            extensions.push(extension(0x11, critical, &der::tagged(der::SEQUENCE, &alternatives)));
        }
        der::tagged(der::SEQUENCE, &extensions.concat())
    }
}

fn not_text(problem: &str, value: &Value) -> Failure {
    let shown = format::display(value);
    Failure::message(format!("{problem}: {} is not a string", String::from_utf8_lossy(&shown)))
}

/// A name that is only a common name.
fn name(common: &str) -> Vec<u8> {
    const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    if common.is_empty() {
        return der::sequence(&[]);
    }
    let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?*&".contains(c);
    let tag = if common.chars().all(printable) { 0x13 } else { 0x0c };
    let pair =
        der::sequence(&[&der::tagged(der::OBJECT_IDENTIFIER, COMMON_NAME), &der::tagged(tag, common.as_bytes())]);
    der::sequence(&[&der::tagged(0x31, &pair)])
}

/// Two digits of the year up to 2049, four after that.
fn time(moment: Timestamp) -> Vec<u8> {
    let zoned = moment.to_zoned(jiff::tz::TimeZone::UTC);
    if (1950..2050).contains(&zoned.year()) {
        return der::tagged(0x17, crate::template::layout::format(&zoned, "060102150405Z").as_bytes());
    }
    der::tagged(0x18, crate::template::layout::format(&zoned, "20060102150405Z").as_bytes())
}

fn key_id(key: &PrivateKey) -> Vec<u8> {
    sha1::Sha1::digest(key.public_bits()).to_vec()
}

fn authority(call: &mut Call<'_>, given: &Arguments<'_>, key: PrivateKey) -> Result<Value, Failure> {
    let contents = Contents {
        name: given.string(0).into_owned(),
        addresses: Vec::new(),
        names: Vec::new(),
        days: given.int(1),
        role: Role::Authority,
    };
    issue_to_itself(call, &contents, &key)
}

fn self_signed(call: &mut Call<'_>, given: &Arguments<'_>, key: PrivateKey) -> Result<Value, Failure> {
    let contents = Contents::leaf(given)?;
    issue_to_itself(call, &contents, &key)
}

fn issue_to_itself(call: &mut Call<'_>, contents: &Contents, key: &PrivateKey) -> Result<Value, Failure> {
    let signer = Signer { key, name: name(&contents.name), key_id: None };
    let issued = contents.issue(call, key, &signer)?;
    Ok(value(&issued, key))
}

fn signed(call: &mut Call<'_>, given: &Arguments<'_>, key: PrivateKey) -> Result<Value, Failure> {
    let authority = match given.value(4) {
        Value::Object(object) => object.as_any().downcast_ref::<Certificate>(),
        _ => None,
    };
    let authority = authority.ok_or_else(|| Failure::message("unable to decode certificate"))?;
    let (_, bytes) = der::from_pem(&authority.certificate.lossy())
        .ok_or_else(|| Failure::message("unable to decode certificate"))?;
    let (subject, key_id) = subject_of(&bytes)
        .ok_or_else(|| Failure::message("error parsing certificate: decodedSignerCert.Bytes: malformed certificate"))?;
    let signer_key = PrivateKey::from_pem(&authority.key.lossy())
        .map_err(|failure| Failure::message(format!("error parsing private key: {failure}")))?;
    let contents = Contents::leaf(given)?;
    let key_id = key_id.filter(|_| subject != name(&contents.name));
    let issued = contents.issue(call, &key, &Signer { key: &signer_key, name: subject, key_id })?;
    Ok(value(&issued, &key))
}

/// The encoded subject of a certificate, and the identifier of its key.
fn subject_of(certificate: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    let mut outer = Reader::new(certificate);
    let mut parts = Reader::new(outer.expect(der::SEQUENCE)?);
    let mut fields = Reader::new(parts.expect(der::SEQUENCE)?);
    let mut first = fields.next()?;
    if first.tag == 0xa0 {
        first = fields.next()?;
    }
    if first.tag != der::INTEGER {
        return None;
    }
    // Algorithm, issuer and validity.
    for _ in 0..3 {
        fields.expect(der::SEQUENCE)?;
    }
    let subject = fields.next().filter(|item| item.tag == der::SEQUENCE)?.whole.to_vec();
    fields.expect(der::SEQUENCE)?;
    let mut key_id = None;
    while let Some(item) = fields.next() {
        if item.tag != 0xa3 {
            continue;
        }
        let mut extensions = Reader::new(Reader::new(item.content).expect(der::SEQUENCE)?);
        while let Some(extension) = extensions.next() {
            let mut extension = Reader::new(extension.content);
            if extension.expect(der::OBJECT_IDENTIFIER) == Some(&[0x55, 0x1d, 0x0e]) {
                let content = extension.expect(der::OCTET_STRING)?;
                key_id = Reader::new(content).expect(der::OCTET_STRING).map(<[u8]>::to_vec);
            }
        }
    }
    Some((subject, key_id))
}

fn value(certificate: &[u8], key: &PrivateKey) -> Value {
    let certificate = der::pem("CERTIFICATE", certificate).into();
    Value::Object(Rc::new(Certificate { certificate, key: key.to_pem().into() }))
}

/// A certificate and a key that exist, both PEM in Base64.
fn build(_: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let decode = |index: usize, what: &str| {
        STANDARD.decode(given.text(index)).map_err(|_| Failure::message(format!("unable to decode base64 {what}")))
    };
    let certificate = decode(0, "certificate")?;
    let key = decode(1, "private key")?;
    let (_, bytes) = der::from_pem(&String::from_utf8_lossy(&certificate))
        .ok_or_else(|| Failure::message("unable to decode certificate"))?;
    if subject_of(&bytes).is_none() {
        return Err(Failure::message("error parsing certificate: decodedCert.Bytes: malformed certificate"));
    }
    PrivateKey::from_pem(&String::from_utf8_lossy(&key))
        .map_err(|failure| Failure::message(format!("error parsing private key: {failure}")))?;
    Ok(Value::Object(Rc::new(Certificate { certificate: certificate.into(), key: key.into() })))
}
