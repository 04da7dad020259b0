//! Every screen in every state that it can be in: one table, and what must be true of each.

mod data;
mod page;
mod sheet;

pub use data::{Laptop, empty, many, put_aside, typical};
pub use page::{Found, Page, report};
pub use sheet::{composed, shrunk};

/// What a screen has to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing yet.
    Empty,
    /// The program has not answered yet.
    Loading,
    /// What a week of work leaves.
    Typical,
    /// Lists of 10,000 rows.
    Many,
    /// Every command fails.
    Error,
    /// The server cannot be reached.
    Offline,
}

impl State {
    /// Its name in the names of pictures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Loading => "loading",
            Self::Typical => "typical",
            Self::Many => "many",
            Self::Error => "error",
            Self::Offline => "offline",
        }
    }

    /// How commands are answered while it is looked at.
    #[must_use]
    pub fn answers(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Error => "error",
            _ => "normal",
        }
    }
}

/// A screen, or a dialog on it.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Its name in pictures and complaints.
    pub name: &'static str,
    /// Its address; a word in braces is a record of the laptop that is looked at.
    pub path: &'static str,
    /// What is there once it is drawn with data.
    pub shows: &'static str,
    /// What is clicked, one after the other, until the dialog is open.
    pub clicks: &'static [&'static str],
}

const fn screen(name: &'static str, path: &'static str, shows: &'static str) -> Screen {
    let clicks = &[];
    Screen {
        name,
        path,
        shows,
        clicks,
    }
}

const fn dialog(
    name: &'static str,
    path: &'static str,
    clicks: &'static [&'static str],
    shows: &'static str,
) -> Screen {
    Screen {
        name,
        path,
        shows,
        clicks,
    }
}

/// The screens of somebody who is signed in. A new screen is a line here.
#[rustfmt::skip]
pub const SCREENS: &[Screen] = &[
    screen("home", "/home", "[data-test=workbench]"),
    screen("settings", "/settings", "[data-test=settings]"),
    screen("health", "/health", "[data-test=health-screen]"),
    screen("sites", "/sites", "[data-test=sites-screen]"),
    screen("site", "/sites/{site}", "[data-test=site-screen]"),
    screen("site-edit", "/sites/{site}/edit", "[data-test=site-edit-screen]"),
    screen("site-merge", "/sites/{site}/merge", "[data-test=merge-screen]"),
    screen("sites-import", "/sites/import", "[data-test=sites-import-screen]"),
    screen("inspections", "/inspections", "[data-test=new-inspection]"),
    screen("start", "/start", "[data-test=site-search]"),
    screen("runner", "/inspections/{visit}", "[data-test=item]"),
    screen("visit-findings", "/inspections/{visit}/findings", "[data-test=findings-screen]"),
    screen("finish", "/inspections/{visit}/finish", "[data-test=summary]"),
    screen("photos", "/inspections/{visit}/photos", "[data-test=manifest]"),
    screen("finished", "/inspections/{finished}/finish", "[data-test=finished]"),
    screen("findings", "/findings", "[data-test=findings-screen]"),
    screen("recheck", "/rechecks/{recheck}", "[data-test=recheck-screen]"),
    screen("statistics", "/statistics", "[data-test=statistics-screen]"),
    screen("checklists", "/checklists", "[data-test=edition-row]"),
    screen("checklists-import", "/checklists/import", "[data-test=import-file]"),
    screen("edition", "/checklists/{edition}", "[data-test=edition-item]"),
    screen("changes", "/checklists/{edition}/changes/{after}", "[data-test=edition-diff]"),
    screen("quick", "/quick", "[data-test=quick]"),
    screen("conflicts", "/conflicts", "[data-test=conflicts-screen]"),
    screen("sync", "/sync", "[data-test=sync-state]"),
];

/// What opens over a screen; looked at with a typical laptop.
#[rustfmt::skip]
pub const DIALOGS: &[Screen] = &[
    dialog("start-site", "/start", &["site-row"], "[data-test=site-picked]"),
    dialog("finding", "/inspections/{fresh}", &["free-finding"], "[data-test=finding-dialog]"),
    dialog("finding-edit", "/inspections/{visit}/findings?finding={finding}", &["finding-edit"], "[data-test=finding-dialog]"),
    dialog("search", "/inspections/{fresh}", &["search-open"], "[data-test=item-search]"),
    dialog("facilities", "/inspections/{visit}", &["facilities-open"], "[data-test=facilities-save]"),
    dialog("step", "/findings?finding={finding}", &["step-notified"], "[data-test=step-dialog]"),
    dialog("ledger-saved", "/findings", &["ledger-saved"], "[data-test=ledger-saved-menu]"),
    dialog("ledger-columns", "/findings", &["ledger-columns"], "[data-test=ledger-columns-menu]"),
    dialog("viewer", "/inspections/{visit}/findings?finding={finding}", &["photo"], "[data-test=viewer]"),
    dialog("viewer-help", "/inspections/{visit}/findings?finding={finding}", &["photo", "viewer-keys"], "[data-test=viewer-help]"),
    dialog("viewer-draw", "/inspections/{visit}/findings?finding={finding}", &["photo", "viewer-draw"], "[data-test=draw-bar]"),
    dialog("viewer-before", "/inspections/{visit}/findings?finding={finding}", &["photo", "viewer-before"], "[data-test=before-pane]"),
    dialog("phone", "/inspections/{visit}", &["phone-open"], "[data-test=phone-dialog]"),
    dialog("receiver", "/inspections/{visit}", &["receiver-open"], "[data-test=receiver]"),
    dialog("sign", "/inspections/{visit}/photos", &["sign-open"], "[data-test=sign-panel]"),
    dialog("join", "/inspections/{fresh}", &["join-open"], "[data-test=join-dialog]"),
    dialog("paste", "/quick", &["paste-open"], "[data-test=paste-text]"),
    dialog("quick-phone", "/quick", &["quick-phone"], "[data-test=phone-dialog]"),
    dialog("reporter", "/quick", &["reporter-open"], "[data-test=reporter-name]"),
];
