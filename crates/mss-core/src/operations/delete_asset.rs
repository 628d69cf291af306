//! DeleteAsset: moves an asset to the recycle bin, or deletes it for good.

use http::{Method, Request, Response};

use super::{Idempotency, Operation, Target, request_id, set_app_user_id};
use crate::{AppUserId, AssetId, CallClass, InvalidInput, UnexpectedAnswer};

/// `DELETE /v1/{project_id}/digital-assets/{asset_id}`: moves an asset with its files to the
/// recycle bin.
///
/// The vendor doesn't say what becomes of an asset that is deleted while it is in the recycle
/// bin. A second call could delete it for good, so an attempt whose answer got lost isn't
/// repeated.
///
/// Source: [DeleteAsset](https://support.huaweicloud.com/intl/en-us/api-metastudio/DeleteAsset.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteAsset {
    asset_id: AssetId,
    for_good: bool,
    app_user_id: Option<AppUserId>,
}

/// The answer to [`DeleteAsset`]: status 200; no body is documented.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeletedAsset {
    /// The service's id of this request. Empty only when a lenient client took an answer
    /// without one.
    pub request_id: String,
}

impl DeleteAsset {
    /// Moves the asset to the recycle bin.
    pub fn new(asset_id: AssetId) -> Self {
        Self {
            asset_id,
            for_good: false,
            app_user_id: None,
        }
    }

    /// Deletes the asset for good, past the recycle bin (`mode=force`).
    #[must_use]
    pub fn for_good(mut self) -> Self {
        self.for_good = true;
        self
    }

    /// Names the third-party user in whose name the call is made (`X-App-UserId`).
    #[must_use]
    pub fn app_user_id(mut self, id: AppUserId) -> Self {
        self.app_user_id = Some(id);
        self
    }
}

impl Operation for DeleteAsset {
    type Response = DeletedAsset;
    const NAME: &'static str = "DeleteAsset";
    const IDEMPOTENCY: Idempotency = Idempotency::NotRepeatable;
    const CLASS: CallClass = CallClass::ChangeAsset;

    fn request(&self, target: &Target<'_>) -> Result<Request<Vec<u8>>, InvalidInput> {
        let query = if self.for_good { "?mode=force" } else { "" };
        let path = format!("digital-assets/{}{query}", self.asset_id);
        let mut request = target.request(Method::DELETE, &path, Vec::new())?;
        set_app_user_id(&mut request, self.app_user_id.as_ref())?;
        Ok(request)
    }

    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<DeletedAsset, UnexpectedAnswer> {
        Ok(DeletedAsset {
            request_id: request_id(answer),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing;

    #[test]
    fn only_who_asks_for_it_deletes_for_good() {
        let delete = DeleteAsset::new("942e65a5fd219a2e01fb08d881cfadb9".parse().unwrap());
        let delete = delete.app_user_id("tester-01".parse().unwrap());
        insta::assert_snapshot!(testing::wire(&delete), @r"
        DELETE https://metastudio.cn-north-4.myhuaweicloud.com/v1/6a6a1f8354f64dd9b9a614def7b59d83/digital-assets/942e65a5fd219a2e01fb08d881cfadb9
        content-type: application/json
        host: metastudio.cn-north-4.myhuaweicloud.com
        x-app-userid: tester-01
        ");
        let for_good = testing::wire(&delete.clone().for_good());
        let line = for_good.lines().next().unwrap();
        assert!(
            line.ends_with("/942e65a5fd219a2e01fb08d881cfadb9?mode=force"),
            "{line}"
        );
        let deleted = delete.parse(&testing::answer("")).unwrap();
        assert_eq!(deleted.request_id, "r-1");
    }
}
