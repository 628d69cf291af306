//! The `metastudio` command. All of it is in the library.

fn main() {
    std::process::exit(mss_cli::main(std::env::args_os()));
}
