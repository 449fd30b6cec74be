//! A template's tree over a value.

use super::function::Function;
use super::parse::{BlockKind, Command, Node, Operand, Pipeline};
use super::{TemplateError, quote};
use crate::report::docker::Value;

/// What a missing key of a map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// `<no value>`, Go's default.
    NoValue,
    /// An error: docker's second try of an inspect template, over the raw document.
    Error,
    /// As [`Self::NoValue`], over the headings of a table: docker's functions return what they are given.
    Headings,
}

/// Executes nodes with `root` as the dot. What was written before an error stays in `out`.
pub fn execute(
    nodes: &[Node],
    root: &Value,
    missing: Missing,
    out: &mut String,
) -> Result<(), TemplateError> {
    Run { root, missing, out }.nodes(nodes, root)
}

struct Run<'a> {
    root: &'a Value,
    missing: Missing,
    out: &'a mut String,
}

impl Run<'_> {
    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<(), TemplateError> {
        for node in nodes {
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Print(pipeline) => {
                    let value = self.pipeline(pipeline, dot)?;
                    self.out.push_str(&match value {
                        Value::Nothing => "<no value>".to_owned(),
                        value => value.to_string(),
                    });
                }
                Node::Block { kind, pipeline, then, otherwise } => {
                    let value = self.pipeline(pipeline, dot)?;
                    match kind {
                        BlockKind::Range => self.range(&value, then, otherwise, dot)?,
                        BlockKind::If if value.is_true() => self.nodes(then, dot)?,
                        BlockKind::With if value.is_true() => self.nodes(then, &value)?,
                        BlockKind::If | BlockKind::With => self.nodes(otherwise, dot)?,
                    }
                }
            }
        }
        Ok(())
    }

    fn range(
        &mut self,
        value: &Value,
        then: &[Node],
        otherwise: &[Node],
        dot: &Value,
    ) -> Result<(), TemplateError> {
        match value {
            Value::List { items, .. } if !items.is_empty() => {
                items.iter().try_for_each(|item| self.nodes(then, item))
            }
            Value::Map { entries, .. } if !entries.is_empty() => {
                entries.values().try_for_each(|item| self.nodes(then, item))
            }
            Value::List { .. } | Value::Map { .. } | Value::Nothing => self.nodes(otherwise, dot),
            other => Err(TemplateError(format!("range cannot go over {}", quote(other)))),
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<Value, TemplateError> {
        let mut value = None;
        for command in &pipeline.0 {
            value = Some(match command {
                Command::Operand(operand) => self.operand(operand, dot)?,
                Command::Call(function, operands) => self.call(*function, operands, value, dot)?,
            });
        }
        Ok(value.unwrap_or(Value::Nothing))
    }

    fn call(
        &mut self,
        function: Function,
        operands: &[Operand],
        piped: Option<Value>,
        dot: &Value,
    ) -> Result<Value, TemplateError> {
        // `and` and `or` look at no argument after the one that decides.
        if let Function::And | Function::Or = function {
            let mut last = None;
            for operand in operands {
                let value = self.operand(operand, dot)?;
                let decided = value.is_true() == (function == Function::Or);
                last = Some(value);
                if decided {
                    break;
                }
            }
            let decided = last.as_ref().is_some_and(|v| v.is_true() == (function == Function::Or));
            return match piped {
                Some(value) if !decided => Ok(value),
                _ => last.ok_or_else(|| TemplateError(format!("`{}` needs an argument", function.name()))),
            };
        }
        let mut arguments: Vec<Value> =
            operands.iter().map(|operand| self.operand(operand, dot)).collect::<Result<_, _>>()?;
        arguments.extend(piped);
        if self.missing == Missing::Headings && function.leaves_headings_alone() {
            return match arguments.into_iter().next() {
                Some(text @ Value::Text(_)) => Ok(text),
                _ => Err(TemplateError(format!("`{}` wants a heading", function.name()))),
            };
        }
        function.call(&arguments)
    }

    fn operand(&mut self, operand: &Operand, dot: &Value) -> Result<Value, TemplateError> {
        match operand {
            Operand::Dot => Ok(dot.clone()),
            Operand::Root => Ok(self.root.clone()),
            Operand::Constant(value) => Ok(value.clone()),
            Operand::Nested(pipeline) => self.pipeline(pipeline, dot),
            Operand::Path(start, names) => {
                // Without a copy of the whole document for each field.
                let mut value = match &**start {
                    Operand::Dot => self.field(dot, &names[0])?,
                    Operand::Root => self.field(self.root, &names[0])?,
                    start => {
                        let start = self.operand(start, dot)?;
                        self.field(&start, &names[0])?
                    }
                };
                for name in &names[1..] {
                    value = self.field(&value, name)?;
                }
                Ok(value)
            }
        }
    }

    fn field(&self, value: &Value, name: &str) -> Result<Value, TemplateError> {
        let missing = || TemplateError(format!("there is no `.{name}` here"));
        if let (Value::Map { entries, .. }, Missing::Error) = (value, self.missing) {
            return entries.get(name).cloned().ok_or_else(missing);
        }
        match (value, self.missing) {
            // Go looks on into what is not there, unless missing keys are errors.
            (Value::Nothing, Missing::NoValue | Missing::Headings) => Ok(Value::Nothing),
            _ => value.field(name).ok_or_else(missing),
        }
    }
}
