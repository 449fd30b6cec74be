//! Findings and rows for people, and as lines of fields.

use std::io::{self, Write};

use super::Report;
use crate::advice::{Bytes, Finding, Fix, Severity, Verdict};
use crate::build::Alignment;
use crate::prose;
use crate::report::{Align, Cell, Look, Table};
use crate::role::Role;
use crate::text;

/// Columns of running text.
const WIDTH: usize = 96;

/// For people.
pub fn table(report: &Report<'_>, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let Report { ledger, story, advice, .. } = report;
    let sums = prose::advice::Sums {
        ship: &look.size(ledger.ship()),
        visible: &look.size(ledger.visible()),
        avoidable: &look.size(advice.avoidable),
        guessed: &look.size(advice.avoidable_with_guesses - advice.avoidable),
        is_guessing: advice.avoidable_with_guesses > advice.avoidable,
    };
    paragraph(out, "", &prose::advice::sums(sums))?;
    paragraph(out, "", &prose::story::base(&story.base))?;
    for remark in &story.remarks {
        paragraph(out, "", &prose::advice::sentence(&prose::story::remark(remark)))?;
    }
    if !advice.rows.is_empty() {
        writeln!(out)?;
        let mut table = Table::bare(&[Align::Right, Align::Left, Align::Left]);
        for row in &advice.rows {
            let role = if row.verdict == Verdict::Leave { Role::Dim } else { Role::Warning };
            table.row(vec![
                Cell::plain(size(*look, row.bytes)),
                Cell::new(row.verdict.word(), role),
                Cell::plain(&*row.sentence),
            ]);
        }
        table.write(out, look)?;
    }
    for (at, finding) in advice.findings.iter().enumerate() {
        writeln!(out)?;
        one(*look, at + 1, finding, story.dockerfile.as_ref(), out)?;
    }
    if advice.findings.is_empty() {
        writeln!(out, "\n{}", prose::advice::NOTHING)?;
    }
    let shared = shared(&advice.findings);
    if !shared.is_empty() {
        writeln!(out)?;
        paragraph(out, "", &prose::advice::same_lines(&shared))?;
    }
    if advice.threshold > 0 {
        writeln!(out)?;
        paragraph(out, "", &prose::advice::left_out(&look.size(advice.threshold)))?;
    }
    Ok(())
}

/// The numbers of the findings whose diffs change steps that another one's changes too: after the one, the other may not
/// apply.
fn shared(findings: &[Finding]) -> Vec<usize> {
    let has_diff =
        |finding: &&Finding| finding.fix.iter().chain(&finding.alternative).any(|fix| fix.diff.is_some());
    let is_shared = |at: usize, finding: &Finding| {
        let others = findings.iter().enumerate().filter(|(other, _)| *other != at);
        let mut others = others.map(|(_, other)| other).filter(has_diff);
        others.any(|other| finding.steps.iter().any(|step| other.steps.contains(step)))
    };
    let with_diff = findings.iter().enumerate().filter(|(_, finding)| has_diff(finding));
    with_diff.filter(|(at, finding)| is_shared(*at, finding)).map(|(at, _)| at + 1).collect()
}

fn one(
    look: Look,
    number: usize,
    finding: &Finding,
    dockerfile: Option<&Alignment>,
    out: &mut dyn Write,
) -> io::Result<()> {
    look.write(out, Role::Heading, &format!("{number}. {}", finding.rule.id()))?;
    // What is no matter of bytes has none.
    let bytes = if finding.bytes.max > 0 { size(look, finding.bytes) + "  " } else { String::new() };
    write!(out, "  {bytes}")?;
    look.write(out, role(finding.severity), finding.severity.word())?;
    writeln!(out, ", {}", prose::advice::standing(finding.confidence.word(), finding.owner))?;
    paragraph(out, "   ", &finding.title)?;
    if let Some(places) = dockerfile.and_then(|file| file.places(&finding.steps)) {
        paragraph(out, "   At ", &places)?;
    }
    for evidence in &finding.evidence {
        paragraph(out, "   - ", &evidence.text)?;
    }
    if !finding.why.is_empty() {
        paragraph(out, "   Why: ", &finding.why)?;
    }
    // What is gentler stands first.
    if let Some(alternative) = &finding.alternative {
        fix(look, "Best", alternative, out)?;
    }
    if let Some(always) = &finding.fix
        && finding.alternative.as_ref().is_none_or(|it| it.text != always.text)
    {
        fix(look, if finding.alternative.is_some() { "Or" } else { "Fix" }, always, out)?;
    }
    if !finding.costs.is_empty() {
        paragraph(out, "   Costs: ", &finding.costs)?;
    }
    Ok(())
}

fn fix(look: Look, word: &str, fix: &Fix, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "   ")?;
    look.write(out, Role::Keyword, word)?;
    writeln!(out, ", {}:", prose::advice::fix(fix.kind.word()))?;
    for line in fix.diff.as_deref().unwrap_or(&fix.text).lines() {
        let role = match line.as_bytes().first() {
            Some(b'+') if fix.diff.is_some() => Role::Added,
            Some(b'-') if fix.diff.is_some() => Role::Removed,
            _ => Role::Plain,
        };
        write!(out, "     ")?;
        look.write(out, role, &text::display(line.as_bytes()))?;
        writeln!(out)?;
    }
    Ok(())
}

fn role(severity: Severity) -> Role {
    match severity {
        Severity::Critical | Severity::High => Role::Error,
        Severity::Medium | Severity::Low => Role::Warning,
        Severity::Info => Role::Dim,
    }
}

fn size(look: Look, bytes: Bytes) -> String {
    if bytes.is_exact() {
        look.size(bytes.min)
    } else {
        format!("{} to {}", look.size(bytes.min), look.size(bytes.max))
    }
}

/// Running text behind a first word, later lines under its beginning; nothing where there is no text.
fn paragraph(out: &mut dyn Write, before: &str, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let indent = text::width(before);
    write!(out, "{before}")?;
    let mut at = indent;
    for word in text::display(text.as_bytes()).split_whitespace() {
        let wide = text::width(word);
        if at > indent && at + 1 + wide > WIDTH {
            write!(out, "\n{:indent$}", "")?;
            at = indent;
        } else if at > indent {
            write!(out, " ")?;
            at += 1;
        }
        write!(out, "{word}")?;
        at += wide;
    }
    writeln!(out)
}

/// Fields parted by tabs. `finding`: rule, severity, confidence, owner, least and most bytes, unique bytes, steps, title.
/// `row`: verdict, least and most bytes, steps, sentence.
pub fn plain(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let steps = |steps: &[usize]| steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    for finding in &report.advice.findings {
        writeln!(
            out,
            "finding\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            finding.rule.id(),
            finding.severity.word(),
            finding.confidence.word(),
            finding.owner.word(),
            finding.bytes.min,
            finding.bytes.max,
            finding.unique,
            steps(&finding.steps),
            text::display(finding.title.as_bytes())
        )?;
    }
    for row in &report.advice.rows {
        let Bytes { min, max } = row.bytes;
        writeln!(
            out,
            "row\t{}\t{min}\t{max}\t{}\t{}",
            row.verdict.word(),
            steps(&row.steps),
            text::display(row.sentence.as_bytes())
        )?;
    }
    Ok(())
}
