//! The figures in the header: what ships, what is seen of it, what is not, and where the image is from.

use std::cmp::Reverse;

use crate::ledger::Cause;
use crate::text;
use crate::tui::answers;
use crate::tui::app::App;
use crate::tui::layout::Screen;
use crate::tui::pane::finding;

/// What the screen is about, in figures.
pub fn totals(app: &App) -> String {
    let Some(image) = app.image() else {
        return match (app.info(), app.loading.spooled) {
            (None, Some(bytes)) => format!("reading, {} so far", app.manner.size(bytes)),
            (None, None) => String::new(),
            (Some(_), Some(0)) => "the engine prepares the export".to_owned(),
            (Some(_), Some(bytes)) => format!("export, {} so far", app.manner.size(bytes)),
            (Some(info), None) => {
                let stored = info.layers.iter().map(|layer| layer.stored_bytes).fold(0, u64::saturating_add);
                format!("{} stored", app.manner.size(stored))
            }
        };
    };
    let ships = answers::ships(image);
    let Some(insight) = app.insight() else {
        // The sizes grow until all layers are read.
        let more = if image.is_complete() { "" } else { "…" };
        return format!("ships {}{more}", app.manner.size(ships));
    };
    let size = |bytes| app.manner.size(bytes);
    let causes = insight.ledger.causes();
    let dead = causes.total();
    if app.screen == Screen::Advice {
        return finding::sum(&insight.advice, app.advice.count(), ships, &app.manner);
    }
    if app.screen == Screen::Waste {
        let mut parts: Vec<(Cause, u64)> = causes.iter().collect();
        parts.sort_by_key(|(_, bytes)| Reverse(*bytes));
        let parts: Vec<String> =
            parts.into_iter().map(|(cause, bytes)| format!("{} {}", cause.word(), size(bytes))).collect();
        let colon = if parts.is_empty() { "" } else { ": " };
        let parts = parts.join(" · ");
        return format!("dead {} of {}{colon}{parts}{}", size(dead), size(ships), unread(app));
    }
    let (shows, share) = (size(insight.ledger.visible()), percent(dead, ships));
    let yours = match insight.own_dead {
        own if own == dead => String::new(),
        own => format!(", yours {}", size(own)),
    };
    let unread = unread(app);
    format!("ships {} · shows {shows} · dead {} ({share} %{yours}){unread}", size(ships), size(dead))
}

/// What the figures leave out: layers that are encrypted or damaged.
fn unread(app: &App) -> String {
    let figures = app.image().map_or(&[][..], |image| &image.figures);
    match figures.iter().filter(|layer| layer.fault.is_some()).count() {
        0 => String::new(),
        count => format!(" · {} not read whole", text::counted(count as u64, "layer")),
    }
}

/// A share in whole hundredths, rounded down; what is there is more than 0.
fn percent(part: u64, of: u64) -> String {
    match u128::from(part) * 100 / u128::from(of.max(1)) {
        0 if part > 0 => "<1".to_owned(),
        share => share.to_string(),
    }
}

/// The longest way to say it that fits.
pub fn short_totals(app: &App, room: usize) -> String {
    let long = totals(app);
    let Some(ledger) = app.insight().map(|insight| &insight.ledger) else {
        return if text::width(&long) <= room { long } else { String::new() };
    };
    if app.screen == Screen::Advice {
        let can_go = app.insight().map_or(0, |insight| insight.advice.avoidable);
        let short = format!("{} can go", app.manner.size(can_go));
        let ways = [long, format!("{} findings, {short}", app.advice.count()), short];
        return ways.into_iter().find(|way| text::width(way) <= room).unwrap_or_default();
    }
    let (ships, dead) = (ledger.ship(), ledger.causes().total());
    let (all, hidden, share) = (app.manner.size(ships), app.manner.size(dead), percent(dead, ships));
    let ways = [
        long,
        format!("{all}, dead {hidden} ({share} %){}", unread(app)),
        format!("{all}, dead {hidden} ({share} %)"),
        format!("{all}, {share} % dead"),
        format!("{share} % dead"),
        format!("ships {all}"),
        all,
    ];
    ways.into_iter().find(|way| text::width(way) <= room).unwrap_or_default()
}

/// Where the image is from, or how far reading is.
pub fn source(app: &App) -> String {
    let Some(info) = app.info() else { return String::new() };
    let counted = |count: usize, word| text::counted(count as u64, word);
    let counts = format!("{}, {}", counted(info.layers.len(), "layer"), counted(info.steps.len(), "step"));
    let done = app.loading.count();
    match info.layers.len() {
        _ if !app.is_moving() => format!("{} · {counts}", info.source),
        all if done == all => "putting the layers together".to_owned(),
        all => format!("reading layers, {done} of {all} done"),
    }
}
