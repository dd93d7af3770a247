//! The envelope, and bodies that are wrong.

use expect_test::{Expect, expect};

use super::super::{MAGIC, decode};
use super::encoder::{body, bytes, varint_field};

#[track_caller]
fn check(body: &[u8], expected: Expect) {
    expected.assert_eq(&match decode(body) {
        Ok(object) => object.to_string(),
        Err(error) => error.to_string(),
    });
}

/// A body of a kind whose object `write` makes.
fn of(api_version: &str, kind: &str, write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut object = Vec::new();
    write(&mut object);
    body(api_version, kind, &object)
}

#[test]
fn the_envelope_says_what_is_in_it() {
    check(b"", expect!["provided data does not appear to be a protobuf message, expected prefix [107, 56, 115, 0]"]);
    check(b"{}", expect!["provided data does not appear to be a protobuf message, expected prefix [107, 56, 115, 0]"]);
    check(MAGIC, expect!["nothing of  is read in protobuf; send JSON or YAML"]);
    check(&of("v1", "Pods", |_| {}), expect![[r#"no kind "Pods" is registered for version "v1""#]]);
    check(
        &of("example.com/v1", "Thing", |_| {}),
        expect!["nothing of example.com/v1 is read in protobuf; send JSON or YAML"],
    );
    check(&of("v1", "ConfigMap", |_| {}), expect![[r#"{"apiVersion":"v1","kind":"ConfigMap"}"#]]);
    // Options belong to every group.
    check(
        &of("apps/v1", "DeleteOptions", |out| varint_field(1, 0, out)),
        expect![[r#"{"apiVersion":"apps/v1","gracePeriodSeconds":0,"kind":"DeleteOptions"}"#]],
    );

    let mut json = MAGIC.to_vec();
    bytes(2, br#"{"kind": "Pod", "apiVersion": "v1"}"#, &mut json);
    bytes(4, b"application/json", &mut json);
    check(&json, expect![[r#"{"apiVersion":"v1","kind":"Pod"}"#]]);
    let mut zipped = of("v1", "Pod", |_| {});
    bytes(3, b"gzip", &mut zipped);
    check(
        &zipped,
        expect![[r#"the content of the protobuf envelope is in an unknown encoding: "gzip"; leave it empty"#]],
    );
    let mut cbor = of("v1", "Pod", |_| {});
    bytes(4, b"application/cbor", &mut cbor);
    check(
        &cbor,
        expect![[r#"the content of the protobuf envelope is in an unknown type: "application/cbor"; leave it empty"#]],
    );
}

#[test]
fn wrong_messages_are_refused_where_they_are_wrong() {
    // A number where a message is due, a text that is none, a length beyond the end, a group, field 0.
    check(&of("v1", "Pod", |out| varint_field(1, 3, out)), expect!["wrong protobuf wire type 0 for Pod.metadata"]);
    check(
        &of("v1", "Secret", |out| bytes(3, &[0xff, 0xfe], out)),
        expect!["the protobuf value of Secret.type is invalid: invalid utf-8 sequence of 1 bytes from index 0"],
    );
    check(
        &of("v1", "Pod", |out| out.extend([0x0a, 0x7f, 0x00])),
        expect!["the protobuf message ends in the middle of Pod"],
    );
    check(&of("v1", "Pod", |out| out.push(0x0b)), expect!["wrong protobuf wire type 3 for field 1 of Pod"]);
    check(&of("v1", "Pod", |out| out.extend([0x00, 0x00])), expect!["wrong protobuf wire type 0 for field 0 of Pod"]);
    check(
        &of("v1", "Pod", |out| out.extend([0x98; 12])),
        expect!["the protobuf value of Pod is invalid: a number has more than 64 bits"],
    );
    let port = |out: &mut Vec<u8>| {
        let (mut spec, mut port, mut target) = (Vec::new(), Vec::new(), Vec::new());
        varint_field(1, 5, &mut target);
        bytes(4, &target, &mut port);
        bytes(1, &port, &mut spec);
        bytes(2, &spec, out);
    };
    check(
        &of("v1", "Service", port),
        expect![
            "the protobuf value of Service.spec.ports.targetPort is invalid: it is neither a number (0) nor a text (1) but 5"
        ],
    );
    let created = |out: &mut Vec<u8>| {
        let (mut metadata, mut time) = (Vec::new(), Vec::new());
        varint_field(1, i64::MAX.cast_unsigned(), &mut time);
        bytes(8, &time, &mut metadata);
        bytes(1, &metadata, out);
    };
    check(
        &of("v1", "Pod", created),
        expect![
            "the protobuf value of Pod.metadata.creationTimestamp is invalid: parameter 'Unix timestamp seconds' is not in the required range of -377705023201..=253402207200"
        ],
    );
    check(
        &of("apps/v1", "ControllerRevision", |out| bytes(2, &[0x0a, 0x01, b'{'], out)),
        expect![
            "the protobuf value of ControllerRevision.data is invalid: EOF while parsing an object at line 1 column 1"
        ],
    );
}

#[test]
fn what_a_newer_client_adds_is_left_out() {
    let newer = |out: &mut Vec<u8>| {
        varint_field(900, 1, out);
        bytes(901, b"x", out);
        bytes(3, b"Opaque", out);
    };
    check(&of("v1", "Secret", newer), expect![[r#"{"apiVersion":"v1","kind":"Secret","type":"Opaque"}"#]]);
}

#[test]
fn messages_in_parts_are_one() {
    let parts = |out: &mut Vec<u8>| {
        for (number, text) in [(1, b"web"), (3, b"dev")] {
            let mut metadata = Vec::new();
            bytes(number, text, &mut metadata);
            bytes(1, &metadata, out);
        }
    };
    check(
        &of("v1", "Pod", parts),
        expect![[r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"dev"}}"#]],
    );
    // Numbers of a list may stand in one field.
    let packed = |out: &mut Vec<u8>| {
        let (mut spec, mut security) = (Vec::new(), Vec::new());
        bytes(4, &[1, 2, 0xac, 0x02], &mut security);
        bytes(14, &security, &mut spec);
        bytes(2, &spec, out);
    };
    check(
        &of("v1", "Pod", packed),
        expect![[r#"{"apiVersion":"v1","kind":"Pod","spec":{"securityContext":{"supplementalGroups":[1,2,300]}}}"#]],
    );
}
