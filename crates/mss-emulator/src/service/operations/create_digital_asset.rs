//! `CreateDigitalAsset`: registers an asset.

use http::{StatusCode, request::Parts};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    super::{
        Service,
        refusal::Refusal,
        reply::Reply,
        state::{AssetRecord, Created},
    },
    asset_rules,
    fields::{self, Fields},
};

const SERVICES: [&str; 3] = ["VIDEO_2D", "LIVE_2D", "CHAT_2D"];

/// What `ShowAsset` repeats.
const SHOWN: [&str; 8] = [
    "asset_name",
    "asset_description",
    "tags",
    "asset_extra_meta",
    "system_properties",
    "asset_order",
    "supported_service",
    "auto_operation_config",
];

pub(in super::super) fn answer(
    service: &mut Service,
    head: &Parts,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<Reply, Refusal> {
    let app_user_id = fields::app_user_id(head)?;
    let fields = Fields::parse(body)?;
    fields.text("asset_name", 0..=256)?;
    let asset_type = fields.word("asset_type", 128, &asset_rules::TYPES)?;
    fields.optional_text("asset_description", 0..=4096)?;
    for tag in fields.optional_texts("tags", 50)? {
        if tag.chars().count() > 128 {
            return Err(Refusal::invalid("tags: one has more than 128 characters"));
        }
    }
    for word in fields.optional_texts("supported_service", SERVICES.len())? {
        if !SERVICES.contains(&word) {
            return Err(Refusal::invalid("supported_service: unknown"));
        }
    }
    fields.check_optional("is_need_generate_cover", "true or false", Value::is_boolean)?;
    fields.check_optional("asset_order", "an integer", Value::is_i64)?;

    let asset_id = service.ids.plain_id();
    let produce_id = service.ids.plain_id();
    let created = Created {
        produce_id: produce_id.clone(),
        asset_type: asset_type.to_owned(),
        app_user_id,
        fields: fields.only(&SHOWN),
    };
    let asset = AssetRecord::created(asset_id.clone(), created, now);
    service.state.add_asset(asset);
    let answer = json!({"asset_id": asset_id, "produce_id": produce_id});
    Ok(Reply::json(StatusCode::OK, &answer))
}
