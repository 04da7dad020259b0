//! Every screen in every state, in both languages, in the real window: nothing sticks out, is cut off
//! or untranslated, everything can be read and used (axe), and the console stays silent.

use std::path::Path;

use anyhow::Result;
use fantoccini::key::Key;
use xunan_core::BackupTarget;
use xunan_testkit::laptop::{self, LOGIN};
use xunan_testkit::server::Server;
use xunan_tests::screens::{self, DIALOGS, Found, Page, SCREENS, Screen, State};

const LANGUAGES: [&str; 2] = ["zh-CN", "en"];

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_just_enrolled_says_on_every_screen_what_to_do_first() -> Result<()> {
    let laptop = screens::empty()?;
    let page = Page::signed_in(&laptop, None).await?;
    let mut found = Found::new();
    for language in LANGUAGES {
        page.language(language).await?;
        page.look(SCREENS, &laptop, State::Empty, language, &mut found)
            .await?;
    }
    page.window.close().await?;
    screens::report(&found)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_is_sound_with_data_without_an_answer_after_a_failure_and_offline()
-> Result<()> {
    let mut laptop = screens::typical()?;
    let page = Page::signed_in(&laptop, None).await?;
    let mut found = Found::new();
    for language in LANGUAGES {
        page.language(language).await?;
        for state in [State::Typical, State::Loading, State::Error] {
            page.look(SCREENS, &laptop, state, language, &mut found)
                .await?;
        }
    }
    // Words and colours are apart: one language is enough to see whether all can be read.
    for theme in ["dark", "sun"] {
        page.language("zh-CN").await?;
        page.theme(theme).await?;
        for state in [State::Typical, State::Error] {
            page.look(SCREENS, &laptop, state, theme, &mut found)
                .await?;
        }
        page.look(DIALOGS, &laptop, State::Typical, theme, &mut found)
            .await?;
    }
    page.theme("light").await?;
    page.window.client.set_window_size(1024, 600).await?;
    for language in LANGUAGES {
        page.language(language).await?;
        let view = format!("{language}-small");
        page.look(SCREENS, &laptop, State::Typical, &view, &mut found)
            .await?;
    }
    page.window.client.set_window_size(1366, 768).await?;
    for language in LANGUAGES {
        page.language(language).await?;
        page.look(DIALOGS, &laptop, State::Typical, language, &mut found)
            .await?;
    }
    laptop.server.stop()?;
    page.offline().await?;
    let fresh = laptop.places["fresh"].clone();
    for language in LANGUAGES {
        page.language(language).await?;
        page.look(SCREENS, &laptop, State::Offline, language, &mut found)
            .await?;
    }
    // A visit in which nothing was done yet.
    laptop.places.insert("visit", fresh);
    laptop.places.retain(|word, _| *word == "visit");
    let of_visit = |screen: &&Screen| screen.path.contains("{visit}");
    let of_visit: Vec<Screen> = SCREENS.iter().filter(of_visit).copied().collect();
    assert_eq!(of_visit.len(), 4, "runner, findings, end, photos");
    for language in LANGUAGES {
        page.language(language).await?;
        page.look(&of_visit, &laptop, State::Empty, language, &mut found)
            .await?;
    }
    page.window.close().await?;

    screens::put_aside(&laptop)?;
    let page = Page::signed_in(&laptop, None).await?;
    let sync = SCREENS.iter().position(|screen| screen.name == "sync");
    let sync = &SCREENS[sync.unwrap_or(0)..][..1];
    for language in LANGUAGES {
        page.language(language).await?;
        let view = format!("{language}-put-aside");
        page.look(sync, &laptop, State::Typical, &view, &mut found)
            .await?;
    }
    page.window.close().await?;
    screens::report(&found)
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_rows_are_shown_as_soundly_as_ten() -> Result<()> {
    let laptop = screens::many()?;
    let page = Page::signed_in(&laptop, None).await?;
    let mut found = Found::new();
    for language in LANGUAGES {
        page.language(language).await?;
        page.look(SCREENS, &laptop, State::Many, language, &mut found)
            .await?;
    }
    page.window.close().await?;
    screens::report(&found)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_screens_before_the_login_are_sound_too() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut found = Found::new();
    let data = folder.path().join("new");
    let page = Page::open(&data).await?;
    page.window.client.set_window_size(1366, 768).await?;
    page.window.test("enrol").await?;
    both(&page, "enrol-empty", &mut found).await?;
    look_at_restoring(&page, folder.path(), &mut found).await?;
    for (field, text) in [
        ("url", "https://127.0.0.1:9"),
        ("code", "AAAA-BBBB"),
        ("name", "一号"),
    ] {
        let field = page.window.test(&format!("enrol-{field}")).await?;
        field.send_keys(text).await?;
    }
    page.window.click("enrol-submit").await?;
    page.window.test("fault").await?;
    both(&page, "enrol-error", &mut found).await?;
    page.window.close().await?;

    // A file that is no database.
    drop(laptop::reopened(&data)?);
    std::fs::remove_file(data.join("xunan.db-wal")).ok();
    std::fs::write(data.join("xunan.db"), b"no database at all")?;
    let page = Page::open(&data).await?;
    page.window.test("problem").await?;
    both(&page, "problem-error", &mut found).await?;
    page.window.close().await?;

    let laptop = screens::empty()?;
    let page = Page::open(&laptop.data).await?;
    page.window.test(&format!("login-person-{LOGIN}")).await?;
    both(&page, "login-typical", &mut found).await?;
    page.window.click(&format!("login-person-{LOGIN}")).await?;
    let field = page.window.test("login-password").await?;
    field.send_keys("not this one").await?;
    page.window.press(Key::Enter).await?;
    page.window.test("fault").await?;
    both(&page, "login-error", &mut found).await?;
    page.window.close().await?;
    drop(laptop::reopened(&laptop.data)?);
    screens::report(&found)
}

/// From the screen of a new laptop to its restoring from a stick, and back.
async fn look_at_restoring(page: &Page, folder: &Path, found: &mut Found) -> Result<()> {
    let stick = folder.join("stick");
    std::fs::create_dir(&stick)?;
    page.window.click("restore-open").await?;
    page.window.click("restore-choose").await?;
    page.window.test("restore-none").await?;
    both(page, "restore-empty", found).await?;

    let mut server = Server::new(folder)?;
    server.start()?;
    let install = laptop::enrolled(&folder.join("lost"), &server)?;
    server.stop()?;
    install.recovery_keep(&install.recovery_make()?)?;
    let app = install.unlock(LOGIN, laptop::PASSWORD)?;
    laptop::begin(&app, &["fire"], 2)?;
    app.backup_choose(BackupTarget::Main, Some(&stick))?;
    app.backup_make(BackupTarget::Main)?;
    page.window.click("restore-choose").await?;
    page.window.test("restore-found").await?;
    both(page, "restore-typical", found).await?;
    let code = page.window.test("recovery-code").await?;
    code.send_keys("ABCDEABCDEABCDEABCDEABCDE").await?;
    page.window.click("restore-run").await?;
    page.window.test("fault").await?;
    both(page, "restore-error", found).await?;
    page.window.click("restore-back").await?;
    page.window.test("enrol").await?;
    Ok(())
}

/// Looks at what is shown in both languages.
async fn both(page: &Page, name: &str, found: &mut Found) -> Result<()> {
    page.again().await?;
    for language in LANGUAGES {
        page.language(language).await?;
        let place = format!("{name}-{language}");
        for wrong in page.wrong(true).await? {
            found.entry(wrong).or_default().push(place.clone());
        }
        page.keep(&place).await?;
    }
    Ok(())
}
