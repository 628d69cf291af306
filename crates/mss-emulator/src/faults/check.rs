//! Faults that make no sense are refused when they are injected.

use super::{
    Fault, FaultError,
    kind::{Kind, Point},
};
use crate::view::Operation;

impl Fault {
    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Where it happens; `None` for a fault of the service.
    pub(crate) fn point(&self) -> Option<Point> {
        let is_of_the_line = self.kind.ending().is_some() || self.kind.pace().is_some();
        is_of_the_line.then(|| self.point.unwrap_or(Point::Body(0)))
    }

    /// The same fault, if it makes sense.
    pub(crate) fn checked(self) -> Result<Self, FaultError> {
        match self.problem() {
            Some(problem) => Err(FaultError(problem.to_owned())),
            None => Ok(self),
        }
    }

    fn problem(&self) -> Option<&'static str> {
        if self.times == Some(0) {
            return Some("times must be 1 or more");
        }
        match &self.kind {
            Kind::Bandwidth {
                bytes_per_second: 0,
            } => return Some("bytes_per_second must be 1 or more"),
            Kind::Slice { size: 0, .. } => return Some("size must be 1 or more"),
            Kind::Status(answer) => {
                if let Some(problem) = answer.problem() {
                    return Some(problem);
                }
            }
            Kind::Expired => {
                use Operation::{CreateFile, CreateLargeFile, PutObject};
                if !matches!(
                    self.operation,
                    Some(CreateFile | CreateLargeFile | PutObject)
                ) {
                    return Some(
                        "expired happens to one of the operations create, create_large and put",
                    );
                }
            }
            _ => {}
        }
        let point = self.point?;
        let is_paced = matches!(self.kind, Kind::Bandwidth { .. } | Kind::Slice { .. });
        match point {
            _ if self.point().is_none() => {
                Some("a place is for faults of the line, not for status, expired and no_continue")
            }
            Point::Connect if self.operation.is_some() || self.file_id.is_some() => {
                Some("on a new connection nobody knows yet which operation and file will come")
            }
            Point::Connect | Point::Received | Point::Done if is_paced => {
                Some("bandwidth and slice happen within request, body, answer or answer_body")
            }
            Point::Done if matches!(self.kind, Kind::Latency(_)) => {
                Some("after the answer there is nothing left to come later")
            }
            Point::Answer(_) | Point::AnswerBody(_) => None,
            _ if self.kind == Kind::Truncate => {
                Some("truncate happens within answer or answer_body")
            }
            _ => None,
        }
    }
}
