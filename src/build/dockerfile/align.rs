//! Whether an instruction of a Dockerfile made a step, as far as the builders' records tell.

use super::file::Item;
use crate::build::variables::variables;
use crate::build::{Builder, Instruction, Kind, command, heredoc};

/// Whether a builder may have left no step of an instruction.
pub fn may_be_silent(item: &Item, builder: Builder) -> bool {
    match builder {
        Builder::BuildKit => item.kind == Kind::Onbuild,
        // Only what changed files is recorded.
        Builder::Kaniko => true,
        _ => false,
    }
}

/// Whether a step at the end of a history may be none of the Dockerfile's: what options of the command line and
/// exporters add.
pub fn may_be_extra(step: &Instruction) -> bool {
    matches!(step.kind, Kind::Label | Kind::Squash | Kind::Tool)
}

/// Whether the instruction made the step.
pub fn matches(item: &Item, step: &Instruction) -> bool {
    if item.kind != step.kind {
        return false;
    }
    let (file, history) = (item.written.body.as_str(), step.body.as_str());
    match item.kind {
        Kind::Run => is_run(file, history),
        Kind::Copy | Kind::Add => is_copy(file, history),
        // Buildah writes the names of other arguments.
        Kind::Arg if step.builder == Builder::Buildah => true,
        Kind::Arg | Kind::Env | Kind::Label => {
            let first = |body: &str| variables(body, |_| true).first().map(|it| it.name.clone());
            let name = |body: &str| first(body).map(|name| name.trim_matches(['"', '\'']).to_owned());
            file.contains('$') || name(file) == name(history)
        }
        Kind::Cmd | Kind::Entrypoint | Kind::Shell => {
            let (file, history) = (words(file), words(history));
            file == history || file.len() == 1 && file.last() == history.last()
        }
        Kind::Workdir => {
            let path = |text: &str| text.trim_matches(['"', '\'', '/']).to_owned();
            let (file, history) = (path(file), path(history));
            file.contains('$') || history == file || history.ends_with(&format!("/{file}"))
        }
        Kind::User | Kind::Stopsignal | Kind::Maintainer => {
            file.contains('$') || file.trim_matches('"') == history.trim_matches('"')
        }
        // Their records are sorted, filled in and completed.
        _ => true,
    }
}

/// Without what builders change: runs of blanks.
fn plain(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of an exec form, or the one text of a shell form.
fn words(text: &str) -> Vec<String> {
    serde_json::from_str::<Vec<String>>(text).unwrap_or_else(|_| vec![plain(text)])
}

fn is_run(file: &str, history: &str) -> bool {
    let (_, history) = command::peel(history);
    let first = file.lines().next().unwrap_or_default();
    let has_heredoc = file.contains('\n');
    // Scripts that were lost: BuildKit names a file of its own, kaniko has the first line.
    if has_heredoc && (history.starts_with("/dev/pipes/") || plain(first) == plain(&history)) {
        return true;
    }
    let script = |text: &str| plain(&heredoc::script(text).unwrap_or_else(|| text.to_owned()));
    if let Ok(words) = serde_json::from_str::<Vec<String>>(file) {
        let joined = plain(&words.join(" "));
        // A shell before it was taken for the shell in force.
        let history = plain(&history);
        return plain(file) == history || joined == history || joined.ends_with(&format!(" {history}"));
    }
    script(file) == script(&history)
}

fn is_copy(file: &str, history: &str) -> bool {
    let parts = |text: &str| -> Vec<String> {
        let line = text.lines().next().unwrap_or_default();
        match serde_json::from_str::<Vec<String>>(line) {
            Ok(words) => {
                words.iter().flat_map(|word| word.split_ascii_whitespace()).map(str::to_owned).collect()
            }
            Err(_) => line.split_ascii_whitespace().map(|word| word.replace(['"', '\''], "")).collect(),
        }
    };
    let without_flags = |words: Vec<String>| -> Vec<String> {
        words.into_iter().skip_while(|word| word.starts_with("--")).collect()
    };
    let (file, history) = (without_flags(parts(file)), without_flags(parts(history)));
    let (Some(file_target), Some(target)) = (file.last(), history.last()) else { return false };
    let is_hash = ["file:", "dir:", "multi:"].iter().any(|kind| history[0].starts_with(kind));
    let is_same = |file: &str, history: &str| {
        let path = |text: &str| text.trim_start_matches("./").trim_matches('/').to_owned();
        let (file, history) = (path(file), path(history));
        file.contains('$') || file == history || matches!(&*file, "." | "")
    };
    if is_hash {
        // The target is made absolute.
        let (file, target) = (file_target.trim_matches('/'), target.trim_matches('/'));
        return is_same(file, target) || target.ends_with(&format!("/{}", file.trim_start_matches("./")));
    }
    file.len() == history.len() && file.iter().zip(&history).all(|(a, b)| is_same(a, b))
}
