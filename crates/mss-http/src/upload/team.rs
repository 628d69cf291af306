//! Several threads at work for one call.

use std::{
    sync::{
        Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use crate::{CancelHandle, interrupt::Interrupt};

/// How often the calling thread looks up.
const TICK: Duration = Duration::from_millis(50);

/// Does a job with each item on up to `threads` threads and returns the results in order.
///
/// The calling thread works on none of them: it asks the caller's interrupt, which must stay on
/// this thread, and passes it on by the handle that each job is given; it runs `tick`, and `ended`
/// for each result.
pub(super) fn on_threads<T: Send, R: Send>(
    items: Vec<T>,
    threads: usize,
    interrupt: &Interrupt,
    tick: impl Fn(),
    mut ended: impl FnMut(usize, &R),
    job: impl Fn(usize, T, &CancelHandle) -> R + Sync,
) -> Vec<R> {
    let cancel = CancelHandle::new();
    let count = items.len();
    let mut results: Vec<Option<R>> = (0..count).map(|_| None).collect();
    let items = Mutex::new(items.into_iter().enumerate());
    // Not locked while the job is done.
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let (send, receive) = mpsc::channel();
    let work = |send: mpsc::Sender<(usize, R)>| {
        while let Some((index, item)) = next() {
            // The other end is there until this thread has ended.
            if send.send((index, job(index, item, &cancel))).is_err() {
                return;
            }
        }
    };
    let work = &work;
    let mut interrupt = interrupt.clone();
    let mut pass_on = || {
        if interrupt.is_raised() {
            cancel.cancel();
            interrupt = interrupt.for_cleaning_up(true);
        }
    };
    // Before a thread begins: what was cancelled beforehand sends nothing.
    pass_on();
    thread::scope(|scope| {
        let mut started = 0;
        for _ in 0..threads.min(count) {
            let send = send.clone();
            let builder = thread::Builder::new().name("metastudio".into());
            started += usize::from(builder.spawn_scoped(scope, move || work(send)).is_ok());
        }
        if started == 0 {
            // A machine that has no thread to spare.
            work(send.clone());
        }
        drop(send);
        loop {
            pass_on();
            tick();
            match receive.recv_timeout(TICK) {
                Ok((index, result)) => {
                    ended(index, &result);
                    results[index] = Some(result);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    });
    results.into_iter().flatten().collect()
}
