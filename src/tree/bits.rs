//! Sets of nodes, one bit each: what is in a view, what a filter matches, which rows there are.

/// A set of node numbers below a fixed length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
    len: u32,
}

impl Bits {
    /// The empty set of numbers below `len`.
    pub(super) fn new(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len: len as u32 }
    }

    pub(super) fn insert(&mut self, at: u32) {
        self.words[at as usize / 64] |= 1 << (at % 64);
    }

    pub(super) fn remove(&mut self, at: u32) {
        self.words[at as usize / 64] &= !(1 << (at % 64));
    }

    pub(super) fn has(&self, at: u32) -> bool {
        self.words.get(at as usize / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Calls `change` with each word that `range` touches and the mask of the range in it.
    fn in_range(&mut self, range: std::ops::Range<u32>, change: impl Fn(&mut u64, u64)) {
        if range.is_empty() {
            return;
        }
        debug_assert!(range.end <= self.len);
        let (first, last) = (range.start as usize / 64, (range.end as usize - 1) / 64);
        let low = u64::MAX << (range.start % 64);
        let high = u64::MAX >> (63 - (range.end - 1) % 64);
        if first == last {
            change(&mut self.words[first], low & high);
            return;
        }
        change(&mut self.words[first], low);
        for word in &mut self.words[first + 1..last] {
            change(word, u64::MAX);
        }
        change(&mut self.words[last], high);
    }

    pub(super) fn insert_range(&mut self, range: std::ops::Range<u32>) {
        self.in_range(range, |word, mask| *word |= mask);
    }

    pub(super) fn remove_range(&mut self, range: std::ops::Range<u32>) {
        self.in_range(range, |word, mask| *word &= !mask);
    }

    fn zip(&mut self, other: &Self, combine: impl Fn(u64, u64) -> u64) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word = combine(*word, *other);
        }
    }

    /// Keeps what `other` has too.
    pub(super) fn keep(&mut self, other: &Self) {
        self.zip(other, |a, b| a & b);
    }

    /// Takes in what `other` has.
    pub(super) fn join(&mut self, other: &Self) {
        self.zip(other, |a, b| a | b);
    }

    /// Drops what `other` has.
    pub(super) fn drop_all(&mut self, other: &Self) {
        self.zip(other, |a, b| a & !b);
    }

    /// Turns the set into its complement.
    pub(super) fn invert(&mut self) {
        for word in &mut self.words {
            *word = !*word;
        }
        if !self.len.is_multiple_of(64)
            && let Some(last) = self.words.last_mut()
        {
            *last &= u64::MAX >> (64 - self.len % 64);
        }
    }

    /// The first member at or after `from`.
    pub(super) fn next(&self, from: u32) -> Option<u32> {
        let mut at = from as usize / 64;
        let mut word = *self.words.get(at)? & u64::MAX << (from % 64);
        while word == 0 {
            at += 1;
            word = *self.words.get(at)?;
        }
        Some(at as u32 * 64 + word.trailing_zeros())
    }

    /// The last member before `before`.
    pub(super) fn previous(&self, before: u32) -> Option<u32> {
        let before = before.min(self.len);
        let last = before.checked_sub(1)?;
        let mut at = last as usize / 64;
        let mut word = self.words[at] & u64::MAX >> (63 - last % 64);
        while word == 0 {
            at = at.checked_sub(1)?;
            word = self.words[at];
        }
        Some(at as u32 * 64 + 63 - word.leading_zeros())
    }

    /// All members, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(at as u32 * 64 + bit)
            })
        })
    }
}

/// A set that knows how many members stand before any place.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranked {
    bits: Bits,
    /// Members before each word, and at the end all of them.
    before: Vec<u32>,
}

impl Ranked {
    pub(super) fn new(bits: Bits) -> Self {
        let mut sum = 0;
        let mut before = Vec::with_capacity(bits.words.len() + 1);
        for word in &bits.words {
            before.push(sum);
            sum += word.count_ones();
        }
        before.push(sum);
        Self { bits, before }
    }

    pub(super) fn bits(&self) -> &Bits {
        &self.bits
    }

    pub(super) fn count(&self) -> u32 {
        self.before.last().copied().unwrap_or(0)
    }

    /// How many members are less than `at`.
    pub(super) fn rank(&self, at: u32) -> u32 {
        let word = at as usize / 64;
        match self.bits.words.get(word) {
            Some(bits) => self.before[word] + (bits & !(u64::MAX << (at % 64))).count_ones(),
            None => self.count(),
        }
    }

    /// How many members a range has.
    pub(super) fn count_in(&self, range: std::ops::Range<u32>) -> u32 {
        self.rank(range.end) - self.rank(range.start)
    }

    /// The member with `nth` members before it.
    pub(super) fn select(&self, nth: u32) -> Option<u32> {
        if nth >= self.count() {
            return None;
        }
        let word = self.before.partition_point(|&before| before <= nth) - 1;
        let mut bits = self.bits.words[word];
        for _ in 0..nth - self.before[word] {
            bits &= bits - 1;
        }
        Some(word as u32 * 64 + bits.trailing_zeros())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_of_bits_is_a_set(
            len in 1_u32..300,
            steps in prop::collection::vec((0_u8..4, 0_u32..300, 0_u32..300), 0..20),
            probe in 0_u32..300,
        ) {
            let mut bits = Bits::new(len as usize);
            let mut naive = std::collections::BTreeSet::new();
            for (what, a, b) in steps {
                let (a, b) = (a.min(b) % len, (a.max(b) % len));
                match what {
                    0 => { bits.insert(a); naive.insert(a); }
                    1 => { bits.remove(a); naive.remove(&a); }
                    2 => { bits.insert_range(a..b); naive.extend(a..b); }
                    _ => { bits.remove_range(a..b); naive.retain(|at| !(a..b).contains(at)); }
                }
            }
            prop_assert_eq!(bits.iter().collect::<Vec<_>>(), naive.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(bits.next(probe), naive.range(probe..).next().copied());
            prop_assert_eq!(bits.previous(probe), naive.range(..probe).next_back().copied());
            let ranked = Ranked::new(bits.clone());
            prop_assert_eq!(ranked.rank(probe) as usize, naive.range(..probe).count());
            prop_assert_eq!(ranked.select(probe), naive.iter().nth(probe as usize).copied());
            bits.invert();
            prop_assert_eq!(bits.iter().count(), len as usize - naive.len());
        }
    }
}
