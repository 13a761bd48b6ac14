//! JSON as Go's `encoding/json` writes and reads it.

use std::fmt::Write as _;

use super::made;
use crate::template::{
    data, float,
    fuel::Fuel,
    functions::{
        Function,
        Type::{Any, Str},
    },
    values::{Elem, Key, List, Map, MapKind, Struct, Value},
};

pub(super) const FUNCTIONS: &[Function] = &[
    // Without `must`, what has no JSON is an empty text.
    Function::new("toJson", &[Any], |args, fuel| quiet(args.any(0), Form::Html, fuel)),
    Function::new("mustToJson", &[Any], |args, fuel| written(args.any(0), Form::Html, fuel)),
    Function::new("toPrettyJson", &[Any], |args, fuel| quiet(args.any(0), Form::Pretty, fuel)),
    Function::new("mustToPrettyJson", &[Any], |args, fuel| {
        written(args.any(0), Form::Pretty, fuel)
    }),
    Function::new("toRawJson", &[Any], |args, fuel| written(args.any(0), Form::Raw, fuel)),
    Function::new("mustToRawJson", &[Any], |args, fuel| written(args.any(0), Form::Raw, fuel)),
    Function::new("fromJson", &[Str], |args, fuel| match serde_json::from_str(args.str(0)) {
        Ok(json) => read(&json, fuel),
        Err(_) => Ok(Value::Nil),
    }),
    Function::new("mustFromJson", &[Str], |args, fuel| {
        let json = serde_json::from_str(args.str(0)).map_err(|error| error.to_string())?;
        read(&json, fuel)
    }),
];

/// How JSON is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `<`, `>` and `&` escaped, as Go does by default.
    Html,
    /// The same over several lines.
    Pretty,
    Raw,
}

/// What keeps a value from having a JSON text.
enum Fault {
    /// Go has none for it either.
    None(String),
    /// A bound of ours.
    Bound(String),
}

fn quiet(value: &Value, form: Form, fuel: &mut Fuel) -> Result<Value, String> {
    match text(value, form, fuel) {
        Ok(text) => Ok(text.into()),
        Err(Fault::None(_)) => Ok("".into()),
        Err(Fault::Bound(message)) => Err(message),
    }
}

fn written(value: &Value, form: Form, fuel: &mut Fuel) -> Result<Value, String> {
    match text(value, form, fuel) {
        Ok(text) => Ok(text.into()),
        Err(Fault::None(message) | Fault::Bound(message)) => Err(message),
    }
}

fn text(value: &Value, form: Form, fuel: &mut Fuel) -> Result<String, Fault> {
    let mut writer = Writer { out: String::new(), form, fuel };
    writer.value(value, 0)?;
    writer.fuel.text(writer.out.len()).map_err(Fault::Bound)?;
    Ok(writer.out)
}

struct Writer<'f> {
    out: String,
    form: Form,
    fuel: &'f mut Fuel,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Fault> {
        Fuel::nest(depth).map_err(Fault::Bound)?;
        self.fuel.spend(1).map_err(Fault::Bound)?;
        Fuel::bound(self.out.len()).map_err(Fault::Bound)?;
        match value {
            _ if value.is_nil() => self.out.push_str("null"),
            Value::Bool(it) => self.out.push_str(if *it { "true" } else { "false" }),
            Value::Int(it) | Value::Int64(it) => self.out.push_str(&it.to_string()),
            Value::Uint8(it) => self.out.push_str(&it.to_string()),
            Value::Uint64(it) => self.out.push_str(&it.to_string()),
            Value::Float(it) if it.is_finite() => self.out.push_str(&float::json(*it)),
            Value::Float(it) => {
                let shown = float::format(*it, 'g', None);
                return Err(Fault::None(format!("json: unsupported value: {shown}")));
            }
            Value::Str(text) => self.string(text),
            Value::List(list) => {
                let items = list.items().iter().map(|item| (None, item.clone()));
                self.block(['[', ']'], items, depth)?;
            }
            Value::Map(map) if !map.kind.has_text_keys() => {
                let message = format!("json: unsupported type: {}", value.type_name());
                return Err(Fault::None(message));
            }
            Value::Map(map) => {
                let entries = map.entries().into_iter().map(|(key, value)| match key {
                    Key::Str(key) => (Some(key), value),
                    Key::Object(_) => (None, value),
                });
                self.block(['{', '}'], entries, depth)?;
            }
            Value::Struct(it) => match data::stringer(value) {
                Some(text) if it.kind.name == "*semver.Version" => self.string(&text),
                _ => {
                    let mut fields = Vec::new();
                    collect(it, &mut fields);
                    self.block(['{', '}'], fields.into_iter(), depth)?;
                }
            },
            Value::Missing | Value::Nil => {}
        }
        Ok(())
    }

    fn block(
        &mut self,
        [open, close]: [char; 2],
        entries: impl ExactSizeIterator<Item = (Option<std::rc::Rc<str>>, Value)>,
        depth: usize,
    ) -> Result<(), Fault> {
        self.out.push(open);
        let is_empty = entries.len() == 0;
        for (i, (key, value)) in entries.enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.feed(depth + 1);
            if let Some(key) = key {
                self.string(&key);
                self.out.push_str(if self.form == Form::Pretty { ": " } else { ":" });
            }
            self.value(&value, depth + 1)?;
        }
        if !is_empty {
            self.feed(depth);
        }
        self.out.push(close);
        Ok(())
    }

    fn feed(&mut self, depth: usize) {
        if self.form == Form::Pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", depth));
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\x08' => self.out.push_str("\\b"),
                '\x0c' => self.out.push_str("\\f"),
                '<' | '>' | '&' if self.form == Form::Raw => self.out.push(c),
                '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    // Writing to a text cannot fail.
                    let _ = write!(self.out, "\\u{:04x}", u32::from(c));
                }
                _ => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

/// The fields of a struct with those of the embedded ones; tagged ones are
/// left out where they are empty.
fn collect(it: &Struct, fields: &mut Vec<(Option<std::rc::Rc<str>>, Value)>) {
    for (field, value) in it.kind.fields.iter().zip(&it.fields) {
        match value {
            Value::Struct(inner) if field.embedded => collect(inner, fields),
            _ if field.json.is_some() && value.is_zero() => {}
            _ => fields.push((Some(field.json.unwrap_or(field.name).into()), value.clone())),
        }
    }
}

/// A value from JSON: every number is a `float64`.
fn read(json: &serde_json::Value, fuel: &mut Fuel) -> Result<Value, String> {
    fuel.spend(1)?;
    Ok(match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(it) => Value::Bool(*it),
        serde_json::Value::Number(it) => Value::Float(it.as_f64().unwrap_or(0.0)),
        serde_json::Value::String(text) => made(text.clone(), fuel)?,
        serde_json::Value::Array(items) => {
            fuel.list(items.len())?;
            let items = items.iter().map(|it| read(it, fuel)).collect::<Result<_, _>>()?;
            Value::List(List::new(Elem::Any, items))
        }
        serde_json::Value::Object(entries) => {
            fuel.list(entries.len())?;
            let entries = entries
                .iter()
                .map(|(key, value)| Ok((Key::Str(key.as_str().into()), read(value, fuel)?)));
            Value::Map(Map::new(MapKind::Dict, entries.collect::<Result<_, String>>()?))
        }
    })
}
