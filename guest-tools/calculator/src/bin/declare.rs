//! Prints the tools in the tool language, for `wardian tool build`.

fn main() {
    print!("{}", wardian_calculator::declarations());
}
