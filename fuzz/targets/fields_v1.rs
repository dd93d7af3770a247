#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (laws::ownership::FIELDS_V1.check)(input));
