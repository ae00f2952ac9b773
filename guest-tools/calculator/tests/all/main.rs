//! Tests of the calculator against Python itself, and of the component that ships.

mod oracle;
