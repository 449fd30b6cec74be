//! The functions of a template: docker's, and those of Go's that people use with it.

use super::{TemplateError, quote};
use crate::report::docker::Reader;
use crate::report::docker::gojson::{self, Html, Layout};
use crate::report::docker::value::{Element, Value};

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// The first empty argument, or the last.
    And,
    /// Whether the first argument equals any other.
    Eq,
    /// An element by its index or key.
    Index,
    /// Strings in one, with a separator.
    Join,
    /// JSON on one line.
    Json,
    /// Number of elements, or bytes of a string.
    Len,
    /// Small letters.
    Lower,
    /// Whether two arguments differ.
    Ne,
    /// Whether it is empty.
    Not,
    /// The first argument that is not empty, or the last.
    Or,
    /// Spaces before and after a string that is not empty.
    Pad,
    /// The arguments with spaces between and a line end.
    Println,
    /// A string in pieces.
    Split,
    /// Capital first letters.
    Title,
    /// The first bytes of a string.
    Truncate,
    /// Capital letters.
    Upper,
}

const ALL: [(&str, Function); 16] = [
    ("and", Function::And),
    ("eq", Function::Eq),
    ("index", Function::Index),
    ("join", Function::Join),
    ("json", Function::Json),
    ("len", Function::Len),
    ("lower", Function::Lower),
    ("ne", Function::Ne),
    ("not", Function::Not),
    ("or", Function::Or),
    ("pad", Function::Pad),
    ("println", Function::Println),
    ("split", Function::Split),
    ("title", Function::Title),
    ("truncate", Function::Truncate),
    ("upper", Function::Upper),
];

impl Function {
    /// The function of that name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|(other, _)| *other == name).map(|&(_, function)| function)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        ALL.iter().find(|(_, other)| *other == self).map_or("", |&(name, _)| name)
    }

    /// All names, for people.
    pub fn names() -> String {
        ALL.map(|(name, _)| name).join(", ")
    }

    /// Whether docker replaces it for the headings of a table by one that returns its first argument. `pad` is not
    /// among them, so that headings stay over their columns.
    pub fn leaves_headings_alone(self) -> bool {
        use Function::{Join, Json, Lower, Split, Title, Truncate, Upper};
        matches!(self, Join | Json | Lower | Split | Title | Truncate | Upper)
    }

    /// Calls it.
    pub fn call(self, arguments: &[Value]) -> Result<Value, TemplateError> {
        let value = match (self, arguments) {
            (Self::Json, [value]) => Some(json(value)),
            (Self::Join, [Value::List { items, .. }, Value::Text(separator)]) => join(items, separator),
            (Self::Split, [Value::Text(text), Value::Text(separator)]) => Some(split(text, separator)),
            (Self::Upper, [Value::Text(text)]) => Some(text.to_uppercase().into()),
            (Self::Lower, [Value::Text(text)]) => Some(text.to_lowercase().into()),
            (Self::Title, [Value::Text(text)]) => Some(title(text).into()),
            (Self::Pad, [Value::Text(text), before, after]) => pad(text, before, after),
            (Self::Truncate, [Value::Text(text), length]) => {
                integer(length).map(|length| truncate(text, length).into())
            }
            (Self::Println, values) => {
                let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
                Some(Value::Text(texts.join(" ") + "\n"))
            }
            (Self::Len, [value]) => len(value),
            (Self::Index, [value, keys @ ..]) => {
                return keys.iter().try_fold(value.clone(), |value, key| index(&value, key));
            }
            (Self::Not, [value]) => Some(Value::Bool(!value.is_true())),
            (Self::Eq, [first, rest @ ..]) if !rest.is_empty() => equals_any(first, rest).map(Value::Bool),
            (Self::Ne, [first, second]) => equals(first, second).map(|equal| Value::Bool(!equal)),
            _ => None,
        };
        value.ok_or_else(|| {
            let list: Vec<String> = arguments.iter().map(quote).collect();
            let list = if list.is_empty() { "nothing".to_owned() } else { list.join(" and ") };
            TemplateError(format!("`{}` cannot be given {list}", self.name()))
        })
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

fn json(value: &Value) -> Value {
    gojson::encode(value, Html::Plain, Layout::Line, Reader::Program).into()
}

/// Go looks at one after the other, and stops at the first that is equal.
fn equals_any(first: &Value, rest: &[Value]) -> Option<bool> {
    for other in rest {
        if equals(first, other)? {
            return Some(true);
        }
    }
    Some(false)
}

/// Equality of values of one basic type; `None` where Go sees incompatible types.
fn equals(one: &Value, other: &Value) -> Option<bool> {
    match (one, other) {
        (Value::Integer(a) | Value::Duration(a), Value::Integer(b) | Value::Duration(b)) => Some(a == b),
        (Value::Text(a) | Value::Number(a), Value::Text(b) | Value::Number(b)) => Some(a == b),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        (Value::Nothing | Value::NilPointer, other) | (other, Value::Nothing | Value::NilPointer) => {
            Some(matches!(other, Value::Nothing | Value::NilPointer))
        }
        _ => None,
    }
}

fn integer(value: &Value) -> Option<usize> {
    if let Value::Integer(number) = value { usize::try_from(*number).ok() } else { None }
}

fn join(items: &[Value], separator: &str) -> Option<Value> {
    let texts: Option<Vec<&str>> = items
        .iter()
        .map(|item| if let Value::Text(text) = item { Some(text.as_str()) } else { None })
        .collect();
    Some(texts?.join(separator).into())
}

/// `strings.Split`: every character where the separator is empty.
fn split(text: &str, separator: &str) -> Value {
    let items = if separator.is_empty() {
        text.chars().map(|c| Value::Text(c.into())).collect()
    } else {
        text.split(separator).map(Value::from).collect()
    };
    Value::List { items, nil: false }
}

/// `strings.Title`: words begin after anything but letters, digits, underscores and, beyond ASCII, spaces.
fn title(text: &str) -> String {
    let mut begins = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        begins = if c.is_ascii() {
            !c.is_ascii_alphanumeric() && c != '_'
        } else {
            !c.is_alphanumeric() && c.is_whitespace()
        };
    }
    out
}

/// The first bytes; where Go would cut a character in half, the character goes too.
fn truncate(text: &str, length: usize) -> &str {
    (0..=length.min(text.len())).rev().find_map(|end| text.get(..end)).unwrap_or("")
}

/// Spaces for a screen; what is wider is no alignment.
fn pad(text: &str, before: &Value, after: &Value) -> Option<Value> {
    let (before, after) = (integer(before)?.min(10_000), integer(after)?.min(10_000));
    Some(if text.is_empty() {
        text.into()
    } else {
        format!("{}{text}{}", " ".repeat(before), " ".repeat(after)).into()
    })
}

fn len(value: &Value) -> Option<Value> {
    let length = match value {
        Value::Text(text) => text.len(),
        Value::List { items, .. } => items.len(),
        Value::Map { entries, .. } => entries.len(),
        _ => return None,
    };
    i64::try_from(length).ok().map(Value::Integer)
}

fn index(value: &Value, key: &Value) -> Result<Value, TemplateError> {
    let found = match (value, key) {
        (Value::List { items, .. }, key) => integer(key).and_then(|at| items.get(at)).cloned(),
        (Value::Text(text), key) => {
            let byte = integer(key).and_then(|at| text.as_bytes().get(at).copied());
            byte.map(|byte| Value::Integer(byte.into()))
        }
        (Value::Map { entries, element, .. }, Value::Text(key)) => {
            Some(entries.get(key).cloned().unwrap_or_else(|| match element {
                Element::Any => Value::Nothing,
                Element::Text => "".into(),
                Element::Unit => Value::Struct(Vec::new()),
            }))
        }
        _ => None,
    };
    found.ok_or_else(|| TemplateError(format!("`index` finds no {} in {}", quote(key), quote(value))))
}
