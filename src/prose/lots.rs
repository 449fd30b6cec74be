//! What is said of bytes that ship and are never seen, and that no grouping cures.

use crate::build::Owner;

/// Whose the bytes are, behind a title.
fn of_base(owner: Owner) -> &'static str {
    match owner {
        Owner::Base => " They are the base image's: only another base avoids them.",
        _ => "",
    }
}

/// Step `killer` deletes what step `birth` shipped.
pub fn deleted_title(killer: usize, birth: usize, size: &str, owner: Owner) -> String {
    match owner {
        Owner::Base => format!(
            "Step {killer} deletes {size} of the base image: hidden from the container, and still pulled. Only another base \
             avoids them."
        ),
        _ => format!(
            "Step {killer} deletes {size} that step {birth} shipped; every pull still downloads them."
        ),
    }
}

/// Why deleting does not help.
pub const DELETED_WHY: &str =
    "A layer can only hide what is below it: the bytes stay in the layer that brought them.";

/// What to do about files of a COPY.
pub const COPY_AVOID: &str = "Keep them out: a bind mount for the step that needs them (`RUN --mount=type=bind`), a stage \
    of its own, `.dockerignore`, or `COPY --exclude`.";

/// What to do about files of a RUN.
pub const MOVE_CLEANUP: &str = "Delete them at the end of the step that makes them. Where a step between needs \
    them, make one RUN of these steps, or build in a stage of its own and COPY the result.";

/// Step `killer` changes nothing but metadata of what step `birth` shipped.
pub fn metadata_title(killer: usize, birth: usize, size: &str, is_idle: bool, owner: Owner) -> String {
    let what = if is_idle { "changes nothing that shows" } else { "changes owner or mode" };
    let whose = if owner == Owner::Base { "the base image".to_owned() } else { format!("step {birth}") };
    format!(
        "Step {killer} {what} of {size} of files of {whose}, and so ships them whole again.{}",
        of_base(owner)
    )
}

/// Why metadata cost whole files.
pub const METADATA_WHY: &str = "A layer holds whole files: a new owner, mode or time, even the same one set again, copies \
    the file with all its bytes. `chown -R` and `chmod -R` do so for every file; `find ! -user app -exec chown app {} +` only \
    for those that need it.";

/// What COPY can do by itself.
pub const COPY_FLAGS: &str = "COPY and ADD set owner and mode themselves, with `--chown` and `--chmod` (BuildKit; letters \
    as in `u=rwX` from Dockerfile syntax 1.14 on).";

/// Step `killer` writes anew what step `birth` shipped.
pub fn overwritten_title(killer: usize, birth: usize, size: &str, owner: Owner) -> String {
    let whose = if owner == Owner::Base { "the base image".to_owned() } else { format!("step {birth}") };
    format!("Step {killer} writes {size} of {whose} anew: the older copy still ships.{}", of_base(owner))
}

/// Why overwriting wastes.
pub const OVERWRITTEN_WHY: &str = "A layer holds whole files: whoever changes one byte ships the file again, and the copy \
    below stays. Make the file once, as it shall be: in one RUN, or in a stage of its own with a COPY of the result.";

/// Package databases.
pub const INHERENT: &str = "These are databases and indexes that every installation writes anew. Between two RUNs in a \
    row one RUN avoids it; over a COPY or a base image it is the price of installing in two places.";

/// Logs.
pub const LOG: &str =
    "It grows by what each step appends: write it to /dev/null, or delete it in the step that writes it.";

/// Files that are copied and then edited.
pub const COPY_EDIT: &str =
    "Edit the file before it is copied, or copy it in the step that edits it, by a bind mount.";

/// Programs that are stripped or patched.
pub const PROGRAM: &str = "Strip or patch programs in the step that installs them.";

/// One tar with a path twice.
pub fn repeated_title(step: usize, size: &str) -> String {
    format!("The layer of step {step} holds {size} twice: the earlier copies are never seen.")
}

/// Why that is nobody's Dockerfile.
pub const REPEATED_WHY: &str = "The tool that wrote the layer put one path into it more than once. Only that tool can put \
    it right.";

/// Step `killer` moves what step `birth` shipped.
pub fn moved_title(killer: usize, birth: usize, size: &str, owner: Owner) -> String {
    let whose = if owner == Owner::Base { "the base image".to_owned() } else { format!("step {birth}") };
    format!("Step {killer} moves {size} of {whose} to another place: they ship twice.{}", of_base(owner))
}

/// Why a move is a copy.
pub const MOVED_WHY: &str = "What lies in a lower layer cannot be moved, only copied and hidden: make it where it shall be, \
    or move it in the step that makes it.";

/// Step `killer` copies again what step `birth` brought.
pub fn recopied_title(killer: usize, birth: usize, size: &str, owner: Owner) -> String {
    let whose = if owner == Owner::Base { "the base image".to_owned() } else { format!("step {birth}") };
    format!("Step {killer} copies {size} again that are the same as in {whose}.{}", of_base(owner))
}

/// What to copy.
pub const RECOPIED_WHY: &str = "COPY ships every file that it names, whether or not the same bytes are below. Copy only \
    what differs: of another stage the folder that it added, not the whole of `/usr/local` or `/`.";

/// The pattern that is right.
pub const MANIFEST_FIRST: &str = "Manifests first, then the sources: that keeps the cache of the installation between, and \
    is worth these bytes.";

/// Step `killer` copies apart the names of one file.
pub fn hardlinks_title(killer: usize, birth: usize, size: &str, owner: Owner) -> String {
    let whose = if owner == Owner::Base { "the base image".to_owned() } else { format!("step {birth}") };
    format!(
        "Step {killer} makes {size} of copies of what {whose} had as names of one file.{}",
        of_base(owner)
    )
}

/// Why links break.
pub const HARDLINKS_WHY: &str = "A changed file is copied into the new layer by its path, so that each of its names becomes \
    a file of its own. Change it in the step that makes it, or use symbolic links.";
