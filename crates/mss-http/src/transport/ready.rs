//! The end of the chain: a connection, with its TLS, that is ready for a request.

use std::mem;

use ureq::{
    Timeout,
    unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport},
};

use super::Call;

#[derive(Debug)]
pub(super) struct Ready;

impl<In: Transport> Connector<In> for Ready {
    type Out = ReadyStream<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        if let (Some(_), Some(call)) = (&chained, Call::current())
            && !call.is_reaching_proxy()
        {
            call.connection_ready();
        }
        Ok(chained.map(|inner| ReadyStream {
            inner,
            early_input: false,
        }))
    }
}

/// While ureq waits for `100 Continue` and another answer comes, it leaves that in the buffer,
/// and then waits for input that makes a difference: for ever, on a connection that is kept.
/// Here it gets its second look at what came early.
#[derive(Debug)]
pub(super) struct ReadyStream<In> {
    inner: In,
    early_input: bool,
}

impl<In: Transport> Transport for ReadyStream<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let early = timeout.reason == Timeout::Await100;
        if !early && mem::take(&mut self.early_input) && !self.inner.buffers().input().is_empty() {
            return Ok(true);
        }
        let progress = self.inner.await_input(timeout)?;
        self.early_input |= early && progress;
        Ok(progress)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
