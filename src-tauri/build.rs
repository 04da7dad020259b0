//! Generates what Tauri needs at build time: the capability and the command permissions.

fn main() {
    // It watches the usual folder only, and a window with yesterday's rights is hard to explain.
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    tauri_build::try_build(
        tauri_build::Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/**/*"),
    )
    .expect("tauri-build");
}
