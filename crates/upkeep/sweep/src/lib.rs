//! Removes files that became no document and no receipt, and rows that are older than they should live: once a night, and when
//! asked. What is due is the database's to say; removing twice is the same as once.

use serde::{Deserialize, Serialize};

#[cfg(target_arch = "wasm32")]
mod worker;

/// Files that are removed with one call.
pub const BATCH: usize = 100;

/// Calls of a run. What is left waits for the next: a Worker has a limited number of calls.
pub const BATCHES: usize = 20;

/// What a run removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    pub files: usize,
    pub mails: usize,
}

/// The answer of `sweep_rows`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct SweptRows {
    pub mails: usize,
}

/// Whether another batch is worth asking for. One that Storage removed nothing of would come back for ever.
pub fn goes_on(asked: usize, removed: usize, batches: usize) -> bool {
    asked == BATCH && removed > 0 && batches < BATCHES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_with_the_last_batch_one_that_stays_or_the_twentieth() {
        assert!(goes_on(BATCH, BATCH, 1));
        assert!(goes_on(BATCH, 1, 1));
        assert!(!goes_on(BATCH - 1, BATCH - 1, 1));
        assert!(!goes_on(BATCH, 0, 1));
        assert!(!goes_on(BATCH, BATCH, BATCHES));
    }
}
