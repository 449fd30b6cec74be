//! Why a rule matters, in one to three sentences, by its id.

/// Said of caches that may be more than that.
pub const MAY_BE_LOADED: &str = "Some programs load from here when they run: check that yours does not.";

/// Why a finding of this rule is one; empty for an unknown id.
pub fn why(rule: &str) -> &'static str {
    WHY.iter().find(|(id, _)| *id == rule).map_or("", |(_, why)| why)
}

const WHY: &[(&str, &str)] = &[
    (
        "package-cache",
        "Package managers keep what they downloaded for their next run. An image is not installed into again, so that \
         the cache only ships. Emptying it in a later step saves nothing: it has to happen in the step that fills it.",
    ),
    (
        "secret-in-layer",
        "Whoever can pull the image can read every layer of it, and its history and config: deleting a file later, or \
         a variable, hides nothing. A secret that was in an image is known: replace it by a new one.",
    ),
    (
        "committed-layer",
        "`docker commit` keeps what somebody did by hand in a container. There is no Dockerfile that makes it again, \
         and what was left behind by accident ships too.",
    ),
    (
        "duplicate-content",
        "Each copy ships by itself: layers do not know that two files hold the same bytes, and gzip looks \
         back over 32 kB only. A link takes nothing.",
    ),
    (
        "context-junk",
        "COPY takes all that its source holds and no `.dockerignore` leaves out. These files have a use where the image \
         is built, none where it runs, and every change of them makes the step and all after it anew.",
    ),
    (
        "build-deps-in-runtime",
        "What compiles is not needed by what was compiled. A stage of its own keeps it out of the image; removing it \
         in a later step saves nothing. Some languages compile when they run: check that yours does not.",
    ),
    (
        "dev-dependencies",
        "Tests, type checkers and bundlers are for those who develop the program. Some packages load their own tests \
         when they run: check that it starts without them.",
    ),
    (
        "docs-locale",
        "Hardly anybody reads manuals or changes the language in a container. Left out before the installation they never \
         ship; removed in a later step they still do.",
    ),
    (
        "bytecode",
        "Python makes it again when it first runs. Without it a start takes longer; with it each file ships twice, and \
         no two builds are alike, because the times of the sources are in it.",
    ),
    (
        "logs-temp-cores",
        "Installations and trials leave these behind. No container reads them, and everybody who pulls the image pulls \
         them.",
    ),
    ("large-files", "Where the bytes are. Whether they are needed is yours to say."),
    (
        "large-trees",
        "Where the bytes are, by the directories that the image's own steps brought: whole trees that a step could leave \
         out. Whether they are needed is yours to say.",
    ),
    (
        "sparse-expanded",
        "A file that is mostly holes takes no room where it is made, but a layer holds all its zeros. They compress to \
         nothing and take their whole length on every disk that the image is unpacked to.",
    ),
    (
        "unstripped-binaries",
        "Symbols serve a debugger. A stripped program does the same; keep the symbols where the crash reports are read.",
    ),
    (
        "layer-order",
        "A step is built again when a step before it changes. Sources change with every commit, what they need hardly \
         ever: copied first, its list lets the installation come from the cache.",
    ),
    (
        "compression",
        "Registries store and pulls transfer layers as they are. zstd takes less room than gzip and is unpacked in a \
         fraction of the time; older engines cannot read it.",
    ),
    (
        "layer-count",
        "Engines stack a limited number of layers, 125 in docker. Merge rows of steps that save bytes before those \
         that do not.",
    ),
    ("empty-layer", "It costs no bytes, a request at each pull, and a place in the stack."),
    (
        "noop-run",
        "A check is worth its time, but not as a step that every build of the image waits for: in a stage of its own it \
         runs beside the others.",
    ),
    (
        "base-image",
        "What the base ships cannot be avoided by your steps: only another base, or another version of it, helps.",
    ),
    (
        "runs-as-root",
        "Who breaks out of the program is root in the container, and root on the machine if anything else is wrong. A \
         number in USER lets Kubernetes see that it is not.",
    ),
    (
        "setuid-files",
        "They give whoever starts them the rights of their owner: most containers never use them. A `chmod` in a later \
         step ships them again; take the bit where they are made.",
    ),
    ("world-writable", "Any program of the container may change them, whichever user it runs as."),
    ("file-capabilities", "They give a right of root to whoever starts them, as `ping` needs it."),
    ("empty-password", "Whoever can run `su` or log in becomes that user without being asked."),
    (
        "ssh-host-keys",
        "A key that is made when the image is built is the same in every container, and known to everybody who can \
         pull it.",
    ),
    (
        "env-secret",
        "Variables are in the config of the image, which everybody who can pull it can read. A secret mount is there \
         for one step and in no layer.",
    ),
    (
        "arg-secret",
        "The history keeps the values of build arguments. A secret mount is there for one step and in no layer.",
    ),
    ("sudo-installed", "A container that needs another user starts as that user: USER, or `--user`."),
    (
        "add-remote",
        "What the address serves tomorrow is another image. A checksum makes the build fail instead.",
    ),
    (
        "add-archive-kept",
        "What an archive holds ships twice where the archive ships beside it. Deleting it in a later step saves nothing: it \
         has to go in the step that brings it, or never be a file.",
    ),
    (
        "healthcheck-missing",
        "Without one, docker cannot tell a program that hangs from one that works. Kubernetes has probes of its own.",
    ),
    ("labels-missing", "Whoever finds the image in a registry cannot tell which source it is from."),
    (
        "shell-form-entrypoint",
        "The shell is process 1 and gets the signals: `docker stop` waits ten seconds and then kills. The exec form \
         starts the program itself.",
    ),
    ("sensitive-volume", "A volume there hides what the kernel shows, or shows it to other containers."),
    (
        "volume-discards",
        "With the classic builder, a volume is thrown away at the end of each step that comes after VOLUME, with what \
         the step wrote to it.",
    ),
    (
        "apt-get-update-alone",
        "The step comes from the cache as long as its text is the same, and with it lists of months ago: the \
         installation asks for versions that are gone. In one RUN with it, they are always of the same day.",
    ),
    ("dist-upgrade", "A newer base image brings the same packages, and says which."),
    (
        "package-manager-present",
        "Whoever gets into the container gets every other tool with it. A program that is copied from a stage to a base \
         without one runs the same.",
    ),
];
