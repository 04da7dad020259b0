//! Sites without a window: found, saved, merged on two laptops, and lists taken in once.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use encoding_rs::GB18030;
use xunan_core::view::{ImportState, ImportSum, SiteQuery, SiteWhich};
use xunan_core::{App, Install, LedgerQuery};
use xunan_model::fault::Fault;
use xunan_model::id::SiteId;
use xunan_model::inspection::AnswerResult;
use xunan_model::site::OrganizationDraft;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::wait_until;

const CODE: &str = "91350100M000100Y43";

fn laptop_alone(folder: &Path) -> Result<(Install, App)> {
    let mut server = Server::new(folder)?;
    server.start()?;
    let install = laptop::enrolled(&folder.join("laptop"), &server)?;
    server.stop()?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    Ok((install, app))
}

fn site(app: &App, name: &str) -> Result<SiteId> {
    let rows = app.site_list(name)?;
    let row = rows.iter().find(|row| row.name == name);
    Ok(row
        .with_context(|| format!("{name} is not listed"))?
        .id
        .parse()?)
}

fn names(app: &App, query: &SiteQuery) -> Result<Vec<String>> {
    let query = SiteQuery {
        limit: 50,
        ..query.clone()
    };
    Ok(app
        .site_search(&query)?
        .rows
        .into_iter()
        .map(|row| row.name)
        .collect())
}

fn key<T: std::fmt::Debug>(result: Result<T>) -> Result<&'static str> {
    Ok(result
        .err()
        .context("it was accepted")?
        .downcast::<Fault>()?
        .key)
}

fn operator(name: &str, code: &str) -> OrganizationDraft {
    OrganizationDraft {
        id: None,
        role: "operator".to_owned(),
        name: name.to_owned(),
        credit_code: code.to_owned(),
        representative: String::new(),
    }
}

#[test]
fn a_site_is_found_by_what_is_written_and_spoken_and_by_what_was_found_there() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_install, app) = laptop_alone(folder.path())?;
    let of = |search: &str| SiteQuery {
        search: search.to_owned(),
        ..SiteQuery::default()
    };
    for typed in ["藏餐", "sfzcg", "zangcanguan", "藏 中路", "SFZCGY"] {
        assert_eq!(names(&app, &of(typed))?, ["示范藏餐馆乙"], "{typed}");
    }
    assert!(names(&app, &of("没有这个"))?.is_empty());
    let owner = names(&app, &of("示范矿业有限公司"))?;
    assert_eq!(owner, ["示范铜矿一号井", "示范铜矿尾矿库"]);

    let facets = app.site_facets()?;
    assert_eq!((facets.total, facets.never, facets.open), (14, 14, 0));
    let county = facets.divisions.last().context("no division")?;
    assert_eq!(
        (county.digits.as_str(), county.name.as_str()),
        ("540121", "林周县")
    );
    let sector = SiteQuery {
        sector: "construction".to_owned(),
        ..SiteQuery::default()
    };
    assert_eq!(names(&app, &sector)?.len(), 2);
    let temple = SiteQuery {
        kind: "temple".to_owned(),
        ..SiteQuery::default()
    };
    assert_eq!(names(&app, &temple)?, ["示范寺庙"]);
    let elsewhere = SiteQuery {
        division: "5402".to_owned(),
        ..SiteQuery::default()
    };
    assert!(names(&app, &elsewhere)?.is_empty());

    let visit = laptop::begin(&app, &["construction"], 1)?;
    app.answer_save(laptop::answer(&visit, 0, AnswerResult::NonCompliant)?)?;
    let item = &visit.items[0];
    let draft = app.finding_draft(
        visit.row.id.parse()?,
        Some(&item.edition.id),
        Some(&item.code),
        "",
    )?;
    app.finding_save(&draft)?;
    let open = SiteQuery {
        which: SiteWhich::Open,
        ..SiteQuery::default()
    };
    assert_eq!(
        names(&app, &open)?,
        std::slice::from_ref(&visit.row.site_name)
    );
    assert_eq!(
        app.site_facets()?.never,
        13,
        "what changed is counted at once"
    );
    let view = app.site_get(visit.row.site.parse()?)?;
    assert_eq!((view.visits.len(), view.findings.len()), (1, 1));
    assert_eq!(view.findings[0].hazard, draft.hazard);
    Ok(())
}

#[test]
fn a_site_is_saved_with_its_organizations_and_a_stale_form_is_told() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_install, app) = laptop_alone(folder.path())?;
    let mut draft = app.site_get(site(&app, "示范加油站")?)?.draft;
    draft.id = None;
    draft.seen = None;
    draft.name = "示范茶馆".to_owned();
    draft.organizations = vec![operator("示范茶馆", "91350100M000100Y44")];
    assert_eq!(key(app.site_save(draft.clone()))?, "credit_code_check");
    assert!(app.site_list("示范茶馆")?.is_empty(), "nothing was saved");
    draft.organizations = vec![operator("示范茶馆", CODE)];
    let saved = app.site_save(draft.clone())?;
    assert_eq!(saved.row.owner.as_deref(), Some("示范茶馆"));

    // The same again: it says so, by name and by code.
    assert_eq!(app.site_similar(&draft)?.len(), 1);
    let other = xunan_model::site::SiteDraft {
        name: "别的名字".to_owned(),
        ..draft.clone()
    };
    assert_eq!(app.site_similar(&other)?[0].name, "示范茶馆");
    assert!(
        app.site_similar(&saved.draft)?.is_empty(),
        "a site is not like itself"
    );
    draft.organizations = vec![operator("别的单位", CODE)];
    assert_eq!(key(app.site_save(draft))?, "organization_known");

    let mut first = saved.draft.clone();
    let mut second = saved.draft;
    first.address = "南路1号".to_owned();
    second.address = "北路2号".to_owned();
    app.site_save(first)?;
    assert_eq!(key(app.site_save(second))?, "site_changed");
    let now = app.site_get(saved.row.id.parse()?)?;
    assert_eq!(now.row.address, "南路1号");
    Ok(())
}

#[test]
fn what_was_found_at_a_duplicate_is_shown_under_the_site_that_stays_and_parts_again() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let (_install, app) = laptop_alone(folder.path())?;
    let visit = laptop::begin(&app, &["construction"], 1)?;
    let item = &visit.items[0];
    let finding = app.finding_draft(
        visit.row.id.parse()?,
        Some(&item.edition.id),
        Some(&item.code),
        "",
    )?;
    app.finding_save(&finding)?;
    let duplicate: SiteId = visit.row.site.parse()?;
    let stays = site(&app, "示范商场")?;
    let before = (app.site_get(stays)?.draft, app.site_get(duplicate)?.draft);

    let preview = app.merge_preview(stays, duplicate)?;
    assert_eq!((preview.survivor.visits, preview.duplicate.visits), (0, 1));
    let view = app.site_merge(&preview.draft)?;
    assert_eq!(
        (view.visits.len(), view.findings.len(), view.merged.len()),
        (1, 1, 1)
    );
    assert_eq!(view.row.open_findings, 1);
    assert!(
        view.row
            .sectors
            .iter()
            .any(|sector| sector == "construction")
    );
    assert!(
        app.site_list(&visit.row.site_name)?.is_empty(),
        "it is listed no more"
    );
    assert_eq!(app.site_get(duplicate)?.row.name, "示范商场");
    let row = &app.inspection_list()?[0];
    assert_eq!(row.site_name, "示范商场");
    assert_eq!(
        row.site,
        duplicate.to_string(),
        "the visit itself is as it was"
    );
    let found = LedgerQuery {
        search: "示范商场".to_owned(),
        ..LedgerQuery::default()
    };
    assert_eq!(app.ledger_count(&found)?, 1);
    assert_eq!(key(app.site_merge(&preview.draft))?, "merge_already");

    let back = app.site_part(duplicate)?;
    assert_eq!(back.row.name, visit.row.site_name);
    assert_eq!(back.visits.len(), 1);
    let after = (app.site_get(stays)?.draft, app.site_get(duplicate)?.draft);
    assert_eq!(before, after, "both are as they were");
    Ok(())
}

#[test]
fn two_laptops_that_merge_each_the_other_way_come_to_agree_and_nothing_is_lost() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let one = laptop::enrolled(&folder.path().join("one"), &server)?;
    let two = laptop::enrolled(&folder.path().join("two"), &server)?;
    server.stop()?;
    let apps = [one.unlock(LOGIN, PASSWORD)?, two.unlock("yi", PASSWORD)?];
    let (first, second) = (site(&apps[0], "示范商场")?, site(&apps[0], "示范民宿")?);
    apps[0].site_merge(&apps[0].merge_preview(first, second)?.draft)?;
    apps[1].site_merge(&apps[1].merge_preview(second, first)?.draft)?;
    server.start()?;
    for install in [&one, &two, &one] {
        install.sync_now();
        laptop::wait_sent(install, Duration::from_secs(40))?;
    }
    let listed = |app: &App| -> Result<Vec<String>> {
        Ok(app
            .site_list("")?
            .into_iter()
            .map(|row| format!("{} {}", row.id, row.name))
            .collect())
    };
    wait_until("both list the same", Duration::from_secs(90), || {
        let (a, b) = (listed(&apps[0])?, listed(&apps[1])?);
        let circle = |app: &App| -> Result<bool> {
            Ok(app.site_get(first)?.row.id == app.site_get(second)?.row.id)
        };
        Ok(a == b && a.len() == 13 && circle(&apps[0])? && circle(&apps[1])?)
    })?;
    let view = apps[0].site_get(first)?;
    apps[0].site_part(view.merged[0].id.parse()?)?;
    assert_eq!(
        listed(&apps[0])?.len(),
        14,
        "taken back, both are there again"
    );
    Ok(())
}

const LIST: &str = "示范县检查对象名单,,,,\r\n\
    序号,单位名称,地址,统一社会信用代码,行政区划,行业,联系电话\r\n\
    1,示范饭馆,县城东路1号,91350100M000100Y43,林周县,\"燃气、消防\",13900000000\r\n\
    2,示范书店,县城东路2号,91350100M000100Y44,540121,消防,\r\n\
    3,示范小卖部,县城东路3号,,540121,零售,\r\n\
    4,示范小卖部,县城东路３号,无,林周县,,\r\n\
    5,,县城东路5号,,,,\r\n\
    6,示范加油站,县城南路18号,,成都市,,\r\n\
    7,示范加油站,示范县县城南路18号,,540121,,13800000000\r\n";

fn check(app: &App, bytes: &[u8]) -> Result<ImportSum> {
    let table = app.import_read(bytes)?;
    app.import_check(&table.columns)
}

const WRITES: [ImportState; 2] = [ImportState::New, ImportState::Changed];

#[test]
fn a_gbk_list_is_told_row_by_row_and_taken_in_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_install, app) = laptop_alone(folder.path())?;
    let (bytes, ..) = GB18030.encode(LIST);
    let sum = check(&app, &bytes)?;
    let wanted = ImportSum {
        new: 2,
        changed: 1,
        known: 0,
        refused: 4,
    };
    assert_eq!(sum, wanted);
    assert_eq!(app.site_facets()?.total, 14, "looking keeps nothing");
    let refused = app.import_rows(Some(ImportState::Refused), 0, 10)?;
    let reasons: Vec<(usize, &str)> = refused
        .iter()
        .map(|row| {
            (
                row.line,
                row.reason.as_ref().map_or("", |reason| reason.key.as_str()),
            )
        })
        .collect();
    assert_eq!(
        reasons,
        [
            (4, "credit_code_check"),
            (6, "import_repeated"),
            (7, "import_name_missing"),
            (8, "division_unknown"),
        ]
    );
    let changed = &app.import_rows(Some(ImportState::Changed), 0, 10)?[0];
    assert_eq!(
        (changed.line, changed.changes.as_slice()),
        (9, &["contact".to_owned()][..])
    );
    let unknown = &app.import_rows(Some(ImportState::New), 1, 10)?[0].unknown;
    assert_eq!(unknown, &["零售"]);

    let done = app.import_run(&WRITES)?;
    assert_eq!((done.added, done.changed, done.left), (2, 1, 0));
    let view = app.site_get(site(&app, "示范饭馆")?)?;
    assert_eq!(view.row.sectors, ["city_gas", "fire"]);
    assert_eq!(view.draft.organizations[0].credit_code, CODE);
    assert_eq!(
        app.site_get(site(&app, "示范加油站")?)?.draft.contact,
        "13800000000"
    );
    let again = check(&app, &bytes)?;
    assert_eq!(
        (again.new, again.changed, again.known),
        (0, 0, 3),
        "again there is nothing to do"
    );
    assert_eq!(app.site_facets()?.total, 16);

    // The same company: another place of it is another site, and the same place under a new name is not.
    let other = |name: &str, address: &str| {
        format!("名称,地址,统一社会信用代码\r\n{name},{address},{CODE}\r\n")
    };
    assert_eq!(
        check(&app, other("示范二店", "县城西路9号").as_bytes())?.new,
        1
    );
    assert_eq!(
        check(&app, other("示范新饭馆", "县城东路1号").as_bytes())?.changed,
        1
    );
    assert_eq!(check(&app, other("示范新饭馆", "").as_bytes())?.changed, 1);

    check(&app, &bytes)?;
    let folder = tempfile::tempdir()?;
    let saved = app.import_report(&[(4, "不对".to_owned())], "原因", folder.path())?;
    let table = app.import_read(&std::fs::read(saved.path)?)?;
    assert_eq!(
        (
            table.rows,
            table.samples[0][0].as_str(),
            table.samples[0][2].as_str()
        ),
        (1, "不对", "示范书店")
    );
    Ok(())
}

/// As many rows as several actions.
fn long_list(rows: usize) -> String {
    let mut list = String::from("名称,地址,行政区划,经营者\r\n");
    for n in 0..rows {
        list += &format!("示范商户{n}号,县城北路{n}号,540121,示例{n}\r\n");
    }
    list
}

#[test]
fn an_import_that_ended_in_between_is_finished_by_the_same_file_and_doubles_nothing() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let one = laptop::enrolled(&folder.path().join("one"), &server)?;
    let two = laptop::enrolled(&folder.path().join("two"), &server)?;
    server.stop()?;
    let apps = [one.unlock(LOGIN, PASSWORD)?, two.unlock("yi", PASSWORD)?];
    // What an import leaves that died after its second action, and another laptop's whole one.
    check(&apps[0], long_list(300).as_bytes())?;
    apps[0].import_run(&WRITES)?;
    check(&apps[1], long_list(700).as_bytes())?;
    assert_eq!(apps[1].import_run(&WRITES)?.added, 700);
    drop(apps);
    drop(one);
    let one = laptop::open(&folder.path().join("one"))?;
    let app = one.unlock(LOGIN, PASSWORD)?;
    let sum = check(&app, long_list(700).as_bytes())?;
    assert_eq!((sum.new, sum.known, sum.refused), (400, 300, 0));
    app.import_run(&WRITES)?;
    server.start()?;
    for install in [&one, &two, &one] {
        install.sync_now();
        laptop::wait_sent(install, Duration::from_secs(60))?;
    }
    let both = two.unlock("yi", PASSWORD)?;
    wait_until("both have the list once", Duration::from_secs(90), || {
        Ok(app.site_facets()?.total == 714 && both.site_facets()?.total == 714)
    })?;
    assert!(app.rejected_list()?.is_empty(), "the server took all of it");
    Ok(())
}

#[test]
fn a_stopped_import_says_what_is_left_and_a_closed_file_is_gone() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_install, app) = laptop_alone(folder.path())?;
    assert_eq!(key(app.import_check(&[]))?, "import_name_column");
    check(&app, long_list(500).as_bytes())?;
    let progress = app.import_progress();
    assert_eq!(progress.total, 500);
    app.import_close();
    assert_eq!(key(app.import_run(&WRITES))?, "import_gone");
    assert_eq!(key(app.import_rows(None, 0, 1))?, "import_gone");
    Ok(())
}
