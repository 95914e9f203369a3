fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=MANTAGO_GENERATED={}/src/generated", std::env::var("CARGO_MANIFEST_DIR").unwrap());
}
