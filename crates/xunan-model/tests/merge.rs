//! Two laptops' changes become one record, whatever the order in which they arrive.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use xunan_model::change::{Change, ChangeId, Edit, Kind, RawChange};
use xunan_model::id::DeviceId;
use xunan_model::merge::{Policy, Row, Writer, apply};
use xunan_model::stamp::Stamp;

fn writer(device: u128, seq: u64, ms: u64) -> Writer {
    let change = ChangeId {
        device: DeviceId(Uuid::from_u128(device)),
        epoch: 1,
        seq,
    };
    Writer {
        at: Stamp::from_ms(ms),
        change,
    }
}

fn edit(field: &str, value: Value, base: Option<Stamp>) -> Edit {
    let mut set = Map::new();
    set.insert(field.to_owned(), value);
    let base = base
        .map(|stamp| (field.to_owned(), stamp))
        .into_iter()
        .collect();
    Edit {
        kind: Kind::Finding,
        id: Uuid::from_u128(7),
        base,
        set,
    }
}

proptest! {
    #[test]
    fn the_order_of_arrival_does_not_matter(
        writes in prop::collection::vec((1u128..4, 0u64..5, 0usize..3, 0i32..4), 1..12),
        seed in any::<u64>(),
    ) {
        let edits: Vec<(Writer, Edit)> = writes
            .iter()
            .enumerate()
            .map(|(seq, (device, ms, field, value))| {
                let value = if *value == 0 { Value::Null } else { json!(value) };
                (writer(*device, seq as u64 + 1, *ms), edit(["level", "hazard", "newer"][*field], value, None))
            })
            .collect();
        let mut shuffled = edits.clone();
        let mut state = seed;
        for place in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(place, (state >> 33) as usize % (place + 1));
        }
        let (mut one, mut other) = (Row::default(), Row::default());
        for (writer, edit) in &edits {
            apply(&mut one, *writer, edit);
        }
        for (writer, edit) in &shuffled {
            apply(&mut other, *writer, edit);
        }
        prop_assert_eq!(&one, &other);
        // Applying everything again changes nothing.
        for (writer, edit) in &edits {
            apply(&mut one, *writer, edit);
        }
        prop_assert_eq!(&one, &other);
        let stored = Row::from_stored(&serde_json::to_string(&one.fields).unwrap(), &one.writers_text().unwrap());
        prop_assert_eq!(stored.unwrap(), one);
    }
}

#[test]
fn values_written_without_seeing_each_other_are_one_conflict_on_every_machine() {
    let (a, b) = (writer(1, 1, 10), writer(2, 1, 20));
    let (mine, yours) = (
        edit("level", json!("major"), None),
        edit("level", json!("general"), None),
    );
    let (mut here, mut there) = (Row::default(), Row::default());
    assert!(apply(&mut here, a, &mine).is_empty());
    let seen_here = apply(&mut here, b, &yours);
    assert!(apply(&mut there, b, &yours).is_empty());
    let seen_there = apply(&mut there, a, &mine);
    assert_eq!(seen_here.len(), 1);
    assert_eq!(seen_here, seen_there);
    assert_eq!(seen_here[0].winner.value, json!("general"));
    assert_eq!(here, there);
}

#[test]
fn a_value_that_was_seen_is_no_conflict() {
    let first = writer(1, 1, 10);
    let mut row = Row::default();
    apply(&mut row, first, &edit("hazard", json!("a"), None));
    let later = edit("hazard", json!("b"), Some(first.at));
    assert!(apply(&mut row, writer(2, 1, 20), &later).is_empty());
    // The same laptop's next change never is, whatever stamp its own earlier one was given.
    assert!(
        apply(
            &mut row,
            writer(2, 2, 30),
            &edit("hazard", json!("c"), Some(Stamp::from_ms(99)))
        )
        .is_empty()
    );
    assert!(
        apply(
            &mut row,
            writer(1, 2, 40),
            &edit("hazard", json!("c"), None)
        )
        .is_empty(),
        "the same value"
    );
}

#[test]
fn what_this_program_does_not_know_is_kept() {
    let text = r#"{"v":9,"device":"00000000-0000-0000-0000-000000000001","epoch":1,"seq":1,"at":"0000000000010000","time":{"wall":"2026-11-23T00:00:00Z","mono":1,"boot":"b","trusted":null},"author":"00000000-0000-0000-0000-000000000002","scope":"s","edits":[{"kind":"telepathy","id":"00000000-0000-0000-0000-000000000003","set":{"aura":{"hue":"violet"}}}],"tomorrow":true}"#;
    let raw = RawChange::from_text(text.to_owned()).unwrap();
    assert_eq!(raw.text(), text, "the author's exact bytes");
    let change: Change = raw.read().unwrap();
    assert_eq!(change.edits[0].kind, Kind::Unknown("telepathy".to_owned()));
    let mut row = Row::default();
    apply(
        &mut row,
        Writer {
            at: change.at,
            change: change.id,
        },
        &change.edits[0],
    );
    assert_eq!(row.fields["aura"]["hue"], "violet");
}

#[test]
fn of_two_ends_of_one_visit_a_person_decides_which_stands() {
    let end = |by: &str, base| Edit {
        kind: Kind::Inspection,
        ..edit("finished", json!({ "by": by }), base)
    };
    let mut row = Row::default();
    assert!(apply(&mut row, writer(1, 1, 10), &end("enforcement", None)).is_empty());
    let conflicts = apply(&mut row, writer(2, 1, 20), &end("record", None));
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0].policy, Policy::Adjudicate);
    assert_eq!(
        conflicts[0].loser.value,
        json!({ "by": "enforcement" }),
        "nothing is lost"
    );
}
