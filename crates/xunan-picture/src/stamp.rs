//! Words over a picture (水印): on a copy that is made for taking away, never on the original.

use cosmic_text::{Attrs, Buffer, Color, Family, FontSystem, Metrics, Shaping, SwashCache};
use image::{Rgb, RgbImage};

/// Words are that much of the picture's shorter side, and at least legible.
const WORDS_SHARE: f32 = 0.028;
const WORDS_PIXELS_MIN: f32 = 14.0;

/// Why a picture was not stamped.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum StampError {
    /// The system has no font for some of the words: boxes in their place would prove nothing.
    #[error("no font for {0:?}")]
    NoFont(String),
    /// The picture is too small to hold the words.
    #[error("the picture is too small")]
    TooSmall,
}

/// Writes `lines` in white on a dark band at the picture's lower edge, in the system's fonts.
///
/// # Errors
/// See [`StampError`]; the picture is unchanged then.
pub fn stamp(picture: &mut RgbImage, lines: &[String]) -> Result<(), StampError> {
    let (width, height) = picture.dimensions();
    #[expect(clippy::cast_precision_loss, reason = "a picture's side")]
    let (across, down) = (width as f32, height as f32);
    let words = (across.min(down) * WORDS_SHARE).max(WORDS_PIXELS_MIN);
    let margin = words * 0.7;
    let mut fonts = FontSystem::new();
    let mut buffer = Buffer::new(&mut fonts, Metrics::new(words, words * 1.4));
    buffer.set_size(Some(across - 2.0 * margin), None);
    let attributes = Attrs::new().family(Family::SansSerif);
    buffer.set_text(&lines.join("\n"), &attributes, Shaping::Advanced, None);
    buffer.shape_until_scroll(&mut fonts, false);

    let mut band = 2.0 * margin;
    for run in buffer.layout_runs() {
        band += run.line_height;
        if let Some(glyph) = run.glyphs.iter().find(|glyph| glyph.glyph_id == 0) {
            return Err(StampError::NoFont(
                run.text[glyph.start..glyph.end].to_owned(),
            ));
        }
    }
    if band > down {
        return Err(StampError::TooSmall);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the picture"
    )]
    let top = (down - band) as u32;
    for y in top..height {
        for x in 0..width {
            let Rgb(colours) = picture.get_pixel_mut(x, y);
            *colours = colours.map(|colour| colour / 3);
        }
    }
    let mut cache = SwashCache::new();
    #[expect(clippy::cast_possible_truncation, reason = "within the picture")]
    let (left, upper) = (margin as i32, top as i32 + margin as i32);
    buffer.draw(
        &mut fonts,
        &mut cache,
        Color::rgb(255, 255, 255),
        |x, y, w, h, colour| {
            for (x, y) in (0..h)
                .flat_map(|down| (0..w).map(move |across| (across, down)))
                .map(|(across, down)| {
                    (
                        x + left + across.cast_signed(),
                        y + upper + down.cast_signed(),
                    )
                })
            {
                let inside = u32::try_from(x).ok().zip(u32::try_from(y).ok());
                let Some(pixel) = inside.and_then(|(x, y)| picture.get_pixel_mut_checked(x, y))
                else {
                    continue;
                };
                let alpha = u16::from(colour.a());
                let over = |below: u8| (u16::from(below) * (255 - alpha) + 255 * alpha) / 255;
                #[expect(clippy::cast_possible_truncation, reason = "a mean of two bytes")]
                let mixed = pixel.0.map(|below| over(below) as u8);
                pixel.0 = mixed;
            }
        },
    );
    Ok(())
}
