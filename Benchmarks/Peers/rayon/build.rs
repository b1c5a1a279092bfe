//! Links the bodies of the leaves, which the script `build` compiles.

fn main() {
    let folder = std::env::var("PEER_BODIES").expect("PEER_BODIES: built by the script ../build");
    println!("cargo:rerun-if-env-changed=PEER_BODIES");
    println!("cargo:rerun-if-changed={folder}/libbodies.a");
    println!("cargo:rustc-link-search=native={folder}");
    println!("cargo:rustc-link-lib=static=bodies");
}
