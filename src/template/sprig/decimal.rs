//! Decimal arithmetic: sprig adds 0.1 and 0.2 to 0.3.

use crate::template::{float, values::Value};

/// `coefficient × 10^exponent`
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal {
    coefficient: i128,
    exponent: i32,
}

/// One operation.
pub(super) type Operation = fn(Decimal, Decimal) -> Result<Decimal, &'static str>;

/// The numbers have grown beyond 38 digits; sprig's have no end.
const TOO_MANY: &str = "the numbers have too many digits";

/// Decimals that a division is worked out to.
const DIVISION_PRECISION: i32 = 16;

impl Decimal {
    /// The shortest decimal that reads back as the number.
    fn new(number: f64) -> Result<Self, String> {
        if !number.is_finite() {
            return Err(format!(
                "Cannot create a Decimal from {}",
                float::format(number, 'g', None)
            ));
        }
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let exponent = exponent.parse::<i32>().unwrap_or(0) - i32::try_from(decimals).unwrap_or(0);
        Ok(Self { coefficient: mantissa.replace('.', "").parse().unwrap_or(0), exponent })
    }

    /// The coefficient at a lower exponent.
    fn at(self, exponent: i32) -> Option<i128> {
        let shift = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        self.coefficient.checked_mul(10_i128.checked_pow(shift)?)
    }
}

pub(super) fn add(a: Decimal, b: Decimal) -> Result<Decimal, &'static str> {
    let exponent = a.exponent.min(b.exponent);
    let sum = a.at(exponent).zip(b.at(exponent)).and_then(|(a, b)| a.checked_add(b));
    sum.map(|coefficient| Decimal { coefficient, exponent }).ok_or(TOO_MANY)
}

pub(super) fn sub(a: Decimal, b: Decimal) -> Result<Decimal, &'static str> {
    add(a, Decimal { coefficient: -b.coefficient, ..b })
}

pub(super) fn mul(a: Decimal, b: Decimal) -> Result<Decimal, &'static str> {
    let coefficient = a.coefficient.checked_mul(b.coefficient).ok_or(TOO_MANY)?;
    Ok(Decimal { coefficient, exponent: a.exponent + b.exponent })
}

pub(super) fn div(a: Decimal, b: Decimal) -> Result<Decimal, &'static str> {
    if b.coefficient == 0 {
        return Err("decimal division by 0");
    }
    let shift = a.exponent - b.exponent + DIVISION_PRECISION;
    let divided = || {
        let scale = 10_i128.checked_pow(shift.unsigned_abs())?;
        let (above, below) = match shift < 0 {
            true => (a.coefficient, b.coefficient.checked_mul(scale)?),
            false => (a.coefficient.checked_mul(scale)?, b.coefficient),
        };
        let (quotient, rest) = (above.checked_div(below)?, above.checked_rem(below)?);
        // Half is rounded away from zero.
        let up = rest.unsigned_abs().checked_mul(2)? >= below.unsigned_abs();
        let sign = if (above < 0) == (below < 0) { 1 } else { -1 };
        Some(quotient + if up { sign } else { 0 })
    };
    let coefficient = divided().ok_or(TOO_MANY)?;
    Ok(Decimal { coefficient, exponent: -DIVISION_PRECISION })
}

/// Carries one operation through a row of numbers.
pub(super) fn fold(start: f64, rest: &[f64], operation: Operation) -> Result<Value, String> {
    let mut result = Decimal::new(start)?;
    for number in rest {
        let number = Decimal::new(*number)?;
        result = operation(result, number)?;
    }
    let text = format!("{}e{}", result.coefficient, result.exponent);
    Ok(Value::Float(text.parse().unwrap_or(0.0)))
}
