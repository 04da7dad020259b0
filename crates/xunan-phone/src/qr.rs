//! The QR code, as a drawing.

use anyhow::{Context as _, Result};
use qrcodegen::{QrCode, QrCodeEcc};

use crate::view::PhoneQr;

/// The code for an address or a short text: each dark run of a line is one rectangle of an SVG path.
///
/// # Errors
/// When it is too long for a code.
pub fn draw(url: &str) -> Result<PhoneQr> {
    use std::fmt::Write as _;
    let code = QrCode::encode_text(url, QrCodeEcc::Medium).context("the QR code")?;
    let side = code.size();
    let mut path = String::new();
    for y in 0..side {
        let mut x = 0;
        while x < side {
            let run = (x..side).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run)?;
            if run > 0 {
                write!(path, "M{x} {y}h{run}v1h-{run}z")?;
            }
            x += run + 1;
        }
    }
    Ok(PhoneQr { side, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_has_the_three_corners_of_a_code() {
        let qr = draw("http://192.168.137.1:8724/AAAAAAAAAAAAAAAAAAAAAA/").unwrap();
        assert!(qr.path.starts_with("M0 0h7v1h-7z"), "{}", qr.path);
        let last = qr.side - 7;
        assert!(qr.path.contains(&format!("M{last} 0h7v1h-7z")));
        assert!(qr.path.contains(&format!("M0 {last}h7v1h-7z")));
    }
}
