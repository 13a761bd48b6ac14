//! What stands behind `(?`.

use super::{
    PatternError, PatternProblem,
    parse::{Parser, Result},
};

/// What opens a group.
pub(super) enum Head {
    /// `(?i)`: none is opened.
    Flags,
    /// `(?:` or `(?i:`.
    Plain,
    /// `(?P<name>` or `(?<name>`.
    Named(String),
}

impl Parser<'_> {
    /// Reads the head of a group that begins with `(?`.
    pub(super) fn group_head(&mut self) -> Result<Head> {
        let at = self.at;
        let rest = self.rest();
        let error = |problem| PatternError { at, problem };
        for look_around in ["(?=", "(?!", "(?<=", "(?<!"] {
            if rest.starts_with(look_around) {
                return Err(error(PatternProblem::LookAround(look_around.to_owned())));
            }
        }
        for prefix in ["(?P<", "(?<"] {
            let Some(named) = rest.strip_prefix(prefix).filter(|named| !named.is_empty()) else {
                continue;
            };
            let name = named.split_once('>').map(|(name, _)| name);
            let is_valid = |name: &&str| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            };
            let Some(name) = name.filter(is_valid) else {
                let text = name.unwrap_or(named).to_owned();
                return Err(error(PatternProblem::GroupName(text)));
            };
            self.at += prefix.len() + name.len() + 1;
            return Ok(Head::Named(name.to_owned()));
        }
        self.at += 2;
        self.group_flags().ok_or_else(|| error(PatternProblem::Group(self.since(at))))
    }

    /// `i`, `m`, `s`, `U`, behind a `-` to take them away, up to `:` or `)`.
    fn group_flags(&mut self) -> Option<Head> {
        let mut flags = self.flags;
        let mut value = true;
        let mut seen = false;
        loop {
            match self.next()? {
                'i' => flags.fold = value,
                'm' => flags.multi_line = value,
                's' => flags.dot_newline = value,
                'U' => flags.swap_greed = value,
                '-' if value => {
                    value = false;
                    seen = false;
                    continue;
                }
                end @ (':' | ')') if value || seen => {
                    self.flags = flags;
                    return Some(if end == ':' { Head::Plain } else { Head::Flags });
                }
                _ => return None,
            }
            seen = true;
        }
    }
}
