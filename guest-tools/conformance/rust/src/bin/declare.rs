//! Prints the tools in the tool language.

fn main() {
    print!("{}", conformance::declarations());
}
