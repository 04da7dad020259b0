//! Short texts: names, stamps, codes, numbers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xunan_model::checklist::Decimal;
use xunan_model::digest::Digest;
use xunan_model::pin;
use xunan_model::stamp::Stamp;
use xunan_server::secret;

fuzz_target!(|text: &str| {
    if let Some(digest) = Digest::parse(text) {
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
    }
    if let Some(stamp) = Stamp::parse(text) {
        assert_eq!(Stamp::parse(&stamp.to_string()), Some(stamp));
        assert!(stamp.next(0) > stamp || stamp.next(0) == stamp);
        let _ = stamp.effective(1);
    }
    if let Some(number) = Decimal::parse(text) {
        assert_eq!(Decimal::parse(number.as_str()), Some(number));
    }
    let typed = pin::typed_letters(text);
    assert_eq!(pin::typed_letters(&typed), typed, "cleaning again changes nothing");
    let _ = secret::code_digest(text);
    let _ = secret::hex_read::<32>(text);
});
