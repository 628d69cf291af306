//! What the loop sends: a call with the place that it goes to.

use http::{Request, Response};
use mss_core::{
    CallClass, Endpoint, Idempotency, InvalidInput, Operation, ProjectId, Target, UnexpectedAnswer,
    check_success,
};

/// A call with the place that it goes to.
pub(crate) trait Sendable {
    type Response;

    const NAME: &'static str;
    const IDEMPOTENCY: Idempotency;
    const CLASS: CallClass;
    const ANSWER_LIMIT: usize;

    /// Where credentials may go with it, and nowhere else.
    fn endpoint(&self) -> &Endpoint;

    /// The project that is named to the gateway.
    fn project_id(&self) -> Option<&ProjectId>;

    fn request(&self) -> Result<Request<Vec<u8>>, InvalidInput>;

    /// Reads an answer with a status of success.
    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<Self::Response, UnexpectedAnswer>;

    fn subject(&self) -> Option<&str>;
}

/// An operation of the service.
pub(crate) struct AtProject<'a, O> {
    pub(crate) operation: &'a O,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) project_id: &'a ProjectId,
    pub(crate) lenient: bool,
}

impl<O: Operation> Sendable for AtProject<'_, O> {
    type Response = O::Response;

    const NAME: &'static str = O::NAME;
    const IDEMPOTENCY: Idempotency = O::IDEMPOTENCY;
    const CLASS: CallClass = O::CLASS;
    const ANSWER_LIMIT: usize = O::ANSWER_LIMIT;

    fn endpoint(&self) -> &Endpoint {
        self.endpoint
    }

    fn project_id(&self) -> Option<&ProjectId> {
        Some(self.project_id)
    }

    fn request(&self) -> Result<Request<Vec<u8>>, InvalidInput> {
        self.operation.request(&Target {
            endpoint: self.endpoint,
            project_id: self.project_id,
        })
    }

    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<O::Response, UnexpectedAnswer> {
        check_success(answer, self.lenient)?;
        self.operation.parse(answer)
    }

    fn subject(&self) -> Option<&str> {
        self.operation.subject()
    }
}
