//! Where the photos go that come now, and how a person recognises it.

use anyhow::Result;
use xunan_core::{App, PhotoTarget};
use xunan_model::checklist::Text;
use xunan_model::fault::{Code, Fault};

/// A place in a visit.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Without the photo's name.
    pub(crate) target: PhotoTarget,
    /// The site's name.
    pub(crate) site: String,
    /// The finding's hazard or the item's question; `None` for the visit as a whole.
    pub(crate) title: Option<Text>,
}

impl Place {
    /// Finds out what the place is called.
    ///
    /// # Errors
    /// `inspection_finished`, `not_found`.
    pub(crate) fn of(app: &App, target: PhotoTarget) -> Result<Self> {
        let view = app.inspection_get(target.inspection)?;
        if view.finished.is_some() {
            return Err(Fault::new(Code::Conflict, "inspection_finished").into());
        }
        let finding = target.finding.map(|id| id.to_string());
        let title = if let Some(id) = finding {
            let row = view.findings.into_iter().find(|row| row.id == id);
            let row = row.ok_or_else(|| Fault::new(Code::NotFound, "not_found"))?;
            Some(Text::zh(row.hazard))
        } else if let Some(code) = &target.item {
            let mut items = view.items.into_iter();
            let item = items.find(|item| item.code == *code && item.facility == target.facility);
            let item = item.ok_or_else(|| Fault::new(Code::NotFound, "not_found"))?;
            Some(item.question)
        } else {
            None
        };
        Ok(Self {
            target,
            site: view.row.site_name,
            title,
        })
    }

    /// Whether a photo for one would be a photo for the other.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.target == other.target
    }
}
