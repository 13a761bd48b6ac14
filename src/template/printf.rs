//! `printf`: Go's format strings.

use super::{fuel::Fuel, print::Printer, spec::Spec, values::Value};

/// `fmt.Sprintf`. Mistakes are no errors but show in the text, as in Go:
/// `%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA int=1)`.
pub(super) fn sprintf(format: &str, args: &[Value], fuel: &mut Fuel) -> Result<String, String> {
    let mut directives = Directives { rest: format, args, next: 0, reordered: false };
    let mut printer = Printer::new(fuel);
    while let Some(percent) = directives.rest.find('%') {
        printer.push(&directives.rest[..percent])?;
        directives.rest = &directives.rest[percent + 1..];
        directives.directive(&mut printer)?;
    }
    printer.push(directives.rest)?;
    if !directives.reordered && directives.next < args.len() {
        printer.spec = Spec::default();
        printer.push("%!(EXTRA ")?;
        for (i, arg) in args[directives.next..].iter().enumerate() {
            if i > 0 {
                printer.push(", ")?;
            }
            if !matches!(arg, Value::Missing | Value::Nil) {
                printer.push(arg.type_name())?;
                printer.push("=")?;
            }
            printer.argument(arg, 'v')?;
        }
        printer.push(")")?;
    }
    Ok(printer.out)
}

struct Directives<'a> {
    rest: &'a str,
    args: &'a [Value],
    next: usize,
    /// Whether an index in brackets was used: then nothing counts as left over.
    reordered: bool,
}

/// An argument's index in brackets.
enum Index {
    None,
    Good,
    Bad,
}

impl Directives<'_> {
    /// One directive, from behind its `%`.
    fn directive(&mut self, printer: &mut Printer<'_>) -> Result<(), String> {
        let mut spec = self.flags();
        let mut index = self.index();
        if let Some(width) = self.star() {
            match width {
                Some(width) => {
                    spec.minus |= width < 0;
                    spec.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => printer.push("%!(BADWIDTH)")?,
            }
        } else {
            spec.width = self.number();
            if matches!(index, Index::Good) && spec.width.is_some() {
                index = Index::Bad;
            }
        }
        if self.eat('.') {
            if matches!(index, Index::Good) && spec.width.is_none() {
                index = Index::Bad;
            }
            index = self.index_after(index);
            spec.precision = match self.star() {
                Some(Some(precision)) if precision >= 0 => usize::try_from(precision).ok(),
                Some(Some(_)) => None,
                Some(None) => {
                    printer.push("%!(BADPREC)")?;
                    None
                }
                None => Some(self.number().unwrap_or(0)),
            };
        }
        index = self.index_after(index);
        let Some(verb) = self.rest.chars().next() else { return printer.push("%!(NOVERB)") };
        self.rest = &self.rest[verb.len_utf8()..];
        let widest = spec.width.max(spec.precision).unwrap_or(0);
        if widest > Spec::WIDEST {
            return Err(format!("printf's width or precision exceeds {}", Spec::WIDEST));
        }
        if verb == '%' {
            return printer.push("%");
        }
        if matches!(index, Index::Bad) {
            return printer.push(&format!("%!{verb}(BADINDEX)"));
        }
        let Some(arg) = self.args.get(self.next) else {
            return printer.push(&format!("%!{verb}(MISSING)"));
        };
        self.next += 1;
        if verb == 'v' {
            spec.go_syntax = std::mem::take(&mut spec.sharp);
            spec.plus_v = std::mem::take(&mut spec.plus);
        }
        printer.spec = spec;
        printer.argument(arg, verb)
    }

    fn flags(&mut self) -> Spec {
        let mut spec = Spec::default();
        loop {
            let flag = match self.rest.as_bytes().first() {
                Some(b'+') => &mut spec.plus,
                Some(b'-') => &mut spec.minus,
                Some(b'#') => &mut spec.sharp,
                Some(b' ') => &mut spec.space,
                Some(b'0') => &mut spec.zero,
                _ => return spec,
            };
            *flag = true;
            self.rest = &self.rest[1..];
        }
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn number(&mut self) -> Option<usize> {
        let after = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = &self.rest[..self.rest.len() - after.len()];
        self.rest = after;
        (!digits.is_empty()).then(|| digits.parse().unwrap_or(usize::MAX))
    }

    /// `*`, the next argument as a number: outer none where there is no star.
    #[expect(clippy::option_option, reason = "no star, and a star without a number")]
    fn star(&mut self) -> Option<Option<i64>> {
        if !self.eat('*') {
            return None;
        }
        let arg = self.args.get(self.next);
        self.next += usize::from(arg.is_some());
        Some(match arg {
            Some(Value::Int(n) | Value::Int64(n)) if n.unsigned_abs() <= 1_000_000 => Some(*n),
            Some(Value::Uint8(n)) => Some(i64::from(*n)),
            Some(Value::Uint64(n)) if *n <= 1_000_000 => i64::try_from(*n).ok(),
            _ => None,
        })
    }

    fn index_after(&mut self, before: Index) -> Index {
        match (self.index(), before) {
            (Index::None, before) => before,
            (_, Index::Bad) => Index::Bad,
            (index, _) => index,
        }
    }

    /// `[n]`, the argument to go on with, counted from 1.
    fn index(&mut self) -> Index {
        if !self.rest.starts_with('[') {
            return Index::None;
        }
        self.reordered = true;
        let Some(end) = self.rest.find(']') else {
            self.rest = &self.rest[1..];
            return Index::Bad;
        };
        let number = self.rest[1..end].parse::<usize>().ok();
        self.rest = &self.rest[end + 1..];
        match number {
            Some(n) if (1..=self.args.len()).contains(&n) => {
                self.next = n - 1;
                Index::Good
            }
            _ => Index::Bad,
        }
    }
}
