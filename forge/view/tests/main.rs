//! Properties of what is shown: the same graph gives the same bytes, nothing of a catalogue becomes markup, and what was written reads
//! back as what was given.

mod errors;
mod exports;
mod figures;
mod page;
mod sample;
