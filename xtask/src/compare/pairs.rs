//! The pairs of types that the walk compares.
//!
//! A pair is compared once, even if many operations refer to it. Afterwards, each operation is added to the differences of
//! all pairs that it reaches.

use std::collections::{BTreeMap, BTreeSet};

use super::Way;
use crate::finding::Reached;
use crate::generator::model::TypeName;

/// An old type, the new type in its place, and the part of a call with both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair<'a> {
    pub old: &'a TypeName,
    pub new: &'a TypeName,
    pub way: Way,
}

/// The differences and the types directly inside an operation or a pair of types.
#[derive(Default)]
pub struct Inside<'a> {
    pub differences: Vec<usize>,
    pairs: BTreeSet<Pair<'a>>,
    /// The operations that reach a pair of types.
    pub operations: BTreeSet<Reached>,
}

#[derive(Default)]
pub struct Pairs<'a> {
    current: Inside<'a>,
    known: BTreeMap<Pair<'a>, Inside<'a>>,
    ahead: BTreeSet<Pair<'a>>,
}

impl<'a> Pairs<'a> {
    pub fn add_difference(&mut self, index: usize) {
        self.current.differences.push(index);
    }

    pub fn add_pair(&mut self, pair: Pair<'a>) {
        self.current.pairs.insert(pair);
        if !self.known.contains_key(&pair) {
            self.ahead.insert(pair);
        }
    }

    /// Begins the next pair of types.
    pub fn next(&mut self) -> Option<Pair<'a>> {
        let pair = self.ahead.pop_first()?;
        // Inserted before it is compared, because a type may contain itself.
        self.known.insert(pair, Inside::default());
        Some(pair)
    }

    /// Ends an operation or a pair of types.
    pub fn finish(&mut self) -> Inside<'a> {
        std::mem::take(&mut self.current)
    }

    pub fn finish_pair(&mut self, pair: Pair<'a>) {
        let inside = self.finish();
        self.known.insert(pair, inside);
    }

    /// Adds an operation to all pairs that it reaches.
    pub fn reach(&mut self, operation: &Inside<'a>, name: &str) {
        let mut seen = BTreeSet::new();
        let mut ahead: Vec<_> = operation.pairs.iter().copied().collect();
        while let Some(pair) = ahead.pop() {
            if seen.insert(pair)
                && let Some(inside) = self.known.get_mut(&pair)
            {
                inside.operations.insert(pair.way.reached(name));
                ahead.extend(&inside.pairs);
            }
        }
    }

    pub fn into_inside(self) -> impl Iterator<Item = Inside<'a>> {
        self.known.into_values()
    }
}

/// Pairs the items of two maps by key. A key may be in only one of them.
pub fn by_key<K: Ord + Clone, V>(
    old: impl IntoIterator<Item = (K, V)>,
    new: impl IntoIterator<Item = (K, V)>,
) -> Vec<(K, Option<V>, Option<V>)> {
    let mut both: BTreeMap<K, (Option<V>, Option<V>)> = BTreeMap::new();
    for (key, value) in old {
        both.entry(key).or_default().0 = Some(value);
    }
    for (key, value) in new {
        both.entry(key).or_default().1 = Some(value);
    }
    both.into_iter().map(|(key, (old, new))| (key, old, new)).collect()
}
