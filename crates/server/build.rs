//! Makes sure that the folder of the built pages exists, so that the binary builds without Node.
//! It builds nothing: `make web` does.

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let room = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let built = room.join("../../web/dist");
    fs::create_dir_all(&built)?;
    println!("cargo::rerun-if-changed={}", built.display());
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
