//! What an engine says of an image at once: enough to show its steps while the export, which takes longer, is on its
//! way.

use serde_json::{Value as Json, json};

use super::image::Row;
use crate::image::{ImageInfo, Presence};
use crate::oci::{Digest, ImageConfig, list};
use crate::source::draft::{Draft, DraftLayer, finish};

/// Instructions that make no layer.
const WITHOUT_LAYER: [&str; 13] = [
    "ENV",
    "CMD",
    "LABEL",
    "EXPOSE",
    "ENTRYPOINT",
    "USER",
    "VOLUME",
    "ARG",
    "SHELL",
    "STOPSIGNAL",
    "HEALTHCHECK",
    "ONBUILD",
    "MAINTAINER",
];

/// The image as `inspect` and `history` describe it. `None` where they do not say which step made which layer: what
/// is shown must not change when the export is there.
pub fn known(inspect: &Json, rows: &[Row], id: Option<Digest>, reference: &str) -> Option<ImageInfo> {
    let diff_ids = inspect["RootFS"]["Layers"].as_array().map_or(0, Vec::len);
    let has_layer = layers_of(rows, diff_ids)?;
    let oldest_first = rows.iter().rev().zip(&has_layer);
    let history: Vec<Json> = oldest_first
        .map(|(row, has_layer)| {
            let created = jiff::Timestamp::from_second(row.created).map(|time| time.to_string());
            json!({
                "created": created.unwrap_or_default(), "created_by": row.created_by, "comment": row.comment,
                "empty_layer": !has_layer,
            })
        })
        .collect();
    let config: ImageConfig = serde_json::from_value(json!({
        "architecture": inspect["Architecture"], "variant": inspect["Variant"], "os": inspect["Os"],
        "created": inspect["Created"], "author": inspect["Author"], "config": inspect["Config"],
        "rootfs": { "type": "layers", "diff_ids": inspect["RootFS"]["Layers"] }, "history": history,
    }))
    .ok()?;
    let names = list(&inspect["RepoTags"]).unwrap_or_default();
    let sizes = rows.iter().rev().zip(&has_layer).filter(|(_, has_layer)| **has_layer);
    let layers = sizes.map(|(row, _)| DraftLayer {
        presence: Presence::Here,
        engine_bytes: u64::try_from(row.size).ok(),
        ..DraftLayer::default()
    });
    let layers = layers.collect();
    let platform = config.platform();
    let draft = Draft { source: "engine", names, id, config, platform, layers, ..Draft::default() };
    let (mut info, _) = finish(draft, reference, reference).ok()?;
    for layer in &mut info.layers {
        layer.stored_bytes = layer.engine_bytes.unwrap_or_default();
    }
    Some(info)
}

/// What each of so many layers takes, base first; `None` where the rows do not say which step made which layer.
pub fn layer_sizes(rows: &[Row], layers: usize) -> Option<Vec<u64>> {
    let has_layer = layers_of(rows, layers)?;
    let of_layers = rows.iter().rev().zip(has_layer).filter(|(_, has_layer)| *has_layer);
    of_layers.map(|(row, _)| u64::try_from(row.size).ok()).collect()
}

/// Which steps, oldest first, made the layers: those with a size, else those whose instruction can.
fn layers_of(rows: &[Row], layers: usize) -> Option<Vec<bool>> {
    let by = |can: &dyn Fn(&str) -> bool| {
        let made: Vec<bool> =
            rows.iter().rev().map(|row| row.size > 0 || can(instruction(&row.created_by))).collect();
        (made.iter().filter(|made| **made).count() == layers).then_some(made)
    };
    let no = |word: &str| WITHOUT_LAYER.contains(&word);
    by(&|_| false).or_else(|| by(&|word| !no(word))).or_else(|| by(&|word| !no(word) && word != "WORKDIR"))
}

/// The first word of a step, behind the shell that the classic builder writes before it.
fn instruction(created_by: &str) -> &str {
    let rest = created_by.split_once("#(nop)").map_or(created_by, |(_, rest)| rest);
    rest.split_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(steps: &[(&str, i64)]) -> Vec<Row> {
        let row = |(created_by, size): &(&str, i64)| Row {
            size: *size,
            created: 1,
            created_by: (*created_by).to_owned(),
            ..Row::default()
        };
        steps.iter().rev().map(row).collect()
    }

    #[test]
    fn layers_go_to_the_steps_that_can_have_made_them() {
        let steps = [
            ("ADD rootfs.tar /", 9),
            ("/bin/sh -c #(nop)  ENV A=1", 0),
            ("RUN true # buildkit", 0),
            ("WORKDIR /app", 0),
            ("COPY x /", 3),
            ("/bin/sh -c #(nop)  CMD [\"sh\"]", 0),
        ];
        let of = |layers| layers_of(&rows(&steps), layers);
        assert_eq!(of(2), Some(vec![true, false, false, false, true, false]));
        assert_eq!(of(3), Some(vec![true, false, true, false, true, false]));
        assert_eq!(of(4), Some(vec![true, false, true, true, true, false]));
        assert_eq!((of(1), of(5)), (None, None));
    }

    #[test]
    fn what_is_shown_first_has_the_steps_and_the_settings() {
        let inspect = json!({
            "RepoTags": ["docker.io/library/web:1"], "Architecture": "arm64", "Os": "linux",
            "Config": { "Cmd": ["sh"] }, "RootFS": { "Layers": [format!("sha256:{:064}", 1)] },
        });
        let rows = rows(&[("ADD x /", 7), ("CMD [\"sh\"]", 0)]);
        let info = known(&inspect, &rows, None, "web").expect("an image");
        assert_eq!(
            (info.tags, info.platform.to_string()),
            (vec!["web:1".to_owned()], "linux/arm64".to_owned())
        );
        let steps: Vec<_> =
            info.steps.iter().map(|step| (step.created_by.as_str(), step.layer.is_some())).collect();
        assert_eq!(steps, [("ADD x /", true), ("CMD [\"sh\"]", false)]);
        assert_eq!(info.steps[0].created, "1970-01-01T00:00:01Z");
        assert_eq!((info.layers.len(), info.layers[0].stored_bytes), (1, 7));
        assert_eq!(info.config.config.cmd.as_deref(), Some(&["sh".to_owned()][..]));
        assert!(known(&json!({}), &rows, None, "web").is_none());
    }
}
