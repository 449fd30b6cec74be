//! Tokens to a tree.

use super::TemplateError;
use super::function::Function;
use super::lex::{self, Piece, Token, TokenKind};
use crate::report::docker::Value;

/// How deep blocks and parentheses may nest; a template is typed by hand.
const DEPTH: usize = 100;

/// A part of a template.
#[derive(Clone, Debug)]
pub enum Node {
    /// Text as it stands.
    Text(String),
    /// `{{pipeline}}`
    Print(Pipeline),
    /// `{{if}}`, `{{with}}`, `{{range}}` with their `{{else}}`.
    Block {
        /// Which.
        kind: BlockKind,
        /// What it looks at.
        pipeline: Pipeline,
        /// Between the block's head and `{{else}}` or `{{end}}`.
        then: Vec<Node>,
        /// After `{{else}}`.
        otherwise: Vec<Node>,
    },
}

/// The blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// The dot stays.
    If,
    /// The dot becomes the value.
    With,
    /// The dot becomes each element.
    Range,
}

/// Commands, each given the value of the one before.
#[derive(Clone, Debug)]
pub struct Pipeline(pub Vec<Command>);

/// An operand, or a function and its arguments.
#[derive(Clone, Debug)]
pub enum Command {
    /// A value.
    Operand(Operand),
    /// A call.
    Call(Function, Vec<Operand>),
}

/// A value of a command.
#[derive(Clone, Debug)]
pub enum Operand {
    /// `.`
    Dot,
    /// `$`
    Root,
    /// A string, number, `true`, `false` or `nil`.
    Constant(Value),
    /// `.A.B`, `$.A`, `(...).A`
    Path(Box<Operand>, Vec<String>),
    /// `(...)`, or a function without arguments among the arguments of another.
    Nested(Pipeline),
}

/// Parses a whole template.
pub fn parse(template: &str) -> Result<Vec<Node>, TemplateError> {
    let pieces = lex::pieces(template)?;
    let mut parser = Parser { pieces: pieces.iter(), depth: 0 };
    let (nodes, end) = parser.nodes()?;
    match end {
        None => Ok(nodes),
        Some(end) => Err(TemplateError(format!("unexpected `{{{{{end}}}}}`"))),
    }
}

struct Parser<'a> {
    pieces: std::slice::Iter<'a, Piece<'a>>,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// Nodes up to the end, or to an `else` or `end`, which is returned.
    fn nodes(&mut self) -> Result<(Vec<Node>, Option<&'a str>), TemplateError> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let action = match *piece {
                Piece::Text("") => continue,
                Piece::Text(text) => {
                    nodes.push(Node::Text(text.to_owned()));
                    continue;
                }
                Piece::Action(action) => action,
            };
            let (head, rest) = action
                .split_once(|c: char| c != '_' && !c.is_alphanumeric())
                .map_or((action, ""), |(head, _)| (head, &action[head.len()..]));
            match head {
                "else" | "end" => return Ok((nodes, Some(action))),
                "if" => nodes.push(self.block(BlockKind::If, rest, action)?),
                "with" => nodes.push(self.block(BlockKind::With, rest, action)?),
                "range" => nodes.push(self.block(BlockKind::Range, rest, action)?),
                "define" | "template" | "block" | "break" | "continue" => {
                    return Err(TemplateError(format!(
                        "`{{{{{action}}}}}` is not supported: no `{head}` here"
                    )));
                }
                _ => nodes.push(Node::Print(pipeline(action, action)?)),
            }
        }
        Ok((nodes, None))
    }

    fn block(&mut self, kind: BlockKind, head: &str, action: &str) -> Result<Node, TemplateError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(TemplateError(format!("more than {DEPTH} blocks inside each other")));
        }
        let pipeline = pipeline(head, action)?;
        let unclosed = || TemplateError(format!("no `{{{{end}}}}` for `{{{{{action}}}}}`"));
        let (then, end) = self.nodes()?;
        let end = end.ok_or_else(unclosed)?;
        let mut otherwise = Vec::new();
        match end.split_whitespace().collect::<Vec<_>>()[..] {
            ["end"] => {}
            ["else"] => {
                let (nodes, end) = self.nodes()?;
                let end = end.ok_or_else(unclosed)?;
                if end != "end" {
                    return Err(TemplateError(format!("unexpected `{{{{{end}}}}}` after `{{{{else}}}}`")));
                }
                otherwise = nodes;
            }
            // `{{else if}}` shares the one `{{end}}`.
            ["else", "if", ..] if kind == BlockKind::If => {
                otherwise.push(self.block(kind, after(end, "if"), end)?);
            }
            ["else", "with", ..] if kind == BlockKind::With => {
                otherwise.push(self.block(kind, after(end, "with"), end)?);
            }
            _ => return Err(TemplateError(format!("unexpected `{{{{{end}}}}}`"))),
        }
        self.depth -= 1;
        Ok(Node::Block { kind, pipeline, then, otherwise })
    }
}

/// What follows the word, which is there.
fn after<'a>(action: &'a str, word: &str) -> &'a str {
    action.split_once(word).map_or("", |(_, rest)| rest)
}

/// The pipeline of an action, which is quoted in errors.
fn pipeline(text: &str, action: &str) -> Result<Pipeline, TemplateError> {
    let tokens = lex::tokens(text, action)?;
    let mut parser = Action { tokens: tokens.iter().peekable(), text: action, depth: 0 };
    let pipeline = parser.pipeline()?;
    match parser.tokens.next() {
        None => Ok(pipeline),
        Some(_) => Err(parser.error("unexpected `)`")),
    }
}

struct Action<'a> {
    tokens: std::iter::Peekable<std::slice::Iter<'a, Token>>,
    text: &'a str,
    depth: usize,
}

impl Action<'_> {
    fn error(&self, what: &str) -> TemplateError {
        TemplateError(format!("{what} in `{{{{{}}}}}`", self.text))
    }

    fn pipeline(&mut self) -> Result<Pipeline, TemplateError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.error(&format!("more than {DEPTH} parentheses inside each other")));
        }
        let mut commands = vec![self.command()?];
        while self.tokens.next_if(|token| token.kind == TokenKind::Pipe).is_some() {
            let command = self.command()?;
            if matches!(command, Command::Operand(_)) {
                return Err(self.error("only a function can stand after `|`"));
            }
            commands.push(command);
        }
        self.depth -= 1;
        Ok(Pipeline(commands))
    }

    fn command(&mut self) -> Result<Command, TemplateError> {
        let is_function = |token: &&Token| matches!(&token.kind, TokenKind::Word(word) if !is_constant(word));
        if let Some(Token { kind: TokenKind::Word(word), .. }) = self.tokens.next_if(|t| is_function(t)) {
            let function = self.function(word)?;
            let mut arguments = Vec::new();
            while let Some(operand) = self.operand()? {
                arguments.push(operand);
            }
            return Ok(Command::Call(function, arguments));
        }
        let operand = self.operand()?.ok_or_else(|| self.error("missing value"))?;
        if matches!(operand, Operand::Constant(Value::Nothing)) {
            return Err(self.error("`nil` alone is no command"));
        }
        if self.operand()?.is_some() {
            return Err(self.error("arguments for something that is no function"));
        }
        Ok(Command::Operand(operand))
    }

    fn function(&self, word: &str) -> Result<Function, TemplateError> {
        Function::named(word).ok_or_else(|| {
            self.error(&format!("function `{word}` is not supported (known: {})", Function::names()))
        })
    }

    /// The next operand, if the command goes on.
    fn operand(&mut self) -> Result<Option<Operand>, TemplateError> {
        let ends = |t: &&Token| matches!(t.kind, TokenKind::Pipe | TokenKind::Close);
        let Some(token) = self.tokens.next_if(|token| !ends(token)) else { return Ok(None) };
        let start = match &token.kind {
            TokenKind::Dot => Operand::Dot,
            TokenKind::Root => Operand::Root,
            TokenKind::Field(name) => Operand::Path(Box::new(Operand::Dot), vec![name.clone()]),
            TokenKind::Text(text) => Operand::Constant(Value::Text(text.clone())),
            TokenKind::Integer(number) => Operand::Constant(Value::Integer(*number)),
            TokenKind::Word(word) => match word.as_str() {
                "true" => Operand::Constant(Value::Bool(true)),
                "false" => Operand::Constant(Value::Bool(false)),
                "nil" => Operand::Constant(Value::Nothing),
                _ => Operand::Nested(Pipeline(vec![Command::Call(self.function(word)?, Vec::new())])),
            },
            TokenKind::Open => {
                let pipeline = self.pipeline()?;
                if self.tokens.next_if(|token| token.kind == TokenKind::Close).is_none() {
                    return Err(self.error("unclosed parenthesis"));
                }
                Operand::Nested(pipeline)
            }
            TokenKind::Pipe | TokenKind::Close => return Ok(None),
        };
        let mut names = Vec::new();
        while let Some(Token { kind: TokenKind::Field(name), .. }) =
            self.tokens.next_if(|token| !token.spaced && matches!(token.kind, TokenKind::Field(_)))
        {
            names.push(name.clone());
        }
        let glued = self
            .tokens
            .peek()
            .is_some_and(|token| !token.spaced && !matches!(token.kind, TokenKind::Pipe | TokenKind::Close));
        if glued {
            return Err(self.error("missing space"));
        }
        Ok(Some(match start {
            start if names.is_empty() => start,
            Operand::Path(dot, mut path) => {
                path.append(&mut names);
                Operand::Path(dot, path)
            }
            start => Operand::Path(Box::new(start), names),
        }))
    }
}

fn is_constant(word: &str) -> bool {
    matches!(word, "true" | "false" | "nil")
}
