//! A Tauri window with nothing in it: what starting costs before any line of ours.

use std::borrow::Cow;

use tauri::utils::assets::{AssetKey, AssetsIter, CspHash};
use tauri::{App, Assets, Builder, Runtime, WebviewUrl, WebviewWindowBuilder};

/// One page.
struct Page;

const INDEX: &[u8] = include_bytes!("index.html");

impl<R: Runtime> Assets<R> for Page {
    fn get(&self, key: &AssetKey) -> Option<Cow<'_, [u8]>> {
        key.as_ref()
            .ends_with("index.html")
            .then_some(Cow::Borrowed(INDEX))
    }

    fn iter(&self) -> Box<AssetsIter<'_>> {
        Box::new(std::iter::empty())
    }

    fn csp_hashes(&self, _: &AssetKey) -> Box<dyn Iterator<Item = CspHash<'_>> + '_> {
        Box::new(std::iter::empty())
    }
}

/// As the program does it: told by the page, written where the environment says.
#[tauri::command]
async fn ready() -> Result<(), String> {
    tauri::async_runtime::spawn_blocking(|| match std::env::var_os("XUNAN_READY_FILE") {
        Some(file) => std::fs::write(file, "ready\n"),
        None => Ok(()),
    })
    .await
    .map_err(|error| error.to_string())?
    .map_err(|error| error.to_string())
}

fn open(app: &App) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
        .title("empty")
        .inner_size(1366.0, 768.0)
        .center()
        .build()?;
    Ok(())
}

fn main() -> tauri::Result<()> {
    Builder::default()
        .invoke_handler(tauri::generate_handler![ready])
        .setup(|app| Ok(open(app)?))
        // Without a build script there is no context of our own; this one has no window, no icon.
        .build(tauri::test::mock_context(Page))?
        .run(|_, _| {});
    Ok(())
}
