//! How long a server asks us to wait, in all the forms that are in use.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Numbers above this are points in time (seconds since 1970), not spans:
/// Docker Hub sends those.
const EPOCH: f64 = 1e9;

/// The wait that an answer asks for: `Retry-After` in seconds, as a date or as
/// an epoch, `X-Retry-After` as an epoch, or GHCR's `retry-after: 10.3ms` in
/// the message. A time that is past asks for nothing.
pub(super) fn told(headers: &HeaderMap, message: &str, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    text(RETRY_AFTER.as_str())
        .and_then(|value| of_number(value, now).or_else(|| of_date(value, now)))
        .or_else(|| of_number(text("x-retry-after")?, now))
        .or_else(|| of_message(message))
}

/// How many requests the host still admits, and until when that counts:
/// `RateLimit-Remaining` and `-Reset`, or `RateLimit: remaining=…, reset=…`.
/// Docker Hub's `ratelimit-remaining` counts pulls, has no reset and is left out.
pub(super) fn remaining(headers: &HeaderMap, now: SystemTime) -> Option<(usize, Duration)> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let within = |name: &str| {
        text("ratelimit")?.split([',', ';']).find_map(|part| {
            let (own, value) = part.split_once('=')?;
            own.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let remaining = text("ratelimit-remaining").or_else(|| within("remaining"))?;
    let reset = text("ratelimit-reset").or_else(|| within("reset"))?;
    Some((remaining.parse().ok()?, of_number(reset, now)?))
}

fn of_number(value: &str, now: SystemTime) -> Option<Duration> {
    let number: f64 = value.parse().ok()?;
    if number <= EPOCH {
        return Duration::try_from_secs_f64(number).ok();
    }
    let then = UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(number).ok()?)?;
    then.duration_since(now).ok()
}

fn of_date(value: &str, now: SystemTime) -> Option<Duration> {
    httpdate::parse_http_date(value).ok()?.duration_since(now).ok()
}

fn of_message(message: &str) -> Option<Duration> {
    let (_, after) = message.split_once("retry-after:")?;
    of_go(after.trim_start().split([',', ' ', '"']).next()?)
}

/// A duration as Go prints it, e.g. `1m2.5s`.
fn of_go(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        seconds += number
            * match &rest[..unit] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "µs" | "us" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = &rest[unit..];
    }
    if text.is_empty() { None } else { Duration::try_from_secs_f64(seconds).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-05-01 21:00:00 UTC.
    const NOW: u64 = 1_746_133_200;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn reads_every_form() {
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        #[rustfmt::skip]
        let rows: &[(&[(&str, &str)], &str, Option<u64>)] = &[
            // headers                                                message                     milliseconds
            (&[("retry-after", "7")],                                 "",                         Some(7_000)),
            (&[("retry-after", " 0 ")],                               "",                         Some(0)),
            (&[("retry-after", "Thu, 01 May 2025 21:00:05 GMT")],     "",                         Some(5_000)),
            (&[("retry-after", "Thursday, 01-May-25 21:00:05 GMT")],  "",                         Some(5_000)),
            (&[("retry-after", "Thu May  1 21:00:05 2025")],          "",                         Some(5_000)),
            (&[("retry-after", "Thu, 01 May 2025 20:00:00 GMT")],     "",                         None),
            (&[("retry-after", "1746133230")],                        "",                         Some(30_000)),
            (&[("retry-after", "1746133100")],                        "",                         None),
            (&[("x-retry-after", "1746133230")],                      "",                         Some(30_000)),
            (&[("retry-after", "soon")],                              "",                         None),
            (&[("retry-after", "-5")],                                "",                         None),
            (&[],              "retry-after: 10.3ms, allowed: 2000/minute",                       Some(10)),
            (&[],              "retry-after: 1m2.5s",                                             Some(62_500)),
            (&[],              "retry-after: ever",                                               None),
            (&[],              "slow down",                                                       None),
        ];
        for (pairs, message, expected) in rows {
            let told = told(&headers(pairs), message, now).map(|wait| wait.as_millis());
            assert_eq!(told, expected.map(u128::from), "{pairs:?} {message}");
        }
    }

    #[test]
    fn reads_what_remains() {
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        #[rustfmt::skip]
        let rows: &[(&[(&str, &str)], Option<(usize, u64)>)] = &[
            (&[("ratelimit-remaining", "0"), ("ratelimit-reset", "30")],         Some((0, 30))),
            (&[("ratelimit-remaining", "4"), ("ratelimit-reset", "1746133230")], Some((4, 30))),
            (&[("ratelimit", "limit=10, remaining=3, reset=5")],                 Some((3, 5))),
            (&[("ratelimit-remaining", "76;w=21600")],                           None),
            (&[],                                                                None),
        ];
        for (pairs, expected) in rows {
            let found = remaining(&headers(pairs), now).map(|(left, span)| (left, span.as_secs()));
            assert_eq!(found, *expected, "{pairs:?}");
        }
    }
}
