//! SQLite images.

use wardian_format::Limits;
use wardian_format::limits::Profile;
use wardian_state::{Base, Context, build_image};

/// Opening an image does not panic; what opens has digests that a scan agrees with, comes back from its bytes with
/// the same digests, and takes a statement without harm.
pub fn image(bytes: &[u8]) {
    let Ok(base) = Base::open(bytes.to_vec(), &[]) else { return };
    let mut state = base.state(Context { seed: 1, now_unix_s: 0 });
    let (Ok(digests), Ok(scanned)) = (state.digests(), state.full_scan_digests()) else { return };
    assert_eq!(digests, scanned);
    let again = Base::open(state.to_bytes(), &[]).expect("its own bytes open again");
    assert_eq!(again.state(Context { seed: 1, now_unix_s: 0 }).digests().expect("digests"), digests);
    let limits = Limits { vm_ops_max: 100_000, ..Limits::of(Profile::Guest) };
    for table in &base.schema().tables {
        let mut tx = base.state(Context { seed: 1, now_unix_s: 0 }).begin(&limits, None).expect("begins");
        let sql = format!("DELETE FROM \"{}\"", table.name.replace('"', "\"\""));
        let deleted = tx.execute(&sql, &[]);
        let (mut after, kept) = tx.commit();
        let (digests_after, scanned) = (after.digests().expect("digests"), after.full_scan_digests().expect("a scan"));
        assert_eq!(digests_after, scanned);
        assert!(deleted.is_ok() || kept.is_ok() || digests_after == digests, "nothing is kept of a failed call");
    }
}

/// Images with rows, indexes, triggers and both kinds of keys.
pub fn seeds() -> Vec<Vec<u8>> {
    let plain = wardian_testkit::sample::sample().image;
    let rich = build_image(super::sql::SCHEMA, &[]).expect("an image");
    vec![plain, rich, super::sql::start().to_bytes()]
}
