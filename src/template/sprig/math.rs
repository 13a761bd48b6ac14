//! Numbers.

use super::{
    decimal::{self, Operation},
    made,
};
use crate::template::{
    fuel::Fuel,
    functions::{
        Args, Function,
        Type::{Any, Float, Int, Str},
    },
    parse::literal,
    print,
    values::{Elem, List, Value},
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("atoi", &[Str], |args, _| {
        let text = args.str(0);
        let text = text.strip_prefix('+').filter(|it| !it.starts_with(['+', '-'])).unwrap_or(text);
        Ok(Value::Int(match text.parse::<i64>() {
            Ok(number) => number,
            Err(error) => match error.kind() {
                std::num::IntErrorKind::PosOverflow => i64::MAX,
                std::num::IntErrorKind::NegOverflow => i64::MIN,
                _ => 0,
            },
        }))
    }),
    Function::new("int", &[Any], |args, _| Ok(Value::Int(to_int(args.any(0))))),
    Function::new("int64", &[Any], |args, _| Ok(Value::Int64(to_int(args.any(0))))),
    Function::new("float64", &[Any], |args, _| Ok(Value::Float(to_float(args.any(0))))),
    Function::new("toDecimal", &[Any], |args, fuel| {
        let text = print::display(args.any(0), fuel)?;
        Ok(Value::Int64(i64::from_str_radix(&text, 8).unwrap_or(0)))
    }),
    Function::new("add1", &[Any], |args, _| Ok(Value::Int64(to_int(args.any(0)).wrapping_add(1)))),
    Function::variadic("add", &[], Any, |args, _| Ok(folded(0, args.0, i64::wrapping_add))),
    Function::new("sub", &[Any, Any], |args, _| {
        Ok(folded(to_int(args.any(0)), args.rest(1), i64::wrapping_sub))
    }),
    Function::variadic("mul", &[Any], Any, |args, _| {
        Ok(folded(to_int(args.any(0)), args.rest(1), i64::wrapping_mul))
    }),
    Function::new("div", &[Any, Any], |args, _| divided(args, i64::wrapping_div)),
    Function::new("mod", &[Any, Any], |args, _| divided(args, i64::wrapping_rem)),
    Function::variadic("max", &[Any], Any, |args, _| {
        Ok(folded(to_int(args.any(0)), args.rest(1), i64::max))
    }),
    Function::variadic("biggest", &[Any], Any, |args, _| {
        Ok(folded(to_int(args.any(0)), args.rest(1), i64::max))
    }),
    Function::variadic("min", &[Any], Any, |args, _| {
        Ok(folded(to_int(args.any(0)), args.rest(1), i64::min))
    }),
    Function::variadic("maxf", &[Any], Any, |args, _| Ok(extreme(args, f64::max))),
    Function::variadic("minf", &[Any], Any, |args, _| Ok(extreme(args, f64::min))),
    Function::new("add1f", &[Any], |args, _| {
        decimal::fold(to_float(args.any(0)), &[1.0], Operation::Add)
    }),
    Function::variadic("addf", &[], Any, |args, _| {
        decimal::fold(0.0, &floats(args.0), Operation::Add)
    }),
    Function::variadic("subf", &[Any], Any, |args, _| {
        decimal::fold(to_float(args.any(0)), &floats(args.rest(1)), Operation::Sub)
    }),
    Function::variadic("mulf", &[Any], Any, |args, _| {
        decimal::fold(to_float(args.any(0)), &floats(args.rest(1)), Operation::Mul)
    }),
    Function::variadic("divf", &[Any], Any, |args, _| {
        decimal::fold(to_float(args.any(0)), &floats(args.rest(1)), Operation::Div)
    }),
    Function::new("floor", &[Any], |args, _| Ok(Value::Float(to_float(args.any(0)).floor()))),
    Function::new("ceil", &[Any], |args, _| Ok(Value::Float(to_float(args.any(0)).ceil()))),
    Function::variadic("round", &[Any, Int], Float, |args, _| {
        let up_from = match args.rest(2).first() {
            Some(Value::Float(from)) => *from,
            _ => 0.5,
        };
        let scale = 10_f64.powf(from_int(args.int(1)));
        let scaled = scale * to_float(args.any(0));
        let rounded = if scaled.fract() >= up_from { scaled.ceil() } else { scaled.floor() };
        Ok(Value::Float(rounded / scale))
    }),
    Function::new("until", &[Int], |args, fuel| {
        let stop = args.int(0);
        numbers(0, stop, if stop < 0 { -1 } else { 1 }, fuel)
    }),
    Function::new("untilStep", &[Int, Int, Int], |args, fuel| {
        numbers(args.int(0), args.int(1), args.int(2), fuel)
    }),
    Function::variadic("seq", &[], Int, seq),
];

fn folded(start: i64, rest: &[Value], fold: fn(i64, i64) -> i64) -> Value {
    Value::Int64(rest.iter().map(to_int).fold(start, fold))
}

fn divided(args: Args<'_>, divide: fn(i64, i64) -> i64) -> Result<Value, String> {
    match to_int(args.any(1)) {
        0 => Err("integer divide by zero".to_owned()),
        by => Ok(Value::Int64(divide(to_int(args.any(0)), by))),
    }
}

fn floats(values: &[Value]) -> Vec<f64> {
    values.iter().map(to_float).collect()
}

/// Go's `math.Max` and `math.Min`: not a number is stronger than any number.
fn extreme(args: Args<'_>, choose: fn(f64, f64) -> f64) -> Value {
    let all = floats(args.0);
    let not_a_number = all.iter().any(|it| it.is_nan());
    let chosen = all.into_iter().reduce(choose).unwrap_or(0.0);
    Value::Float(if not_a_number { f64::NAN } else { chosen })
}

/// Whole numbers from `start` up or down to before `end`, a `[]int`.
fn numbers(start: i64, end: i64, step: i64, fuel: &mut Fuel) -> Result<Value, String> {
    let items = steps(start, end, step, fuel)?.into_iter().map(Value::Int).collect();
    Ok(Value::List(List::new(Elem::Int, items)))
}

fn steps(start: i64, end: i64, step: i64, fuel: &mut Fuel) -> Result<Vec<i64>, String> {
    let (span, step_size) = (end.abs_diff(start), step.unsigned_abs());
    let towards = if end < start { step < 0 } else { step > 0 };
    if !towards || span == 0 {
        return Ok(Vec::new());
    }
    let count = span.div_ceil(step_size);
    fuel.list(usize::try_from(count).unwrap_or(usize::MAX))?;
    Ok(std::iter::successors(Some(start), |number| number.checked_add(step))
        .take(usize::try_from(count).unwrap_or(0))
        .collect())
}

/// The numbers of the shell's `seq`, joined by spaces.
fn seq(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let (start, step, end) = match args.0.len() {
        1 => (1, None, args.int(0)),
        2 => (args.int(0), None, args.int(1)),
        3 => (args.int(0), Some(args.int(1)), args.int(2)),
        _ => return Ok("".into()),
    };
    let towards = if end < start { -1 } else { 1 };
    if step.is_some_and(|step| end < start && step > 0) {
        return Ok("".into());
    }
    let numbers = steps(start, end.wrapping_add(towards), step.unwrap_or(towards), fuel)?;
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    made(texts.join(" "), fuel)
}

#[expect(clippy::cast_precision_loss, reason = "Go's conversion rounds too")]
fn from_int(number: i64) -> f64 {
    number as f64
}

/// A number from anything, 0 where there is none: cast's `ToInt64`.
#[expect(clippy::cast_possible_truncation, reason = "checked, or as Go does")]
#[expect(clippy::cast_possible_wrap, reason = "Go wraps too")]
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(it) | Value::Int64(it) => *it,
        Value::Uint8(it) => i64::from(*it),
        Value::Uint64(it) => *it as i64,
        // What does not fit becomes the lowest number on the machines Flux runs on.
        Value::Float(it) if (-9.3e18..9.223_372_036_854_775e18).contains(it) => *it as i64,
        Value::Float(_) => i64::MIN,
        Value::Bool(it) => i64::from(*it),
        Value::Str(text) => {
            let number = literal::parse_int(without_zero_decimals(text));
            number.and_then(|number| i64::try_from(number).ok()).unwrap_or(0)
        }
        _ => 0,
    }
}

/// `1.00` is taken for `1`.
fn without_zero_decimals(text: &str) -> &str {
    let trimmed = text.trim_end_matches('0');
    match trimmed.strip_suffix('.') {
        Some(whole) if trimmed.len() < text.len() => whole,
        _ => text,
    }
}

/// A floating-point number from anything, 0 where there is none: cast's `ToFloat64`.
#[expect(clippy::cast_precision_loss, reason = "Go's conversion rounds too")]
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Float(it) => *it,
        Value::Uint64(it) => *it as f64,
        Value::Str(text) => crate::policy::parse_float(text).unwrap_or(0.0),
        other => from_int(to_int(other)),
    }
}
