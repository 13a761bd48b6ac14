//! Pipelines: declarations, commands, operands.

use super::{
    ParseError, Parser,
    lexer::{Kind, Token},
    literal,
    node::{Command, Expr, Pipe, Term},
};

impl Parser<'_> {
    pub(super) fn pipe(&mut self, context: &str, end: Kind) -> Result<Pipe, ParseError> {
        let at = self.peek_word().at;
        let mut pipe = Pipe { at, variables: Vec::new(), assigns: false, commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.peek_word();
            match token.kind {
                kind if kind == end => {
                    self.take();
                    break;
                }
                Kind::Bool
                | Kind::CharConstant
                | Kind::Dot
                | Kind::Field
                | Kind::Function
                | Kind::Number
                | Kind::Nil
                | Kind::RawStr
                | Kind::Str
                | Kind::Variable
                | Kind::OpenParen => {
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return Self::unexpected(token, context),
            }
        }
        if pipe.commands.is_empty() {
            return Err((at, format!("missing value for {context}")));
        }
        for (i, command) in pipe.commands.iter().enumerate().skip(1) {
            if let Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::Str(..) =
                command.head.term
            {
                let message = format!("non executable command in pipeline stage {}", i + 1);
                return Err((command.head.at, message));
            }
        }
        Ok(pipe)
    }

    /// `$x :=`, `$x =`, and in a range `$k, $v :=`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Result<(), ParseError> {
        while self.peek_word().kind == Kind::Variable {
            let start = self.next;
            let variable = self.take();
            let sign = self.take_word();
            match sign.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assigns = sign.kind == Kind::Assign;
                    self.declare(pipe, variable);
                    return Ok(());
                }
                Kind::Char if sign.text == "," => {
                    self.declare(pipe, variable);
                    let after = self.peek_word();
                    if context != "range" || pipe.variables.len() > 1 {
                        return Err((after.at, format!("too many declarations in {context}")));
                    }
                    if !matches!(after.kind, Kind::Variable | Kind::Close | Kind::CloseParen) {
                        let message = "range can only initialize variables".to_owned();
                        return Err((after.at, message));
                    }
                }
                _ => {
                    self.next = start;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn declare(&mut self, pipe: &mut Pipe, variable: Token<'_>) {
        pipe.variables.push(variable.text.to_owned());
        self.variables.push(variable.text.to_owned());
    }

    fn command(&mut self) -> Result<Command, ParseError> {
        let at = self.peek_word().at;
        let mut operands = Vec::new();
        loop {
            self.peek_word();
            if let Some(operand) = self.operand()? {
                operands.push(operand);
            }
            match self.peek().kind {
                Kind::Space => {}
                Kind::Close | Kind::CloseParen => break,
                Kind::Pipe => {
                    self.take();
                    break;
                }
                _ => return Self::unexpected(self.peek(), "operand"),
            }
        }
        let mut operands = operands.into_iter();
        match operands.next() {
            Some(head) => Ok(Command { head, args: operands.collect() }),
            None => Err((at, "empty command".to_owned())),
        }
    }

    /// A term with the fields that follow it without a space.
    fn operand(&mut self) -> Result<Option<Expr>, ParseError> {
        let Some(mut expr) = self.term()? else { return Ok(None) };
        let mut chain = Vec::new();
        while self.peek().kind == Kind::Field {
            chain.push(self.take().text[1..].to_owned());
        }
        if chain.is_empty() {
            return Ok(Some(expr));
        }
        match &mut expr.term {
            Term::Field(fields) | Term::Variable(_, fields) => fields.append(&mut chain),
            Term::Bool(_) | Term::Str(..) | Term::Number(_) | Term::Nil | Term::Dot => {
                return Err((expr.at, format!("unexpected . after term `{expr}`")));
            }
            _ => expr = Expr { at: expr.at, term: Term::Chain(Box::new(expr), chain) },
        }
        Ok(Some(expr))
    }

    fn term(&mut self) -> Result<Option<Expr>, ParseError> {
        let token = self.peek_word();
        let term = match token.kind {
            Kind::Function => {
                (self.function)(token.text).map_err(|message| (token.at, message))?;
                Term::Function(token.text.to_owned())
            }
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Bool => Term::Bool(token.text == "true"),
            Kind::Field => Term::Field(vec![token.text[1..].to_owned()]),
            Kind::Variable => {
                if !self.variables.iter().any(|name| name == token.text) {
                    return Err((token.at, format!("undefined variable `{}`", token.text)));
                }
                Term::Variable(token.text.to_owned(), Vec::new())
            }
            Kind::CharConstant => {
                Term::Number(literal::character(token.text).ok_or_else(|| {
                    (token.at, format!("malformed character constant: {}", token.text))
                })?)
            }
            Kind::Number => {
                Term::Number(literal::number(token.text).map_err(|message| (token.at, message))?)
            }
            Kind::Str | Kind::RawStr => Term::Str(unquote(token)?.into(), token.text.to_owned()),
            Kind::OpenParen => {
                self.take();
                let pipe = self.deeper(|it| it.pipe("parenthesized pipeline", Kind::CloseParen))?;
                return Ok(Some(Expr { at: token.at, term: Term::Pipe(Box::new(pipe)) }));
            }
            _ => return Ok(None),
        };
        self.take();
        Ok(Some(Expr { at: token.at, term }))
    }
}

/// The text of a literal.
pub(super) fn unquote(token: Token<'_>) -> Result<String, ParseError> {
    literal::unquote(token.text)
        .ok_or_else(|| (token.at, format!("invalid syntax: {}", token.text)))
}
