//! A resolver that doesn't resolve.

use http::Uri;
use ureq::{
    config::Config,
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

/// ureq resolves before it looks into its pool, for each call anew. Our connector resolves when
/// it really connects, on a thread that can be left behind, so there is nothing to do here.
#[derive(Debug)]
pub(super) struct ResolvedLater;

impl Resolver for ResolvedLater {
    fn resolve(
        &self,
        _: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}
