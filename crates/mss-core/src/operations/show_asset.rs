//! ShowAsset: an asset, and what became of its files.

use http::{Method, Request, Response};

use super::{Idempotency, Operation, Target, request_id, set_app_user_id};
use crate::{AppUserId, Asset, AssetId, CallClass, InvalidInput, UnexpectedAnswer};

/// `GET /v1/{project_id}/digital-assets/{asset_id}`: the details of an asset, its files and
/// their states included. It changes nothing, so it may be repeated.
///
/// Source: [ShowAsset](https://support.huaweicloud.com/intl/en-us/api-metastudio/ShowAsset.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowAsset {
    asset_id: AssetId,
    app_user_id: Option<AppUserId>,
}

/// The answer to [`ShowAsset`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShownAsset {
    /// The asset.
    pub asset: Asset,
    /// The service's id of this request. Empty only when a lenient client took an answer
    /// without one.
    pub request_id: String,
}

impl ShowAsset {
    /// Asks for the asset.
    pub fn new(asset_id: AssetId) -> Self {
        Self {
            asset_id,
            app_user_id: None,
        }
    }

    /// Names the third-party user in whose name the call is made (`X-App-UserId`).
    #[must_use]
    pub fn app_user_id(mut self, id: AppUserId) -> Self {
        self.app_user_id = Some(id);
        self
    }
}

impl Operation for ShowAsset {
    type Response = ShownAsset;
    const NAME: &'static str = "ShowAsset";
    const IDEMPOTENCY: Idempotency = Idempotency::Repeatable;
    const CLASS: CallClass = CallClass::ShowAsset;
    // Each file comes with a URL of its own, and nobody says how many files an asset may have.
    const ANSWER_LIMIT: usize = 4 * 1024 * 1024;

    fn request(&self, target: &Target<'_>) -> Result<Request<Vec<u8>>, InvalidInput> {
        let path = format!("digital-assets/{}", self.asset_id);
        let mut request = target.request(Method::GET, &path, Vec::new())?;
        set_app_user_id(&mut request, self.app_user_id.as_ref())?;
        Ok(request)
    }

    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<ShownAsset, UnexpectedAnswer> {
        // serde's own message could repeat a download URL, so only the fact is passed on.
        let asset: Asset = serde_json::from_slice(answer.body())
            .map_err(|_| UnexpectedAnswer::new("no usable asset in the answer"))?;
        // What is read here proves what became of other calls, so it must be the right one.
        if asset.asset_id != self.asset_id {
            return Err(UnexpectedAnswer::new(format!(
                "the answer is about asset {}, not {}",
                asset.asset_id, self.asset_id
            )));
        }
        Ok(ShownAsset {
            asset,
            request_id: request_id(answer),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AssetState, AssetType, FileCategory, FileState, operations::testing};

    fn show() -> ShowAsset {
        ShowAsset::new("942e65a5fd219a2e01fb08d881cfadb9".parse().unwrap())
    }

    #[test]
    fn the_request_has_no_body() {
        let show = show().app_user_id("tester-01".parse().unwrap());
        insta::assert_snapshot!(testing::wire(&show), @r"
        GET https://metastudio.cn-north-4.myhuaweicloud.com/v1/6a6a1f8354f64dd9b9a614def7b59d83/digital-assets/942e65a5fd219a2e01fb08d881cfadb9
        content-type: application/json
        host: metastudio.cn-north-4.myhuaweicloud.com
        x-app-userid: tester-01
        ");
    }

    #[test]
    fn every_documented_field_is_read() {
        let answer = testing::answer(
            r#"{
            "project_id": "6a6a1f8354f64dd9b9a614def7b59d83",
            "asset_id": "942e65a5fd219a2e01fb08d881cfadb9",
            "produce_id": "p", "asset_name": "Trailer", "asset_description": "d",
            "app_user_id": "tester-01", "create_time": "2021-01-10T08:43:17Z",
            "update_time": "2021-01-10T10:43:17Z", "asset_type": "VIDEO",
            "asset_state": "ACTIVED", "fail_type": "MANUAL_REVIEW_REJECT",
            "block_reason_code": "1", "reason": "r", "tags": ["NEWS"],
            "system_properties": [{"key": "MATERIAL_VIDEO", "value": "https://PLANTED"}],
            "files": [{
                "file_id": "24bad716-87b1-45e5-8912-6102f7693265", "file_name": "clip.mp4",
                "file_md5": "AAAAAAAAAAAAAAAAAAAAAA==", "file_size": 6000000000,
                "file_type": "mp4", "asset_file_category": "MAIN",
                "download_url": "https://b.obs.myhuaweicloud.com/PLANTED", "state": "REVIEW",
                "block_reason_code": "2", "reason": "s",
                "file_extra_meta": {"video_transcoding_status": "WAITING"}
            }]
            }"#,
        );
        let shown = show().parse(&answer).unwrap();
        assert!(!format!("{shown:?}").contains("PLANTED"), "{shown:?}");
        let asset = &shown.asset;
        assert_eq!(asset.asset_state, Some(AssetState::Actived));
        assert_eq!(asset.asset_type, Some(AssetType::Video));
        let properties = &asset.more.as_map()["system_properties"];
        assert_eq!(properties[0]["value"], "https://PLANTED");
        let file_id = "24bad716-87b1-45e5-8912-6102f7693265".parse().unwrap();
        let file = asset.file(&file_id).unwrap();
        assert_eq!(file.state, FileState::Review);
        assert_eq!(file.category, Some(FileCategory::Main));
        assert!(
            file.download_url
                .as_ref()
                .unwrap()
                .expose()
                .ends_with("/PLANTED")
        );
        let lines = format!("{shown:?}").replace(", ", ",\n");
        insta::assert_snapshot!(lines, @r#"
        ShownAsset { asset: Asset { asset_id: AssetId("942e65a5fd219a2e01fb08d881cfadb9"),
        asset_state: Some(Actived),
        asset_type: Some(Video),
        asset_name: Some("Trailer"),
        asset_description: Some("d"),
        project_id: Some("6a6a1f8354f64dd9b9a614def7b59d83"),
        produce_id: Some("p"),
        app_user_id: Some("tester-01"),
        create_time: Some("2021-01-10T08:43:17Z"),
        update_time: Some("2021-01-10T10:43:17Z"),
        fail_type: Some("MANUAL_REVIEW_REJECT"),
        block_reason_code: Some("1"),
        reason: Some("r"),
        tags: ["NEWS"],
        files: [AssetFile { file_id: FileId("24bad716-87b1-45e5-8912-6102f7693265"),
        state: Review,
        file_name: Some("clip.mp4"),
        file_md5: Some("AAAAAAAAAAAAAAAAAAAAAA=="),
        file_size: Some(6000000000),
        file_type: Some("mp4"),
        category: Some(Main),
        download_url: Some(Secret(hidden)),
        block_reason_code: Some("2"),
        reason: Some("s"),
        video_transcoding_status: Some("WAITING") }],
        more: {"system_properties"} },
        request_id: "r-1" }
        "#);
    }

    #[test]
    fn what_the_service_leaves_out_is_missing_and_not_an_error() {
        let body = r#"{"asset_id":"942e65a5fd219a2e01fb08d881cfadb9","tags":null,"files":null}"#;
        let asset = show().parse(&testing::answer(body)).unwrap().asset;
        assert!(asset.files.is_empty() && asset.tags.is_empty() && asset.asset_state.is_none());
        let body = r#"{"asset_id":"942e65a5fd219a2e01fb08d881cfadb9","files":[
            {"file_id":"f","state":"ARCHIVED","download_url":"","file_extra_meta":null}]}"#;
        let asset = show().parse(&testing::answer(body)).unwrap().asset;
        assert_eq!(asset.files[0].state, FileState::Unknown("ARCHIVED".into()));
        assert_eq!(asset.files[0].download_url, None);
    }

    #[test]
    fn answers_that_prove_nothing_are_unexpected() {
        for body in [
            "",
            "{}",
            r#"{"asset_id":"other"}"#,
            r#"{"asset_id":"942e65a5fd219a2e01fb08d881cfadb9","files":[{"file_id":"f"}]}"#,
            r#"{"asset_id":"942e65a5fd219a2e01fb08d881cfadb9","files":[{"state":"CREATED"}]}"#,
            r#"{"asset_id":"942e65a5fd219a2e01fb08d881cfadb9","files":"canary"}"#,
        ] {
            let error = show().parse(&testing::answer(body)).expect_err(body);
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
