//! Prints the tools in the tool language; `wardian tool build` writes that to `guests/phone.sql`.

fn main() {
    print!("{}", wardian_phone::declarations());
}
