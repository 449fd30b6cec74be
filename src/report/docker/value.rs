//! The values that a template sees: as much of Go's types as shows in what it prints.

use std::collections::BTreeMap;
use std::fmt;

use super::gojson::{self, Html, Layout};
use super::{Reader, gotime};

/// A Go value. Nil lists, maps and pointers print otherwise than empty ones, in templates or in JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An untyped nil: JSON's `null`, or a key that is not there.
    Nothing,
    /// A nil pointer to a struct.
    NilPointer,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A `time.Duration`: nanoseconds, printed as `1m30s`.
    Duration(i64),
    /// A number of a JSON document, as it is written there.
    Number(String),
    /// A string.
    Text(String),
    /// A slice.
    List {
        /// Its elements.
        items: Vec<Self>,
        /// Whether it is nil, which is `null` in JSON.
        nil: bool,
    },
    /// A map with strings for keys, which Go prints in order.
    Map {
        /// Its entries.
        entries: BTreeMap<String, Self>,
        /// What `index` finds under a key that is not there.
        element: Element,
        /// Whether it is nil, which is `null` in JSON.
        nil: bool,
    },
    /// A struct.
    Struct(Vec<Field>),
    /// A formatter context of docker's: methods without arguments that return strings. JSON has them sorted by name.
    Methods(Vec<(&'static str, String)>),
}

/// The element type of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// `any`.
    Any,
    /// `string`.
    Text,
    /// `struct{}`.
    Unit,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in Go, which templates use.
    pub name: &'static str,
    /// Its name in JSON; empty for an embedded struct, whose fields are the outer struct's too.
    pub json: &'static str,
    /// Whether JSON leaves it out when it is empty.
    pub omit_empty: bool,
    /// What it holds.
    pub value: Value,
}

impl Value {
    /// A slice of strings; nil when there is none.
    pub fn texts(texts: &[String]) -> Self {
        Self::List { items: texts.iter().map(|t| Self::Text(t.clone())).collect(), nil: texts.is_empty() }
    }

    /// What `{{.Name}}` finds; `None` if there is no such field, or nothing that has fields.
    pub fn field(&self, name: &str) -> Option<Self> {
        match self {
            Self::Map { entries, .. } => Some(entries.get(name).cloned().unwrap_or(Self::Nothing)),
            Self::Methods(methods) => {
                methods.iter().find(|(n, _)| *n == name).map(|(_, text)| Self::Text(text.clone()))
            }
            Self::Struct(fields) => fields
                .iter()
                .find(|f| f.name == name)
                .map(|f| f.value.clone())
                .or_else(|| fields.iter().filter(|f| f.json.is_empty()).find_map(|f| f.value.field(name))),
            _ => None,
        }
    }

    /// Whether `if` and `with` take it for true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Struct(_) | Self::Methods(_) => true,
            Self::Number(number) => number.parse() != Ok(0.0),
            other => !other.is_empty(),
        }
    }

    /// Whether `omitempty` leaves it out.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Nothing | Self::NilPointer => true,
            Self::Bool(value) => !value,
            Self::Integer(number) | Self::Duration(number) => *number == 0,
            Self::Text(text) => text.is_empty(),
            Self::List { items, .. } => items.is_empty(),
            Self::Map { entries, .. } => entries.is_empty(),
            Self::Number(_) | Self::Struct(_) | Self::Methods(_) => false,
        }
    }

    /// This as JSON and back: what a template sees of the raw document, with JSON's names and no types.
    #[must_use]
    pub fn decoded(&self) -> Self {
        match self {
            Self::List { nil: true, .. } | Self::Map { nil: true, .. } | Self::NilPointer => Self::Nothing,
            Self::Integer(number) | Self::Duration(number) => Self::Number(number.to_string()),
            Self::List { items, .. } => {
                Self::List { items: items.iter().map(Self::decoded).collect(), nil: false }
            }
            Self::Map { entries, .. } => Self::Map {
                entries: entries.iter().map(|(key, value)| (key.clone(), value.decoded())).collect(),
                element: Element::Any,
                nil: false,
            },
            Self::Struct(_) => {
                let members = self.members().into_iter();
                Self::Map {
                    entries: members.map(|(key, value)| (key.to_owned(), value.decoded())).collect(),
                    element: Element::Any,
                    nil: false,
                }
            }
            other => other.clone(),
        }
    }

    /// The members of a struct as JSON has them: embedded structs unfolded, empty fields left out where Go does.
    pub fn members(&self) -> Vec<(&'static str, &Self)> {
        let mut members = Vec::new();
        if let Self::Struct(fields) = self {
            for field in fields {
                if field.json.is_empty() {
                    members.extend(field.value.members());
                } else if !(field.omit_empty && field.value.is_empty()) {
                    members.push((field.json, &field.value));
                }
            }
        }
        members
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Nothing,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(number.to_string()),
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(items) => {
                Self::List { items: items.into_iter().map(Self::from).collect(), nil: false }
            }
            serde_json::Value::Object(members) => Self::Map {
                entries: members.into_iter().map(|(key, value)| (key, value.into())).collect(),
                element: Element::Any,
                nil: false,
            },
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// As Go's `%v` prints it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spaced = |f: &mut fmt::Formatter<'_>, values: &mut dyn Iterator<Item = &Self>| {
            for (at, value) in values.enumerate() {
                write!(f, "{}{value}", if at > 0 { " " } else { "" })?;
            }
            Ok(())
        };
        match self {
            Self::Nothing | Self::NilPointer => f.write_str("<nil>"),
            Self::Bool(value) => value.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Duration(nanos) => f.write_str(&gotime::duration(*nanos)),
            Self::Number(text) | Self::Text(text) => f.write_str(text),
            Self::List { items, .. } => {
                f.write_str("[")?;
                spaced(f, &mut items.iter())?;
                f.write_str("]")
            }
            Self::Map { entries, .. } => {
                f.write_str("map[")?;
                for (at, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key}:{value}", if at > 0 { " " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Struct(fields) => {
                f.write_str("{")?;
                spaced(f, &mut fields.iter().map(|field| &field.value))?;
                f.write_str("}")
            }
            Self::Methods(_) => {
                f.write_str(&gojson::encode(self, Html::Escaped, Layout::Line, Reader::Program))
            }
        }
    }
}
