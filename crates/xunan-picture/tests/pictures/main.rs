//! What is done with pictures, proved on files that others made: photographs, damage, lies.

mod corpora;
mod corpus;
mod hostile;
mod told;
