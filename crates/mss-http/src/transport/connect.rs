//! DNS and connect, on threads that can be left behind.
//!
//! The system's resolver and `connect` can't be interrupted. So they run on a thread of their
//! own; whoever waits for it asks the cancel hook in ticks and walks away when time is up. The
//! thread ends when the system lets go of it; their number is bounded.

use std::{
    io,
    net::{SocketAddr, TcpStream, ToSocketAddrs as _},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use super::{Call, Fault, TICK, stream::TickStream};
use crate::fork::{Locked, PerProcess};

/// Threads that may resolve or connect at the same time, over all clients of the process.
const THREADS: usize = 64;

/// None of a parent's run in the child of a fork.
fn running() -> Locked<'static, usize> {
    static RUNNING: PerProcess<usize> = PerProcess::new();
    RUNNING.lock(|_| 0)
}

/// Opens a connection within the call's limits.
pub(super) fn connect(call: &Call, host: &str, port: u16) -> Result<TickStream, Fault> {
    let mut place = Fault::place(host, port);
    if call.is_reaching_proxy() {
        place.insert_str(0, "the proxy ");
    }
    let addresses = resolve_host(call, &place, host, port)?;
    let socket = open(call, &place, addresses)?;
    TickStream::new(socket).map_err(|error| Fault::connect(&place, error))
}

/// The addresses of a host.
pub(super) fn resolve_host(
    call: &Call,
    place: &str,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, Fault> {
    let name = (host.to_owned(), port);
    resolve(call, place, Instant::now(), move || {
        name.to_socket_addrs().map(Iterator::collect)
    })
}

/// Opens a connection to one of the addresses of a place.
pub(super) fn open(
    call: &Call,
    place: &str,
    addresses: Vec<SocketAddr>,
) -> Result<TcpStream, Fault> {
    let started = Instant::now();
    let left = call.check(started, None)?;
    let slot = wait_for_slot(call, started)?;
    let connected = run(slot, move || first_that_connects(&addresses, left))?;
    wait(call, started, &connected)
        .map_err(|fault| fault.during(&format!("connect to {place}")))?
        .map_err(|error| Fault::connect(place, error))
}

fn resolve(
    call: &Call,
    place: &str,
    started: Instant,
    look_up: impl FnOnce() -> io::Result<Vec<SocketAddr>> + Send + 'static,
) -> Result<Vec<SocketAddr>, Fault> {
    let during = |fault: Fault| fault.during(&format!("resolve {place}"));
    let slot = wait_for_slot(call, started).map_err(during)?;
    let addresses = wait(call, started, &run(slot, look_up)?)
        .map_err(during)?
        .map_err(|error| Fault::resolve(place, error))?;
    if addresses.is_empty() {
        let none = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        return Err(Fault::resolve(place, none));
    }
    Ok(addresses)
}

/// Tries the addresses in their order, each with half of the time that is left, the last with
/// all of it, so that a dead first address leaves time for the second.
fn first_that_connects(addresses: &[SocketAddr], time: Duration) -> io::Result<TcpStream> {
    let end = Instant::now() + time;
    let mut last_error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for (at, address) in addresses.iter().enumerate() {
        let left = end.saturating_duration_since(Instant::now());
        let share = if at + 1 == addresses.len() {
            left
        } else {
            left / 2
        };
        if share.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(socket) => return Ok(socket),
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}

/// A place among the threads; given back when the thread ends, however late.
struct Slot;

impl Drop for Slot {
    fn drop(&mut self) {
        let mut running = running();
        *running = running.saturating_sub(1);
    }
}

fn wait_for_slot(call: &Call, started: Instant) -> Result<Slot, Fault> {
    loop {
        {
            let mut running = running();
            if *running < THREADS {
                *running += 1;
                return Ok(Slot);
            }
        }
        let left = call.check(started, None)?;
        thread::sleep(left.min(TICK / 10));
    }
}

fn run<O: Send + 'static>(
    slot: Slot,
    work: impl FnOnce() -> O + Send + 'static,
) -> Result<Receiver<O>, Fault> {
    let (sender, receiver) = sync_channel(1);
    thread::Builder::new()
        .name("metastudio-connect".into())
        .stack_size(256 * 1024)
        .spawn(move || {
            let output = work();
            drop(slot);
            // Nobody listens any more when the call was cancelled meanwhile.
            let _ = sender.send(output);
        })
        .map_err(Fault::no_thread)?;
    Ok(receiver)
}

fn wait<O>(call: &Call, started: Instant, receiver: &Receiver<O>) -> Result<O, Fault> {
    loop {
        let left = call.check(started, None)?;
        match receiver.recv_timeout(left.min(TICK)) {
            Ok(output) => return Ok(output),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Fault::no_thread(io::Error::other("the thread ended early")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::TcpListener,
        sync::{
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
    };

    use super::*;
    use crate::{
        interrupt::Interrupt,
        transport::{FaultKind, Limits},
    };

    fn call(connect: Duration) -> Call {
        let limits = Limits {
            deadline: None,
            connect,
            stall: None,
            answer: 0,
        };
        let call = Call::new(limits, Interrupt::default(), false);
        call.start_connecting();
        call
    }

    /// A resolver can't be made to hang from outside, so this one is a closure that waits. The
    /// threads that it holds are counted, and no more of them are started than there are places.
    #[test]
    fn f20_a_resolver_that_hangs_is_left_behind() {
        let budget = Duration::from_millis(200);
        let (release, held) = mpsc::channel::<()>();
        let held = std::sync::Arc::new(std::sync::Mutex::new(held));
        let started = std::sync::Arc::new(AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..THREADS + 8 {
                let (held, started) = (held.clone(), started.clone());
                scope.spawn(move || {
                    let look_up = move || {
                        started.fetch_add(1, Ordering::Relaxed);
                        let _ = held.lock().unwrap().recv();
                        Ok(Vec::new())
                    };
                    let begin = Instant::now();
                    let fault = resolve(&call(budget), "a.test:443", begin, look_up).unwrap_err();
                    let time = begin.elapsed();
                    assert_eq!(fault.kind, FaultKind::Timeout, "{fault}");
                    assert_eq!(fault.to_string(), "time ran out (resolve a.test:443)");
                    assert!(time >= budget, "{time:?}");
                    assert!(time < budget + Duration::from_millis(250), "{time:?}");
                });
            }
        });
        assert_eq!(started.load(Ordering::Relaxed), THREADS);
        drop(release);
        let everybody_gone = || *running() == 0;
        let patience = Instant::now() + Duration::from_secs(10);
        while !everybody_gone() && Instant::now() < patience {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(everybody_gone(), "places are given back");
    }

    #[test]
    fn f21_a_dead_first_address_leaves_time_for_the_second() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let alive = listener.local_addr().unwrap();
        let gone = TcpListener::bind("127.0.0.1:0").unwrap();
        let dead = gone.local_addr().unwrap();
        drop(gone);
        let connect = |addresses: &[SocketAddr]| {
            let socket = first_that_connects(addresses, Duration::from_secs(5))?;
            socket.peer_addr()
        };
        assert_eq!(connect(&[dead, alive]).unwrap(), alive);
        assert_eq!(connect(&[alive, dead]).unwrap(), alive);
        let refused = connect(&[dead, dead]).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        assert!(connect(&[]).is_err());
    }
}
