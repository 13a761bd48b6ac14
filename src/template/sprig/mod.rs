//! sprig 3.3's hermetic functions, one file a family.

mod cases;
mod decimal;
mod defaults;
mod dicts;
mod encoding;
mod json;
mod lists;
mod math;
mod merge;
mod paths;
mod reflection;
mod regex;
mod strings;
pub(super) mod version;
mod words;

use super::{
    fuel::Fuel,
    functions::Function,
    print,
    values::{Elem, List, Value},
};

/// All functions, by family.
pub(super) const FAMILIES: &[&[Function]] = &[
    cases::FUNCTIONS,
    defaults::FUNCTIONS,
    dicts::FUNCTIONS,
    encoding::FUNCTIONS,
    json::FUNCTIONS,
    lists::FUNCTIONS,
    math::FUNCTIONS,
    paths::FUNCTIONS,
    reflection::FUNCTIONS,
    regex::FUNCTIONS,
    strings::FUNCTIONS,
    version::FUNCTIONS,
    words::FUNCTIONS,
];

/// Why a function that sprig calls hermetic is refused here.
pub(super) fn refused(name: &str) -> Option<&'static str> {
    Some(match name {
        "bcrypt"
        | "htpasswd"
        | "genPrivateKey"
        | "derivePassword"
        | "buildCustomCert"
        | "genCA"
        | "genCAWithKey"
        | "genSelfSignedCert"
        | "genSelfSignedCertWithKey"
        | "genSignedCert"
        | "genSignedCertWithKey"
        | "encryptAES"
        | "decryptAES" => "a message holds no keys, passwords or certificates",
        "randInt" | "shuffle" => "a message does not depend on chance",
        "ago" | "toDate" | "mustToDate" | "mustDateModify" | "must_date_modify" | "unixEpoch"
        | "duration" | "durationRound" => "a message does not depend on the clock or its zone",
        "urlParse" | "urlJoin" => "URLs are not taken apart in a message",
        _ => return None,
    })
}

/// sprig's `strval`: any value as a text.
fn text_of(value: &Value, fuel: &mut Fuel) -> Result<String, String> {
    print::display(value, fuel)
}

/// sprig's `strslice`: the entries of a list as texts, nil ones left out;
/// anything else is a list of one.
fn texts_of(value: &Value, fuel: &mut Fuel) -> Result<Vec<String>, String> {
    let one = std::slice::from_ref(value);
    let items = match value {
        Value::List(list) => list.items(),
        _ => one,
    };
    fuel.list(items.len())?;
    let texts = items.iter().filter(|it| !matches!(it, Value::Missing | Value::Nil));
    texts.map(|item| text_of(item, fuel)).collect()
}

/// A `[]string`.
fn strings_value(texts: impl IntoIterator<Item = impl Into<Value>>) -> Value {
    Value::List(List::new(Elem::Str, texts.into_iter().map(Into::into).collect()))
}

/// A text that a function has made, paid for.
fn made(text: String, fuel: &mut Fuel) -> Result<Value, String> {
    fuel.text(text.len())?;
    Ok(text.into())
}

/// The bytes of a text from one place to another. Go cuts characters in two;
/// here what is left of one is replaced.
fn cut(text: &str, from: i64, to: i64) -> Result<String, String> {
    let length = text.len();
    let bounds = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    bounds
        .and_then(|(from, to)| text.as_bytes().get(from..to))
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .ok_or_else(|| format!("slice bounds out of range [{from}:{to}] with length {length}"))
}
