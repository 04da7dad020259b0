//! Where pictures come from that nobody here made. Nothing of them is in the repository;
//! `cargo xtask setup` installs them, and without them the tests fail.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A file's name and its bytes.
pub(crate) type Named = (String, Vec<u8>);

/// What is at `path`, from the top of the repository.
fn at(path: &str) -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = top.join(path);
    assert!(
        path.exists(),
        "{} is missing; `cargo xtask setup` fetches it",
        path.display()
    );
    path
}

/// The folder `exif` of goexif's source: photographs of sixty cameras, and what is to be read in them.
pub(crate) fn goexif() -> PathBuf {
    const DEBIAN: &str = "/usr/share/gocode/src/github.com/rwcarlsen/goexif/exif";
    let folder = std::env::var_os("XUNAN_GOEXIF").map_or_else(|| DEBIAN.into(), PathBuf::from);
    assert!(
        folder.join("regress_expected_test.go").is_file(),
        "{} is missing; on Debian and Ubuntu `cargo xtask setup` installs it \
         (golang-github-rwcarlsen-goexif-dev), elsewhere XUNAN_GOEXIF names the folder `exif` of its source",
        folder.display()
    );
    folder
}

/// The photographs of `tests/photos`: cameras of several makers, one with damaged EXIF, one of 24
/// megapixels.
pub(crate) fn photographs() -> Vec<Named> {
    let folder = at("tests/photos/node_modules");
    let mut all = Vec::new();
    for part in ["exif/test", "exif-parser/test"] {
        all.extend(files(&folder.join(part)));
    }
    for entry in fs::read_dir(folder.join("@stdlib")).unwrap() {
        let data = entry.unwrap().path().join("data/image.jpg");
        if data.is_file() {
            all.push((data.display().to_string(), fs::read(data).unwrap()));
        }
    }
    all.retain(|(name, _)| name.ends_with(".jpg"));
    all.sort();
    assert!(all.len() >= 10, "{} photographs", all.len());
    all
}

/// The pictures of goexif, kamadak-exif and piexif, some of them damaged.
pub(crate) fn samples() -> Vec<Named> {
    let goexif = goexif();
    let mut all = files(&goexif.join("samples"));
    all.extend(files(&goexif.join("corrupt")));
    let whole = "sample1.jpg".to_owned();
    all.push((whole.clone(), fs::read(goexif.join(whole)).unwrap()));
    all.extend(kamadak_exif());
    all.extend(piexif());
    all
}

/// The test files of kamadak-exif lie in the source that cargo has fetched.
fn kamadak_exif() -> Vec<Named> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // What other systems need was never fetched on a machine that has built this for the first time.
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(rustc.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let said = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", host.unwrap()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&said.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "kamadak-exif")
        .unwrap();
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    let mut all = files(&manifest.with_file_name("tests"));
    all.retain(|(name, _)| !name.ends_with(".rs"));
    assert!(all.len() >= 5, "kamadak-exif has {} files", all.len());
    all
}

/// The images of piexif, out of its source archive.
fn piexif() -> Vec<Named> {
    let archive = File::open(at("tests/photos/pypi/piexif-1.1.3.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(archive).unwrap();
    let mut all = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        if name.contains("/tests/images/") && !name.ends_with('/') {
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).unwrap();
            all.push((name, bytes));
        }
    }
    assert!(all.len() >= 15, "piexif has {} images", all.len());
    all
}

fn files(folder: &Path) -> Vec<Named> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            all.push((path.display().to_string(), fs::read(path).unwrap()));
        }
    }
    all.sort();
    all
}
