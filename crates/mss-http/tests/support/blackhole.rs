//! A port of this machine on which connecting takes for ever.

use std::{
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use socket2::{Domain, Socket, Type};

/// A listener that accepts nothing and whose queue is full: further SYNs are dropped.
pub(crate) struct Blackhole {
    address: SocketAddr,
    _listener: Socket,
    _queue: Vec<TcpStream>,
}

impl Blackhole {
    pub(crate) fn new() -> Self {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        let any: SocketAddr = ([127, 0, 0, 1], 0).into();
        listener.bind(&any.into()).expect("a free port");
        listener.listen(1).expect("a listening port");
        let address = listener.local_addr().ok().and_then(|at| at.as_socket());
        let address = address.expect("its address");
        let mut queue = Vec::new();
        while let Ok(socket) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
            queue.push(socket);
            assert!(queue.len() < 100, "the queue never gets full");
        }
        Self {
            address,
            _listener: listener,
            _queue: queue,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
