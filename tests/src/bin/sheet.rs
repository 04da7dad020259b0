//! Takes a picture of every sector's runner and of every screen in every state in the real window
//! and puts them on sheets: what changed in the look of the program is seen at a glance.
#![expect(clippy::print_stdout, reason = "it tells which files it wrote")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use fantoccini::key::Key;
use xunan_core::App;
use xunan_core::view::{ChecklistSummary, InspectionView};
use xunan_model::inspection::{AnswerResult, GroupRef, InspectionDraft, InspectionKind, Reading};
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;
use xunan_tests::screens::{self, DIALOGS, Page, SCREENS, State, composed};

/// Columns of the sheet, and the width of one picture on it.
const COLUMNS: u32 = 3;
const WIDTH: u32 = 640;
const LANGUAGES: [(&str, &str); 2] = [("zh-CN", "zh"), ("en", "en")];
/// Of the sheets of all screens, and of their other states.
const SCREEN_COLUMNS: u32 = 5;
const SCREEN_WIDTH: u32 = 460;
const STATE_COLUMNS: u32 = 5;
const STATE_WIDTH: u32 = 300;
const STATES: [State; 5] = [
    State::Empty,
    State::Loading,
    State::Error,
    State::Offline,
    State::Many,
];
/// Groups of each visit: as many as an unannounced visit covers.
const GROUPS: usize = 4;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let out = PathBuf::from(args.next().context("sheet FOLDER [PICTURES]")?);
    let kept = args.next().map(PathBuf::from);
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("laptop");
    let visits = prepared(&data, &server)?;
    server.stop()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    for (language, name) in LANGUAGES {
        laptop::open(&data)?.local_put("ui/language", Some(language))?;
        let pictures = kept
            .clone()
            .unwrap_or_else(|| folder.path().to_owned())
            .join(name);
        std::fs::create_dir_all(&pictures)?;
        let files = runtime.block_on(taken(&data, &visits, &pictures))?;
        let sheet = out.join(format!("runners-{name}.jpg"));
        composed(&files, &sheet, COLUMNS, WIDTH)?;
        println!("{}", sheet.display());
    }
    let pictures = kept.unwrap_or_else(|| folder.path().to_owned());
    runtime.block_on(screens_taken(&pictures))?;
    for (language, name) in LANGUAGES {
        let taken = SCREENS.iter().chain(DIALOGS);
        let files: Vec<_> = taken
            .map(|one| Some(pictures.join(format!("{}-typical-{language}.png", one.name))))
            .collect();
        let sheet = out.join(format!("screens-{name}.jpg"));
        composed(&files, &sheet, SCREEN_COLUMNS, SCREEN_WIDTH)?;
        println!("{}", sheet.display());
    }
    let mut files = Vec::new();
    for screen in SCREENS {
        let of =
            |state: &State| pictures.join(format!("{}-{}-zh-CN.png", screen.name, state.name()));
        // An address with a record in it has no empty or crowded laptop of its own.
        files.extend(
            STATES
                .iter()
                .map(of)
                .map(|file| file.is_file().then_some(file)),
        );
    }
    let sheet = out.join("screens-states.jpg");
    composed(&files, &sheet, STATE_COLUMNS, STATE_WIDTH)?;
    println!("{}", sheet.display());
    Ok(())
}

/// Every screen, typical in both languages and in all other states in Chinese.
async fn screens_taken(pictures: &Path) -> Result<()> {
    let mut typical = screens::typical()?;
    let page = Page::signed_in(&typical, Some(pictures)).await?;
    for (language, _) in LANGUAGES.into_iter().rev() {
        page.language(language).await?;
        for screens in [SCREENS, DIALOGS] {
            page.take(screens, &typical, State::Typical, language)
                .await?;
        }
    }
    page.take(SCREENS, &typical, State::Loading, "zh-CN")
        .await?;
    page.take(SCREENS, &typical, State::Error, "zh-CN").await?;
    typical.server.stop()?;
    page.offline().await?;
    page.take(SCREENS, &typical, State::Offline, "zh-CN")
        .await?;
    page.window.close().await?;
    for (laptop, state) in [
        (screens::empty()?, State::Empty),
        (screens::many()?, State::Many),
    ] {
        let page = Page::signed_in(&laptop, Some(pictures)).await?;
        page.language("zh-CN").await?;
        page.take(SCREENS, &laptop, state, "zh-CN").await?;
        page.window.close().await?;
    }
    Ok(())
}

/// A visit per checklist, half answered, opened at the item that shows most.
fn prepared(data: &Path, server: &Server) -> Result<Vec<(String, String)>> {
    let install = laptop::enrolled(data, server)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let mut visits = Vec::new();
    for list in app.checklist_list() {
        let view = visit(&app, &list)?;
        let place = shows_most(&view);
        let item = &view.items[place];
        let key = format!("{}/{}/{}", item.edition.id, item.code, item.facility);
        install.local_put(&format!("place/{}", view.row.id), Some(&key))?;
        visits.push((list.sector.clone(), view.row.id));
    }
    Ok(visits)
}

fn visit(app: &App, list: &ChecklistSummary) -> Result<InspectionView> {
    let sites = app.site_list("")?;
    let own = sites
        .iter()
        .find(|site| site.sectors.contains(&list.sector));
    let site = own.or(sites.first()).context("no site")?;
    let groups = list.groups.iter().take(GROUPS).map(|group| GroupRef {
        edition: list.edition.id.clone(),
        group: group.path.clone(),
    });
    let view = app.inspection_start(InspectionDraft {
        site: site.id.parse()?,
        kind: InspectionKind::Unannounced,
        editions: vec![list.edition.clone()],
        groups: groups.collect(),
        inspectors: Vec::new(),
        facilities: Vec::new(),
        units: Vec::new(),
        note: String::new(),
    })?;
    let most = shows_most(&view);
    for place in 0..view.items.len() {
        let result = match place % 5 {
            _ if place == most => AnswerResult::NonCompliant,
            0 | 1 => AnswerResult::Compliant,
            2 => AnswerResult::NonCompliant,
            _ => continue,
        };
        let mut draft = laptop::answer(&view, place, result)?;
        if place == most {
            draft.readings = view.items[place]
                .measures
                .iter()
                .filter(|measure| measure.scale.is_empty())
                .map(|measure| Reading {
                    quantity: measure.quantity.clone(),
                    unit: measure.unit.clone(),
                    value: "1.5".to_owned(),
                    limit: measure.limit.as_ref().map(|_| "2".to_owned()),
                })
                .collect();
        }
        app.answer_save(draft)?;
    }
    Ok(view)
}

/// The item with the most to enter, tick and read.
fn shows_most(view: &InspectionView) -> usize {
    let weight = |place: &usize| {
        let item = &view.items[*place];
        10 * (item.measures.len() + item.conditions.len()) + item.evidence.len()
    };
    (0..view.items.len()).max_by_key(weight).unwrap_or(0)
}

async fn taken(
    data: &Path,
    visits: &[(String, String)],
    folder: &Path,
) -> Result<Vec<Option<PathBuf>>> {
    let window = Window::open(data, &[]).await?;
    window.click(&format!("login-person-{LOGIN}")).await?;
    let field = window.test("login-password").await?;
    field.send_keys(PASSWORD).await?;
    window.press(Key::Enter).await?;
    window.test("new-inspection").await?;
    let mut files = Vec::new();
    for (sector, id) in visits {
        let go = "location.hash = arguments[0]";
        let to = vec![serde_json::json!(format!("#/inspections/{id}"))];
        window.client.execute(go, to).await?;
        window
            .find(&format!("[data-inspection=\"{id}\"] [data-test=\"item\"]"))
            .await?;
        // Fonts and the judgement come a moment later.
        tokio::time::sleep(Duration::from_millis(700)).await;
        let file = folder.join(format!("{sector}.png"));
        window.picture(&file).await?;
        files.push(Some(file));
    }
    window.close().await?;
    Ok(files)
}
