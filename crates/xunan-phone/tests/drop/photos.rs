//! Photos arrive whole and once, or not at all.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use crate::support::{self, Laptop, Phone, head, photo, until};
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use xunan_model::digest::Digest;
use xunan_phone::{Limits, PIECE_BYTES_MAX};

#[test]
fn a_photo_goes_on_where_it_was_cut_and_is_the_same_byte_for_byte() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(1)?)?;
    let bytes = photo(7, 700_000);
    let sha256 = Digest::of(&bytes);
    let reply = phone.offer(0, &bytes)?;
    ensure!(reply.json()? == json!({ "offset": 0, "done": false }));
    let reply = phone.piece(0, sha256, 0, &bytes[..PIECE_BYTES_MAX])?;
    ensure!(reply.json()? == json!({ "offset": PIECE_BYTES_MAX, "done": false }));
    // The phone was gone; it asks again, and a piece sent twice or too far ahead changes nothing.
    ensure!(phone.offer(0, &bytes)?.json()?["offset"] == PIECE_BYTES_MAX);
    let twice = phone.piece(0, sha256, 0, &bytes[..1_000])?;
    ensure!(twice.json()? == json!({ "offset": PIECE_BYTES_MAX, "done": false }));
    let ahead = phone.piece(0, sha256, 600_000, &bytes[600_000..])?;
    ensure!(ahead.json()? == json!({ "offset": PIECE_BYTES_MAX, "done": false }));
    // One that begins before and goes on after: its new part is taken.
    let over = phone.piece(0, sha256, 200_000, &bytes[200_000..300_000])?;
    ensure!(over.json()? == json!({ "offset": 300_000, "done": false }));
    ensure!(laptop.photos()?.is_empty(), "half a photo is no photo");
    ensure!(phone.send(0, &bytes)?.json()? == json!({ "offset": 700_000, "done": true }));
    let photos = laptop.photos()?;
    ensure!(photos.len() == 1);
    ensure!(laptop.original(&photos[0])? == bytes);
    let item = laptop.item(1)?;
    ensure!(photos[0].item == item.item && photos[0].facility == item.facility);
    ensure!(photos[0].name == "照片.jpg");
    ensure!(laptop.parts() == 0, "a part stays behind");
    Ok(())
}

#[test]
fn what_came_of_a_piece_before_the_link_died_is_kept() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let bytes = photo(9, 200_000);
    let sha256 = Digest::of(&bytes);
    phone.offer(0, &bytes)?;
    let path = format!("/{}/photos/{sha256}?place=0&offset=0", phone.token);
    let head = head("PUT", &path, &phone.at.to_string(), bytes.len());
    let mut stream = phone.connect()?;
    stream.write_all(head.as_bytes())?;
    stream.write_all(&bytes[..150_000])?;
    drop(stream);
    let kept = json!({ "offset": 150_000, "done": false });
    until("the part is kept", || {
        Ok(phone.offer(0, &bytes)?.json()? == kept)
    })?;
    // Too little to tell what it is: as if nothing had come.
    let other = photo(10, 100_000);
    phone.offer(0, &other)?;
    let path = format!(
        "/{}/photos/{}?place=0&offset=0",
        phone.token,
        Digest::of(&other)
    );
    let head = support::head("PUT", &path, &phone.at.to_string(), other.len());
    let mut stream = phone.connect()?;
    stream.write_all(head.as_bytes())?;
    stream.write_all(&other[..2])?;
    drop(stream);
    std::thread::sleep(Duration::from_millis(300));
    ensure!(phone.offer(0, &other)?.json()? == json!({ "offset": 0, "done": false }));
    ensure!(phone.send(0, &bytes)?.json()?["done"] == true);
    ensure!(phone.send(0, &other)?.json()?["done"] == true);
    ensure!(laptop.photos()?.len() == 2);
    Ok(())
}

#[test]
fn a_photo_sent_twice_is_one_photo_also_when_the_last_answer_was_lost() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let bytes = photo(1, 50_000);
    let sha256 = Digest::of(&bytes);
    ensure!(phone.send(0, &bytes)?.json()?["done"] == true);
    // As if the answer had not come: the last piece again, then from the start.
    ensure!(phone.piece(0, sha256, 0, &bytes)?.json()?["done"] == true);
    ensure!(phone.offer(0, &bytes)?.json()?["done"] == true);
    // Another code of the same visit has forgotten what was sent; the visit has not.
    laptop.drop.end();
    let again = Phone::scan(&laptop.open(0)?)?;
    ensure!(again.send(0, &bytes)?.json()? == json!({ "offset": 50_000, "done": true }));
    ensure!(laptop.photos()?.len() == 1);
    // For another item it is another photo.
    let elsewhere = Phone::scan(&laptop.open(2)?)?;
    ensure!(elsewhere.place()? == 1);
    ensure!(elsewhere.send(1, &bytes)?.json()?["done"] == true);
    ensure!(laptop.photos()?.len() == 2);
    Ok(())
}

#[test]
fn a_photo_belongs_where_it_was_taken_and_not_where_the_laptop_went_meanwhile() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let bytes = photo(1, 300_000);
    ensure!(phone.offer(0, &bytes)?.status == 200);
    phone.piece(0, Digest::of(&bytes), 0, &bytes[..1_000])?;
    // Closed, and opened for another item: the same token and port, another place.
    laptop.drop.close();
    ensure!(phone.connect().is_err(), "a closed code listens");
    let again = Phone::scan(&laptop.open(3)?)?;
    ensure!(again.token == phone.token && again.at == phone.at);
    let state = phone.get("state")?.json()?;
    ensure!(state["place"] == 1);
    ensure!(state["title"]["zh"] == laptop.visit.items[3].question.zh);
    ensure!(state["site"] == "示范小商店");
    ensure!(
        phone.offer(0, &bytes)?.json()?["offset"] == 1_000,
        "the part is gone"
    );
    ensure!(phone.send(0, &bytes)?.json()?["done"] == true);
    ensure!(laptop.photos()?[0].item == laptop.item(0)?.item);
    Ok(())
}

#[test]
fn bytes_that_are_not_the_announced_ones_are_never_a_photo() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let bytes = photo(1, 10_000);
    let sha256 = Digest::of(&bytes);
    let mut flipped = bytes.clone();
    flipped[9_000] ^= 1;
    phone.offer(0, &bytes)?;
    ensure!(phone.piece(0, sha256, 0, &flipped)?.refused()? == "wrong_digest");
    ensure!(laptop.photos()?.is_empty() && laptop.parts() == 0);
    // More than was announced.
    phone.offer(0, &bytes)?;
    let more = [&bytes[..], b"more"].concat();
    ensure!(phone.piece(0, sha256, 0, &more)?.refused()? == "wrong_digest");
    // Sent again as they are, they are taken.
    ensure!(phone.send(0, &bytes)?.json()?["done"] == true);
    Ok(())
}

#[test]
fn what_is_no_photo_or_too_large_is_refused_before_it_is_sent() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let video = [b"\0\0\0\x18ftypmp42".as_slice(), &[0; 500_000]].concat();
    ensure!(phone.offer(0, &video)?.status == 200);
    let refused = phone.piece(0, Digest::of(&video), 0, &video[..PIECE_BYTES_MAX])?;
    ensure!(refused.refused()? == "not_an_image");
    ensure!(laptop.parts() == 0);
    let large = phone.offer_as(0, Digest::of(b"large"), (64 << 20) + 1)?;
    ensure!(large.refused()? == "too_large");
    ensure!(phone.offer_as(0, Digest::of(b""), 0)?.refused()? == "empty");
    ensure!(phone.offer_as(9, Digest::of(b"x"), 9)?.refused()? == "unknown");
    ensure!(phone.piece(0, Digest::of(b"x"), 0, b"x")?.refused()? == "unknown");
    let piece = vec![0; PIECE_BYTES_MAX + 1];
    let reply = phone.piece(0, Digest::of(&video), 0, &piece)?;
    ensure!(reply.refused()? == "too_large", "{reply:?}");
    ensure!(laptop.photos()?.is_empty());
    Ok(())
}

#[test]
fn what_cannot_be_kept_is_never_called_saved() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let bytes = photo(1, 10_000);
    phone.offer(0, &bytes)?;
    phone.piece(0, Digest::of(&bytes), 0, &bytes[..9_000])?;
    // The visit ends before the last piece: the core refuses the photo.
    laptop.finish()?;
    let last = phone.piece(0, Digest::of(&bytes), 9_000, &bytes[9_000..])?;
    ensure!(last.refused()? == "finished", "{last:?}");
    ensure!(laptop.photos()?.is_empty());
    let view = laptop.drop.status()?.context("closed")?;
    ensure!(view.saved == 0 && view.photos[0].refused.is_some());
    ensure!(laptop.open(0).is_err(), "a finished visit shows no code");
    Ok(())
}

#[test]
fn a_phone_hears_saved_when_the_photo_is_in_the_visit() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    for seed in 0..20 {
        let bytes = photo(seed, 200_000);
        ensure!(phone.send(0, &bytes)?.json()?["done"] == true);
        let sha256 = Digest::of(&bytes);
        let photos = laptop.photos()?;
        ensure!(
            photos.iter().any(|photo| photo.original.sha256 == sha256),
            "photo {seed} was called saved and is not there"
        );
    }
    Ok(())
}

#[test]
fn two_phones_at_once_lose_and_double_nothing() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let view = laptop.open(0)?;
    // Two photos of their own each, and one that both send.
    let sent: Vec<Vec<u8>> = (0..5).map(|seed| photo(seed, 900_000)).collect();
    std::thread::scope(|scope| {
        let phones = [[0, 1, 4], [4, 2, 3]].map(|own| {
            let (view, sent) = (&view, &sent);
            scope.spawn(move || -> Result<()> {
                let phone = Phone::scan(view)?;
                for at in own {
                    let last = phone.send(0, &sent[at])?;
                    ensure!(last.json()?["done"] == true, "{last:?}");
                }
                Ok(())
            })
        });
        for phone in phones {
            phone.join().map_err(|_| anyhow::anyhow!("panicked"))??;
        }
        anyhow::Ok(())
    })?;
    let digests: Vec<Digest> = laptop
        .photos()?
        .iter()
        .map(|photo| photo.original.sha256)
        .collect();
    ensure!(digests.len() == 5, "{digests:?}");
    let wanted: BTreeSet<Digest> = sent.iter().map(|bytes| Digest::of(bytes)).collect();
    ensure!(digests.into_iter().collect::<BTreeSet<_>>() == wanted);
    let view = laptop.drop.status()?.context("closed")?;
    ensure!(view.saved == 5 && view.coming == 0);
    Ok(())
}

#[test]
fn a_clock_that_is_wrong_is_told_to_the_laptop() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let ahead = xunan_platform::now_ms() + 600_000;
    phone.get(&format!("state?clock={ahead}"))?;
    let view = laptop.drop.status()?.context("closed")?;
    ensure!(view.phones.len() == 1);
    ensure!(
        (595..=600).contains(&view.phones[0].skew_s),
        "{:?}",
        view.phones
    );
    Ok(())
}
