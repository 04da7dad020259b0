//! Takes the pictures of the manual (docs/使用手册.md) in the real window, with a laptop as a week of
//! work leaves it.
#![expect(clippy::print_stdout, reason = "it tells which files it wrote")]

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xunan_testkit::laptop::LOGIN;
use xunan_tests::screens::{self, DIALOGS, Page, SCREENS, Screen, State, shrunk};

/// What the manual shows, as the table of screens names it.
const SHOWN: &[&str] = &[
    "home",
    "sites",
    "health",
    "settings",
    "start-site",
    "runner",
    "finding-edit",
    "phone",
    "viewer",
    "photos",
    "finish",
    "finished",
    "findings",
    "quick",
    "paste",
    "conflicts",
    "sync",
    "checklists",
];
/// Pixels: wide enough to read on paper.
const WIDTH: u32 = 960;

fn main() -> Result<()> {
    let out = std::env::args().nth(1).context("pictures FOLDER")?;
    let out = PathBuf::from(out).join("manual");
    std::fs::create_dir_all(&out)?;
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let taken = runtime.block_on(taken(folder.path()))?;
    for (file, name) in taken {
        let to = out.join(format!("{name}.jpg"));
        shrunk(&folder.path().join(file), &to, WIDTH)?;
        println!("{}", to.display());
    }
    Ok(())
}

async fn taken(folder: &Path) -> Result<Vec<(String, &'static str)>> {
    let new = tempfile::tempdir()?;
    let page = Page::open(new.path()).await?;
    page.window.client.set_window_size(1366, 768).await?;
    page.window.test("enrol").await?;
    page.language("zh-CN").await?;
    page.window.picture(&folder.join("enrol.png")).await?;
    page.window.close().await?;

    let laptop = screens::typical()?;
    let page = Page::open(&laptop.data).await?;
    page.window.client.set_window_size(1366, 768).await?;
    page.window.click(&format!("login-person-{LOGIN}")).await?;
    page.language("zh-CN").await?;
    page.window.test("login-password").await?;
    page.window.picture(&folder.join("login.png")).await?;
    page.window.close().await?;

    drop(xunan_testkit::laptop::reopened(&laptop.data)?);
    let page = Page::signed_in(&laptop, Some(folder)).await?;
    page.language("zh-CN").await?;
    let mut taken = vec![
        ("enrol.png".to_owned(), "enrol"),
        ("login.png".to_owned(), "login"),
    ];
    for name in SHOWN {
        let screen = named(name)?;
        page.take(
            std::slice::from_ref(screen),
            &laptop,
            State::Typical,
            "zh-CN",
        )
        .await?;
        taken.push((format!("{name}-typical-zh-CN.png"), *name));
    }
    page.window.close().await?;
    Ok(taken)
}

fn named(name: &str) -> Result<&'static Screen> {
    let mut all = SCREENS.iter().chain(DIALOGS);
    all.find(|screen| screen.name == name)
        .with_context(|| format!("the table of screens has no {name}"))
}
