//! The phone drop over real HTTP: a laptop with a visit, and phones that are programs.

mod limits;
mod photos;
mod support;
mod token;
