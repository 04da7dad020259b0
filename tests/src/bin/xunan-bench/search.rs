//! Searching 20,000 sites as one types, and taking them in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use xunan_core::view::ImportState;
use xunan_testkit::laptop::{LOGIN, PASSWORD};

use crate::figures::{Times, say};
use crate::shell::{self, Shell};

const SITES: usize = 20_000;
const PAGE: usize = 200;
const RUNS: usize = 20;
/// What is typed, letter by letter: a name by its initials, by whole pinyin, by characters, and nothing at all.
const TYPED: [&str; 4] = ["", "sfcg", "chaguan", "茶馆 北路"];

pub(crate) fn measure() -> Result<()> {
    say(&format!(
        "search: {SITES} sites through `site_search`, the first {PAGE}"
    ))?;
    let folder = shell::folder()?;
    let install = shell::enrolled(folder.path())?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let list = list();
    let start = Instant::now();
    let table = app.import_read(list.as_bytes())?;
    let sum = app.import_check(&table.columns)?;
    ensure!(sum.new == SITES, "{sum:?}");
    let looked = start.elapsed();
    app.import_run(&[ImportState::New])?;
    say(&format!(
        "  a CSV of {:.1} MB: read and planned in {:.2} s, imported in {:.1} s",
        list.len() as f64 / 1e6,
        looked.as_secs_f64(),
        (start.elapsed() - looked).as_secs_f64()
    ))?;
    drop(app);

    let shell = Shell::open(Arc::new(install))?;
    let first = search(&shell, "")?;
    say(&format!(
        "  the first question, which reads all of them: {:.0} ms",
        first.as_secs_f64() * 1000.0
    ))?;
    let database = folder.path().join("laptop/xunan.db");
    for typed in TYPED {
        let (mut ours, mut plain) = (Times::default(), Times::default());
        for _ in 0..RUNS {
            ours.add(search(&shell, typed)?);
            plain.add(like(&database, typed)?);
        }
        ours.say(&format!("  “{typed}”"))?;
        plain.say("  peer: SELECT … LIKE over the same names and addresses")?;
        ours.say_ratio("  beside its peer", &plain)?;
    }
    Ok(())
}

fn list() -> String {
    let kinds = [
        "茶馆",
        "藏餐馆",
        "小卖部",
        "民宿",
        "加油站",
        "汽修厂",
        "寺庙",
        "招待所",
    ];
    let mut list = String::from("名称,地址,行政区划,行业,经营者,电话\r\n");
    for n in 0..SITES {
        let kind = kinds[n % kinds.len()];
        list +=
            &format!("示范{kind}{n}号,林周县县城北路{n}号,540121,消防,示例经营部{n},139{n:08}\r\n");
    }
    list
}

fn search(shell: &Shell, typed: &str) -> Result<Duration> {
    let query = json!({ "query": {
        "search": typed, "sector": "", "division": "", "kind": "", "which": "all", "offset": 0, "limit": PAGE,
    } });
    let start = Instant::now();
    let answer = shell.value("site_search", query)?;
    let took = start.elapsed();
    let total = answer["total"].as_u64().context("no total")?;
    ensure!(total >= 2_000, "{typed}: {total}");
    Ok(took)
}

/// The least that a search in the database could cost; it finds no pinyin.
fn like(database: &std::path::Path, typed: &str) -> Result<Duration> {
    let conn = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let start = Instant::now();
    let mut statement = conn.prepare(
        "SELECT count(*) FROM record WHERE kind = 'site'
            AND (fields ->> '$.name' || fields ->> '$.address') LIKE '%' || ?1 || '%'",
    )?;
    let _: i64 = statement.query_row([typed], |row| row.get(0))?;
    Ok(start.elapsed())
}
