//! Floating-point numbers as Go writes them.

/// The digits of a number's magnitude and the decimal exponent of the first.
struct Digits {
    digits: String,
    exponent: i32,
}

impl Digits {
    /// The fewest digits that read back as the same number, or so many.
    fn of(magnitude: f64, count: Option<usize>) -> Self {
        let text = match count {
            None => format!("{magnitude:e}"),
            Some(count) => format!("{magnitude:.*e}", count.max(1) - 1),
        };
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        Self { digits: mantissa.replace('.', ""), exponent: exponent.parse().unwrap_or(0) }
    }

    /// `d.ddde±dd`
    fn scientific(&self, decimals: usize, e: char) -> String {
        let (first, rest) = self.digits.split_at(1);
        let point = if decimals > 0 { "." } else { "" };
        let sign = if self.exponent < 0 { '-' } else { '+' };
        format!("{first}{point}{rest:0<decimals$}{e}{sign}{:02}", self.exponent.abs())
    }
}

/// Writes a finite or infinite number by a verb of `strconv.FormatFloat`:
/// `e`, `E`, `f`, `g`, `G`, `x`, `X` or `b`; with no precision, the shortest that reads back.
pub(super) fn format(number: f64, verb: char, precision: Option<usize>) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number.is_infinite() {
        return format!("{}Inf", if sign.is_empty() { "+" } else { sign });
    }
    let magnitude = number.abs();
    let body = match verb {
        'e' | 'E' => {
            let digits = Digits::of(magnitude, precision.map(|p| p + 1));
            let decimals = precision.unwrap_or(digits.digits.len() - 1);
            digits.scientific(decimals, verb)
        }
        'f' => match precision {
            None => format!("{magnitude}"),
            Some(precision) => format!("{magnitude:.precision$}"),
        },
        'x' => hexadecimal(magnitude),
        'X' => hexadecimal(magnitude).to_uppercase(),
        'b' => {
            let (mantissa, exponent) = parts(magnitude);
            format!("{mantissa}p{exponent:+}")
        }
        _ => general(magnitude, precision, if verb == 'G' { 'E' } else { 'e' }),
    };
    format!("{sign}{body}")
}

/// `%g`: whichever of the two notations fits the exponent, no trailing zeros.
fn general(magnitude: f64, precision: Option<usize>, e: char) -> String {
    let mut digits = Digits::of(magnitude, precision.map(|p| p.max(1)));
    let significant = digits.digits.trim_end_matches('0').len().max(1);
    digits.digits.truncate(significant);
    let point = digits.exponent + 1;
    let count = i32::try_from(significant).unwrap_or(i32::MAX);
    let limit = match precision {
        None => 6,
        Some(p) => {
            let p = i32::try_from(p.max(1)).unwrap_or(i32::MAX);
            if p > count && count >= point { count } else { p }
        }
    };
    if digits.exponent < -4 || digits.exponent >= limit {
        return digits.scientific(significant - 1, e);
    }
    let decimals = usize::try_from(count - point).unwrap_or(0);
    if decimals > 0 || precision.is_none() {
        format!("{magnitude:.decimals$}")
    } else {
        format!("{:0<width$}", digits.digits, width = usize::try_from(point).unwrap_or(1))
    }
}

/// The 53 bits of a number and their power of two.
fn parts(magnitude: f64) -> (u64, i64) {
    let bits = magnitude.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match i64::try_from(bits >> 52).unwrap_or(0) {
        0 => (fraction, -1074),
        exponent => (fraction | 1 << 52, exponent - 1075),
    }
}

/// `0x1.8p+01`
fn hexadecimal(magnitude: f64) -> String {
    let (mantissa, exponent) = parts(magnitude);
    if mantissa == 0 {
        return "0x0p+00".to_owned();
    }
    // The highest bit stands before the point, 13 digits behind it.
    let shift = mantissa.leading_zeros() - 11;
    let digits = format!("{:013x}", (mantissa << shift) & ((1 << 52) - 1));
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    let exponent = exponent + 52 - i64::from(shift);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("0x1{point}{digits}p{sign}{:02}", exponent.abs())
}

/// `%#g`: a point, and zeros up to so many digits.
pub(super) fn with_zeros(text: &str, digits: usize) -> String {
    let at = text.find(['e', 'E']).unwrap_or(text.len());
    let (body, exponent) = text.split_at(at);
    let significant = body.trim_start_matches(['-', '+', '0', '.']);
    let count = significant.bytes().filter(u8::is_ascii_digit).count().max(1);
    let point = if body.contains('.') { "" } else { "." };
    format!("{body}{point}{}{exponent}", "0".repeat(digits.saturating_sub(count)))
}

/// As JSON has it: no exponent between 1e-6 and 1e21, and then a short one.
pub(super) fn json(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return format(number, 'f', None);
    }
    let text = format(number, 'e', None);
    match text.split_once("e-0") {
        Some((mantissa, exponent)) => format!("{mantissa}e-{exponent}"),
        None => text,
    }
}
