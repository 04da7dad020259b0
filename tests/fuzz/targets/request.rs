//! What a laptop, or somebody in its place, sends to `/v1/sync`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xunan_model::change::RawChange;
use xunan_model::merge::{self, Row, Writer};
use xunan_model::pack;
use xunan_model::wire::SyncRequest;

fuzz_target!(|data: &[u8]| {
    let Some((first, body)) = data.split_first() else {
        return;
    };
    let coding = [None, Some(pack::CODING), Some(pack::CODING_PLAIN)][usize::from(first % 3)];
    let Ok(request) = pack::unpack::<SyncRequest>(coding, body) else {
        return;
    };
    for sent in &request.changes {
        // The author's exact bytes come back whatever they are.
        let text = sent.raw.text().to_owned();
        assert_eq!(RawChange::from_text(text.clone()).unwrap().text(), text);
        let Ok(change) = sent.raw.read() else {
            continue;
        };
        let writer = Writer {
            at: change.at.effective(0),
            change: change.id,
        };
        for edit in &change.edits {
            let mut row = Row::default();
            merge::apply(&mut row, writer, edit);
            let (once, again) = (row.clone(), merge::apply(&mut row, writer, edit));
            assert!(again.is_empty() && row == once, "applying again changes nothing");
            let (fields, writers) = (
                serde_json::to_string(&row.fields).unwrap(),
                row.writers_text().unwrap(),
            );
            assert_eq!(Row::from_stored(&fields, &writers).unwrap(), row);
        }
    }
});
