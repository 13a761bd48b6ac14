//! Made-up questions, answered by the libraries that Flux uses.
//!
//! `tests/oracle/policy` is the program that answers; a sample of its answers
//! lies in `tests/oracle/recorded`, and `tests/oracle/run` asks thousands of
//! new ones and puts their folder into `POLICY_ORACLE`.

use flux_image_updates::policy::{Range, TagFilter, Version, parse_float};
use serde_json::Value;

use super::strings;

/// Compares every answer of a kind with ours.
fn replay(kind: &str, ours: impl Fn(&str, &Value) -> Value) {
    let folder = std::env::var("POLICY_ORACLE").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/recorded").to_owned()
    });
    let path = format!("{folder}/{kind}.jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut asked = 0;
    let mut differing = Vec::new();
    for line in text.lines() {
        let question: Value = serde_json::from_str(line).unwrap();
        let answer = ours(question["text"].as_str().unwrap(), &question);
        asked += 1;
        if answer != question["answer"] {
            differing.push(format!("{line}\n  ours: {answer}"));
        }
    }
    assert!(asked > 0, "{path} is empty");
    let shown = differing.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differing.is_empty(), "{} of {asked} differ:\n{shown}", differing.len());
}

#[test]
fn ranges() {
    replay("range", |text, question| {
        let Ok(range) = Range::parse(text) else {
            return "refused".into();
        };
        let answer = |tag: &str| match Version::parse(tag) {
            Err(_) => '-',
            Ok(version) if range.contains(&version) => 'y',
            Ok(_) => 'n',
        };
        strings(&question["tags"]).into_iter().map(answer).collect::<String>().into()
    });
}

#[test]
fn precedence() {
    replay("versions", |_, question| {
        let mut versions: Vec<(Version, &str)> = strings(&question["tags"])
            .into_iter()
            .filter_map(|tag| Some((Version::parse(tag).ok()?, tag)))
            .collect();
        versions.sort_by(|(a, _), (b, _)| a.cmp(b));
        versions.into_iter().map(|(_, tag)| tag).collect::<Vec<_>>().into()
    });
}

#[test]
fn patterns() {
    replay("pattern", |text, question| {
        let extract = question["extract"].as_str().unwrap_or_default();
        let Ok(filter) = TagFilter::new(text, extract) else {
            return "refused".into();
        };
        let value = |tag| filter.value(tag).map(String::from);
        strings(&question["tags"]).into_iter().map(value).collect::<Vec<_>>().into()
    });
}

#[test]
fn numbers() {
    replay("number", |text, question| match (parse_float(text), &question["answer"]) {
        (None, _) => "refused".into(),
        (Some(number), _) if number.is_nan() => "nan".into(),
        (Some(number), Value::String(answer)) if Some(number.to_bits()) == bits(answer) => {
            answer.as_str().into()
        }
        (Some(number), _) => number.into(),
    });
}

/// The bits of what Go prints with `FormatFloat(f, 'x', -1, 64)`.
fn bits(text: &str) -> Option<u64> {
    let number = match text {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        text => {
            let (mantissa, exponent) = text.split_once('p')?;
            let (sign, mantissa) =
                mantissa.strip_prefix('-').map_or((1.0, mantissa), |mantissa| (-1.0, mantissa));
            let (whole, fraction) =
                mantissa.strip_prefix("0x")?.split_once('.').unwrap_or((&mantissa[2..], ""));
            let digits = u64::from_str_radix(&format!("{whole}{fraction}"), 16).ok()?;
            let exponent =
                exponent.parse::<i32>().ok()? - 4 * i32::try_from(fraction.len()).ok()?;
            // In two steps, so that the power itself does not run out of range.
            #[expect(clippy::cast_precision_loss, reason = "53 bits at most")]
            let digits = digits as f64;
            let half = exponent / 2;
            sign * digits * 2f64.powi(half) * 2f64.powi(exponent - half)
        }
    };
    Some(number.to_bits())
}
