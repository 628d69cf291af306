//! One fault, as a test describes it.

use std::time::Duration;

use super::{
    answer::{Answer, status_of},
    kind::{Kind, Point},
};
use crate::view::Operation;

/// Something that goes wrong: what, with which requests, where in them, and how often.
///
/// Without further words it happens once, to the next request, whatever that is about. Faults of
/// the line happen as soon as the head of the request has come, unless another place is named.
/// A request meets one fault at most: the first in the order of
/// [`inject`](crate::Emulator::inject) that fits it and isn't used up.
///
/// ```
/// use mss_emulator::{Emulator, Fault, Operation};
///
/// let emulator = Emulator::builder().start()?;
/// // The line breaks after 1000 bytes of the content:
/// emulator.inject(Fault::reset().on(Operation::PutObject).after_body_bytes(1000))?;
/// // The service does what it is told, twice, and nobody hears of it:
/// emulator.inject(Fault::reset().on(Operation::ConfirmFileUpload).before_answer().times(2))?;
/// // The store has had enough, but says when to come back:
/// let slow_down = Fault::status(503).code("SlowDown").retry_after("2");
/// let id = emulator.inject(slow_down.on(Operation::PutObject))?;
/// assert_eq!(emulator.fired(id), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "nothing happens before `Emulator::inject`"]
pub struct Fault {
    pub(super) kind: Kind,
    pub(super) operation: Option<Operation>,
    pub(super) file_id: Option<String>,
    /// `None`: until it is cleared.
    pub(super) times: Option<u32>,
    /// `None`: where the kind happens by default.
    pub(super) point: Option<Point>,
}

/// Why a fault can't be injected; the text lists what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultError(pub(super) String);

impl FaultError {
    pub(crate) fn no_operation(word: &str) -> Self {
        let words: Vec<_> = Operation::ALL.iter().map(|known| known.as_str()).collect();
        Self(format!(
            "operation is one of {}, any; not {word:?}",
            words.join(", ")
        ))
    }
}

/// What happens.
impl Fault {
    fn of(kind: Kind) -> Self {
        Self {
            kind,
            operation: None,
            file_id: None,
            times: Some(1),
            point: None,
        }
    }

    /// The connection is reset (RST), and what was under way is lost.
    pub fn reset() -> Self {
        Self::of(Kind::Reset)
    }

    /// The connection is closed in good order (FIN). What the client still sends is read for up
    /// to 5 seconds and thrown away, so that the end isn't overtaken by a reset.
    pub fn close() -> Self {
        Self::of(Kind::Close)
    }

    /// Silence for `delay`, then as with [`close`](Self::close).
    pub fn slow_close(delay: Duration) -> Self {
        Self::of(Kind::SlowClose(delay))
    }

    /// Nothing more is read or written, and the connection stays open until the client has had
    /// enough.
    pub fn black_hole() -> Self {
        Self::of(Kind::BlackHole)
    }

    /// Only the first `bytes` of the answer arrive, its head included, then the connection is
    /// closed. [`after_answer_body_bytes`](Self::after_answer_body_bytes) counts without the head.
    pub fn truncate(bytes: u64) -> Self {
        Self::of(Kind::Truncate).after_answer_bytes(bytes)
    }

    /// Everything from the point on comes later by `delay`.
    pub fn latency(delay: Duration) -> Self {
        Self::of(Kind::Latency(delay))
    }

    /// Everything from the point on comes at this rate.
    pub fn bandwidth(bytes_per_second: u64) -> Self {
        Self::of(Kind::Bandwidth { bytes_per_second })
    }

    /// Everything from the point on comes in pieces of `size` bytes, `pause` apart.
    pub fn slice(size: u64, pause: Duration) -> Self {
        Self::of(Kind::Slice { size, pause })
    }

    /// The service or the store answers `status`, 200 to 999, and does nothing. The answer has
    /// the usual shape for that status, unless more is said. Requests that are refused anyway, for
    /// a wrong signature for example, hear the usual refusal and don't count.
    ///
    /// A `PUT` is answered before its body is read.
    pub fn status(status: u16) -> Self {
        Self::of(Kind::Status(Box::new(Answer::new(status))))
    }

    /// The object store answers with this error code, such as `SlowDown`, in its XML and with the
    /// status that the code has in the vendor's documents (500 for one that isn't known here).
    pub fn store_error(code: &str) -> Self {
        Self::status(status_of(code))
            .on(Operation::PutObject)
            .code(code)
    }

    /// For `CreateFile` and `CreateLargeFile`: the upload URLs that it hands out have expired.
    /// For a `PUT`: the store says that the URL has.
    pub fn expired() -> Self {
        Self::of(Kind::Expired)
    }

    /// `100 Continue` isn't sent to a client that waits for it.
    pub fn no_continue() -> Self {
        Self::of(Kind::NoContinue)
    }
}

/// To which requests, and how often.
impl Fault {
    /// Only with this operation.
    pub fn on(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Only with this file, in operations that name one: `PUT`, `ConfirmFileUpload`, `DeleteFile`.
    pub fn file(mut self, file_id: impl Into<String>) -> Self {
        self.file_id = Some(file_id.into());
        self
    }

    /// How many times it happens; once by default. A request in which it can't happen, such as
    /// one that is shorter than the point, doesn't count.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// It happens until it is cleared.
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }
}

/// Where a fault of the line happens. Those of the request keep the service from acting; at those
/// of the answer it has acted.
impl Fault {
    fn at(mut self, point: Point) -> Self {
        self.point = Some(point);
        self
    }

    /// On a new connection, before anything is read; so it can't be limited to an operation.
    pub fn on_connect(self) -> Self {
        self.at(Point::Connect)
    }

    /// After this many bytes of the request, its head included (with one blank after the colon of
    /// a header, as clients write it). The head is always read to its end.
    pub fn after_request_bytes(self, bytes: u64) -> Self {
        self.at(Point::Request(bytes))
    }

    /// After this many bytes of the body of the request.
    pub fn after_body_bytes(self, bytes: u64) -> Self {
        self.at(Point::Body(bytes))
    }

    /// After the whole request, which the service doesn't get to see.
    pub fn after_request(self) -> Self {
        self.at(Point::Received)
    }

    /// After the service has acted, before the first byte of its answer.
    pub fn before_answer(self) -> Self {
        self.at(Point::Answer(0))
    }

    /// After this many bytes of the answer, its head included.
    pub fn after_answer_bytes(self, bytes: u64) -> Self {
        self.at(Point::Answer(bytes))
    }

    /// After this many bytes of the body of the answer.
    pub fn after_answer_body_bytes(self, bytes: u64) -> Self {
        self.at(Point::AnswerBody(bytes))
    }

    /// After the answer, on the connection that the client keeps.
    pub fn after_answer(self) -> Self {
        self.at(Point::Done)
    }
}

/// What stands in the answer of [`status`](Fault::status); no meaning for anything else.
impl Fault {
    fn answer(mut self, change: impl FnOnce(&mut Answer)) -> Self {
        if let Kind::Status(answer) = &mut self.kind {
            change(answer);
        }
        self
    }

    /// The error code: `error_code` of the service, `Code` of the object store.
    pub fn code(self, code: impl Into<String>) -> Self {
        self.answer(|answer| answer.code = Some(code.into()))
    }

    /// The header `Retry-After`, sensible or not.
    pub fn retry_after(self, value: impl Into<String>) -> Self {
        self.answer(|answer| answer.retry_after = Some(value.into()))
    }

    /// The header `Location`.
    pub fn location(self, url: impl Into<String>) -> Self {
        self.answer(|answer| answer.location = Some(url.into()))
    }

    /// The body, in place of the usual one; it may be empty.
    pub fn body(self, content_type: impl Into<String>, body: impl Into<String>) -> Self {
        self.answer(|answer| {
            answer.content_type = Some(content_type.into());
            answer.body = Some(body.into());
        })
    }

    /// No `X-Request-Id`, as if something else than the service had answered.
    pub fn without_request_id(self) -> Self {
        self.answer(|answer| answer.request_id = false)
    }

    /// The service does what it was asked for nevertheless; when it refuses, it says so itself.
    pub fn applied(self) -> Self {
        self.answer(|answer| answer.applied = true)
    }
}
