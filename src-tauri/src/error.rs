//! The one place where an error becomes what a screen shows; logged once, here.

use serde::{Serialize, Serializer};
use xunan_core::view::FaultView;
use xunan_model::fault::{Code, Fault};

/// What a failed command returns.
#[derive(Debug)]
pub(crate) struct CommandError(anyhow::Error);

/// What a command returns.
pub(crate) type Reply<T> = Result<T, CommandError>;

impl<E: Into<anyhow::Error>> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Serialize for CommandError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        view(&self.0).serialize(serializer)
    }
}

/// A fault that a person can act on as it is; anything else as ours, with the log's entry.
pub(crate) fn view(error: &anyhow::Error) -> FaultView {
    if let Some(fault) = error.downcast_ref::<Fault>() {
        return FaultView::from(fault);
    }
    let log_id = xunan_core::log_id();
    tracing::error!(log_id, error = format!("{error:#}"), "a command failed");
    FaultView {
        log_id: Some(log_id),
        ..FaultView::from(&Fault::new(Code::Internal, "internal"))
    }
}
