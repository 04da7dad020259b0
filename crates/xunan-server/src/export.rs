//! Everything that arrived, as plain files that any program can read and check.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use xunan_model::change::Kind;
use xunan_model::digest::Digest;
use xunan_model::photo::BlobRef;

use crate::store::{Store, StoredRecord};

const PAGE_ROWS: usize = 500;

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    pub records: usize,
    pub changes: usize,
    pub blobs: usize,
    pub blobs_missing: usize,
}

/// Writes `records/<kind>/<id>.json`, `changes.jsonl`, `photos/<sha256>.<ext>` and at last
/// `manifest.json`, whose absence shows an export that was broken off.
///
/// # Errors
/// When the folder is not empty, or something cannot be read or written.
pub async fn export(store: &dyn Store, folder: &Path) -> Result<Exported> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    if fs::read_dir(folder)?.next().is_some() {
        bail!("the folder {} is not empty", folder.display());
    }
    let mut out = Export {
        folder: folder.to_owned(),
        files: BTreeMap::new(),
        done: Exported::default(),
    };
    let records = store.records(None).await?;
    for record in &records {
        out.record(record)?;
    }
    out.changes(store).await?;
    let refs = references(&records);
    let missing = out.blobs(store, &refs).await?;
    let photos: Vec<Value> = refs
        .iter()
        .flat_map(|(sha256, uses)| {
            uses.iter()
                .map(move |(photo, part, _)| (sha256, photo, part))
        })
        .map(|(sha256, photo, part)| json!({ "photo": photo, "part": part, "sha256": sha256 }))
        .collect();
    let manifest = json!({ "files": out.files, "photos": photos, "not_arrived": missing });
    fs::write(
        folder.join("manifest.json"),
        serde_json::to_vec_pretty(&manifest)?,
    )?;
    Ok(out.done)
}

/// Blob → the photos that point to it: id, part, media type.
type References = BTreeMap<Digest, Vec<(String, &'static str, BlobRef)>>;

fn references(records: &[StoredRecord]) -> References {
    let mut refs = References::new();
    for photo in records.iter().filter(|record| record.kind == Kind::Photo) {
        for part in ["original", "evidence", "thumb"] {
            let value = photo.row.fields.get(part).cloned().unwrap_or_default();
            if let Ok(blob) = serde_json::from_value::<BlobRef>(value) {
                refs.entry(blob.sha256)
                    .or_default()
                    .push((photo.id.to_string(), part, blob));
            }
        }
    }
    refs
}

struct Export {
    folder: PathBuf,
    files: BTreeMap<String, Value>,
    done: Exported,
}

impl Export {
    fn file(&self, name: &str) -> Result<BufWriter<File>> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(BufWriter::new(File::create_new(&path).with_context(
            || format!("cannot write {}", path.display()),
        )?))
    }

    fn listed(&mut self, name: String, sha256: Digest, bytes: u64) {
        self.files
            .insert(name, json!({ "sha256": sha256, "bytes": bytes }));
    }

    fn record(&mut self, record: &StoredRecord) -> Result<()> {
        let mut fields = record.row.fields.clone();
        fields.insert("id".to_owned(), record.id.to_string().into());
        let text = serde_json::to_vec_pretty(&fields)?;
        let name = format!(
            "records/{}/{}.json",
            folder_name(record.kind.as_str()),
            record.id
        );
        let mut file = self.file(&name)?;
        file.write_all(&text)?;
        file.flush()?;
        self.listed(name, Digest::of(&text), text.len() as u64);
        self.done.records += 1;
        Ok(())
    }

    async fn changes(&mut self, store: &dyn Store) -> Result<()> {
        let mut file = self.file("changes.jsonl")?;
        let (mut hasher, mut bytes, mut after) = (Sha256::new(), 0, 0);
        loop {
            let page = store.changes_page(after, PAGE_ROWS).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (_, raw) in &page {
                // Line breaks can only stand between the tokens of JSON: as spaces they mean the
                // same. The exact bytes of such a change are in the database.
                let line = raw.replace(['\n', '\r'], " ") + "\n";
                file.write_all(line.as_bytes())?;
                hasher.update(line.as_bytes());
                bytes += line.len() as u64;
                self.done.changes += 1;
            }
        }
        file.flush()?;
        self.listed(
            "changes.jsonl".to_owned(),
            Digest(hasher.finalize().into()),
            bytes,
        );
        Ok(())
    }

    /// Writes every whole blob and returns those that photos point to and that are not here.
    async fn blobs(&mut self, store: &dyn Store, refs: &References) -> Result<Vec<Value>> {
        let mut here = BTreeSet::new();
        for (sha256, bytes) in store.blobs().await? {
            let mime = refs
                .get(&sha256)
                .and_then(|uses| uses.first())
                .map_or("", |(_, _, blob)| blob.mime.as_str());
            let name = format!("photos/{sha256}.{}", extension(mime));
            let mut file = self.file(&name)?;
            let mut hasher = Sha256::new();
            let mut stream = store.blob_open(sha256, 0..bytes).await?;
            while let Some(chunk) = stream.next().await {
                let chunk = chunk?;
                hasher.update(&chunk);
                file.write_all(&chunk)?;
            }
            file.flush()?;
            if Digest(hasher.finalize().into()) != sha256 {
                bail!("the blob {sha256} is damaged on the server's disk");
            }
            self.listed(name, sha256, bytes);
            self.done.blobs += 1;
            here.insert(sha256);
        }
        let missing: Vec<Value> = refs
            .iter()
            .filter(|(sha256, _)| !here.contains(sha256))
            .filter_map(|(sha256, uses)| uses.first().map(|(photo, part, blob)| (sha256, photo, part, blob.bytes)))
            .map(|(sha256, photo, part, bytes)| json!({ "sha256": sha256, "photo": photo, "part": part, "bytes": bytes }))
            .collect();
        self.done.blobs_missing = missing.len();
        Ok(missing)
    }
}

/// A kind comes from a laptop: only plain letters become a folder's name.
fn folder_name(kind: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' || c == '-' {
            c
        } else {
            '_'
        }
    };
    let name: String = kind.chars().map(plain).collect();
    if name == kind && !name.is_empty() {
        name
    } else {
        format!("{name}.{}", &Digest::of(kind.as_bytes()).to_string()[..8])
    }
}

fn extension(mime: &str) -> &'static str {
    match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/heic" => "heic",
        "image/heif" => "heif",
        "image/tiff" => "tif",
        "application/pdf" => "pdf",
        _ => "bin",
    }
}
