//! Making a connection: TCP, then TLS 1.3 with the server's key pinned, then HTTP/2.
//!
//! After the first connection the next ones resume its TLS session and send their first bytes
//! along with the handshake ("early data"): on a link of 600 ms that saves 600 ms at every break.
//! An attacker could play those bytes again; every request that travels so may be repeated without
//! harm (`docs/SYNC.md`).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use anyhow::Result;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use xunan_model::fault::Fault;
use xunan_model::pin::Pin as KeyPin;

use super::link::HttpLink;
use super::wire::{Wire, WireFault};

/// The address of a server.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    url: reqwest::Url,
}

impl Address {
    /// Reads an address, e.g. `https://xunan.example:8470`.
    ///
    /// # Errors
    /// `url_invalid` when it is no http or https address.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let invalid = || Fault::invalid("url_invalid", "url");
        let url = reqwest::Url::parse(text).map_err(|_| invalid())?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(invalid().into());
        }
        Ok(Self { url })
    }

    pub(crate) fn secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    fn host(&self) -> &str {
        let host = self.url.host_str().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']')
    }

    fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    /// What stands before the path of a request.
    pub(super) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

/// The server over HTTP/2.
#[derive(Debug, Clone)]
pub struct HttpWire {
    address: Address,
    token: String,
    tls: Option<Arc<ClientConfig>>,
}

impl HttpWire {
    /// A wire to the server at `url`, whose key must be `pin` when the address is https.
    ///
    /// # Errors
    /// `url_invalid`, or an https address without a pin.
    pub fn new(url: &str, pin: Option<KeyPin>, token: String) -> Result<Self> {
        let address = Address::parse(url)?;
        let tls = match (address.secure(), pin) {
            (true, Some(pin)) => Some(Arc::new(pinned(Expected::Key(pin), &[b"h2"])?)),
            (true, None) => anyhow::bail!("no key is known for {url}"),
            (false, _) => None,
        };
        Ok(Self {
            address,
            token,
            tls,
        })
    }
}

impl Wire for HttpWire {
    type Link = HttpLink;

    async fn dial(&self) -> Result<HttpLink, WireFault> {
        let socket = TcpStream::connect((self.address.host(), self.address.port()))
            .await
            .map_err(|error| broken(&error))?;
        // Small requests must not wait for more to send.
        let _ = socket.set_nodelay(true);
        let Some(config) = &self.tls else {
            return HttpLink::open(TokioIo::new(socket), &self.address, &self.token).await;
        };
        let name = ServerName::try_from(self.address.host().to_owned())
            .map_err(|_| WireFault::Broken("no host name".to_owned()))?;
        let connector = TlsConnector::from(Arc::clone(config)).early_data(true);
        let stream = connector
            .connect(name, socket)
            .await
            .map_err(|error| broken(&error))?;
        let early = Early {
            stream,
            early: true,
        };
        HttpLink::open(TokioIo::new(early), &self.address, &self.token).await
    }
}

/// What the handshake is carried on by: HTTP/2 asks for its first bytes to be flushed, which would
/// wait for the handshake; here flushing lets the handshake run on while more bytes go out.
struct Early {
    stream: TlsStream<TcpStream>,
    early: bool,
}

impl Early {
    /// Goes on with the handshake; ready when it is done.
    fn poll_shake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.early {
            return Poll::Ready(Ok(()));
        }
        let done = Pin::new(&mut self.stream).poll_flush(cx);
        if let Poll::Ready(Ok(())) = done {
            self.early = false;
        }
        done
    }
}

impl AsyncRead for Early {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.poll_shake(cx) {
            Poll::Ready(Ok(())) => Pin::new(&mut self.stream).poll_read(cx, buf),
            other => other,
        }
    }
}

impl AsyncWrite for Early {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.early {
            return match self.poll_shake(cx) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                _ => Poll::Ready(Ok(())),
            };
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// What is known of the server's key.
#[derive(Debug, Clone)]
pub(crate) enum Expected {
    /// All of its digest.
    Key(KeyPin),
    /// The letters of an enrolment code.
    Letters(String),
}

/// TLS that trusts one key and no date: a laptop with a wrong clock must get through, and nobody
/// else's certificate, however official, makes another server ours.
///
/// # Errors
/// When the provider lacks TLS 1.3, which it does not.
pub(crate) fn pinned(expected: Expected, alpn: &[&[u8]]) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let verifier = PinVerifier {
        expected,
        provider: Arc::clone(&provider),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    config.enable_early_data = true;
    Ok(config)
}

#[derive(Debug)]
struct PinVerifier {
    expected: Expected,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let pin = KeyPin::of(&key_of(end_entity)?);
        let same = match &self.expected {
            Expected::Key(expected) => *expected == pin,
            Expected::Letters(letters) => pin.letters() == *letters,
        };
        if same {
            Ok(ServerCertVerified::assertion())
        } else {
            let differs = rustls::CertificateError::ApplicationVerificationFailure;
            Err(rustls::Error::InvalidCertificate(differs))
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.3 only".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// The public key in a certificate (its `SubjectPublicKeyInfo`).
fn key_of(certificate: &CertificateDer<'_>) -> Result<Vec<u8>, rustls::Error> {
    let read = webpki::EndEntityCert::try_from(certificate)
        .map_err(|_| rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding))?;
    Ok(read.subject_public_key_info().to_vec())
}

/// What an error of the connection means.
pub(crate) fn broken(error: &(dyn std::error::Error + 'static)) -> WireFault {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            if io.kind() == io::ErrorKind::ConnectionRefused {
                return WireFault::Refused;
            }
            if let Some(inner) = io.get_ref()
                && let Some(fault) = of_tls(inner)
            {
                return fault;
            }
        }
        if let Some(fault) = of_tls(cause) {
            return fault;
        }
        source = cause.source();
    }
    WireFault::Broken(error.to_string())
}

fn of_tls(error: &(dyn std::error::Error + 'static)) -> Option<WireFault> {
    match error.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(_) => Some(WireFault::WrongKey),
        // A login page on the way answers in plain text.
        rustls::Error::InvalidMessage(_) => Some(WireFault::NotOurs(0)),
        _ => None,
    }
}

/// The executor that HTTP/2 runs its connection on.
pub(super) fn executor() -> TokioExecutor {
    TokioExecutor::new()
}
