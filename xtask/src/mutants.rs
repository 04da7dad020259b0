//! Breaks the promises on purpose, one at a time, and expects the named test to notice.
//!
//! A test that cannot fail proves nothing. Each mutant is a small change of the source; the file
//! is put back afterwards, whatever happens.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::Place;
use crate::tools::{Done, run, say};

struct Mutant {
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// Package, target and name of the test that must fail.
    test: [&'static str; 4],
}

#[rustfmt::skip]
const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "put without queueing",
        file: "crates/xunan-core/src/store/tx.rs",
        from: "        self.note(&R::KIND, id);\n        self.edits.push(edit);\n",
        to: "        self.note(&R::KIND, id);\n        drop(edit);\n",
        test: ["xunan-core", "--lib", "", "what_is_saved_is_queued_and_the_row_is_the_fold_of_the_log"],
    },
    Mutant {
        name: "announce before commit",
        file: "crates/xunan-core/src/store/mod.rs",
        from: "        transaction.commit().context(\"commit\")?;\n        drop(writer);\n        self.announce(&changed);\n",
        to: "        self.announce(&changed);\n        transaction.commit().context(\"commit\")?;\n        drop(writer);\n",
        test: ["xunan-core", "--lib", "", "what_is_announced_is_already_on_the_disk"],
    },
    Mutant {
        name: "ack before (without) commit",
        file: "crates/xunan-server/src/store/sqlite/mod.rs",
        from: "            tx.commit().context(\"commit\")?;\n",
        to: "            let _ack_whatever_happens = tx.commit();\n",
        test: ["xunan-server", "--test", "durable", "a_commit_that_fails_is_never_acknowledged"],
    },
    Mutant {
        name: "the laptop's database without synced commits",
        file: "crates/xunan-core/src/store/schema.rs",
        from: "PRAGMA synchronous = FULL;",
        to: "PRAGMA synchronous = OFF;",
        test: ["xunan-tests", "--test", "sim", "six_short_runs_hold"],
    },
    Mutant {
        name: "the server's database without synced commits",
        file: "crates/xunan-server/src/store/sqlite/open.rs",
        from: "\"synchronous\", \"FULL\"",
        to: "\"synchronous\", \"OFF\"",
        test: ["xunan-tests", "--test", "sim", "six_short_runs_hold"],
    },
    Mutant {
        name: "no folder sync under a laptop's photo",
        file: "crates/xunan-core/src/blob.rs",
        from: "        self.disk.rename(part, &path)?;\n        self.disk.sync_folder(folder)\n",
        to: "        self.disk.rename(part, &path)\n",
        test: ["xunan-tests", "--test", "sim", "six_short_runs_hold"],
    },
    Mutant {
        name: "no folder sync under a blob at the server",
        file: "crates/xunan-server/src/store/sqlite/blob.rs",
        from: "            disk.rename(&part, &path)?;\n            disk.sync_folder(folder)?;\n",
        to: "            disk.rename(&part, &path)?;\n",
        test: ["xunan-tests", "--test", "sim", "six_short_runs_hold"],
    },
    Mutant {
        name: "no digest check at the server",
        file: "crates/xunan-server/src/store/sqlite/blob.rs",
        from: "            if self.blobs.digest_of(&part)? != sha256 {",
        to: "            if false {",
        test: ["xunan-server", "--test", "blob", "a_flipped_bit_is_found_and_the_part_is_gone"],
    },
    Mutant {
        name: "uploads begin again from zero",
        file: "crates/xunan-core/src/sync/transfer.rs",
        from: "        from = from.min(job.bytes);\n",
        to: "        from = from.min(0);\n",
        test: ["xunan-tests", "--test", "link", "a_link_that_is_cut_again_and_again_carries_little_twice"],
    },
    Mutant {
        name: "a photo is done when it is handed over",
        file: "crates/xunan-core/src/sync/transfer.rs",
        from: "                flow.tell(Event::Drained(job.sha256));\n",
        to: "                return Ok(None);\n",
        test: ["xunan-core", "--lib", "", "a_photo_is_sent_when_the_server_says_so_and_not_when_it_is_handed_over"],
    },
    Mutant {
        name: "the cursor runs ahead",
        file: "crates/xunan-core/src/sync/round.rs",
        from: "            cursor.n,\n",
        to: "            cursor.n + 1,\n",
        test: ["xunan-tests", "--test", "sim", "six_short_runs_hold"],
    },
    Mutant {
        name: "backoff never begins anew",
        file: "crates/xunan-core/src/sync/machine.rs",
        from: "            Event::Progress => {\n                self.failures = 0;\n",
        to: "            Event::Progress => {\n",
        test: ["xunan-core", "--lib", "", "the_pause_grows_and_any_progress_resets_it"],
    },
    Mutant {
        name: "no watchdog",
        file: "crates/xunan-core/src/sync/driver.rs",
        from: "let patience = flow.pace.borrow().patience_ms(flow.unacked());",
        to: "let patience = flow.pace.borrow().patience_ms(flow.unacked()) + 86_400_000;",
        test: ["xunan-tests", "--test", "link", "a_link_that_falls_silent_is_left_within_twenty_seconds"],
    },
    Mutant {
        name: "the laptop ignores effective stamps",
        file: "crates/xunan-core/src/sync/round.rs",
        from: "    for (seq, effective) in &ack.stamps {\n",
        to: "    for (seq, effective) in ack.stamps.iter().take(0) {\n",
        test: ["xunan-core", "--lib", "", "a_clock_that_ran_ahead_does_not_win_over_what_others_wrote_later"],
    },
    Mutant {
        name: "a clone is not noticed",
        file: "crates/xunan-server/src/store/sqlite/apply.rs",
        from: "            .is_some_and(|known| known.digest != change.raw.digest())\n",
        to: "            .is_some_and(|_| false)\n",
        test: ["xunan-tests", "--test", "sim", "six_short_runs_hold"],
    },
    Mutant {
        name: "earlier epochs are not compared after a restore",
        file: "crates/xunan-core/src/sync/round.rs",
        from: "        parted::recheck_all(conn, device)?;\n",
        to: "        let _ = device;\n",
        test: ["xunan-tests", "--test", "sim", "six_short_runs_hold"],
    },
    Mutant {
        name: "conflicts by the order of arrival",
        file: "crates/xunan-core/src/store/log.rs",
        from: "    if !merge::in_order(&row, writer, edit) {\n",
        to: "    if false {\n",
        test: ["xunan-tests", "--test", "sim", "six_short_runs_hold"],
    },
    Mutant {
        name: "a name means here what it meant before the server was restored",
        file: "crates/xunan-core/src/sync/round.rs",
        from: "            Some(kept) if kept.digest == pulled.raw.digest() => {\n",
        to: "            Some(kept) if !kept.digest.0.is_empty() => {\n",
        test: ["xunan-core", "--lib", "", "a_name_that_a_restored_server_gave_to_other_bytes_means_those_here_too"],
    },
    Mutant {
        name: "what a rewrite hid is not pulled again",
        file: "crates/xunan-core/src/store/parted.rs",
        from: "    if !touched.is_empty() {\n        pull_again(conn)?;\n    }\n",
        to: "",
        test: ["xunan-core", "--lib", "", "what_a_clone_wrote_under_our_names_is_here_after_ours_was_written_again"],
    },
    Mutant {
        name: "originals go before the server has them",
        file: "crates/xunan-core/src/store/evict.rs",
        from: "const NEEDLESS: &str = \"lane = 2 AND sent = 1 AND",
        to: "const NEEDLESS: &str = \"lane = 2 AND",
        test: ["xunan-tests", "--test", "leaving", "originals_that_the_server_has_make_room_when_asked_and_come_back_when_asked"],
    },
    Mutant {
        name: "an acknowledgement moves on over a gap",
        file: "crates/xunan-server/src/store/sqlite/apply.rs",
        from: "            None if seq == batch.head.seq + 1 => {\n",
        to: "            None if seq > batch.head.seq => {\n",
        test: ["xunan-server", "--test", "sync", "any_batches_in_any_order_give_every_change_once"],
    },
    Mutant {
        name: "records wait for photos",
        file: "crates/xunan-core/src/sync/machine.rs",
        from: "        if self.syncing && !self.handed {\n            return None;\n        }\n        let active",
        to: "        let active",
        test: ["xunan-core", "--test", "machine", "whatever_happens_it_asks_for_nothing_it_may_not_and_comes_to_rest_on_a_sound_link"],
    },
    Mutant {
        name: "confirmed blobs are not asked about after a restore",
        file: "crates/xunan-core/src/sync/round.rs",
        from: "        conn.execute(\"UPDATE blob_queue SET sent = 0, begun = 1\", [])?;\n",
        to: "",
        test: ["xunan-tests", "--test", "sim", "six_short_runs_hold"],
    },
    Mutant {
        name: "a question is failed by the other answer",
        file: "assets/checklists/city_gas.yaml",
        from: "    fail_on: \"no\"\n    hazard: 无证经营\n",
        to: "    fail_on: \"yes\"\n    hazard: 无证经营\n",
        test: ["xunan-model", "--test", "checklist", "the_golden_table_has_every_item_and_every_threshold"],
    },
    Mutant {
        name: "a plain yes is taken for the good answer",
        file: "crates/xunan-model/src/rules/judge.rs",
        from: "        if yes == (self == Self::Yes) {",
        to: "        if !yes {",
        test: ["xunan-model", "--test", "rules", "a_plain_yes_or_no_is_judged_by_what_the_question_asks_for"],
    },
    Mutant {
        name: "a sub-condition is dropped",
        file: "assets/checklists/city_gas.yaml",
        from: "        - 引入管、立管或水平干管在卫生间内\n",
        to: "",
        test: ["xunan-model", "--test", "rules", "the_operators_major_hazard_needs_both_conditions_and_an_operator"],
    },
    Mutant {
        name: "major hazards are counted by finding",
        file: "crates/xunan-model/src/finding.rs",
        from: "                keys.insert(key);\n",
        to: "                keys.insert(key);\n                free += 1;\n                keys.clear();\n",
        test: ["xunan-model", "--lib", "", "major_hazards_are_counted_by_key_and_not_by_finding"],
    },
    Mutant {
        name: "an expired edition is cited",
        file: "crates/xunan-model/src/checklist/citation.rs",
        from: "self.in_force_on(day) && item.in_force_on(day)",
        to: "item.in_force_on(day)",
        test: ["xunan-model", "--test", "rules", "an_expired_edition_is_not_cited_and_decides_no_major_hazard"],
    },
    Mutant {
        name: "a regulation is cited before its first day",
        file: "crates/xunan-model/src/checklist/citation.rs",
        from: "source.first_day().is_none_or(|first| first <= day)",
        to: "source.first_day().is_none_or(|first| first <= NaiveDate::MAX)",
        test: ["xunan-model", "--test", "checklist", "a_regulation_is_not_cited_before_its_first_day"],
    },
    Mutant {
        name: "what nobody read is confirmed",
        file: "crates/xunan-model/src/finish.rs",
        from: "    if read == Some(now) {\n",
        to: "    if read.is_some() || read == Some(now) {\n",
        test: ["xunan-tests", "--test", "finishing", "nobody_confirms_what_came_after_reading"],
    },
    Mutant {
        name: "a reading that fails needs no reason",
        file: "crates/xunan-model/src/rules/judge.rs",
        from: "        self != Self::ReadingSound\n",
        to: "        self == Self::ConditionsHold\n",
        test: ["xunan-model", "--test", "rules", "a_reading_against_the_answer_is_shown_and_the_calmer_one_needs_a_reason"],
    },
    Mutant {
        name: "a phone's token is not compared",
        file: "crates/xunan-phone/src/door.rs",
        from: "self.session.token.is(token) && self.session.left_ms() > 0",
        to: "!token.is_empty() && self.session.left_ms() > 0",
        test: ["xunan-phone", "--test", "drop", "a_wrong_token_gets_an_empty_404_whatever_it_asks_for"],
    },
    Mutant {
        name: "a phone's token does not expire",
        file: "crates/xunan-phone/src/session.rs",
        from: "        self.inner().expires_ms.saturating_sub(now_ms())\n",
        to: "        self.inner().expires_ms\n",
        test: ["xunan-phone", "--test", "drop", "an_expired_token_gets_nothing_and_the_listener_ends"],
    },
    Mutant {
        name: "no digest check of a photo from a phone",
        file: "crates/xunan-phone/src/intake.rs",
        from: "            if Digest::of(&bytes) != key.sha256 {",
        to: "            if Digest::of(&bytes) == Digest::ZERO {",
        test: ["xunan-phone", "--test", "drop", "bytes_that_are_not_the_announced_ones_are_never_a_photo"],
    },
    Mutant {
        name: "a phone hears saved before the photo is",
        file: "crates/xunan-phone/src/intake.rs",
        from: "            self.app.photo_add(target, &bytes).map_err(disk)?;\n",
        to: "            let app = self.app.clone();\n            std::thread::spawn(move || app.photo_add(target, &bytes));\n",
        test: ["xunan-phone", "--test", "drop", "what_cannot_be_kept_is_never_called_saved"],
    },
    Mutant {
        name: "a photo sent twice is two photos",
        file: "crates/xunan-core/src/photos.rs",
        from: "            photo.original.sha256 == sha256\n",
        to: "            photo.original.sha256 != sha256\n",
        test: ["xunan-phone", "--test", "drop", "a_photo_sent_twice_is_one_photo_also_when_the_last_answer_was_lost"],
    },
    Mutant {
        name: "a closed code goes on listening",
        file: "crates/xunan-phone/src/drop.rs",
        from: "        self.lock().listening = None;\n",
        to: "        drop(self.lock());\n",
        test: ["xunan-phone", "--test", "drop", "a_closed_code_listens_no_more_and_its_parts_go_with_its_token"],
    },
    Mutant {
        name: "a scan that waits for others is not counted as held",
        file: "crates/xunan-picture/src/jpeg.rs",
        from: "held |= scans > 1 || segment.first().copied() < colours;",
        to: "held |= scans > 1;",
        test: ["xunan-picture", "--test", "pictures", "hostile::a_picture_that_claims_too_much_is_refused_before_it_takes_memory"],
    },
    Mutant {
        name: "pixels decoded whole are counted as they come, not as they are worked on",
        file: "crates/xunan-picture/src/decode.rs",
        from: "const WORK_BYTES: u64 = 6;",
        to: "const WORK_BYTES: u64 = 0;",
        test: ["xunan-picture", "--test", "pictures", "hostile::what_unpacks_to_much_more_than_it_is_stays_within_the_memory"],
    },
    Mutant {
        name: "a printer's profile goes along with a screen's colours",
        file: "crates/xunan-picture/src/decode.rs",
        from: " && profile.get(16..20) == Some(b\"RGB \")",
        to: "",
        test: ["xunan-picture", "--test", "pictures", "told::a_profile_of_other_colours_or_of_megabytes_is_left_out"],
    },
    Mutant {
        name: "a point in the south is written as one in the north",
        file: "crates/xunan-picture/src/tell.rs",
        from: "side(point.lat_e7, \"N\", \"S\")",
        to: "side(point.lat_e7, \"N\", \"N\")",
        test: ["xunan-picture", "--test", "pictures", "told::points_in_all_quarters_of_the_earth_are_read_back_to_the_last_digit"],
    },
    Mutant {
        name: "a list that nobody saw is signed",
        file: "crates/xunan-model/src/photo/manifest.rs",
        from: "        if digest(shown) != self.manifest {",
        to: "        if digest(shown) == Digest::ZERO {",
        test: ["xunan-model", "--lib", "", "photo::manifest::tests::only_the_list_that_was_shown_is_signed"],
    },
    Mutant {
        name: "a wrong credit code is taken",
        file: "crates/xunan-model/src/credit_code.rs",
        from: "    if last != [check_value(body)] {",
        to: "    if last.len() > check_value(body) + 1 {",
        test: ["xunan-model", "--lib", "", "credit_code::tests::one_wrong_character_never_passes"],
    },
    Mutant {
        name: "a circle of merges ends where one came in",
        file: "crates/xunan-model/src/site/survivors.rs",
        from: "break path[begin..].iter().copied().min().unwrap_or(at);",
        to: "break path.get(begin).copied().unwrap_or(at);",
        test: ["xunan-model", "--lib", "", "site::survivors::tests::a_chain_ends_at_its_last_and_a_circle_at_its_least"],
    },
    Mutant {
        name: "a stale form of a site is saved",
        file: "crates/xunan-core/src/sites/editing.rs",
        from: "draft.seen.as_deref() != Some(seen_now(tx.conn(), known)?.as_str())",
        to: "draft.seen.is_none()",
        test: ["xunan-tests", "--test", "places", "a_site_is_saved_with_its_organizations_and_a_stale_form_is_told"],
    },
    Mutant {
        name: "an altered photo is called whole",
        file: "crates/xunan-core/src/blob.rs",
        from: "Ok(found) => Ok(Some(found == digest)),",
        to: "Ok(_) => Ok(Some(true)),",
        test: ["xunan-tests", "--test", "photos", "one_altered_byte_is_found_in_exactly_that_photo_and_the_server_gives_it_back"],
    },
    Mutant {
        name: "a salvaged change is not held against its digest",
        file: "crates/xunan-core/src/salvage/leaves.rs",
        from: "    if raw.digest() != Digest::parse(digest)? || change.id != named {\n",
        to: "    Digest::parse(digest)?;\n    if change.id != named {\n",
        test: ["xunan-core", "--lib", "", "flipped_bits_anywhere_are_survived"],
    },
    Mutant {
        name: "a password set in the field outlives the office's",
        file: "crates/xunan-core/src/recovery.rs",
        from: "            && set.server == account.verifier\n",
        to: "",
        test: ["xunan-core", "--lib", "", "the_code_opens_the_laptop_and_the_new_password_counts_until_the_office_gives_another"],
    },
    Mutant {
        name: "a manifest before its database",
        file: "crates/xunan-core/src/backup/layout.rs",
        from: "            if sealed == Some(sealed_len(manifest.database.bytes)) {\n",
        to: "            if sealed.is_none() || sealed.is_some() {\n",
        test: ["xunan-core", "--lib", "", "a_manifest_without_its_database_is_no_backup"],
    },
    Mutant {
        name: "a camera's time is not held against the visit",
        file: "crates/xunan-model/src/photo/doubt.rs",
        from: "        if early > TimeDelta::minutes(CLOCK_MIN) {",
        to: "        if early > TimeDelta::days(36_500) {",
        test: ["xunan-model", "--lib", "", "photo::doubt::tests::a_time_far_from_the_visit_is_told"],
    },
];

/// Puts the file back when it goes out of scope.
struct Restore {
    path: PathBuf,
    text: String,
}

impl Drop for Restore {
    fn drop(&mut self) {
        if fs::write(&self.path, &self.text).is_err() {
            say(&format!(
                "{} could not be put back: `git checkout` it",
                self.path.display()
            ));
        }
    }
}

/// Tries every mutant, or those whose name holds one of the words.
pub(crate) fn mutants(place: &Place, words: &[String]) -> Done {
    run(&mut place.cargo(&["build", "-p", "xunan-server"]))?;
    let mut survived = Vec::new();
    let mut sound = BTreeSet::new();
    let wanted =
        |mutant: &&Mutant| words.is_empty() || words.iter().any(|word| mutant.name.contains(word));
    let chosen: Vec<&Mutant> = MUTANTS.iter().filter(wanted).collect();
    for mutant in &chosen {
        let caught = caught(place, mutant, &mut sound)?;
        say(&format!(
            "{}: {}",
            mutant.name,
            if caught { "caught" } else { "SURVIVED" }
        ));
        if !caught {
            survived.push(mutant.name);
        }
    }
    if survived.is_empty() {
        say(&format!("{} mutants, all caught", chosen.len()));
        return Ok(());
    }
    Err(format!("not caught: {}", survived.join(", ")))
}

/// `sound` are the tests that have passed without a mutant.
fn caught(place: &Place, mutant: &Mutant, sound: &mut BTreeSet<[&'static str; 4]>) -> Done<bool> {
    let path = place.root.join(mutant.file);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    if text.matches(mutant.from).count() != 1 {
        return Err(format!(
            "{}: `{}` is not there exactly once",
            mutant.file,
            mutant.from.trim()
        ));
    }
    if !sound.contains(&mutant.test) && !passes(place, mutant)? {
        return Err(format!(
            "{} fails without the mutant `{}`",
            mutant.test[3], mutant.name
        ));
    }
    sound.insert(mutant.test);
    let restore = Restore { path, text };
    fs::write(&restore.path, restore.text.replace(mutant.from, mutant.to))
        .map_err(|error| error.to_string())?;
    let passes = passes(place, mutant);
    drop(restore);
    Ok(!passes?)
}

/// Whether the test was built, ran, and passed. A mutant that does not compile proves nothing.
fn passes(place: &Place, mutant: &Mutant) -> Done<bool> {
    let [package, target, target_name, test] = mutant.test;
    let mut arguments = vec!["test", "--quiet", "-p", package, target];
    if !target_name.is_empty() {
        arguments.push(target_name);
    }
    let built = place
        .cargo(&[&arguments[..], &["--no-run"]].concat())
        .output();
    if !built.is_ok_and(|output| output.status.success()) {
        return Err(format!("`{}` does not compile", mutant.name));
    }
    arguments.push(test);
    let output = place
        .cargo(&arguments)
        .env("XUNAN_SERVER_BIN", place.built("debug", "xunan-server"))
        .output()
        .map_err(|error| error.to_string())?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if !printed.contains("1 passed") && !printed.contains("1 failed") {
        return Err(format!("the test {test} was not found"));
    }
    Ok(output.status.success())
}
