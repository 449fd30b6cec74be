//! A view as sets of nodes: what is in it, and what of that was added, modified or removed.

use super::{Changed, Kinds, Tree, View, bits::Bits};

/// A view taken apart.
pub(super) struct Parts {
    /// All that is in the view.
    pub(super) all: Bits,
    /// There after, not before.
    pub(super) added: Bits,
    /// There at both points, and different.
    pub(super) modified: Bits,
    /// There before, not after.
    pub(super) removed: Bits,
}

impl Parts {
    /// What of the view is of these kinds.
    pub(super) fn of(&self, kinds: Kinds) -> Bits {
        let mut shown = self.all.clone();
        for (part, is_shown) in
            [(&self.added, kinds.added), (&self.modified, kinds.modified), (&self.removed, kinds.removed)]
        {
            if !is_shown {
                shown.drop_all(part);
            }
        }
        if !kinds.unchanged {
            let mut changed = self.added.clone();
            changed.join(&self.modified);
            changed.join(&self.removed);
            shown.keep(&changed);
        }
        shown
    }
}

impl Tree {
    /// Takes a view apart. `ignore_time`: a path of which only the time changed is not modified.
    pub(super) fn parts(&self, view: View, ignore_time: bool) -> Parts {
        let (arena, past) = (&self.core.arena, &self.core.past);
        let (from, to) = view.points();
        let (before, after) = (past.there(arena, from.0), past.there(arena, to.0));
        let mut added = after.clone();
        added.drop_all(&before);
        let mut removed = before.clone();
        removed.drop_all(&after);
        let mut modified = Bits::new(self.len());
        let counts = |changed: Changed| changed.0 != 0 && !(ignore_time && changed.is_time_only());
        let all = match view {
            View::Changeset(at) => {
                let mut all = Bits::new(self.len());
                for &node in past.touched(at.0) {
                    all.insert(node);
                }
                all
            }
            View::Rootfs(_) => {
                removed = Bits::new(self.len());
                after
            }
            View::Range(..) => {
                let mut all = after;
                all.join(&before);
                all
            }
        };
        if from == to.below() {
            for &(node, changed) in self.modified.get(to.offset()).into_iter().flatten() {
                if counts(changed) {
                    modified.insert(node);
                }
            }
        } else {
            for layer in from.0 + 1..=to.0 {
                for &node in past.touched(layer) {
                    modified.insert(node);
                }
            }
            modified.keep(&all);
            modified.drop_all(&added);
            modified.drop_all(&removed);
            for node in modified.clone().iter() {
                let ends = (arena.standing(node, from.0), arena.standing(node, to.0));
                if !matches!(ends, (Some(before), Some(after)) if counts(self.difference(before, after))) {
                    modified.remove(node);
                }
            }
        }
        Parts { all, added, modified, removed }
    }
}
