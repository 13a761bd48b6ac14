//! Evaluates pipelines: fields, methods, functions and the types of their arguments.

use super::{
    data::{self, Member},
    eval::Evaluator,
    functions::{self, Args, Function, Type},
    parse::node::{Command, Expr, Number, Pipe, Term},
    values::{Map, MapKind, Value},
};

/// Why a template cannot be rendered, and the byte where that shows.
pub(super) type Failure = (usize, String);

fn failure(expr: &Expr, message: impl AsRef<str>) -> Failure {
    (expr.at, format!("`{expr}`: {}", message.as_ref()))
}

/// The arguments of a field or function: written ones, and the last from the
/// command before.
#[derive(Default)]
struct Given<'a> {
    args: &'a [Expr],
    last: Option<Value>,
}

impl Given<'_> {
    fn is_empty(&self) -> bool {
        self.args.is_empty() && self.last.is_none()
    }
}

impl<'a> Evaluator<'a> {
    /// The value of a pipeline; it declares or assigns the pipeline's variables.
    pub(super) fn pipe(&mut self, dot: &Value, pipe: &'a Pipe) -> Result<Value, Failure> {
        let mut value = None;
        for command in &pipe.commands {
            let given = Given { args: &command.args, last: value.take() };
            value = Some(match self.command(dot, command, given)? {
                // What an interface holds is taken out of it; nil leaves nothing.
                Value::Nil => Value::Missing,
                value => value,
            });
        }
        let value = value.unwrap_or(Value::Missing);
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(pipe.at, name, value.clone())?;
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    fn command(
        &mut self,
        dot: &Value,
        command: &'a Command,
        given: Given<'a>,
    ) -> Result<Value, Failure> {
        let head = &command.head;
        self.fuel.spend(1).map_err(|message| failure(head, message))?;
        let can_take = match &head.term {
            Term::Field(_) | Term::Chain(..) | Term::Function(_) => true,
            Term::Variable(_, fields) => !fields.is_empty(),
            _ => false,
        };
        if !can_take && !given.is_empty() {
            return Err(failure(head, "can't give argument to non-function"));
        }
        match &head.term {
            Term::Nil => Err(failure(head, "nil is not a command")),
            _ => self.operand(dot, head, given),
        }
    }

    /// The value of an operand where any type will do.
    fn operand(&mut self, dot: &Value, expr: &'a Expr, given: Given<'a>) -> Result<Value, Failure> {
        match &expr.term {
            Term::Dot => Ok(dot.clone()),
            Term::Nil => Ok(Value::Nil),
            Term::Bool(it) => Ok(Value::Bool(*it)),
            Term::Number(number) => ideal(number).map_err(|message| failure(expr, message)),
            Term::Str(text, _) => Ok(Value::Str(std::rc::Rc::clone(text))),
            Term::Field(fields) => self.fields(dot, dot.clone(), expr, fields, given),
            Term::Variable(name, fields) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                let Some((_, value)) = found else {
                    return Err(failure(expr, format!("undefined variable: {name}")));
                };
                let value = value.clone();
                self.fields(dot, value, expr, fields, given)
            }
            Term::Function(name) => {
                let Some(function) = functions::find(name) else {
                    return Err(failure(expr, "not a defined function"));
                };
                self.call(dot, expr, function, None, given)
            }
            Term::Pipe(pipe) => self.pipe(dot, pipe),
            Term::Chain(of, fields) => {
                if matches!(of.term, Term::Nil) {
                    return Err(failure(expr, "indirection through explicit nil"));
                }
                let value = self.operand(dot, of, Given::default())?;
                self.fields(dot, value, expr, fields, given)
            }
        }
    }

    /// Follows fields; only the last one gets the arguments.
    fn fields(
        &mut self,
        dot: &Value,
        mut value: Value,
        expr: &'a Expr,
        fields: &'a [String],
        given: Given<'a>,
    ) -> Result<Value, Failure> {
        let Some((last, before)) = fields.split_last() else { return Ok(value) };
        for name in before {
            value = self.field(dot, value, expr, name, Given::default())?;
        }
        self.field(dot, value, expr, last, given)
    }

    fn field(
        &mut self,
        dot: &Value,
        value: Value,
        expr: &'a Expr,
        name: &str,
        given: Given<'a>,
    ) -> Result<Value, Failure> {
        self.fuel.spend(1).map_err(|message| failure(expr, message))?;
        let member = match &value {
            Value::Missing => return Ok(Value::Missing),
            Value::Nil => {
                let message = format!("nil pointer evaluating interface {{}}.{name}");
                return Err(failure(expr, message));
            }
            Value::Struct(it) => data::member(it, name),
            Value::Map(map) if map.kind.has_text_keys() => {
                Some(Member::Field(map.get_str(name).unwrap_or(Value::Missing)))
            }
            _ => None,
        };
        let has_arguments = || {
            let message = format!("{name} has arguments but cannot be invoked as function");
            Err(failure(expr, message))
        };
        match member {
            Some(Member::Method(method)) => self.call(dot, expr, method, Some(value), given),
            Some(Member::Field(_) | Member::Removed(..)) if !given.is_empty() => has_arguments(),
            Some(Member::Field(field)) => Ok(field),
            Some(Member::Removed(field, name)) => {
                if !self.removed.contains(&name) {
                    self.removed.push(name);
                }
                Ok(field)
            }
            None => Err(failure(
                expr,
                format!("can't evaluate field {name} in type {}", value.type_name()),
            )),
        }
    }

    fn call(
        &mut self,
        dot: &Value,
        expr: &'a Expr,
        function: &'static Function,
        receiver: Option<Value>,
        given: Given<'a>,
    ) -> Result<Value, Failure> {
        let bound = usize::from(receiver.is_some());
        let count = bound + given.args.len() + usize::from(given.last.is_some());
        function.check_count(count).map_err(|message| failure(expr, message))?;
        let decides = match function.name {
            "and" => Some(false),
            "or" => Some(true),
            _ => None,
        };
        let mut args: Vec<Value> = receiver.into_iter().collect();
        for arg in given.args {
            let value = self.argument(dot, arg, function.param(args.len()))?;
            if decides == Some(value.is_true()) {
                return Ok(value);
            }
            args.push(value);
        }
        if let Some(last) = given.last {
            let admitted = function.param(args.len()).admit(last);
            args.push(admitted.map_err(|message| failure(expr, message))?);
        }
        (function.call)(Args(&args), &mut self.fuel)
            .map_err(|message| failure(expr, format!("error calling {}: {message}", function.name)))
    }

    /// The value of an argument, of the type that the function asks for.
    fn argument(&mut self, dot: &Value, expr: &'a Expr, param: Type) -> Result<Value, Failure> {
        self.fuel.spend(1).map_err(|message| failure(expr, message))?;
        let value = match (&expr.term, param) {
            (Term::Nil, Type::Any) => Ok(Value::Nil),
            (Term::Nil, Type::Reflect) => Ok(Value::Missing),
            (Term::Nil, Type::Dict) => Ok(Value::Map(Map::nil(MapKind::Dict))),
            (Term::Nil, _) => Err(format!("cannot assign nil to {}", param.name())),
            (Term::Number(_) | Term::Bool(_) | Term::Str(..), Type::Dict | Type::Version) => {
                Err(format!("can't handle it for arg of type {}", param.name()))
            }
            (Term::Number(Number { int: Some(int), .. }), Type::Int) => Ok(Value::Int(*int)),
            (Term::Number(Number { float: Some(float), .. }), Type::Float) => {
                Ok(Value::Float(*float))
            }
            (Term::Number(_) | Term::Bool(_) | Term::Str(..), Type::Int) => {
                Err("expected integer".to_owned())
            }
            (Term::Bool(_) | Term::Str(..), Type::Float) => Err("expected float".to_owned()),
            (Term::Number(_) | Term::Bool(_), Type::Str) => Err("expected string".to_owned()),
            (Term::Number(_) | Term::Str(..), Type::Bool) => Err("expected bool".to_owned()),
            _ => {
                let value = self.operand(dot, expr, Given::default())?;
                param.admit(value)
            }
        };
        value.map_err(|message| failure(expr, message))
    }
}

/// The value of a number that nothing gives a type: its spelling decides.
fn ideal(number: &Number) -> Result<Value, String> {
    let text = &number.text;
    let hex = text.starts_with("0x") || text.starts_with("0X");
    let hex_int = hex && !text.contains(['p', 'P']);
    let is_float = !hex_int && !text.starts_with('\'') && text.contains(['.', 'e', 'E', 'p', 'P']);
    match (number.float, number.int) {
        (Some(float), _) if is_float => Ok(Value::Float(float)),
        (_, Some(int)) => Ok(Value::Int(int)),
        _ => Err(format!("{text} overflows int")),
    }
}
