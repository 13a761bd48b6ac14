//! A template's text cut into tokens, by the rules of Go's `text/template/parse`.

/// What Go's lexer takes for space; other white space is an error inside an action.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// A token and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) at: usize,
    pub(super) kind: Kind,
    pub(super) text: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The lexer can go no further; the text says why.
    Error,
    Eof,
    Text,
    Open,
    Close,
    Space,
    Assign,
    Declare,
    Pipe,
    OpenParen,
    CloseParen,
    Char,
    Bool,
    CharConstant,
    Number,
    Str,
    RawStr,
    Dot,
    Field,
    Variable,
    Function,
    Nil,
    Keyword,
}

/// Cuts a text into tokens; the last one is [`Kind::Eof`] or [`Kind::Error`].
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    if let Err((at, message)) = lexer.run() {
        lexer.tokens.push(Token { at, kind: Kind::Error, text: message });
    }
    lexer.tokens
}

type Refused = (usize, &'static str);

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token<'a>>,
}

impl<'a> Lexer<'a> {
    fn run(&mut self) -> Result<(), Refused> {
        while let Some(open) = self.rest().find("{{").map(|offset| self.at + offset) {
            let inside = &self.text[open + 2..];
            let trims = inside.starts_with('-') && inside[1..].starts_with(SPACE);
            let body = &self.text[self.at..open];
            let body = if trims { body.trim_end_matches(SPACE) } else { body };
            self.push(Kind::Text, self.at, body);
            self.at = open + 2 + if trims { 2 } else { 0 };
            if self.rest().starts_with("/*") {
                self.comment(open)?;
            } else {
                self.tokens.push(Token { at: open, kind: Kind::Open, text: "{{" });
                self.action(open)?;
            }
        }
        self.push(Kind::Text, self.at, self.rest());
        self.tokens.push(Token { at: self.text.len(), kind: Kind::Eof, text: "" });
        Ok(())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Adds a token, none for an empty text.
    fn push(&mut self, kind: Kind, at: usize, text: &'a str) {
        if !text.is_empty() {
            self.tokens.push(Token { at, kind, text });
        }
    }

    /// Adds the token that reaches from a place to here.
    fn emit(&mut self, kind: Kind, from: usize) {
        self.push(kind, from, &self.text[from..self.at]);
    }

    fn skip(&mut self, admits: impl Fn(char) -> bool) {
        self.at = self.text.len() - self.rest().trim_start_matches(admits).len();
    }

    /// Steps over a closing delimiter that stands here, and what it trims.
    fn close(&mut self) -> Option<usize> {
        let rest = self.rest();
        let (trims, dash) = match rest.strip_prefix(SPACE) {
            Some(after) if after.starts_with("-}}") => (true, 2),
            _ => (false, 0),
        };
        if !rest[dash..].starts_with("}}") {
            return None;
        }
        let at = self.at + dash;
        self.at = at + 2;
        if trims {
            self.skip(|c| SPACE.contains(&c));
        }
        Some(at)
    }

    fn comment(&mut self, open: usize) -> Result<(), Refused> {
        let end = self.rest().find("*/").ok_or((open, "unclosed comment"))?;
        self.at += end + 2;
        self.close().ok_or((self.at, "comment ends before closing delimiter"))?;
        Ok(())
    }

    /// The tokens of one action, its closing delimiter included.
    fn action(&mut self, open: usize) -> Result<(), Refused> {
        let mut parens = 0_usize;
        loop {
            let from = self.at;
            if let Some(at) = self.close() {
                if parens > 0 {
                    return Err((from, "unclosed left paren"));
                }
                self.tokens.push(Token { at, kind: Kind::Close, text: "}}" });
                return Ok(());
            }
            let Some(c) = self.peek() else { return Err((open, "unclosed action")) };
            match c {
                _ if SPACE.contains(&c) => self.space(),
                '(' => parens += 1,
                ')' => parens = parens.checked_sub(1).ok_or((from, "unexpected right paren"))?,
                _ => {}
            }
            if self.at == from {
                self.token(c)?;
            }
        }
    }

    fn space(&mut self) {
        let from = self.at;
        self.skip(|c| SPACE.contains(&c));
        // A trimming delimiter needs the last space for itself.
        if self.rest().starts_with("-}}") {
            self.at -= 1;
        }
        self.emit(Kind::Space, from);
        if self.at == from {
            // Only that one space: the delimiter is next, whatever stood before.
            self.tokens.push(Token { at: from, kind: Kind::Space, text: " " });
        }
    }

    /// The token that begins with a character which is no space.
    fn token(&mut self, first: char) -> Result<(), Refused> {
        let from = self.at;
        self.at += first.len_utf8();
        let kind = match first {
            '=' => Kind::Assign,
            '|' => Kind::Pipe,
            '(' => Kind::OpenParen,
            ')' => Kind::CloseParen,
            ':' if self.peek() == Some('=') => {
                self.at += 1;
                Kind::Declare
            }
            ':' => return Err((from, "expected :=")),
            '"' => self.quoted('"', "unterminated quoted string").map(|()| Kind::Str)?,
            '\'' => {
                self.quoted('\'', "unterminated character constant").map(|()| Kind::CharConstant)?
            }
            '`' => {
                let end = self.rest().find('`').ok_or((from, "unterminated raw quoted string"))?;
                self.at += end + 1;
                Kind::RawStr
            }
            '.' if !self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                self.word(from, Kind::Field)?
            }
            '$' => self.word(from, Kind::Variable)?,
            '.' | '+' | '-' | '0'..='9' => self.number(from)?,
            _ if is_word(first) => self.word(from, Kind::Function)?,
            ' '..='~' => Kind::Char,
            _ => return Err((from, "unrecognized character in action")),
        };
        self.emit(kind, from);
        Ok(())
    }

    fn quoted(&mut self, quote: char, unterminated: &'static str) -> Result<(), Refused> {
        let from = self.at - 1;
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices() {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == quote => {
                    self.at += offset + 1;
                    return Ok(());
                }
                _ => {}
            }
        }
        Err((from, unterminated))
    }

    /// A field, a variable, a function, a keyword or a constant.
    fn word(&mut self, from: usize, kind: Kind) -> Result<Kind, Refused> {
        self.skip(is_word);
        let ends = self.peek().is_none_or(|c| SPACE.contains(&c) || ".,|:()".contains(c));
        if !ends && !self.rest().starts_with("}}") {
            return Err((self.at, "bad character"));
        }
        Ok(match (&self.text[from..self.at], kind) {
            (".", _) => Kind::Dot,
            ("true" | "false", _) => Kind::Bool,
            ("nil", _) => Kind::Nil,
            (
                "if" | "else" | "end" | "range" | "with" | "define" | "template" | "block"
                | "break" | "continue",
                _,
            ) => Kind::Keyword,
            _ => kind,
        })
    }

    fn number(&mut self, from: usize) -> Result<Kind, Refused> {
        self.at = from;
        self.one_of("+-");
        let hex = self.rest().starts_with(['0']) && self.rest()[1..].starts_with(['x', 'X']);
        let mut digits = "0123456789_";
        if self.one_of("0") {
            if self.one_of("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.one_of("oO") {
                digits = "01234567_";
            } else if self.one_of("bB") {
                digits = "01_";
            }
        }
        self.skip(|c| digits.contains(c));
        if self.one_of(".") {
            self.skip(|c| digits.contains(c));
        }
        let exponent = if hex { "pP" } else { "eE" };
        if digits.len() > 10 && self.one_of(exponent) {
            self.one_of("+-");
            self.skip(|c| c.is_ascii_digit() || c == '_');
        }
        if self.peek().is_some_and(is_word) {
            return Err((from, "bad number syntax"));
        }
        Ok(Kind::Number)
    }

    fn one_of(&mut self, admits: &str) -> bool {
        let found = self.peek().is_some_and(|c| admits.contains(c));
        self.at += usize::from(found);
        found
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}
