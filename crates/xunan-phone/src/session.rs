//! One token and all that came under it.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use xunan_core::App;
use xunan_model::digest::Digest;
use xunan_model::id::InspectionId;
use xunan_model::photo::PHOTO_BYTES_MAX;

use crate::limits::{Limits, PIECE_BYTES_MAX};
use crate::place::Place;
use crate::token::Token;
use crate::view::{PhoneArrival, PhoneRefusal, PhoneRow, PhoneState};

/// So many photos are listed on the laptop's screen.
const LISTED_MAX: usize = 60;
/// So many phones are told apart.
const PHONES_MAX: usize = 32;

/// One token: good for one person and one visit, until it expires.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) token: Token,
    pub(crate) app: App,
    pub(crate) limits: Limits,
    inspection: InspectionId,
    /// Where parts grow; gone with the session.
    folder: PathBuf,
    inner: Mutex<Inner>,
    /// Held while a photo is taken in: one at a time has its bytes in memory.
    pub(crate) finishing: Mutex<()>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    expires_ms: u64,
    /// Every place that was open; the last one is.
    pub(crate) places: Vec<Place>,
    phones: Vec<Phone>,
    pub(crate) arrivals: Vec<Arrival>,
}

#[derive(Debug)]
struct Phone {
    ip: IpAddr,
    skew_ms: i64,
}

/// A photo that a phone has announced.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) key: Key,
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) offset: u64,
    pub(crate) from: IpAddr,
    pub(crate) standing: Standing,
    pub(crate) touched_ms: u64,
    /// Held while a piece is written: pieces of one photo come one after the other.
    pub(crate) turn: Arc<Mutex<()>>,
}

/// A photo for a place: the same bytes may prove two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) place: usize,
    pub(crate) sha256: Digest,
}

/// What has become of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Coming,
    Saved,
    Refused(PhoneRefusal),
}

impl Session {
    /// A new token for the visit of `place`; its parts grow in a new folder within `folder`.
    ///
    /// # Errors
    /// When there is no randomness or no folder.
    pub(crate) fn new(app: &App, place: Place, folder: &Path, limits: Limits) -> Result<Self> {
        let token = Token::new()?;
        let folder = folder.join(xunan_core::log_id());
        fs::create_dir_all(&folder)?;
        Ok(Self {
            token,
            app: app.clone(),
            limits,
            inspection: place.target.inspection,
            folder,
            inner: Mutex::new(Inner {
                expires_ms: now_ms() + limits.token_ms,
                places: vec![place],
                phones: Vec::new(),
                arrivals: Vec::new(),
            }),
            finishing: Mutex::default(),
        })
    }

    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this token is still good for this person and this visit.
    pub(crate) fn is_for(&self, app: &App, place: &Place) -> bool {
        self.inspection == place.target.inspection
            && self.app.signed_in().person == app.signed_in().person
            && self.left_ms() > 0
    }

    /// The code is shown again, for this place.
    pub(crate) fn reopen(&self, place: Place) {
        let mut inner = self.inner();
        inner.expires_ms = now_ms() + self.limits.token_ms;
        // The newest of a place that was open before is its name on the wire from now on.
        if inner.places.last().is_none_or(|last| !last.same(&place)) {
            inner.places.push(place);
        }
    }

    /// How long the token is still good; 0 is not any more.
    pub(crate) fn left_ms(&self) -> u64 {
        self.inner().expires_ms.saturating_sub(now_ms())
    }

    /// The place that is open.
    pub(crate) fn place(&self) -> Option<Place> {
        self.inner().places.last().cloned()
    }

    pub(crate) fn part(&self, key: Key) -> PathBuf {
        self.folder.join(format!("{}-{}", key.place, key.sha256))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A phone was heard of, with its clock if it told it.
    pub(crate) fn heard(&self, from: IpAddr, clock_ms: Option<i64>) {
        let skew = clock_ms.map(|ms| {
            let now = i64::try_from(xunan_platform::now_ms()).unwrap_or(i64::MAX);
            ms.saturating_sub(now)
        });
        let mut inner = self.inner();
        if let Some(phone) = inner.phones.iter_mut().find(|phone| phone.ip == from) {
            phone.skew_ms = skew.unwrap_or(phone.skew_ms);
        } else if inner.phones.len() < PHONES_MAX {
            inner.phones.push(Phone {
                ip: from,
                skew_ms: skew.unwrap_or(0),
            });
        }
    }

    /// What the phone's page shows.
    pub(crate) fn state(&self) -> PhoneState {
        let seconds_left = self.left_ms() / 1_000;
        let inner = self.inner();
        let open = inner.places.last();
        PhoneState {
            site: open
                .map(|place| place.name.site.clone())
                .unwrap_or_default(),
            title: open.and_then(|place| place.name.title.clone()),
            place: inner.places.len().saturating_sub(1),
            seconds_left,
            photo_bytes_max: PHOTO_BYTES_MAX,
            piece_bytes_max: PIECE_BYTES_MAX,
        }
    }

    /// What the laptop's screen shows: phones, the latest photos, how many are saved and coming.
    pub(crate) fn told(&self) -> (Vec<PhoneRow>, Vec<PhoneArrival>, usize, usize) {
        let inner = self.inner();
        let count = |standing: Standing, from: Option<IpAddr>| {
            let is = |one: &&Arrival| {
                one.standing == standing && from.is_none_or(|from| one.from == from)
            };
            inner.arrivals.iter().filter(is).count()
        };
        let phone = |phone: &Phone| PhoneRow {
            ip: phone.ip.to_string(),
            skew_s: phone.skew_ms / 1_000,
            saved: count(Standing::Saved, Some(phone.ip)),
            coming: count(Standing::Coming, Some(phone.ip)),
        };
        let place = |ip: IpAddr| inner.phones.iter().position(|phone| phone.ip == ip);
        let photo = |one: &Arrival| PhoneArrival {
            name: one.name.clone(),
            phone: place(one.from).map_or(0, |at| at + 1),
            bytes: one.bytes,
            offset: one.offset,
            saved: one.standing == Standing::Saved,
            refused: match one.standing {
                Standing::Refused(why) => Some(why),
                Standing::Coming | Standing::Saved => None,
            },
        };
        (
            inner.phones.iter().map(phone).collect(),
            inner
                .arrivals
                .iter()
                .rev()
                .take(LISTED_MAX)
                .map(photo)
                .collect(),
            count(Standing::Saved, None),
            count(Standing::Coming, None),
        )
    }
}

impl Drop for Session {
    /// What was not saved was never called saved.
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A clock that only runs forward.
pub(crate) fn now_ms() -> u64 {
    xunan_platform::monotonic().0
}
