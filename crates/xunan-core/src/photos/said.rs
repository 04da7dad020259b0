//! What people say about a photo: what it proves, where it was, what to look at. And the photos of
//! earlier visits to hold it against.

use anyhow::{Context as _, Result};
use xunan_model::fault::{Code, Fault, check_length};
use xunan_model::finding::Finding;
use xunan_model::id::{PhotoId, SiteId};
use xunan_model::inspection::Inspection;
use xunan_model::party::Site;
use xunan_model::photo::mark::{Mark, check_marks};
use xunan_model::photo::place::{Point, Position};
use xunan_model::photo::{PROVES_CHARS_MAX, Photo};

use super::{load, shown};
use crate::app::App;
use crate::inspections::{load as load_visit, load_open};
use crate::sites;
use crate::store::record;
use crate::view::PhotoView;

/// How many photos of earlier visits are shown beside one.
const BEFORE_MAX: usize = 20;

impl App {
    /// What a photo proves, in a person's words.
    ///
    /// # Errors
    /// `not_found`, `inspection_finished`, `text_too_long`.
    pub fn photo_prove(&self, id: PhotoId, proves: &str) -> Result<PhotoView> {
        check_length(proves, PROVES_CHARS_MAX, "proves")?;
        self.photo_say(id, |photo| proves.trim().clone_into(&mut photo.proves))
    }

    /// What is drawn over a photo, as a whole.
    ///
    /// # Errors
    /// `not_found`, `inspection_finished`, and what [`check_marks`] refuses.
    pub fn photo_mark(&self, id: PhotoId, marks: Vec<Mark>) -> Result<PhotoView> {
        check_marks(&marks)?;
        self.photo_say(id, |photo| photo.marks = marks)
    }

    /// Where a photo was taken, as somebody says; `None` takes it back. What the camera wrote stays.
    ///
    /// # Errors
    /// `not_found`, `inspection_finished`, `place_invalid`, `text_too_long`.
    pub fn photo_place(&self, id: PhotoId, position: Option<Position>) -> Result<PhotoView> {
        position.as_ref().map_or(Ok(()), Position::check)?;
        self.photo_say(id, |photo| photo.position = position)
    }

    /// Where a site is, e.g. by a photo that was taken there.
    ///
    /// # Errors
    /// `not_found`, `place_invalid`.
    pub fn site_place(&self, id: SiteId, point: Point) -> Result<()> {
        point.check()?;
        self.write(|tx| {
            let mut site: Site =
                record::get(tx.conn(), id.0)?.context(Fault::new(Code::NotFound, "not_found"))?;
            site.point = Some(point);
            tx.put(&site)
        })
    }

    fn photo_say(&self, id: PhotoId, say: impl FnOnce(&mut Photo)) -> Result<PhotoView> {
        self.write(|tx| {
            let mut photo = load(tx.conn(), id)?;
            load_open(tx.conn(), photo.inspection)?;
            say(&mut photo);
            tx.put(&photo)
        })?;
        self.photo_get(id)
    }

    /// Photos of the same thing at the same site from earlier visits, the latest first, at most 20: of the
    /// same item and facility, or, for a photo of neither item nor finding, of neither.
    ///
    /// # Errors
    /// `not_found`.
    pub fn photo_before(&self, id: PhotoId) -> Result<Vec<PhotoView>> {
        let places = self.sites()?;
        self.read(|conn| {
            let photo = load(conn, id)?;
            let visit = load_visit(conn, photo.inspection)?;
            let names = sites::person_names(conn)?;
            let subject = |photo: &Photo| -> Result<Option<String>> {
                let finding: Option<Finding> = match photo.finding {
                    Some(id) => record::get(conn, id.0)?,
                    None => None,
                };
                Ok(photo.item.clone().or_else(|| finding?.item))
            };
            let wanted = (subject(&photo)?, photo.facility.clone());
            let mut visits: Vec<Inspection> = record::all(conn)?;
            visits.retain(|other| {
                let same = places.same(other.site, visit.site);
                same && other.id != visit.id && other.begun < visit.begun
            });
            visits.sort_by_key(|visit| std::cmp::Reverse(visit.begun));
            let mut before = Vec::new();
            for visit in visits {
                let photos: Vec<Photo> = record::of_inspection(conn, visit.id.0)?;
                let mut same = Vec::new();
                for photo in photos {
                    if (subject(&photo)?, photo.facility.clone()) == wanted {
                        same.push(photo.id.to_string());
                    }
                }
                let views = shown::of_visit(conn, &self.shared.blobs, visit.id, &names)?;
                before.extend(views.into_iter().filter(|view| same.contains(&view.id)));
                if before.len() >= BEFORE_MAX {
                    break;
                }
            }
            before.truncate(BEFORE_MAX);
            Ok(before)
        })
    }
}
