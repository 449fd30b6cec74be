//! What each member of a compressed layer takes of the stored bytes.
//!
//! The inflater tells from time to time how many stored bytes it has used for how many bytes of tar, the reader where
//! members end; between two such points the stored bytes are shared out evenly. The differences from one end to the
//! next are the members' shares, so they add up to the blob whatever the points are.

use std::collections::VecDeque;

/// Offset in the tar, and in the stored bytes.
pub(super) type Point = (u64, u64);

/// Shares out stored bytes, in one pass over a layer.
#[derive(Default)]
pub(super) struct Shares {
    /// Points around the ends that are not placed yet; the first is at or before all of them.
    points: VecDeque<Point>,
    /// Where members end in the tar, not placed yet.
    ends: VecDeque<u64>,
    /// The stored offset of the last end that was placed.
    placed: u64,
    taken: Vec<u64>,
}

impl Shares {
    /// Takes a point; points come in order, and of two at the same offset of the tar the later counts. `read` is where in
    /// the tar the reader is: no end comes before it.
    pub(super) fn point(&mut self, point: Point, read: u64) {
        match self.points.back_mut() {
            Some(last) if last.0 == point.0 => last.1 = point.1,
            _ => self.points.push_back(point),
        }
        self.place();
        if self.ends.is_empty() {
            self.forget_before(read);
        }
    }

    /// A member ends at this offset of the tar.
    pub(super) fn end(&mut self, at: u64) {
        self.ends.push_back(at);
        self.place();
    }

    /// The share of each member, when all is read up to `last`.
    pub(super) fn finish(&mut self, last: Point) -> Vec<u64> {
        if self.points.back().is_none_or(|point| point.0 < last.0) {
            self.point(last, last.0);
        }
        let stored = self.points.back().map_or(last.1, |point| point.1);
        for _ in std::mem::take(&mut self.ends) {
            self.push(stored);
        }
        std::mem::take(&mut self.taken)
    }

    /// Places the ends that have a point behind them.
    fn place(&mut self) {
        while let Some(&end) = self.ends.front()
            && self.points.back().is_some_and(|&(tar, _)| tar > end)
        {
            self.ends.pop_front();
            self.forget_before(end);
            let before = self.points.front().copied().unwrap_or_default();
            let after = self.points.get(1).copied().unwrap_or(before);
            self.push(between(before, after, end));
        }
    }

    fn push(&mut self, stored: u64) {
        self.taken.push(stored.saturating_sub(self.placed));
        self.placed = self.placed.max(stored);
    }

    /// Keeps one point at or before `tar`.
    fn forget_before(&mut self, tar: u64) {
        while self.points.get(1).is_some_and(|&(next, _)| next <= tar) {
            self.points.pop_front();
        }
    }
}

/// The stored offset of a place between two points.
fn between(before: Point, after: Point, at: u64) -> u64 {
    let (tar, stored) = (after.0 - before.0, after.1.saturating_sub(before.1));
    let (at, tar) = (at.saturating_sub(before.0).min(tar), tar.max(1));
    // A division of 128 bits takes longer than the rest of a small member.
    let part = match stored.checked_mul(at) {
        Some(product) => product / tar,
        None => (u128::from(stored) * u128::from(at) / u128::from(tar)) as u64,
    };
    before.1 + part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_between_points_are_shared_out() {
        let mut shares = Shares::default();
        shares.point((0, 0), 0);
        shares.end(1000);
        shares.point((2000, 500), 1000);
        shares.end(2000);
        shares.point((2000, 510), 2000);
        shares.end(3000);
        shares.point((4000, 1510), 3000);
        assert_eq!(shares.finish((5000, 1600)), [250, 260, 500]);
    }

    #[test]
    fn ends_without_a_point_behind_them_take_what_is_left() {
        let mut shares = Shares::default();
        shares.end(512);
        shares.end(1024);
        assert_eq!(shares.finish((1024, 90)), [90, 0]);
        assert!(Shares::default().finish((0, 7)).is_empty());
    }

    #[test]
    fn a_long_member_keeps_no_points() {
        let mut shares = Shares::default();
        for at in 0..100_000 {
            shares.point((at * 4096, at * 1000), at * 4096);
        }
        assert!(shares.points.len() < 3, "{}", shares.points.len());
    }
}
