//! Go's printing: what `fmt` writes for a value and a verb.

use super::{
    data,
    fuel::Fuel,
    spec::{self, Spec},
    values::{Key, Value},
};

/// A value as `{{ value }}` prints it.
pub(super) fn display(value: &Value, fuel: &mut Fuel) -> Result<String, String> {
    match value {
        Value::Str(text) => {
            fuel.text(text.len())?;
            Ok(text.as_ref().to_owned())
        }
        _ => Printer::new(fuel).whole(value, 'v'),
    }
}

/// `fmt.Sprint`: a space between two operands of which neither is a text.
pub(super) fn sprint(values: &[Value], fuel: &mut Fuel) -> Result<String, String> {
    let mut text = String::new();
    let mut after_text = true;
    for value in values {
        let is_text = matches!(value, Value::Str(_));
        if !is_text && !after_text {
            text.push(' ');
        }
        text.push_str(&display(value, fuel)?);
        fuel.text(text.len())?;
        after_text = is_text;
    }
    Ok(text)
}

/// `fmt.Sprintln`: a space between all operands, a line feed after the last.
pub(super) fn sprintln(values: &[Value], fuel: &mut Fuel) -> Result<String, String> {
    let mut text = String::new();
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            text.push(' ');
        }
        text.push_str(&display(value, fuel)?);
        fuel.text(text.len())?;
    }
    text.push('\n');
    Ok(text)
}

/// Writes values by a verb and its flags.
pub(super) struct Printer<'f> {
    pub(super) fuel: &'f mut Fuel,
    pub(super) spec: Spec,
    pub(super) out: String,
}

impl<'f> Printer<'f> {
    pub(super) fn new(fuel: &'f mut Fuel) -> Self {
        Self { fuel, spec: Spec::default(), out: String::new() }
    }

    fn whole(mut self, value: &Value, verb: char) -> Result<String, String> {
        self.argument(value, verb)?;
        Ok(self.out)
    }

    pub(super) fn push(&mut self, text: &str) -> Result<(), String> {
        Fuel::bound(self.out.len() + text.len())?;
        self.fuel.text(text.len())?;
        self.out.push_str(text);
        Ok(())
    }

    /// Writes an operand.
    pub(super) fn argument(&mut self, value: &Value, verb: char) -> Result<(), String> {
        match (value, verb) {
            (Value::Missing | Value::Nil, 'v') => {
                let text = self.spec.pad("<nil>");
                self.push(&text)
            }
            (_, 'T') => {
                let text = self.spec.text(value.type_name(), 's').unwrap_or_default();
                self.push(&text)
            }
            (Value::Missing | Value::Nil, _) => self.bad(value, verb),
            _ => self.value(value, verb, 0),
        }
    }

    /// Writes what says that a verb does not fit.
    fn bad(&mut self, value: &Value, verb: char) -> Result<(), String> {
        self.push(&format!("%!{verb}("))?;
        if value.is_nil() && matches!(value, Value::Missing | Value::Nil) {
            self.push("<nil>")?;
        } else {
            self.push(value.type_name())?;
            self.push("=")?;
            self.value(value, 'v', 0)?;
        }
        self.push(")")
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) -> Result<(), String> {
        Fuel::nest(depth)?;
        self.fuel.spend(1)?;
        if let Some(text) = data::stringer(value)
            && spec::is_for_text(verb)
            && !self.spec.go_syntax
        {
            return self.scalar(self.spec.text(&text, verb), value, verb);
        }
        let text = match value {
            Value::Missing | Value::Nil if self.spec.go_syntax => {
                Some("interface {}(nil)".to_owned())
            }
            Value::Missing | Value::Nil => Some("<nil>".to_owned()),
            Value::Bool(it) if matches!(verb, 't' | 'v') => {
                Some(self.spec.pad(if *it { "true" } else { "false" }))
            }
            Value::Bool(_) => None,
            Value::Int(it) | Value::Int64(it) => self.spec.integer(i128::from(*it), true, verb),
            Value::Uint8(it) => self.spec.integer(i128::from(*it), false, verb),
            Value::Uint64(it) => self.spec.integer(i128::from(*it), false, verb),
            Value::Float(it) => self.spec.float(*it, verb),
            Value::Str(it) => self.spec.text(it, verb),
            Value::List(_) | Value::Map(_) | Value::Struct(_) => {
                return self.composite(value, verb, depth);
            }
        };
        self.scalar(text, value, verb)
    }

    fn scalar(&mut self, text: Option<String>, value: &Value, verb: char) -> Result<(), String> {
        match text {
            Some(text) => self.push(&text),
            None => self.bad(value, verb),
        }
    }

    fn composite(&mut self, value: &Value, verb: char, depth: usize) -> Result<(), String> {
        let go = self.spec.go_syntax;
        if go {
            self.push(value.type_name())?;
            if value.is_nil() {
                return self.push("(nil)");
            }
        }
        let (open, close) = match value {
            _ if go => ("{", "}"),
            Value::List(_) => ("[", "]"),
            Value::Map(_) => ("map[", "]"),
            _ => ("{", "}"),
        };
        self.push(open)?;
        let mut first = true;
        let mut joint = |it: &mut Self| {
            let joint = match std::mem::take(&mut first) {
                true => "",
                false if go => ", ",
                false => " ",
            };
            it.push(joint)
        };
        match value {
            Value::List(list) => {
                for item in list.items() {
                    joint(self)?;
                    self.value(item, verb, depth + 1)?;
                }
            }
            Value::Map(map) => {
                for (key, item) in map.entries() {
                    joint(self)?;
                    self.key(&key, verb, depth)?;
                    self.push(":")?;
                    self.value(&item, verb, depth + 1)?;
                }
            }
            Value::Struct(it) => {
                for (field, item) in it.kind.fields.iter().zip(&it.fields) {
                    joint(self)?;
                    if self.spec.plus_v || go {
                        self.push(field.name)?;
                        self.push(":")?;
                    }
                    self.value(item, verb, depth + 1)?;
                }
            }
            _ => {}
        }
        self.push(close)
    }

    fn key(&mut self, key: &Key, verb: char, depth: usize) -> Result<(), String> {
        self.value(&key.to_value(), verb, depth + 1)
    }
}
