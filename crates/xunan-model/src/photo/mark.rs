//! Arrows, circles and words over a photo: a layer of its own, never part of the pixels.

use serde::{Deserialize, Serialize};

use crate::fault::{Fault, check_length};
use crate::open_enum::open_enum;

/// The most marks over one photo.
pub const MARKS_MAX: usize = 50;
/// The longest words of a mark, in characters.
pub const MARK_CHARS_MAX: usize = 60;
/// The picture's right and lower edge, in a mark's coordinates.
pub const EDGE: u16 = 10_000;

open_enum! {
    /// What is drawn.
    MarkShape {
        /// From the first point to the second, where its head is.
        Arrow = "arrow",
        /// An ellipse that fills the box between the two points.
        Circle = "circle",
        /// Words whose upper left corner is the first point.
        Text = "text",
    }
}

/// One mark. Its coordinates are ten-thousandths of the picture's width and height, as shown upright,
/// so that it fits every size of the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Mark {
    /// What is drawn.
    pub shape: MarkShape,
    /// The first point, across.
    pub x1: u16,
    /// The first point, down.
    pub y1: u16,
    /// The second point, across.
    pub x2: u16,
    /// The second point, down.
    pub y2: u16,
    /// The words of a text; may stand beside an arrow or a circle too.
    #[serde(default)]
    pub text: String,
}

/// Whether these marks can be kept.
///
/// # Errors
/// `marks_many`, `text_too_long`, `invalid` for a point outside the picture.
pub fn check_marks(marks: &[Mark]) -> Result<(), Fault> {
    if marks.len() > MARKS_MAX {
        return Err(Fault::invalid("marks_many", "marks").with("max", MARKS_MAX));
    }
    for mark in marks {
        check_length(&mark.text, MARK_CHARS_MAX, "marks")?;
        if [mark.x1, mark.y1, mark.x2, mark.y2]
            .iter()
            .any(|at| *at > EDGE)
        {
            return Err(Fault::invalid("invalid", "marks").with("field", "marks"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_have_limits_and_lie_inside_the_picture() {
        let mark = |x1: u16, text: &str| Mark {
            shape: MarkShape::Arrow,
            x1,
            y1: 0,
            x2: EDGE,
            y2: EDGE,
            text: text.to_owned(),
        };
        assert_eq!(check_marks(&vec![mark(0, "此处"); MARKS_MAX]), Ok(()));
        let key = |marks: &[Mark]| check_marks(marks).map_err(|fault| fault.key);
        assert_eq!(key(&vec![mark(0, ""); MARKS_MAX + 1]), Err("marks_many"));
        assert_eq!(key(&[mark(EDGE + 1, "")]), Err("invalid"));
        assert_eq!(key(&[mark(0, &"长".repeat(61))]), Err("text_too_long"));
    }
}
