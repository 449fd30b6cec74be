//! How an image was built, in sentences: the base and what says so, why a row of RUNs ends, what was not used.

use crate::build::{Barrier, Base, BaseEvidence, NoText, Remark, RemarkKind, Trust};
use crate::text::display;

/// The base in one sentence: which layers, and what says so.
pub fn base(base: &Base) -> String {
    if base.evidence == BaseEvidence::None {
        return "Nothing says where the base image ends.".to_owned();
    }
    let layers = match base.layers {
        0 if base.trust() != Trust::Guess => {
            return format!("There is no base image: {}.", base_evidence(base.evidence));
        }
        0 => "No layer".to_owned(),
        1 => "The first layer".to_owned(),
        count => format!("The first {count} layers"),
    };
    let verb = match (base.trust(), base.layers) {
        (Trust::Guess, _) => "may be",
        (_, 1) => "is",
        _ => "are",
    };
    let what = match &base.name {
        Some(name) => format!("the base image {}", display(name.as_bytes())),
        None if base.trust() == Trust::Guess => "a base image".to_owned(),
        None => "the base image".to_owned(),
    };
    format!("{layers} {verb} {what}: {}.", base_evidence(base.evidence))
}

/// What says where the base ends, as a clause.
pub fn base_evidence(evidence: BaseEvidence) -> &'static str {
    match evidence {
        BaseEvidence::Told => "`--base-layers` says so",
        BaseEvidence::Given => "the layers of the image given with `--base` are the first ones here",
        BaseEvidence::Local => "the layers of that image are the first ones here",
        BaseEvidence::Comment => "the builder wrote `FROM` into the history",
        BaseEvidence::Provenance => "the builder attested it",
        BaseEvidence::Dockerfile => "the Dockerfile matches the history down to its FROM",
        BaseEvidence::Cmd => "a guess from a CMD in the middle of the history",
        BaseEvidence::Pause => "a guess from the longest pause between two steps",
        BaseEvidence::FirstLayer => "a guess, as most images have a base",
        BaseEvidence::None => "nothing says so",
    }
}

/// Why a row of RUNs ends, as a clause.
pub fn barrier(barrier: Barrier) -> &'static str {
    match barrier {
        Barrier::Copy => "a COPY comes next",
        Barrier::Add => "an ADD comes next",
        Barrier::User => "USER changes who runs",
        Barrier::Shell => "SHELL changes what runs the commands",
        Barrier::Volume => "behind VOLUME this builder loses what is written below it",
        Barrier::Arg => "an ARG needs a variable that ENV sets in the row, or sets one that the row uses",
        Barrier::Workdir => "WORKDIR may make a folder that the USER may not make",
        Barrier::Flags => "the next RUN has other mounts, another network or other rights",
        Barrier::Trigger => "the next step is a trigger that the base image left",
        Barrier::Commit => "a container was committed by hand",
        Barrier::Unknown => "nobody knows what the next step did",
        Barrier::NoLayer => "the next step has no layer of its own",
        Barrier::From => "another stage of the Dockerfile begins",
        Barrier::Hidden => "between them the Dockerfile has a setting that the history does not record",
        Barrier::Base => "the base image ends here, or may end here",
    }
}

/// Why the text of a merged RUN cannot be written, as a sentence.
pub fn no_text(why: NoText) -> String {
    match why {
        NoText::ScriptLost(step) => {
            format!("Group these steps in your Dockerfile: the script of step {step} is not in the history.")
        }
        NoText::WordsLost(step) => format!(
            "Group these steps in your Dockerfile: the history has lost where the words of step {step} begin and end."
        ),
        NoText::ValueLost(step) => format!(
            "Group these steps in your Dockerfile: the value that step {step} sets is not certain from the history."
        ),
        NoText::Secret(step) => format!(
            "Group these steps in your Dockerfile: the text would have to show a secret that step {step} sets."
        ),
        NoText::NotARow(step) => format!("Step {step} cannot be part of one RUN with the others."),
        NoText::OtherShell(step) => {
            format!(
                "Group these steps in your Dockerfile: step {step} runs in a shell whose language is not known here."
            )
        }
        NoText::Lines(step) => format!(
            "Group these steps in your Dockerfile: from step {step} on there are commands of several lines, \
             and this builder knows no heredocs."
        ),
    }
}

/// The name of a remark's kind in JSON.
pub const fn remark_id(kind: RemarkKind) -> &'static str {
    words(kind).0
}

/// A remark as one sentence, safe on a terminal.
pub fn remark(remark: &Remark) -> String {
    let detail = display(remark.detail.as_bytes());
    let sentence = words(remark.kind).1.replace("{}", &detail);
    match remark.kind {
        RemarkKind::HistoryMismatch if detail.is_empty() => sentence.replace(" ()", ""),
        _ => sentence,
    }
}

#[rustfmt::skip]
const fn words(kind: RemarkKind) -> (&'static str, &'static str) {
    use RemarkKind as K;
    match kind {
        K::TooManyBaseLayers => ("too-many-base-layers",
            "`--base-layers` asks for more layers than there are ({}): all of them count as the base's"),
        K::NotTheBase => ("not-the-base",
            "the layers of {} are not the first ones of this image: it is not the base, or a newer one under the same name"),
        K::BaseByNameOnly => ("base-by-name-only",
            "the image says that its base is {}, and nothing says which layers are its: `--base` with that image would"),
        K::DockerfileBroken => ("dockerfile-broken",
            "the Dockerfile cannot be read and is not used: {}"),
        K::DockerfileMismatch => ("dockerfile-mismatch",
            "the Dockerfile does not match this image and is not used: {}"),
        K::NoSuchStage => ("no-such-stage",
            "the Dockerfile has no stage {} and is not used"),
        K::ProvenanceBroken => ("provenance-broken",
            "an attestation cannot be read and is not used: {}"),
        K::ProvenanceMismatch => ("provenance-mismatch",
            "the provenance speaks of other layers than this image has and is not used: {}"),
        K::HistoryMismatch => ("history-mismatch",
            "the history does not fit the layers ({}): which step made which layer is not certain, so that no steps are grouped"),
        K::NoHistory => ("no-history",
            "the image does not say how it was built: steps are numbered as its layers are, and none are grouped"),
        K::OneLayer => ("one-layer",
            "the steps were built as one layer: there is nothing to group"),
        K::MetadataHidden => ("metadata-hidden",
            "this builder does not record ENV, USER, SHELL and the like: check that none stands between the steps"),
        K::ScriptLost => ("script-lost",
            "the history has not kept the script that step {} ran"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_and_its_evidence_are_one_sentence() {
        let mut it = Base { layers: 2, steps: 3, name: None, evidence: BaseEvidence::Cmd };
        assert_eq!(
            base(&it),
            "The first 2 layers may be a base image: a guess from a CMD in the middle of the history."
        );
        it = Base { layers: 1, name: Some("debian:12\u{1b}".into()), evidence: BaseEvidence::Comment, ..it };
        assert_eq!(
            base(&it),
            "The first layer is the base image debian:12\\x1b: the builder wrote `FROM` into the history."
        );
        it.layers = 0;
        assert_eq!(base(&it), "There is no base image: the builder wrote `FROM` into the history.");
        assert_eq!(base(&Base::default()), "Nothing says where the base image ends.");
    }

    #[test]
    fn remarks_hold_their_particulars() {
        let it = Remark::new(RemarkKind::NoSuchStage, "buidl");
        assert_eq!(remark(&it), "the Dockerfile has no stage buidl and is not used");
        let it = Remark::new(RemarkKind::HistoryMismatch, "");
        assert!(remark(&it).starts_with("the history does not fit the layers: which"));
        assert_eq!(remark_id(it.kind), "history-mismatch");
    }
}
