//! What is measured on: documents of a shop as tables, synthetic rows, the packs of this repository.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wardian_compiler::{Sources, Validation};
use wardian_env::Runtime;
use wardian_format::SqlValue;

/// Tables with one wide row each, as `t`.
const ROWS_SCHEMA: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL, c INTEGER NOT NULL) STRICT;";

const SHOP_PACK: &str = "name = \"shop\"\ntitle = \"Shop\"\nnow = \"2026-01-31T12:00:00Z\"\nlicense = \"MIT\"\nauthor = \"rules\"\n";

const SHOP_TOOLS: &str = r#"-- @tool get_order
-- @doc Show an order.
-- @param order_id text ref(orders.order_id)
-- @return else "no order {order_id}"
SELECT status, user_id FROM orders WHERE order_id = :order_id;

-- @tool set_status
-- @doc Change the status of an order.
-- @param order_id text ref(orders.order_id)
-- @param status text
-- @exec some else "no order {order_id}"
UPDATE orders SET status = :status WHERE order_id = :order_id;
"#;

/// A database as nested documents: collection → key → document. It has `orders` with `order_id`, `status`, `user_id`.
pub(crate) struct Documents {
    /// For the names of figures.
    pub(crate) label: &'static str,
    /// Where the JSON text lies, for a rival.
    pub(crate) path: PathBuf,
    value: Map<String, Value>,
    /// Keeps a file that we wrote.
    _folder: Option<tempfile::TempDir>,
}

/// The root of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The file `name` of the shared test data; `None` with a printed reason where it is not there.
pub(crate) fn shared_data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("WARDIAN_SHARED_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("bench: `{}` is not there; set WARDIAN_SHARED_DATA to the folder with the shared data", path.display());
    None
}

impl Documents {
    /// The retail database of τ²-bench where it is there, else made-up documents of about that size.
    pub(crate) fn find() -> Result<Self> {
        if let Some(path) = shared_data("tau2/retail/db.json") {
            let value = serde_json::from_slice(&std::fs::read(&path)?).with_context(|| format!("`{}`", path.display()))?;
            return Ok(Self { label: "τ² retail db.json", path, value, _folder: None });
        }
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("db.json");
        let value = made_up(1000);
        std::fs::write(&path, serde_json::to_vec(&value)?)?;
        Ok(Self { label: "made-up documents", path, value, _folder: Some(folder) })
    }

    /// Keys of the orders.
    pub(crate) fn orders(&self) -> Result<Vec<String>> {
        let orders = self.value.get("orders").and_then(Value::as_object).context("the documents have no `orders`")?;
        Ok(orders.keys().cloned().collect())
    }

    /// A pack: one table a collection, keyed by the documents' id, a column a field; what is nested is JSON text.
    pub(crate) fn sources(&self) -> Result<Sources> {
        let mut sources = Sources::new();
        let mut schema = String::new();
        for (table, documents) in &self.value {
            let documents = documents.as_object().with_context(|| format!("`{table}` is no collection of documents"))?;
            schema += &create_table(table, documents)?;
            let mut lines = String::new();
            for document in documents.values() {
                lines += &format!("{document}\n");
            }
            sources.insert(format!("data/{table}.jsonl"), lines);
        }
        sources.insert("schema.sql", schema);
        sources.insert("pack.toml", SHOP_PACK);
        sources.insert("tools.sql", SHOP_TOOLS);
        Ok(sources)
    }
}

fn create_table(table: &str, documents: &Map<String, Value>) -> Result<String> {
    let mut columns: BTreeMap<&str, &str> = BTreeMap::new();
    let mut key = None;
    for (id, document) in documents {
        let fields = document.as_object().with_context(|| format!("`{table}.{id}` is no document"))?;
        for (name, value) in fields {
            let kind = match value {
                Value::Bool(_) => "INTEGER",
                Value::Number(n) if n.is_f64() => "REAL",
                Value::Number(_) => "INTEGER",
                _ => "TEXT",
            };
            if columns.insert(name, kind).is_some_and(|before| before != kind) {
                columns.insert(name, "TEXT");
            }
            if key.is_none() && value.as_str() == Some(id) {
                key = Some(name.as_str());
            }
        }
    }
    let Some(key) = key else { bail!("no field of `{table}` is its key") };
    let column =
        |(name, kind): (&&str, &&str)| if *name == key { format!("\"{name}\" {kind} PRIMARY KEY") } else { format!("\"{name}\" {kind}") };
    let columns: Vec<String> = columns.iter().map(column).collect();
    Ok(format!("CREATE TABLE \"{table}\" ({}) STRICT, WITHOUT ROWID;\n", columns.join(", ")))
}

/// A shop with `orders` orders.
fn made_up(orders: usize) -> Map<String, Value> {
    let item = |i: usize| {
        json!({"item_id": format!("{:010}", i * 7919), "name": format!("Thing {}", i % 50), "price": i as f64 + 0.25,
        "options": {"color": "black", "material": "steel", "size": "M"}})
    };
    let address = |i: usize| json!({"address1": format!("{i} Cedar Avenue"), "city": "Chicago", "state": "IL", "zip": "60625"});
    let order = |i: usize| {
        let id = format!("#W{i:07}");
        let items: Vec<Value> = (0..3).map(|n| item(i * 3 + n)).collect();
        let document = json!({"order_id": id, "user_id": format!("user_{}", i / 2), "status": "pending", "address": address(i),
            "items": items, "payment_history": [{"amount": i, "payment_method_id": format!("card_{i}")}]});
        (id, document)
    };
    let user = |i: usize| {
        let id = format!("user_{i}");
        let document = json!({"user_id": id, "email": format!("user{i}@example.org"), "address": address(i),
            "orders": [format!("#W{:07}", 2 * i), format!("#W{:07}", 2 * i + 1)]});
        (id, document)
    };
    let mut shop = Map::new();
    shop.insert("orders".to_owned(), Value::Object((0..orders).map(order).collect()));
    shop.insert("users".to_owned(), Value::Object((0..orders / 2).map(user).collect()));
    shop
}

/// An image with `rows` rows of about 200 bytes.
pub(crate) fn rows_image(rows: i64) -> Result<Vec<u8>> {
    let text = |i: i64, n: usize| SqlValue::Text(format!("{i:0n$}"));
    let values = (0..rows).map(|i| vec![SqlValue::Integer(i), text(i, 80), text(i * 31, 90), SqlValue::Integer(i * 7)]).collect();
    let names = ["id", "a", "b", "c"].map(str::to_owned).to_vec();
    Ok(wardian_state::build_image(ROWS_SCHEMA, &[("t".to_owned(), names, values)])?)
}

/// The sources of `packs/library`.
pub(crate) fn library() -> Result<Sources> {
    let folder = root().join("packs/library");
    let mut sources = Sources::new();
    for (part, prefix) in [(folder.clone(), ""), (folder.join("data"), "data/")] {
        for entry in std::fs::read_dir(&part).with_context(|| format!("`{}`", part.display()))? {
            let path = entry?.path();
            if path.is_file() {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                sources.insert(format!("{prefix}{name}"), std::fs::read_to_string(&path)?);
            }
        }
    }
    Ok(sources)
}

/// A shop of fifty tools over one table: half of them read, half of them write.
pub(crate) fn fifty_tools() -> Sources {
    let mut sources = Sources::new();
    let tools =
        (0..25).map(|i| SHOP_TOOLS.replace("get_order", &format!("get_order_{i}")).replace("set_status", &format!("set_status_{i}")));
    sources.insert("tools.sql", tools.collect::<String>());
    sources.insert("pack.toml", SHOP_PACK);
    let schema = "CREATE TABLE orders (order_id TEXT PRIMARY KEY, status TEXT NOT NULL, user_id TEXT NOT NULL) STRICT, WITHOUT ROWID;";
    sources.insert("schema.sql", schema);
    let order = |i: usize| format!("{}\n", json!({"order_id": format!("#{i}"), "status": "pending", "user_id": format!("user_{i}")}));
    sources.insert("data/orders.jsonl", (0..100).map(order).collect::<String>());
    sources
}

/// The pack file made of `sources`.
pub(crate) fn pack(sources: &Sources) -> Result<Vec<u8>> {
    Ok(wardian_pack::write(&wardian_compiler::compile_pack(sources, Validation::Trusted)?.parts)?)
}

/// The sources and the pack file of one domain of the APIs that ship with Wardian: the largest, or the smallest.
pub(crate) fn generated(largest: bool) -> Result<(Sources, Vec<u8>)> {
    let tools = wardian_catalog::import(&wardian_catalog::embedded(), &wardian_catalog::ImportOptions::default()).tools;
    let mut domains = wardian_graph::build(&tools, &wardian_graph::GraphOptions::default()).domains;
    domains.sort_by_key(|domain| domain.tools.len());
    let domain = if largest { domains.last() } else { domains.first() }.context("there is no domain")?;
    let made = wardian_materialize::materialize(domain, &tools, &wardian_materialize::Options::default(), &Runtime::new()?)?;
    ensure!(made.sources.is_some(), "domain `{}` has no pack", domain.name);
    made.sources.zip(made.pack).with_context(|| format!("domain `{}` has no pack", domain.name))
}
