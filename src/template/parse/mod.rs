//! Go's `text/template` language read into a tree, without a single liberty.
//!
//! The rules and the words of errors are those of Go's `text/template/parse`.
//! What cannot be rendered is refused here: unknown functions, unknown
//! variables, `break` outside `range`, a block without its `end`.

mod lexer;
pub(super) mod literal;
pub(super) mod node;
mod pipe;

use std::collections::{HashMap, hash_map::Entry};

use self::{
    lexer::{Kind, Token},
    node::{Branch, Node, Tree},
    pipe::unquote,
};

/// How deep blocks and parentheses may stand in one another. Go admits far
/// more; a message needs a handful, and the stack is finite.
const NESTING: usize = 50;

/// Why a text is no template, and the byte where that shows.
pub(super) type ParseError = (usize, String);

/// Reads a template.
///
/// `function` says why a function's name is refused, if it is.
pub(super) fn parse(
    text: &str,
    function: fn(&str) -> Result<(), String>,
) -> Result<Tree, ParseError> {
    let mut parser = Parser {
        tokens: lexer::tokens(text),
        next: 0,
        variables: vec!["$".to_owned()],
        loops: 0,
        depth: 0,
        defines: HashMap::new(),
        function,
    };
    let root = parser.template()?;
    Ok(Tree { root, defines: parser.defines })
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
    variables: Vec<String>,
    /// How many `range` this place stands in.
    loops: usize,
    depth: usize,
    defines: HashMap<String, Vec<Node>>,
    function: fn(&str) -> Result<(), String>,
}

/// What ends a block's body.
enum End<'a> {
    End,
    /// `else`, and the keyword that may follow.
    Else(Token<'a>),
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Token<'a> {
        // The last token is the end or an error and is never passed.
        self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token<'a> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn peek_word(&mut self) -> Token<'a> {
        while self.peek().kind == Kind::Space {
            self.next += 1;
        }
        self.peek()
    }

    fn take_word(&mut self) -> Token<'a> {
        self.peek_word();
        self.take()
    }

    fn unexpected<T>(token: Token<'_>, context: &str) -> Result<T, ParseError> {
        Err(match token.kind {
            Kind::Error => (token.at, token.text.to_owned()),
            Kind::Eof => (token.at, "unexpected end of the template".to_owned()),
            _ => (token.at, format!("unexpected `{}` in {context}", token.text)),
        })
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token<'a>, ParseError> {
        let token = self.take_word();
        if token.kind == kind { Ok(token) } else { Self::unexpected(token, context) }
    }

    /// Runs a part one level deeper.
    fn deeper<T>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<T, ParseError>,
    ) -> Result<T, ParseError> {
        if self.depth == NESTING {
            let message = format!("the template nests more than {NESTING} levels");
            return Err((self.peek().at, message));
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    fn template(&mut self) -> Result<Vec<Node>, ParseError> {
        let mut nodes = Vec::new();
        loop {
            let token = self.peek();
            if token.kind == Kind::Eof {
                return Ok(nodes);
            }
            let start = self.next;
            if token.kind == Kind::Open {
                self.take();
                let keyword = self.take_word();
                if keyword.kind == Kind::Keyword && keyword.text == "define" {
                    self.define()?;
                    continue;
                }
                self.next = start;
            }
            match self.node()? {
                Ok(node) => nodes.push(node),
                Err((at, End::End)) => return Err((at, "unexpected `{{end}}`".to_owned())),
                Err((at, End::Else(_))) => return Err((at, "unexpected `{{else}}`".to_owned())),
            }
        }
    }

    fn define(&mut self) -> Result<(), ParseError> {
        const CONTEXT: &str = "define clause";
        let name = self.template_name(CONTEXT)?;
        self.expect(Kind::Close, CONTEXT)?;
        let body = self.own_body(CONTEXT)?;
        self.add(name, body)
    }

    /// The body of a template of its own, which sees none of the variables around it.
    fn own_body(&mut self, context: &str) -> Result<Vec<Node>, ParseError> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let loops = std::mem::replace(&mut self.loops, 0);
        let (body, at, end) = self.deeper(Self::body)?;
        self.variables = variables;
        self.loops = loops;
        match end {
            End::End => Ok(body),
            End::Else(_) => Err((at, format!("unexpected `{{{{else}}}}` in {context}"))),
        }
    }

    fn add(&mut self, (at, name): (usize, String), body: Vec<Node>) -> Result<(), ParseError> {
        match self.defines.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(body);
            }
            Entry::Occupied(mut entry) if is_blank(entry.get()) => {
                entry.insert(body);
            }
            Entry::Occupied(_) if is_blank(&body) => {}
            Entry::Occupied(entry) => {
                return Err((at, format!("multiple definition of template {:?}", entry.key())));
            }
        }
        Ok(())
    }

    /// Nodes up to an `end` or `else`, and where that stands.
    fn body(&mut self) -> Result<(Vec<Node>, usize, End<'a>), ParseError> {
        let mut nodes = Vec::new();
        loop {
            match self.node()? {
                Ok(node) => nodes.push(node),
                Err((at, end)) => return Ok((nodes, at, end)),
            }
        }
    }

    fn node(&mut self) -> Result<Result<Node, (usize, End<'a>)>, ParseError> {
        let token = self.take_word();
        match token.kind {
            Kind::Text => Ok(Ok(Node::Text(token.at, token.text.into()))),
            Kind::Open => self.action(token.at),
            Kind::Eof => Err((
                token.at,
                "unexpected end of the template, an `{{end}}` is missing".to_owned(),
            )),
            _ => Self::unexpected(token, "input"),
        }
    }

    fn action(&mut self, open: usize) -> Result<Result<Node, (usize, End<'a>)>, ParseError> {
        let token = self.peek_word();
        if token.kind != Kind::Keyword {
            return Ok(Ok(Node::Action(self.pipe("command", Kind::Close)?)));
        }
        self.take();
        Ok(Ok(match token.text {
            "if" => Node::If(self.deeper(|it| it.branch("if"))?),
            "with" => Node::With(self.deeper(|it| it.branch("with"))?),
            "range" => Node::Range(self.deeper(|it| it.branch("range"))?),
            "template" => {
                let (at, name) = self.template_name("template clause")?;
                let pipe = match self.peek_word().kind {
                    Kind::Close => {
                        self.take();
                        None
                    }
                    _ => Some(self.pipe("template clause", Kind::Close)?),
                };
                Node::Template(at, name, pipe)
            }
            "block" => {
                const CONTEXT: &str = "block clause";
                let (at, name) = self.template_name(CONTEXT)?;
                let pipe = self.pipe(CONTEXT, Kind::Close)?;
                let body = self.own_body(CONTEXT)?;
                self.add((at, name.clone()), body)?;
                Node::Template(at, name, Some(pipe))
            }
            "break" | "continue" => {
                self.expect(Kind::Close, token.text)?;
                if self.loops == 0 {
                    let message = format!("`{{{{{}}}}}` outside `{{{{range}}}}`", token.text);
                    return Err((token.at, message));
                }
                if token.text == "break" { Node::Break } else { Node::Continue }
            }
            "end" => {
                self.expect(Kind::Close, "end")?;
                return Ok(Err((open, End::End)));
            }
            "else" => {
                let next = self.peek_word();
                if !(next.kind == Kind::Keyword && matches!(next.text, "if" | "with")) {
                    self.expect(Kind::Close, "else")?;
                }
                return Ok(Err((open, End::Else(next))));
            }
            _ => return Self::unexpected(token, "command"),
        }))
    }

    fn template_name(&mut self, context: &str) -> Result<(usize, String), ParseError> {
        let token = self.take_word();
        match token.kind {
            Kind::Str | Kind::RawStr => Ok((token.at, unquote(token)?)),
            _ => Self::unexpected(token, context),
        }
    }

    /// `if`, `with` or `range` after the keyword.
    fn branch(&mut self, keyword: &'static str) -> Result<Branch, ParseError> {
        let known = self.variables.len();
        let pipe = self.pipe(keyword, Kind::Close)?;
        let is_loop = usize::from(keyword == "range");
        self.loops += is_loop;
        let (body, _, end) = self.body()?;
        self.loops -= is_loop;
        let otherwise = match end {
            End::End => None,
            End::Else(next) if next.kind == Kind::Keyword && next.text == keyword => {
                self.take();
                let inner = self.deeper(|it| it.branch(keyword))?;
                Some(vec![if keyword == "if" { Node::If(inner) } else { Node::With(inner) }])
            }
            End::Else(_) => {
                let (otherwise, at, end) = self.body()?;
                if let End::Else(_) = end {
                    return Err((at, "expected end; found `{{else}}`".to_owned()));
                }
                Some(otherwise)
            }
        };
        self.variables.truncate(known);
        Ok(Branch { pipe, body, otherwise })
    }
}

/// Whether a body holds nothing but white space.
fn is_blank(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| matches!(node, Node::Text(_, text) if text.trim().is_empty()))
}
