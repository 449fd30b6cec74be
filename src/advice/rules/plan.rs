//! What is the best cure for a group of RUN steps: one RUN, or something gentler that gives the same bytes.

use std::collections::HashSet;

use super::ungrouped_run::Cluster;
use crate::advice::Subject;
use crate::advice::delta::is_same_folder;
use crate::advice::parts::Dead;
use crate::build::{Kind, NoText};
use crate::layer::{EntryKind, LayerIndex};
use crate::ledger::Cause;
use crate::tree::NodeId;

/// How to cure a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// One RUN.
    Merge,
    /// The killers only delete, and only what one step makes: their commands end that step.
    MoveCleanup {
        /// The step that makes it.
        birth: usize,
        /// The steps that delete it.
        killers: Vec<usize>,
    },
    /// The killers change nothing but metadata: owner and mode are set where files are made.
    FixAtBirth {
        /// The steps that make the files.
        births: Vec<usize>,
        /// The steps that change them.
        killers: Vec<usize>,
    },
}

impl Plan {
    /// The gentlest cure that gives the same bytes.
    pub fn of(subject: &Subject<'_>, cluster: &Cluster) -> Self {
        if !cluster.group.price.is_exact() || !cluster.copies.is_empty() || cluster.dead.is_empty() {
            return Self::Merge;
        }
        let numbers = |layers: Vec<LayerIndex>| layers.iter().map(|layer| subject.step(*layer)).collect();
        let killers = layers(&cluster.dead, |dead| dead.2.killer);
        let births = layers(&cluster.dead, |dead| dead.0.layer);
        let all = |causes: &[Cause]| cluster.dead.iter().all(|dead| causes.contains(&dead.2.cause));
        if all(&[Cause::Deleted])
            && let [birth] = births[..]
            && killers.iter().all(|killer| only_deletes(subject, *killer))
            && can_move(subject, &births, &killers)
            && !is_used_between(subject, cluster, birth, &killers)
        {
            return Self::MoveCleanup { birth: subject.step(birth), killers: numbers(killers) };
        }
        if all(&[Cause::Metadata, Cause::Rewritten])
            && killers.iter().all(|killer| only_reships(subject, cluster, *killer))
            && can_move(subject, &births, &killers)
            && !changes_accounts(subject, &births, &killers)
        {
            let births = births.into_iter().filter(|birth| !killers.contains(birth)).collect();
            return Self::FixAtBirth { births: numbers(births), killers: numbers(killers) };
        }
        Self::Merge
    }
}

fn layers(dead: &[Dead], of: impl Fn(&Dead) -> LayerIndex) -> Vec<LayerIndex> {
    let mut layers: Vec<LayerIndex> = dead.iter().map(of).collect();
    layers.sort_unstable();
    layers.dedup();
    layers
}

/// Whether a layer takes away and adds nothing but directories, which engines ship with what they lost.
pub fn only_deletes(subject: &Subject<'_>, layer: LayerIndex) -> bool {
    let entries = subject.image.tree.entries(layer);
    (0..entries.entries.len() as u32).all(|entry| entries.kind(entry) == EntryKind::Dir)
}

/// Whether the commands of steps can run where some files are made, as far as what they touch tells: nothing of it is of a
/// step in between, be it a folder or a file without bytes, and no variable that they need is set there.
pub fn can_move(subject: &Subject<'_>, births: &[LayerIndex], killers: &[LayerIndex]) -> bool {
    let tree = &subject.image.tree;
    let Some(first) = births.iter().min() else { return false };
    let steps: Vec<usize> = births.iter().take(1).chain(killers).map(|layer| subject.step(*layer)).collect();
    if matches!(subject.story.joined(&steps), Err(NoText::NotARow(_))) {
        return false;
    }
    // What goes with a folder has an event of its own as well.
    let is_touched = |node: NodeId, killer: LayerIndex| {
        tree.events(node).iter().any(|event| event.layer == killer) && !is_same_folder(tree, node, killer)
    };
    let is_early = |node: NodeId, killer: LayerIndex| {
        let before = tree.standing(node, killer.below()).map(|before| before.layer);
        before.is_none_or(|layer| layer < *first || births.contains(&layer) || killers.contains(&layer))
    };
    killers.iter().all(|killer| {
        let mut nodes = (0..tree.len() as u32).map(NodeId);
        nodes.all(|node| !is_touched(node, *killer) || is_early(node, *killer))
    })
}

/// Whether users or groups are made after the first files: before that, `chown` does not know their names.
pub fn changes_accounts(subject: &Subject<'_>, births: &[LayerIndex], killers: &[LayerIndex]) -> bool {
    let tree = &subject.image.tree;
    let (Some(first), Some(last)) = (births.iter().min(), killers.iter().max()) else { return false };
    let files = ["etc/passwd", "etc/group"].into_iter().filter_map(|path| tree.find(path.as_bytes()));
    let mut events = files.flat_map(|node| tree.events(node));
    events.any(|event| event.layer > *first && event.layer <= *last)
}

/// Whether all bytes of a layer are copies of files of its group.
fn only_reships(subject: &Subject<'_>, cluster: &Cluster, layer: LayerIndex) -> bool {
    let killed = cluster.dead.iter().filter(|dead| dead.2.killer == layer);
    let bytes: u64 = killed.map(|dead| subject.bytes(dead.0)).sum();
    bytes == subject.ledger.account(layer).payload
}

/// Whether a step between those that make files and those that delete them seems to need them. When in doubt, it does:
/// one RUN in place of all is right in any case.
fn is_used_between(
    subject: &Subject<'_>,
    cluster: &Cluster,
    birth: LayerIndex,
    killers: &[LayerIndex],
) -> bool {
    let last = killers.last().map(|killer| subject.step(*killer)).unwrap_or_default();
    let is_killer = |run: usize| killers.iter().any(|killer| subject.step(*killer) == run);
    let first = subject.step(birth);
    let texts = (first + 1..last).filter(|run| !is_killer(*run));
    let files: Vec<NodeId> = cluster.dead.iter().map(|dead| dead.1).collect();
    Names::of(subject, &files).are_used_by(subject, texts, last)
}

/// Whether a step between `birth` and `killer` seems to need files.
pub fn is_used(subject: &Subject<'_>, dead: &[Dead], birth: usize, killer: usize) -> bool {
    let files: Vec<NodeId> = dead.iter().map(|dead| dead.1).collect();
    Names::of(subject, &files).are_used_by(subject, birth + 1..killer, killer)
}

/// The last step behind one that seems to need files of it.
pub fn last_user(subject: &Subject<'_>, files: &[NodeId], step: usize) -> Option<usize> {
    let names = Names::of(subject, files);
    (step + 1..=subject.story.steps.len())
        .rfind(|later| names.are_used_by(subject, std::iter::once(*later), *later))
}

/// What commands may call files.
struct Names<'a> {
    files: &'a [NodeId],
    /// The paths of the files and of what they are in; `None`: too many.
    paths: Option<Vec<String>>,
}

impl<'a> Names<'a> {
    fn of(subject: &Subject<'_>, files: &'a [NodeId]) -> Self {
        let tree = &subject.image.tree;
        let mut seen = HashSet::new();
        for node in files {
            let mut at = *node;
            while at != NodeId::ROOT && seen.insert(at) {
                at = tree.parent(at);
            }
            if seen.len() > SEEN {
                return Self { files, paths: None };
            }
        }
        let path = |node| format!("/{}", String::from_utf8_lossy(&tree.path(node)));
        Self { files, paths: Some(seen.into_iter().map(path).collect()) }
    }

    /// Whether one of some steps seems to need them; `last` is the step whose WORKDIR is looked at.
    fn are_used_by(&self, subject: &Subject<'_>, steps: impl Iterator<Item = usize>, last: usize) -> bool {
        let runs = steps.filter_map(|step| subject.story.instruction(step)).filter(|it| it.kind == Kind::Run);
        let texts: Vec<&str> = runs.map(|instruction| instruction.body.as_str()).collect();
        if texts.is_empty() {
            return false;
        }
        let tree = &subject.image.tree;
        let home = folder(subject, last).and_then(|folder| tree.find(folder.as_bytes()));
        let is_at_home = |home: NodeId| {
            home != NodeId::ROOT && self.files.iter().any(|node| tree.subtree(home).contains(&node.0))
        };
        let Some(paths) = self.paths.as_ref().filter(|_| !home.is_some_and(is_at_home)) else { return true };
        let words = |text: &&str| {
            text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| MANAGERS.contains(&word))
        };
        let is_installing = texts.iter().any(words);
        paths.iter().any(|path| {
            let name = path.rsplit('/').next().unwrap_or_default();
            let is_said = |text: &&str| {
                (!COMMON.contains(&path.as_str()) && text.contains(path))
                    || (name.contains('.') && text.contains(name))
            };
            (is_installing && CACHES.iter().any(|cache| path.starts_with(cache))) || texts.iter().any(is_said)
        })
    }
}

/// The WORKDIR in force at a step.
pub fn folder<'a>(subject: &Subject<'a>, step: usize) -> Option<&'a str> {
    let before = subject.story.steps.get(..step)?;
    before.iter().rfind(|instruction| instruction.kind == Kind::Workdir).map(|it| it.body.trim())
}

/// More paths than these are not looked at.
const SEEN: usize = 10_000;

/// Directories that everything is in: that a command says one of them means nothing.
const COMMON: [&str; 20] = [
    "/bin",
    "/etc",
    "/home",
    "/lib",
    "/opt",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
];

/// Where package managers keep what their next run needs.
const CACHES: [&str; 4] = ["/var/lib/apt", "/var/cache", "/var/lib/dnf", "/root/.cache"];

/// Programs that read the caches and indexes that an earlier step filled.
const MANAGERS: [&str; 12] =
    ["apt", "aptitude", "apk", "yum", "dnf", "microdnf", "zypper", "pip", "pip3", "npm", "yarn", "uv"];
