//! Why: what the cursor is on in plain sentences, and what the figures of the image mean.

use crate::advice::{Confidence, Row};
use crate::layer::LayerIndex;
use crate::prose::{self, death, figures};
use crate::role::Role;
use crate::text;
use crate::tree::View;
use crate::tui::answers;
use crate::tui::app::App;
use crate::tui::doc::Line;
use crate::tui::layout::{Pane, Screen};
use crate::tui::pane::advice::Entry;
use crate::tui::pane::detail::{self, Selected};
use crate::tui::pane::{account, life};
use crate::tui::scroll::{self, Step};

/// The sentences.
#[derive(Clone, Debug)]
pub struct Why {
    /// What they are about.
    pub title: String,
    /// They, one paragraph a line.
    pub lines: Vec<Line>,
    /// The first row on screen.
    pub offset: usize,
}

impl Why {
    /// Of what the cursor is on.
    pub fn of(app: &App) -> Self {
        let (title, mut lines) = match app.focus() {
            Pane::Layers | Pane::Detail => step(app),
            Pane::Tree | Pane::File => file(app),
            Pane::Waste | Pane::Victims => waste(app),
            Pane::Findings | Pane::Finding => finding(app),
            Pane::Runs | Pane::Facts => ("this setting".to_owned(), says(figures::SETTINGS)),
        };
        lines.push(Line::of(Role::Heading, "The figures of the image"));
        lines.extend(image(app));
        Self { title: format!("Why: {title}"), lines, offset: 0 }
    }

    /// Scrolls a window of some height over so many rows.
    pub fn go(&mut self, step: Step, height: usize, rows: usize) {
        self.offset = scroll::step(self.offset, step, rows.saturating_sub(height) + 1);
    }
}

/// A paragraph.
fn says(sentence: impl Into<String>) -> Vec<Line> {
    vec![Line::of(Role::Plain, sentence), Line::new()]
}

fn step(app: &App) -> (String, Vec<Line>) {
    let Some(selected) = Selected::of(app) else { return ("this image".to_owned(), Vec::new()) };
    let step = selected.step;
    let title = match step.layer {
        Some(layer) => format!("step {}, layer {layer}", step.index),
        None => format!("step {}", step.index),
    };
    let mut lines = says(detail::story(&selected));
    if let (Some(layer), Some(insight)) = (step.layer, app.insight()) {
        let size = |bytes| app.manner.size(bytes);
        let of = insight.ledger.account(layer);
        lines.push(Line::of(
            Role::Plain,
            match of.payload {
                0 => figures::NO_BYTES.to_owned(),
                ships => figures::layer(&size(ships), &size(of.live), &size(of.dead.total())),
            },
        ));
        // The first line says what is seen, as the sentence does.
        lines.extend(account::lines(&insight.ledger, layer, &app.manner).into_iter().skip(1));
        lines.push(Line::new());
        if let Some(row) = row_of(&insight.advice.rows, layer) {
            lines.extend(says(format!("{}.", text::display(row.sentence.as_bytes()))));
        }
        if layer.0 <= insight.story.base.layers {
            lines.extend(says(prose::story::base(&insight.story.base)));
        }
    }
    (title, lines)
}

/// The row of RUNs that a layer belongs to.
fn row_of(rows: &[Row], layer: LayerIndex) -> Option<&Row> {
    rows.iter().find(|row| row.layers.contains(&layer))
}

fn file(app: &App) -> (String, Vec<Line>) {
    let is_rootfs = matches!(app.view(), Some(View::Rootfs(_)));
    let legend = says(if is_rootfs { figures::ALL_FILES } else { figures::CHANGES });
    let Some((image, node)) = app.image().zip(app.node()) else { return ("these files".to_owned(), legend) };
    let path = text::display(&image.tree.path(node));
    let mut lines: Vec<Line> =
        life::sentences(&image.tree, node, &app.manner).into_iter().flat_map(says).collect();
    lines.push(Line::of(Role::Heading, "The columns"));
    lines.extend(legend);
    (if path.is_empty() { "/".to_owned() } else { path }, lines)
}

fn waste(app: &App) -> (String, Vec<Line>) {
    let mut lines = Vec::new();
    if let Some(insight) = app.insight() {
        for (cause, bytes) in insight.ledger.causes().iter() {
            let line = Line::of(Role::Dead, format!("{} ", app.manner.size(bytes)))
                .add(Role::Heading, cause.word())
                .add(Role::Plain, format!(": {}.", death::meaning(cause)));
            lines.push(line.indent(4));
        }
        lines.push(Line::new());
    }
    ("bytes are dead".to_owned(), lines)
}

fn finding(app: &App) -> (String, Vec<Line>) {
    let none = ("advice".to_owned(), Vec::new());
    let Some(advice) = app.insight().map(|insight| &insight.advice) else { return none };
    let Some(finding) = app.advice.finding(advice) else {
        let Some(Entry::Row(at)) = app.advice.selected() else { return none };
        let sentence = advice.rows.get(at).map(|row| format!("{}.", text::display(row.sentence.as_bytes())));
        return ("RUNs in a row".to_owned(), sentence.map_or_else(Vec::new, says));
    };
    let mut lines = Vec::new();
    for sentence in [&finding.why, &finding.costs] {
        if !sentence.is_empty() {
            lines.extend(says(text::display(sentence.as_bytes())));
        }
    }
    lines.extend(says(match finding.confidence {
        Confidence::Exact => figures::EXACT,
        Confidence::Bounded => figures::RANGE,
        Confidence::Heuristic => figures::GUESS,
    }));
    lines.extend(figures::owner(finding.owner).into_iter().flat_map(says));
    (finding.rule.id().to_owned(), lines)
}

/// What ships, what is seen of it, what is not.
fn image(app: &App) -> Vec<Line> {
    let Some(image) = app.image() else { return says(figures::NOT_YET) };
    let size = |bytes| app.manner.size(bytes);
    let mut lines = says(figures::ships(&size(answers::ships(image))));
    let Some(insight) = app.insight() else {
        lines.extend(says(figures::NOT_YET));
        return lines;
    };
    lines.extend(says(figures::shows(&size(insight.ledger.visible()))));
    lines.extend(says(match insight.ledger.causes().total() {
        0 => figures::NOTHING_DEAD.to_owned(),
        dead => figures::dead(&size(dead)),
    }));
    if app.screen == Screen::Advice && insight.advice.avoidable > 0 {
        lines.extend(says(figures::can_go(&size(insight.advice.avoidable))));
    }
    lines
}
