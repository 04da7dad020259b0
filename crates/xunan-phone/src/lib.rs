//! The phone drop (手机传照片): photos from phones beside the laptop, without the Internet and with
//! nothing installed on the phone.
//!
//! While its QR code is shown the laptop answers one page and takes photos on the local network.
//! [`PhoneDrop`] is the handle: `open` shows a code for one visit, `close` stops listening, `end`
//! forgets the code.
//! **Invariant: the only thing that listens on a laptop, and only while a code is shown.**
//! **Invariant: without the code's token nothing is answered but an empty 404.**
//! **Invariant: a phone hears that a photo is saved after `App::photo_add` returned.**
#![warn(missing_docs)]

mod address;
mod door;
mod drop;
mod http;
mod intake;
mod limits;
mod listen;
mod place;
mod qr;
mod session;
mod token;
mod tries;
pub mod view;

pub use drop::{Page, PhoneDrop};
pub use limits::{Config, Limits, PIECE_BYTES_MAX};
pub use qr::draw as draw_qr;
