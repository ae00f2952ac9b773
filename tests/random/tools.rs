//! Random packs: a schema, rows, and tools that compile. What the tools do makes no sense; that they write before they fail does.

use wardian_compiler::Sources;
use wardian_format::rng::Rng;

/// A table. Each has `id`, `label`, `amount`, `rate` and `note`, and all but the first `parent`.
struct Table {
    name: String,
    has_text_key: bool,
    has_parent: bool,
}

impl Table {
    fn key_type(&self) -> &'static str {
        if self.has_text_key { "TEXT" } else { "INTEGER" }
    }

    /// A literal that is the key of row `n`.
    fn key(&self, n: usize) -> String {
        if self.has_text_key { format!("'K-{n}'") } else { n.to_string() }
    }
}

/// The sources of the pack for `seed`.
pub(crate) fn sources(seed: u64) -> Sources {
    let mut rng = Rng::of(seed, &["random tools"]);
    let tables: Vec<Table> =
        (0..2 + rng.below(3)).map(|i| Table { name: format!("t{i}"), has_text_key: rng.chance(50), has_parent: i > 0 }).collect();
    let mut sources = Sources::new();
    sources.insert(
        "pack.toml",
        format!("name = \"random-{seed}\"\ntitle = \"Random\"\nnow = \"2026-01-31T12:00:00Z\"\nlicense = \"MIT\"\nauthor = \"rules\"\nungraded = [\"log\", \"t0.note\"]\n"),
    );
    sources.insert("schema.sql", schema(&tables, &mut rng));
    for (i, table) in tables.iter().enumerate() {
        let parent = i.checked_sub(1).map(|i| &tables[i]);
        sources.insert(format!("data/{}.jsonl", table.name), rows(table, parent, &mut rng));
    }
    let mut tools: String = (0..8).map(|i| Writer::new(&tables, &mut rng).tool(i)).collect();
    if rng.chance(50) {
        tools += "-- @after watch\nINSERT INTO log (what) VALUES (:tool);\n-- @require (SELECT total(amount) FROM t0) < 900 else conflict \"too much after {tool}\"\n";
    }
    sources.insert("tools.sql", tools);
    sources
}

fn schema(tables: &[Table], rng: &mut Rng) -> String {
    let mut out = "CREATE TABLE log (entry INTEGER PRIMARY KEY, what TEXT) STRICT;\n".to_owned();
    for (i, table) in tables.iter().enumerate() {
        let unique = if rng.chance(50) { " UNIQUE" } else { "" };
        let parent = i.checked_sub(1).map_or(String::new(), |p| {
            let action =
                rng.pick(&["", " ON DELETE CASCADE", " ON DELETE SET NULL", " DEFERRABLE INITIALLY DEFERRED"]).copied().unwrap_or_default();
            format!(" parent {} REFERENCES t{p} (id){action},", tables[p].key_type())
        });
        let end = if table.has_text_key { "STRICT, WITHOUT ROWID" } else { "STRICT" };
        out += &format!(
            "CREATE TABLE {} (id {} PRIMARY KEY,{parent} label TEXT NOT NULL{unique}, amount INTEGER NOT NULL DEFAULT 0 CHECK (amount BETWEEN -40 AND 99), rate REAL, note TEXT) {end};\n",
            table.name,
            table.key_type()
        );
    }
    if rng.chance(50) {
        out += "CREATE TRIGGER busy AFTER UPDATE ON t0 BEGIN INSERT INTO log (what) VALUES ('t0 ' || new.label); UPDATE t1 SET note = new.label WHERE amount = new.amount; END;\n";
    }
    if rng.chance(30) {
        out += "CREATE TRIGGER thirteen BEFORE INSERT ON t1 WHEN new.amount = 13 BEGIN SELECT RAISE(ABORT, 'thirteen'); END;\n";
    }
    out
}

fn rows(table: &Table, parent: Option<&Table>, rng: &mut Rng) -> String {
    let count = 6 + rng.below(6);
    let row = |n: usize| {
        let parent = parent.map_or(String::new(), |parent| format!("\"parent\": {}, ", parent.key(rng.below(6)).replace('\'', "\"")));
        let key = table.key(n).replace('\'', "\"");
        format!("{{\"id\": {key}, {parent}\"label\": \"row {n}\", \"amount\": {}, \"rate\": {}.25}}\n", rng.below(60), rng.below(5))
    };
    (0..count).map(row).collect::<Vec<_>>().concat()
}

/// Writes one tool.
struct Writer<'a> {
    tables: &'a [Table],
    rng: &'a mut Rng,
    out: String,
    /// The table that the parameter `id` refers to.
    own: usize,
    /// Integers that can be seen here.
    numbers: Vec<String>,
    names: usize,
}

impl<'a> Writer<'a> {
    fn new(tables: &'a [Table], rng: &'a mut Rng) -> Self {
        let own = rng.below(tables.len());
        Self { tables, rng, out: String::new(), own, numbers: vec![":n".to_owned(), ":flag".to_owned(), ":where.low".to_owned()], names: 0 }
    }

    fn tool(mut self, i: usize) -> String {
        let (name, kind) = (self.tables[self.own].name.clone(), if self.tables[self.own].has_text_key { "text" } else { "integer" });
        self.line(&format!("-- @tool tool_{i}\n-- @doc Tool {i}.\n-- @param id {kind} ref({name}.id)"));
        self.line("-- @param n integer = 3 min(-60) max(120)\n-- @param text text|null?\n-- @param flag boolean = false");
        self.line("-- @param list list(integer)?\n-- @param rows list(label text, amount integer?)?\n-- @param where object(low integer, deep object(name text?)?)");
        for _ in 0..1 + self.rng.below(6) {
            self.step(0);
        }
        self.end();
        self.line("");
        self.out
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn name(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }

    fn number(&mut self) -> String {
        let seen = self.rng.pick(&self.numbers).cloned().unwrap_or_default();
        match self.rng.below(4) {
            0 => format!("({seen} + {})", self.rng.below(9)),
            1 => format!("coalesce({seen}, (SELECT count(*) FROM {}), length(coalesce(:text, '')))", self.table()),
            2 => format!("abs({seen}) % 17"),
            _ => seen,
        }
    }

    fn condition(&mut self) -> String {
        let (a, b, table) = (self.number(), self.rng.below(40), self.table());
        match self.rng.below(5) {
            0 => format!("{a} < {b}"),
            1 => format!("EXISTS (SELECT 1 FROM {table} WHERE amount = {a})"),
            2 => ":text? OR :flag".to_owned(),
            3 => format!("{a} IN (SELECT amount FROM {table}) OR {a} > 3"),
            _ => format!("(SELECT count(*) FROM {table}) > {}", self.rng.below(9)),
        }
    }

    fn table(&mut self) -> String {
        self.rng.pick(self.tables).map_or(String::new(), |table| table.name.clone())
    }

    /// A condition that picks a row or some of `table`.
    fn which(&mut self, table: &str) -> String {
        if table == self.tables[self.own].name && self.rng.chance(70) {
            return "id = :id".to_owned();
        }
        match self.rng.below(3) {
            0 => format!("id = (SELECT id FROM {table} ORDER BY id LIMIT 1 OFFSET abs(:n) % 9)"),
            1 => "amount IN :list".to_owned(),
            _ => format!("label LIKE '%{}'", self.rng.below(9)),
        }
    }

    fn step(&mut self, depth: usize) {
        match self.rng.below(if depth < 2 { 15 } else { 11 }) {
            0..3 => self.update(),
            3 | 4 => self.insert(),
            5 => self.delete(),
            6 => self.insert_rows(),
            7 => {
                let condition = self.condition();
                let code = self.rng.pick(&["", "invalid ", "conflict ", "forbidden ", "not_found "]).copied().unwrap_or_default();
                self.line(&format!("-- @require {condition} else {code}\"not with {{n}} and {{text}}\""));
            }
            8 => self.number_set(),
            9 => {
                let (table, low) = (self.table(), self.rng.below(99));
                self.line(&format!("-- @reject conflict\nSELECT CASE WHEN amount > {low} AND :n > 9 THEN label || ' is too much' END FROM {table} ORDER BY id;"));
            }
            10 => {
                let name = self.name("long");
                self.line(&format!("-- @let {name} = length(printf('%.*c', abs(:n * :n * 150) + 1, 'x'))"));
                self.numbers.push(format!(":{name}"));
            }
            11 | 12 => self.when(depth),
            _ => self.each(depth),
        }
    }

    fn update(&mut self) {
        let table = self.table();
        let (which, number) = (self.which(&table), self.number());
        let head =
            ["", "-- @exec some else \"nothing to do for {id}\"\n", "-- @exec else invalid \"{n} does not fit\"\n", "-- @exec some\n"];
        let head = self.rng.pick(&head).copied().unwrap_or_default();
        let what = match self.rng.below(4) {
            0 => format!("label = label || {number}"),
            1 => "note = :text, rate = rate * 1.5".to_owned(),
            _ => format!("amount = amount + {number}"),
        };
        self.line(&format!("{head}UPDATE {table} SET {what} WHERE {which};"));
    }

    fn insert(&mut self) {
        let at = self.rng.below(self.tables.len());
        let (name, number) = (self.tables[at].name.clone(), self.number());
        let id = self.name("new");
        self.line(&format!("-- @id {id} in {name}.id"));
        let (columns, parent) = match at.checked_sub(1) {
            None => ("", String::new()),
            Some(p) if self.rng.chance(80) => (", parent", format!(", (SELECT id FROM t{p} ORDER BY id LIMIT 1)")),
            Some(p) => (", parent", format!(", {}", self.tables[p].key(777))),
        };
        let upsert = if self.rng.chance(20) { " ON CONFLICT (id) DO UPDATE SET amount = excluded.amount" } else { "" };
        self.line(&format!(
            "INSERT INTO {name} (id, label, amount{columns}) VALUES (:{id}, coalesce(:text, 'new') || {number}, {number}{parent}){upsert};"
        ));
    }

    fn delete(&mut self) {
        let table = self.table();
        let which = self.which(&table);
        self.line(&format!("DELETE FROM {table} WHERE {which};"));
    }

    fn insert_rows(&mut self) {
        let at = self.rng.below(self.tables.len());
        let table = &self.tables[at];
        let id = if table.has_text_key { "wardian_id" } else { "wardian_id_int" };
        let parent = if table.has_parent { ("parent, ", "NULL, ") } else { ("", "") };
        let line = format!(
            "INSERT INTO {0} (id, {1}label, amount) SELECT {id}('{0}', r.pos, :args), {2}r.label, coalesce(r.amount, :n) FROM :rows AS r ORDER BY r.pos;",
            table.name, parent.0, parent.1
        );
        self.line(&line);
    }

    /// `@let`, `@row` and `@row?`: one more number to go by.
    fn number_set(&mut self) {
        let (number, table) = (self.number(), self.table());
        let name = self.name("v");
        let variable = match self.rng.below(3) {
            0 => {
                self.line(&format!("-- @let {name} = {number}"));
                format!(":{name}")
            }
            1 => {
                self.line(&format!("-- @row {name} else \"no row in {table} for {{n}}\"\nSELECT amount, label FROM {table} WHERE amount <= {number} + 30 ORDER BY id LIMIT 1;"));
                format!(":{name}.amount")
            }
            _ => {
                self.line(&format!("-- @row {name}?\nSELECT amount FROM {table} WHERE amount = {number} ORDER BY id LIMIT 1;"));
                format!("coalesce(:{name}.amount, :{name}?)")
            }
        };
        self.numbers.push(variable);
    }

    /// Steps in a block: what they set is not seen after it.
    fn block(&mut self, depth: usize) {
        let seen = self.numbers.len();
        for _ in 0..1 + self.rng.below(3) {
            self.step(depth + 1);
        }
        self.numbers.truncate(seen);
    }

    fn when(&mut self, depth: usize) {
        let condition = self.condition();
        self.line(&format!("-- @when {condition}"));
        self.block(depth);
        if self.rng.chance(20) {
            self.line("-- @return = 'early'");
        } else if self.rng.chance(50) {
            self.line("-- @else");
            self.block(depth);
        }
        self.line("-- @end");
    }

    fn each(&mut self, depth: usize) {
        let item = self.name("e");
        let seen = self.numbers.len();
        if self.rng.chance(60) {
            self.line(&format!("-- @each {item} in list"));
            self.numbers.push(format!(":{item}.value"));
        } else {
            let (rows, table) = (self.name("rows"), self.table());
            self.line(&format!("-- @table {rows}\nSELECT amount, label FROM {table} ORDER BY id;\n-- @each {item} in {rows}"));
            self.numbers.push(format!(":{item}.amount"));
        }
        self.block(depth);
        self.numbers.truncate(seen);
        self.line("-- @end");
    }

    fn end(&mut self) {
        let table = self.table();
        let number = self.number();
        match self.rng.below(5) {
            0 => {}
            1 => self.line(&format!("-- @return = {number}")),
            2 => self.line(&format!(
                "-- @return else \"gone\"\nSELECT id, label, amount, rate FROM {table} WHERE id = (SELECT max(id) FROM {table});"
            )),
            3 => self
                .line(&format!("-- @return\nSELECT :args AS args, (SELECT jsonb_group_array(label ORDER BY id) FROM {table}) AS labels;")),
            _ => self.line(&format!("-- @return list\nSELECT id, note FROM {table} WHERE amount > {number} ORDER BY id;")),
        }
    }
}
