//! `WWW-Authenticate`, read leniently (RFC 9110, 11.6.1).
//!
//! Many challenges may share a line, names come in any case, values may hold
//! commas or lack their quotes. Of a broken tail what stands before it is kept.

/// One way in that a server offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Challenge {
    /// Lower case.
    pub(super) scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// A parameter, by its lower-case name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Reads one header line.
    pub(super) fn parse(line: &str) -> Vec<Self> {
        let mut challenges: Vec<Self> = Vec::new();
        let mut rest = Rest(line);
        loop {
            rest.skip(|c| c.is_ascii_whitespace() || matches!(c, ',' | ';'));
            let word =
                rest.take(|c| !c.is_ascii_whitespace() && !matches!(c, ',' | ';' | '=' | '"'));
            if word.is_empty() {
                return challenges;
            }
            let mut value = Rest(rest.0);
            value.skip(|c| c.is_ascii_whitespace());
            match (value.eat('='), challenges.last_mut()) {
                (true, Some(challenge)) => {
                    value.skip(|c| c.is_ascii_whitespace());
                    let Some(text) = value.value() else { return challenges };
                    challenge.parameters.push((word.to_ascii_lowercase(), text));
                    rest = value;
                }
                (true, None) => return challenges,
                (false, _) => {
                    challenges.push(Self { scheme: word.to_ascii_lowercase(), ..Self::default() });
                    rest.skip_token68();
                }
            }
        }
    }
}

struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !wanted(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    fn skip(&mut self, unwanted: impl Fn(char) -> bool) {
        self.0 = self.0.trim_start_matches(unwanted);
    }

    fn eat(&mut self, character: char) -> bool {
        match self.0.strip_prefix(character) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// Steps over `Negotiate`'s sort of data: one word up to a comma or the end.
    fn skip_token68(&mut self) {
        let mut ahead = Rest(self.0);
        ahead.skip(|c| c == ' ' || c == '\t');
        let word = ahead.take(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c));
        ahead.skip(|c| c == '=');
        ahead.skip(|c| c == ' ' || c == '\t');
        if !word.is_empty() && (ahead.0.is_empty() || ahead.0.starts_with(',')) {
            self.0 = ahead.0;
        }
    }

    /// A quoted string or what stands up to the next separator; `None` when a quote stays open.
    fn value(&mut self) -> Option<String> {
        if !self.eat('"') {
            return Some(
                self.take(|c| !c.is_ascii_whitespace() && !matches!(c, ',' | ';')).to_owned(),
            );
        }
        let mut text = String::new();
        let mut characters = self.0.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.0 = &self.0[at + 1..];
                    return Some(text);
                }
                '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
                other => text.push(other),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(line: &str) -> String {
        let one = |challenge: &Challenge| {
            let parameters: Vec<String> = challenge
                .parameters
                .iter()
                .map(|(name, value)| format!(" {name}={value}"))
                .collect();
            format!("{}{}", challenge.scheme, parameters.join(""))
        };
        Challenge::parse(line).iter().map(one).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn reads_challenges() {
        #[rustfmt::skip]
        let rows: &[(&str, &str)] = &[
            (r#"Bearer realm="https://a/t",service="s",scope="repository:x:pull,push""#,
                "bearer realm=https://a/t service=s scope=repository:x:pull,push"),
            (r#"Bearer realm="https://c/v2/token",service="c",scope="*",Basic realm="c""#,
                "bearer realm=https://c/v2/token service=c scope=* | basic realm=c"),
            ("Basic",                              "basic"),
            (r"Bearer realm=https://x/t",          "bearer realm=https://x/t"),
            (r#"Negotiate oRQw==, Bearer realm="r""#, "negotiate | bearer realm=r"),
            (r#"BEARER REALM="r" , , Service = "s""#, "bearer realm=r service=s"),
            (r#"Bearer realm="a\"b\\c""#,          r#"bearer realm=a"b\c"#),
            (r#"Bearer realm="r";service="s""#,    "bearer realm=r service=s"),
            (r#"Bearer realm="r",service="open"#,  "bearer realm=r"),
            (r#"realm="r""#,                       ""),
            ("",                                   ""),
        ];
        for (line, expected) in rows {
            assert_eq!(text(line), *expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(line in "\\PC{0,60}") {
            drop(Challenge::parse(&line));
        }
    }
}
