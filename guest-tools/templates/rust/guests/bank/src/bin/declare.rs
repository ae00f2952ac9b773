//! Prints the tools in the tool language; `wardian tool build` writes that to `guests/bank.sql`.

fn main() {
    print!("{}", bank::declarations());
}
