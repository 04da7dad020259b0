//! The ledger of 10,000 and of 100,000 findings at 20,000 sites: pages, words, figures, one finding.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Days, TimeDelta, Utc};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use xunan_core::view::ImportState;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};

use crate::figures::{Times, say};
use crate::shell::{self, Shell};

const SITES: usize = 20_000;
const SIZES: [usize; 2] = [10_000, 100_000];
const PAGE: usize = 50;
const RUNS: usize = 20;
/// What hazards are made of.
const WHERE: [&str; 6] = ["供灯房", "厨房", "配电间", "疏散通道", "库房", "屋顶"];
const WHAT: [&str; 8] = [
    "堆放煤气罐",
    "酥油灯靠近帷幔",
    "安全出口锁闭",
    "灭火器压力不足",
    "电线私拉乱接",
    "可燃气体报警器失效",
    "应急照明损坏",
    "无特种作业操作证",
];

pub(crate) fn measure() -> Result<()> {
    SIZES.iter().try_for_each(|findings| of(*findings))
}

fn of(findings: usize) -> Result<()> {
    say(&format!("ledger: {findings} findings at {SITES} sites"))?;
    let folder = shell::folder()?;
    let data = folder.path().join("laptop");
    sites(folder.path())?;
    drop(laptop::reopened(&data)?);
    fill(&data.join("xunan.db"), findings)?;
    let start = Instant::now();
    let install = laptop::reopened(&data)?;
    say(&format!(
        "  made from the records alone, at the opening: {:.1} s",
        start.elapsed().as_secs_f64()
    ))?;
    let shell = Shell::open(Arc::new(install))?;
    let mut plain = Times::default();
    for _ in 0..RUNS {
        plain.add(select(&data.join("xunan.db"))?);
    }
    plain.say(&format!("  peer: a plain SELECT of {PAGE} findings' JSON"))?;
    let today = xunan_platform::today();
    let queries = [
        ("the newest", json!({})),
        (
            "a county, open",
            json!({ "region": "540121", "open": true }),
        ),
        ("a township", json!({ "region": "540121101" })),
        (
            "a sector, major",
            json!({ "sector": "fire", "level": "major" }),
        ),
        ("overdue", json!({ "overdue": true })),
        ("recheck overdue", json!({ "due": "overdue" })),
        (
            "closed in a month",
            json!({ "states": ["closed"], "from": today - Days::new(60), "until": today - Days::new(30) }),
        ),
        (
            "nothing fits",
            json!({ "channel": "tip_off", "listed": "region", "disputed": true }),
        ),
        ("two characters, often", json!({ "search": "煤气" })),
        ("two characters, seldom", json!({ "search": "独此" })),
        (
            "two words, a county, open",
            json!({ "search": "厨房 煤气", "region": "540121", "open": true }),
        ),
    ];
    for (name, wanted) in queries {
        let mut times = Times::default();
        page(&shell, &wanted)?;
        for _ in 0..RUNS {
            times.add(page(&shell, &wanted)?);
        }
        times.say(&format!("  first page, {name}"))?;
        times.say_ratio("  beside its peer", &plain)?;
    }
    figures(&shell)?;
    let mut one = Times::default();
    let rows = shell.value("ledger_page", json!({ "query": query(&json!({})) }))?;
    let id = rows["rows"][0]["finding"]
        .as_str()
        .context("a row")?
        .to_owned();
    for _ in 0..RUNS {
        let start = Instant::now();
        shell.text("finding_life", json!({ "id": id }))?;
        one.add(start.elapsed());
    }
    one.say("  opening a finding")
}

fn figures(shell: &Shell) -> Result<()> {
    let request = json!({ "request": {
        "base": [], "period": { "from": "2026-01-01", "until": "2026-12-31" },
        "stock_until": "2023-12-31", "under": "",
    } });
    let (mut first, mut again) = (Times::default(), Times::default());
    let open = query(&json!({ "level": "general", "open": true }));
    let rows = shell.value("ledger_page", json!({ "query": open }))?;
    for n in 0..5 {
        // A written record makes what was kept old.
        let id = rows["rows"][n]["finding"].as_str().context("a row")?;
        let told = json!({ "id": id, "details": { "step": "notified" }, "reason": "" });
        shell.text("finding_step", told)?;
        let start = Instant::now();
        let page = shell.value("statistics", request.clone())?;
        first.add(start.elapsed());
        ensure!(page["all"]["count"].as_u64().is_some_and(|all| all > 1_000));
        let start = Instant::now();
        shell.text("statistics", request.clone())?;
        again.add(start.elapsed());
    }
    first.say("  the page of figures, after a change")?;
    again.say("  the page of figures, again")
}

fn query(wanted: &Value) -> Value {
    let mut query = json!({
        "region": "", "sector": "", "level": "", "states": [], "open": false, "overdue": false, "due": null,
        "channel": "", "inspector": "", "from": null, "until": null, "listed": "", "disputed": false, "site": "",
        "search": "", "counted": null, "before": null, "limit": PAGE,
    });
    if let (Some(all), Some(more)) = (query.as_object_mut(), wanted.as_object()) {
        all.extend(more.clone());
    }
    query
}

fn page(shell: &Shell, wanted: &Value) -> Result<Duration> {
    let asked = json!({ "query": query(wanted) });
    let start = Instant::now();
    shell.text("ledger_page", asked)?;
    Ok(start.elapsed())
}

/// The least that a page could cost.
fn select(database: &Path) -> Result<Duration> {
    let conn = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let start = Instant::now();
    let mut statement =
        conn.prepare("SELECT fields FROM record WHERE kind = 'finding' ORDER BY id DESC LIMIT ?1")?;
    let rows = statement.query_map([PAGE], |row| row.get::<_, String>(0))?;
    ensure!(rows.count() == PAGE);
    Ok(start.elapsed())
}

/// A laptop with many sites, one visit and one finding.
fn sites(folder: &Path) -> Result<()> {
    let install = shell::enrolled(folder)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let mut list = String::from("名称,地址,行政区划,行业,经营者,电话\r\n");
    let counties = ["540121101", "540121102", "540102", "540602"];
    for n in 0..SITES {
        let county = counties[n % counties.len()];
        list += &format!("示范商铺{n}号,北路{n}号,{county},消防,示例经营部{n},139{n:08}\r\n");
    }
    let table = app.import_read(list.as_bytes())?;
    app.import_check(&table.columns)?;
    app.import_run(&[ImportState::New])?;
    let visit = laptop::begin(&app, &["fire"], 1)?;
    let item = visit.items.first().context("an item")?;
    let of = (Some(&*item.edition.id), Some(&*item.code));
    app.finding_save(&app.finding_draft(visit.row.id.parse()?, of.0, of.1, "")?)?;
    Ok(())
}

/// Findings and their steps as other laptops would have sent them; each through the core would take an hour.
fn fill(database: &Path, findings: usize) -> Result<()> {
    let mut conn = Connection::open(database)?;
    let write = conn.transaction()?;
    let ids: Vec<String> = {
        let mut statement =
            write.prepare("SELECT id FROM record WHERE kind = 'site' ORDER BY id")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    let (fields, writers): (String, String) = write.query_row(
        "SELECT fields, writers FROM record WHERE kind = 'finding'",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let like: Map<String, Value> = serde_json::from_str(&fields)?;
    let now: DateTime<Utc> = xunan_platform::now();
    let mut put =
        write.prepare("INSERT INTO record (kind, id, fields, writers) VALUES (?1, ?2, ?3, ?4)")?;
    for n in 0..findings {
        let found =
            now - TimeDelta::minutes(i64::try_from(n)? * 1_500_000 / i64::try_from(findings)?);
        let id = Uuid::from_u128(0x1000_0000_0000 + n as u128).to_string();
        let mut one = like.clone();
        let seldom = if n % 50_000 == 7 { "独此一处" } else { "" };
        let hazard = format!("{}{}{seldom}，第{n}处", WHERE[n % 6], WHAT[n / 6 % 8]);
        one.extend(Map::from_iter([
            ("site".to_owned(), json!(ids[n * 7_919 % ids.len()])),
            ("hazard".to_owned(), json!(hazard)),
            ("hazard_key".to_owned(), json!(format!("K{}", n % 40))),
            (
                "level".to_owned(),
                json!(if n % 9 == 0 { "major" } else { "general" }),
            ),
            (
                "deadline".to_owned(),
                json!((found + TimeDelta::days(30)).date_naive()),
            ),
            ("found".to_owned(), json!(found)),
        ]));
        put.execute(("finding", &id, Value::Object(one).to_string(), &writers))?;
        let steps = [("found", 0), ("notified", 1), ("closed", 20)];
        let taken = if n % 5 < 3 && n % 9 != 0 { 3 } else { 2 };
        for (nth, (step, days)) in steps[..taken].iter().enumerate() {
            let step_id = Uuid::from_u128(0x9000_0000_0000 + (n * 4 + nth) as u128).to_string();
            let step = json!({ "finding": id, "step": step, "at": found + TimeDelta::days(*days),
                "by": like["by"], "reason": "已清理" });
            put.execute(("transition", step_id, step.to_string(), &writers))?;
        }
    }
    drop(put);
    Ok(write.commit()?)
}
