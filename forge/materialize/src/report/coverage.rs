//! The sum of the reports on many domains.

use super::{DomainReport, Kind, ReadAfterWrite, SelfChecks, Share};
use crate::operation::Class;
use serde::Serialize;
use std::collections::BTreeMap;

/// What became of the tools of many domains. The order in which domains are added does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Domains.
    pub domains: usize,
    /// Domains with a pack.
    pub packs: usize,
    /// Tools that were given.
    pub tools_in: usize,
    /// Tools in packs; all of them passed every self-check that applies.
    pub materialized: usize,
    /// Those that read.
    pub readers: Share,
    /// Those that change something.
    pub writers: Share,
    /// Tools in packs, by class.
    pub by_class: BTreeMap<Class, usize>,
    /// Tools in no pack, by kind of reason.
    pub left_out: BTreeMap<Kind, usize>,
    /// What the self-checks established.
    pub self_checks: SelfChecks,
    /// Pairs of writing and reading tools; without those that did not hold.
    pub read_after_write: ReadAfterWrite,
    /// Tables.
    pub tables: usize,
    /// Rows in them.
    pub rows: usize,
}

impl Coverage {
    /// Adds one domain.
    pub fn add(&mut self, report: &DomainReport) {
        self.domains += 1;
        self.packs += usize::from(report.no_pack.is_none());
        self.tools_in += report.tools_in;
        self.materialized += report.tools_out;
        self.readers.add(&report.readers);
        self.writers.add(&report.writers);
        report.materialized.iter().for_each(|(class, n)| *self.by_class.entry(*class).or_default() += n);
        report.left_out.iter().for_each(|tool| *self.left_out.entry(tool.kind).or_default() += 1);
        self.self_checks.add(&report.self_checks);
        self.read_after_write.add(&report.read_after_write);
        self.tables += report.tables.len();
        self.rows += report.tables.values().sum::<usize>();
    }

    /// Adds what another sum has.
    pub fn merge(&mut self, other: &Coverage) {
        self.domains += other.domains;
        self.packs += other.packs;
        self.tools_in += other.tools_in;
        self.materialized += other.materialized;
        self.readers.add(&other.readers);
        self.writers.add(&other.writers);
        other.by_class.iter().for_each(|(class, n)| *self.by_class.entry(*class).or_default() += n);
        other.left_out.iter().for_each(|(kind, n)| *self.left_out.entry(*kind).or_default() += n);
        self.self_checks.add(&other.self_checks);
        self.read_after_write.add(&other.read_after_write);
        self.tables += other.tables;
        self.rows += other.rows;
    }

    /// Tools left out in all.
    pub fn left_out_count(&self) -> usize {
        self.left_out.values().sum()
    }

    /// Kinds of reasons with their tools, most first; where two are alike, in the order of the steps.
    pub fn reasons(&self) -> Vec<(Kind, usize)> {
        let mut list: Vec<(Kind, usize)> = self.left_out.iter().map(|(kind, n)| (*kind, *n)).collect();
        list.sort_by_key(|(kind, n)| (std::cmp::Reverse(*n), *kind));
        list
    }
}

impl SelfChecks {
    /// Adds the numbers of another domain.
    pub fn add(&mut self, other: &SelfChecks) {
        self.grounded += other.grounded;
        self.replayed += other.replayed;
        self.reversed += other.reversed;
        self.reads += other.reads;
        self.writes += other.writes;
        self.wrong_key += other.wrong_key;
        self.fits_schema += other.fits_schema;
        self.read_back += other.read_back;
        self.no_reader += other.no_reader;
        self.error_shapes += other.error_shapes;
    }
}

impl ReadAfterWrite {
    /// Adds the numbers of another domain.
    pub fn add(&mut self, other: &ReadAfterWrite) {
        self.pairs += other.pairs;
        self.held += other.held;
        self.blind += other.blind;
        for (class, of) in &other.by_class {
            let mine = self.by_class.entry(*class).or_default();
            (mine.pairs, mine.held) = (mine.pairs + of.pairs, mine.held + of.held);
        }
    }
}
