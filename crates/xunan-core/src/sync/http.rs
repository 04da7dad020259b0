//! The real wire: HTTP with `reqwest`, bodies of `/v1/sync` compressed with zstd.

use std::time::Duration;

use anyhow::Result;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use xunan_model::digest::Digest;
use xunan_model::fault::Fault;
use xunan_model::wire::{
    ApiFault, BlobState, Enrol, Enrolled, SERVER_HEADER, STATUS_DIGEST_MISMATCH, SYNC_BYTES_MAX,
    SyncReply, SyncRequest, UPLOAD_COMPLETE, UPLOAD_LENGTH, UPLOAD_OFFSET,
};

use super::wire::{Wire, WireFault};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// One round trip of changes takes at most this, even at 2 KiB/s.
const SYNC_TIMEOUT: Duration = Duration::from_secs(180);
/// The slowest link on which a blob is not given up, in bytes per second.
const RATE_MIN: u64 = 2_048;
const ZSTD_LEVEL: i32 = 3;
/// A shorter body, an enrolment for one, goes as it is: little would be gained.
const COMPRESS_BYTES_MIN: usize = 1_024;

/// The server over HTTP.
#[derive(Debug, Clone)]
pub(crate) struct HttpWire {
    client: Client,
    url: String,
    token: Option<String>,
}

impl HttpWire {
    /// A wire to the server at `url`, e.g. `https://xunan.example:8443`.
    ///
    /// # Errors
    /// `url_invalid` when it is no http or https address.
    pub(crate) fn new(url: &str, token: Option<String>) -> Result<Self> {
        let parsed = reqwest::Url::parse(url).map_err(|_| Fault::invalid("url_invalid", "url"))?;
        if !matches!(parsed.scheme(), "http" | "https") || !parsed.has_host() {
            return Err(Fault::invalid("url_invalid", "url").into());
        }
        // A second installation of the provider is refused, and that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            client,
            url: url.trim_end_matches('/').to_owned(),
            token,
        })
    }

    /// Asks to be let in.
    ///
    /// # Errors
    /// The [`Fault`] that the person is told.
    pub(crate) async fn enrol(&self, request: &Enrol) -> Result<Enrolled> {
        let reply = self.json("/v1/enrol", request).await;
        reply.map_err(|fault| match fault.fault() {
            Some(told) => anyhow::Error::from(fault).context(told),
            None => fault.into(),
        })
    }

    async fn json<T: DeserializeOwned>(
        &self,
        path: &str,
        request: &impl serde::Serialize,
    ) -> Result<T, WireFault> {
        let text =
            serde_json::to_vec(request).map_err(|error| WireFault::Broken(error.to_string()))?;
        let request = self
            .client
            .post(format!("{}{path}", self.url))
            .header(CONTENT_TYPE, "application/json")
            .header("accept-encoding", "zstd")
            .timeout(SYNC_TIMEOUT);
        let request = if text.len() < COMPRESS_BYTES_MIN {
            request.body(text)
        } else {
            let body = zstd::encode_all(text.as_slice(), ZSTD_LEVEL)
                .map_err(|e| WireFault::Broken(e.to_string()))?;
            request.header(CONTENT_ENCODING, "zstd").body(body)
        };
        let response = self.send(request).await?;
        let status = response.status();
        let encoded = response
            .headers()
            .get(CONTENT_ENCODING)
            .is_some_and(|value| value == "zstd");
        let bytes = limited(response, SYNC_BYTES_MAX as u64).await?;
        let bytes = if encoded { decompress(&bytes)? } else { bytes };
        if !status.is_success() {
            return Err(refusal(status, &bytes));
        }
        serde_json::from_slice(&bytes).map_err(|error| WireFault::Server {
            status: status.as_u16(),
            detail: error.to_string(),
        })
    }

    /// Sends a request, and makes sure that it is our server that answered.
    async fn send(&self, mut request: RequestBuilder) -> Result<Response, WireFault> {
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = request.send().await.map_err(|error| broken(&error))?;
        if !response.headers().contains_key(SERVER_HEADER) {
            let status = response.status();
            // A proxy on the way that has lost the server behind it is no foreign server.
            if status.is_server_error() {
                return Err(WireFault::Server {
                    status: status.as_u16(),
                    detail: "not from the server".to_owned(),
                });
            }
            return Err(WireFault::NotOurs(status.as_u16()));
        }
        Ok(response)
    }

    fn blob_url(&self, blob: Digest) -> String {
        format!("{}/v1/blobs/{blob}", self.url)
    }
}

impl Wire for HttpWire {
    async fn sync(&self, request: &SyncRequest) -> Result<SyncReply, WireFault> {
        self.json("/v1/sync", request).await
    }

    async fn blob_state(&self, blob: Digest) -> Result<BlobState, WireFault> {
        let request = self.client.head(self.blob_url(blob)).timeout(SYNC_TIMEOUT);
        let response = self.send(request).await?;
        match response.status() {
            status if status.is_success() => Ok(state(&response)),
            StatusCode::NOT_FOUND => Ok(BlobState {
                offset: 0,
                complete: false,
            }),
            status => Err(refusal(status, &[])),
        }
    }

    async fn upload(
        &self,
        blob: Digest,
        length: u64,
        offset: u64,
        bytes: Vec<u8>,
    ) -> Result<(), WireFault> {
        let timeout = SYNC_TIMEOUT + Duration::from_secs(bytes.len() as u64 / RATE_MIN);
        let request = self
            .client
            .put(self.blob_url(blob))
            .header(UPLOAD_OFFSET, offset)
            .header(UPLOAD_LENGTH, length)
            .header(CONTENT_TYPE, "application/octet-stream")
            .timeout(timeout)
            .body(bytes);
        let response = self.send(request).await?;
        match response.status() {
            StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(()),
            StatusCode::CONFLICT => Err(WireFault::Offset(state(&response).offset)),
            status if status.as_u16() == STATUS_DIGEST_MISMATCH => Err(WireFault::WrongDigest),
            status if status.is_success() => Err(WireFault::Offset(state(&response).offset)),
            status => {
                let body = limited(response, SYNC_BYTES_MAX as u64).await?;
                Err(refusal(status, &body))
            }
        }
    }

    async fn fetch(&self, blob: Digest, bytes_max: u64) -> Result<Vec<u8>, WireFault> {
        let timeout = SYNC_TIMEOUT + Duration::from_secs(bytes_max / RATE_MIN);
        let response = self
            .send(self.client.get(self.blob_url(blob)).timeout(timeout))
            .await?;
        match response.status() {
            status if status.is_success() => limited(response, bytes_max).await,
            StatusCode::NOT_FOUND => Err(WireFault::NoBlob),
            status => Err(refusal(status, &[])),
        }
    }
}

fn state(response: &Response) -> BlobState {
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    BlobState {
        offset: header(UPLOAD_OFFSET)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0),
        complete: header(UPLOAD_COMPLETE) == Some("?1"),
    }
}

/// Reads a body, but never more than `bytes_max`.
async fn limited(mut response: Response, bytes_max: u64) -> Result<Vec<u8>, WireFault> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
        if (bytes.len() + chunk.len()) as u64 > bytes_max {
            return Err(WireFault::Server {
                status: response.status().as_u16(),
                detail: "reply too long".to_owned(),
            });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn decompress(bytes: &[u8]) -> Result<Vec<u8>, WireFault> {
    use std::io::Read as _;
    let too_long = |detail: String| WireFault::Server {
        status: 200,
        detail,
    };
    let decoder = zstd::Decoder::new(bytes).map_err(|error| too_long(error.to_string()))?;
    let mut text = Vec::new();
    let read = decoder
        .take(SYNC_BYTES_MAX as u64 + 1)
        .read_to_end(&mut text);
    let read = read.map_err(|error| too_long(error.to_string()))?;
    if read > SYNC_BYTES_MAX {
        return Err(too_long("reply too long".to_owned()));
    }
    Ok(text)
}

fn refusal(status: StatusCode, body: &[u8]) -> WireFault {
    let told: Option<ApiFault> = serde_json::from_slice(body).ok();
    if status.is_server_error() {
        let detail = told.map_or_else(String::new, |fault| fault.detail);
        return WireFault::Server {
            status: status.as_u16(),
            detail,
        };
    }
    WireFault::Denied {
        status: status.as_u16(),
        key: told.map_or_else(String::new, |fault| fault.key),
    }
}

fn broken(error: &reqwest::Error) -> WireFault {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::ConnectionRefused
        {
            return WireFault::Refused;
        }
        source = cause.source();
    }
    let kind = if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "no way there"
    } else {
        "broke off"
    };
    WireFault::Broken(kind.to_owned())
}
