#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| (laws::version::SEMVER_RANGE.check)(input));
