//! The account of a layer in lines: what of it is seen, what is not and who did it, and what it did to other layers.

use crate::layer::LayerIndex;
use crate::ledger::{Cause, Death, Ledger, Pair};
use crate::prose::death;
use crate::role::Role;
use crate::text::Manner;
use crate::tui::doc::Line;
use crate::tui::pane::detail::LABEL;

/// Rows of each of the two lists.
const MOST: usize = 4;

/// The lines.
pub fn lines(ledger: &Ledger, layer: LayerIndex, manner: &Manner) -> Vec<Line> {
    let account = ledger.account(layer);
    if account.payload == 0 && ledger.matrix().killed_by(layer) == 0 {
        return Vec::new();
    }
    let mut lines = vec![Line::field("Seen", LABEL, manner.size(account.live))];
    let pairs = ledger.matrix().pairs();
    let of = |wanted: &dyn Fn(&Pair) -> bool| {
        let mut parts: Vec<(u64, &Pair, Cause)> = pairs
            .iter()
            .filter(|pair| wanted(pair))
            .flat_map(|pair| pair.causes.iter().map(move |(cause, bytes)| (bytes, pair, cause)))
            .collect();
        parts.sort_by_key(|(bytes, ..)| std::cmp::Reverse(*bytes));
        parts
    };
    let dead = of(&|pair| pair.born == layer);
    let words = |pair: &Pair, cause| death::killed(Death { killer: pair.killed, cause });
    lines.extend(list("Dead", &dead, words, manner));
    let kills = of(&|pair| pair.killed == layer && pair.born != layer);
    lines.extend(list("Kills", &kills, |pair, cause| death::kills(pair.born, cause), manner));
    lines
}

/// The largest parts, and the sum of the others.
fn list(
    label: &str,
    parts: &[(u64, &Pair, Cause)],
    words: impl Fn(&Pair, Cause) -> String,
    manner: &Manner,
) -> Vec<Line> {
    let label = |at: usize| if at == 0 { label } else { "" };
    let shown = if parts.len() > MOST + 1 { MOST } else { parts.len() };
    let mut lines: Vec<Line> = parts[..shown]
        .iter()
        .enumerate()
        .map(|(at, &(bytes, pair, cause))| {
            let line = Line::field(label(at), LABEL, "").add(Role::Dead, manner.size(bytes));
            line.add(Role::Plain, format!(" {}", words(pair, cause)))
        })
        .collect();
    if shown < parts.len() {
        let rest = parts[shown..].iter().map(|(bytes, ..)| bytes).sum();
        let says = format!("{} in {} more", manner.size(rest), parts.len() - shown);
        lines.push(Line::field("", LABEL, says));
    }
    lines
}
