//! A stamped copy (水印照片): for showing and handing out. The original stays as it is.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, FixedOffset, Utc};
use xunan_model::fault::{Code, Fault};
use xunan_model::id::PhotoId;
use xunan_model::party::{Office, Site};
use xunan_model::photo::place::Point;
use xunan_model::photo::{Camera, Photo};
use xunan_picture::{EVIDENCE_PIXELS, Picture, StampError, Told, encode_small, stamp, with_exif};

use super::{load, shown};
use crate::app::App;
use crate::inspections::load as load_visit;
use crate::store::record;
use crate::view::{PhotoView, SavedFile};
use crate::{findings, saved};

/// A copy for people, where a few kilobytes do not matter.
const QUALITY: f32 = 88.0;

impl App {
    /// Writes a copy of a photo into `folder` that bears the authority, the time, the place, the inspector,
    /// the finding's number and the first digits of the original's digest.
    ///
    /// # Errors
    /// `not_found`; `photo_not_shown` when it cannot be decoded, `photo_elsewhere` when neither original
    /// nor evidence copy is here, `fonts_missing`, `save_failed`, `disk_full`.
    pub fn photo_stamp(&self, id: PhotoId, folder: &Path) -> Result<SavedFile> {
        let (photo, view, words) = self.read(|conn| {
            let photo = load(conn, id)?;
            let view = shown::one(conn, &self.shared.blobs, photo.clone())?;
            let visit = load_visit(conn, photo.inspection)?;
            let office: Option<Office> = record::get(conn, visit.office.0)?;
            let site: Option<Site> = record::get(conn, visit.site.0)?;
            let found = findings::of_visit(conn, photo.inspection)?;
            let finding = photo.finding;
            let number = found.iter().position(|one| Some(one.id) == finding);
            let words = lines(
                &photo,
                &view,
                &office.map(|office| office.name).unwrap_or_default(),
                site.as_ref(),
                number.map(|number| number + 1),
            );
            Ok((photo, view, words))
        })?;
        let source = [Some(&photo.original), photo.evidence.as_ref()];
        let here = source
            .into_iter()
            .flatten()
            .find(|blob| self.shared.blobs.len(blob.sha256).is_some());
        let here = here.context(Fault::new(Code::NotFound, "photo_elsewhere"))?;
        let bytes = self.shared.blobs.read_all(here.sha256)?;
        let mut picture = Picture::decode(&bytes, EVIDENCE_PIXELS)
            .context(Fault::new(Code::Invalid, "photo_not_shown"))?;
        stamp(&mut picture.pixels, &words).map_err(|error| match error {
            StampError::NoFont(_) => {
                anyhow::Error::from(error).context(Fault::new(Code::Internal, "fonts_missing"))
            }
            StampError::TooSmall => {
                anyhow::Error::from(error).context(Fault::new(Code::Invalid, "photo_too_small"))
            }
        })?;
        let jpeg = encode_small(&picture.pixels, QUALITY, picture.profile.as_deref())?;
        let taken = photo.camera.as_ref().and_then(|camera| camera.taken);
        let told = Told {
            proves: words.join("\n"),
            by: view.by.clone(),
            program: format!("Xun'an {}", env!("CARGO_PKG_VERSION")),
            original: format!("original sha256 {}", photo.original.sha256),
            taken: taken.map(|taken| taken.format("%Y:%m:%d %H:%M:%S").to_string()),
            added: photo.added,
            point: photo.point(),
        };
        let short = &photo.original.sha256.to_string()[..8];
        let name = format!("照片{}-{short}-水印.jpg", view.number);
        let path = saved::save_new(folder, &name, &with_exif(&jpeg, &told)?)?;
        Ok(SavedFile {
            path: path.display().to_string(),
            left_out: None,
        })
    }
}

fn lines(
    photo: &Photo,
    view: &PhotoView,
    office: &str,
    site: Option<&Site>,
    finding: Option<usize>,
) -> Vec<String> {
    let camera = photo.camera.as_ref().and_then(Camera::taken_at);
    let time = match camera {
        Some(taken) => format!("{}（相机）  {}（录入）", minute(taken), minute(photo.added)),
        None => format!("{}（录入，相机未记时间）", minute(photo.added)),
    };
    let mut place = Vec::new();
    if let Some(site) = site {
        place.push(site.name.clone());
    }
    if let Some(said) = photo
        .position
        .as_ref()
        .filter(|said| !said.words.is_empty())
    {
        place.push(said.words.clone());
    }
    let by_camera = photo
        .position
        .as_ref()
        .and_then(|said| said.point)
        .is_none();
    if let Some(point) = photo.point() {
        let source = if by_camera { "（相机定位）" } else { "" };
        place.push(format!("{}{source}", degrees(point)));
    }
    let number = finding.map_or_else(String::new, |number| format!("隐患 {number}  "));
    let short = &photo.original.sha256.to_string()[..8];
    vec![
        office.to_owned(),
        time,
        place.join("  "),
        format!("检查人员 {}  {number}照片 {}", view.by, view.number),
        format!("原件校验码 {short}"),
    ]
}

fn minute(at: DateTime<Utc>) -> String {
    let china = FixedOffset::east_opt(8 * 3_600);
    china.map_or_else(
        || at.to_rfc3339(),
        |china| {
            at.with_timezone(&china)
                .format("%Y-%m-%d %H:%M")
                .to_string()
        },
    )
}

fn degrees(point: Point) -> String {
    let (lat, lon) = point.degrees();
    let side = |degrees: f64, positive, negative| if degrees < 0.0 { negative } else { positive };
    format!(
        "{:.6}°{} {:.6}°{}",
        lat.abs(),
        side(lat, "N", "S"),
        lon.abs(),
        side(lon, "E", "W")
    )
}
