//! Arithmetic in SQL: a recursive query that reads an expression token by token, with a stack of values and one of operators.

/// Longest expression, in characters.
pub(crate) const EXPRESSION_CHARS_MAX: usize = 400;

/// SQL of a JSON pair for the text `expression` (an SQL expression): what is wrong with it, or null; and its value, a real.
///
/// Numbers, `+ - * /`, signs and parentheses; `*` and `/` bind before `+` and `-`, equal ones from the left. The query walks at most
/// four steps a token, so that [`EXPRESSION_CHARS_MAX`] bounds it.
pub(crate) fn evaluate(expression: &str) -> String {
    let run = format!("length(substr({expression}, at)) - length(ltrim(substr({expression}, at), '0123456789.'))");
    let top = "json_extract(c.o, '$[#-1]')";
    let (a, b) = ("json_extract(c.v, '$[#-2]')", "json_extract(c.v, '$[#-1]')");
    let level = |x: &str| format!("CASE {x} WHEN 'n' THEN 3 WHEN '*' THEN 2 WHEN '/' THEN 2 WHEN '+' THEN 1 WHEN '-' THEN 1 ELSE 0 END");
    let number = "tok.t GLOB '*[0-9]*' AND length(tok.t) - length(replace(tok.t, '.', '')) <= 1";
    let does = format!(
        "CASE WHEN tok.t GLOB '[ ]' THEN 'skip' \
WHEN c.w AND {number} THEN 'number' WHEN c.w AND tok.t = '(' THEN 'open' WHEN c.w AND tok.t = '-' THEN 'sign' \
WHEN c.w AND tok.t = '+' THEN 'skip' WHEN c.w THEN 'wrong' \
WHEN coalesce(tok.t, ')') = ')' AND {top} IS NULL THEN iif(tok.t IS NULL, 'end', 'wrong') \
WHEN coalesce(tok.t, ')') = ')' AND {top} = '(' THEN iif(tok.t IS NULL, 'wrong', 'close') \
WHEN coalesce(tok.t, ')') = ')' THEN 'apply' \
WHEN tok.t IN ('+', '-', '*', '/') THEN iif({} >= {}, 'apply', 'operator') ELSE 'wrong' END",
        level(top),
        level("tok.t")
    );
    let applied =
        format!("CASE {top} WHEN 'n' THEN -{b} WHEN '+' THEN {a} + {b} WHEN '-' THEN {a} - {b} WHEN '*' THEN {a} * {b} ELSE {a} / {b} END");
    let popped = format!("iif({top} = 'n', json_remove(c.v, '$[#-1]'), json_remove(json_remove(c.v, '$[#-1]'), '$[#-1]'))");
    let failed = format!(
        "CASE d.does WHEN 'wrong' THEN 'it cannot be read' WHEN 'apply' THEN iif({top} = '/' AND {b} = 0, 'it divides by zero', NULL) END"
    );
    format!(
        "(WITH RECURSIVE tok(k, at, t) AS (SELECT 0, 1, '' UNION ALL \
SELECT k + 1, at + max(1, {run}), substr({expression}, at, max(1, {run})) FROM tok WHERE at <= length({expression})), \
does(does) AS (VALUES ('skip'), ('number'), ('open'), ('sign'), ('wrong'), ('end'), ('close'), ('apply'), ('operator')), \
c(step, k, v, o, w, wrong, done) AS (SELECT 0, 1, '[]', '[]', 1, NULL, 0 UNION ALL \
SELECT c.step + 1, c.k + (d.does NOT IN ('apply', 'end', 'wrong')), \
CASE d.does WHEN 'number' THEN json_insert(c.v, '$[#]', CAST(tok.t AS REAL)) WHEN 'apply' THEN json_insert({popped}, '$[#]', {applied}) ELSE c.v END, \
CASE d.does WHEN 'open' THEN json_insert(c.o, '$[#]', '(') WHEN 'sign' THEN json_insert(c.o, '$[#]', 'n') \
WHEN 'operator' THEN json_insert(c.o, '$[#]', tok.t) WHEN 'close' THEN json_remove(c.o, '$[#-1]') WHEN 'apply' THEN json_remove(c.o, '$[#-1]') ELSE c.o END, \
CASE d.does WHEN 'number' THEN 0 WHEN 'operator' THEN 1 WHEN 'close' THEN 0 ELSE c.w END, \
{failed}, d.does = 'end' \
FROM c LEFT JOIN tok ON tok.k = c.k JOIN does AS d ON d.does = {does} WHERE c.wrong IS NULL AND NOT c.done) \
SELECT json_array(c.wrong, json_extract(c.v, '$[0]')) FROM c ORDER BY c.step DESC LIMIT 1)"
    )
}
