//! Turns `proto/*.proto` into Rust, without `protoc`.
//!
//! Every map becomes a `BTreeMap`: a graph is identified by its bytes, so they may not depend on a hash.

use std::error::Error;
use std::path::PathBuf;

use prost::Message as _;

const FILES: [&str; 6] =
    ["gateway.proto", "ops.proto", "worker.proto", "caps.proto", "stat.proto", "status.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let descriptors = protox::compile(FILES, ["proto"])?;
    // What `tests/upstream.rs` compares.
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;

    let mut config = prost_build::Config::new();
    config.btree_map(["."]).include_file("modules.rs");
    tonic_prost_build::configure()
        .build_transport(false)
        .build_server(true)
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}
