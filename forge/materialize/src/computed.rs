//! What needs all entities: inherited types, relations, references, counters, addresses.

use crate::columns::{Column, Role, Shape, plain};
use crate::entity::{Entity, World};
use crate::schema::Kind;
use crate::words::{self, flat, plural, singular, spaced};

/// What needs all entities: types of inherited keys, counters, addresses, references and relations between them.
pub(crate) fn compute(world: &mut World) {
    for i in 0..world.entities.len() {
        inherit(world, i);
        relations(world, i);
        references(world, i);
    }
    for i in 0..world.entities.len() {
        counters(world, i);
        addresses(world, i);
    }
}

fn inherit(world: &mut World, i: usize) {
    {
        if let Some((parent, pairs)) = world.entities[i].parent.clone() {
            for (mine, theirs) in pairs {
                world.entities[i].columns[mine].kind = world.entities[parent].columns[theirs].kind;
                let column = &mut world.entities[i].columns[mine];
                column.schema = plain("", "", column.kind, Role::Scope).schema;
            }
        }
    }
}

fn relations(world: &mut World, i: usize) {
    for k in 0..world.links.len() {
        let link = &world.links[k];
        if link.from != Some(i) {
            continue;
        }
        let (to, place) = (&world.entities[link.to], link.place.rsplit('/').next().unwrap_or("").to_owned());
        let noun = flat(&to.noun);
        let is_it = |c: &Column| {
            matches!(c.shape, Shape::NamedList(_) | Shape::Json) && (flat(&c.field) == flat(&place) || flat(&singular(&c.field)) == noun)
        };
        if let Some(c) = world.entities[i].columns.iter().position(is_it) {
            world.entities[i].columns[c].link = Some(k);
        }
    }
}

fn references(world: &mut World, i: usize) {
    let e = &world.entities[i];
    let mut found = Vec::new();
    for (c, column) in e.columns.iter().enumerate() {
        if !matches!(column.shape, Shape::Named(_)) || column.role != Role::Body {
            continue;
        }
        let target = world.entities.iter().position(|o| {
            let shares = o.key.len()
                == o.own.len()
                    + o.key
                        .iter()
                        .filter(|k| !o.own.contains(k))
                        .filter(|k| e.columns.iter().any(|mine| mine.name == o.columns[**k].name))
                        .count();
            o.api == e.api
                && o.own.len() == 1
                && flat(&o.noun) == flat(&singular(&column.field))
                && o.columns[o.own[0]].kind == column.kind
                && shares
                && o.place != e.place
        });
        found.extend(target.map(|t| (c, t)));
    }
    for (c, target) in found {
        world.entities[i].columns[c].reference = Some(target);
    }
}

/// `comments` of an issue and `open_issues` of a milestone are counts where their tables are here.
fn counters(world: &mut World, i: usize) {
    let e = &world.entities[i];
    let mut found: Vec<(usize, String, usize)> = Vec::new();
    for (c, column) in e.columns.iter().enumerate() {
        if column.kind != Kind::Integer || column.role != Role::Server {
            continue;
        }
        let f = spaced(&column.field);
        let stem = f.trim_end_matches(" count").trim_start_matches("total ").trim_start_matches("number of ").to_owned();
        let (state, stem) = match stem.split_once(' ') {
            Some((s @ ("open" | "closed"), rest)) => (Some(s.to_owned()), rest.to_owned()),
            _ => (None, stem),
        };
        if let Some((sql, how)) = counted(world, i, &stem, state.as_deref()) {
            found.push((c, sql, how));
        }
    }
    for (c, sql, how) in &found {
        // `comments` and `review_comments` cannot both count one table: the longer name is meant.
        let better = found.iter().any(|(_, other, more)| other == sql && more > how);
        if !better {
            world.entities[i].columns[*c].sql = Some(sql.clone());
        }
    }
}

/// SQL of the count of what `stem` names among what belongs or refers to `i`, and how closely the name fits.
fn counted(world: &World, i: usize, stem: &str, state: Option<&str>) -> Option<(String, usize)> {
    let e = &world.entities[i];
    let one = flat(&singular(stem));
    let names =
        |o: &Entity| flat(o.place.rsplit('/').next().unwrap_or("")) == flat(&plural(&singular(stem))) || flat(&o.noun).ends_with(&one);
    let own = |c: usize| words::quoted(&e.columns[c].name);
    let child = world.children(i).find(|(_, o)| names(o)).and_then(|(_, o)| {
        let (_, pairs) = o.parent.as_ref()?;
        Some((
            o,
            pairs
                .iter()
                .map(|(mine, theirs)| format!("n.{} = t.{}", words::quoted(&o.columns[*mine].name), own(*theirs)))
                .collect::<Vec<_>>(),
        ))
    });
    let referring = || {
        world.entities.iter().filter(|o| o.api == e.api && names(o)).find_map(|o| {
            let c = o.columns.iter().find(|c| c.reference == Some(i))?;
            let on = crate::tables::reference_on(o, e, &format!("n.{}", words::quoted(&c.name)), "t", "n");
            Some((o, vec![on]))
        })
    };
    let (counted, mut on) = child.or_else(referring)?;
    if let Some(word) = state {
        let c = counted
            .columns
            .iter()
            .find(|c| matches!(c.name.as_str(), "state" | "status") && (c.values.is_empty() || c.values.iter().any(|v| v == word)))?;
        on.push(format!("n.{} = {}", words::quoted(&c.name), words::literal(word)));
    }
    Some((format!("(SELECT count(*) FROM {} AS n WHERE {})", words::quoted(&counted.table), on.join(" AND ")), one.len()))
}

/// Links for people (`html_url`, `htmlLink`) follow from the keys.
fn addresses(world: &mut World, i: usize) {
    let e = &mut world.entities[i];
    let host =
        if e.provider.contains('.') { e.provider.replace("googleapis.com", "google.com") } else { format!("{}.example.com", e.provider) };
    let host = if e.provider == "googleapis.com" { format!("{}.{host}", e.service) } else { host };
    let mut sql = format!("'https://{host}'");
    let start = usize::from(e.steps[0].0.literal == "repos");
    for (k, (step, columns)) in e.steps.iter().enumerate() {
        if k >= start {
            sql.push_str(&format!(" || '/{}'", step.literal));
        }
        for &c in columns {
            sql.push_str(&format!(" || '/' || t.{}", words::quoted(&e.columns[c].name)));
        }
    }
    for column in &mut e.columns {
        if matches!(flat(&column.field).as_str(), "htmlurl" | "htmllink" | "alternatelink" | "webviewlink") && column.kind == Kind::Text {
            column.sql = Some(sql.clone());
            column.role = Role::Server;
            column.nullable = false;
        }
    }
}
