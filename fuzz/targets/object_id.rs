#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (laws::identity::OBJECT_ID.check)(input));
