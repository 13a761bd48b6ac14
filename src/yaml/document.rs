//! From a file's text to its documents.

use std::{collections::HashMap, ops::Range, sync::Arc};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, options};

use super::{Kind, Node, Style, Text};
use crate::{diagnostic::Location, tree::SourceFile};

/// How many levels a document may nest, aliases followed. The parser itself
/// stops at 255 of block and 255 of flow style.
pub const DEPTH_LIMIT: usize = 512;

/// How many values a document may hold when every alias is written out.
///
/// What walks a document may follow aliases without fear: there is no
/// "billion laughs" beyond this.
pub const VALUE_LIMIT: usize = 4_000_000;

/// One document of a file.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it holds; `None` when there is nothing but comments.
    pub root: Option<Node>,
    /// The bytes of its comments, from `#` to the end of the line, in the
    /// order of the file. What stands above its `---` belongs to it as well.
    pub comments: Vec<Range<usize>>,
    /// Its bytes, from the end of the document before to the beginning of the
    /// next one's own.
    pub span: Range<usize>,
    /// The bytes of its `---`, empty when it begins without one.
    pub start: Range<usize>,
}

/// Why a text is no YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// One lower-case sentence.
    pub message: String,
    /// Where reading stopped.
    pub at: Location,
}

impl SyntaxError {
    pub(super) fn new(text: &Text, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), at: text.location(span) }
    }
}

/// Reads all documents of a file.
///
/// Every byte keeps its place: a byte-order mark, CRLF and comments are part
/// of the text that the spans count. An anchor may be set again, an alias
/// means the one set last before it, and stands for it without a copy. Keys
/// that stand twice are all there. YAML 1.2 throughout: `no` and `0x1F` are
/// the text that they are.
///
/// # Errors
///
/// The first thing that is no YAML, an alias of nothing, or a document beyond
/// [`DEPTH_LIMIT`] or [`VALUE_LIMIT`]. One bad document refuses the file, as
/// Flux does.
pub fn parse(text: &Arc<Text>) -> Result<Vec<Document>, SyntaxError> {
    let mut glued = Vec::new();
    let mut repaired = None;
    loop {
        let source = repaired.as_deref().unwrap_or(text.source());
        let error = match events(text, source) {
            Ok(mut builder) => {
                builder.comments.append(&mut glued);
                return Ok(builder.finish());
            }
            Err(Stop::Syntax(error)) => return Err(error),
            Err(Stop::Scan(error)) => error,
        };
        let at = error.marker().byte_offset().unwrap_or(source.len());
        let comment = match error.kind() {
            ErrorKind::CommentNotSeparated if glued.len() < GLUED_LIMIT => comment_at(source, at),
            _ => None,
        };
        let Some(comment) = comment else {
            return Err(SyntaxError::new(text, at..at, error.info()));
        };
        let mut without = source.to_owned();
        without.replace_range(comment.clone(), &" ".repeat(comment.len()));
        glued.push(comment);
        repaired = Some(without);
    }
}

/// How many comments without a blank before them a file may have: each costs
/// another reading.
const GLUED_LIMIT: usize = 64;

/// Kubernetes' and Flux's parser takes `"a"# b` for a value and a comment;
/// YAML does not. It is read as they do, since what they read is what runs.
fn comment_at(source: &str, at: usize) -> Option<Range<usize>> {
    let rest = source.get(at..)?;
    let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
    rest.starts_with('#').then_some(at..at + length)
}

enum Stop {
    Scan(ScanError),
    Syntax(SyntaxError),
}

fn events<'a>(text: &'a Arc<Text>, source: &str) -> Result<Builder<'a>, Stop> {
    let options = options! {
        // A block of comments is as long as it is; the file's size is the limit.
        max_buffered_comment_events: usize::MAX,
        // As libyaml and Kubernetes read it.
        block_scalar_eof_without_line_feed: true,
    };
    let mut builder = Builder::new(text);
    for event in Parser::new_from_str_with_options(source, options) {
        let (event, span) = event.map_err(Stop::Scan)?;
        builder.take(event, span).map_err(Stop::Syntax)?;
    }
    Ok(builder)
}

/// Reads a file's bytes as text.
///
/// # Errors
///
/// The first byte that is no UTF-8: other encodings are not read.
pub fn decode(file: &SourceFile) -> Result<Arc<Text>, SyntaxError> {
    let text =
        |bytes: &[u8]| Text::new(file.path.clone(), String::from_utf8_lossy(bytes).into_owned());
    match std::str::from_utf8(&file.bytes) {
        Ok(_) => Ok(Arc::new(text(&file.bytes))),
        Err(error) => {
            let at = error.valid_up_to();
            let before = text(&file.bytes[..at]);
            Err(SyntaxError::new(&before, at..at, "the file is not UTF-8 from here on"))
        }
    }
}

/// A collection that is still open.
struct Open {
    kind: Collection,
    tag: Option<String>,
    anchor: usize,
    span: Range<usize>,
    size: Size,
}

enum Collection {
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>, Option<Node>),
}

/// What a value comes to, aliases followed.
#[derive(Clone, Copy, Default)]
struct Size {
    levels: usize,
    values: usize,
}

struct Builder<'a> {
    text: &'a Arc<Text>,
    documents: Vec<Document>,
    comments: Vec<Range<usize>>,
    open: Vec<Open>,
    root: Option<Node>,
    start: Range<usize>,
    anchors: HashMap<usize, (Arc<Node>, Size)>,
    /// The values read so far, the copies that anchors keep included.
    held: usize,
    /// The end of what was read last, comments apart.
    seen: usize,
}

impl<'a> Builder<'a> {
    fn new(text: &'a Arc<Text>) -> Self {
        Self {
            text,
            documents: Vec::new(),
            comments: Vec::new(),
            open: Vec::new(),
            root: None,
            start: 0..0,
            anchors: HashMap::new(),
            held: 0,
            seen: 0,
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), SyntaxError> {
        let bytes = span.byte_range().unwrap_or_default();
        match event {
            Event::Comment(..) => self.comments.push(bytes),
            Event::DocumentStart(explicit, _) => {
                self.start = if explicit { bytes } else { bytes.start..bytes.start };
                self.seen = self.seen.max(self.start.end);
            }
            Event::DocumentEnd => self.close_document(bytes.end),
            Event::Scalar(value, style, anchor, _) => {
                let style = written(style);
                let bytes = match style {
                    Style::Literal | Style::Folded => self.block_scalar(bytes),
                    Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => bytes,
                };
                // The parser writes `~` for what is not there.
                let value = if bytes.is_empty() { String::new() } else { value.into_owned() };
                self.seen = self.seen.max(bytes.end);
                let node = self.node(Kind::Scalar { value, style }, self.tag(&span), bytes);
                self.put(node, anchor, Size { levels: 1, values: 1 })?;
            }
            Event::SequenceStart(_, anchor, _) => {
                self.begin(Collection::Sequence(Vec::new()), anchor, &span);
            }
            Event::MappingStart(_, anchor, _) => {
                self.begin(Collection::Mapping(Vec::new(), None), anchor, &span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&bytes)?,
            Event::Alias(id) => {
                // An anchor that is known to the parser but not here is one
                // whose value is still open: it would hold itself.
                let Some((target, size)) = self.anchors.get(&id).cloned() else {
                    let message = "an alias stands inside the value that it stands for";
                    return Err(SyntaxError::new(self.text, bytes, message));
                };
                self.seen = self.seen.max(bytes.end);
                let node = self.node(Kind::Alias(target), None, bytes);
                self.put(node, 0, size)?;
            }
            // The events of the stream's ends, and those that only options bring.
            _ => {}
        }
        Ok(())
    }

    /// The bytes of a block scalar: the parser tells those of its lines, and
    /// at times the indentation that follows; the indicator counts as well.
    fn block_scalar(&self, lines: Range<usize>) -> Range<usize> {
        let source = self.text.source();
        let mut at = self.seen;
        let mut rest = &source[at..];
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '|' | '>' => break,
                '#' => rest.find('\n').unwrap_or(rest.len()),
                '&' | '!' => rest.find(char::is_whitespace).unwrap_or(rest.len()),
                other => other.len_utf8(),
            };
            at += length;
            rest = &rest[length..];
        }
        let header = rest.find(|c: char| !matches!(c, '|' | '>' | '+' | '-' | '0'..='9'));
        let header_end = at + header.unwrap_or(rest.len());
        let text = source[..lines.end].trim_end_matches([' ', '\t', '\r', '\n']).len();
        if text <= lines.start {
            return at..header_end;
        }
        // Blanks at the end of the last line are text.
        let end = source[text..lines.end].find(['\r', '\n']).map_or(lines.end, |more| text + more);
        at..end
    }

    fn tag(&self, span: &Span) -> Option<String> {
        Some(span.tag_span()?.slice(self.text.source())?.to_owned())
    }

    fn node(&self, kind: Kind, tag: Option<String>, span: Range<usize>) -> Node {
        Node { kind, tag, text: Arc::clone(self.text), span }
    }

    fn begin(&mut self, kind: Collection, anchor: usize, span: &Span) {
        let (tag, mut span) = (self.tag(span), span.byte_range().unwrap_or_default());
        self.seen = self.seen.max(span.end);
        if matches!(kind, Collection::Sequence(_)) && span.is_empty() {
            // A sequence on its key's level is noticed at the first item only.
            let before = self.text.source()[..span.start].trim_end_matches([' ', '\t']);
            span.start -= if before.ends_with('-') { span.start - before.len() + 1 } else { 0 };
        }
        self.open.push(Open { kind, tag, anchor, span, size: Size { levels: 1, values: 1 } });
    }

    fn end(&mut self, bytes: &Range<usize>) -> Result<(), SyntaxError> {
        let Some(Open { kind, tag, anchor, mut span, size }) = self.open.pop() else {
            return Ok(());
        };
        // The end of a flow collection is a bracket; that of a block
        // collection is nothing, and noticed only at what follows.
        if !bytes.is_empty() {
            span.end = bytes.end;
            self.seen = self.seen.max(bytes.end);
        }
        let kind = match kind {
            Collection::Sequence(items) => {
                span.end = items.last().map_or(span.end, |last| span.end.max(last.span.end));
                Kind::Sequence(items)
            }
            Collection::Mapping(entries, _) => {
                let last =
                    entries.last().map_or(0, |(key, value)| key.span.end.max(value.span.end));
                span.end = span.end.max(last);
                Kind::Mapping(entries)
            }
        };
        let node = self.node(kind, tag, span);
        self.put(node, anchor, size)
    }

    /// Puts a finished value where it belongs.
    fn put(&mut self, mut node: Node, anchor: usize, size: Size) -> Result<(), SyntaxError> {
        self.held += 1;
        if anchor != 0 {
            self.held += size.values;
        }
        let whole = self.open.last_mut().map_or(size, |parent| {
            parent.size.levels = parent.size.levels.max(size.levels + 1);
            parent.size.values = parent.size.values.saturating_add(size.values);
            parent.size
        });
        if whole.levels > DEPTH_LIMIT {
            let message = format!("the document nests deeper than {DEPTH_LIMIT} levels");
            return Err(SyntaxError::new(self.text, node.span, message));
        }
        if whole.values > VALUE_LIMIT || self.held > VALUE_LIMIT {
            let message = format!("the document holds more than {VALUE_LIMIT} values");
            return Err(SyntaxError::new(self.text, node.span, message));
        }
        if let Some(Open { kind: Collection::Mapping(_, Some(key)), .. }) = self.open.last()
            && node.span.is_empty()
        {
            place_empty(&mut node, key.span.end);
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (Arc::new(node.clone()), size));
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(Collection::Sequence(items)) => items.push(node),
            Some(Collection::Mapping(entries, key)) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push((key, node)),
            },
        }
        Ok(())
    }

    fn close_document(&mut self, end: usize) {
        let begin = self.documents.last().map_or(0, |before| before.span.end);
        let nothing =
            |node: &Node| node.span.is_empty() && node.tag.is_none() && node.as_str() == Some("");
        let root = self.root.take().filter(|node| !nothing(node));
        self.documents.push(Document {
            root,
            comments: std::mem::take(&mut self.comments),
            span: begin..end.max(begin),
            start: self.start.clone(),
        });
        self.anchors.clear();
    }

    fn finish(mut self) -> Vec<Document> {
        if let Some(last) = self.documents.last_mut() {
            last.span.end = self.text.source().len();
        }
        // What the parser tells late, after the last document at the latest.
        for comment in std::mem::take(&mut self.comments) {
            let owner = self.documents.partition_point(|d| d.span.end <= comment.start);
            if let Some(document) = self.documents.get_mut(owner) {
                document.comments.push(comment);
            }
        }
        for document in &mut self.documents {
            document.comments.sort_by_key(|comment| comment.start);
        }
        self.documents
    }
}

/// Moves the place of a value that is not there behind its key's colon: the
/// parser says where it noticed, which may be before.
fn place_empty(node: &mut Node, key_end: usize) {
    let source = node.text.source();
    let between = source.get(key_end..).unwrap_or_default();
    let blank = between.len() - between.trim_start_matches([' ', '\t']).len();
    if between[blank..].starts_with(':') {
        let at = key_end + blank + 1;
        node.span = at..at;
    }
}

fn written(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
