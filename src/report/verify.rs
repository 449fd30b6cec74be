//! `capas verify`: what was checked, what is wrong, what is odd.

use std::io::{self, Write};

use serde::Serialize;

use super::document::{Document, lossless, write_line};
use super::{Align, Cell, Look, Table};
use crate::image::ImageInfo;
use crate::layer::{Note, Notes};
use crate::prose;
use crate::role::Role;
use crate::source::Check;
use crate::text;

/// What `verify` found.
pub struct Findings<'a> {
    /// What was checked, in order.
    pub checks: &'a [Check],
    /// What engines and the specification see differently.
    pub notes: &'a Notes,
}

/// A check in JSON.
#[derive(Serialize)]
struct CheckRow<'a> {
    subject: &'a str,
    ok: bool,
    message: &'a str,
}

/// A note in JSON.
#[derive(Serialize)]
struct NoteRow {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<u16>,
    count: u64,
    message: String,
    places: Vec<String>,
}

impl<'a> From<&'a Check> for CheckRow<'a> {
    fn from(check: &'a Check) -> Self {
        Self { subject: &check.subject, ok: check.ok, message: &check.message }
    }
}

impl From<&Note> for NoteRow {
    fn from(note: &Note) -> Self {
        Self {
            kind: prose::note_id(note.kind),
            layer: note.layer.map(|layer| layer.0),
            count: note.count,
            message: prose::note(note),
            places: note.places.iter().map(|place| lossless(place).0).collect(),
        }
    }
}

impl Findings<'_> {
    /// How many checks failed.
    pub fn failed(&self) -> usize {
        self.checks.iter().filter(|check| !check.ok).count()
    }

    /// One document.
    pub fn json(&self, image: &ImageInfo, out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Answer<'a> {
            checks: Vec<CheckRow<'a>>,
            notes: Vec<NoteRow>,
        }
        let checks = self.checks.iter().map(Into::into).collect();
        let notes = self.notes.iter().map(Into::into).collect();
        Document::new(image, Answer { checks, notes }).write(out)
    }

    /// One check or note a line.
    pub fn ndjson(&self, out: &mut dyn Write) -> io::Result<()> {
        self.checks.iter().try_for_each(|check| write_line(out, &CheckRow::from(check)))?;
        self.notes.iter().try_for_each(|note| write_line(out, &NoteRow::from(note)))
    }

    /// Fields parted by tabs: `ok`, `bad` or `note`; the subject or the kind; the sentence.
    pub fn plain(&self, out: &mut dyn Write) -> io::Result<()> {
        for check in self.checks {
            let word = if check.ok { "ok" } else { "bad" };
            writeln!(out, "{word}\t{}\t{}", shown(&check.subject), shown(&check.message))?;
        }
        for note in self.notes {
            writeln!(out, "note\t{}\t{}", prose::note_id(note.kind), prose::note(note))?;
        }
        Ok(())
    }

    /// For people; with `quiet` only what is wrong.
    pub fn table(&self, look: &Look, quiet: bool, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::bare(&[Align::Left, Align::Left, Align::Left]);
        for check in self.checks.iter().filter(|check| !(quiet && check.ok)) {
            table.row(vec![
                if check.ok { Cell::new("ok", Role::Added) } else { Cell::new("BAD", Role::Error) },
                Cell::plain(shown(&check.subject)),
                Cell::plain(shown(&check.message)),
            ]);
        }
        table.write(out, look)?;
        if quiet {
            return Ok(());
        }
        for (at, note) in self.notes.iter().enumerate() {
            if at == 0 {
                out.write_all(b"\n")?;
                look.write(out, Role::Heading, "Notes")?;
                out.write_all(b"\n")?;
            }
            writeln!(out, "  {}", prose::note(note))?;
        }
        let checks = text::counted(self.checks.len() as u64, "check");
        match self.failed() {
            0 if self.checks.is_empty() => writeln!(out, "\nnothing in it has a digest to check"),
            0 => writeln!(out, "\n{checks}, all fine"),
            failed => writeln!(out, "\n{checks}, {failed} failed"),
        }
    }
}

/// Names in it may be escaped already; what is not must not reach a terminal.
fn shown(sentence: &str) -> String {
    text::display_multiline(sentence.as_bytes()).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{LayerIndex, NoteKind};

    #[test]
    fn what_is_wrong_stands_out_and_is_counted() {
        let check =
            |subject: &str, ok, message: &str| Check { subject: subject.into(), ok, message: message.into() };
        let checks =
            [check("config sha256:ab", true, "fine"), check("layer 2", false, "wrong \x1b[31m digest")];
        let mut notes = Notes::default();
        notes.add(NoteKind::RepeatedPath, Some(LayerIndex(2)), b"a\x1b");
        let findings = Findings { checks: &checks, notes: &notes };
        assert_eq!(findings.failed(), 1);
        let print = |quiet| {
            let mut out = Vec::new();
            findings.table(&Look::default(), quiet, &mut out).expect("a vector takes all");
            String::from_utf8(out).expect("text")
        };
        assert_eq!(print(true), "BAD  layer 2  wrong \\x1b[31m digest\n");
        assert_eq!(
            print(false),
            "ok   config sha256:ab  fine\nBAD  layer 2           wrong \\x1b[31m digest\n\nNotes\n  layer 2: a path occurs \
             more than once in one layer: the last one counts, most engines refuse to load it: a\\x1b\n\n2 checks, 1 \
             failed\n"
        );
        let mut out = Vec::new();
        let nothing = Findings { checks: &[], notes: &Notes::default() };
        nothing.table(&Look::default(), false, &mut out).expect("a vector takes all");
        assert_eq!(out, b"\nnothing in it has a digest to check\n");
        let mut out = Vec::new();
        findings.plain(&mut out).expect("a vector takes all");
        let lines = String::from_utf8(out).expect("text");
        assert_eq!(lines.lines().map(|line| line.split('\t').count()).collect::<Vec<_>>(), [3, 3, 3]);
    }
}
