//! Photos as evidence on a real laptop: what they say, what contradicts, the list that is signed, and
//! bytes that somebody altered.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use xunan_core::view::{FileVerdict, PhotoView};
use xunan_core::{App, Install, PhotoTarget};
use xunan_model::digest::Digest;
use xunan_model::fault::Fault;
use xunan_model::id::{InspectionId, PhotoId, SiteId};
use xunan_model::photo::doubt::Doubt;
use xunan_model::photo::manifest::{SignerRole, SigningDraft};
use xunan_model::photo::mark::{Mark, MarkShape};
use xunan_model::photo::place::{Point, Position, PositionSource};
use xunan_model::photo::{PhotoSource, PhotoTrouble};
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::{photos, wait_until};

const SOON: Duration = Duration::from_secs(60);

struct World {
    folder: tempfile::TempDir,
    server: Server,
    install: Install,
    app: App,
    visit: InspectionId,
    site: SiteId,
}

fn world() -> Result<World> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let install = laptop::enrolled(&folder.path().join("one"), &server)?;
    server.stop()?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let view = laptop::begin(&app, &["fire"], 1)?;
    Ok(World {
        visit: view.row.id.parse()?,
        site: view.row.site.parse()?,
        folder,
        server,
        install,
        app,
    })
}

impl World {
    fn add(&self, name: &str, bytes: &[u8]) -> Result<PhotoView> {
        self.add_to(self.visit, name, bytes)
    }

    fn add_to(&self, inspection: InspectionId, name: &str, bytes: &[u8]) -> Result<PhotoView> {
        let target = PhotoTarget {
            inspection,
            finding: None,
            item: None,
            facility: String::new(),
            name: name.to_owned(),
            source: PhotoSource::File,
        };
        self.app.photo_add(target, bytes)
    }

    /// The photo, once it was looked at in the background.
    fn looked_at(&self, photo: &PhotoView) -> Result<PhotoView> {
        let id: PhotoId = photo.id.parse()?;
        wait_until("the evidence copy is made", SOON, || {
            Ok(self.app.photo_get(id)?.evidence.is_some())
        })?;
        self.app.photo_get(id)
    }

    fn file(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.folder
            .path()
            .join("one/blobs")
            .join(&name[..2])
            .join(name)
    }

    fn sign(&self, draft: SigningDraft) -> Result<()> {
        self.app.manifest_sign(draft).map(drop)
    }
}

fn photo_named(part: &str) -> Result<Vec<u8>> {
    let files = photos::files()?;
    let file = files
        .iter()
        .find(|file| file.display().to_string().contains(part));
    Ok(std::fs::read(file.context("no such photo")?)?)
}

fn key<T>(result: Result<T>) -> &'static str {
    let error = result
        .err()
        .and_then(|error| error.downcast::<Fault>().ok());
    error.map_or("no fault", |fault| fault.key)
}

fn flip_a_byte(file: &Path) -> Result<()> {
    let mut bytes = std::fs::read(file)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    Ok(std::fs::write(file, bytes)?)
}

#[test]
fn a_photo_is_seen_at_once_and_says_what_its_camera_wrote() -> Result<()> {
    let world = world()?;
    let photo = world.add("starfish.jpg", &photo_named("starfish")?)?;
    assert!(
        photo.thumb.is_some(),
        "seen before any copy is made in the background"
    );
    assert_eq!(
        (photo.number, photo.width, photo.height),
        (1, Some(1278), Some(720))
    );
    assert!(photo.camera.contains("Lumia 820"), "{}", photo.camera);
    // 55.0387558, 8.4571906: exiftool's reading of this file.
    let point = photo.camera_point.context("no place")?;
    assert_eq!((point.lat_e7, point.lon_e7), (550_387_558, 84_571_906));
    // The camera named no offset: China's time is taken.
    assert_eq!(photo.taken.as_deref(), Some("2013-05-10T07:21:35+00:00"));
    assert!(
        matches!(photo.doubts[..], [Doubt::TakenBefore { .. }]),
        "{:?}",
        photo.doubts
    );
    Ok(())
}

#[test]
fn a_photo_far_from_the_site_is_flagged_and_nothing_is_corrected() -> Result<()> {
    let world = world()?;
    let photo = world.add("starfish.jpg", &photo_named("starfish")?)?;
    let id: PhotoId = photo.id.parse()?;
    let lhasa = Point::of_degrees(29.65, 91.1).context("a place")?;
    world.app.site_place(world.site, lhasa)?;
    let flagged = world.app.photo_get(id)?;
    assert!(
        flagged
            .doubts
            .iter()
            .any(|doubt| matches!(doubt, Doubt::FarFromSite { metres } if *metres > 6_000_000))
    );
    let said = Position {
        source: PositionSource::Hand,
        point: Some(lhasa),
        accuracy_m: None,
        altitude_m: None,
        at: None,
        words: "罐区北侧".to_owned(),
    };
    let said = world.app.photo_place(id, Some(said))?;
    assert_eq!(said.site_metres, Some(0));
    assert_eq!(
        said.camera_point, photo.camera_point,
        "what the camera wrote stays"
    );
    assert_eq!(world.app.photo_place(id, None)?.doubts, flagged.doubts);
    Ok(())
}

#[test]
fn what_people_say_of_a_photo_is_kept_until_the_visit_ends() -> Result<()> {
    let world = world()?;
    let photo = world.add("a.jpg", &photo_named("starfish")?)?;
    let id: PhotoId = photo.id.parse()?;
    let arrow = Mark {
        shape: MarkShape::Arrow,
        x1: 100,
        y1: 200,
        x2: 5_000,
        y2: 6_000,
        text: "此处锈蚀".to_owned(),
    };
    world.app.photo_mark(id, vec![arrow.clone()])?;
    let kept = world.app.photo_prove(id, " 灭火器压力不足 ")?;
    assert_eq!(
        (kept.proves.as_str(), &kept.marks[..]),
        ("灭火器压力不足", &[arrow][..])
    );
    world.looked_at(&photo)?;
    world.app.inspection_finish(world.visit, false)?;
    assert_eq!(
        key(world.app.photo_prove(id, "别的")),
        "inspection_finished"
    );
    assert_eq!(
        key(world.app.photo_mark(id, Vec::new())),
        "inspection_finished"
    );
    assert_eq!(key(world.app.photo_place(id, None)), "inspection_finished");
    assert_eq!(world.app.photo_get(id)?.proves, "灭火器压力不足");
    Ok(())
}

#[test]
fn a_photo_used_again_at_a_later_visit_is_told() -> Result<()> {
    let world = world()?;
    let bytes = photo_named("french-alpine")?;
    let first = world.looked_at(&world.add("a.jpg", &bytes)?)?;
    let again = world.looked_at(&world.add("b.jpg", &bytes)?)?;
    let twin = |photo: &PhotoView| {
        photo.doubts.iter().find_map(|doubt| match doubt {
            Doubt::Twin { photo } => Some(photo.clone()),
            _ => None,
        })
    };
    assert_eq!(twin(&again), None, "within a visit one takes several");
    let next: InspectionId = laptop::begin(&world.app, &["fire"], 1)?.row.id.parse()?;
    // Sent through a messenger: smaller, other bytes, the same picture.
    let picture = image::load_from_memory(&bytes)?
        .thumbnail(800, 800)
        .into_rgb8();
    let sent = xunan_picture::encode_small(&picture, 70.0, None)?;
    let reused = world.looked_at(&world.add_to(next, "c.jpg", &sent)?)?;
    let twin = twin(&reused).context("not noticed")?;
    assert!([&first.id, &again.id].contains(&&twin));
    let other = world.looked_at(&world.add_to(next, "d.jpg", &photo_named("locomotion")?)?)?;
    assert!(
        !other
            .doubts
            .iter()
            .any(|doubt| matches!(doubt, Doubt::Twin { .. }))
    );
    Ok(())
}

#[test]
fn the_last_visits_photo_is_found_beside_this_one() -> Result<()> {
    let world = world()?;
    let old = world.looked_at(&world.add("old.jpg", &photo_named("starfish")?)?)?;
    world.app.inspection_finish(world.visit, false)?;
    let next: InspectionId = laptop::begin(&world.app, &["fire"], 1)?.row.id.parse()?;
    let new = world.add_to(next, "new.jpg", &photo_named("house-cat")?)?;
    let before = world.app.photo_before(new.id.parse()?)?;
    assert_eq!(
        before.iter().map(|photo| &photo.id).collect::<Vec<_>>(),
        [&old.id]
    );
    assert!(world.app.photo_before(old.id.parse()?)?.is_empty());
    Ok(())
}

#[test]
fn only_the_list_that_was_shown_is_signed_and_a_later_photo_is_seen() -> Result<()> {
    let world = world()?;
    world.add("a.jpg", &photo_named("starfish")?)?;
    let shown = world.app.photo_manifest(world.visit)?;
    let draft = SigningDraft {
        inspection: world.visit,
        manifest: Digest::parse(&shown.digest).context("no digest")?,
        name: "卓玛".to_owned(),
        role: SignerRole::InCharge,
        strokes: vec![vec![(0, 0), (500, 200)]],
        refused: String::new(),
    };
    world.sign(draft.clone())?;
    assert!(world.app.photo_manifest(world.visit)?.signings[0].same);
    world.add("b.jpg", &photo_named("house-cat")?)?;
    let list = world.app.photo_manifest(world.visit)?;
    assert_eq!(
        (
            list.rows.len(),
            list.signings[0].photos,
            list.signings[0].same
        ),
        (2, 1, false)
    );
    assert_eq!(key(world.sign(draft)), "manifest_changed");
    Ok(())
}

#[test]
fn one_altered_byte_is_found_in_exactly_that_photo_and_the_server_gives_it_back() -> Result<()> {
    let mut world = world()?;
    let mut all = Vec::new();
    for part in ["starfish", "house-cat", "acanthus"] {
        all.push(world.looked_at(&world.add(part, &photo_named(part)?)?)?);
    }
    flip_a_byte(&world.file(all[1].original.sha256))?;
    let verdicts = |world: &World| -> Result<Vec<(FileVerdict, FileVerdict)>> {
        all.iter()
            .map(|photo| {
                let verdict = world.app.photo_verify(photo.id.parse()?)?;
                Ok((verdict.original, verdict.copies))
            })
            .collect()
    };
    let whole = (FileVerdict::Whole, FileVerdict::Whole);
    let altered = (FileVerdict::Altered, FileVerdict::Whole);
    assert_eq!(verdicts(&world)?, [whole, altered, whole]);
    let id: PhotoId = all[1].id.parse()?;
    assert_eq!(key(world.app.photo_restore(id)), "original_only_here");
    assert!(
        world.file(all[1].original.sha256).exists(),
        "the only bytes there are stay"
    );

    std::fs::write(
        world.file(all[1].original.sha256),
        photo_named("house-cat")?,
    )?;
    world.server.start()?;
    world.install.sync_now();
    laptop::wait_sent(&world.install, SOON)?;
    flip_a_byte(&world.file(all[1].original.sha256))?;
    std::fs::remove_file(world.file(all[2].evidence.as_ref().context("a copy")?.sha256))?;
    world.app.photo_restore(id)?;
    wait_until("the original is back", SOON, || {
        Ok(world.app.photo_get(id)?.here)
    })?;
    let elsewhere = (FileVerdict::Whole, FileVerdict::Elsewhere);
    assert_eq!(verdicts(&world)?, [whole, whole, elsewhere]);
    world.app.photo_restore(all[2].id.parse()?)?;
    wait_until("the copy is back", SOON, || {
        Ok(verdicts(&world)?[2] == whole)
    })?;
    let aside = world.folder.path().join("one/blobs/altered");
    assert_eq!(
        std::fs::read_dir(aside)?.count(),
        1,
        "what was altered is kept"
    );
    Ok(())
}

#[test]
fn a_stamped_copy_bears_its_words_and_leaves_the_original_alone() -> Result<()> {
    let world = world()?;
    let bytes = photo_named("starfish")?;
    let photo = world.add("a.jpg", &bytes)?;
    let out = world.folder.path().join("downloads");
    let saved = world.app.photo_stamp(photo.id.parse()?, &out)?;
    let stamped = std::fs::read(&saved.path)?;
    let (before, after) = (
        image::load_from_memory(&bytes)?.into_rgb8(),
        image::load_from_memory(&stamped)?.into_rgb8(),
    );
    assert_eq!(before.dimensions(), after.dimensions());
    // The band lies below; above it the picture is as it was, but for the encoding.
    let differing = |rows: std::ops::Range<u32>| {
        let pixels = rows.flat_map(|y| (0..before.width()).map(move |x| (x, y)));
        pixels
            .filter(|(x, y)| {
                before.get_pixel(*x, *y).0[0].abs_diff(after.get_pixel(*x, *y).0[0]) > 60
            })
            .count()
    };
    assert!(differing(0..360) < 500, "{}", differing(0..360));
    assert!(differing(600..720) > 20_000);
    let camera = xunan_picture::camera(&stamped).context("no metadata")?;
    assert_eq!(Some(camera.point.context("no place")?), photo.camera_point);
    assert_eq!(std::fs::read(world.file(photo.original.sha256))?, bytes);
    if let Some(folder) = std::env::var_os("XUNAN_PICTURES") {
        std::fs::copy(&saved.path, Path::new(&folder).join("stamped.jpg"))?;
    }
    Ok(())
}

#[test]
fn what_cannot_be_shown_is_kept_and_says_why() -> Result<()> {
    let world = world()?;
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heicrest".to_vec();
    let photo = world.add("IMG_1.HEIC", &heic)?;
    assert_eq!(
        (photo.undecodable, photo.trouble),
        (true, Some(PhotoTrouble::NoDecoder))
    );
    assert_eq!(std::fs::read(world.file(photo.original.sha256))?, heic);
    let whole = photo_named("starfish")?;
    let cut = world.looked_at(&world.add("cut.jpg", &whole[..whole.len() * 2 / 3])?)?;
    assert!(cut.doubts.contains(&Doubt::CutShort), "{:?}", cut.doubts);
    Ok(())
}
