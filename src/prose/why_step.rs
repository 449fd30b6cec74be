//! What a build step did, and why it has a layer or none.

/// What decides the sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepFacts<'a> {
    /// The instruction's keyword (`RUN`), or what else the step was (`rootfs`, `unknown`).
    pub word: &'a str,
    /// Whether it has a layer.
    pub has_layer: bool,
    /// Whether that layer holds nothing.
    pub is_bare: bool,
    /// Made up for a layer that the history does not mention.
    pub synthetic: bool,
}

/// One or two sentences.
pub fn sentence(step: StepFacts<'_>) -> String {
    if step.synthetic {
        return "The history does not say how this layer was made.".to_owned();
    }
    let what = what(step.word);
    let layer = match (step.has_layer, step.is_bare) {
        (false, _) => why_none(step.word),
        (true, true) => "It made a layer, but nothing in the files changed: the layer is an empty tar.",
        (true, false) => why_layer(step.word),
    };
    if layer.is_empty() { what.to_owned() } else { format!("{what} {layer}") }
}

fn what(word: &str) -> &'static str {
    match word {
        "RUN" => "Ran a command in a container made of the layers below.",
        "COPY" => "Copied files into the image, from the build context or from another stage.",
        "ADD" => "Added files to the image; a local tar is unpacked, a URL is downloaded.",
        "WORKDIR" => {
            "Sets the folder in which later steps and the container run, and makes it if it is missing."
        }
        "ENV" => "Sets a variable for later steps and for the container.",
        "LABEL" => "Adds a label: a note for people and tools.",
        "EXPOSE" => "Says which port the program listens on. It opens nothing by itself.",
        "CMD" => "Sets what the container runs, unless `docker run` is given a command.",
        "ENTRYPOINT" => {
            "Sets the program that the container runs; what `docker run` is given becomes its arguments."
        }
        "USER" => "Sets who runs later steps and the container.",
        "VOLUME" => "Declares a folder whose data live outside the image, in a volume.",
        "ARG" => {
            "Declares a build argument. Its value can be read in the history of the image: no place for a secret."
        }
        "SHELL" => "Sets the shell that runs later commands.",
        "HEALTHCHECK" => "Says how an engine finds out whether the container still works.",
        "STOPSIGNAL" => "Sets the signal that asks the container to stop.",
        "ONBUILD" => "Leaves an instruction for images that are built on this one.",
        "MAINTAINER" => "Names the author; a label does that today.",
        "rootfs" => "The root filesystem that a distribution or a tool made: the base of all that follows.",
        "import" => "A tar became a layer (`docker import`).",
        "commit" => "A container's changes became a layer (`docker commit`); the text is what it ran.",
        "squash" => "Several layers were made into one.",
        "tool" => "Made by a tool that needs no Dockerfile.",
        "container" => {
            "What the container has written so far. It is not part of the image, and ships only when `docker commit` \
             makes a layer of it."
        }
        _ => "The history does not say which instruction this was.",
    }
}

fn why_layer(word: &str) -> &'static str {
    match word {
        "RUN" => "Every file that it wrote, changed or removed is in this layer.",
        "COPY" | "ADD" => "They are in this layer, whole, also those that a lower layer already had.",
        "WORKDIR" => "The folder is what this layer holds.",
        _ => "",
    }
}

fn why_none(word: &str) -> &'static str {
    match word {
        "RUN" => "It has no layer, since nothing in the files changed.",
        "COPY" | "ADD" => "It has no layer: nothing was copied.",
        "WORKDIR" => "It has no layer, as the folder was there already.",
        "rootfs" | "import" | "commit" | "squash" | "tool" => "It has no layer.",
        "VOLUME" | "EXPOSE" | "CMD" | "ENTRYPOINT" | "USER" | "ENV" | "LABEL" | "ARG" | "SHELL"
        | "HEALTHCHECK" | "STOPSIGNAL" | "ONBUILD" | "MAINTAINER" => {
            "It has no layer, since it changes the image's config and no file."
        }
        _ => "It has no layer: it changed no file.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str, has_layer: bool) -> String {
        sentence(StepFacts { word, has_layer, is_bare: false, synthetic: false })
    }

    #[test]
    fn a_step_says_why_it_has_a_layer_or_none() {
        assert!(
            of("CMD", false).ends_with("It has no layer, since it changes the image's config and no file.")
        );
        assert!(of("RUN", true).ends_with("is in this layer."));
        let bare = StepFacts { word: "RUN", has_layer: true, is_bare: true, synthetic: false };
        assert!(sentence(bare).ends_with("the layer is an empty tar."));
    }
}
