//! Work for all cores: a queue that every thread takes from.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many threads are worth it.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Does `work` for each item, in order of their taking; the results, in no order. What a thread that panicked had done
/// is lost.
pub fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let run = || {
            let mut results = Vec::new();
            while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                results.push(work(item));
            }
            results
        };
        let threads: Vec<_> = (0..cores().min(items.len())).map(|_| scope.spawn(run)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    })
}
