//! What is done with pictures, proved on files that others made: photographs, damage, lies.
#![expect(clippy::unwrap_used, reason = "a broken step must show where")]
#![expect(clippy::print_stdout, reason = "what a process held is worth a look")]

mod corpora;
mod corpus;
mod hostile;
mod told;
