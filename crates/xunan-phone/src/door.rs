//! Who may come in.

use std::net::IpAddr;
use std::sync::Arc;

use crate::drop::Page;
use crate::limits::Limits;
use crate::session::{Session, now_ms};
use crate::tries::Tries;

/// What a listener needs to know.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) limits: Limits,
    pub(crate) page: Page,
    pub(crate) tries: Arc<Tries>,
    session: Arc<Session>,
}

impl Door {
    pub(crate) fn new(
        page: Page,
        limits: Limits,
        tries: Arc<Tries>,
        session: Arc<Session>,
    ) -> Self {
        Self {
            limits,
            page,
            tries,
            session,
        }
    }

    /// The session of this token, while it is good.
    pub(crate) fn session(&self, token: &str) -> Option<Arc<Session>> {
        let good = self.session.token.is(token) && self.session.left_ms() > 0;
        good.then(|| Arc::clone(&self.session))
    }

    /// Whether the code has expired: then there is nothing to listen for.
    pub(crate) fn expired(&self) -> bool {
        self.session.left_ms() == 0
    }

    /// This address asked without the token.
    pub(crate) fn failed(&self, from: IpAddr) {
        self.tries.failed(from, now_ms());
    }

    /// Whether this address is not to be heard now.
    pub(crate) fn blocked(&self, from: IpAddr) -> bool {
        self.tries.blocked(from, now_ms())
    }
}
