//! Who has no good token gets nothing.

use std::time::Duration;

use crate::support::{Laptop, Phone, begin, exchange, head, page, photo, target};
use anyhow::{Result, ensure};
use xunan_phone::Limits;

/// All that can be asked for; none may be answered without the token.
const ASKED: [(&str, &str); 7] = [
    ("GET", ""),
    ("GET", "phone.js"),
    ("GET", "phone.css"),
    ("GET", "state"),
    ("POST", "photos"),
    ("PUT", "photos/0000?place=0&offset=0"),
    ("DELETE", "elsewhere"),
];

/// Nothing but an empty 404, the same for every path.
fn gets_nothing(phone: &Phone) -> Result<()> {
    for (method, path) in ASKED {
        let reply = phone.ask(method, path, b"")?;
        ensure!(reply.status == 404, "{method} {path}: {reply:?}");
        ensure!(reply.body.is_empty(), "{method} {path}: {reply:?}");
        let told: Vec<&str> = reply
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split(':').next())
            .filter(|name| !["date", "content-length", "connection"].contains(name))
            .collect();
        ensure!(told.is_empty(), "{method} {path} tells {told:?}");
    }
    Ok(())
}

#[test]
fn a_wrong_token_gets_an_empty_404_whatever_it_asks_for() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    ensure!(phone.get("")?.status == 200);
    let mut guess = phone.token.clone();
    guess.replace_range(..1, if guess.starts_with('A') { "B" } else { "A" });
    gets_nothing(&phone.with_token(&guess))?;
    for guess in ["", "x", &phone.token[..21]] {
        ensure!(phone.with_token(guess).get("state")?.status == 404);
    }
    ensure!(
        phone.get("state")?.status == 200,
        "the right one still does"
    );
    Ok(())
}

#[test]
fn an_expired_token_gets_nothing_and_the_listener_ends() -> Result<()> {
    let limits = Limits {
        token_ms: 3_000,
        ..Limits::default()
    };
    let laptop = Laptop::new(limits)?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let bytes = photo(1, 1_000);
    ensure!(phone.offer(0, &bytes)?.status == 200);
    std::thread::sleep(Duration::from_millis(3_000));
    // Either the listener is still there and says 404, or nobody answers at all.
    if let Ok(reply) = phone.get("state") {
        ensure!(reply.status == 404 && reply.body.is_empty(), "{reply:?}");
    }
    std::thread::sleep(Duration::from_millis(1_000));
    ensure!(phone.connect().is_err(), "somebody listens");
    ensure!(
        laptop.drop.status()?.is_none(),
        "the screen must not show it"
    );
    let again = Phone::scan(&laptop.open(0)?)?;
    ensure!(again.token != phone.token, "an expired token is good again");
    gets_nothing(&again.with_token(&phone.token))
}

#[test]
fn the_token_of_another_visit_or_another_person_gets_nothing() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let first = Phone::scan(&laptop.open(0)?)?;
    let visit = begin(&laptop.app)?;
    let second = laptop.drop.open(&laptop.app, target(&visit, 0)?, page())?;
    let second = Phone::scan(&second)?;
    ensure!(first.token != second.token);
    gets_nothing(&second.with_token(&first.token))?;
    let other = laptop.other()?;
    let third = laptop.drop.open(&other, target(&visit, 0)?, page())?;
    let third = Phone::scan(&third)?;
    ensure!(third.token != second.token);
    gets_nothing(&third.with_token(&second.token))?;
    ensure!(third.get("state")?.status == 200);
    // Signing out forgets it.
    laptop.drop.end();
    let fourth = Phone::scan(&laptop.drop.open(&other, target(&visit, 0)?, page())?)?;
    ensure!(fourth.get("state")?.status == 200);
    ensure!(
        third.with_token(&third.token).get("state").is_err() || third.get("state")?.status == 404
    );
    Ok(())
}

#[test]
fn a_laptop_that_is_called_by_a_name_does_not_answer() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let path = format!("/{}/state", phone.token);
    for (host, status) in [
        ("192.168.137.1:8724", 200),
        ("10.0.0.1", 200),
        ("localhost:8724", 404),
        ("evil.example", 404),
        ("", 404),
    ] {
        let reply = exchange(phone.connect()?, &head("GET", &path, host, 0), b"")?;
        ensure!(reply.status == status, "{host}: {reply:?}");
    }
    Ok(())
}

#[test]
fn who_guesses_again_and_again_is_dropped_without_an_answer() -> Result<()> {
    let limits = Limits {
        tries_per_minute: 5,
        ..Limits::default()
    };
    let laptop = Laptop::new(limits)?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    let guesser = phone.with_token("AAAAAAAAAAAAAAAAAAAAAA");
    for _ in 0..5 {
        ensure!(guesser.get("")?.status == 404);
    }
    ensure!(guesser.get("").is_err(), "the sixth guess is answered");
    Ok(())
}

#[test]
fn the_page_is_told_to_run_and_to_reach_nothing_else() -> Result<()> {
    let laptop = Laptop::new(Limits::default())?;
    let phone = Phone::scan(&laptop.open(0)?)?;
    for (path, kind) in [
        ("", "text/html; charset=utf-8"),
        ("phone.js", "text/javascript; charset=utf-8"),
        ("phone.css", "text/css; charset=utf-8"),
    ] {
        let reply = phone.get(path)?;
        ensure!(reply.status == 200 && !reply.body.is_empty(), "{reply:?}");
        for line in [
            format!("content-type: {kind}"),
            "cache-control: no-store".to_owned(),
            "x-content-type-options: nosniff".to_owned(),
            "referrer-policy: no-referrer".to_owned(),
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src blob: data:; connect-src 'self'".to_owned(),
        ] {
            ensure!(reply.head.contains(&line), "{path}: {line} is missing in {}", reply.head);
        }
    }
    let bare = format!("/{}", phone.token);
    let reply = exchange(
        phone.connect()?,
        &head("GET", &bare, &phone.at.to_string(), 0),
        b"",
    )?;
    ensure!(
        reply.head.contains(&format!("location: {bare}/")),
        "{reply:?}"
    );
    Ok(())
}
