//! A file that somebody takes for a photo.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = xunan_picture::camera(data);
    let _ = xunan_picture::thumb(data);
    let _ = xunan_picture::evidence(data);
});
