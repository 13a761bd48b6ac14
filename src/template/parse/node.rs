//! The parsed template. Positions are byte offsets into its text.

use std::{collections::HashMap, fmt, rc::Rc};

/// A template and those that it defines.
#[derive(Debug)]
pub(in crate::template) struct Tree {
    pub(in crate::template) root: Vec<Node>,
    pub(in crate::template) defines: HashMap<String, Vec<Node>>,
}

/// A piece of a template's body.
#[derive(Debug)]
pub(in crate::template) enum Node {
    Text(usize, Rc<str>),
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    /// `{{template "name" pipe}}`, `{{block …}}` too.
    Template(usize, String, Option<Pipe>),
    Break,
    Continue,
}

/// `if`, `with` or `range`, from its pipe to its `end`.
#[derive(Debug)]
pub(in crate::template) struct Branch {
    pub(in crate::template) pipe: Pipe,
    pub(in crate::template) body: Vec<Node>,
    pub(in crate::template) otherwise: Option<Vec<Node>>,
}

/// Commands joined by `|`, their result perhaps given to variables.
#[derive(Debug)]
pub(in crate::template) struct Pipe {
    pub(in crate::template) at: usize,
    pub(in crate::template) variables: Vec<String>,
    /// `=` rather than `:=`.
    pub(in crate::template) assigns: bool,
    pub(in crate::template) commands: Vec<Command>,
}

/// A value, or a function with its arguments.
#[derive(Debug)]
pub(in crate::template) struct Command {
    /// What is called or named.
    pub(in crate::template) head: Expr,
    pub(in crate::template) args: Vec<Expr>,
}

/// An operand.
#[derive(Debug)]
pub(in crate::template) struct Expr {
    pub(in crate::template) at: usize,
    pub(in crate::template) term: Term,
}

/// The kinds of operands.
#[derive(Debug)]
pub(in crate::template) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    /// The text, and as it was written.
    Str(Rc<str>, String),
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Function(String),
    Pipe(Box<Pipe>),
    /// Fields of what an operand gives.
    Chain(Box<Expr>, Vec<String>),
}

/// A number, under every type that can hold it: it takes its type where it is used.
#[derive(Debug, Clone)]
pub(in crate::template) struct Number {
    pub(in crate::template) text: String,
    pub(in crate::template) int: Option<i64>,
    pub(in crate::template) float: Option<f64>,
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = match &self.term {
            Term::Dot => return f.write_str("."),
            Term::Nil => return f.write_str("nil"),
            Term::Bool(it) => return write!(f, "{it}"),
            Term::Number(it) => return f.write_str(&it.text),
            Term::Str(_, written) => return f.write_str(written),
            Term::Function(name) => return f.write_str(name),
            Term::Pipe(pipe) => return write!(f, "({pipe})"),
            Term::Field(fields) => fields,
            Term::Variable(name, fields) => {
                f.write_str(name)?;
                fields
            }
            Term::Chain(of, fields) => {
                write!(f, "{of}")?;
                fields
            }
        };
        fields.iter().try_for_each(|field| write!(f, ".{field}"))
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.head)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            let sign = if self.assigns { "=" } else { ":=" };
            write!(f, "{} {sign} ", self.variables.join(", "))?;
        }
        for (i, command) in self.commands.iter().enumerate() {
            let joint = if i == 0 { "" } else { " | " };
            write!(f, "{joint}{command}")?;
        }
        Ok(())
    }
}
