//! Tables that every word is looked up in.

/// A table that is looked up and never listed: its order cannot reach anybody.
#[expect(clippy::disallowed_types, reason = "trees took most of the time of indexing")]
pub(super) type Table<K, V> = std::collections::HashMap<K, V>;

/// A set that is looked up, and listed only into another.
pub(super) type Set<K> = std::collections::HashSet<K>;
