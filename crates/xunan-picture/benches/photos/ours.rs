//! What the program does with a photo, and the same with the crate `image` alone.

use std::fs;
use std::hint::black_box;
use std::io::Cursor;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageReader};
use sha2::{Digest as _, Sha256};
use xunan_picture::{EVIDENCE_PIXELS, Kind, THUMB_PIXELS, camera, evidence, taken_words, thumb};

use crate::Measured;

/// Takes the photos in, again and again; runs in a process of its own.
pub(crate) fn measure(what: &str, rounds: usize, files: &[String]) -> Result<Measured> {
    let work: fn(&[u8]) -> Result<()> = match what {
        "seen" => seen,
        "copied" => copied,
        "both" => |bytes| seen(bytes).and_then(|()| copied(bytes)),
        "image" => by_image,
        other => bail!("nothing is called `{other}`"),
    };
    let photos: Vec<Vec<u8>> = files.iter().map(fs::read).collect::<Result<_, _>>()?;
    let base = peak_kib()?;
    photos.iter().try_for_each(|photo| work(photo))?;
    let first_kib = peak_kib()? - base;
    let mut ms = vec![Vec::new(); photos.len()];
    let begun = cpu_ms()?;
    for _ in 0..rounds {
        for (photo, took) in photos.iter().zip(&mut ms) {
            let start = Instant::now();
            work(photo)?;
            took.push(start.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of rounds")]
    let times = (rounds * photos.len()) as f64;
    Ok(Measured {
        ms,
        cpu_ms: (cpu_ms()? - begun) / times,
        first_kib,
        peak_kib: peak_kib()? - base,
    })
}

/// Until a photo is seen in its list (`photo_add`).
fn seen(bytes: &[u8]) -> Result<()> {
    Kind::of(bytes).context("no picture")?;
    digest(bytes);
    let thumb = thumb(bytes)?;
    digest(&thumb.jpeg);
    black_box((taken_words(bytes), camera(bytes)));
    Ok(())
}

/// What follows in the background (`photo_copies`).
fn copied(bytes: &[u8]) -> Result<()> {
    let evidence = evidence(bytes)?;
    digest(&evidence.jpeg);
    black_box(evidence.look);
    Ok(())
}

/// Both copies as one would make them without thinking.
fn by_image(bytes: &[u8]) -> Result<()> {
    digest(bytes);
    let mut decoder = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()?
        .into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    for pixels in [EVIDENCE_PIXELS, THUMB_PIXELS] {
        let copy = picture.resize(pixels, pixels, FilterType::Lanczos3);
        let mut jpeg = Vec::new();
        copy.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 80))?;
        digest(&jpeg);
    }
    Ok(())
}

fn digest(bytes: &[u8]) {
    black_box(Sha256::digest(bytes));
}

fn peak_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kib.context("no VmHWM")?.parse()?)
}

/// Of this process, whose only thread does the work.
fn cpu_ms() -> Result<f64> {
    let said = fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: f64 = said.split(' ').next().context("no times")?.parse()?;
    Ok(nanoseconds / 1e6)
}
