//! A hazard from its finding to its end, over two laptops and the server, and the figures on the way.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Value, json};
use xunan_core::view::{RecheckDraft, RecheckVerdict};
use xunan_core::{App, DueWhen, Install, LedgerQuery, PhotoTarget};
use xunan_model::fault::Fault;
use xunan_model::finding::Level;
use xunan_model::id::{FindingId, InspectionId, PersonId, SiteId};
use xunan_model::life::{
    Capacity, Closure, Delisting, Details, Extension, Listing, ListingLevel, NotedPerson, Notice,
    Plan, RecheckBy, Request, Ruling, State, Verdict, Way,
};
use xunan_model::photo::PhotoSource;
use xunan_model::statistics::{Condition, Filter, Page, PageRequest, Span};
use xunan_testkit::laptop::{self, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::{photos, wait_until};

const SOON: Duration = Duration::from_secs(30);

fn today() -> NaiveDate {
    xunan_platform::today()
}

fn in_days(days: u64) -> NaiveDate {
    today() + Days::new(days)
}

fn request() -> PageRequest {
    PageRequest {
        base: Filter(vec![Condition::Level {
            level: Level::Major,
        }]),
        period: Span::year(today().year()),
        stock_until: NaiveDate::from_ymd_opt(2023, 12, 31).unwrap_or_default(),
        under: String::new(),
    }
}

fn refused(result: Result<impl Sized>) -> Result<&'static str> {
    let error = result.err().context("it was taken")?;
    Ok(error.downcast_ref::<Fault>().context("no fault")?.key)
}

struct World {
    _folder: tempfile::TempDir,
    server: Server,
    township: Install,
    county: Install,
}

impl World {
    fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut server = Server::new(folder.path())?;
        server.start()?;
        let township = laptop::enrolled(&folder.path().join("township"), &server)?;
        let county = laptop::enrolled(&folder.path().join("county"), &server)?;
        Ok(Self {
            _folder: folder,
            server,
            township,
            county,
        })
    }

    fn county(&self, login: &str) -> Result<App> {
        self.county.unlock(login, PASSWORD)
    }

    /// Both have what the other has.
    fn meet(&self) -> Result<()> {
        for install in [&self.township, &self.county, &self.township] {
            install.sync_now();
            laptop::wait_sent(install, SOON)?;
        }
        let set = |install: &Install| install.unlock("du", PASSWORD)?.ledger_page(&newest());
        wait_until("both have the same ledger", SOON, || {
            self.township.sync_now();
            self.county.sync_now();
            Ok(set(&self.township)? == set(&self.county)?)
        })?;
        Ok(())
    }
}

fn newest() -> LedgerQuery {
    LedgerQuery {
        limit: 100,
        ..LedgerQuery::default()
    }
}

fn person(app: &App, name: &str) -> Result<PersonId> {
    let me = app.signed_in();
    if me.name == name {
        return Ok(me.person.parse()?);
    }
    let people = app.person_list()?;
    let found = people.iter().find(|one| one.name == name);
    Ok(found.context("nobody of that name")?.id.parse()?)
}

fn temple(app: &App) -> Result<SiteId> {
    let sites = app.site_list("示范寺庙")?;
    Ok(sites.first().context("no temple")?.id.parse()?)
}

fn photo(app: &App, visit: InspectionId, finding: FindingId, nth: usize) -> Result<()> {
    let target = PhotoTarget {
        inspection: visit,
        finding: Some(finding),
        item: None,
        facility: String::new(),
        name: format!("{nth}.jpg"),
        source: PhotoSource::File,
    };
    app.photo_add(target, &std::fs::read(&photos::files()?[nth])?)?;
    Ok(())
}

/// The township finds a major hazard in the temple, with a photo.
fn found(app: &App) -> Result<FindingId> {
    let visit = app.recheck_open(temple(app)?)?.visit;
    let inspection = visit.row.id.parse()?;
    let mut draft = app.finding_draft(inspection, None, None, "")?;
    draft.level = Level::Major;
    draft.hazard = "供灯房内酥油灯与木质帷幔相连，无人看护".to_owned();
    draft.deadline = Some(in_days(60));
    let finding = app.finding_save(&draft)?.id.parse()?;
    photo(app, inspection, finding, 0)?;
    app.recheck_finish(&RecheckDraft {
        visit: inspection,
        verdicts: Vec::new(),
        authority: RecheckBy::Grassroots,
        second: None,
        password: None,
    })?;
    Ok(finding)
}

fn notice() -> Details {
    Details::Notified(Notice {
        people: vec![NotedPerson {
            name: "示例住持".to_owned(),
            capacity: Some(Capacity::Principal),
            ..NotedPerson::default()
        }],
        way: Some(Way::Signed),
        ..Notice::default()
    })
}

fn plan() -> Plan {
    Plan {
        responsible: "示例住持".to_owned(),
        measures: "供灯移至独立供灯房，设专人看护".to_owned(),
        funds: "3".to_owned(),
        due: Some(in_days(50)),
        emergency: "整改期间停止室内供灯，配灭火器两具".to_owned(),
        ..Plan::default()
    }
}

/// Two officers recheck with a photo.
fn recheck(app: &App, finding: FindingId, verdict: Verdict, note: &str, nth: usize) -> Result<()> {
    let view = app.recheck_open(temple(app)?)?;
    ensure!(
        view.items
            .iter()
            .any(|one| one.row.id == finding.to_string())
    );
    let visit = view.visit.row.id.parse()?;
    photo(app, visit, finding, nth)?;
    let mut draft = RecheckDraft {
        visit,
        verdicts: vec![RecheckVerdict {
            finding,
            verdict,
            false_rectification: false,
            note: note.to_owned(),
        }],
        authority: RecheckBy::Authority,
        second: Some(person(app, "示例乙")?),
        password: Some("not this one".to_owned()),
    };
    assert_eq!(refused(app.recheck_finish(&draft))?, "wrong_password");
    draft.password = Some(PASSWORD.to_owned());
    if app.finding_life(finding)?.life.grave {
        // It passes before two officers only, and the refusal names which hazard it is about.
        let mut alone = draft.clone();
        alone.authority = RecheckBy::Grassroots;
        alone.verdicts[0].verdict = Verdict::Pass;
        let error = app.recheck_finish(&alone).err().context("it was taken")?;
        let fault = error.downcast_ref::<Fault>().context("no fault")?;
        assert_eq!(fault.key, "authority_recheck_needed");
        ensure!(fault.params["hazard"].contains("酥油灯"), "{fault:?}");
    }
    let ended = app.recheck_finish(&draft)?;
    ensure!(ended.finished.is_some());
    Ok(())
}

fn figures(app: &App) -> Result<Page> {
    app.statistics(&request())
}

#[test]
fn a_major_hazard_goes_its_whole_way_and_every_figure_goes_with_it() -> Result<()> {
    let world = World::new()?;
    let zhan = world.township.unlock("zhan", PASSWORD)?;
    let before = figures(&zhan)?;
    assert_eq!((before.all.count, before.standing.open.count), (0, 0));
    let finding = found(&zhan)?;
    world.meet()?;

    let (jia, du) = (world.county("jia")?, world.county("du")?);
    let now = figures(&jia)?;
    assert_eq!(
        (now.standing.open.count, now.standing.in_term.count),
        (1, 1)
    );
    assert_eq!((now.notified.part.count, now.notified.whole.count), (0, 1));

    // One step after the other; none can be left out.
    let rectify = Details::Rectifying(plan());
    let poor = Details::Rectifying(Plan {
        funds: String::new(),
        ..plan()
    });
    let told_nobody = Details::Notified(Notice::default());
    assert_eq!(
        refused(jia.finding_step(finding, &told_nobody, ""))?,
        "notice_recipient_missing"
    );
    jia.finding_step(finding, &notice(), "")?;
    assert_eq!(figures(&jia)?.notified.part.count, 1);
    assert_eq!(
        refused(jia.finding_step(finding, &poor, ""))?,
        "plan_incomplete"
    );
    jia.finding_step(finding, &rectify, "")?;
    let listing = Details::Listed(Listing {
        level: Some(ListingLevel::County),
        number: "示应急督〔2026〕1号".to_owned(),
        ..Listing::default()
    });
    assert_eq!(
        refused(jia.finding_step(finding, &listing, ""))?,
        "role_missing"
    );
    du.finding_step(finding, &listing, "")?;
    assert_eq!(figures(&jia)?.listed.now.count, 1);
    let extend = Details::Extended(Extension {
        from: Some(in_days(60)),
        until: Some(in_days(90)),
        asked: Some(today()),
        approver: Some(person(&jia, "示例丁")?),
        ..Extension::default()
    });
    // Nobody approves under another's name.
    assert_eq!(
        refused(jia.finding_step(finding, &extend, "施工季节"))?,
        "approver_signs_in"
    );
    let life = du
        .finding_step(finding, &extend, "高海拔冬季无法施工")?
        .life;
    assert_eq!((life.deadline, life.extensions), (Some(in_days(90)), 1));

    let close = |after: Vec<String>| -> Result<Details> {
        let photos = |ids: Vec<String>| ids.iter().map(|id| Ok(id.parse()?)).collect::<Result<_>>();
        Ok(Details::Closed(Closure {
            after: photos(after)?,
            reviewers: vec![person(&du, "示例甲")?, person(&du, "示例乙")?],
            approver: Some(person(&du, "示例丁")?),
            document: "示应急销〔2026〕1号".to_owned(),
            ..Closure::default()
        }))
    };
    ensure!(
        du.finding_step(finding, &close(Vec::new())?, "已整改")
            .is_err()
    );
    recheck(
        &jia,
        finding,
        Verdict::Partial,
        "已移出帷幔，看护人员未落实",
        1,
    )?;
    assert_eq!(jia.finding_life(finding)?.life.state, State::Unsatisfied);
    assert_eq!(figures(&jia)?.standing.open.count, 1);
    jia.finding_step(finding, &rectify, "")?;
    recheck(&jia, finding, Verdict::Pass, "", 2)?;
    let view = jia.finding_life(finding)?;
    assert_eq!(view.life.state, State::Passed);
    // Each visit says what was found on it, whatever came later.
    let said = |details: &Details| match details {
        Details::Rechecked(recheck) => recheck.inspection.zip(recheck.verdict.clone()),
        _ => None,
    };
    let visits: Vec<(InspectionId, Verdict)> = view.details.values().filter_map(said).collect();
    assert_eq!(visits.len(), 2);
    for (visit, verdict) in visits {
        assert_eq!(jia.recheck_get(visit)?.items[0].verdict, Some(verdict));
    }
    let after: Vec<String> = view
        .row
        .photos
        .iter()
        .skip(2)
        .map(|one| one.id.clone())
        .collect();
    assert_eq!(after.len(), 1);

    assert_eq!(
        refused(du.finding_step(finding, &close(after.clone())?, "已整改"))?,
        "delist_first"
    );
    let delist = Details::Delisted(Delisting {
        approver: Some(person(&du, "示例丁")?),
        number: "示应急摘〔2026〕1号".to_owned(),
        ..Delisting::default()
    });
    du.finding_step(finding, &delist, "经复查合格")?;
    assert_eq!(figures(&jia)?.listed.now.count, 0);
    assert_eq!(
        refused(du.finding_step(finding, &close(Vec::new())?, "已整改"))?,
        "after_photos_missing"
    );
    // Who did not recheck it is no reviewer.
    let Details::Closed(mut stranger) = close(after.clone())? else {
        unreachable!("a closure");
    };
    stranger.reviewers = vec![person(&du, "示例甲")?, person(&du, "示例丙")?];
    assert_eq!(
        refused(du.finding_step(finding, &Details::Closed(stranger), "已整改"))?,
        "reviewers_rechecked"
    );
    du.finding_step(finding, &close(after)?, "供灯房已独立，专人看护")?;

    let end = figures(&jia)?;
    assert_eq!((end.all.count, end.standing.open.count), (1, 0));
    // Not due for months: in no rate of what fell due. Put right on the day on which it was found.
    assert_eq!((end.on_time.part.count, end.on_time.whole.count), (0, 0));
    assert_eq!((end.mean_days.days, end.mean_days.of.count), (0, 1));
    let year = end.years.last().context("no year")?;
    assert_eq!((year.found.count, year.closed.count), (1, 1));
    // Every number opens the list that it counts.
    let of_year = LedgerQuery {
        counted: Some(year.closed.filter.clone()),
        ..newest()
    };
    assert_eq!(jia.ledger_count(&of_year)?, 1);

    world.meet()?;
    let told = world.server.command(&["stats", "--json"])?;
    let there: Value = serde_json::from_str(&told)?;
    for (name, install) in [("county", &world.county), ("township", &world.township)] {
        let here = figures(&install.unlock("du", PASSWORD)?)?;
        assert_eq!(serde_json::to_value(here)?, there, "{name}");
    }
    ensure!(world.server.command(&["quarantine"])?.lines().count() <= 1);
    Ok(())
}

#[test]
fn two_laptops_move_a_hazard_apart_and_a_person_decides_with_both_kept() -> Result<()> {
    let mut world = World::new()?;
    let zhan = world.township.unlock("zhan", PASSWORD)?;
    let visit = zhan.recheck_open(temple(&zhan)?)?.visit;
    let inspection: InspectionId = visit.row.id.parse()?;
    let mut draft = zhan.finding_draft(inspection, None, None, "")?;
    draft.hazard = "灭火器压力不足".to_owned();
    draft.deadline = Some(in_days(10));
    let finding: FindingId = zhan.finding_save(&draft)?.id.parse()?;
    world.meet()?;
    world.server.stop()?;

    // Offline: the township strikes it off, the county finds it as it was.
    zhan.finding_close(finding, "已更换")?;
    let jia = world.county("jia")?;
    recheck(&jia, finding, Verdict::Fail, "压力仍不足", 1)?;
    world.server.start()?;
    world.meet()?;

    for install in [&world.township, &world.county] {
        let life = install.unlock("du", PASSWORD)?.finding_life(finding)?.life;
        ensure!(
            !life.state.ended(),
            "never calm while they contradict: {:?}",
            life.state
        );
        assert_eq!(life.contradictions.len(), 1, "{:?}", life.contradictions);
    }
    let du = world.county("du")?;
    let disputed = LedgerQuery {
        disputed: true,
        ..newest()
    };
    assert_eq!(du.ledger_count(&disputed)?, 1);
    let life = du.finding_life(finding)?.life;
    let apart = &life.contradictions[0];
    let ruling = Details::Decided(Ruling {
        set_aside: vec![apart.transition],
        ..Ruling::default()
    });
    let decided = du.finding_step(finding, &ruling, "以复查结果为准")?.life;
    ensure!(decided.contradictions.is_empty());
    world.meet()?;
    for install in [&world.township, &world.county] {
        let life = install.unlock("du", PASSWORD)?.finding_life(finding)?.life;
        assert_eq!(life.state, decided.state);
        let kept = |one: &&xunan_model::life::Row| one.transition == apart.transition;
        ensure!(
            life.timeline.iter().any(|row| kept(&row)),
            "nothing is erased"
        );
    }
    Ok(())
}

#[test]
fn a_township_rechecks_a_general_hazard_by_itself() -> Result<()> {
    let world = World::new()?;
    let zhan = world.township.unlock("zhan", PASSWORD)?;
    let first = zhan.recheck_open(temple(&zhan)?)?.visit;
    let inspection: InspectionId = first.row.id.parse()?;
    let mut draft = zhan.finding_draft(inspection, None, None, "")?;
    draft.hazard = "灭火器压力不足".to_owned();
    let finding: FindingId = zhan.finding_save(&draft)?.id.parse()?;
    let mut end = RecheckDraft {
        visit: inspection,
        verdicts: Vec::new(),
        authority: RecheckBy::Grassroots,
        second: None,
        password: None,
    };
    zhan.recheck_finish(&end)?;
    assert_eq!(refused(zhan.recheck_finish(&end))?, "inspection_finished");

    let again = zhan.recheck_open(temple(&zhan)?)?;
    assert_eq!(again.items.len(), 1);
    end.visit = again.visit.row.id.parse()?;
    assert_eq!(refused(zhan.recheck_finish(&end))?, "recheck_nothing");
    end.verdicts.push(RecheckVerdict {
        finding,
        verdict: Verdict::Pass,
        false_rectification: false,
        note: "已更换".to_owned(),
    });
    let ended = zhan.recheck_finish(&end)?;
    ensure!(ended.finished.is_some());
    assert_eq!(zhan.finding_life(finding)?.life.state, State::Passed);
    Ok(())
}

#[test]
fn pages_have_every_finding_once_and_filters_exactly_those_that_fit() -> Result<()> {
    let world = World::new()?;
    let jia = world.county("jia")?;
    let visit = jia.recheck_open(temple(&jia)?)?.visit;
    let inspection: InspectionId = visit.row.id.parse()?;
    let mut ids = Vec::new();
    for nth in 0..7 {
        let mut draft = jia.finding_draft(inspection, None, None, "")?;
        draft.hazard = format!("{}第{nth}处", ["堆放煤气罐", "灯绳老化"][nth % 2]);
        draft.deadline = (nth % 3 == 0).then(|| in_days(nth as u64));
        ids.push(jia.finding_save(&draft)?.id);
    }
    let fits = |query: LedgerQuery| -> Result<Vec<String>> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let asked = LedgerQuery {
                before: before.take(),
                limit: 2,
                ..query.clone()
            };
            let page = jia.ledger_page(&asked)?;
            all.extend(page.rows.into_iter().map(|row| row.finding));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(jia.ledger_count(&query)?, all.len() as u64);
        Ok(all)
    };
    let newest_first = |wanted: &[usize]| -> Vec<String> {
        wanted.iter().rev().map(|nth| ids[*nth].clone()).collect()
    };
    assert_eq!(fits(newest())?, newest_first(&[0, 1, 2, 3, 4, 5, 6]));
    let words = |search: &str| LedgerQuery {
        search: search.to_owned(),
        ..newest()
    };
    assert_eq!(fits(words("煤气"))?, newest_first(&[0, 2, 4, 6]));
    assert_eq!(fits(words("煤气 第4处"))?, newest_first(&[4]));

    // The workbench's numbers are those of the lists that they open: fire, three working days after the deadline.
    let rechecks = jia.workbench()?.rechecks;
    for (when, count) in [
        (DueWhen::Today, rechecks.today),
        (DueWhen::Week, rechecks.week),
        (DueWhen::Overdue, rechecks.overdue),
    ] {
        let due = LedgerQuery {
            due: Some(when),
            ..newest()
        };
        assert_eq!(fits(due)?.len(), count, "{when:?}");
    }
    ensure!(rechecks.week > 0, "{rechecks:?}");

    // One step for several: who may not take it keeps nobody else back.
    let all: Vec<FindingId> = ids
        .iter()
        .map(|id| Ok(id.parse()?))
        .collect::<Result<_>>()?;
    jia.finding_close(all[1], "当场整改")?;
    jia.finding_close(all[3], "当场整改")?;
    let asked = Details::RecheckRequested(Request::default());
    let told = jia.finding_steps(&all[..3], &asked, "")?;
    let refused: Vec<Option<&str>> = told.iter().map(|one| one.refused.as_deref()).collect();
    assert_eq!(refused, [None, Some("step_not_allowed"), None]);
    let closing = Details::Closed(Closure::default());
    let error = jia
        .finding_steps(&all, &closing, "x")
        .err()
        .context("taken")?;
    assert_eq!(
        error.downcast_ref::<Fault>().context("no fault")?.key,
        "bulk_step"
    );

    // A lot draws from what was struck off and fits, each once, and no more than there is.
    let drawn: BTreeSet<String> = jia.lookback_draw(&newest(), 10)?.into_iter().collect();
    assert_eq!(drawn, [ids[1].clone(), ids[3].clone()].into());
    assert_eq!(jia.lookback_draw(&newest(), 1)?.len(), 1);
    ensure!(jia.lookback_draw(&words("煤气"), 10)?.is_empty());
    let only = LedgerQuery {
        only: drawn.into_iter().collect(),
        ..newest()
    };
    assert_eq!(fits(only)?, newest_first(&[1, 3]));
    Ok(())
}

#[test]
fn an_office_has_its_own_rules_from_their_day_on() -> Result<()> {
    let world = World::new()?;
    let zhan = world.township.unlock("zhan", PASSWORD)?;
    let finding = found(&zhan)?;
    let due = |app: &App| -> Result<Option<String>> { Ok(app.finding_life(finding)?.recheck_due) };
    let usual = due(&zhan)?;
    ensure!(usual.is_some());
    let file = world.server.data().with_file_name("rules.json");
    let rules =
        json!([{ "from": "2026-01-01", "recheck_days": 20, "fire_recheck_working_days": 15 }]);
    std::fs::write(&file, rules.to_string())?;
    let path = file.to_string_lossy();
    world.server.command(&[
        "office",
        "rules",
        "--office",
        office_name(&zhan)?.as_str(),
        &path,
    ])?;
    wait_until("the rules are here", SOON, || {
        world.township.sync_now();
        Ok(due(&zhan)? != usual)
    })?;
    Ok(())
}

fn office_name(app: &App) -> Result<String> {
    let people = app.person_list()?;
    Ok(people.first().context("nobody")?.office_name.clone())
}
