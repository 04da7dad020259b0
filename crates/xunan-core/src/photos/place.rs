//! How a person recognises the place where photos go that come from a phone.

use anyhow::{Context, Result};
use xunan_model::checklist::Text;
use xunan_model::fault::{Code, Fault};

use super::PhotoTarget;
use crate::app::App;
use crate::quick;

/// What a place in a visit is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceName {
    /// The site's name.
    pub site: String,
    /// The finding's hazard or the item's question; `None` for the visit as a whole.
    pub title: Option<Text>,
}

impl App {
    /// Finds out what the place is called.
    ///
    /// # Errors
    /// `inspection_finished`, `not_found`.
    pub fn photo_place_name(&self, target: &PhotoTarget) -> Result<PlaceName> {
        if let Some(draft) = self.read(|conn| quick::draft_of(conn, target.inspection))? {
            let hazard = target.item.as_deref();
            return Ok(PlaceName {
                site: self.sites()?.name(draft.site).to_owned(),
                title: hazard
                    .map(|hazard| quick::title(&draft, hazard))
                    .transpose()?,
            });
        }
        let view = self.inspection_get(target.inspection)?;
        if view.finished.is_some() {
            return Err(Fault::new(Code::Conflict, "inspection_finished").into());
        }
        let unknown = || Fault::new(Code::NotFound, "not_found");
        let title = if let Some(id) = target.finding.map(|id| id.to_string()) {
            let mut rows = view.findings.into_iter();
            let row = rows.find(|row| row.id == id).with_context(unknown)?;
            Some(Text::zh(row.hazard))
        } else if let Some(code) = &target.item {
            let mut items = view.items.into_iter();
            let item = items.find(|item| item.code == *code && item.facility == target.facility);
            Some(item.with_context(unknown)?.question)
        } else {
            None
        };
        Ok(PlaceName {
            site: view.row.site_name,
            title,
        })
    }
}
