//! A checklist file of an office's own.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xunan_model::checklist::Edition;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Edition::parse("fuzz.yaml", text) {
        Ok(checklist) => assert!(!checklist.reference().id.is_empty()),
        Err(faults) => assert!(!faults.is_empty(), "a refusal says why"),
    }
});
