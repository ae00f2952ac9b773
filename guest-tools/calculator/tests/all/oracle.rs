//! Thousands of random expressions, each evaluated by the calculator and by `python3`.

use std::io::Write;
use std::process::{Command, Stdio};
use wardian_calculator::{CalcError, calculate_text};

/// How many expressions; `WARDIAN_CALCULATOR_CASES` asks for more.
const CASES: u64 = 6_000;

/// Reads JSON strings, one a line, and answers with a line each: `= result`, `! name of the error`, or `?` where
/// Python would work too long. A float power is told apart by `~`: libraries of C differ in its last bit.
const ORACLE: &str = r#"
import ast, json, sys, warnings
warnings.simplefilter("ignore")
BITS = 16384
class TooLarge(Exception): pass
def bounded(v):
    if isinstance(v, int) and v.bit_length() > BITS: raise TooLarge
    return v
power_of_floats = False
def value(node):
    global power_of_floats
    if isinstance(node, ast.Expression): return value(node.body)
    if isinstance(node, ast.Constant): return bounded(node.value)
    if isinstance(node, ast.UnaryOp):
        v = value(node.operand)
        return -v if isinstance(node.op, ast.USub) else +v
    if isinstance(node, ast.BinOp):
        a, b = value(node.left), value(node.right)
        op = type(node.op).__name__
        if op == "Add": return bounded(a + b)
        if op == "Sub": return bounded(a - b)
        if op == "Mult": return bounded(a * b)
        if op == "Div": return a / b
        if op == "FloorDiv": return a // b
        if op == "Pow":
            if isinstance(a, int) and isinstance(b, int) and b >= 0:
                if abs(a) > 1 and (a.bit_length() - 1) * b > BITS: raise TooLarge
                return bounded(a ** b)
            power_of_floats = True
            return a ** b
    raise TypeError("no arithmetic")
for line in sys.stdin:
    text = json.loads(line)
    power_of_floats = False
    try:
        if not all(c in "0123456789+-*/(). " for c in text): raise ValueError
        v = value(ast.parse(text.lstrip(" \t"), mode="eval"))
        f = float(v)
        mark = "~" if power_of_floats else "="
        print(mark, str(round(f, 2)))
    except TooLarge: print("! TooLarge")
    except SyntaxError: print("! Syntax")
    except ZeroDivisionError: print("! DivisionByZero")
    except OverflowError: print("! Overflow")
    except TypeError: print("! Type")
    except ValueError: print("! Characters")
    except (RecursionError, MemoryError): print("?")
"#;

/// A small generator with a seed, so that a failure can be replayed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    fn pick<'p>(&mut self, of: &[&'p str]) -> &'p str {
        of[self.below(of.len() as u64) as usize]
    }

    fn digits(&mut self, most: u64) -> String {
        let length = 1 + self.below(most);
        (0..length).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    fn number(&mut self) -> String {
        match self.below(9) {
            0..3 => self.below(13).to_string(),
            3 => self.below(100_000).to_string(),
            4 => format!("{}.{}", self.below(1_000), self.digits(3)),
            5 => format!("{}.", self.below(50)),
            6 => format!(".{}", self.digits(4)),
            7 => format!("{}.{}", self.digits(20), self.digits(20)),
            _ => self.digits(40),
        }
    }

    fn expression(&mut self, depth: u64) -> String {
        if depth == 0 || self.below(5) == 0 {
            return self.number();
        }
        match self.below(8) {
            0 => format!("({})", self.expression(depth - 1)),
            1 => format!("{}{}", self.pick(&["-", "+", "- ", "--"]), self.expression(depth - 1)),
            _ => {
                let operator = self.pick(&["+", "-", "*", "/", "//", "**", " + ", " - ", " * ", " / ", " // ", " ** "]);
                format!("{}{operator}{}", self.expression(depth - 1), self.expression(depth - 1))
            }
        }
    }

    /// An expression, which one time in six has lost or gained a character.
    fn case(&mut self) -> String {
        let depth = 1 + self.below(4);
        let mut text = self.expression(depth);
        if self.below(6) == 0 {
            let at = self.below(text.len() as u64) as usize;
            match self.below(2) {
                0 => drop(text.remove(at)),
                _ => text.insert_str(at, self.pick(&["(", ")", ".", " ", "0", "*", "x", "e", "_", "%", "-"])),
            }
        }
        text
    }
}

fn cases(seed: u64, count: u64) -> Vec<String> {
    let mut random = Random(seed);
    let fixed = ["", " ", "7 // 0.", "-7 // 2.5", "1e3", "007", "0007.5", "00", "0.285", "2.675", "1.005", "5 // -0.3", "-0.0", "0. // -5"];
    fixed.iter().map(|&text| text.to_owned()).chain((0..count).map(|_| random.case())).collect()
}

/// What Python says of each case; `None` where there is no Python.
fn python(cases: &[String]) -> Option<Vec<String>> {
    let mut command = Command::new("python3");
    let mut child = command.args(["-c", ORACLE]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut input = child.stdin.take().expect("its input is a pipe");
    // No case has a character that JSON would escape.
    let lines: String = cases.iter().map(|case| format!("\"{case}\"\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("python ends");
    writer.join().expect("no panic").expect("python reads everything");
    assert!(output.status.success(), "python failed");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), cases.len(), "python answers every case");
    Some(lines)
}

/// How the oracle would say what the calculator says.
fn ours(expression: &str) -> String {
    match calculate_text(expression) {
        Ok(text) => format!("= {text}"),
        Err(CalcError::Characters) => "! Characters".to_owned(),
        Err(CalcError::Syntax(_)) => "! Syntax".to_owned(),
        Err(CalcError::TooLarge) => "! TooLarge".to_owned(),
        Err(CalcError::DivisionByZero) => "! DivisionByZero".to_owned(),
        Err(CalcError::Overflow) => "! Overflow".to_owned(),
        Err(error) => format!("! {error}"),
    }
}

/// Are two results the same but for the last bits of a float?
fn close(ours: &str, theirs: &str) -> bool {
    match (ours.parse::<f64>(), theirs.parse::<f64>()) {
        // Twenty units of the last place: an error in a power can grow in what follows, and a cent can tip over.
        (Ok(a), Ok(b)) => a == b || (a - b).abs() <= b.abs() * 20.0 * f64::EPSILON || (b.abs() < 1e12 && (a - b).abs() < 0.011),
        _ => false,
    }
}

fn agree(expression: &str, theirs: &str) -> bool {
    let ours = ours(expression);
    match (ours.split_at(2), theirs.split_at(2)) {
        (("= ", ours), ("~ ", theirs)) => ours == theirs || close(ours, theirs),
        // A name, an attribute or a call is an error of types there and of syntax here; so is a complex number.
        (("! ", ours), ("! ", "Type")) => ours.starts_with("Syntax") || ours.contains("no real power"),
        // With several errors in one expression each finds another first: here they come in order of reading.
        (("! ", ours), ("! ", theirs)) => (ours == "Characters") == (theirs == "Characters"),
        (ours, theirs) => ours == theirs,
    }
}

/// A number that the environment may set.
#[expect(clippy::disallowed_methods, reason = "a test may be told to run longer or to replay a seed")]
fn told(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

#[test]
fn python_says_the_same() {
    let (count, seed) = (told("WARDIAN_CALCULATOR_CASES", CASES), told("WARDIAN_CALCULATOR_SEED", 1));
    let cases = cases(seed, count);
    let Some(answers) = python(&cases) else {
        eprintln!("SKIPPED: there is no python3 here, which is the calculator's oracle");
        return;
    };
    let judged: Vec<(&String, &String)> = cases.iter().zip(&answers).filter(|(_, theirs)| *theirs != "?").collect();
    let wrong: Vec<_> = judged.iter().filter(|(case, theirs)| !agree(case, theirs)).collect();
    let shown: String = wrong.iter().take(20).map(|(case, theirs)| format!("`{case}`: {} here, {theirs} there\n", ours(case))).collect();
    assert!(wrong.is_empty(), "seed {seed}: {} of {} differ\n{shown}", wrong.len(), judged.len());
    let values = judged.iter().filter(|(_, theirs)| !theirs.starts_with('!')).count();
    let last_bits = judged.iter().filter(|(case, theirs)| theirs.starts_with('~') && ours(case)[2..] != theirs[2..]).count();
    println!("{} cases, {values} with a value, {last_bits} float powers that differ in the last bits", judged.len());
    assert!(values as u64 * 3 > count, "only {values} of {count} cases have a value");
}
