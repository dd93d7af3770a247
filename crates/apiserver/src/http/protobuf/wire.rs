//! The protobuf wire format: numbered fields of four kinds.

use super::ProtobufError;

/// The value of a field as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64,
    Bytes(&'a [u8]),
    Fixed32,
}

impl Wire<'_> {
    /// Its number in the format.
    pub(super) fn number(self) -> u8 {
        match self {
            Wire::Varint(_) => 0,
            Wire::Fixed64 => 1,
            Wire::Bytes(_) => 2,
            Wire::Fixed32 => 5,
        }
    }
}

/// The fields of a message, in their order. After an error there is nothing more.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    /// What the bytes are, for errors.
    place: &'a str,
}

impl<'a> Fields<'a> {
    pub(super) fn of(bytes: &'a [u8], place: &'a str) -> Fields<'a> {
        Fields { rest: bytes, place }
    }

    fn next_field(&mut self) -> Result<(u64, Wire<'a>), ProtobufError> {
        let key = varint(&mut self.rest, self.place)?;
        let (number, wire_type) = (key >> 3, (key & 7) as u8);
        if number == 0 {
            return Err(ProtobufError::WireType { wire_type, place: format!("field 0 of {}", self.place) });
        }
        let wire = match wire_type {
            0 => Wire::Varint(varint(&mut self.rest, self.place)?),
            1 => self.take(8).map(|_| Wire::Fixed64)?,
            2 => {
                let length = varint(&mut self.rest, self.place)?;
                Wire::Bytes(self.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            5 => self.take(4).map(|_| Wire::Fixed32)?,
            _ => return Err(ProtobufError::WireType { wire_type, place: format!("field {number} of {}", self.place) }),
        };
        Ok((number, wire))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], ProtobufError> {
        let truncated = || ProtobufError::Truncated { place: self.place.to_owned() };
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Wire<'a>), ProtobufError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let next = self.next_field();
        if next.is_err() {
            self.rest = &[];
        }
        Some(next)
    }
}

/// Takes a number of up to ten bytes off the front.
pub(super) fn varint(rest: &mut &[u8], place: &str) -> Result<u64, ProtobufError> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, tail) = rest.split_first().ok_or_else(|| ProtobufError::Truncated { place: place.to_owned() })?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(ProtobufError::Value { place: place.to_owned(), why: "a number has more than 64 bits".to_owned() })
}
