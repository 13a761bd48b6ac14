//! Walks a parsed template, as Go's `text/template` does.

use super::{
    call::Failure,
    fuel::Fuel,
    parse::node::{Branch, Node, Pipe, Tree},
    print,
    values::Value,
};

/// The name that Flux gives the template; a template may call itself by it.
const NAME: &str = "commit message";

/// How deep blocks and called templates may stand in one another at a time.
const DEPTH: usize = 100;

/// What a rendering has come to.
#[derive(Debug)]
pub(super) struct Evaluator<'a> {
    tree: &'a Tree,
    pub(super) out: String,
    pub(super) fuel: Fuel,
    pub(super) variables: Vec<(&'a str, Value)>,
    depth: usize,
    /// The removed fields that were read, each once.
    pub(super) removed: Vec<&'static str>,
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self {
            tree,
            out: String::new(),
            fuel: Fuel::new(),
            variables: Vec::new(),
            depth: 0,
            removed: Vec::new(),
        }
    }

    /// Renders the template for a value of `.`.
    pub(super) fn run(&mut self, dot: &Value) -> Result<(), Failure> {
        self.variables.push(("$", dot.clone()));
        self.walk(&self.tree.root, dot).map(|_| ())
    }

    fn walk(&mut self, nodes: &'a [Node], dot: &Value) -> Result<Flow, Failure> {
        for node in nodes {
            let flow = match node {
                Node::Text(at, text) => {
                    self.write(text).map_err(|message| (*at, message))?;
                    Flow::On
                }
                Node::Action(pipe) => {
                    let value = self.pipe(dot, pipe)?;
                    if pipe.variables.is_empty() {
                        self.print(pipe, &value)?;
                    }
                    Flow::On
                }
                Node::If(branch) => self.choose(branch, dot, false)?,
                Node::With(branch) => self.choose(branch, dot, true)?,
                Node::Range(branch) => self.range(branch, dot)?,
                Node::Template(at, name, pipe) => {
                    self.template(*at, name, pipe.as_ref(), dot)?;
                    Flow::On
                }
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn write(&mut self, text: &str) -> Result<(), String> {
        self.fuel.spend(1)?;
        Fuel::bound(self.out.len() + text.len())?;
        self.fuel.text(text.len())?;
        self.out.push_str(text);
        Ok(())
    }

    fn print(&mut self, pipe: &Pipe, value: &Value) -> Result<(), Failure> {
        let text = match value {
            Value::Missing | Value::Nil => Ok("<no value>".to_owned()),
            value => print::display(value, &mut self.fuel),
        };
        text.and_then(|text| self.write(&text)).map_err(|message| (pipe.at, message))
    }

    /// Runs a part one level deeper; what it declares is gone afterwards.
    fn deeper<T>(
        &mut self,
        at: usize,
        part: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if self.depth == DEPTH {
            return Err((at, format!("blocks and templates nest more than {DEPTH} levels")));
        }
        self.depth += 1;
        let known = self.variables.len();
        let result = part(self);
        self.variables.truncate(known);
        self.depth -= 1;
        result
    }

    fn choose(&mut self, branch: &'a Branch, dot: &Value, with: bool) -> Result<Flow, Failure> {
        self.deeper(branch.pipe.at, |it| {
            let value = it.pipe(dot, &branch.pipe)?;
            match &branch.otherwise {
                _ if value.is_true() => it.walk(&branch.body, if with { &value } else { dot }),
                Some(otherwise) => it.walk(otherwise, dot),
                None => Ok(Flow::On),
            }
        })
    }

    fn range(&mut self, branch: &'a Branch, dot: &Value) -> Result<Flow, Failure> {
        self.deeper(branch.pipe.at, |it| {
            let value = it.pipe(dot, &branch.pipe)?;
            if !it.each(branch, &value)?
                && let Some(otherwise) = &branch.otherwise
            {
                return it.walk(otherwise, dot);
            }
            Ok(Flow::On)
        })
    }

    /// Walks the body for each entry; says whether there was one.
    fn each(&mut self, branch: &'a Branch, value: &Value) -> Result<bool, Failure> {
        let count = match value {
            Value::List(list) => {
                for (i, item) in list.items().iter().enumerate() {
                    if !self.once(branch, Some(super::builtins::int(i)), item)? {
                        break;
                    }
                }
                return Ok(!list.items().is_empty());
            }
            Value::Map(map) => {
                let entries = map.entries();
                self.fuel.spend(entries.len()).map_err(|message| (branch.pipe.at, message))?;
                for (key, item) in &entries {
                    if !self.once(branch, Some(key.to_value()), item)? {
                        break;
                    }
                }
                return Ok(!entries.is_empty());
            }
            Value::Missing | Value::Nil => return Ok(false),
            Value::Int(count) | Value::Int64(count) => u64::try_from(*count).unwrap_or(0),
            Value::Uint8(count) => u64::from(*count),
            Value::Uint64(count) => *count,
            other => {
                let shown = print::display(other, &mut self.fuel).unwrap_or_default();
                let message = format!("range can't iterate over {shown}");
                return Err((branch.pipe.at, message));
            }
        };
        if branch.pipe.variables.len() > 1 {
            let message = format!("can't use {count} to iterate over more than one variable");
            return Err((branch.pipe.at, message));
        }
        for number in 0..count {
            // The numbers have the type of the count.
            let item = match value {
                Value::Int64(_) => Value::Int64(i64::try_from(number).unwrap_or(i64::MAX)),
                Value::Uint8(_) => Value::Uint8(u8::try_from(number).unwrap_or(u8::MAX)),
                Value::Uint64(_) => Value::Uint64(number),
                _ => Value::Int(i64::try_from(number).unwrap_or(i64::MAX)),
            };
            if !self.once(branch, None, &item)? {
                break;
            }
        }
        Ok(count > 0)
    }

    /// Walks the body once; says whether to go on.
    fn once(
        &mut self,
        branch: &'a Branch,
        index: Option<Value>,
        item: &Value,
    ) -> Result<bool, Failure> {
        let pipe = &branch.pipe;
        self.fuel.spend(1).map_err(|message| (pipe.at, message))?;
        let known = self.variables.len();
        let given = match pipe.variables.as_slice() {
            [] => vec![],
            [value] => vec![(value, item.clone())],
            [key, value, ..] => vec![(key, index.unwrap_or(Value::Missing)), (value, item.clone())],
        };
        let count = given.len();
        for (i, (name, value)) in given.into_iter().enumerate() {
            if pipe.assigns {
                self.assign(pipe.at, name, value)?;
            } else if let Some(variable) = self.variables.get_mut(known - count + i) {
                // The pipe has declared them last, with the whole value.
                variable.1 = value;
            }
        }
        let flow = self.walk(&branch.body, item)?;
        self.variables.truncate(known);
        Ok(flow != Flow::Break)
    }

    fn template(
        &mut self,
        at: usize,
        name: &str,
        pipe: Option<&'a Pipe>,
        dot: &Value,
    ) -> Result<(), Failure> {
        let tree = self.tree;
        let body = match tree.defines.get(name) {
            Some(body) => body,
            None if name == NAME => &tree.root,
            None => return Err((at, format!("template {name:?} not defined"))),
        };
        let dot = match pipe {
            Some(pipe) => self.pipe(dot, pipe)?,
            None => Value::Missing,
        };
        // A called template sees none of the caller's variables.
        let outer = std::mem::replace(&mut self.variables, vec![("$", dot.clone())]);
        let result = self.deeper(at, |it| it.walk(body, &dot));
        self.variables = outer;
        result.map(|_| ())
    }

    /// Gives a variable that exists another value.
    pub(super) fn assign(&mut self, at: usize, name: &str, value: Value) -> Result<(), Failure> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, old)) => {
                *old = value;
                Ok(())
            }
            None => Err((at, format!("undefined variable: {name}"))),
        }
    }
}
