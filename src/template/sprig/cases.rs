//! Upper and lower case, and the cases of names.

use super::made;
use crate::template::functions::{Function, Type::Str};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("upper", &[Str], |args, fuel| made(mapped(args.str(0), upper), fuel)),
    Function::new("lower", &[Str], |args, fuel| made(mapped(args.str(0), lower), fuel)),
    Function::new("title", &[Str], |args, fuel| {
        let mut before = ' ';
        let titled = mapped(args.str(0), |c| {
            let starts = separates(std::mem::replace(&mut before, c));
            if starts { upper(c) } else { c }
        });
        made(titled, fuel)
    }),
    Function::new("untitle", &[Str], |args, fuel| {
        let mut starts = true;
        let untitled = mapped(args.str(0), |c| {
            if c.is_whitespace() {
                starts = true;
                return c;
            }
            if std::mem::take(&mut starts) { lower(c) } else { c }
        });
        made(untitled, fuel)
    }),
    Function::new("swapcase", &[Str], |args, fuel| {
        let mut blank = true;
        let swapped = mapped(args.str(0), |c| {
            if !c.is_uppercase() && !c.is_lowercase() {
                blank = c.is_whitespace();
                return c;
            }
            blank = false;
            if c.is_uppercase() { lower(c) } else { upper(c) }
        });
        made(swapped, fuel)
    }),
    Function::new("camelcase", &[Str], |args, fuel| made(pascal(args.str(0)), fuel)),
    Function::new("snakecase", &[Str], |args, fuel| made(joined(args.str(0), '_'), fuel)),
    Function::new("kebabcase", &[Str], |args, fuel| made(joined(args.str(0), '-'), fuel)),
];

fn mapped(text: &str, map: impl FnMut(char) -> char) -> String {
    text.chars().map(map).collect()
}

/// Go maps each character to one character, where one stands for it.
fn upper(c: char) -> char {
    let mut mapped = c.to_uppercase();
    if mapped.len() == 1 { mapped.next().unwrap_or(c) } else { c }
}

fn lower(c: char) -> char {
    let mut mapped = c.to_lowercase();
    // Only `İ` becomes two; Go takes the first.
    mapped.next().unwrap_or(c)
}

/// Whether a letter after this one begins a word, as `strings.Title` has it.
fn separates(c: char) -> bool {
    match c {
        _ if c.is_ascii() => !c.is_ascii_alphanumeric() && c != '_',
        _ => !c.is_alphanumeric() && c.is_whitespace(),
    }
}

fn connects(c: char) -> bool {
    c == '-' || c == '_' || c.is_whitespace()
}

/// `some_words` → `SomeWords`. Connectors at the ends stay, doubled ones once less;
/// a word in capitals keeps only its first.
fn pascal(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let Some(first) = chars.iter().position(|c| !connects(*c)) else { return text.to_owned() };
    let mut out: String = chars[..first].iter().collect();
    let mut capitals = chars[first].is_uppercase();
    let mut last = upper(chars[first]);
    for &c in &chars[first + 1..] {
        let before = last;
        last = c;
        if connects(c) && connects(before) {
            out.push(before);
        } else if connects(before) {
            capitals = c.is_uppercase();
            last = upper(c);
        } else {
            if capitals && c.is_uppercase() {
                last = lower(c);
            } else if capitals {
                capitals = false;
            }
            out.push(before);
        }
    }
    out.push(last);
    out
}

/// What a run of characters is, for the cases with a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

impl Run {
    fn of(c: char) -> Self {
        match c {
            _ if connects(c) => Self::Connector,
            _ if c.is_ascii_punctuation() && !"$+<=>^`|~".contains(c) => Self::Punctuation,
            _ if c.is_uppercase() => Self::Upper,
            _ if c.is_alphabetic() => Self::Letters,
            _ if c.is_numeric() => Self::Number,
            _ => Self::Other,
        }
    }
}

/// The runs of a text: `HTTPStatus` is `HTTP` and `Status`.
fn runs(text: &str) -> Vec<(Run, String)> {
    let chars: Vec<char> = text.chars().collect();
    let mut runs = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let run = Run::of(chars[at]);
        let same = |from: usize, run: Run| {
            chars[from..].iter().take_while(|c| Run::of(**c) == run).count()
        };
        let mut end = at + same(at, run);
        if run == Run::Upper {
            let lowers = same(end, Run::Letters);
            match end - at {
                1 => end += lowers,
                _ if lowers > 0 => end -= 1,
                _ => {}
            }
        }
        runs.push((run, chars[at..end].iter().collect()));
        at = end;
    }
    runs
}

/// `HTTPServer` → `http_server`, `GO PATH` → `go_path`, `http2xx` → `http_2xx`.
fn joined(text: &str, connector: char) -> String {
    let runs = runs(text);
    let mut out = String::new();
    let mut at = 0;
    let kind = |at: usize| runs.get(at).map(|(run, _)| *run);
    let word = |at: usize| runs.get(at).map_or("", |(_, word)| word.as_str());
    let joins =
        |run: Option<Run>| run.is_some_and(|run| run != Run::Connector && run != Run::Punctuation);
    let push = |out: &mut String, at: usize| match kind(at) {
        Some(Run::Upper) => out.extend(word(at).chars().map(lower)),
        Some(Run::Connector) => out.extend(word(at).chars().map(|_| connector)),
        _ => out.push_str(word(at)),
    };
    while at + 1 < runs.len() {
        let run = kind(at);
        push(&mut out, at);
        at += 1;
        match run {
            Some(Run::Number) => {
                at = push_letters(&runs, at, &mut out);
                if joins(kind(at)) {
                    out.push(connector);
                }
            }
            Some(Run::Connector | Run::Punctuation) => {}
            _ if kind(at) != Some(Run::Number) => {
                if joins(kind(at)) {
                    out.push(connector);
                }
            }
            _ if at + 1 == runs.len() => {}
            _ if kind(at + 1) == Some(Run::Letters) => {
                out.push(connector);
                push(&mut out, at);
                at = push_letters(&runs, at + 1, &mut out);
                if joins(kind(at)) {
                    out.push(connector);
                }
            }
            _ => {
                push(&mut out, at);
                at += 1;
                if joins(kind(at)) {
                    out.push(connector);
                }
            }
        }
    }
    push(&mut out, at);
    out
}

/// Appends letters and numbers as they are, up to another run.
fn push_letters(runs: &[(Run, String)], from: usize, out: &mut String) -> usize {
    let more = runs[from..].iter().take_while(|(run, _)| matches!(run, Run::Letters | Run::Number));
    let count = more.map(|(_, word)| out.push_str(word)).count();
    from + count
}
