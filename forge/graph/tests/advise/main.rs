//! Advice on a graph: what is asked, how answers are read, and what is followed.

mod asking;
mod driving;
mod following;
mod random;
mod world;
