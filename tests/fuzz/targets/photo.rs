//! A file that somebody takes for a photo.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| xunan_core::photo_probe(data));
