//! Why a request can't be signed.

/// Why a request can't be signed. The request has not been changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// Neither a `Host` header nor a host in the URI.
    #[error("the request names no host: give an absolute URL or a Host header")]
    NoHost,
    /// `X-Sdk-Date` is present and not `YYYYMMDDTHHMMSSZ`, or it is there twice: nobody knows
    /// which of the two the gateway would take.
    #[error("X-Sdk-Date must read YYYYMMDDTHHMMSSZ, as in 20260102T030405Z")]
    MalformedDate,
    /// The clock is outside the years 0 to 9999, which the date format can't hold.
    #[error("the time to sign with lies outside the years 0 to 9999")]
    DateOutOfRange,
}
