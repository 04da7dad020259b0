//! The server's own key. Laptops pin it at enrolment, so nobody needs to be paid for a certificate,
//! and no date can lock a laptop out. Kept beside the database and backed up with it.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::ServerSessionMemoryCache;
use xunan_model::pin::Pin;
use xunan_platform::{Disk as _, RealDisk};

use crate::config::DataFolder;
use crate::platform;

/// Sessions that may be resumed: one per laptop, and some more.
const SESSIONS_MAX: usize = 20_000;
/// What a laptop may send along with a resumed handshake, in bytes.
const EARLY_BYTES_MAX: u32 = 64 << 10;

/// The key and its certificate.
pub(crate) struct Identity {
    key: rcgen::KeyPair,
    certificate: CertificateDer<'static>,
}

impl Identity {
    /// The key of this folder; made when there is none.
    ///
    /// # Errors
    /// When it cannot be read or written. A damaged key is never replaced: laptops trust it.
    pub(crate) fn of(folder: &DataFolder) -> Result<Self> {
        let path = folder.key();
        if !path.exists() {
            write_new(&path, &rcgen::KeyPair::generate()?.serialize_pem())?;
        }
        let text = fs::read_to_string(&path)
            .with_context(|| format!("cannot read the key {}", path.display()))?;
        let key = rcgen::KeyPair::from_pem(&text)
            .with_context(|| format!("the key {} is damaged", path.display()))?;
        let mut parameters = rcgen::CertificateParams::new(vec!["xunan".to_owned()])?;
        // Laptops look at the key alone; the dates are for other programs.
        parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2120, 1, 1);
        let certificate = parameters.self_signed(&key)?.der().clone();
        Ok(Self { key, certificate })
    }

    /// What laptops remember of it.
    pub(crate) fn pin(&self) -> Pin {
        Pin::of(&rcgen::PublicKeyData::subject_public_key_info(&self.key))
    }

    /// TLS 1.3, with sessions that can be resumed and early data.
    ///
    /// # Errors
    /// When the key does not fit the certificate.
    pub(crate) fn config(&self) -> Result<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.session_storage = ServerSessionMemoryCache::new(SESSIONS_MAX);
        config.max_early_data_size = EARLY_BYTES_MAX;
        // What is asked early is answered before the handshake ends.
        config.send_half_rtt_data = true;
        Ok(config)
    }
}

/// Written whole or not at all, and readable by its owner only.
fn write_new(path: &Path, text: &str) -> Result<()> {
    let half = path.with_extension("tmp");
    let mut file = platform::private_file()
        .create(true)
        .truncate(true)
        .open(&half)
        .with_context(|| format!("cannot write {}", half.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&half, path)?;
    RealDisk.sync_folder(path.parent().context("a key lies in a folder")?)?;
    Ok(())
}
