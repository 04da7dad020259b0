//! What every store must do, whatever it is made of. It gets an empty one.

use std::collections::BTreeMap;

use serde_json::{Map, json};
use uuid::Uuid;
use xunan_model::change::{Change, ChangeId, Edit, Kind, RawChange, Scope};
use xunan_model::digest::Digest;
use xunan_model::id::{DeviceId, OfficeId, derived};
use xunan_model::party::{Office, Person};
use xunan_model::stamp::Stamp;
use xunan_model::wire::{ChangeSet, Cursor, PROTOCOL, RejectReason, SentChange, SyncRequest};
use xunan_server::office::{self, NewPerson};
use xunan_server::store::{
    BlobBegun, BlobFinished, BlobPart, DeviceAuth, Has, NewDevice, ReleaseRights, Released,
    ScopeChange, Store,
};
use xunan_server::{platform, secret};

pub(crate) async fn run(store: &dyn Store) {
    store.ping().await.unwrap();
    let (auth, scope) = enrolment(store).await;
    let link = records(store, &auth, &scope).await;
    blobs(store, &auth).await;
    quarantine(store, &auth, &scope, link).await;
    laptops(store, &auth, &scope).await;
    accounts(store, &auth).await;
    let before = store.server_epoch().await.unwrap();
    assert_ne!(store.epoch_renew().await.unwrap(), before);
}

async fn enrolment(store: &dyn Store) -> (DeviceAuth, Scope) {
    let now = platform::now();
    let id = OfficeId(derived(&["conformance"]));
    let (name, division) = ("示范局".to_owned(), "540121000000".to_owned());
    let office = Office {
        id,
        name,
        code_word: String::new(),
        division,
        rules: Vec::new(),
        days: String::new(),
        extra: Map::new(),
    };
    let office = office::office_add(store, office, now).await.unwrap();
    assert_eq!(
        store.office_find("示范局").await.unwrap(),
        vec![office.clone()]
    );
    assert_eq!(
        store.office_find(&id.to_string()).await.unwrap(),
        vec![office.clone()]
    );
    let person = NewPerson {
        login: "jia".to_owned(),
        name: "示例甲".to_owned(),
        role: "inspector".to_owned(),
        certificate: None,
        password: "demo-1234".to_owned(),
    };
    assert!(
        office::person_add(store, &office, person.clone(), now)
            .await
            .unwrap()
    );
    assert!(
        !office::person_add(store, &office, person, now)
            .await
            .unwrap(),
        "a login is given once"
    );
    assert_eq!(store.accounts_for(id).await.unwrap().accounts.len(), 1);

    let code = office::enrol_code_new(store, id, 1, now).await.unwrap();
    let new = |token: &str, key: &str| NewDevice {
        code_sha256: secret::code_digest(&code),
        name: "一号机".to_owned(),
        public_key: key.to_owned(),
        token_sha256: Digest::of(token.as_bytes()),
    };
    let late = now + chrono::Duration::hours(2);
    assert!(
        store.enrol(new("t", "k"), late).await.unwrap().is_none(),
        "a code expires"
    );
    let first = store.enrol(new("t1", "k"), now).await.unwrap().unwrap();
    assert!(
        store
            .enrol(new("t2", "other"), now)
            .await
            .unwrap()
            .is_none(),
        "a code is used once"
    );
    let again = store.enrol(new("t3", "k"), now).await.unwrap().unwrap();
    assert_eq!(again.device, first.device, "the same laptop may ask again");
    assert!(
        store
            .device_by_token(Digest::of(b"t1"))
            .await
            .unwrap()
            .is_none()
    );
    (
        store
            .device_by_token(Digest::of(b"t3"))
            .await
            .unwrap()
            .unwrap(),
        first.scopes[0].clone(),
    )
}

fn change(device: DeviceId, seq: u64, scope: &Scope) -> Change {
    let now = platform::now();
    let set = [("name".to_owned(), json!(format!("站点{seq}")))]
        .into_iter()
        .collect();
    let id = derived(&["site", &seq.to_string()]);
    Change {
        v: 1,
        id: ChangeId {
            device,
            epoch: 0,
            seq,
        },
        at: Stamp::from_ms(now.timestamp_millis() as u64),
        time: super::evidence(now),
        author: office::person_id("jia"),
        scope: scope.clone(),
        edits: vec![Edit {
            kind: Kind::Site,
            id,
            base: BTreeMap::new(),
            set,
        }],
    }
}

/// Returns the link after the fifth change.
async fn records(store: &dyn Store, auth: &DeviceAuth, scope: &Scope) -> Digest {
    let mut request = SyncRequest {
        protocol: PROTOCOL,
        device: auth.device,
        epoch: 0,
        last_seq: 5,
        first_seq: 1,
        prev_link: Digest::ZERO,
        changes: Vec::new(),
        cursors: BTreeMap::new(),
        blobs: Vec::new(),
        accounts: None,
        pull_bytes: None,
    };
    for seq in 1..=5 {
        let raw = RawChange::write(&change(auth.device, seq, scope)).unwrap();
        request.changes.push(SentChange {
            raw,
            effective: None,
        });
    }
    let link = request
        .changes
        .iter()
        .fold(Digest::ZERO, |link, sent| link.link(sent.raw.digest()));
    for _ in 0..2 {
        let applied = store
            .apply_batch(auth, request.clone(), platform::now())
            .await
            .unwrap();
        assert_eq!((applied.ack.last_seq, applied.ack.link), (5, link));
        assert!(applied.fork.is_none() && applied.rejects.is_empty());
    }
    // From the start, in steps of one: every n once, and the set of each step.
    let (mut cursors, mut set, mut n) = (BTreeMap::new(), ChangeSet::EMPTY, 0);
    loop {
        let pulled = store
            .pull(auth.device, cursors.clone(), Has::default(), 1)
            .await
            .unwrap();
        let step = &pulled.pulled[0];
        for change in &step.changes {
            n += 1;
            assert_eq!(change.n, n);
            set.add(change.raw.read().unwrap().id);
        }
        assert_eq!(step.set, set);
        cursors.insert(
            scope.clone(),
            Cursor {
                server_epoch: pulled.server_epoch,
                n: step.cursor.n,
            },
        );
        if !step.more {
            break;
        }
        assert_eq!(step.changes.len(), 1);
    }
    // The office, the person, the post, and five sites.
    assert_eq!(n, 8);
    let other = BTreeMap::from([(
        scope.clone(),
        Cursor {
            server_epoch: 1,
            n: 7,
        },
    )]);
    let again = store
        .pull(auth.device, other, Has::default(), 1 << 20)
        .await
        .unwrap();
    assert_eq!(
        again.pulled[0].changes.len(),
        8,
        "a cursor of another epoch starts from the beginning"
    );
    assert_eq!(store.records(Some(Kind::Site)).await.unwrap().len(), 5);
    link
}

/// Two changes that may not be merged: one of a stranger, one of a person without an account here.
async fn quarantine(store: &dyn Store, auth: &DeviceAuth, scope: &Scope, link: Digest) {
    let known = Person {
        id: office::person_id("yi"),
        name: "示例乙".to_owned(),
        extra: Map::new(),
    };
    let now = platform::now();
    office::record_put(store, scope, known, now).await.unwrap();
    let before = store
        .pull(auth.device, BTreeMap::new(), Has::default(), 1 << 20)
        .await
        .unwrap();
    let mut changes = Vec::new();
    for (seq, login) in [(6, "stranger"), (7, "yi")] {
        let mut change = change(auth.device, seq, scope);
        change.author = office::person_id(login);
        // Its clock runs a day ahead.
        change.at = Stamp::from_ms(now.timestamp_millis() as u64 + 86_400_000);
        changes.push(SentChange {
            raw: RawChange::write(&change).unwrap(),
            effective: None,
        });
    }
    let request = SyncRequest {
        protocol: PROTOCOL,
        device: auth.device,
        epoch: 0,
        last_seq: 7,
        first_seq: 6,
        prev_link: link,
        changes,
        cursors: BTreeMap::new(),
        blobs: Vec::new(),
        accounts: None,
        pull_bytes: None,
    };
    let applied = store.apply_batch(auth, request.clone(), now).await.unwrap();
    assert_eq!((applied.ack.last_seq, applied.rejects.len()), (7, 2));

    let id = |seq| ChangeId {
        device: auth.device,
        epoch: 0,
        seq,
    };
    let release = |seq, rights| store.quarantine_release(id(seq), rights);
    let wrong = Released::Refused(RejectReason::WrongAuthor);
    for (seq, rights) in [
        (6, ReleaseRights::Today),
        (6, ReleaseRights::Trusted),
        (7, ReleaseRights::Today),
    ] {
        assert_eq!(release(seq, rights).await.unwrap(), wrong, "{seq}");
    }
    assert_eq!(store.quarantine_list().await.unwrap().len(), 2);
    let effective = Stamp::from_ms(now.timestamp_millis() as u64 + 60_000);
    let n = before.pulled[0].cursor.n + 1;
    assert_eq!(
        release(7, ReleaseRights::Trusted).await.unwrap(),
        Released::Merged {
            scope: scope.clone(),
            n,
            effective
        }
    );
    for rights in [ReleaseRights::Today, ReleaseRights::Trusted] {
        assert_eq!(
            release(7, rights).await.unwrap(),
            Released::MergedBefore,
            "once"
        );
    }
    assert_eq!(
        release(8, ReleaseRights::Trusted).await.unwrap(),
        Released::Unknown
    );
    assert_eq!(store.quarantine_list().await.unwrap().len(), 1);

    let cursors = [(scope.clone(), before.pulled[0].cursor)].into();
    let pulled = store
        .pull(auth.device, cursors, Has::default(), 1 << 20)
        .await
        .unwrap();
    let mut set = before.pulled[0].set;
    set.add(id(7));
    let one = &pulled.pulled[0].changes[0];
    assert_eq!((one.n, one.effective), (n, effective));
    assert_eq!(pulled.pulled[0].set, set);
    // Its author's laptop repeats what it sent: the ack tells the stamp, the chain is unbroken.
    let again = store.apply_batch(auth, request, now).await.unwrap();
    assert!(again.fork.is_none());
    assert_eq!(again.ack.stamps, [(7, effective)].into());
    assert_eq!(again.rejects.len(), 1);
}

async fn laptops(store: &dyn Store, auth: &DeviceAuth, own: &Scope) {
    let (laptop, other) = (auth.device, Scope("another/ordinary".to_owned()));
    let nobody = DeviceId(platform::uuid());
    assert!(store.device_rename(laptop, "二号机").await.unwrap());
    assert!(!store.device_rename(nobody, "无").await.unwrap());
    let names = store.accounts_for(auth.office).await.unwrap().devices;
    assert_eq!(names.get(&laptop).unwrap(), "二号机");

    let add = |device, scope| store.device_scope_add(device, scope);
    let remove = |device, scope| store.device_scope_remove(device, scope);
    let seen = || async {
        let list = store.device_list().await.unwrap();
        list.into_iter().find(|fact| fact.id == laptop).unwrap()
    };
    assert_eq!(add(nobody, &other).await.unwrap(), ScopeChange::NoDevice);
    assert_eq!(add(laptop, own).await.unwrap(), ScopeChange::Nothing);
    for expected in [ScopeChange::Done, ScopeChange::Nothing] {
        assert_eq!(add(laptop, &other).await.unwrap(), expected);
    }
    assert_eq!(seen().await.scopes, [own.clone(), other.clone()]);
    assert_eq!(remove(nobody, &other).await.unwrap(), ScopeChange::NoDevice);
    assert_eq!(remove(laptop, own).await.unwrap(), ScopeChange::Own);
    for expected in [ScopeChange::Done, ScopeChange::Nothing] {
        assert_eq!(remove(laptop, &other).await.unwrap(), expected);
    }
    assert_eq!(seen().await.scopes, std::slice::from_ref(own));
}

async fn accounts(store: &dyn Store, auth: &DeviceAuth) {
    let before = store.accounts_for(auth.office).await.unwrap();
    assert_eq!(store.account_list().await.unwrap(), before.accounts);
    assert!(store.account_role_set("jia", "supervisor").await.unwrap());
    assert!(!store.account_role_set("nobody", "station").await.unwrap());
    let after = store.accounts_for(auth.office).await.unwrap();
    assert_eq!(after.accounts[0].role, "supervisor");
    assert_ne!(after.version, before.version, "laptops are told");
    assert!(store.account_remove("jia").await.unwrap());
    assert!(!store.account_remove("jia").await.unwrap());
    assert!(store.account_list().await.unwrap().is_empty());
    assert!(
        store
            .accounts_for(auth.office)
            .await
            .unwrap()
            .accounts
            .is_empty()
    );
}

fn begun(begun: BlobBegun) -> BlobPart {
    match begun {
        BlobBegun::Part(part) => part,
        other => panic!("{other:?}"),
    }
}

async fn blobs(store: &dyn Store, auth: &DeviceAuth) {
    let bytes = b"twelve bytes";
    let digest = Digest::of(bytes);
    let old = begun(store.blob_begin(digest, 12).await.unwrap());
    assert_eq!(
        store
            .blob_append(&old, bytes[..4].to_vec().into())
            .await
            .unwrap(),
        Some(4)
    );
    assert!(matches!(
        store.blob_begin(digest, 13).await.unwrap(),
        BlobBegun::LengthDiffers {
            bytes: 12,
            offset: 4
        }
    ));
    let new = begun(store.blob_begin(digest, 12).await.unwrap());
    assert_eq!(new.offset, 4);
    assert_eq!(
        store
            .blob_append(&old, b"late".to_vec().into())
            .await
            .unwrap(),
        None,
        "taken over"
    );
    assert_eq!(
        store.blob_finish(&old, platform::now()).await.unwrap(),
        BlobFinished::TakenOver
    );
    assert_eq!(
        store
            .blob_append(&new, bytes[4..].to_vec().into())
            .await
            .unwrap(),
        Some(12)
    );
    assert!(!store.blob_state(digest).await.unwrap().complete);
    assert_eq!(
        store.blob_finish(&new, platform::now()).await.unwrap(),
        BlobFinished::Complete
    );
    assert!(store.blob_state(digest).await.unwrap().complete);
    assert!(matches!(
        store.blob_begin(digest, 12).await.unwrap(),
        BlobBegun::Complete { bytes: 12 }
    ));
    assert_eq!(
        store.blob_allowed(auth.device, digest).await.unwrap(),
        None,
        "no record points to it"
    );

    // A damaged one is thrown away, and an upload from before cannot write into the next.
    let digest = Digest::of(b"right");
    let damaged = begun(store.blob_begin(digest, 5).await.unwrap());
    store
        .blob_append(&damaged, b"wrong".to_vec().into())
        .await
        .unwrap();
    assert_eq!(
        store.blob_finish(&damaged, platform::now()).await.unwrap(),
        BlobFinished::Mismatch
    );
    let fresh = begun(store.blob_begin(digest, 5).await.unwrap());
    assert_eq!(fresh.offset, 0);
    assert_eq!(
        store
            .blob_append(&damaged, b"x".to_vec().into())
            .await
            .unwrap(),
        None
    );
    let _: Uuid = auth.device.0;
}
