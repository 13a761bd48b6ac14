//! Decimal arithmetic: sprig adds 0.1 and 0.2 to 0.3.

use crate::template::{float, values::Value};

/// `coefficient × 10^exponent`
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal {
    coefficient: i128,
    exponent: i32,
}

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Sub,
    Mul,
    Div,
}

impl Operation {
    /// None where 38 digits do not do.
    fn exact(self, a: Decimal, b: Decimal) -> Option<Decimal> {
        match self {
            Self::Add => add(a, b),
            Self::Sub => add(a, Decimal { coefficient: -b.coefficient, ..b }),
            Self::Mul => Some(Decimal {
                coefficient: a.coefficient.checked_mul(b.coefficient)?,
                exponent: a.exponent + b.exponent,
            }),
            Self::Div => div(a, b),
        }
    }

    fn rough(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
        }
    }
}

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

    fn to_float(self) -> f64 {
        format!("{}e{}", self.coefficient, self.exponent).parse().unwrap_or(0.0)
    }

    /// The coefficient at a lower exponent.
    fn at(self, exponent: i32) -> Option<i128> {
        let shift = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        self.coefficient.checked_mul(10_i128.checked_pow(shift)?)
    }
}

fn add(a: Decimal, b: Decimal) -> Option<Decimal> {
    let exponent = a.exponent.min(b.exponent);
    Some(Decimal { coefficient: a.at(exponent)?.checked_add(b.at(exponent)?)?, exponent })
}

fn div(a: Decimal, b: Decimal) -> Option<Decimal> {
    let shift = a.exponent - b.exponent + DIVISION_PRECISION;
    let scale = 10_i128.checked_pow(shift.unsigned_abs())?;
    let (above, below) = if shift < 0 {
        (a.coefficient, b.coefficient.checked_mul(scale)?)
    } else {
        (a.coefficient.checked_mul(scale)?, b.coefficient)
    };
    let (quotient, rest) = (above.checked_div(below)?, above.checked_rem(below)?);
    // Half is rounded away from zero.
    let up = rest.unsigned_abs().checked_mul(2)? >= below.unsigned_abs();
    let sign = if (above < 0) == (below < 0) { 1 } else { -1 };
    let coefficient = quotient + if up { sign } else { 0 };
    Some(Decimal { coefficient, exponent: -DIVISION_PRECISION })
}

/// Carries one operation through a row of numbers.
pub(super) fn fold(start: f64, rest: &[f64], operation: Operation) -> Result<Value, String> {
    let mut result = Decimal::new(start)?;
    for number in rest {
        let number = Decimal::new(*number)?;
        if operation == Operation::Div && number.coefficient == 0 {
            return Err("decimal division by 0".to_owned());
        }
        result = match operation.exact(result, number) {
            Some(result) => result,
            // sprig's decimals have no end; beyond 38 digits ours are floats.
            None => Decimal::new(operation.rough(result.to_float(), number.to_float()))?,
        };
    }
    Ok(Value::Float(result.to_float()))
}
