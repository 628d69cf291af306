//! The bytes under way on one connection.

use ureq::unversioned::transport::Buffers;

use super::HEAD_LIMIT;

/// First size of the input: what the answer to a small call needs.
const SMALL_INPUT: usize = 8 * 1024;

/// First size of the output. ureq writes a header whole or not at all, and a token is a header
/// of up to 32 KiB.
const SMALL_OUTPUT: usize = 40 * 1024;

/// Size of the output for contents.
const LARGE: usize = 128 * 1024;

/// Output that is held back, so that head and body of a small request leave in one send.
const HELD_AT_MOST: usize = 4 * 1024;

/// Buffers that hold small output back until an answer is awaited.
#[derive(Debug, Default)]
pub(super) struct HoldingBuffers {
    output: Vec<u8>,
    held: usize,
    input: Vec<u8>,
    read: usize,
    filled: usize,
    progress: bool,
}

impl HoldingBuffers {
    /// Takes note of output; `true` when it is time to send it.
    pub(super) fn hold(&mut self, amount: usize) -> bool {
        self.held += amount;
        if self.held > HELD_AT_MOST && self.output.len() < LARGE {
            // More than a small request: from now on a large buffer saves system calls.
            self.output.resize(LARGE, 0);
        }
        self.held > HELD_AT_MOST
    }

    pub(super) fn held(&self) -> &[u8] {
        &self.output[..self.held]
    }

    pub(super) fn nothing_held(&mut self) {
        self.held = 0;
    }

    fn free_input(&mut self) -> &mut [u8] {
        if self.read > 0 {
            self.input.copy_within(self.read..self.filled, 0);
            self.filled -= self.read;
            self.read = 0;
        }
        if self.input.len() < SMALL_INPUT {
            self.input.resize(SMALL_INPUT, 0);
        } else if self.filled == self.input.len() && self.filled < 2 * HEAD_LIMIT {
            self.input.resize(2 * self.filled, 0);
        }
        &mut self.input[self.filled..]
    }
}

impl Buffers for HoldingBuffers {
    fn output(&mut self) -> &mut [u8] {
        if self.output.len() < SMALL_OUTPUT {
            self.output.resize(SMALL_OUTPUT, 0);
        }
        &mut self.output[self.held..]
    }

    fn input(&self) -> &[u8] {
        &self.input[self.read..self.filled]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.free_input()
    }

    fn input_appended(&mut self, amount: usize) {
        self.filled += amount;
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.read += amount;
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.free_input();
        if self.output.len() < SMALL_OUTPUT {
            self.output.resize(SMALL_OUTPUT, 0);
        }
        (
            &mut self.input[self.filled..],
            &mut self.output[self.held..],
        )
    }

    fn can_use_input(&self) -> bool {
        self.read < self.filled && self.progress
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_output_is_held_and_large_output_is_not() {
        let mut buffers = HoldingBuffers::default();
        buffers.output()[..4].copy_from_slice(b"head");
        assert!(!buffers.hold(4));
        buffers.output()[..4].copy_from_slice(b"body");
        assert!(!buffers.hold(4));
        assert_eq!(buffers.held(), b"headbody");
        buffers.nothing_held();
        let free = buffers.output().len();
        assert!(buffers.hold(free));
        buffers.nothing_held();
        assert_eq!(buffers.output().len(), LARGE);
    }

    #[test]
    fn input_is_kept_while_it_grows() {
        let mut buffers = HoldingBuffers::default();
        let mut expected = Vec::new();
        for round in 0..40_u8 {
            let free = buffers.input_append_buf();
            let amount = free.len().min(1000);
            free[..amount].fill(round);
            buffers.input_appended(amount);
            expected.extend(std::iter::repeat_n(round, amount));
            assert_eq!(buffers.input(), expected);
        }
        buffers.input_consume(500);
        assert_eq!(buffers.input(), &expected[500..]);
        assert!(buffers.can_use_input());
        buffers.input_consume(0);
        assert!(!buffers.can_use_input());
    }
}
