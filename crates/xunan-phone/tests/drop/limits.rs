//! Nobody on the network takes the laptop's disk, memory or patience.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use crate::support::{Laptop, Phone, config, head, photo, until};
use anyhow::{Result, ensure};
use xunan_model::digest::Digest;
use xunan_phone::Limits;

/// How long the laptop keeps a connection that sends `begun` and then nothing.
fn kept(phone: &Phone, begun: &str) -> Result<Duration> {
    let mut stream = phone.connect()?;
    stream.write_all(begun.as_bytes())?;
    let start = Instant::now();
    let mut rest = Vec::new();
    // Closed or reset: either way it is over.
    let _ = stream.read_to_end(&mut rest);
    Ok(start.elapsed())
}

#[test]
fn who_sends_slowly_or_nothing_is_dropped() -> Result<()> {
    let limits = Limits {
        head_ms: 500,
        request_ms: 700,
        connection_ms: 8_000,
        ..Limits::default()
    };
    let laptop = Laptop::new(limits)?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let body = head(
        "POST",
        &format!("/{}/photos", phone.token),
        &phone.at.to_string(),
        1_000,
    );
    let body = body.replace("Connection: close\r\n", "");
    for begun in ["", "GET / HT", &body] {
        let kept = kept(&phone, begun)?;
        ensure!(kept < Duration::from_secs(5), "{begun:?}: {kept:?}");
    }
    // Drop by drop, each within the patience: the connection's own end comes.
    let mut stream = phone.connect()?;
    let start = Instant::now();
    stream.write_all(b"GET /")?;
    while stream.write_all(b"a").is_ok() && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(100));
    }
    ensure!(start.elapsed() < Duration::from_secs(15));
    ensure!(phone.get("state")?.status == 200, "others are served");
    Ok(())
}

#[test]
fn one_address_holds_no_more_than_its_connections() -> Result<()> {
    let limits = Limits {
        address_connections_max: 3,
        ..Limits::default()
    };
    let laptop = Laptop::new(limits)?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let held: Vec<_> = (0..3).map(|_| phone.connect()).collect::<Result<_>>()?;
    ensure!(phone.get("state").is_err(), "a fourth is answered");
    drop(held);
    until("what was let go is free", || Ok(phone.get("state").is_ok()))
}

#[test]
fn a_token_takes_so_many_photos_and_bytes_and_no_more() -> Result<()> {
    let limits = Limits {
        photos_max: 2,
        bytes_max: 10_000,
        ..Limits::default()
    };
    let laptop = Laptop::new(limits)?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    ensure!(phone.offer(0, &photo(0, 10_001))?.refused()? == "too_many");
    ensure!(phone.send(0, &photo(1, 1_000))?.status == 200);
    ensure!(phone.send(0, &photo(2, 1_000))?.status == 200);
    ensure!(phone.send(0, &photo(3, 1_000))?.refused()? == "too_many");
    ensure!(laptop.photos()?.len() == 2);
    Ok(())
}

#[test]
fn parts_that_nobody_sends_any_more_make_room() -> Result<()> {
    let limits = Limits {
        parts_max: 2,
        part_idle_ms: 2_000,
        ..Limits::default()
    };
    let laptop = Laptop::new(limits)?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let left = photo(1, 1_000);
    ensure!(phone.offer(0, &left)?.status == 200);
    phone.piece(0, Digest::of(&left), 0, &left[..500])?;
    ensure!(phone.offer(0, &photo(2, 1_000))?.status == 200);
    ensure!(phone.offer(0, &photo(3, 1_000))?.refused()? == "busy");
    std::thread::sleep(Duration::from_millis(2_200));
    ensure!(phone.send(0, &photo(3, 1_000))?.json()?["done"] == true);
    ensure!(laptop.parts() == 0, "what was left stays on the disk");
    // Who comes back after all begins anew.
    let back = phone.piece(0, Digest::of(&left), 500, &left[500..])?;
    ensure!(back.refused()? == "unknown");
    ensure!(phone.send(0, &left)?.json()?["done"] == true);
    Ok(())
}

#[test]
fn the_last_of_the_disk_is_not_for_photos() -> Result<()> {
    let limits = Limits {
        free_bytes_min: u64::MAX / 2,
        ..Limits::default()
    };
    let laptop = Laptop::new(limits)?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    ensure!(phone.offer(0, &photo(1, 1_000))?.refused()? == "disk_full");
    Ok(())
}

#[test]
fn a_closed_code_listens_no_more_and_its_parts_go_with_its_token() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let bytes = photo(1, 10_000);
    phone.offer(0, &bytes)?;
    phone.piece(0, Digest::of(&bytes), 0, &bytes[..5_000])?;
    let mut idle = phone.connect()?;
    laptop.drop.close();
    ensure!(phone.connect().is_err(), "somebody listens");
    // Ended or reset.
    let left = idle.read(&mut [0]).unwrap_or(0);
    ensure!(left == 0, "a connection outlives the code");
    ensure!(laptop.drop.status()?.is_none());
    ensure!(
        laptop.parts() == 1,
        "a part waits for the code to come back"
    );
    laptop.drop.end();
    ensure!(laptop.parts() == 0);
    // What a killed program left is removed when the next one begins.
    std::fs::create_dir_all(laptop.folder().join("phone/old"))?;
    std::fs::write(laptop.folder().join("phone/old/part"), b"part")?;
    let next = xunan_phone::PhoneDrop::new(config(laptop.folder(), Limits::default()));
    ensure!(laptop.parts() == 0);
    ensure!(next.status()?.is_none());
    Ok(())
}
