//! Why a signature was refused, and what to do about it.

use std::fmt;

use time::Duration;

use super::printable::printable;

/// Why a signature was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The method arrived as another one.
    Method,
    /// The path is the same, written in another encoding.
    PathEncoding,
    /// The path arrived as another one.
    Path,
    /// The parameters are the same, in another order.
    QueryOrder,
    /// The parameters are the same, written in another encoding.
    QueryEncoding,
    /// The query arrived as another one.
    Query,
    /// A header arrived with another value. This is its name.
    HeaderChanged(String),
    /// A header arrived that isn't among ours, or once more than ours.
    HeaderAdded(String),
    /// A header of ours didn't arrive, or arrived empty.
    HeaderRemoved(String),
    /// The list of the signed headers arrived as another one.
    SignedHeaders,
    /// The body's hash differs.
    BodyHash,
    /// Everything that was signed is the same, so the secret keys differ.
    Key,
    /// The clocks of this machine and the gateway differ by more than 15 minutes.
    Clock {
        /// What to add to this machine's clock; negative where it is fast.
        offset: Duration,
    },
    /// A token isn't valid, or not any more.
    Token,
    /// The gateway knows no such access key.
    UnknownKey {
        /// The key, where the gateway names it.
        access_key: Option<String>,
    },
    /// The key is locked for five minutes after too many failures.
    LockedKey,
    /// `Content-MD5` at the object store isn't the one that was sent.
    ContentMd5,
    /// `Content-Type` at the object store isn't the one that was sent.
    ContentType,
    /// The end of the URL's time at the object store isn't that of the URL.
    Expires,
    /// Bucket, object or sub-resource at the object store isn't that of the URL.
    Resource,
    /// The object store found what was sent, so the URL was signed for something else.
    SignedUrl,
    /// The two sides can't be compared.
    NotComparable(Obstacle),
}

/// Why two sides can't be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// The server doesn't show what it computed the signature from.
    NothingShown,
    /// It isn't known how the request was signed here.
    NothingOfOurs,
    /// What is given as ours is no canonical request.
    OursIsNone,
    /// What the server shows is cut, or nothing that can be signed.
    Malformed,
    /// A value may hold the `|` that stands for line ends: there is more than one way to read it.
    Ambiguous,
    /// The text is longer than any request.
    TooLong,
    /// It isn't the gateway's: a page of a proxy.
    NotTheGateway,
}

impl From<Obstacle> for Cause {
    fn from(obstacle: Obstacle) -> Self {
        Self::NotComparable(obstacle)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => f.write_str("the method is another one at the server"),
            Self::PathEncoding => f.write_str("the path is encoded in another way"),
            Self::Path => f.write_str("the path is another one at the server"),
            Self::QueryOrder => f.write_str("the query's parameters are in another order"),
            Self::QueryEncoding => f.write_str("the query is encoded in another way"),
            Self::Query => f.write_str("the query is another one at the server"),
            Self::HeaderChanged(name) => {
                write!(f, "the header {} was changed on its way", printable(name))
            }
            Self::HeaderAdded(name) => {
                write!(f, "the header {} was added on its way", printable(name))
            }
            Self::HeaderRemoved(name) => {
                write!(f, "the header {} was removed on its way", printable(name))
            }
            Self::SignedHeaders => f.write_str("the list of signed headers differs"),
            Self::BodyHash => f.write_str("the body has another hash at the server"),
            Self::Key => {
                f.write_str("everything that was signed is the same: the secret keys differ")
            }
            Self::Clock { offset } if offset.is_negative() => {
                write!(f, "this machine's clock is {} fast", Span(*offset))
            }
            Self::Clock { offset } => write!(f, "this machine's clock is {} slow", Span(*offset)),
            Self::Token => f.write_str("the token isn't valid, or not any more"),
            Self::UnknownKey { access_key } => match access_key {
                Some(key) => write!(f, "there is no access key {}", printable(key)),
                None => f.write_str("there is no such access key"),
            },
            Self::LockedKey => f.write_str("the access key is locked after too many failures"),
            Self::ContentMd5 => f.write_str("Content-MD5 is another one at the object store"),
            Self::ContentType => f.write_str("Content-Type is another one at the object store"),
            Self::Expires => f.write_str("the time until which the URL is good was changed"),
            Self::Resource => f.write_str("bucket or object is another one at the object store"),
            Self::SignedUrl => {
                f.write_str("what was sent has arrived: the URL was signed for something else")
            }
            Self::NotComparable(obstacle) => write!(f, "not comparable: {obstacle}"),
        }
    }
}

impl Cause {
    /// A word for programs; stable.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::PathEncoding => "path_encoding",
            Self::Path => "path",
            Self::QueryOrder => "query_order",
            Self::QueryEncoding => "query_encoding",
            Self::Query => "query",
            Self::HeaderChanged(_) => "header_changed",
            Self::HeaderAdded(_) => "header_added",
            Self::HeaderRemoved(_) => "header_removed",
            Self::SignedHeaders => "signed_headers",
            Self::BodyHash => "body_hash",
            Self::Key => "key",
            Self::Clock { .. } => "clock",
            Self::Token => "token",
            Self::UnknownKey { .. } => "unknown_key",
            Self::LockedKey => "locked_key",
            Self::ContentMd5 => "content_md5",
            Self::ContentType => "content_type",
            Self::Expires => "expires",
            Self::Resource => "resource",
            Self::SignedUrl => "signed_url",
            Self::NotComparable(_) => "not_comparable",
        }
    }

    /// What to do about it, as a sentence or two.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Method | Self::Path | Self::Resource | Self::Expires => {
                "Something between this machine and the service rewrites requests: look for a \
                 proxy, and for an endpoint that isn't the service's own."
            }
            Self::PathEncoding | Self::QueryOrder | Self::QueryEncoding | Self::Query => {
                "A proxy that rewrites URLs does this, or a client that changes the URL after \
                 it was signed: sign what goes onto the wire, and call without the proxy to see \
                 whether it is the reason."
            }
            Self::HeaderChanged(name) if name == "x-sdk-date" => {
                "These may be two requests: compare with the signature of the very attempt that \
                 was refused. Else a proxy rewrites the date."
            }
            Self::HeaderChanged(name) if name == "host" => {
                "A proxy or load balancer passes another host on: let it keep the Host header, \
                 or sign with the host that it sends."
            }
            Self::HeaderChanged(_) | Self::HeaderAdded(_) | Self::HeaderRemoved(_) => {
                "A proxy rewrites headers: exempt the service from it, or don't sign this header \
                 if you sign yourself."
            }
            Self::ContentMd5 | Self::ContentType => {
                "A proxy or an HTTP library rewrites headers of the upload: the object store \
                 needs both exactly as they were announced when the file was registered."
            }
            Self::SignedHeaders => {
                "The Authorization header was changed on its way, or belongs to another request."
            }
            Self::BodyHash => {
                "The body was changed after it was signed: by a proxy, by compression, or by \
                 writing the JSON a second time. The very bytes that are sent have to be signed."
            }
            Self::Key => {
                "Check the secret key that belongs to this access key: a part that is missing, a \
                 blank or a line end that came with pasting, a key that was replaced. Temporary \
                 keys go with the security token that was issued with them. Don't try many times: \
                 more than five failures lock the key for five minutes."
            }
            Self::Clock { .. } => {
                "Set this machine's clock, and let it be kept (NTP). The gateway accepts 15 \
                 minutes."
            }
            Self::Token => {
                "Get a new token, in the region and for the project of the call, and pass it \
                 on whole."
            }
            Self::UnknownKey { .. } => {
                "Check the access key: whether it was deleted, belongs to another cloud or site, \
                 or lacks a character. Temporary keys need their security token."
            }
            Self::LockedKey => {
                "Stop everything that calls with this key, wait five minutes, put the key right, \
                 and try once."
            }
            Self::SignedUrl => {
                "Register the file again for a new URL, with the MD5 and the type of the content \
                 that is sent, and use the URL as it is."
            }
            Self::NotComparable(obstacle) => obstacle.advice(),
        }
    }
}

impl Obstacle {
    /// A word for programs; stable.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingShown => "nothing_shown",
            Self::NothingOfOurs => "nothing_of_ours",
            Self::OursIsNone => "ours_is_none",
            Self::Malformed => "malformed",
            Self::Ambiguous => "ambiguous",
            Self::TooLong => "too_long",
            Self::NotTheGateway => "not_the_gateway",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::NothingShown => {
                "Check the secret key first: a wrong one is the most frequent reason. Then the \
                 clock, and whether a proxy stands in between."
            }
            Self::NothingOfOurs => {
                "Below is what the server computed the signature from. Compare it with what was \
                 signed and sent."
            }
            Self::OursIsNone => "Pass the canonical request as the signer made it.",
            Self::Malformed | Self::TooLong => {
                "Take the error's text whole, as the gateway sent it. If it came so, check the \
                 secret key first."
            }
            Self::Ambiguous => {
                "Compare the two texts by eye; values without the character | would tell more."
            }
            Self::NotTheGateway => {
                "The answer is a page of a proxy, a firewall or a login: call without it, or log \
                 in there."
            }
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingShown => "the server doesn't show what it computed the signature from",
            Self::NothingOfOurs => "it isn't known how the request was signed here",
            Self::OursIsNone => "what is given as ours is no canonical request",
            Self::Malformed => "what the server shows is cut or garbled",
            Self::Ambiguous => {
                "a value holds the | that stands for line ends, so there is more than one reading"
            }
            Self::TooLong => "the server's text is longer than any request",
            Self::NotTheGateway => "the answer isn't the gateway's",
        })
    }
}

/// A span of time in its two largest units, without its sign.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.whole_seconds().unsigned_abs();
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3600, seconds / 60);
        match (days, hours, minutes) {
            (1.., ..) => write!(f, "{days} d {} h", hours % 24),
            (0, 1.., _) => write!(f, "{hours} h {} min", minutes % 60),
            (0, 0, 1..) => write!(f, "{minutes} min {} s", seconds % 60),
            (0, 0, 0) => write!(f, "{seconds} s"),
        }
    }
}
