//! The life of a finding: stories, guards, contradictions, and every way through the table.
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop at what it did not expect"
)]

#[path = "life/contradictions.rs"]
mod contradictions;
#[path = "life/counted.rs"]
mod counted;
#[path = "life/document.rs"]
mod document;
#[path = "life/due.rs"]
mod due;
#[path = "life/explore.rs"]
mod explore;
#[path = "life/guards.rs"]
mod guards;
#[path = "life/merging.rs"]
mod merging;
#[path = "life/stories.rs"]
mod stories;
#[path = "life/support.rs"]
mod support;
