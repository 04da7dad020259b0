//! The end of a visit on a real laptop: who confirms, what freezes, what is missing.

use anyhow::{Context, Result};
use xunan_core::view::{InspectionView, InspectorView, ReviewView};
use xunan_core::{App, Install};
use xunan_model::fault::Fault;
use xunan_model::finish::Missing;
use xunan_model::id::{InspectionId, PersonId};
use xunan_model::inspection::AnswerResult;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;

struct World {
    _folder: tempfile::TempDir,
    install: Install,
    app: App,
    view: InspectionView,
    id: InspectionId,
}

/// A visit by one inspector that has begun.
fn world() -> Result<World> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let install = laptop::enrolled(&folder.path().join("one"), &server)?;
    server.stop()?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let view = laptop::begin(&app, &["city_gas", "fire"], 2)?;
    let id = view.row.id.parse()?;
    Ok(World {
        _folder: folder,
        install,
        app,
        view,
        id,
    })
}

impl World {
    fn person(&self, login: &str) -> Result<PersonId> {
        let app = self.install.unlock(login, PASSWORD)?;
        Ok(app.signed_in().person.parse()?)
    }

    fn confirm(&self, login: &str, password: &str) -> Result<ReviewView> {
        let person = self.person(login)?;
        let read = self.app.inspection_review(self.id)?.digest;
        self.app
            .inspection_confirm(self.id, person, password, &read)
    }
}

fn key<T>(result: Result<T>) -> &'static str {
    let error = result
        .err()
        .and_then(|error| error.downcast::<Fault>().ok());
    error.map_or("no fault", |fault| fault.key)
}

fn confirmed(review: &ReviewView) -> usize {
    let has = |one: &&InspectorView| one.confirmed.is_some();
    review.inspectors.iter().filter(has).count()
}

fn confirmed_now(world: &World) -> Result<usize> {
    Ok(confirmed(&world.app.inspection_review(world.id)?))
}

#[test]
fn two_inspectors_confirm_with_their_own_passwords_and_the_visit_is_frozen() -> Result<()> {
    let world = world()?;
    assert_eq!(key(world.confirm("yi", PASSWORD)), "not_an_inspector");
    let review = world
        .app
        .visit_inspectors(world.id, vec![world.person("yi")?])?;
    assert!(review.can_enforce);
    assert_eq!(key(world.confirm("yi", "not his")), "wrong_password");
    assert_eq!(
        key(world.app.inspection_finish(world.id, true)),
        "two_inspectors_needed"
    );

    assert_eq!(confirmed(&world.confirm("jia", PASSWORD)?), 1);
    assert_eq!(
        key(world.app.inspection_finish(world.id, true)),
        "two_inspectors_needed"
    );
    let again = world.confirm("jia", PASSWORD)?;
    assert_eq!(confirmed(&again), 1, "twice is once");
    assert!(world.confirm("yi", PASSWORD)?.enforcement);
    let view = world.app.inspection_finish(world.id, true)?;
    assert!(view.finished.is_some());
    let review = world.app.inspection_review(world.id)?;
    assert!(review.enforcement && review.intact);
    assert_eq!(confirmed(&review), 2);
    let certificates: Vec<_> = review
        .inspectors
        .iter()
        .filter_map(|one| one.certificate.clone())
        .collect();
    assert_eq!(certificates, ["示范执法0001", "示范执法0002"]);
    assert_eq!(key(world.confirm("jia", PASSWORD)), "inspection_finished");
    Ok(())
}

#[test]
fn what_changes_after_a_confirmation_makes_it_void() -> Result<()> {
    let world = world()?;
    world
        .app
        .visit_inspectors(world.id, vec![world.person("yi")?])?;
    world.confirm("jia", PASSWORD)?;
    let draft = laptop::answer(&world.view, 0, AnswerResult::Compliant)?;
    world.app.answer_save(draft)?;
    let review = world.app.inspection_review(world.id)?;
    assert!(review.void && confirmed(&review) == 0);
    assert_eq!(
        key(world.app.inspection_finish(world.id, true)),
        "confirmed_before_change"
    );
    // The second confirms what is there now: the first has to do so again.
    let review = world.confirm("yi", PASSWORD)?;
    assert_eq!((confirmed(&review), review.enforcement), (1, false));
    assert!(world.confirm("jia", PASSWORD)?.enforcement);
    world.app.inspection_finish(world.id, true)?;
    Ok(())
}

#[test]
fn nobody_confirms_what_came_after_reading() -> Result<()> {
    let world = world()?;
    let yi = world.person("yi")?;
    world.app.visit_inspectors(world.id, vec![yi])?;
    let read = world.app.inspection_review(world.id)?.digest;
    let draft = laptop::answer(&world.view, 0, AnswerResult::Compliant)?;
    world.app.answer_save(draft)?;
    let late = world.app.inspection_confirm(world.id, yi, PASSWORD, &read);
    assert_eq!(key(late), "changed_since_read");
    let nothing = world.app.inspection_confirm(world.id, yi, PASSWORD, "");
    assert_eq!(key(nothing), "changed_since_read");
    assert_eq!(confirmed_now(&world)?, 0);
    assert_eq!(confirmed(&world.confirm("yi", PASSWORD)?), 1);
    Ok(())
}

#[test]
fn a_confirmation_is_given_by_password_and_cannot_be_written_as_text() -> Result<()> {
    let world = world()?;
    let place = format!("confirm/{}", world.id);
    assert_eq!(key(world.install.local_put(&place, Some("{}"))), "invalid");
    world
        .install
        .local_put(&format!("place/{}", world.id), Some("x"))?;
    Ok(())
}

#[test]
fn what_happens_to_a_hazard_after_the_end_does_not_rewrite_the_visit() -> Result<()> {
    let world = world()?;
    let mut draft = world.app.finding_draft(world.id, None, None, "")?;
    draft.hazard = "通道堆放杂物".to_owned();
    let row = world.app.finding_save(&draft)?;
    let missing = world.app.inspection_review(world.id)?.missing;
    assert!(
        missing
            .iter()
            .any(|one| matches!(one, Missing::ToVerify { .. })),
        "a hazard written freely has no clause that may be cited"
    );
    world.app.inspection_finish(world.id, false)?;
    let before = world.app.inspection_review(world.id)?;
    assert!(
        before.summary.contains("还没有定整改期限"),
        "{}",
        before.summary
    );
    std::thread::sleep(std::time::Duration::from_millis(5));
    world.app.finding_close(row.id.parse()?, "已清走")?;
    let after = world.app.inspection_review(world.id)?;
    assert_eq!(after.summary, before.summary);
    assert!(after.intact && after.digest == before.digest);
    Ok(())
}

#[test]
fn one_inspector_alone_and_a_station_end_with_a_check_record() -> Result<()> {
    let world = world()?;
    let zhan = world.person("zhan")?;
    world.app.visit_inspectors(world.id, vec![zhan])?;
    let refused = world.app.inspection_confirm(world.id, zhan, PASSWORD, "");
    assert_eq!(key(refused), "certificate_missing");
    world.app.inspection_finish(world.id, false)?;
    let review = world.app.inspection_review(world.id)?;
    assert!(!review.enforcement && review.intact);
    Ok(())
}

#[test]
fn guessing_a_password_is_slowed_down_and_the_right_one_waits_too() -> Result<()> {
    let world = world()?;
    let jia = world.person("jia")?;
    for _ in 0..5 {
        let guessed = world.app.inspection_confirm(world.id, jia, "guess", "");
        assert_eq!(key(guessed), "wrong_password");
    }
    let fault = world
        .install
        .unlock("jia", PASSWORD)
        .err()
        .context("no pause")?;
    let fault = fault.downcast::<Fault>()?;
    assert_eq!(
        (fault.key, fault.params["seconds"].as_str()),
        ("wrong_password", "1")
    );
    std::thread::sleep(std::time::Duration::from_millis(1_050));
    world.install.unlock("jia", PASSWORD)?;
    Ok(())
}

#[test]
fn what_is_missing_is_named_and_the_summary_tells_the_visit() -> Result<()> {
    let world = world()?;
    let draft = laptop::answer(&world.view, 0, AnswerResult::NonCompliant)?;
    let code = draft.item.clone();
    world.app.answer_save(draft)?;
    let review = world.app.inspection_review(world.id)?;
    let Some(Missing::NoFinding { at }) = review.missing.first() else {
        panic!("{:?}", review.missing.first())
    };
    assert_eq!(at.item, code);
    assert!(
        review
            .missing
            .iter()
            .any(|one| matches!(one, Missing::Open { .. }))
    );

    let edition = world.view.items[0].edition.id.clone();
    let draft = world
        .app
        .finding_draft(world.id, Some(&edition), Some(&code), "")?;
    world.app.finding_save(&draft)?;
    let review = world.app.inspection_review(world.id)?;
    assert!(matches!(review.missing[0], Missing::NoPhoto { .. }));
    let text = &review.summary;
    assert!(text.contains("示例甲对"), "{text}");
    assert!(text.contains("不符合1项"), "{text}");
    assert!(text.contains("发现隐患1处"), "{text}");
    assert!(text.contains("还没有定整改期限"), "{text}");
    Ok(())
}
