//! Order of work, pauses, silence: case by case.

use super::*;

const PATIENCE: u64 = 10_000;

fn blob(n: u8, lane: Lane) -> BlobJob {
    BlobJob {
        sha256: Digest([n; 32]),
        bytes: 10,
        lane,
        begun: false,
    }
}

fn step(machine: &mut Machine, event: Event, work: &Work, now_ms: u64) -> Action {
    machine.step(event, work, now_ms, PATIENCE, 1.0)
}

/// A machine whose connection is up and whose first poll is done.
fn up() -> Machine {
    let mut machine = Machine::default();
    let none = Work::default();
    assert_eq!(step(&mut machine, Event::Now, &none, 0), Action::Dial);
    assert_eq!(step(&mut machine, Event::Dialed, &none, 0), Action::Sync);
    let synced = Event::Synced {
        more: false,
        moved: true,
    };
    step(&mut machine, synced, &none, 0);
    machine
}

#[test]
fn records_go_before_blobs_and_small_blobs_before_large() {
    let mut machine = up();
    let original = blob(3, Lane::Original);
    let work = Work {
        changes: 1,
        uploads: vec![blob(1, Lane::Thumb), original],
        ..Work::default()
    };
    assert_eq!(step(&mut machine, Event::Woke, &work, 1), Action::Sync);
    let blobs = Work { changes: 0, ..work };
    assert_eq!(
        step(&mut machine, Event::Woke, &blobs, 1),
        Action::Upload(blob(1, Lane::Thumb))
    );
    // The second waits until the first needs the link no more.
    assert!(matches!(
        step(&mut machine, Event::Woke, &blobs, 2),
        Action::Wait { .. }
    ));
    let drained = Event::Drained(blob(1, Lane::Thumb).sha256);
    assert_eq!(
        step(&mut machine, drained, &blobs, 3),
        Action::Upload(original)
    );
}

#[test]
fn what_comes_before_in_the_order_overtakes_and_holds_the_other_back() {
    let mut machine = up();
    let mut work = Work {
        uploads: vec![blob(3, Lane::Original)],
        ..Work::default()
    };
    assert_eq!(
        step(&mut machine, Event::Woke, &work, 1),
        Action::Upload(blob(3, Lane::Original))
    );
    assert_eq!(machine.turn(), Some(blob(3, Lane::Original).sha256));
    work.uploads.insert(0, blob(1, Lane::Thumb));
    assert_eq!(
        step(&mut machine, Event::Woke, &work, 2),
        Action::Upload(blob(1, Lane::Thumb))
    );
    assert_eq!(machine.turn(), Some(blob(1, Lane::Thumb).sha256));
    work.changes = 1;
    assert_eq!(step(&mut machine, Event::Woke, &work, 3), Action::Sync);
    assert_eq!(machine.turn(), None, "changes go alone");
    work.changes = 0;
    work.uploads.insert(0, blob(2, Lane::Thumb));
    assert!(
        matches!(
            step(&mut machine, Event::Woke, &work, 4),
            Action::Wait { .. }
        ),
        "never more than two blobs at a time"
    );
}

#[test]
fn while_the_server_is_asked_about_one_blob_another_uses_the_link() {
    let mut machine = up();
    let begun = BlobJob {
        begun: true,
        ..blob(1, Lane::Original)
    };
    let fresh = blob(2, Lane::Original);
    let work = Work {
        uploads: vec![begun, fresh],
        ..Work::default()
    };
    assert_eq!(
        step(&mut machine, Event::Woke, &work, 1),
        Action::Upload(begun)
    );
    assert_eq!(
        step(&mut machine, Event::Woke, &work, 1),
        Action::Upload(fresh)
    );
    assert_eq!(machine.turn(), Some(fresh.sha256));
    step(&mut machine, Event::Sending(begun.sha256), &work, 2);
    assert_eq!(machine.turn(), Some(begun.sha256), "the older one goes on");
}

#[test]
fn on_a_metered_link_only_thumbnails_go() {
    let mut machine = up();
    let work = Work {
        uploads: vec![blob(2, Lane::Evidence), blob(3, Lane::Original)],
        metered: true,
        ..Work::default()
    };
    assert!(matches!(
        step(&mut machine, Event::Woke, &work, 1),
        Action::Wait { .. }
    ));
}

#[test]
fn the_pause_grows_and_any_progress_resets_it() {
    let mut machine = up();
    let work = Work {
        changes: 1,
        ..Work::default()
    };
    let mut pauses = Vec::new();
    let mut now = 0;
    for _ in 0..12 {
        let failed = Event::Failed(Failure::Broken);
        let Action::Wait { until_ms } = step(&mut machine, failed, &work, now) else {
            panic!("a failure is followed by a pause")
        };
        pauses.push(until_ms - now);
        now = until_ms;
    }
    assert_eq!(pauses[..4], [200, 400, 800, 1_600]);
    assert_eq!(pauses.last(), Some(&30_000));
    step(&mut machine, Event::Progress, &work, now);
    assert_eq!(
        step(&mut machine, Event::Failed(Failure::Broken), &work, now),
        Action::Wait {
            until_ms: now + 200
        }
    );
}

#[test]
fn a_server_that_refuses_at_once_is_asked_at_least_every_five_seconds() {
    let mut machine = up();
    let work = Work {
        changes: 1,
        ..Work::default()
    };
    for _ in 0..50 {
        step(&mut machine, Event::Failed(Failure::Refused), &work, 0);
    }
    assert_eq!(
        step(&mut machine, Event::Failed(Failure::Refused), &work, 0),
        Action::Wait { until_ms: 5_000 }
    );
}

#[test]
fn now_ends_every_pause() {
    let mut machine = up();
    let work = Work {
        uploads: vec![blob(1, Lane::Thumb)],
        ..Work::default()
    };
    for _ in 0..9 {
        step(&mut machine, Event::Failed(Failure::Broken), &work, 0);
    }
    assert_eq!(step(&mut machine, Event::Now, &work, 2), Action::Dial);
}

#[test]
fn silence_with_work_to_do_ends_the_connection_and_progress_prolongs_it() {
    let mut machine = up();
    let work = Work {
        uploads: vec![blob(1, Lane::Thumb)],
        ..Work::default()
    };
    step(&mut machine, Event::Woke, &work, 1_000);
    assert_eq!(
        step(&mut machine, Event::Woke, &work, 1_000),
        Action::Wait { until_ms: 11_000 }
    );
    assert_eq!(
        step(&mut machine, Event::Progress, &work, 9_000),
        Action::Wait { until_ms: 19_000 }
    );
    assert_eq!(
        step(&mut machine, Event::Woke, &work, 19_000),
        Action::HangUp
    );
    let Action::Wait { until_ms } = step(&mut machine, Event::Woke, &work, 19_000) else {
        panic!("a pause follows")
    };
    assert!(until_ms <= 19_200);
    assert_eq!(
        step(&mut machine, Event::Woke, &work, until_ms),
        Action::Dial
    );
}

#[test]
fn a_dial_that_hears_nothing_is_given_up() {
    let mut machine = Machine::default();
    let none = Work::default();
    assert_eq!(step(&mut machine, Event::Now, &none, 0), Action::Dial);
    assert_eq!(
        step(&mut machine, Event::Woke, &none, 0),
        Action::Wait { until_ms: PATIENCE }
    );
    assert_eq!(
        step(&mut machine, Event::Woke, &none, PATIENCE),
        Action::HangUp
    );
}

#[test]
fn a_blob_that_fails_waits_longer_each_time_and_holds_nothing_up() {
    let mut machine = up();
    let bad = blob(1, Lane::Thumb);
    let good = blob(2, Lane::Original);
    let work = Work {
        uploads: vec![bad, good],
        ..Work::default()
    };
    assert_eq!(
        step(&mut machine, Event::Woke, &work, 1),
        Action::Upload(bad)
    );
    assert_eq!(
        step(&mut machine, Event::BlobFailed(bad.sha256), &work, 2),
        Action::Upload(good)
    );
    assert_eq!(machine.waiting(2), [bad.sha256]);
    let only = Work {
        uploads: vec![bad],
        ..Work::default()
    };
    assert_eq!(
        step(&mut machine, Event::Moved(good.sha256), &only, 3),
        Action::Wait { until_ms: 1_002 }
    );
    assert_eq!(
        step(&mut machine, Event::Woke, &only, 1_002),
        Action::Upload(bad)
    );
    assert_eq!(
        step(&mut machine, Event::BlobFailed(bad.sha256), &only, 1_002),
        Action::Wait { until_ms: 3_002 }
    );
}

#[test]
fn an_unused_connection_is_closed() {
    let mut machine = up();
    let none = Work::default();
    let Action::Wait { until_ms } = step(&mut machine, Event::Woke, &none, 1) else {
        panic!("nothing to do")
    };
    assert_eq!(until_ms, IDLE_MS);
    assert_eq!(
        step(&mut machine, Event::Woke, &none, IDLE_MS),
        Action::HangUp
    );
    assert_eq!(
        step(&mut machine, Event::Woke, &none, IDLE_MS),
        Action::Wait { until_ms: POLL_MS }
    );
    assert_eq!(
        step(&mut machine, Event::Woke, &none, POLL_MS),
        Action::Dial
    );
}

#[test]
fn a_photo_that_breaks_every_connection_does_not_keep_the_records_back() {
    let mut machine = up();
    let photo = blob(1, Lane::Original);
    let work = Work {
        changes: 1,
        uploads: vec![photo],
        ..Work::default()
    };
    let mut now = 1;
    assert_eq!(step(&mut machine, Event::Woke, &work, now), Action::Sync);
    assert_eq!(
        step(&mut machine, Event::Woke, &work, now),
        Action::Upload(photo)
    );
    for _ in 0..5 {
        // The photo takes the connection with it before the records are answered.
        let failed = Event::Failed(Failure::Broken);
        let Action::Wait { until_ms } = step(&mut machine, failed, &work, now) else {
            panic!("a pause follows")
        };
        now = until_ms;
        assert_eq!(step(&mut machine, Event::Woke, &work, now), Action::Dial);
        assert_eq!(step(&mut machine, Event::Dialed, &work, now), Action::Sync);
        let next = step(&mut machine, Event::Woke, &work, now);
        assert!(matches!(next, Action::Wait { .. }), "{next:?}");
    }
}
