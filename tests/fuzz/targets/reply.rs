//! What a server, or somebody in its place, answers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xunan_model::pack;
use xunan_model::wire::{ApiFault, BlobTold, Enrolled, SyncReply};

fuzz_target!(|data: &[u8]| {
    let Some((first, body)) = data.split_first() else {
        return;
    };
    match first % 6 {
        0 => drop(serde_json::from_slice::<BlobTold>(body)),
        1 => drop(serde_json::from_slice::<ApiFault>(body)),
        2 => drop(serde_json::from_slice::<Enrolled>(body)),
        coding => {
            let coding = [None, Some(pack::CODING), Some(pack::CODING_PLAIN)][usize::from(coding - 3)];
            let Ok(reply) = pack::unpack::<SyncReply>(coding, body) else {
                return;
            };
            for pulled in reply.pulled.iter().flat_map(|scope| &scope.changes) {
                let _ = pulled.raw.read();
            }
        }
    }
});
