//! Enrolment: the one request that is made before anything is agreed.

use std::time::Duration;

use anyhow::Result;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use xunan_model::fault::Fault;
use xunan_model::pin::{PIN_LETTERS, typed_letters};
use xunan_model::wire::{Enrol, Enrolled, SERVER_HEADER};

use super::dial::{Address, Expected, broken, pinned};
use super::link::refusal;
use super::wire::WireFault;

const TIMEOUT: Duration = Duration::from_secs(60);
const REPLY_BYTES_MAX: u64 = 4 << 20;

/// A code as it was typed: what the server knows, and the letters of its key.
pub(crate) struct TypedCode {
    pub(crate) code: String,
    letters: Option<String>,
}

impl TypedCode {
    /// Takes the two parts of what was typed. A code without the letters of a key is good for a
    /// server without TLS only.
    pub(crate) fn read(typed: &str) -> Self {
        let letters = typed_letters(typed);
        let at = letters.len().saturating_sub(PIN_LETTERS);
        if letters.len() <= PIN_LETTERS {
            return Self {
                code: letters,
                letters: None,
            };
        }
        Self {
            code: letters[..at].to_owned(),
            letters: Some(letters[at..].to_owned()),
        }
    }
}

/// Asks to be let in.
///
/// # Errors
/// The [`Fault`] that the person is told.
pub(crate) async fn enrol(url: &str, code: &TypedCode, request: &Enrol) -> Result<Enrolled> {
    let address = Address::parse(url)?;
    let mut builder = Client::builder()
        .connect_timeout(TIMEOUT)
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    if address.secure() {
        let letters = code.letters.clone();
        let letters = letters.ok_or_else(|| Fault::invalid("code_incomplete", "code"))?;
        let tls = pinned(Expected::Letters(letters), &[b"http/1.1"])?;
        builder = builder.tls_backend_preconfigured(tls);
    } else {
        // Without a provider the client cannot be built, though plain HTTP never uses it.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let asked = ask(&builder.build()?, url, request).await;
    asked.map_err(|fault| match fault.fault() {
        Some(told) => anyhow::Error::from(fault).context(told),
        None => fault.into(),
    })
}

async fn ask(client: &Client, url: &str, request: &Enrol) -> Result<Enrolled, WireFault> {
    let text = serde_json::to_vec(request).map_err(|e| WireFault::Broken(e.to_string()))?;
    let response = client
        .post(format!("{}/v1/enrol", url.trim_end_matches('/')))
        .header(CONTENT_TYPE, "application/json")
        .body(text)
        .send()
        .await
        .map_err(|error| broken(&error))?;
    let status = response.status();
    let signed = response.headers().contains_key(SERVER_HEADER);
    if response
        .content_length()
        .is_some_and(|n| n > REPLY_BYTES_MAX)
    {
        return Err(WireFault::NotOurs(status.as_u16()));
    }
    let bytes = response.bytes().await.map_err(|error| broken(&error))?;
    if !signed {
        return Err(WireFault::NotOurs(status.as_u16()));
    }
    if !status.is_success() {
        return Err(refusal(status, &bytes));
    }
    serde_json::from_slice(&bytes).map_err(|error| WireFault::Server {
        status: status.as_u16(),
        detail: error.to_string(),
    })
}
