//! Photos as screens show them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::Result;
use rusqlite::Connection;
use xunan_model::id::{FindingId, InspectionId};
use xunan_model::party::Site;
use xunan_model::photo::Photo;
use xunan_model::photo::doubt::{Against, doubts};
use xunan_model::photo::manifest::in_order;

use crate::blob::BlobStore;
use crate::store::{query, record};
use crate::view::PhotoView;
use crate::{joining, sites};

/// One photo.
pub(crate) fn one(conn: &Connection, blobs: &BlobStore, photo: Photo) -> Result<PhotoView> {
    let names = sites::person_names(conn)?;
    let against = against(conn, photo.inspection)?;
    // Of the others only when they came in is read: a visit may have thousands.
    let all = query::photos_added(conn, photo.inspection)?;
    let own = (photo.added, photo.id);
    let number = 1 + all.iter().filter(|other| **other < own).count();
    view(conn, photo, number, blobs, &names, against.as_ref())
}

/// The photos of a visit, in the order in which they came in.
pub(crate) fn of_visit(
    conn: &Connection,
    blobs: &BlobStore,
    inspection: InspectionId,
    names: &BTreeMap<String, String>,
) -> Result<Vec<PhotoView>> {
    let photos: Vec<Photo> = record::of_inspection(conn, inspection.0)?;
    let against = against(conn, inspection)?;
    views(conn, blobs, photos, names, against.as_ref())
}

/// The photos of a finding, from whichever visits, in the order in which they came in.
pub(crate) fn of_finding(
    conn: &Connection,
    blobs: &BlobStore,
    finding: FindingId,
) -> Result<Vec<PhotoView>> {
    let mut photos: Vec<Photo> = record::of_finding(conn, finding.0)?;
    in_order(&mut photos);
    let names = sites::person_names(conn)?;
    // What is the same for all photos of a visit is read once: it may have thousands.
    let mut visits = BTreeMap::new();
    let mut shown = Vec::with_capacity(photos.len());
    for photo in photos {
        let (numbers, against) = match visits.entry(photo.inspection) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let mut all = query::photos_added(conn, photo.inspection)?;
                all.sort_unstable();
                unknown.insert((all, against(conn, photo.inspection)?))
            }
        };
        let own = (photo.added, photo.id);
        let number = 1 + numbers.partition_point(|other| *other < own);
        shown.push(view(conn, photo, number, blobs, &names, against.as_ref())?);
    }
    Ok(shown)
}

/// All photos of one visit, in the order in which they came in.
pub(crate) fn views(
    conn: &Connection,
    blobs: &BlobStore,
    mut photos: Vec<Photo>,
    names: &BTreeMap<String, String>,
    against: Option<&Against>,
) -> Result<Vec<PhotoView>> {
    in_order(&mut photos);
    let numbered = photos.into_iter().zip(1..);
    numbered
        .map(|(photo, number)| view(conn, photo, number, blobs, names, against))
        .collect()
}

/// What the photos of a visit are held against; `None` while its record has not arrived.
fn against(conn: &Connection, inspection: InspectionId) -> Result<Option<Against>> {
    let Some(visit) = joining::of(conn, inspection)? else {
        return Ok(None);
    };
    let site: Option<Site> = record::get(conn, visit.site.0)?;
    Ok(Some(Against {
        begun: visit.begun,
        site: site.and_then(|site| site.point),
    }))
}

fn view(
    conn: &Connection,
    photo: Photo,
    number: usize,
    blobs: &BlobStore,
    names: &BTreeMap<String, String>,
    against: Option<&Against>,
) -> Result<PhotoView> {
    let here = blobs.len(photo.original.sha256).is_some();
    let site_metres = photo.point().zip(against.and_then(|against| against.site));
    let doubts = against.map_or_else(Vec::new, |against| doubts(&photo, *against));
    let camera = photo.camera.unwrap_or_default();
    let taken = camera.taken_at().map(|at| at.to_rfc3339());
    Ok(PhotoView {
        coming: !here && query::wanted(conn, photo.original.sha256)?,
        id: photo.id.to_string(),
        inspection: photo.inspection.to_string(),
        number,
        finding: photo.finding.map(|id| id.to_string()),
        item: photo.item,
        facility: photo.facility,
        name: photo.name,
        here,
        // A copy that others made and that has not been fetched yet cannot be shown yet.
        evidence: photo
            .evidence
            .filter(|blob| blobs.len(blob.sha256).is_some()),
        thumb: photo.thumb.filter(|blob| blobs.len(blob.sha256).is_some()),
        original: photo.original,
        width: photo.width,
        height: photo.height,
        taken: taken.or(photo.taken),
        added: photo.added.to_rfc3339(),
        by: names
            .get(&photo.by.to_string())
            .cloned()
            .unwrap_or_default(),
        source: photo.source,
        // Many makers write their name into the model too.
        camera: match camera.model.starts_with(&camera.make) {
            true => camera.model,
            false => format!("{} {}", camera.make, camera.model),
        },
        camera_point: camera.point,
        camera_accuracy_m: camera.accuracy_m,
        direction_deg: camera.direction_deg,
        altitude_m: camera.altitude_m,
        position: photo.position,
        site_metres: site_metres.map(|(here, site)| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most half the earth's girth"
            )]
            let metres = here.metres_to(site).round() as u32;
            metres
        }),
        clock_ahead_s: photo.clock.map(|clock| clock.ahead_ms / 1_000),
        proves: photo.proves,
        marks: photo.marks,
        doubts,
        undecodable: photo.undecodable,
        trouble: photo.trouble,
    })
}
