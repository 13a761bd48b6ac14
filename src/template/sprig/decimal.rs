//! Decimal arithmetic: sprig adds 0.1 and 0.2 to 0.3.

use crate::template::{float, values::Value};

/// `coefficient × 10^exponent`
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal {
    coefficient: i128,
    exponent: i32,
}

/// One operation; none where the numbers grow beyond 38 digits.
pub(super) type Operation = fn(Decimal, Decimal) -> Option<Decimal>;

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

pub(super) fn add(a: Decimal, b: Decimal) -> Option<Decimal> {
    let exponent = a.exponent.min(b.exponent);
    Some(Decimal { coefficient: a.at(exponent)?.checked_add(b.at(exponent)?)?, exponent })
}

pub(super) fn sub(a: Decimal, b: Decimal) -> Option<Decimal> {
    add(a, Decimal { coefficient: -b.coefficient, ..b })
}

pub(super) fn mul(a: Decimal, b: Decimal) -> Option<Decimal> {
    let coefficient = a.coefficient.checked_mul(b.coefficient)?;
    Some(Decimal { coefficient, exponent: a.exponent + b.exponent })
}

pub(super) fn div(a: Decimal, b: Decimal) -> Option<Decimal> {
    let shift = a.exponent - b.exponent + DIVISION_PRECISION;
    let scale = 10_i128.checked_pow(shift.unsigned_abs())?;
    let (above, below) = match shift < 0 {
        true => (a.coefficient, b.coefficient.checked_mul(scale)?),
        false => (a.coefficient.checked_mul(scale)?, b.coefficient),
    };
    let (mut quotient, rest) = (above.checked_div(below)?, above.checked_rem(below)?);
    // Half is rounded away from zero.
    if rest.unsigned_abs().checked_mul(2)? >= below.unsigned_abs() {
        quotient += if (above < 0) == (below < 0) { 1 } else { -1 };
    }
    Some(Decimal { coefficient: quotient, exponent: -DIVISION_PRECISION })
}

/// Carries one operation through a row of numbers.
pub(super) fn fold(start: f64, rest: &[f64], operation: Operation) -> Result<Value, String> {
    let mut result = Decimal::new(start)?;
    for number in rest {
        let number = Decimal::new(*number)?;
        if operation == div as Operation && number.coefficient == 0 {
            return Err("decimal division by 0".to_owned());
        }
        result = operation(result, number).ok_or("the numbers have too many digits")?;
    }
    let text = format!("{}e{}", result.coefficient, result.exponent);
    Ok(Value::Float(text.parse().unwrap_or(0.0)))
}
