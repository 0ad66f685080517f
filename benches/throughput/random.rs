//! Numbers that look random and are the same in every run.

/// The generator `SplitMix64` of Steele, Lea and Flood (2014).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: usize) -> Self {
        Self(u64::try_from(seed).unwrap_or_default())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to less than 1.
    fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or_default()) / 4_294_967_296.0
    }

    /// From 0 to less than `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    pub(crate) fn pick<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        of.get(self.below(of.len()))
    }

    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}

/// Values of which some are drawn more often than others.
pub(crate) struct Skewed<T> {
    values: Vec<T>,
    /// The weight of each value and all before it.
    sums: Vec<f64>,
}

impl<T> Skewed<T> {
    pub(crate) fn weighted(values: impl IntoIterator<Item = (T, f64)>) -> Self {
        let mut sum = 0.0;
        let summed = values.into_iter().map(|(value, weight)| {
            sum += weight;
            (value, sum)
        });
        let (values, sums) = summed.unzip();
        Self { values, sums }
    }

    /// By Zipf's law: the second value is drawn half as often as the first, the third a third as often.
    pub(crate) fn zipf(values: impl IntoIterator<Item = T>) -> Self {
        Self::weighted((1_u32..).zip(values).map(|(rank, value)| (value, 1.0 / f64::from(rank))))
    }

    /// Nothing only when there are no values.
    pub(crate) fn draw(&self, random: &mut Random) -> Option<&T> {
        let at = random.unit() * self.sums.last()?;
        self.values.get(self.sums.partition_point(|sum| *sum <= at))
    }
}

impl<T: PartialEq> Skewed<T> {
    /// Different values, `fewest` to `most` of them; fewer when the same comes up again.
    pub(crate) fn some(&self, random: &mut Random, fewest: usize, most: usize) -> Vec<&T> {
        let mut drawn = Vec::new();
        for value in (0..fewest + random.below(most - fewest + 1)).filter_map(|_| self.draw(random)) {
            if !drawn.contains(&value) {
                drawn.push(value);
            }
        }
        drawn
    }
}
