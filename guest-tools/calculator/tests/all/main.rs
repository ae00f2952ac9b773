//! Tests of the calculator against Python itself. Those of the component that ships are in `tests/guests.rs`.

mod oracle;
