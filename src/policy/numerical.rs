//! The largest number, as Go's `strconv.ParseFloat` reads numbers.

use super::Order;

/// `ImagePolicy.spec.policy.numerical`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumericalPolicy {
    /// Ascending elects the largest number, descending the smallest.
    pub order: Order,
}

impl NumericalPolicy {
    /// The latest of the values as Flux's policer finds it: of equal numbers
    /// the last in the order given. Not-a-number is neither larger nor
    /// smaller: it takes the lead, and the next one takes it back.
    ///
    /// One value that is no number fails the policy; it is the error.
    pub fn latest<'a>(&self, values: &[&'a str]) -> Result<Option<&'a str>, &'a str> {
        let mut latest: Option<(&str, f64)> = None;
        for &value in values {
            let number = parse_float(value).ok_or(value)?;
            let stays = latest.is_some_and(|(_, leader)| self.ranks_above(leader, number));
            if !stays {
                latest = Some((value, number));
            }
        }
        Ok(latest.map(|(value, _)| value))
    }

    pub(super) fn ranks_above(self, a: f64, b: f64) -> bool {
        match self.order {
            Order::Asc => a > b,
            Order::Desc => a < b,
        }
    }
}

/// Reads a number as Go's `strconv.ParseFloat(text, 64)` does: decimal or
/// hexadecimal, with underscores between digits, `inf`, `infinity` and an
/// unsigned `nan` in any case. What rounds to infinity is no number.
pub fn parse_float(text: &str) -> Option<f64> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = if ["inf", "infinity"].iter().any(|name| unsigned.eq_ignore_ascii_case(name)) {
        f64::INFINITY
    } else if text.eq_ignore_ascii_case("nan") {
        f64::NAN
    } else {
        finite(unsigned)?
    };
    Some(if negative { -magnitude } else { magnitude })
}

fn finite(text: &str) -> Option<f64> {
    if !has_valid_underscores(text) {
        return None;
    }
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let number = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hexadecimal) => parse_hexadecimal(hexadecimal)?,
        // Words like `infinity` have been read already; no others begin so.
        None if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
            digits.parse().ok()?
        }
        None => return None,
    };
    number.is_finite().then_some(number)
}

/// Underscores stand between digits, or between the `0x` and a digit.
fn has_valid_underscores(text: &str) -> bool {
    let hexadecimal = text.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x"));
    let digits = if hexadecimal { &text[2..] } else { text };
    let is_digit = |b: u8| b.is_ascii_digit() || (hexadecimal && b.is_ascii_hexdigit());
    let mut after_digit = hexadecimal;
    let mut bytes = digits.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'_' && !(after_digit && bytes.peek().is_some_and(|&next| is_digit(next))) {
            return false;
        }
        after_digit = is_digit(byte);
    }
    true
}

/// `H.HpE`, where the exponent must be there; rounded to nearest, ties to even.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let sign = usize::from(exponent.starts_with(['+', '-']));
    let magnitude = &exponent[sign..];
    if magnitude.is_empty() || !magnitude.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Past this no number is left but zero or infinity.
    let magnitude = magnitude.parse::<i64>().unwrap_or(i64::MAX).min(1_000_000);
    let mut exponent = if exponent.starts_with('-') { -magnitude } else { magnitude };

    let mut bits: u64 = 0;
    let mut rest = false;
    let digits = whole.chars().map(|c| (c, false)).chain(fraction.chars().map(|c| (c, true)));
    for (digit, is_fraction) in digits {
        let digit = digit.to_digit(16)?;
        if bits >> 60 == 0 {
            bits = bits << 4 | u64::from(digit);
            exponent -= if is_fraction { 4 } else { 0 };
        } else {
            rest |= digit != 0;
            exponent += if is_fraction { 0 } else { 4 };
        }
    }
    Some(round(bits, rest, exponent))
}

/// `bits`·2^`exponent`, where `rest` says that a little more was cut off.
fn round(bits: u64, rest: bool, exponent: i64) -> f64 {
    if bits == 0 {
        return 0.0;
    }
    let leading = i64::from(bits.leading_zeros());
    let bits = bits << leading;
    // The value is bits·2^(exponent-leading), its highest bit 2^top.
    let top = exponent - leading + 63;
    if top > 1023 {
        return f64::INFINITY;
    }
    // A normal number keeps 53 bits, a subnormal one fewer, down to none.
    let kept = if top >= -1022 { 53 } else { 53 - (-1022 - top) };
    if kept < 0 {
        return 0.0;
    }
    let dropped = u32::try_from(64 - kept).unwrap_or(64);
    let (mut fraction, tail) =
        if dropped == 64 { (0, bits) } else { (bits >> dropped, bits << (64 - dropped)) };
    let half = 1 << 63;
    if tail > half || (tail == half && (rest || fraction & 1 == 1)) {
        fraction += 1;
    }
    // A carry out of the fraction moves into the exponent by itself.
    let biased = if top >= -1022 { u64::try_from(top + 1022).unwrap_or(0) } else { 0 };
    f64::from_bits((biased << 52) + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_numbers_that_go_reads() {
        #[rustfmt::skip]
        let rows: &[(&str, Option<f64>)] = &[
            ("73",                 Some(73.0)),
            ("-1.5e3",             Some(-1500.0)),
            (".5",                 Some(0.5)),
            ("1.",                 Some(1.0)),
            ("00012",              Some(12.0)),
            ("1_000",              Some(1000.0)),
            ("2024_01_05",         Some(20_240_105.0)),
            ("0x1p4",              Some(16.0)),
            ("0x1.8P1",            Some(3.0)),
            ("0x_1p0",             Some(1.0)),
            ("0x1p-1074",          Some(5e-324)),
            ("0x1p-1075",          Some(0.0)),
            ("0x1.8p-1075",        Some(5e-324)),
            ("0x1.fffffffffffff7p1023", Some(f64::MAX)),
            ("0x1.fffffffffffff8p1023", None),
            ("0x1p1024",           None),
            ("1e309",              None),
            ("+Infinity",          Some(f64::INFINITY)),
            ("-INF",               Some(f64::NEG_INFINITY)),
            ("+nan",               None),
            ("infinit",            None),
            ("0x10",               None),
            ("0x.p1",              None),
            ("1__0",               None),
            ("_1",                 None),
            ("1_",                 None),
            ("1_.5",               None),
            ("1._5",               None),
            ("",                   None),
            (".",                  None),
            ("e3",                 None),
            ("1a",                 None),
            ("--1",                None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_float(text), *expected, "{text}");
        }
        assert!(parse_float("NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn equal_numbers_and_not_a_number_go_by_the_order_given() {
        let asc = NumericalPolicy { order: Order::Asc };
        assert_eq!(asc.latest(&["1", "1.0", "1e0"]), Ok(Some("1e0")));
        assert_eq!(asc.latest(&["2", "NaN", "1"]), Ok(Some("1")));
        assert_eq!(asc.latest(&["2", "latest"]), Err("latest"));
        assert_eq!(NumericalPolicy { order: Order::Desc }.latest(&["10", "9"]), Ok(Some("9")));
    }
}
