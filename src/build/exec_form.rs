//! What the legacy builder and `docker commit` record alike, told apart.

use super::{Builder, Instruction, Kind};
use crate::image::ImageInfo;

/// Programs that people start containers with before they commit them.
const SHELLS: [&str; 7] = ["sh", "bash", "ash", "dash", "zsh", "fish", "ksh"];

/// The legacy builder records the exec form of RUN (`pip install x`) as `docker commit` records what a container ran.
/// It is a RUN next to steps of that builder, unless a container would run just this by itself, or ran a shell.
pub(super) fn tell(info: &ImageInfo, list: &mut [Instruction]) {
    let words = |text: &str| {
        let json: Option<Vec<String>> = serde_json::from_str(text).ok();
        json.map_or_else(|| text.to_owned(), |words| words.join(" "))
    };
    // What a container of the image so far runs: the image's own CMD is a commit's, where that is its last step.
    let final_cmd = info.config.config.cmd.as_ref().map(|words| words.join(" "));
    let mut cmd = String::new();
    for at in 0..list.len() {
        let is_legacy = |at: usize| list.get(at).is_some_and(|it| it.builder == Builder::Legacy);
        match list[at].kind {
            Kind::Cmd => cmd = words(&list[at].body),
            Kind::Commit if info.steps[at].comment.is_empty() => {
                let text = &list[at].body;
                let is_last = at + 1 == list.len();
                let program = text.split(' ').next().unwrap_or_default();
                let is_shell = SHELLS.contains(&program.rsplit('/').next().unwrap_or_default());
                let beside = is_legacy(at + 1) || at > 0 && is_legacy(at - 1);
                if beside && !is_shell && *text != cmd && !(is_last && final_cmd.as_ref() == Some(text)) {
                    list[at].kind = Kind::Run;
                    list[at].builder = Builder::Legacy;
                }
            }
            _ => {}
        }
    }
}
