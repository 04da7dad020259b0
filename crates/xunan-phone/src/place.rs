//! Where the photos go that come now, and how a person recognises it.

use anyhow::Result;
use xunan_core::{App, PhotoTarget, PlaceName};

/// A place in a visit.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Without the photo's name.
    pub(crate) target: PhotoTarget,
    /// What it is called.
    pub(crate) name: PlaceName,
}

impl Place {
    /// Finds out what the place is called.
    ///
    /// # Errors
    /// `inspection_finished`, `not_found`.
    pub(crate) fn of(app: &App, target: PhotoTarget) -> Result<Self> {
        let name = app.photo_place_name(&target)?;
        Ok(Self { target, name })
    }

    /// Whether a photo for one would be a photo for the other.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.target == other.target
    }
}
