//! The handle: showing a code, closing it, forgetting it.

use std::fs;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use xunan_core::{App, PhotoTarget};
use xunan_model::fault::{Code, Fault};
use xunan_model::photo::PhotoSource;

use crate::door::Door;
use crate::limits::Config;
use crate::listen::Listening;
use crate::place::Place;
use crate::session::{Session, now_ms};
use crate::tries::Tries;
use crate::view::PhoneDropView;
use crate::{address, qr};

/// The page that phones get, as the interface's build made it.
#[derive(Debug, Clone)]
pub struct Page {
    /// The document; it names `phone.js` and `phone.css` beside it.
    pub html: Vec<u8>,
    /// `phone.js`.
    pub script: Vec<u8>,
    /// `phone.css`.
    pub style: Vec<u8>,
}

/// The phone drop of one installation. Dropped, nothing listens any more.
#[derive(Debug)]
pub struct PhoneDrop {
    config: Config,
    tries: Arc<Tries>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    session: Option<Arc<Session>>,
    listening: Option<Listening>,
    begun_ms: u64,
    /// The port of last time, so that a page that was left open goes on, or hears that it is over.
    port: Option<u16>,
    chosen: Option<Ipv4Addr>,
}

impl Open {
    /// Port and address are no secrets and stay.
    fn forget(&mut self) {
        *self = Self {
            port: self.port,
            chosen: self.chosen,
            ..Self::default()
        };
    }
}

impl PhoneDrop {
    /// A phone drop that shows no code yet. Parts that an earlier run left are removed.
    #[must_use]
    pub fn new(config: Config) -> Self {
        if let Err(error) = fs::remove_dir_all(&config.folder)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "parts of photos from phones");
        }
        Self {
            tries: Arc::new(Tries::new(config.limits.tries_per_minute)),
            config,
            open: Mutex::default(),
        }
    }

    /// Shows a code: from now on phones that have it send photos to `target` (its name is not
    /// used). The same visit and person keep their token while it is good.
    ///
    /// # Errors
    /// `inspection_finished`, `not_found`, `phone_not_listening`.
    pub fn open(&self, app: &App, target: PhotoTarget, page: Page) -> Result<PhoneDropView> {
        let target = PhotoTarget {
            name: String::new(),
            source: PhotoSource::Phone,
            ..target
        };
        let place = Place::of(app, target)?;
        let mut open = self.lock();
        let session = match open
            .session
            .take()
            .filter(|known| known.is_for(app, &place))
        {
            Some(session) => {
                session.reopen(place);
                session
            }
            None => {
                // The old code's listener goes first: it would answer for the old token.
                open.forget();
                Arc::new(Session::new(
                    app,
                    place,
                    &self.config.folder,
                    self.config.limits,
                )?)
            }
        };
        open.session = Some(Arc::clone(&session));
        if open.listening.as_ref().is_none_or(Listening::ended) {
            open.listening = None;
            let door = Door::new(page, self.config.limits, Arc::clone(&self.tries), session);
            let ports: Vec<u16> = open.port.into_iter().chain([self.config.port]).collect();
            let listening = Listening::start(Arc::new(door), &ports).map_err(|error| {
                let fault = Fault::new(Code::Internal, "phone_not_listening");
                let fault = fault.with("detail", format!("{error:#}"));
                error.context(fault)
            })?;
            open.port = Some(listening.port);
            open.listening = Some(listening);
        }
        open.begun_ms = now_ms();
        view(&open)
    }

    /// What the screen shows; `None` when no code is shown, or it has expired.
    ///
    /// # Errors
    /// When the system does not tell its addresses.
    pub fn status(&self) -> Result<Option<PhoneDropView>> {
        let mut open = self.lock();
        if open.listening.as_ref().is_some_and(Listening::ended) {
            open.listening = None;
        }
        if open.listening.is_none() {
            return Ok(None);
        }
        view(&open).map(Some)
    }

    /// The code names this address from now on.
    ///
    /// # Errors
    /// As [`PhoneDrop::status`].
    pub fn choose(&self, address: Ipv4Addr) -> Result<Option<PhoneDropView>> {
        self.lock().chosen = Some(address);
        self.status()
    }

    /// The code is no longer shown: nothing listens any more. The token is kept for a while.
    pub fn close(&self) {
        self.lock().listening = None;
    }

    /// Closes, and forgets the token: somebody signs in or out.
    pub fn end(&self) {
        self.lock().forget();
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn view(open: &Open) -> Result<PhoneDropView> {
    let session = open.session.as_ref();
    let session = session.ok_or_else(|| Fault::new(Code::NotFound, "not_found"))?;
    let addresses = address::offered()?;
    let chosen = open.chosen.map(|ip| ip.to_string());
    let chosen = addresses
        .iter()
        .find(|one| Some(&one.ip) == chosen.as_ref());
    let address = chosen.or(addresses.first());
    let address = address.map_or_else(|| Ipv4Addr::LOCALHOST.to_string(), |one| one.ip.clone());
    let port = open.port.unwrap_or_default();
    let url = format!("http://{address}:{port}/{}/", session.token.text());
    let place = session.place();
    let (phones, photos, saved, coming) = session.told();
    Ok(PhoneDropView {
        qr: qr::draw(&url)?,
        url,
        address,
        port,
        addresses,
        system: std::env::consts::OS.to_owned(),
        title: place.as_ref().and_then(|place| place.name.title.clone()),
        site: place.map(|place| place.name.site).unwrap_or_default(),
        seconds_left: session.left_ms() / 1_000,
        seconds_open: now_ms().saturating_sub(open.begun_ms) / 1_000,
        phones,
        photos,
        saved,
        coming,
    })
}
