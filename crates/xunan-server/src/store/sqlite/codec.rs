//! How values of the model lie in SQLite: digests as 32 bytes, ids and stamps as text.

use anyhow::{Context, Result};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use uuid::Uuid;
use xunan_model::digest::Digest;
use xunan_model::stamp::Stamp;
use xunan_model::wire::RejectReason;

/// Something that SQLite knows only as bytes or text.
pub(super) struct Sql<T>(pub(super) T);

impl ToSql for Sql<Digest> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.0.as_slice()))
    }
}

impl FromSql for Sql<Digest> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 32]>::column_result(value).map(|bytes| Self(Digest(bytes)))
    }
}

impl ToSql for Sql<Stamp> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.to_string()))
    }
}

impl FromSql for Sql<Stamp> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Stamp::parse(value.as_str()?)
            .map(Self)
            .ok_or(FromSqlError::InvalidType)
    }
}

impl ToSql for Sql<Uuid> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.to_string()))
    }
}

impl FromSql for Sql<Uuid> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value
            .as_str()?
            .parse()
            .map(Self)
            .map_err(|_| FromSqlError::InvalidType)
    }
}

/// The reason as the wire writes it.
pub(super) fn reason_text(reason: RejectReason) -> Result<String> {
    let value = serde_json::to_value(reason)?;
    value
        .as_str()
        .map(str::to_owned)
        .context("a reason is text")
}

pub(super) fn reason_read(text: &str) -> RejectReason {
    serde_json::from_value(text.into()).unwrap_or(RejectReason::Other)
}
