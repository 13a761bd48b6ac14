//! Durations as Go writes them, `1m30s`.

use std::time::Duration;

/// Reads a Go duration without sign: numbers with `h`, `m`, `s` or `ms`.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration, write one as `30s` or `1m30s`");
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        let letters = rest[digits..]
            .find(|c: char| !c.is_ascii_alphabetic())
            .map_or(rest.len(), |end| digits + end);
        let unit = match &rest[digits..letters] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return Err(wrong()),
        };
        let part = Duration::try_from_secs_f64(number * unit).map_err(|_| wrong())?;
        total = total.checked_add(part).ok_or_else(wrong)?;
        rest = &rest[letters..];
    }
    if total.is_zero() { Err(wrong()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_writes() {
        for (text, seconds) in
            [("30s", Some(30.0)), ("1m30s", Some(90.0)), ("1.5h", Some(5400.0)), ("250ms", Some(0.25))]
        {
            assert_eq!(parse(text).ok().map(|d| d.as_secs_f64()), seconds, "{text}");
        }
        for text in ["", "30", "s", "1d", "-1s", "0s", "1e9h", "99999999999999999999h", "1..2s", "5 s"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
