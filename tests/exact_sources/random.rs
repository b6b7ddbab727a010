//! Numbers that look random and are the same for a seed on every machine (`SplitMix64`).
//!
//! Invariant: what is drawn depends on the seed and on what was drawn before, and on nothing else.

/// A row of numbers.
pub(crate) struct Random(u64);

impl Random {
    /// The row of this seed.
    pub(crate) fn of(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 if there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("64 bits");
        usize::try_from(self.next() % end).expect("below a usize")
    }

    /// Whether something happens that does so in this many cases of a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }

    /// Takes one out of these, if any are left.
    pub(crate) fn take<T>(&mut self, from: &mut Vec<T>) -> Option<T> {
        let index = self.below(from.len());
        (!from.is_empty()).then(|| from.swap_remove(index))
    }
}
