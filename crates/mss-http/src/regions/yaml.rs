//! YAML as a tree of texts: what a file of endpoints needs of it.

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

/// How deep a file may be nested.
const DEEPEST: usize = 16;

/// A part of a file.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Nothing,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Where a file isn't what it should be. The problem continues a sentence.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) line: usize,
    pub(super) problem: String,
}

impl Node {
    /// Reads a file of one document. An empty one is nothing.
    pub(super) fn parse(text: &str) -> Result<Self, Malformed> {
        let mut events = Events(Parser::new_from_str(text));
        let mut root = None;
        loop {
            let (event, line) = events.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
                _ if root.is_some() => return Err(malformed(line, "begins a second document")),
                event => root = Some(events.node(event, line, DEEPEST)?),
            }
        }
        Ok(root.unwrap_or(Self {
            line: 1,
            content: Content::Nothing,
        }))
    }

    /// What else it should be.
    pub(super) fn map(&self, problem: &str) -> Result<&[(String, Self)], Malformed> {
        match &self.content {
            Content::Map(entries) => Ok(entries),
            Content::Nothing => Ok(&[]),
            _ => Err(malformed(self.line, problem)),
        }
    }

    pub(super) fn list(&self, problem: &str) -> Result<&[Self], Malformed> {
        match &self.content {
            Content::List(items) => Ok(items),
            Content::Nothing => Ok(&[]),
            _ => Err(malformed(self.line, problem)),
        }
    }

    pub(super) fn text(&self, problem: &str) -> Result<Option<&str>, Malformed> {
        match &self.content {
            Content::Text(text) => Ok(Some(text)),
            Content::Nothing => Ok(None),
            _ => Err(malformed(self.line, problem)),
        }
    }
}

struct Events<'a>(Parser<'a, StrInput<'a>>);

impl<'a> Events<'a> {
    fn next(&mut self) -> Result<(Event<'a>, usize), Malformed> {
        match self.0.next_event() {
            None => Ok((Event::StreamEnd, 0)),
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => {
                let problem = format!("is no YAML: {}", error.info());
                Err(malformed(error.marker().line(), &problem))
            }
        }
    }

    /// The node that begins with this event.
    fn node(&mut self, event: Event<'a>, line: usize, depth: usize) -> Result<Node, Malformed> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(malformed(line, "is nested too deep"));
        };
        let content = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..)
                if matches!(&*text, "" | "~" | "null" | "Null" | "NULL") =>
            {
                Content::Nothing
            }
            Event::Scalar(text, ..) => Content::Text(text.into_owned()),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break Content::List(items),
                        (event, line) => items.push(self.node(event, line, depth)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut entries = Vec::new();
                loop {
                    let key = match self.next()? {
                        (Event::MappingEnd, _) => break Content::Map(entries),
                        (Event::Scalar(key, ..), _) => key.into_owned(),
                        (_, line) => return Err(malformed(line, "has a key that is no text")),
                    };
                    let (event, line) = self.next()?;
                    entries.push((key, self.node(event, line, depth)?));
                }
            }
            Event::Alias(_) => {
                return Err(malformed(
                    line,
                    "has an alias (*name); write out what it stands for",
                ));
            }
            _ => return Err(malformed(line, "ends too early")),
        };
        Ok(Node { line, content })
    }
}

fn malformed(line: usize, problem: &str) -> Malformed {
    let problem = problem.to_owned();
    Malformed { line, problem }
}
