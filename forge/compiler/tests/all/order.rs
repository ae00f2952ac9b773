//! The order of rows in a result is the author's, whatever order SQLite visits tables in.

use crate::support::{library, small};
use rusqlite::Connection;
use wardian_compiler::Sources;

/// Runs the single statement of the tool `t` on `rows` numbered rows, forwards and with unordered scans reversed.
fn both(tool: &str) -> (String, String) {
    let schema = "CREATE TABLE n (i INTEGER PRIMARY KEY, g INTEGER NOT NULL, j TEXT NOT NULL) STRICT;";
    let checked = wardian_compiler::check(&small(schema, &format!("-- @tool t\n-- @doc x\n-- @return list\n{tool};\n"))).expect("compiles");
    let run = |reverse: &str| {
        let db = Connection::open_in_memory().expect("a database");
        db.execute_batch(schema).expect("the schema");
        db.execute_batch("INSERT INTO n WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 40) SELECT i, i % 7, '[' || i || ']' FROM c")
            .expect("rows");
        db.execute_batch(&format!("PRAGMA reverse_unordered_selects = {reverse}")).expect("a pragma");
        db.query_row(&checked.tools[0].sql[0], [], |row| row.get::<_, String>(0)).expect("a result")
    };
    (run("OFF"), run("ON"))
}

#[test]
fn lists_keep_their_order() {
    for (sql, start) in [
        ("SELECT i FROM n ORDER BY i DESC", "[40,39,38"),
        ("SELECT i FROM n ORDER BY g, i", "[7,14,21"),
        ("SELECT i, g FROM n ORDER BY g DESC, i LIMIT 5", "[{\"i\":6,\"g\":6},{\"i\":13"),
        ("SELECT DISTINCT g FROM n ORDER BY g DESC", "[6,5,4"),
        ("SELECT g, count(*) AS c FROM n GROUP BY g ORDER BY count(*) DESC, g DESC", "[{\"g\":5,\"c\":6}"),
        ("SELECT i FROM n WHERE g = 1 UNION SELECT -i FROM n WHERE g = 2 ORDER BY 1", "[-37,-30"),
        ("SELECT i, sum(i) OVER (ORDER BY i) AS s FROM n ORDER BY i DESC", "[{\"i\":40,\"s\":820}"),
        (
            "WITH c AS (SELECT i FROM n WHERE g < 3) SELECT a.i, b.i AS k FROM c AS a JOIN c AS b ON b.i > a.i ORDER BY b.i DESC, a.i",
            "[{\"i\":1,\"k\":37}",
        ),
        ("SELECT jsonb(j) FROM n ORDER BY i DESC", "[[40],[39]"),
        ("SELECT j FROM n ORDER BY i DESC", "[\"[40]\",\"[39]\""),
        ("SELECT jsonb_group_array(i ORDER BY i DESC) AS a, g FROM n GROUP BY g ORDER BY g", "[{\"a\":[35,28,21"),
    ] {
        let (forwards, backwards) = both(sql);
        assert_eq!(forwards, backwards, "{sql}");
        assert!(forwards.starts_with(start), "{sql}: {forwards}");
    }
}

/// Every text of the library is one the guest's rules allow, and no two texts of a tool are equal.
#[test]
fn statements_are_listed_once() {
    let sources: Sources = library();
    for tool in wardian_compiler::check(&sources).expect("compiles").tools {
        let mut texts = tool.sql.clone();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), tool.sql.len(), "{}", tool.name);
    }
}
