//! Equality and order, as Go's template functions and `reflect.DeepEqual` see them.

use std::cmp::Ordering;

use super::{fuel::Fuel, values::Value};

/// What values can be compared as.
enum Basic<'a> {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(&'a str),
}

fn basic(value: &Value) -> Option<Basic<'_>> {
    Some(match value {
        Value::Bool(it) => Basic::Bool(*it),
        Value::Int(it) | Value::Int64(it) => Basic::Int(*it),
        Value::Uint8(it) => Basic::Uint(u64::from(*it)),
        Value::Uint64(it) => Basic::Uint(*it),
        Value::Float(it) => Basic::Float(*it),
        Value::Str(it) => Basic::Str(it),
        _ => return None,
    })
}

/// The order of two basic values of one kind; signed and unsigned count as one.
///
/// The inner one is none for numbers that have no order, the outer one for
/// kinds that do not go together.
#[expect(clippy::option_option, reason = "the two say different things")]
fn order(a: &Basic<'_>, b: &Basic<'_>) -> Option<Option<Ordering>> {
    Some(match (a, b) {
        (Basic::Bool(a), Basic::Bool(b)) => Some(a.cmp(b)),
        (Basic::Int(a), Basic::Int(b)) => Some(a.cmp(b)),
        (Basic::Uint(a), Basic::Uint(b)) => Some(a.cmp(b)),
        (Basic::Int(a), Basic::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Basic::Uint(a), Basic::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        // Not a number has no order, and equals nothing.
        (Basic::Float(a), Basic::Float(b)) => a.partial_cmp(b),
        (Basic::Str(a), Basic::Str(b)) => Some(a.cmp(b)),
        _ => return None,
    })
}

fn incompatible(a: &Value, b: &Value) -> String {
    format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name())
}

/// `eq a b`
pub(super) fn equal(a: &Value, b: &Value, fuel: &mut Fuel) -> Result<bool, String> {
    fuel.spend(1)?;
    let (left, right) = (basic(a), basic(b));
    if let (Some(left), Some(right)) = (&left, &right) {
        let order = order(left, right).ok_or_else(|| incompatible(a, b))?;
        return Ok(order == Some(Ordering::Equal));
    }
    let nothing = |value: &Value| matches!(value, Value::Missing | Value::Nil);
    if left.is_some() || right.is_some() {
        return if nothing(a) || nothing(b) { Ok(false) } else { Err(incompatible(a, b)) };
    }
    if a.is_nil() || b.is_nil() {
        let comparable = nothing(a) || nothing(b) || a.kind_name() == b.kind_name();
        return if comparable { Ok(a.is_nil() == b.is_nil()) } else { Err(incompatible(a, b)) };
    }
    match (a, b) {
        (Value::Struct(left), Value::Struct(right)) => {
            if left.fields.iter().any(|it| matches!(it, Value::List(_) | Value::Map(_))) {
                return Err(format!("non-comparable type {}", a.type_name()));
            }
            Ok(std::ptr::eq(left.kind, right.kind) && deep_equal(a, b, 0, fuel)?)
        }
        _ => Err(format!("non-comparable types {}, {}", a.type_name(), b.type_name())),
    }
}

/// `lt a b`
pub(super) fn less(a: &Value, b: &Value) -> Result<bool, String> {
    const BAD: &str = "invalid type for comparison";
    let left = basic(a).ok_or(BAD)?;
    let right = basic(b).ok_or(BAD)?;
    let order = order(&left, &right).ok_or_else(|| incompatible(a, b))?;
    if matches!(left, Basic::Bool(_)) {
        return Err(BAD.to_owned());
    }
    Ok(order == Some(Ordering::Less))
}

/// Whether two values are the same throughout, types included.
pub(super) fn deep_equal(
    a: &Value,
    b: &Value,
    depth: usize,
    fuel: &mut Fuel,
) -> Result<bool, String> {
    Fuel::nest(depth)?;
    fuel.spend(1)?;
    if a.type_name() != b.type_name() || a.is_nil() != b.is_nil() {
        return Ok(false);
    }
    match (a, b) {
        (Value::List(a), Value::List(b)) => all_equal(a.items(), b.items(), depth, fuel),
        (Value::Map(a), Value::Map(b)) => {
            if a.is(b) {
                return Ok(true);
            }
            let (a, b) = (a.entries(), b.entries());
            if !a.iter().map(|(key, _)| key).eq(b.iter().map(|(key, _)| key)) {
                return Ok(false);
            }
            let values = |entries: Vec<(_, Value)>| -> Vec<Value> {
                entries.into_iter().map(|(_, value)| value).collect()
            };
            all_equal(&values(a), &values(b), depth, fuel)
        }
        (Value::Struct(a), Value::Struct(b)) => all_equal(&a.fields, &b.fields, depth, fuel),
        _ => Ok(match (basic(a), basic(b)) {
            (Some(left), Some(right)) => order(&left, &right) == Some(Some(Ordering::Equal)),
            (left, right) => left.is_none() && right.is_none(),
        }),
    }
}

fn all_equal(a: &[Value], b: &[Value], depth: usize, fuel: &mut Fuel) -> Result<bool, String> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (a, b) in a.iter().zip(b) {
        if !deep_equal(a, b, depth + 1, fuel)? {
            return Ok(false);
        }
    }
    Ok(true)
}
