//! The phone drop: showing the QR code, and what comes under it.

use std::net::Ipv4Addr;

use anyhow::Context as _;
use serde::Deserialize;
use tauri::{AppHandle, Runtime, State};
use xunan_core::PhotoTarget;
use xunan_model::fault::{Code, Fault};
use xunan_model::id::{FindingId, InspectionId};
use xunan_model::photo::PhotoSource;
use xunan_phone::Page;
use xunan_phone::view::{PhoneDropView, PhoneQr};

use super::{Shell, blocking};
use crate::error::Reply;

/// Where photos from phones go.
#[derive(Debug, Deserialize)]
pub(crate) struct PhonePlace {
    inspection: InspectionId,
    finding: Option<FindingId>,
    item: Option<String>,
    facility: String,
}

#[tauri::command]
pub(crate) async fn phone_open<R: Runtime>(
    handle: AppHandle<R>,
    shell: State<'_, Shell>,
    place: PhonePlace,
) -> Reply<PhoneDropView> {
    let (person, phone) = (shell.app()?, shell.phone()?);
    let page = page(&handle)?;
    let target = PhotoTarget {
        inspection: place.inspection,
        finding: place.finding,
        item: place.item,
        facility: place.facility,
        name: String::new(),
        source: PhotoSource::Phone,
    };
    blocking(move || phone.open(&person, target, page)).await
}

#[tauri::command]
pub(crate) async fn phone_status(shell: State<'_, Shell>) -> Reply<Option<PhoneDropView>> {
    shell.app()?;
    let phone = shell.phone()?;
    blocking(move || phone.status()).await
}

#[tauri::command]
pub(crate) async fn phone_choose(
    shell: State<'_, Shell>,
    address: Ipv4Addr,
) -> Reply<Option<PhoneDropView>> {
    shell.app()?;
    let phone = shell.phone()?;
    blocking(move || phone.choose(address)).await
}

#[tauri::command]
pub(crate) async fn phone_close(shell: State<'_, Shell>) -> Reply<()> {
    let phone = shell.phone()?;
    blocking(move || {
        phone.close();
        Ok(())
    })
    .await
}

/// The page that phones get lies beside the window's own files.
fn page<R: Runtime>(handle: &AppHandle<R>) -> anyhow::Result<Page> {
    let file = |name: &str| {
        let asset = handle.asset_resolver().get(format!("phone/{name}"));
        asset
            .map(|asset| asset.bytes)
            .with_context(|| format!("phone/{name} was not built"))
            .context(Fault::new(Code::Internal, "phone_page_missing"))
    };
    Ok(Page {
        html: file("index.html")?,
        script: file("phone.js")?,
        style: file("phone.css")?,
    })
}

/// A short text as a QR code.
#[tauri::command]
pub(crate) async fn qr_draw(text: String) -> Reply<PhoneQr> {
    xunan_model::fault::check_length(&text, 300, "text").map_err(anyhow::Error::from)?;
    Ok(xunan_phone::draw_qr(&text)?)
}
