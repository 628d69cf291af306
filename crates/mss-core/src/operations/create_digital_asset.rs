//! CreateDigitalAsset: registers an asset, the thing that files belong to.

use http::{Method, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{APP_USER_ID_HEADER, Idempotency, Operation, Target, request_id, set_app_user_id};
use crate::{
    AppUserId, AssetId, AssetType, CallClass, InvalidInput, SupportedService, UnexpectedAnswer,
};

/// Longest name of an asset, in characters.
pub const MAX_ASSET_NAME_CHARS: usize = 256;

/// Longest description of an asset, in characters.
pub const MAX_ASSET_DESCRIPTION_CHARS: usize = 4096;

/// Most tags of an asset.
pub const MAX_ASSET_TAGS: usize = 50;

/// Longest tag, in characters.
pub const MAX_TAG_CHARS: usize = 128;

/// Fields that have a place of their own, so that [`CreateDigitalAsset::extra`] may not hold them.
const MODELLED: [&str; 7] = [
    "asset_name",
    "asset_type",
    "asset_description",
    "tags",
    "supported_service",
    "is_need_generate_cover",
    "asset_order",
];

/// `POST /v1/{project_id}/digital-assets`: registers an asset. Its files come with
/// [`CreateFile`](crate::CreateFile).
///
/// A second call makes a second asset, so an attempt whose answer got lost isn't repeated.
///
/// ```
/// use mss_core::{AssetType, CreateDigitalAsset};
///
/// // A picture that the console offers as a background:
/// let property = serde_json::json!([{"action": "ADD", "key": "BACKGROUND_IMG", "value": "Yes"}]);
/// let mut extra = serde_json::Map::new();
/// extra.insert("system_properties".into(), property);
///
/// let create = CreateDigitalAsset::new("Skyline", AssetType::Image)?
///     .tags(["city".to_owned()])?
///     .extra(extra)?;
/// # Ok::<(), mss_core::InvalidInput>(())
/// ```
///
/// Sources: [CreateDigitalAsset](https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateDigitalAsset.html);
/// [uploading an asset](https://support.huaweicloud.com/api-metastudio/metastudio_02_0056.html),
/// which names 200 as the status of success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateDigitalAsset {
    asset_name: String,
    asset_type: AssetType,
    asset_description: Option<String>,
    tags: Vec<String>,
    supported_service: Vec<SupportedService>,
    generate_cover: Option<bool>,
    asset_order: Option<i64>,
    extra: Map<String, Value>,
    app_user_id: Option<AppUserId>,
}

/// The answer to [`CreateDigitalAsset`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedAsset {
    /// Id of the new asset.
    pub asset_id: AssetId,
    /// The service's mark for content made by a machine.
    pub produce_id: Option<String>,
    /// The service's id of this request. Empty only when a lenient client took an answer
    /// without one.
    pub request_id: String,
}

impl CreateDigitalAsset {
    /// An asset with this name.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when the name is longer than 256 characters or holds control characters.
    pub fn new(asset_name: impl Into<String>, asset_type: AssetType) -> Result<Self, InvalidInput> {
        let asset_name = asset_name.into();
        check_text("asset_name", &asset_name, MAX_ASSET_NAME_CHARS)?;
        if let Some(c) = asset_name.chars().find(|c| c.is_control()) {
            let problem = format!("may not hold the control character {c:?}");
            return Err(InvalidInput::new("asset_name", problem));
        }
        Ok(Self {
            asset_name,
            asset_type,
            asset_description: None,
            tags: Vec::new(),
            supported_service: Vec::new(),
            generate_cover: None,
            asset_order: None,
            extra: Map::new(),
            app_user_id: None,
        })
    }

    /// Describes the asset.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when the text is longer than 4,096 characters.
    pub fn description(mut self, text: impl Into<String>) -> Result<Self, InvalidInput> {
        let text = text.into();
        check_text("asset_description", &text, MAX_ASSET_DESCRIPTION_CHARS)?;
        self.asset_description = Some(text);
        Ok(self)
    }

    /// Sets the tags.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when there are more than 50, or one is longer than 128 characters.
    pub fn tags(mut self, tags: impl IntoIterator<Item = String>) -> Result<Self, InvalidInput> {
        self.tags = tags.into_iter().collect();
        if self.tags.len() > MAX_ASSET_TAGS {
            let problem = format!(
                "are {}; an asset has up to {MAX_ASSET_TAGS}",
                self.tags.len()
            );
            return Err(InvalidInput::new("tags", problem));
        }
        for tag in &self.tags {
            check_text("tags", tag, MAX_TAG_CHARS)?;
        }
        Ok(self)
    }

    /// Says what the asset is for.
    #[must_use]
    pub fn supported_service(
        mut self,
        services: impl IntoIterator<Item = SupportedService>,
    ) -> Self {
        self.supported_service = services.into_iter().collect();
        self
    }

    /// Has the service make a cover, or not. For videos only, say the documents.
    #[must_use]
    pub fn generate_cover(mut self, generate: bool) -> Self {
        self.generate_cover = Some(generate);
        self
    }

    /// The asset's place in the console's lists.
    #[must_use]
    pub fn order(mut self, order: i64) -> Self {
        self.asset_order = Some(order);
        self
    }

    /// Fields that have no method here, as JSON: `system_properties`, `asset_extra_meta`,
    /// `review_config`, `shared_config`, `auto_operation_config`, and what the vendor adds later.
    /// They are sent as they are.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] for a field that has a method.
    pub fn extra(mut self, fields: Map<String, Value>) -> Result<Self, InvalidInput> {
        if let Some(name) = MODELLED.iter().find(|name| fields.contains_key(**name)) {
            let problem = format!("may not hold {name}, which is set in its own place");
            return Err(InvalidInput::new("extra", problem));
        }
        self.extra = fields;
        Ok(self)
    }

    /// Every field as JSON, as a journal keeps it; [`CreateDigitalAsset::from_fields`] reads it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] when [`CreateDigitalAsset::extra`] can't be written as JSON.
    pub fn to_fields(&self) -> Result<Map<String, Value>, InvalidInput> {
        let Ok(Value::Object(mut fields)) = serde_json::to_value(self.body()) else {
            return Err(InvalidInput::new("extra", "can't be written as JSON"));
        };
        if let Some(id) = &self.app_user_id {
            fields.insert(APP_USER_ID_HEADER.to_owned(), id.to_string().into());
        }
        Ok(fields)
    }

    /// From what [`CreateDigitalAsset::to_fields`] gave.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] for a field that can't be sent.
    pub fn from_fields(mut fields: Map<String, Value>) -> Result<Self, InvalidInput> {
        let mut text = |name| match fields.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let missing = |name| InvalidInput::new(name, "is missing");
        let asset_name = text("asset_name").ok_or_else(|| missing("asset_name"))?;
        let asset_type = text("asset_type").ok_or_else(|| missing("asset_type"))?;
        let mut create = Self::new(asset_name, asset_type.parse()?)?;
        if let Some(description) = text("asset_description") {
            create = create.description(description)?;
        }
        create.app_user_id = text(APP_USER_ID_HEADER).map(|id| id.parse()).transpose()?;
        let mut words = |name| match fields.remove(name) {
            Some(Value::Array(words)) => words,
            _ => Vec::new(),
        };
        let tags = words("tags");
        create = create.tags(tags.iter().filter_map(Value::as_str).map(str::to_owned))?;
        for service in words("supported_service").iter().filter_map(Value::as_str) {
            create.supported_service.push(service.parse()?);
        }
        create.generate_cover = fields
            .remove("is_need_generate_cover")
            .and_then(|it| it.as_bool());
        create.asset_order = fields.remove("asset_order").and_then(|it| it.as_i64());
        create.extra(fields)
    }

    fn body(&self) -> Body<'_> {
        let services = self.supported_service.iter();
        Body {
            asset_name: &self.asset_name,
            asset_type: self.asset_type.as_str(),
            asset_description: self.asset_description.as_deref(),
            tags: &self.tags,
            supported_service: services.map(SupportedService::as_str).collect(),
            is_need_generate_cover: self.generate_cover,
            asset_order: self.asset_order,
            extra: &self.extra,
        }
    }

    /// Name of the asset.
    pub fn asset_name(&self) -> &str {
        &self.asset_name
    }

    /// Type of the asset.
    pub fn asset_type(&self) -> &AssetType {
        &self.asset_type
    }

    /// Names the third-party user to whom the asset belongs (`X-App-UserId`).
    #[must_use]
    pub fn app_user_id(mut self, id: AppUserId) -> Self {
        self.app_user_id = Some(id);
        self
    }
}

fn check_text(field: &'static str, text: &str, max: usize) -> Result<(), InvalidInput> {
    if text.chars().count() > max {
        let problem = format!("is longer than {max} characters");
        return Err(InvalidInput::with_value(field, problem, text));
    }
    Ok(())
}

#[derive(Serialize)]
struct Body<'a> {
    asset_name: &'a str,
    asset_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset_description: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    supported_service: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_need_generate_cover: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset_order: Option<i64>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

#[derive(Deserialize)]
struct Answer {
    asset_id: AssetId,
    produce_id: Option<String>,
}

impl Operation for CreateDigitalAsset {
    type Response = CreatedAsset;
    const NAME: &'static str = "CreateDigitalAsset";
    const IDEMPOTENCY: Idempotency = Idempotency::NotRepeatable;
    const CLASS: CallClass = CallClass::CreateAsset;

    fn request(&self, target: &Target<'_>) -> Result<Request<Vec<u8>>, InvalidInput> {
        let body = serde_json::to_vec(&self.body())
            .map_err(|_| InvalidInput::new("extra", "can't be written as JSON"))?;
        let mut request = target.request(Method::POST, "digital-assets", body)?;
        set_app_user_id(&mut request, self.app_user_id.as_ref())?;
        Ok(request)
    }

    fn parse(&self, answer: &Response<Vec<u8>>) -> Result<CreatedAsset, UnexpectedAnswer> {
        let body: Answer = serde_json::from_slice(answer.body())
            .map_err(|_| UnexpectedAnswer::new("no usable asset_id in the answer"))?;
        Ok(CreatedAsset {
            asset_id: body.asset_id,
            produce_id: body.produce_id,
            request_id: request_id(answer),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing;

    fn create() -> CreateDigitalAsset {
        CreateDigitalAsset::new("Skyline", AssetType::Image).unwrap()
    }

    #[test]
    fn what_was_not_given_is_not_sent() {
        insta::assert_snapshot!(testing::wire(&create()), @r#"
        POST https://metastudio.cn-north-4.myhuaweicloud.com/v1/6a6a1f8354f64dd9b9a614def7b59d83/digital-assets
        content-type: application/json
        host: metastudio.cn-north-4.myhuaweicloud.com

        {"asset_name":"Skyline","asset_type":"IMAGE"}
        "#);
    }

    #[test]
    fn every_field_stands_on_the_wire() {
        let extra = serde_json::json!({"review_config": {"need_review": true}});
        let create = create()
            .description("by night")
            .and_then(|create| create.tags(["city".to_owned(), "夜".to_owned()]))
            .and_then(|create| create.extra(extra.as_object().unwrap().clone()))
            .unwrap()
            .supported_service([SupportedService::Video2d, SupportedService::Live2d])
            .generate_cover(false)
            .order(3)
            .app_user_id("tester-01".parse().unwrap());
        let fields = create.to_fields().unwrap();
        assert_eq!(CreateDigitalAsset::from_fields(fields).unwrap(), create);
        insta::assert_snapshot!(testing::wire(&create), @r#"
        POST https://metastudio.cn-north-4.myhuaweicloud.com/v1/6a6a1f8354f64dd9b9a614def7b59d83/digital-assets
        content-type: application/json
        host: metastudio.cn-north-4.myhuaweicloud.com
        x-app-userid: tester-01

        {"asset_name":"Skyline","asset_type":"IMAGE","asset_description":"by night","tags":["city","夜"],"supported_service":["VIDEO_2D","LIVE_2D"],"is_need_generate_cover":false,"asset_order":3,"review_config":{"need_review":true}}
        "#);
    }

    #[test]
    fn limits_are_checked_before_anything_is_sent() {
        let named = |name: &str| CreateDigitalAsset::new(name, AssetType::Video);
        named(&"名".repeat(256)).unwrap();
        named("").unwrap();
        for name in [&*"n".repeat(257), "a\nb", "a\0"] {
            assert_eq!(named(name).expect_err(name).field(), "asset_name");
        }
        create().description("d".repeat(4096)).unwrap();
        let refused = create().description("d".repeat(4097)).unwrap_err();
        assert_eq!(refused.field(), "asset_description");
        create().tags(vec!["t".repeat(128); 50]).unwrap();
        for tags in [vec![String::new(); 51], vec!["t".repeat(129)]] {
            assert_eq!(create().tags(tags).unwrap_err().field(), "tags");
        }
        for name in MODELLED {
            let fields = Map::from_iter([(name.to_owned(), Value::Null)]);
            assert_eq!(create().extra(fields).expect_err(name).field(), "extra");
        }
    }

    #[test]
    fn an_answer_needs_a_usable_id() {
        let answer = testing::answer(r#"{"asset_id":"942e65a5fd219a2e01fb08d881cfadb9"}"#);
        let created = create().parse(&answer).unwrap();
        assert_eq!(
            created.asset_id.as_str(),
            "942e65a5fd219a2e01fb08d881cfadb9"
        );
        assert_eq!((created.produce_id, &*created.request_id), (None, "r-1"));
        for body in ["", "{}", r#"{"asset_id":""}"#, r#"{"asset_id":"../x"}"#] {
            create().parse(&testing::answer(body)).expect_err(body);
        }
    }
}
